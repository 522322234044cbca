//! The small programs that make a lab host answer as a machine of its own would.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::layout::{Host, HostLayout, Role};
use super::{LabError, Settings};

const SYSTEMCTL: &str = include_str!("shims/systemctl");
const JOURNALCTL: &str = include_str!("shims/journalctl");
const PGREP: &str = include_str!("shims/pgrep");
const UNAME: &str = include_str!("shims/uname");
const LOGIN: &str = include_str!("shims/login");

/// Writes the host's shims and what sshd runs for a session.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(settings: &Settings, host: &Host, layout: &HostLayout) -> Result<(), LabError> {
    let shims = layout.shims();
    script(&layout.login(), LOGIN)?;
    script(&shims.join("systemctl"), SYSTEMCTL)?;
    script(&shims.join("journalctl"), JOURNALCTL)?;
    script(&shims.join("pgrep"), PGREP)?;
    // The directory may be that of an earlier lab.
    for name in ["uname", "arch"] {
        let _ = fs::remove_file(shims.join(name));
    }
    if host.role == Role::Orchestrator && settings.cm3.is_none() {
        script(&shims.join("uname"), UNAME)?;
        link("uname", &shims.join("arch"))?;
    }
    Ok(())
}

fn script(path: &Path, text: &str) -> Result<(), LabError> {
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o700)))
        .map_err(|why| LabError::io("write", path, why))
}

fn link(target: &str, path: &Path) -> Result<(), LabError> {
    match symlink(target, path) {
        Err(why) if why.kind() != std::io::ErrorKind::AlreadyExists => Err(LabError::io("make", path, why)),
        _ => Ok(()),
    }
}
