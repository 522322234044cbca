//! The machine that flowrun runs on, as a host.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::rc::Rc;

use tokio::process;

use super::shell::{BOOTSTRAP, Failure, Pipes, Slot};
use super::transfer::{self, Channel};
use super::{Command, Connector, Endpoint, Exit, Host, LocalBoxFuture, Sink, TransportError};

/// Connects to this machine: whatever the endpoint says, it is only named by it.
#[derive(Clone, Debug)]
pub struct Local {
    shell: Vec<String>,
}

impl Local {
    /// Runs commands by the `sh` of the search path.
    #[must_use]
    pub fn new() -> Self {
        Local::with_shell(["sh"])
    }

    /// Runs commands by another POSIX shell, given as a program and its first arguments.
    pub fn with_shell<'a>(shell: impl IntoIterator<Item = &'a str>) -> Self {
        Local { shell: shell.into_iter().map(str::to_owned).collect() }
    }
}

impl Default for Local {
    fn default() -> Self {
        Local::new()
    }
}

impl Connector for Local {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> LocalBoxFuture<'a, Result<Rc<dyn Host>, TransportError>> {
        Box::pin(async move {
            let host: Rc<dyn Host> = Rc::new(LocalHost {
                name: endpoint.name.clone(),
                shell: self.shell.clone(),
                slot: Slot::new(&endpoint.name),
                links: RefCell::default(),
            });
            Ok(host)
        })
    }
}

/// This machine.
struct LocalHost {
    name: String,
    shell: Vec<String>,
    slot: Slot,
    /// Links that stand for forwarded sockets.
    links: RefCell<Vec<PathBuf>>,
}

impl LocalHost {
    fn other(&self, reason: impl ToString) -> TransportError {
        TransportError::Other { host: self.name.clone(), reason: reason.to_string() }
    }

    /// Starts the shell, out of reach of the terminal's Ctrl-C.
    fn start(&self) -> io::Result<Pipes> {
        // A session of its own lets the remote shell tell a command's processes by their session.
        let session = [String::from("setsid")];
        match spawn(session.iter().chain(&self.shell), false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => spawn(self.shell.iter(), true),
            started => started,
        }
    }
}

fn spawn<'a>(program: impl Iterator<Item = &'a String>, group: bool) -> io::Result<Pipes> {
    let mut words = program.map(String::as_str);
    let mut command = process::Command::new(words.next().unwrap_or("sh"));
    command.args(words).args(["-c", BOOTSTRAP]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if group {
        command.process_group(0);
    }
    let mut child = command.spawn()?;
    let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = taken else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    Ok(Pipes { stdin: Box::new(stdin), stdout: Box::new(stdout), stderr: Box::new(stderr), keep: Box::new(child) })
}

impl Channel for LocalHost {
    fn host(&self) -> &str {
        &self.name
    }

    fn open(&self) -> LocalBoxFuture<'_, Result<Pipes, TransportError>> {
        Box::pin(async move { self.start().map_err(|error| self.other(error)) })
    }

    fn explain<'a>(&'a self, failure: Failure) -> LocalBoxFuture<'a, TransportError> {
        Box::pin(async move {
            match failure {
                Failure::Gone(noise) if noise.is_empty() => TransportError::Lost {
                    host: self.name.clone(),
                    reason: "the shell ended before the command's status was known".into(),
                },
                Failure::Gone(noise) => self.other(format!("the shell did not start: {noise}")),
                Failure::Io(error) => self.other(error),
            }
        })
    }
}

impl Host for LocalHost {
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

    fn socket_here<'a>(&'a self, remote: &'a str, _: &'a Path) -> LocalBoxFuture<'a, Result<PathBuf, TransportError>> {
        Box::pin(async move { Ok(PathBuf::from(remote)) })
    }

    fn socket_there<'a>(&'a self, local: &'a Path, remote: &'a str) -> LocalBoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            if Path::new(remote) == local {
                return Ok(());
            }
            transfer::remove_socket(self, remote).await?;
            std::os::unix::fs::symlink(local, remote).map_err(|error| self.other(format!("`{remote}`: {error}")))?;
            self.links.borrow_mut().push(PathBuf::from(remote));
            Ok(())
        })
    }

    fn close(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            self.slot.close().await;
            for link in self.links.take() {
                // Somebody else may have removed or replaced it: that is no failure of ours.
                if link.is_symlink() {
                    let _ = std::fs::remove_file(link);
                }
            }
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use super::*;

    /// This machine as an endpoint.
    pub(in crate::transport) fn endpoint() -> Endpoint {
        Endpoint {
            name: "here".into(),
            address: "localhost".into(),
            user: None,
            port: None,
            ssh_config: None,
            identity: None,
            connect_timeout: Duration::from_secs(5),
            accept_new_host_keys: false,
            local: true,
        }
    }

    async fn host() -> Rc<dyn Host> {
        Local::new().connect(&endpoint()).await.unwrap()
    }

    #[tokio::test]
    async fn files_pass_unchanged_and_keep_their_mode() {
        use std::os::unix::fs::PermissionsExt as _;
        let (host, directory) = (host().await, tempfile::tempdir().unwrap());
        let path = directory.path().join("it's a file");
        let bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
        host.upload(&bytes, path.to_str().unwrap(), Some(0o640)).await.unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o7777, 0o640);
        assert_eq!(host.download(path.to_str().unwrap(), bytes.len()).await.unwrap(), bytes);
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1, "no temporary file stays");
    }

    #[tokio::test]
    async fn an_empty_file_is_a_file() {
        let (host, directory) = (host().await, tempfile::tempdir().unwrap());
        let path = directory.path().join("empty");
        host.upload(&[], path.to_str().unwrap(), None).await.unwrap();
        assert_eq!(host.download(path.to_str().unwrap(), 0).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn what_cannot_be_moved_is_explained() {
        let (host, directory) = (host().await, tempfile::tempdir().unwrap());
        let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        let message = |error: TransportError| error.to_string();
        let error = host.upload(&[0; 1 << 20], &at("none/file"), None).await.map_err(message).unwrap_err();
        assert!(error.ends_with("/none/` does not exist"), "{error}");
        let error = host.upload(b"", directory.path().to_str().unwrap(), None).await.map_err(message).unwrap_err();
        assert!(error.ends_with("` is a directory"), "{error}");
        host.upload(b"123", &at("file"), None).await.unwrap();
        let error = host.download(&at("file"), 2).await.map_err(message).unwrap_err();
        assert!(error.ends_with("` has 3 bytes, more than 2"), "{error}");
        let error = host.download(&at("other"), 2).await.map_err(message).unwrap_err();
        assert!(error.ends_with("/other` is no file"), "{error}");
    }

    #[tokio::test]
    async fn a_socket_there_is_a_link_until_the_host_is_closed() {
        let (host, directory) = (host().await, tempfile::tempdir().unwrap());
        let (socket, link) = (directory.path().join("socket"), directory.path().join("link"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        host.socket_there(&socket, link.to_str().unwrap()).await.unwrap();
        host.socket_there(&socket, link.to_str().unwrap()).await.unwrap();
        std::os::unix::net::UnixStream::connect(&link).unwrap();
        assert_eq!(host.socket_here(socket.to_str().unwrap(), directory.path()).await.unwrap(), socket);
        host.close().await;
        assert!(!link.is_symlink() && socket.exists());
        std::fs::write(&link, "precious").unwrap();
        assert!(host.socket_there(&socket, link.to_str().unwrap()).await.is_err());
    }
}
