//! Processes named so that no foreign one is ever taken for ours: by pid *and* start time.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};

use super::LabError;

/// A process of this boot: a pid can come back as another process, a pid with its start time cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ProcessId {
    pid: i32,
    started: u64,
}

/// The fields of `/proc/PID/stat` that the lab looks at.
struct Stat {
    state: char,
    parent: i32,
    started: u64,
}

impl ProcessId {
    /// The live process with this pid; `None` when there is none.
    pub(super) fn of(pid: u32) -> Option<Self> {
        let pid = i32::try_from(pid).ok()?;
        let stat = stat(pid).filter(Stat::is_live)?;
        Some(ProcessId { pid, started: stat.started })
    }

    /// The process that a pid file names; `None` when there is no such file or it is not one of ours.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let (pid, started) = text.trim().split_once(' ')?;
        Some(ProcessId { pid: pid.parse().ok()?, started: started.parse().ok()? })
    }

    /// Writes the pid file, whole or not at all, so that a reader never sees half of it.
    ///
    /// # Errors
    /// When the directory cannot be written to.
    pub(super) fn write(self, file: &Path) -> Result<(), LabError> {
        let draft = file.with_extension("new");
        fs::write(&draft, format!("{self}\n"))
            .and_then(|()| fs::rename(&draft, file))
            .map_err(|why| LabError::io("write", file, why))
    }

    /// The pid alone.
    pub(super) fn pid(self) -> i32 {
        self.pid
    }

    /// Whether this very process still runs. A zombie does not: it only waits to be collected.
    pub(super) fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.is_live() && stat.started == self.started)
    }

    /// Sends a signal to this process and to no other; silently nothing when it is gone.
    ///
    /// # Errors
    /// When it is there and may not be signalled.
    pub(super) fn signal(self, signal: Signal) -> io::Result<()> {
        let Some(pid) = Pid::from_raw(self.pid) else { return Ok(()) };
        let sent = match pidfd_open(pid, PidfdFlags::empty()) {
            // The descriptor holds on to one process: what is true of it now stays true for the signal.
            Ok(handle) if self.is_alive() => pidfd_send_signal(handle, signal),
            Err(Errno::NOSYS) if self.is_alive() => kill_process(pid, signal),
            Ok(_) | Err(_) => return Ok(()),
        };
        match sent {
            Err(Errno::SRCH) => Ok(()),
            other => Ok(other?),
        }
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pid, self.started)
    }
}

impl Stat {
    fn is_live(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }
}

fn stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in parentheses may hold anything, blanks and parentheses too: what counts begins behind the last one.
fn parse_stat(text: &str) -> Option<Stat> {
    let mut fields = text.rsplit_once(") ")?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some(Stat { state, parent, started })
}

/// Every live process with its parent's pid.
fn all() -> Vec<(ProcessId, i32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok())
        .filter_map(|pid| {
            let stat = stat(pid).filter(Stat::is_live)?;
            Some((ProcessId { pid, started: stat.started }, stat.parent))
        })
        .collect()
}

/// Every live process below this pid, itself not included.
pub(super) fn descendants(of: i32) -> Vec<ProcessId> {
    let mut children: HashMap<i32, Vec<ProcessId>> = HashMap::new();
    for (process, parent) in all() {
        children.entry(parent).or_default().push(process);
    }
    let mut found = Vec::new();
    let mut next = vec![of];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            next.push(child.pid);
            found.push(child);
        }
    }
    found
}

/// Every live process whose environment holds this assignment, and all below them.
///
/// Processes of other users keep their environment to themselves and are left out.
pub(super) fn with_environment(assignment: &str) -> Vec<ProcessId> {
    let mut found = HashSet::new();
    for (process, _) in all() {
        let Ok(environment) = fs::read(format!("/proc/{}/environ", process.pid)) else { continue };
        if environment.split(|byte| *byte == 0).any(|entry| entry == assignment.as_bytes()) {
            found.insert(process);
            found.extend(descendants(process.pid));
        }
    }
    found.into_iter().collect()
}

/// Ends processes that are not our children: TERM, a while of grace, KILL.
///
/// # Errors
/// When one of them is still there afterwards.
pub(super) fn end(processes: &[ProcessId], grace: Duration) -> Result<(), LabError> {
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, Duration::from_secs(5))] {
        for process in processes {
            // What may not be signalled shows below: it is still alive.
            let _ = process.signal(signal);
        }
        if wait_until(patience, || !processes.iter().any(|process| process.is_alive())) {
            return Ok(());
        }
    }
    let left: Vec<String> =
        processes.iter().filter(|process| process.is_alive()).map(|process| process.pid.to_string()).collect();
    Err(LabError::new(format!("processes of the lab cannot be ended: {}", left.join(", ")))
        .with_help("they belong to another user or hang in the kernel: end them as root"))
}

/// Looks at a condition until it holds; false when it still does not after that long.
pub(super) fn wait_until(patience: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_does_not_confuse_the_fields() {
        let text = "42 (a) R 1 (b) S 7 42 42 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 10";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.state, stat.parent, stat.started), ('S', 7, 98765));
    }

    #[test]
    fn another_start_time_is_another_process() {
        let own = ProcessId::of(std::process::id()).unwrap();
        assert!(own.is_alive());
        assert!(!ProcessId { started: own.started + 1, ..own }.is_alive());
    }

    #[test]
    fn a_zombie_does_not_count_as_alive() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        assert!(wait_until(Duration::from_secs(5), || ProcessId::of(pid).is_none()));
        child.wait().unwrap();
    }

    #[test]
    fn a_signal_reaches_only_the_process_that_was_meant() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = ProcessId::of(child.id()).unwrap();
        let stranger = ProcessId { started: process.started + 1, ..process };
        stranger.signal(Signal::KILL).unwrap();
        assert!(process.is_alive());
        end(&[process], Duration::from_secs(5)).unwrap();
        child.wait().unwrap();
    }
}
