//! Hosts and how commands, files and sockets reach them.
//!
//! Everything that runs on a host goes through two object-safe traits: a [`Connector`] turns an [`Endpoint`] into a
//! connected [`Host`], and a `Host` runs commands and moves bytes. There are three ways to be a host: [`ssh`] (the
//! OpenSSH client, one multiplexed connection a host), [`local`] (this machine) and [`simulated`] (answers from a table).
//! The first two run the same remote shell, so a command means the same on both.
//!
//! The runner has one thread; futures are not `Send`.

pub mod error;
pub mod facts;
mod frames;
pub mod local;
mod script;
mod shell;
pub mod simulated;
pub mod ssh;
mod transfer;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

pub use error::TransportError;
pub(crate) use script::{detached, quote};

/// A future that stays on its thread, boxed so that traits which return it stay object-safe.
pub type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// How one host is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The name in the inventory, used in messages.
    pub name: String,
    /// Host name, address or alias of the SSH configuration.
    pub address: String,
    /// The login name; without one, what the SSH configuration says.
    pub user: Option<String>,
    /// The TCP port; without one, what the SSH configuration says.
    pub port: Option<u16>,
    /// An SSH configuration to read in place of the user's own.
    pub ssh_config: Option<PathBuf>,
    /// A private key; with one, no other key is offered.
    pub identity: Option<PathBuf>,
    /// How long to wait for the connection; rounded up to whole seconds.
    pub connect_timeout: Duration,
    /// Whether the key of a host that was never seen before is accepted and kept. A changed key never is.
    pub accept_new_host_keys: bool,
    /// Whether the host is the machine that flowrun runs on; nothing of the above but `name` is used then.
    pub local: bool,
}

/// One command for a host's shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// POSIX shell text. It runs in a shell process of its own: `exit`, `cd` and variables do not outlive it.
    pub script: String,
    /// What the command reads from its standard input; `None` is an empty one. Any bytes, but few: a megabyte takes
    /// seconds, because the host's shell has to unpack it. Large data goes by [`Host::upload`].
    pub stdin: Option<Vec<u8>>,
    /// The user to become by `sudo -n`, which never asks for a password.
    pub user: Option<String>,
    /// The working directory; the command fails with `cd`'s status when it cannot be entered.
    pub cwd: Option<String>,
    /// Exported variables. Values may be secret: neither they nor `stdin` ever stand on a command line.
    pub env: Vec<(String, String)>,
    /// Whether its text is the workflow's, and not what flowrun asks of its own. It runs in the same way.
    pub of_workflow: bool,
}

impl Command {
    /// A command of this text, with no input, in the login directory and as the login user.
    pub fn new(script: impl Into<String>) -> Self {
        Command { script: script.into(), ..Command::default() }
    }
}

/// Which of a command's two outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Takes a command's output as it arrives.
pub trait Sink {
    /// Takes some bytes; a line, or a character, may come in several parts.
    fn data(&mut self, stream: Stream, bytes: &[u8]);
}

/// The standard output of a command that has little to say, within bounds that no host can stretch.
#[derive(Default)]
pub(crate) struct Answer {
    bytes: Vec<u8>,
    over: bool,
}

impl Answer {
    /// Far more than any of these commands has to say.
    const LONGEST: usize = 1024 * 1024;

    /// The text; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// When there was too much of it.
    pub(crate) fn text(&self, host: &str) -> Result<String, TransportError> {
        if self.over {
            let reason = "it answers a short question with more than 1 MiB, and is not listened to".to_owned();
            return Err(TransportError::Other { host: host.to_owned(), reason });
        }
        Ok(String::from_utf8_lossy(&self.bytes).into_owned())
    }
}

impl Sink for Answer {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        if stream == Stream::Stdout {
            let room = bytes.len().min(Self::LONGEST - self.bytes.len());
            self.bytes.extend_from_slice(&bytes[..room]);
            self.over |= room < bytes.len();
        }
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// The status as the host's shell saw it, 0 to 255; 128 + n when signal n ended the command.
    pub code: i32,
}

impl Exit {
    /// Whether the status is 0.
    #[must_use]
    pub fn success(self) -> bool {
        self.code == 0
    }
}

/// A connected host.
///
/// Commands run one at a time: a second [`run`](Host::run) waits for the first. Files and sockets travel beside them.
pub trait Host {
    /// The name in the inventory.
    fn name(&self) -> &str;

    /// Runs a command to its end and gives its output to `sink`.
    ///
    /// It is over when its shell ends: processes that it leaves behind in the background are not waited for, though what
    /// they go on writing may show up in the output of a later command.
    ///
    /// **Cancellation**: dropping the future ends the command. At once every process that it started gets TERM, what is
    /// left after two seconds gets KILL; the next `run` and [`close`](Host::close) wait until that is done. The same
    /// happens on the host by itself when the connection or flowrun dies.
    ///
    /// # Errors
    ///
    /// Every exit status is an [`Exit`], also 127 and 255. [`TransportError::Lost`] means that the status will never be
    /// known, [`TransportError::Other`] that the command could not be sent.
    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn Sink,
    ) -> LocalBoxFuture<'a, Result<Exit, TransportError>>;

    /// Writes a file under a temporary name and renames it, so that `path` is the old file or the whole new one.
    ///
    /// `mode` are permission bits; without it the host's umask decides.
    ///
    /// # Errors
    ///
    /// Fails if the directory does not exist or cannot be written, or if `path` is a directory.
    fn upload<'a>(
        &'a self,
        bytes: &'a [u8],
        path: &'a str,
        mode: Option<u32>,
    ) -> LocalBoxFuture<'a, Result<(), TransportError>>;

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or is longer than `limit`.
    fn download<'a>(&'a self, path: &'a str, limit: usize) -> LocalBoxFuture<'a, Result<Vec<u8>, TransportError>>;

    /// Makes the host's Unix socket `remote` reachable on this machine and says at which path, in `dir` unless the host is
    /// this machine. It lasts until [`close`](Host::close).
    ///
    /// # Errors
    ///
    /// Fails if the path is too long for a socket or the forwarding is refused. Whether anything listens at `remote` shows
    /// only when something connects.
    fn socket_here<'a>(&'a self, remote: &'a str, dir: &'a Path)
    -> LocalBoxFuture<'a, Result<PathBuf, TransportError>>;

    /// Makes this machine's Unix socket `local` reachable on the host at the path `remote`. A socket that is there already
    /// is replaced. It lasts until [`close`](Host::close).
    ///
    /// # Errors
    ///
    /// Fails if something other than a socket is at `remote` or the forwarding is refused.
    fn socket_there<'a>(&'a self, local: &'a Path, remote: &'a str) -> LocalBoxFuture<'a, Result<(), TransportError>>;

    /// Ends the connection and all forwards, after what is being cancelled has ended. Closing twice does no harm.
    fn close(&self) -> LocalBoxFuture<'_, ()>;
}

/// Opens connections.
pub trait Connector {
    /// Connects to a host.
    ///
    /// # Errors
    ///
    /// Says why the host could not be reached or would not let us in.
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> LocalBoxFuture<'a, Result<Rc<dyn Host>, TransportError>>;
}
