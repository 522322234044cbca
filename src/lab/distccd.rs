//! The compile server of a worker.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::fs::{Gid, Uid, chown};

use super::layout::{Host, HostLayout, MARKER};
use super::{LabError, Settings, machine, sshd};

/// Where Debian's distcc looks up which compilers it may run.
const ALLOWED_COMPILERS: &str = "/usr/lib/distcc";

/// The user that distccd becomes when root starts it.
const USER: &str = "distccd";

/// Compiles that a worker takes at a time.
pub(super) const SLOTS: u32 = 4;

/// Finds distccd and makes sure that it would compile.
///
/// # Errors
/// When it is not installed, or when it is allowed to run no compiler.
pub(super) fn require() -> Result<PathBuf, LabError> {
    let program = machine::require_program("distccd", "distcc")?;
    if !Path::new(ALLOWED_COMPILERS).join("gcc").exists() {
        return Err(LabError::new(format!("distccd may run no gcc: there is none in `{ALLOWED_COMPILERS}`"))
            .with_help("apt-get install gcc && update-distcc-symlinks"));
    }
    if machine::is_root() {
        account()?;
    }
    Ok(program)
}

/// Starts a worker's distccd in the foreground, its messages in the worker's log.
///
/// # Errors
/// When the program, its log or its temporary directory cannot be had.
pub(super) fn start(settings: &Settings, host: &Host, paths: &HostLayout, program: &Path) -> Result<Child, LabError> {
    let tmp = temporary_dir(paths);
    make_temporary_dir(&tmp)?;
    Command::new(program)
        .args(["--daemon", "--no-detach", "--log-stderr", "--log-level", "info", "--allow", "127.0.0.0/8"])
        .args(["--user", USER])
        .args(["--listen", &host.address(settings.subnet).to_string()])
        .args(["--port", &settings.distcc_port.to_string()])
        .args(["--jobs", &SLOTS.to_string()])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("TMPDIR", &tmp)
        .env(MARKER, paths.dir())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        // As root, distccd gives its rights up and could not open a log in the lab's private directory.
        .stderr(sshd::append(&paths.log("distccd"))?)
        .spawn()
        .map_err(|why| LabError::io("run", program, why))
}

/// Removes what the worker kept outside the lab's directory.
pub(super) fn clean_up(paths: &HostLayout) {
    let tmp = temporary_dir(paths);
    if !tmp.starts_with(paths.dir()) {
        let _ = fs::remove_dir_all(tmp);
    }
}

/// As root, distccd becomes a user who cannot enter the lab's directory; in memory its files are out of the way.
pub(super) fn temporary_dir(paths: &HostLayout) -> PathBuf {
    if !machine::is_root() {
        return paths.dir().join("distccd");
    }
    // Labs side by side must not meet there: each host has a directory of its own, and so a name of its own.
    let mut hasher = DefaultHasher::new();
    paths.dir().hash(&mut hasher);
    let base = if Path::new("/dev/shm").is_dir() { "/dev/shm" } else { "/tmp" };
    Path::new(base).join(format!("flowrun-lab-{:016x}", hasher.finish()))
}

fn make_temporary_dir(dir: &Path) -> Result<(), LabError> {
    // Its name can be guessed and its parent is everyone's: whatever is there is not to be trusted.
    let _ = fs::remove_dir_all(dir);
    fs::DirBuilder::new().mode(0o700).create(dir).map_err(|why| LabError::io("make", dir, why))?;
    if machine::is_root() {
        let (user, group) = account()?;
        chown(dir, Some(user), Some(group)).map_err(|why| LabError::io("give away", dir, why))?;
    }
    Ok(())
}

/// The user and group that distccd becomes.
fn account() -> Result<(Uid, Gid), LabError> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    parse_account(&text).ok_or_else(|| {
        LabError::new(format!("there is no user `{USER}`, who distccd becomes when root starts it"))
            .with_help("apt-get install --reinstall distcc")
    })
}

fn parse_account(passwd: &str) -> Option<(Uid, Gid)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(USER))?;
    let mut numbers = line.split(':').skip(2);
    let user = numbers.next()?.parse().ok()?;
    let group = numbers.next()?.parse().ok()?;
    Some((Uid::from_raw(user), Gid::from_raw(group)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_found_by_its_whole_name() {
        let passwd = "distccd2:x:1:1::/:\ndistccd:x:102:65534::/nonexistent:/usr/sbin/nologin\n";
        let (user, group) = parse_account(passwd).unwrap();
        assert_eq!((user.as_raw(), group.as_raw()), (102, 65534));
        assert!(parse_account("root:x:0:0::/root:/bin/sh\n").is_none());
    }
}
