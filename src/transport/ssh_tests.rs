//! Against an sshd that the tests start on a loopback address. Where there is none, only the table of messages is tested.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command as Process};
use std::time::Instant;

use tempfile::TempDir;
use tokio::time::sleep;

use super::super::shell::tests::{Output, lives, run, start_and_drop};
use super::super::{facts, local};
use super::*;

/// An sshd of its own, for the user that runs the tests.
struct Server {
    directory: TempDir,
    port: u16,
    process: Child,
}

const ADDRESS: &str = "127.77.1.9";

impl Server {
    /// `None` where sshd is not installed or loopback is a single address.
    fn start() -> Option<Server> {
        let sshd = ["/usr/sbin/sshd", "/usr/bin/sshd"].into_iter().find(|path| Path::new(path).exists())?;
        let port = TcpListener::bind((ADDRESS, 0)).ok()?.local_addr().unwrap().port();
        // sshd wants this directory when it is started by root, and the service's own start makes it.
        let _ = std::fs::create_dir_all("/run/sshd");
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
        for name in ["hostkey", "key", "stranger"] {
            keygen(&at(name));
        }
        std::fs::copy(at("key.pub"), at("authorized")).unwrap();
        let config = format!(
            "ListenAddress {ADDRESS}\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
             UsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
            at("hostkey"),
            at("authorized")
        );
        std::fs::write(at("sshd_config"), config).unwrap();
        let client = format!(
            "Host *\n UserKnownHostsFile {}\n GlobalKnownHostsFile /dev/null\n IdentityAgent none\n",
            at("known_hosts")
        );
        std::fs::write(at("ssh_config"), client).unwrap();
        let process = Process::new(sshd).args(["-D", "-f", &at("sshd_config"), "-E", &at("log")]).spawn().unwrap();
        let server = Server { directory, port, process };
        server.trust("hostkey");
        server.wait();
        Some(server)
    }

    fn wait(&self) {
        let start = Instant::now();
        let mut banner = [0; 4];
        while TcpStream::connect((ADDRESS, self.port)).and_then(|mut it| it.read_exact(&mut banner)).is_err() {
            let log = std::fs::read_to_string(self.directory.path().join("log"));
            assert!(start.elapsed() < Duration::from_secs(10), "sshd does not start: {log:?}");
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes this the host's known key.
    fn trust(&self, key: &str) {
        let key = std::fs::read_to_string(self.path(&format!("{key}.pub"))).unwrap();
        std::fs::write(self.path("known_hosts"), format!("[{ADDRESS}]:{} {key}", self.port)).unwrap();
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint {
            name: "lab".into(),
            address: ADDRESS.into(),
            port: Some(self.port),
            ssh_config: Some(self.path("ssh_config")),
            identity: Some(self.path("key")),
            local: false,
            ..local::tests::endpoint()
        }
    }

    /// The processes that serve connections.
    fn sessions(&self) -> Vec<String> {
        let parent = self.process.id().to_string();
        let children = Process::new("ps").args(["-o", "pid=", "--ppid", &parent]).output().unwrap();
        String::from_utf8(children.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn keygen(path: &str) {
    let made = Process::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path]).status();
    assert!(made.unwrap().success());
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(15), "still waiting until {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn error(endpoint: Endpoint) -> TransportError {
    let connected = Ssh::new(None).unwrap().connect(&endpoint).await;
    connected.err().expect("no connection")
}

#[tokio::test]
async fn commands_files_and_sockets_reach_a_host() {
    let Some(server) = Server::start() else { return };
    let ssh = Ssh::new(None).unwrap();
    let host = ssh.connect(&server.endpoint()).await.unwrap();
    for code in [0, 1, 127, 255] {
        let (exit, stdout, stderr) = run(&*host, &Command::new(format!("echo o; echo e >&2; exit {code}"))).await;
        assert_eq!((exit, &*stdout, &*stderr), (code, "o\n", "e\n"));
    }
    assert_eq!(facts::measure(&*host).await.unwrap().arch, std::env::consts::ARCH);

    let bytes: Vec<u8> = (0..=255).cycle().take(3_000_000).collect();
    let file = server.path("a file").to_str().unwrap().to_owned();
    host.upload(&bytes, &file, Some(0o600)).await.unwrap();
    assert!(host.download(&file, bytes.len()).await.unwrap() == bytes);

    // Both ends are on one machine: a socket goes there and comes back.
    let (origin, there) = (server.path("origin"), server.path("there"));
    let listener = UnixListener::bind(&origin).unwrap();
    host.socket_there(&origin, there.to_str().unwrap()).await.unwrap();
    host.socket_there(&origin, there.to_str().unwrap()).await.expect("the old socket is replaced");
    let here = host.socket_here(there.to_str().unwrap(), server.directory.path()).await.unwrap();
    let mut caller = std::os::unix::net::UnixStream::connect(here).unwrap();
    listener.set_nonblocking(true).unwrap();
    let mut called = None;
    until("the call arrives", || listener.accept().is_ok_and(|(stream, _)| called.replace(stream).is_none())).await;
    called.unwrap().write_all(b"hello").unwrap();
    let mut word = [0; 5];
    caller.read_exact(&mut word).unwrap();
    assert_eq!(&word, b"hello");

    let sessions = server.sessions();
    assert!(!sessions.is_empty());
    host.close().await;
    until("the connection is gone", || !sessions.iter().any(|pid| lives(pid))).await;
    assert!(!there.exists(), "the forwarded socket is removed");
    let control = ssh.control.path().to_owned();
    assert_eq!(std::fs::read_dir(&control).unwrap().count(), 0);
    drop((host, ssh));
    assert!(!control.exists());
}

#[tokio::test]
async fn more_transfers_than_channels_wait_for_each_other() {
    let Some(server) = Server::start() else { return };
    let host = Ssh::new(None).unwrap().connect(&server.endpoint()).await.unwrap();
    let tasks = tokio::task::LocalSet::new();
    let transfers: Vec<_> = (0..20)
        .map(|number| {
            let (host, path) = (host.clone(), server.path(&number.to_string()));
            tasks.spawn_local(async move { host.upload(b"x", path.to_str().unwrap(), None).await })
        })
        .collect();
    let running = host.clone();
    let command = tasks.spawn_local(async move { run(&*running, &Command::new("sleep 0.1")).await.0 });
    tasks.await;
    assert_eq!(command.await.unwrap(), 0);
    for transfer in transfers {
        transfer.await.unwrap().unwrap();
    }
    host.close().await;
}

#[tokio::test]
async fn dropping_a_command_ends_it_on_the_host() {
    let Some(server) = Server::start() else { return };
    let host = Ssh::new(None).unwrap().connect(&server.endpoint()).await.unwrap();
    let pids = start_and_drop(&*host, "timeout 1000 sleep 1000 & sleep 1000 & echo $$ $!; wait").await;
    assert_eq!(run(&*host, &Command::new("echo next")).await.1, "next\n");
    assert!(!pids.iter().any(|pid| lives(pid)), "{pids:?}");
    let pids = start_and_drop(&*host, "echo $$; exec sleep 1000").await;
    host.close().await;
    assert!(!pids.iter().any(|pid| lives(pid)), "{pids:?}");
}

#[tokio::test]
async fn a_connection_that_dies_is_lost_and_its_command_ended() {
    let Some(server) = Server::start() else { return };
    let host = Ssh::new(None).unwrap().connect(&server.endpoint()).await.unwrap();
    let pid_file = server.path("pid");
    let command = Command::new(format!("echo $$ >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 1000", pid_file.display()));
    let mut output = Output::default();
    let cut = async {
        until("the command runs", || pid_file.exists()).await;
        for pid in server.sessions() {
            assert!(Process::new("kill").args(["-KILL", &pid]).status().unwrap().success());
        }
    };
    let (ended, ()) = tokio::join!(host.run(&command, &mut output), cut);
    assert!(matches!(ended, Err(TransportError::Lost { .. })), "{ended:?}");
    let pid = std::fs::read_to_string(&pid_file).unwrap().trim().to_owned();
    until("the host has ended it", || !lives(&pid)).await;
    assert!(matches!(host.run(&command, &mut output).await, Err(TransportError::Dropped { .. })));
    host.close().await;
    host.close().await;
}

#[tokio::test]
async fn a_host_that_does_not_let_us_in_says_why() {
    let Some(server) = Server::start() else { return };
    let stranger = Endpoint { identity: Some(server.path("stranger")), ..server.endpoint() };
    let refused = error(stranger).await;
    assert!(matches!(refused, TransportError::Authentication { .. }), "{refused:?}");

    server.trust("stranger");
    let changed = error(server.endpoint()).await;
    let known = format!("[{ADDRESS}]:{}", server.port);
    let file = server.path("known_hosts").to_str().map(str::to_owned);
    let expected = TransportError::HostKey { host: "lab".into(), known_as: known.clone(), changed: true, file };
    assert_eq!(changed, expected);
    let accepting = Endpoint { accept_new_host_keys: true, ..server.endpoint() };
    assert_eq!(error(accepting.clone()).await, expected, "accepting new keys accepts no changed one");

    std::fs::remove_file(server.path("known_hosts")).unwrap();
    let unknown = error(server.endpoint()).await;
    let expected = TransportError::HostKey { host: "lab".into(), known_as: known, changed: false, file: None };
    assert_eq!(unknown, expected);
    let host = Ssh::new(None).unwrap().connect(&accepting).await.unwrap();
    host.close().await;
    let host = Ssh::new(None).unwrap().connect(&server.endpoint()).await.expect("now it is known");
    host.close().await;

    let nobody =
        Endpoint { port: TcpListener::bind((ADDRESS, 0)).unwrap().local_addr().ok().map(|it| it.port()), ..accepting };
    let refused = error(nobody.clone()).await;
    let address = format!("{ADDRESS} port {}", nobody.port.unwrap());
    assert_eq!(refused, TransportError::Refused { host: "lab".into(), address });
}

#[test]
fn what_the_client_says_is_understood() {
    let endpoint =
        Endpoint { name: "cm3".into(), address: "cm3.lan".into(), port: Some(2222), ..local::tests::endpoint() };
    let host = || String::from("cm3");
    let unreachable = |reason: &str| TransportError::Unreachable { host: host(), reason: reason.into() };
    let authentication = |reason: &str| TransportError::Authentication { host: host(), reason: reason.into() };
    let other = |reason: &str| TransportError::Other { host: host(), reason: reason.into() };
    let key = |known_as: &str, changed, file: Option<&str>| {
        let file = file.map(str::to_owned);
        TransportError::HostKey { host: host(), known_as: known_as.into(), changed, file }
    };
    let changed = "@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@\n\
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nAdd correct host key in /home/me/.ssh/known_hosts to get \
        rid of this message.\nOffending ED25519 key in /home/me/.ssh/known_hosts:7\n  remove with:\n  ssh-keygen -f x\n\
        Host key for [cm3.lan]:2222 has changed and you have requested strict checking.\nHost key verification failed.";
    let table = [
        (
            "ssh: connect to host 10.0.0.7 port 2222: Connection refused",
            TransportError::Refused { host: host(), address: "10.0.0.7 port 2222".into() },
        ),
        ("Connection refused", TransportError::Refused { host: host(), address: "cm3.lan port 2222".into() }),
        (
            "ssh: connect to host cm3.lan port 2222: Connection timed out\r\n",
            unreachable("connect to host cm3.lan port 2222: Connection timed out"),
        ),
        (
            "ssh: connect to host cm3.lan port 22: No route to host",
            unreachable("connect to host cm3.lan port 22: No route to host"),
        ),
        (
            "ssh: connect to host ::1 port 22: Network is unreachable",
            unreachable("connect to host ::1 port 22: Network is unreachable"),
        ),
        (
            "ssh: Could not resolve hostname cm3.lan: Name or service not known",
            unreachable("Could not resolve hostname cm3.lan: Name or service not known"),
        ),
        (
            "Connection timed out during banner exchange\nConnection to UNKNOWN port -1 timed out",
            unreachable("Connection timed out during banner exchange"),
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\nConnection closed by 10.0.0.7 port 22",
            unreachable("kex_exchange_identification: Connection closed by remote host"),
        ),
        (
            "Warning: Permanently added 'cm3.lan' (ED25519) to the list of known hosts.\r\nme@cm3.lan: Permission denied \
             (publickey).",
            authentication("me@cm3.lan: Permission denied (publickey)"),
        ),
        (
            "Received disconnect from 10.0.0.7 port 22:2: Too many authentication failures\nDisconnected from 10.0.0.7",
            authentication("Received disconnect from 10.0.0.7 port 22:2: Too many authentication failures"),
        ),
        (
            "No ED25519 host key is known for [cm3.lan]:2222 and you have requested strict checking.\nHost key \
             verification failed.",
            key("[cm3.lan]:2222", false, None),
        ),
        ("Host key verification failed.", key("[cm3.lan]:2222", false, None)),
        (changed, key("[cm3.lan]:2222", true, Some("/home/me/.ssh/known_hosts"))),
        ("/etc/ssh/x: line 1: Bad configuration option: y", other("/etc/ssh/x: line 1: Bad configuration option: y")),
        ("", other("the SSH client gave no reason")),
    ];
    for (text, expected) in table {
        let error = openssh::Error::Connect(io::Error::other(text));
        assert_eq!(classify(&endpoint, &error), expected, "{text}");
    }
    let missing = openssh::Error::Connect(io::Error::from_raw_os_error(2));
    assert_eq!(classify(&endpoint, &missing), other("the OpenSSH client `ssh` is not installed here"));
}
