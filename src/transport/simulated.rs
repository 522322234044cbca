//! Hosts that are not there: every command is recorded and answered by a function. For tests of what runs on hosts.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Command, Connector, Endpoint, Exit, Host, LocalBoxFuture, Sink, Stream, TransportError};

/// What a simulated host answers to a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The exit status.
    pub code: i32,
    /// What the command writes to standard output.
    pub stdout: Vec<u8>,
    /// What it writes to standard error.
    pub stderr: Vec<u8>,
}

impl Answer {
    /// Success, with this output.
    pub fn output(text: impl Into<Vec<u8>>) -> Self {
        Answer { stdout: text.into(), ..Answer::default() }
    }

    /// This exit status, without output.
    #[must_use]
    pub fn status(code: i32) -> Self {
        Answer { code, ..Answer::default() }
    }
}

/// Something that was done to a simulated host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A connection was opened.
    Connected {
        /// The host.
        host: String,
    },
    /// A command ran.
    Ran {
        /// The host.
        host: String,
        /// All of the command.
        command: Command,
    },
    /// A file was written.
    Uploaded {
        /// The host.
        host: String,
        /// Its path.
        path: String,
        /// Its permission bits, if any were asked for.
        mode: Option<u32>,
    },
    /// A socket was forwarded, in whichever direction.
    Forwarded {
        /// The host.
        host: String,
        /// The path on the host.
        remote: String,
    },
    /// The connection was closed.
    Closed {
        /// The host.
        host: String,
    },
}

type Answers = dyn Fn(&str, &Command) -> Result<Answer, TransportError>;
type Files = BTreeMap<(String, String), Vec<u8>>;

/// What all hosts of one connector share.
struct World {
    answers: Box<Answers>,
    events: RefCell<Vec<Event>>,
    files: RefCell<Files>,
    unreachable: RefCell<BTreeMap<String, TransportError>>,
}

/// Connects to hosts that answer from a function.
#[derive(Clone)]
pub struct Simulated {
    world: Rc<World>,
}

impl Simulated {
    /// Hosts that answer a command by `answers(host, command)`.
    pub fn new(answers: impl Fn(&str, &Command) -> Result<Answer, TransportError> + 'static) -> Self {
        Simulated {
            world: Rc::new(World {
                answers: Box::new(answers),
                events: RefCell::default(),
                files: RefCell::default(),
                unreachable: RefCell::default(),
            }),
        }
    }

    /// Hosts that answer a script found in a table of (host, script, answer), and any other with success and no output.
    pub fn table(rows: impl IntoIterator<Item = (&'static str, &'static str, Answer)>) -> Self {
        let rows: BTreeMap<(&str, &str), Answer> = rows.into_iter().map(|(host, text, a)| ((host, text), a)).collect();
        Simulated::new(move |host, command| Ok(rows.get(&(host, command.script.as_str())).cloned().unwrap_or_default()))
    }

    /// Makes every further connection to the error's host fail with it.
    pub fn fail_to_connect(&self, error: TransportError) {
        self.world.unreachable.borrow_mut().insert(error.host().to_owned(), error);
    }

    /// Puts a file on a host.
    pub fn put(&self, host: &str, path: &str, bytes: impl Into<Vec<u8>>) {
        self.world.files.borrow_mut().insert((host.to_owned(), path.to_owned()), bytes.into());
    }

    /// The content of a file on a host.
    #[must_use]
    pub fn file(&self, host: &str, path: &str) -> Option<Vec<u8>> {
        self.world.files.borrow().get(&(host.to_owned(), path.to_owned())).cloned()
    }

    /// All that was done so far, in order.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.world.events.borrow().clone()
    }

    /// The scripts that ran so far, in order, each with its host.
    #[must_use]
    pub fn scripts(&self) -> Vec<(String, String)> {
        let ran = |event: &Event| match event {
            Event::Ran { host, command } => Some((host.clone(), command.script.clone())),
            Event::Connected { .. } | Event::Uploaded { .. } | Event::Forwarded { .. } | Event::Closed { .. } => None,
        };
        self.world.events.borrow().iter().filter_map(ran).collect()
    }
}

impl Connector for Simulated {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> LocalBoxFuture<'a, Result<Rc<dyn Host>, TransportError>> {
        Box::pin(async move {
            if let Some(error) = self.world.unreachable.borrow().get(&endpoint.name) {
                return Err(error.clone());
            }
            let host = SimulatedHost { name: endpoint.name.clone(), world: self.world.clone() };
            host.record(Event::Connected { host: host.name.clone() });
            Ok(Rc::new(host) as Rc<dyn Host>)
        })
    }
}

struct SimulatedHost {
    name: String,
    world: Rc<World>,
}

impl SimulatedHost {
    fn record(&self, event: Event) {
        self.world.events.borrow_mut().push(event);
    }

    fn other(&self, reason: String) -> TransportError {
        TransportError::Other { host: self.name.clone(), reason }
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
            self.record(Event::Ran { host: self.name.clone(), command: command.clone() });
            let answer = (self.world.answers)(&self.name, command)?;
            for (stream, bytes) in [(Stream::Stdout, &answer.stdout), (Stream::Stderr, &answer.stderr)] {
                if !bytes.is_empty() {
                    sink.data(stream, bytes);
                }
            }
            Ok(Exit { code: answer.code })
        })
    }

    fn upload<'a>(
        &'a self,
        bytes: &'a [u8],
        path: &'a str,
        mode: Option<u32>,
    ) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            self.record(Event::Uploaded { host: self.name.clone(), path: path.to_owned(), mode });
            self.world.files.borrow_mut().insert((self.name.clone(), path.to_owned()), bytes.to_vec());
            Ok(())
        })
    }

    fn download<'a>(&'a self, path: &'a str, limit: usize) -> LocalBoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(async move {
            let files = self.world.files.borrow();
            match files.get(&(self.name.clone(), path.to_owned())) {
                None => Err(self.other(format!("`{path}` is no file"))),
                Some(bytes) if bytes.len() > limit => {
                    Err(self.other(format!("`{path}` has {} bytes, more than {limit}", bytes.len())))
                }
                Some(bytes) => Ok(bytes.clone()),
            }
        })
    }

    fn socket_here<'a>(&'a self, remote: &'a str, _: &'a Path) -> LocalBoxFuture<'a, Result<PathBuf, TransportError>> {
        Box::pin(async move {
            self.record(Event::Forwarded { host: self.name.clone(), remote: remote.to_owned() });
            Ok(PathBuf::from(remote))
        })
    }

    fn socket_there<'a>(&'a self, _: &'a Path, remote: &'a str) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            self.record(Event::Forwarded { host: self.name.clone(), remote: remote.to_owned() });
            Ok(())
        })
    }

    fn close(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move { self.record(Event::Closed { host: self.name.clone() }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nowhere;

    impl Sink for Nowhere {
        fn data(&mut self, _: Stream, _: &[u8]) {}
    }

    #[tokio::test]
    async fn what_is_done_is_recorded_and_answered_from_the_table() {
        let simulated = Simulated::table([("cm3", "false", Answer::status(1))]);
        let endpoint = Endpoint { name: "cm3".into(), ..crate::transport::local::tests::endpoint() };
        let host = simulated.connect(&endpoint).await.unwrap();
        assert_eq!(host.run(&Command::new("false"), &mut Nowhere).await.unwrap().code, 1);
        assert!(host.run(&Command::new("true"), &mut Nowhere).await.unwrap().success());
        host.upload(b"x", "/a", None).await.unwrap();
        assert_eq!(host.download("/a", 1).await.unwrap(), b"x");
        assert!(host.download("/a", 0).await.is_err());
        assert_eq!(simulated.scripts(), [("cm3".into(), "false".into()), ("cm3".into(), "true".into())]);
    }

    #[tokio::test]
    async fn a_host_can_be_out_of_reach() {
        let simulated = Simulated::table([]);
        let endpoint = crate::transport::local::tests::endpoint();
        let error = TransportError::Unreachable { host: endpoint.name.clone(), reason: "off".into() };
        simulated.fail_to_connect(error.clone());
        assert_eq!(simulated.connect(&endpoint).await.err(), Some(error));
    }
}
