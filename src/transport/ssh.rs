//! Hosts over SSH: the OpenSSH client does cryptography, authentication and configuration; one multiplexed connection a
//! host carries the remote shell, transfers and forwarded sockets. The only place that knows the `openssh` crate.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use openssh::{ControlPersist, ForwardType, KnownHosts, Session, SessionBuilder, Stdio};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::local::Local;
use super::shell::{BOOTSTRAP, Failure, Pipes, Slot};
use super::transfer::{self, Channel};
use super::{Command, Connector, Endpoint, Exit, Host, LocalBoxFuture, Sink, TransportError};

/// A silent connection is asked this often, and given up after three questions.
const ALIVE: Duration = Duration::from_secs(5);

/// How long a login may take beyond the time to connect: some wait for a touch of a hardware key.
const LOGIN: Duration = Duration::from_secs(60);

/// How long the client may take to say whether the connection lives.
const CHECK: Duration = Duration::from_secs(5);

/// How long a connection outlives a flowrun that died.
const PERSIST: NonZeroUsize = NonZeroUsize::MIN.saturating_add(59);

/// Channels at a time on a connection: sshd allows ten, and others may use it too.
const CHANNELS: usize = 8;

/// The longest path a Unix socket can have, and of it what `ssh` and the crate put behind our directory.
const LONGEST_SOCKET: usize = 104;
const LONGEST_DIRECTORY: usize = 61;

/// Connects by the OpenSSH client, and to hosts with [`Endpoint::local`] without it.
pub struct Ssh {
    control: Rc<TempDir>,
    local: Local,
}

impl Ssh {
    /// Makes a private directory for control sockets, below `runtime` (the user's `XDG_RUNTIME_DIR`) if its path is short
    /// enough, else below `/tmp`. It goes when the connector and its hosts have gone.
    ///
    /// # Errors
    ///
    /// Fails if the directory cannot be made.
    pub fn new(runtime: Option<&Path>) -> io::Result<Self> {
        let private = |base: &Path| {
            tempfile::Builder::new().prefix("flowrun-").permissions(Permissions::from_mode(0o700)).tempdir_in(base)
        };
        let short = |directory: &TempDir| directory.path().as_os_str().len() <= LONGEST_DIRECTORY;
        let control = match runtime.map(private) {
            Some(Ok(directory)) if short(&directory) => directory,
            _ => private(Path::new("/tmp"))?,
        };
        Ok(Ssh { control: Rc::new(control), local: Local::new() })
    }

    /// The directory of control sockets. It is short, and others may put sockets into it too.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.control.path()
    }

    fn builder(&self, endpoint: &Endpoint) -> SessionBuilder {
        let mut builder = SessionBuilder::default();
        let keys = if endpoint.accept_new_host_keys { KnownHosts::Add } else { KnownHosts::Strict };
        // The crate cuts fractions off, and to the client zero means for ever.
        let seconds = endpoint.connect_timeout.as_secs() + u64::from(endpoint.connect_timeout.subsec_nanos() > 0);
        builder
            .known_hosts_check(keys)
            .connect_timeout(Duration::from_secs(seconds.max(1)))
            .server_alive_interval(ALIVE)
            .control_persist(ControlPersist::IdleFor(PERSIST))
            .control_directory(self.control.path());
        if let Some(user) = &endpoint.user {
            builder.user(user.clone());
        }
        if let Some(port) = endpoint.port {
            builder.port(port);
        }
        if let Some(identity) = &endpoint.identity {
            builder.keyfile(identity);
        }
        if let Some(config) = &endpoint.ssh_config {
            builder.config_file(config);
        }
        builder
    }

    async fn session(&self, endpoint: &Endpoint) -> Result<Session, TransportError> {
        let builder = self.builder(endpoint);
        // The client's own timeout ends with the key exchange: what stalls later is given up here.
        let limit = endpoint.connect_timeout.saturating_mul(2) + LOGIN;
        match timeout(limit, builder.connect_mux(&endpoint.address)).await {
            Ok(connected) => connected.map_err(|error| classify(endpoint, &error)),
            Err(_) => Err(TransportError::Unreachable {
                host: endpoint.name.clone(),
                reason: format!("the login did not end within {} seconds", limit.as_secs()),
            }),
        }
    }
}

impl Connector for Ssh {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> LocalBoxFuture<'a, Result<Rc<dyn Host>, TransportError>> {
        if endpoint.local {
            return self.local.connect(endpoint);
        }
        Box::pin(async move {
            let session = self.session(endpoint).await?;
            let host = SshHost {
                name: endpoint.name.clone(),
                session: RefCell::new(Some(Arc::new(session))),
                channels: Arc::new(Semaphore::new(CHANNELS)),
                slot: Slot::new(&endpoint.name),
                forwards: Cell::new(0),
                sockets: RefCell::default(),
                _control: self.control.clone(),
            };
            // The shell's channel keeps the connection: without one it ends after a while of rest.
            host.slot.start(host.open().await?).await.map_err(|error| host.other(error))?;
            Ok(Rc::new(host) as Rc<dyn Host>)
        })
    }
}

/// One connected host.
struct SshHost {
    name: String,
    /// `None` once closed.
    session: RefCell<Option<Arc<Session>>>,
    channels: Arc<Semaphore>,
    slot: Slot,
    /// Sockets of the host that are reachable here, counted for their names.
    forwards: Cell<usize>,
    /// Sockets that were made on the host, and what is behind them here.
    sockets: RefCell<BTreeMap<String, PathBuf>>,
    /// The directory must outlast the connection.
    _control: Rc<TempDir>,
}

impl SshHost {
    fn other(&self, reason: impl ToString) -> TransportError {
        TransportError::Other { host: self.name.clone(), reason: reason.to_string() }
    }

    fn lost(&self, reason: &str) -> TransportError {
        TransportError::Lost { host: self.name.clone(), reason: reason.to_owned() }
    }

    fn session(&self) -> Result<Arc<Session>, TransportError> {
        self.session.borrow().clone().ok_or_else(|| self.lost("the connection is closed"))
    }

    /// What an error of an established connection means.
    fn classify(&self, error: &openssh::Error) -> TransportError {
        match error {
            openssh::Error::Disconnected | openssh::Error::Master(_) => self.lost("the connection ended"),
            error => self.other(chain(error)),
        }
    }

    async fn is_alive(&self) -> bool {
        match self.session() {
            Ok(session) => matches!(timeout(CHECK, session.check()).await, Ok(Ok(()))),
            Err(_) => false,
        }
    }

    async fn forward(&self, kind: ForwardType, listen: &Path, connect: &Path) -> Result<(), TransportError> {
        for path in [listen, connect] {
            if path.as_os_str().len() >= LONGEST_SOCKET {
                return Err(self.other(format!("`{}` is too long for the path of a socket", path.display())));
            }
        }
        let forwarded = self.session()?.request_port_forward(kind, listen, connect).await;
        forwarded.map_err(|error| match self.classify(&error) {
            TransportError::Other { host, reason } => TransportError::Other {
                host,
                reason: format!("`{}` could not be forwarded to `{}`: {reason}", listen.display(), connect.display()),
            },
            lost => lost,
        })
    }
}

impl Channel for SshHost {
    fn host(&self) -> &str {
        &self.name
    }

    fn open(&self) -> LocalBoxFuture<'_, Result<Pipes, TransportError>> {
        Box::pin(async move {
            let permit = self.channels.clone().acquire_owned().await.map_err(|error| self.other(error))?;
            // `exec` spares the login shell's process; within single quotes the line means the same to csh and fish.
            let session = self.session().map_err(before_it_began)?;
            let mut command = session.arc_raw_command(format!("exec sh -c '{BOOTSTRAP}'"));
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().await.map_err(|error| before_it_began(self.classify(&error)))?;
            let taken = (child.stdin().take(), child.stdout().take(), child.stderr().take());
            let (Some(stdin), Some(stdout), Some(stderr)) = taken else {
                return Err(self.other("a channel has no streams"));
            };
            Ok(Pipes {
                stdin: Box::new(stdin),
                stdout: Box::new(stdout),
                stderr: Box::new(stderr),
                keep: Box::new((child, permit)),
            })
        })
    }

    fn explain(&self, failure: Failure) -> LocalBoxFuture<'_, TransportError> {
        Box::pin(async move {
            match failure {
                Failure::Io(error) => self.other(error),
                Failure::Gone(_) if !self.is_alive().await => self.lost("the connection ended"),
                Failure::Gone(noise) if noise.is_empty() => {
                    self.lost("the connection lives, but the host ended the shell")
                }
                Failure::Gone(noise) => self.other(format!("the login shell did not start `sh`: {noise}")),
            }
        })
    }
}

impl Host for SshHost {
    fn name(&self) -> &str {
        &self.name
    }

    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn Sink,
    ) -> LocalBoxFuture<'a, Result<Exit, TransportError>> {
        Box::pin(async move {
            match self.slot.run(command, sink, self.open()).await? {
                Ok(exit) => Ok(exit),
                Err(failure) => Err(self.explain(failure).await),
            }
        })
    }

    fn upload<'a>(
        &'a self,
        bytes: &'a [u8],
        path: &'a str,
        mode: Option<u32>,
    ) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(transfer::upload(self, bytes, path, mode))
    }

    fn download<'a>(&'a self, path: &'a str, limit: usize) -> LocalBoxFuture<'a, Result<Vec<u8>, TransportError>> {
        Box::pin(transfer::download(self, path, limit))
    }

    fn socket_here<'a>(
        &'a self,
        remote: &'a str,
        dir: &'a Path,
    ) -> LocalBoxFuture<'a, Result<PathBuf, TransportError>> {
        Box::pin(async move {
            self.forwards.set(self.forwards.get() + 1);
            let here = dir.join(format!("{}-{}.sock", self.name, self.forwards.get()));
            // An earlier connection of this host, if it was lost, has left its own.
            let _ = std::fs::remove_file(&here);
            self.forward(ForwardType::Local, &here, Path::new(remote)).await?;
            Ok(here)
        })
    }

    fn socket_there<'a>(&'a self, local: &'a Path, remote: &'a str) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            // The client takes a forward that it has for one that it need not ask for again.
            let before = self.sockets.borrow_mut().remove(remote);
            if let Some(before) = before {
                let ended = self.session()?.close_port_forward(ForwardType::Remote, Path::new(remote), &*before).await;
                ended.map_err(|error| self.classify(&error))?;
            }
            transfer::remove_socket(self, remote).await?;
            self.forward(ForwardType::Remote, Path::new(remote), local).await?;
            self.sockets.borrow_mut().insert(remote.to_owned(), local.to_owned());
            Ok(())
        })
    }

    fn close(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            // sshd leaves the sockets that it made. If they cannot be removed, the next forward replaces them.
            for (remote, _) in self.sockets.take() {
                let _ = transfer::remove_socket(self, &remote).await;
            }
            self.slot.close().await;
            let session = self.session.take();
            if let Some(session) = session {
                // An error or a silence means that there is no connection any more, which is what is wanted.
                let _ = timeout(CHECK, end_master(session.control_socket())).await;
            }
        })
    }
}

/// A connection that is lost before anything was sent.
fn before_it_began(error: TransportError) -> TransportError {
    match error {
        TransportError::Lost { host, reason } => TransportError::Dropped { host, reason },
        error => error,
    }
}

/// Asks the client's master process to end and waits until it has. The crate's own `close` only asks it to end when nobody
/// uses it any more, which a forwarded socket can put off for ever. The words are those of OpenSSH's PROTOCOL.mux.
async fn end_master(control: &Path) -> io::Result<()> {
    const HELLO: [u32; 2] = [0x1, 4];
    const TERMINATE: [u32; 2] = [0x1000_0005, 0];
    let mut master = UnixStream::connect(control).await?;
    for [word, argument] in [HELLO, TERMINATE] {
        for number in [8, word, argument] {
            master.write_u32(number).await?;
        }
    }
    tokio::io::copy(&mut master, &mut tokio::io::sink()).await.map(drop)
}

/// Ends the connections that a flowrun which was killed has left, and removes its directory of control sockets.
///
/// # Errors
/// When the directory cannot be removed.
pub async fn sweep(directory: &Path) -> io::Result<()> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    if !name.starts_with("flowrun-") || !directory.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(directory)?.flatten() {
        // The crate puts each master's socket into a directory of its own.
        let _ = timeout(CHECK, end_master(&entry.path().join("master"))).await;
    }
    std::fs::remove_dir_all(directory)
}

/// What an error of the crate means before there is a connection: nearly always it holds the client's own words.
fn classify(endpoint: &Endpoint, error: &openssh::Error) -> TransportError {
    match error {
        openssh::Error::Connect(inner) if inner.kind() == io::ErrorKind::NotFound && inner.raw_os_error().is_some() => {
            TransportError::Other {
                host: endpoint.name.clone(),
                reason: "the OpenSSH client `ssh` is not installed here".into(),
            }
        }
        openssh::Error::Connect(inner) => TransportError::from_client(endpoint, &inner.to_string()),
        error => TransportError::Other { host: endpoint.name.clone(), reason: chain(error) },
    }
}

/// An error and what it came from, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
#[path = "ssh_tests.rs"]
mod tests;
