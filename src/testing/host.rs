//! Hosts that are not there, and the machine that flowrun runs on as a test has it. Nothing is run and nothing connected.

use std::cell::Cell;
use std::io::{Error, ErrorKind, Result as IoResult};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::world::{Where, World};
use crate::check::testing::{Answer, End};
use crate::inventory::MacAddress;
use crate::run::Machine;
use crate::transport::facts::{self, Facts};
use crate::transport::{Command, Connector, Endpoint, Exit, Host, LocalBoxFuture, Sink, Stream, TransportError};

/// Connects to the hosts of a world.
pub(super) struct Hosts(pub(super) Rc<World>);

impl Connector for Hosts {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> LocalBoxFuture<'a, Result<Rc<dyn Host>, TransportError>> {
        Box::pin(async move {
            let number = self.0.number(&endpoint.name);
            if number.is_some_and(|number| self.0.is_off(number)) {
                let reason = "it is switched off".to_owned();
                return Err(TransportError::Unreachable { host: endpoint.name.clone(), reason });
            }
            let host = SimulatedHost { name: endpoint.name.clone(), number, world: self.0.clone() };
            Ok(Rc::new(host) as Rc<dyn Host>)
        })
    }
}

struct SimulatedHost {
    name: String,
    number: Where,
    world: Rc<World>,
}

impl SimulatedHost {
    /// What the workflow runs has to be in the test: nothing in the workflow can go on over what is not.
    async fn asked(&self, command: &Command, sink: &mut dyn Sink) -> Result<Exit, TransportError> {
        match self.world.ask(self.number, command) {
            Some(answer) => self.give(&command.script, &answer, sink).await,
            None => Err(TransportError::Authentication {
                host: self.name.clone(),
                reason: super::glob::plain(&command.script),
            }),
        }
    }

    /// Does what the test says that a command does.
    async fn give(&self, what: &str, answer: &Answer, sink: &mut dyn Sink) -> Result<Exit, TransportError> {
        if answer.after > 0 {
            tokio::time::sleep(Duration::from_millis(answer.after)).await;
        }
        for (stream, text) in [(Stream::Stdout, &answer.stdout), (Stream::Stderr, &answer.stderr)] {
            if !text.is_empty() {
                sink.data(stream, text.as_bytes());
            }
        }
        match answer.end {
            End::Exits => Ok(Exit { code: answer.code }),
            End::Never => self.world.hang(self.number, what).await,
            End::Lost => Err(TransportError::Lost { host: self.name.clone(), reason: "the test says so".to_owned() }),
        }
    }

    /// What flowrun asks of its own. It needs no answer of the test.
    async fn own(&self, command: &Command, sink: &mut dyn Sink) -> Result<Exit, TransportError> {
        let script = command.script.as_str();
        let mut say = |text: &str| {
            sink.data(Stream::Stdout, text.as_bytes());
            Ok(Exit { code: 0 })
        };
        if facts::is_measuring(command) {
            return say(&facts::answer(&self.facts()));
        }
        if script.ends_with("\"$HOME\"") {
            return say(World::HOME);
        }
        if script.starts_with("mktemp -d ") {
            return say(&self.world.new_directory());
        }
        let words = shlex::split(script).unwrap_or_default();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["test", "-e", path, ..] => Ok(Exit { code: i32::from(!self.world.exists(self.number, path)) }),
            // A port listens unless the test says otherwise.
            ["ss", .., "=", port, "|", "grep", "-q", "."] => {
                let asked = format!("wait-port {}", port.trim_start_matches(':'));
                match self.world.answer(self.number, &asked) {
                    Some(answer) => self.give(&asked, &answer, sink).await,
                    None => Ok(Exit { code: 0 }),
                }
            }
            // What switches a host on succeeds unless the test says otherwise.
            _ if self.number.is_none() => match self.world.ask(None, command) {
                Some(answer) => self.give(script, &answer, sink).await,
                None => Ok(Exit { code: 0 }),
            },
            _ => Ok(Exit { code: 0 }),
        }
    }

    fn facts(&self) -> Facts {
        let simulated = self.number.and_then(|number| self.world.simulated.get(number));
        let (arch, os, mem, cores) = simulated.map_or_else(
            || (std::env::consts::ARCH.to_owned(), "linux".to_owned(), 1 << 30, 1),
            |host| (host.arch.clone(), host.os.clone(), host.mem, host.cores),
        );
        Facts { arch, mem, cores, os, oom_kills: None }
    }

    fn missing(&self, path: &str) -> TransportError {
        TransportError::Other { host: self.name.clone(), reason: format!("there is no file {path}") }
    }
}

impl Host for SimulatedHost {
    fn name(&self) -> &str {
        &self.name
    }

    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn Sink,
    ) -> LocalBoxFuture<'a, Result<Exit, TransportError>> {
        Box::pin(async move {
            self.world.attempt(command.script.len() + command.stdin.as_ref().map_or(0, Vec::len)).await;
            if command.of_workflow { self.asked(command, sink).await } else { self.own(command, sink).await }
        })
    }

    fn upload<'a>(
        &'a self,
        bytes: &'a [u8],
        path: &'a str,
        _: Option<u32>,
    ) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            self.world.attempt(bytes.len()).await;
            self.world.put(self.number, path, bytes);
            Ok(())
        })
    }

    fn download<'a>(&'a self, path: &'a str, limit: usize) -> LocalBoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let bytes = self.world.file(self.number, path).ok_or_else(|| self.missing(path))?;
            if bytes.len() > limit {
                let reason = format!("{path} is larger than {limit} bytes");
                return Err(TransportError::Other { host: self.name.clone(), reason });
            }
            Ok(bytes)
        })
    }

    fn socket_here<'a>(&'a self, remote: &'a str, _: &'a Path) -> LocalBoxFuture<'a, Result<PathBuf, TransportError>> {
        Box::pin(async move { Ok(PathBuf::from(remote)) })
    }

    fn socket_there<'a>(&'a self, _: &'a Path, _: &'a str) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move { Ok(()) })
    }

    fn close(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// The machine that flowrun runs on, as a test has it.
pub(super) struct SimulatedMachine(pub(super) Rc<World>);

impl Machine for SimulatedMachine {
    fn read<'a>(&'a self, path: &'a Path) -> LocalBoxFuture<'a, IoResult<Vec<u8>>> {
        let found = self.0.file(None, &path.to_string_lossy());
        Box::pin(std::future::ready(found.ok_or_else(|| Error::new(ErrorKind::NotFound, "the test has no such file"))))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> IoResult<()> {
        self.0.put(None, &path.to_string_lossy(), bytes);
        Ok(())
    }

    fn make_dir(&self, _: &Path) -> IoResult<()> {
        Ok(())
    }

    /// The answer to `env NAME`.
    fn variable(&self, name: &str) -> Option<String> {
        self.0.answer(None, &format!("env {name}")).filter(|answer| answer.code == 0).map(|answer| answer.stdout)
    }

    fn connector(&self) -> Rc<dyn Connector> {
        Rc::new(Hosts(self.0.clone()))
    }

    fn wake(&self, _: MacAddress) -> IoResult<()> {
        Ok(())
    }

    fn switched_on(&self, host: &str) {
        self.0.switch_on(host);
    }

    fn rest(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            self.0.attempt(0).await;
            tokio::time::sleep(time).await;
        })
    }

    fn values_left(&self) -> Option<&Cell<usize>> {
        Some(&self.0.values)
    }

    /// A simulated connection is lost when the test says so, and then with the command.
    fn is_durable(&self) -> bool {
        false
    }
}
