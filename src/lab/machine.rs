//! The machine that the lab runs on: its programs, its user, its size.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Resource, getrlimit};

use super::LabError;

/// One GiB.
pub(super) const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// Finds a program in PATH and, as daemons are often not in a user's PATH, in the system's own directories.
pub(super) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"].map(PathBuf::from))
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(name))
        .find(|program| is_executable(program))
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

/// The program, or an error that names the package to install.
///
/// # Errors
/// When it is not installed.
pub(super) fn require_program(name: &str, package: &str) -> Result<PathBuf, LabError> {
    find_program(name).ok_or_else(|| {
        LabError::new(format!("`{name}` is not installed")).with_help(format!("apt-get install {package}"))
    })
}

/// Runs a program to its end and returns its stdout.
///
/// # Errors
/// When it cannot be started or fails; its last line on stderr is then part of the message.
pub(super) fn output_of(command: &mut Command) -> Result<String, LabError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|why| LabError::new(format!("cannot run `{name}`: {why}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        return Err(LabError::new(format!("`{name}` failed: {}", last.trim())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The name of the user who runs this.
///
/// # Errors
/// When the system knows no name for the user.
pub(super) fn user_name() -> Result<String, LabError> {
    Ok(output_of(Command::new("id").arg("-un"))?.trim().to_owned())
}

/// Whether this is root.
pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Processors that a process here may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Memory that a process here may use, in bytes: what the machine has, or a narrower limit of a control group or of
/// the address space.
pub(super) fn memory() -> u64 {
    let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| meminfo_total(&text));
    [total, cgroup_limit(), getrlimit(Resource::As).current].into_iter().flatten().min().unwrap_or(GIB)
}

fn meminfo_total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The narrowest memory limit of our control group and of those above it.
fn cgroup_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let root = Path::new("/sys/fs/cgroup");
    root.join(own)
        .ancestors()
        .take_while(|dir| dir.starts_with(root))
        .filter_map(|dir| fs::read_to_string(dir.join("memory.max")).ok()?.trim().parse().ok())
        .min()
}

/// A size for the inventory: whole GiB where that is close below the measured one, else whole MiB.
pub(super) fn round_size(bytes: u64) -> String {
    let gib = bytes / GIB;
    // A declared size has to lie within a few per cent of what is measured.
    if gib > 0 && bytes - gib * GIB <= gib * GIB / 25 { format!("{gib}GiB") } else { format!("{}MiB", bytes / MIB) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_but_not_far() {
        assert_eq!(round_size(32 * GIB + GIB / 2), "32GiB");
        assert_eq!(round_size(2 * GIB - 1), "2047MiB");
        assert_eq!(round_size(GIB + GIB / 2), "1536MiB");
        assert_eq!(round_size(512 * MIB), "512MiB");
    }

    #[test]
    fn the_total_is_read_from_meminfo() {
        assert_eq!(meminfo_total("MemTotal:       1024 kB\nMemFree: 1 kB\n"), Some(MIB));
        assert_eq!(meminfo_total("MemFree: 1 kB\n"), None);
    }

    #[test]
    fn a_missing_program_names_its_package() {
        let error = require_program("no-such-program", "some-package").unwrap_err();
        assert_eq!(error.message(), "`no-such-program` is not installed");
        assert_eq!(error.help(), Some("apt-get install some-package"));
    }
}
