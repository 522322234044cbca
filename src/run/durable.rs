//! Durable commands: they run on the host in a session of their own, with their output in a file there, and outlive the
//! connection and flowrun itself. Both outputs go into the one file, in the order in which they were written.

use super::event::Event;
use super::failure::{Failure, Kind, NO_SPACE, full};
use super::output::Lines;
use super::scripts::Script;
use super::state::{At, State};
use super::step::Begun;
use crate::diagnostic::Code;
use crate::transport::{Command, Sink, Stream, detached, quote};

/// Where the output of durable commands is kept on a host.
pub(super) const SPOOLS: &str = "~/.local/state/flowrun/durable";

/// The exit status of a durable command.
pub(super) struct Ended {
    pub(super) code: i32,
    /// Whether its host's disk was full at its end: then output may be missing.
    pub(super) full: bool,
}

/// How a durable command ended.
enum End {
    /// With a status.
    Exit(Ended),
    /// Its host was restarted under it.
    Rebooted,
    /// It and what waited for it were killed.
    Died,
}

/// What the script `follow` tells: output on one stream, its own words on the other.
struct Following<'a, 'b> {
    lines: &'a mut Lines<'b>,
    received: u64,
    words: Vec<u8>,
    /// Tells how far the lines have come.
    taken: &'a dyn Fn(u64),
}

impl Sink for Following<'_, '_> {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        /// More than the script ever says.
        const LONGEST: usize = 4096;
        match stream {
            Stream::Stdout => {
                self.lines.data(Stream::Stdout, bytes);
                self.received += bytes.len() as u64;
                (self.taken)(self.received - self.lines.pending());
            }
            Stream::Stderr => {
                let room = LONGEST.saturating_sub(self.words.len()).min(bytes.len());
                self.words.extend_from_slice(&bytes[..room]);
            }
        }
    }
}

/// Sees to it that a durable command which nobody waits for any more is ended.
struct Watched<'a> {
    state: &'a State,
    host: usize,
    name: &'a str,
    over: bool,
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.state.to_end.borrow_mut().push((self.host, self.name.to_owned()));
        }
    }
}

impl State {
    /// Runs a command so that it outlives the connection.
    pub(super) async fn durable(
        &self,
        at: At,
        command: &Command,
        begun: &Begun,
        lines: &mut Lines<'_>,
    ) -> Result<Ended, Failure> {
        let name = begun.name.as_str();
        let mut watched = Watched { state: self, host: at.host, name, over: false };
        // One that was begun by an earlier part of the run may not have reached the host: beginning it does nothing there
        // when it has. Once it was heard of, nothing may begin it a second time.
        let mut started = begun.taken.is_some_and(|taken| taken > 0);
        // A value is needed whole.
        let from = if lines.keep { 0 } else { begun.taken.unwrap_or_default() };
        let taken = |bytes| self.event(&Event::Taken { step: begun.step, bytes });
        let mut following = Following { lines, received: from, words: Vec::new(), taken: &taken };
        let end = loop {
            let outcome = async {
                if !started {
                    if let Err(failure) = self.start(at, command, name).await? {
                        return Ok(Err(failure));
                    }
                    started = true;
                }
                self.follow(at, name, &mut following).await.map(Ok)
            };
            match outcome.await {
                Ok(Ok(end)) => break end,
                Ok(Err(failure)) => {
                    watched.over = true;
                    return Err(failure);
                }
                // Finding the host again has its own limit.
                Err(failure) if matches!(failure.kind, Kind::Unknown | Kind::NotBegun) => following.words.clear(),
                Err(failure) => {
                    // Nobody can say how it ends; a resumed run can take it up.
                    watched.over = true;
                    return Err(Failure { kind: Kind::GivenUp, ..failure }.note("the command may go on there").help(
                        format!(
                            "`flowrun resume {name}` takes it up, `flowrun runs --reap {name}` ends it",
                            name = self.run_name
                        ),
                    ));
                }
            }
        };
        watched.over = true;
        drop(watched);
        // Its status is on its way to the journal; should this be cut off here, `follow` finds the same status again.
        self.owe(at.host, Script::Forget.on(&[name]).script);
        match end {
            Some(End::Exit(ended)) => Ok(ended),
            Some(End::Rebooted) => {
                Err(Failure::step(Code::R0803, format!("{} was restarted while the command ran", self.host_name(at))))
            }
            Some(End::Died) => Err(Failure::step(
                Code::R0803,
                format!("the command was killed on {}, and what waited for it there too", self.host_name(at)),
            )),
            None => Err(Failure::step(
                Code::R0803,
                format!("nothing is left of the command on {}: somebody removed its files there", self.host_name(at)),
            )),
        }
    }

    /// The inner failure means that it was not begun, and never will be.
    async fn start(&self, at: At, command: &Command, name: &str) -> Result<Result<(), Failure>, Failure> {
        let parts = match detached(command) {
            Ok(parts) => parts,
            Err(reason) => return Ok(Err(Failure::step(Code::R0803, reason))),
        };
        let variables = format!("_fd_text={} _fd_input={}\n", quote(&parts.text), quote(&parts.input));
        let user = command.user.as_deref().unwrap_or(":");
        let script = Script::Start.with(&variables, &[name, &self.lock_key, user, &parts.shell]);
        let (_, said) = self.cluster.ask(at.host, &script).await?;
        match said.trim() {
            "started" | "there" => Ok(Ok(())),
            said if said.contains(NO_SPACE) => {
                Ok(Err(full(self.host_name(at), SPOOLS, "the output of a durable command")))
            }
            said => Ok(Err(Failure::step(
                Code::R0803,
                format!("the command cannot be started on {} so that it outlives the connection", self.host_name(at)),
            )
            .note(format!("it said: {said}")))),
        }
    }

    /// The output from where it stopped, to the end.
    async fn follow(&self, at: At, name: &str, following: &mut Following<'_, '_>) -> Result<Option<End>, Failure> {
        let from = following.received.to_string();
        self.cluster.run(at.host, &Script::Follow.on(&[name, &from]), following).await?;
        let words = String::from_utf8_lossy(&following.words).into_owned();
        let words: Vec<&str> = words.lines().last().unwrap_or_default().split_whitespace().collect();
        let (end, bytes) = match words.as_slice() {
            ["end", code, room, bytes] => {
                (End::Exit(Ended { code: code.parse().unwrap_or(255), full: *room == "full" }), bytes)
            }
            ["died", bytes] => (End::Died, bytes),
            ["rebooted", bytes] => (End::Rebooted, bytes),
            ["none"] => return Ok(None),
            other => {
                return Err(Failure::step(
                    Code::R0803,
                    format!("the command's output cannot be followed on {}: {}", self.host_name(at), other.join(" ")),
                ));
            }
        };
        let bytes: u64 = bytes.parse().unwrap_or_default();
        // What followed may have been stopped before it had read the last of it.
        while following.received < bytes {
            let before = following.received;
            self.cluster.run(at.host, &Script::Rest.on(&[name, &before.to_string()]), following).await?;
            if following.received == before {
                break;
            }
        }
        Ok(Some(end))
    }

    /// Ends the durable commands that nobody waits for any more, and says whether none is left. A host that is not reached
    /// keeps its own, and the journal says so.
    pub(super) async fn end_cut_durables(&self) -> bool {
        let cut = self.to_end.borrow().clone();
        for (host, name) in cut {
            let ended = self.cluster.ask(host, &Script::End.on(&[&name])).await;
            if ended.is_ok_and(|(exit, _)| exit.success()) {
                // Another stage may have been quicker.
                self.to_end.borrow_mut().retain(|cut| *cut != (host, name.clone()));
                self.event(&Event::DurableEnded { host: &self.cluster.hosts[host].name, name: &name });
            }
        }
        self.to_end.borrow().is_empty()
    }
}
