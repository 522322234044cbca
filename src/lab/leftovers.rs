//! Files of a lab host that lie outside its directory, and those that do not outlive a power off.
//!
//! Pump mode's places are fixed: sockets in `/tmp/distcc-pump.*`, mirrors of sources in `/dev/shm`. A real host loses
//! both at a reboot; the lab's hosts share them with the machine and have to take their own away.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::HostLayout;
use super::process::ProcessId;
use super::{distccd, emulated};

const SOCKETS: &str = "/tmp/distcc-pump.";
const MIRRORS: &str = "/dev/shm";

/// What include servers of one host leave behind when they are killed.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    pids: Vec<i32>,
    dirs: Vec<PathBuf>,
}

/// Finds the include servers among these processes, and the one that `pumpctl` last recorded on the host.
pub(super) fn find(paths: &HostLayout, processes: &[ProcessId]) -> Leftovers {
    let mut found = Leftovers::default();
    for process in processes {
        let command = fs::read(format!("/proc/{}/cmdline", process.pid())).unwrap_or_default();
        let words: Vec<_> = command.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        if words.iter().any(|word| word.ends_with("/include_server.py")) {
            found.pids.push(process.pid());
            found.dirs.extend(words.iter().filter_map(|word| socket_dir(word)));
        }
    }
    let record = fs::read_to_string(paths.home().join(".distcc/pump.current")).unwrap_or_default();
    let mut lines = record.lines();
    found.dirs.extend(lines.next().and_then(|dir| socket_dir(&format!("{dir}/socket"))));
    found.pids.extend(lines.next().and_then(|pid| pid.parse::<i32>().ok()));
    found
}

/// The directory of an include server's socket, if it is one that may be removed whole.
fn socket_dir(socket: &str) -> Option<PathBuf> {
    let name = socket.strip_prefix(SOCKETS)?.strip_suffix("/socket")?;
    (!name.is_empty() && !name.contains('/')).then(|| PathBuf::from(format!("{SOCKETS}{name}")))
}

impl Leftovers {
    /// Removes them. Nothing depends on it: what cannot be removed stays.
    pub(super) fn remove(&self) {
        for dir in &self.dirs {
            let _ = fs::remove_dir_all(dir);
        }
        let Ok(entries) = fs::read_dir(MIRRORS) else { return };
        for entry in entries.flatten() {
            if self.pids.iter().any(|pid| is_mirror(&entry.file_name().to_string_lossy(), *pid)) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Include servers name their mirrors `tmpRANDOM.include_server-PID-NUMBER`.
fn is_mirror(name: &str, pid: i32) -> bool {
    name.starts_with("tmp") && name.contains(&format!(".include_server-{pid}-"))
}

/// Empties what does not outlive a power off: pid files, temporary files.
pub(super) fn empty(paths: &HostLayout) {
    for dir in [paths.run(), paths.tmp()] {
        empty_dir(&dir);
    }
    let _ = fs::remove_file(paths.home().join(".distcc/pump.current"));
    distccd::clean_up(paths);
    emulated::clean_up(paths);
}

fn empty_dir(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let _ = if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_of_include_servers_are_ever_removed() {
        assert_eq!(socket_dir("/tmp/distcc-pump.a1B2c3/socket"), Some(PathBuf::from("/tmp/distcc-pump.a1B2c3")));
        for other in ["/tmp/distcc-pump./socket", "/tmp/distcc-pump.x/../../etc/socket", "/home/u/socket", "--port"] {
            assert_eq!(socket_dir(other), None, "{other}");
        }
    }

    #[test]
    fn a_mirror_belongs_to_one_process() {
        assert!(is_mirror("tmpk2x.include_server-42-1", 42));
        assert!(!is_mirror("tmpk2x.include_server-421-1", 42));
        assert!(!is_mirror("x.include_server-42-1", 42));
    }
}
