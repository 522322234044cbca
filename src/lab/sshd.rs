//! One sshd a host: keys, configuration, start; and the client's side of it.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::layout::{HOSTS, Host, HostLayout, Layout, MARKER};
use super::{LabError, Settings, machine};

/// The program that makes keys.
#[derive(Debug)]
pub(super) struct Keygen(PathBuf);

/// Finds OpenSSH and sees to what its server needs on this machine.
///
/// # Errors
/// When it is not installed, or when it would refuse this user.
pub(super) fn require() -> Result<Keygen, LabError> {
    let keygen = machine::require_program("ssh-keygen", "openssh-client")?;
    machine::require_program("sshd", "openssh-server")?;
    if machine::is_root() {
        refuse_locked_root()?;
        make_separation_dir()?;
    }
    Ok(Keygen(keygen))
}

/// Without PAM, sshd turns away a user whose password is locked, whatever key they have.
fn refuse_locked_root() -> Result<(), LabError> {
    let shadow = fs::read_to_string("/etc/shadow").unwrap_or_default();
    if shadow.lines().any(|line| line.starts_with("root:!")) {
        return Err(LabError::new("sshd refuses root, whose password is locked")
            .with_help("run the lab as an ordinary user, or unlock root for keys alone: usermod -p '*' root"));
    }
    Ok(())
}

/// Debian makes this directory only when its service starts, and sshd, run by root, does not start without it.
fn make_separation_dir() -> Result<(), LabError> {
    let dir = Path::new("/run/sshd");
    fs::create_dir_all(dir).map_err(|why| LabError::io("make", dir, why))
}

/// Makes the key that opens every host of the lab, and each host's own; keys that are there stay.
///
/// # Errors
/// When ssh-keygen fails.
pub(super) fn make_keys(keygen: &Keygen, layout: &Layout) -> Result<(), LabError> {
    make_key(keygen, &layout.identity(), "flowrun lab")?;
    for host in &HOSTS {
        make_key(keygen, &layout.host(host).host_key(), host.name)?;
    }
    Ok(())
}

fn make_key(keygen: &Keygen, path: &Path, comment: &str) -> Result<(), LabError> {
    if path.exists() {
        return Ok(());
    }
    let mut command = Command::new(&keygen.0);
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(path);
    machine::output_of(&mut command).map(drop)
}

/// A key's type and body, without its comment.
fn public_key(private: &Path) -> Result<String, LabError> {
    let path = private.with_extension("pub");
    let text = fs::read_to_string(&path).map_err(|why| LabError::io("read", &path, why))?;
    Ok(text.split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// The server's configuration of one host.
pub(super) fn server_config(settings: &Settings, layout: &Layout, host: &Host) -> String {
    let paths = layout.host(host);
    // An emulated host has addresses and temporary files of its own.
    let is_emulated = settings.image_of(host).is_some();
    let address = if is_emulated { Ipv4Addr::UNSPECIFIED } else { host.address(settings.subnet) };
    let tmp = if is_emulated { PathBuf::from("/tmp") } else { paths.tmp() };
    format!(
        "# Made by flowrun: {name}, a host of the lab.\n\
         ListenAddress {address}\n\
         Port {port}\n\
         HostKey {key}\n\
         PidFile none\n\
         AllowUsers {user}\n\
         AuthorizedKeysFile {authorized}\n\
         # The directories above may be writable for others, as /tmp is.\n\
         StrictModes no\n\
         # PAM needs root.\n\
         UsePAM no\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\n\
         PrintMotd no\n\
         PrintLastLog no\n\
         X11Forwarding no\n\
         # Many connections at once are what the lab is for.\n\
         MaxStartups 100\n\
         Subsystem sftp internal-sftp\n\
         ForceCommand {login}\n\
         SetEnv {path} {home} {tmp} {marker}\n",
        name = host.name,
        port = settings.port,
        user = settings.user,
        key = quoted(&paths.host_key()),
        authorized = quoted(&layout.identity().with_extension("pub")),
        login = shell_quoted(&paths.login()),
        path = assignment("PATH", &format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", paths.shims().display())),
        home = assignment("HOME", &paths.home().display().to_string()),
        tmp = assignment("TMPDIR", &tmp.display().to_string()),
        marker = assignment(MARKER, &paths.dir().display().to_string()),
    )
}

/// The client's configuration for all hosts; `ssh -F FILE cm3` works by itself.
pub(super) fn client_config(settings: &Settings, layout: &Layout) -> String {
    let mut text = String::from("# Made by flowrun: the hosts of the lab.\n");
    for host in &HOSTS {
        text += &format!("Host {}\n  HostName {}\n", host.name, host.address(settings.subnet));
    }
    text += &format!(
        "Host *\n  Port {port}\n  User {user}\n  IdentityFile {identity}\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
         UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n  \
         LogLevel ERROR\n  ConnectTimeout 5\n",
        port = settings.port,
        user = settings.user,
        identity = quoted(&layout.identity()),
        known = quoted(&layout.known_hosts()),
    );
    text
}

/// The keys by which a client knows the hosts.
///
/// # Errors
/// When a key cannot be read.
pub(super) fn known_hosts(settings: &Settings, layout: &Layout) -> Result<String, LabError> {
    HOSTS
        .iter()
        .map(|host| {
            let key = public_key(&layout.host(host).host_key())?;
            Ok(format!("[{}]:{} {key}\n", host.address(settings.subnet), settings.port))
        })
        .collect()
}

/// Starts a host's sshd in the foreground, its messages in the host's log.
///
/// # Errors
/// When the program or its log cannot be opened.
pub(super) fn start(paths: &HostLayout, sshd: &Path) -> Result<Child, LabError> {
    let log = paths.log("sshd");
    let file = append(&log)?;
    Command::new(sshd)
        .args(["-D", "-e", "-f"])
        .arg(paths.sshd_config())
        .env_clear()
        .env(MARKER, paths.dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(file)
        .spawn()
        .map_err(|why| LabError::io("run", sshd, why))
}

/// Opens a log to append to; it is made when it is not there.
///
/// # Errors
/// When it cannot be written to.
pub(super) fn append(path: &Path) -> Result<File, LabError> {
    File::options().create(true).append(true).open(path).map_err(|why| LabError::io("write", path, why))
}

/// A path as one word of OpenSSH's configuration files.
fn quoted(path: &Path) -> String {
    // Neither a double quote nor, everywhere, a percent sign can be written there: such paths are refused beforehand.
    format!("\"{}\"", path.display())
}

/// A variable as one word of `SetEnv`.
fn assignment(name: &str, value: &str) -> String {
    format!("\"{name}={value}\"")
}

/// `ForceCommand` takes the rest of the line and hands it to the user's shell.
fn shell_quoted(path: &Path) -> String {
    let text = path.display().to_string();
    shlex::try_quote(&text).map_or_else(|_| text.clone(), std::borrow::Cow::into_owned)
}
