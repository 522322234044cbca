//! The embedded lab: a small cluster on loopback addresses of this machine.
//!
//! Four hosts, each an sshd of its own with own keys and an own home: `cm3`, which answers as a Compute Module 3+ and
//! really has no more than 1 GiB for a process; `builder`; `worker-1` and `worker-2`, each with a distccd. It works as
//! an ordinary user and as root. Everything of it lies in one private directory.
//!
//! With an image of [`emulated`], `cm3` is a machine of its own in an emulator.
//!
//! A lab is made powered off. A host is on while its init lives (see [`run_init`]), which is this program itself in
//! another process; power off ends whatever runs on the host and leaves nothing behind.
//!
//! All calls block.

mod distccd;
pub mod emulated;
mod error;
mod init;
mod inventory;
pub mod kernel;
mod layout;
mod leftovers;
mod machine;
mod network;
mod power;
mod process;
#[cfg(test)]
mod script_tests;
mod settings;
mod shims;
mod sshd;
#[cfg(test)]
mod tests;

use std::env;
use std::fs::{self, DirBuilder};
use std::net::Ipv4Addr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub use error::LabError;
pub use init::run_init;
pub use settings::Options;

use layout::{HOSTS, Host, Layout, Service};
use settings::Settings;

/// A lab on this machine.
#[derive(Debug)]
pub struct Lab {
    layout: Layout,
    settings: Settings,
}

/// One host of a lab as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStatus {
    /// Its name in the inventory.
    pub name: &'static str,
    /// Its address.
    pub address: Ipv4Addr,
    /// The port of its sshd.
    pub port: u16,
    /// Whether it is on.
    pub power: Power,
    /// Whether its distccd runs and listens; `None` on a host that has none.
    pub distccd: Option<bool>,
}

/// Whether a host is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Nothing of it runs.
    Off,
    /// It is on and answers ssh.
    On,
    /// Something of it runs, but its init is gone or its sshd does not listen.
    Failing,
}

impl Lab {
    /// Where a lab is kept when nothing else is said: `flowrun/lab` in the user's state directory.
    ///
    /// # Errors
    /// When neither `XDG_STATE_HOME` nor `HOME` says where that is.
    pub fn default_dir() -> Result<PathBuf, LabError> {
        let absolute = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        absolute("XDG_STATE_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))
            .map(|state| state.join("flowrun/lab"))
            .ok_or_else(|| LabError::new("no home directory for the lab").with_help("set HOME, or name a directory"))
    }

    /// Makes a lab in this directory, its hosts powered off. A lab that is there and off is made anew, its keys, homes
    /// and kernel tree kept.
    ///
    /// # Errors
    /// When a program that it needs is missing, the directory holds something else, the lab is up, or a port is taken.
    pub fn create(dir: &Path, options: &Options) -> Result<Lab, LabError> {
        let keygen = sshd::require()?;
        distccd::require()?;
        let dir = settle(dir)?;
        let layout = Layout::new(dir);
        if layout.settings().exists() {
            refuse_if_up(&Lab::open(layout.dir())?)?;
        }
        let settings = Settings::choose(options)?;
        let lab = Lab { layout, settings };
        lab.make_directories()?;
        sshd::make_keys(&keygen, &lab.layout)?;
        lab.write_files()?;
        Ok(lab)
    }

    /// The lab in this directory.
    ///
    /// # Errors
    /// When there is none, or its settings cannot be read.
    pub fn open(dir: &Path) -> Result<Lab, LabError> {
        let none = || {
            LabError::new(format!("there is no lab in `{}`", dir.display())).with_help("make one with `flowrun lab up`")
        };
        let dir = dir.canonicalize().map_err(|_| none())?;
        let layout = Layout::new(dir);
        let text = fs::read_to_string(layout.settings()).map_err(|_| none())?;
        let settings = Settings::parse(&text, &layout.settings())?;
        Ok(Lab { layout, settings })
    }

    /// Its state directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.layout.dir()
    }

    /// The inventory of its hosts.
    #[must_use]
    pub fn inventory(&self) -> PathBuf {
        self.layout.inventory()
    }

    /// The inputs with which kernel.flow runs on it.
    #[must_use]
    pub fn inputs(&self) -> PathBuf {
        self.layout.inputs()
    }

    /// The configuration with which `ssh -F` reaches its hosts by name.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        self.layout.ssh_config()
    }

    /// Where its kernel tree belongs: the same path on every host.
    #[must_use]
    pub fn tree(&self) -> PathBuf {
        self.layout.tree()
    }

    /// The names of its hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &'static str> {
        HOSTS.iter().map(|host| host.name)
    }

    /// Boots a host: when this returns it answers ssh, and distcc where it is a worker. One that is on stays as it is.
    ///
    /// # Errors
    /// When there is no such host, a port of it is taken, or it does not come up.
    pub fn power_on(&self, host: &str) -> Result<(), LabError> {
        power::on(self, Host::named(host)?)
    }

    /// Ends a host and everything that runs on it. One that is off stays so.
    ///
    /// # Errors
    /// When there is no such host, or a process of it cannot be ended.
    pub fn power_off(&self, host: &str) -> Result<(), LabError> {
        power::off(self, Host::named(host)?)
    }

    /// Every host as it is now.
    #[must_use]
    pub fn status(&self) -> Vec<HostStatus> {
        HOSTS.iter().map(|host| self.host_status(host)).collect()
    }

    fn host_status(&self, host: &Host) -> HostStatus {
        let paths = self.layout.host(host);
        let serves = |service| power::serves(&self.settings, host, &paths, service);
        let power = match (power::is_on(&paths), power::has_daemon(&self.settings, host, &paths)) {
            (true, true) if power::answers_ssh(&self.settings, host, &paths) => Power::On,
            (false, false) => Power::Off,
            _ => Power::Failing,
        };
        let distccd = self.settings.services(host).contains(&Service::Distccd).then(|| serves(Service::Distccd));
        HostStatus {
            name: host.name,
            address: host.address(self.settings.subnet),
            port: self.settings.port,
            power,
            distccd,
        }
    }

    /// Powers every host off and removes the lab.
    ///
    /// # Errors
    /// When a process cannot be ended or a file not be removed. What could be done is done nevertheless.
    pub fn destroy(self) -> Result<(), LabError> {
        let mut outcome = Ok(());
        for host in &HOSTS {
            outcome = outcome.and(power::off(&self, host));
        }
        outcome?;
        fs::remove_dir_all(self.dir()).map_err(|why| LabError::io("remove", self.dir(), why))
    }

    fn make_directories(&self) -> Result<(), LabError> {
        let mut dirs = vec![self.dir().join("srv")];
        for host in &HOSTS {
            let paths = self.layout.host(host);
            dirs.extend([paths.home().join("scripts"), paths.shims(), paths.tmp(), paths.run()]);
        }
        dirs.iter().try_for_each(|dir| make_private(dir))
    }

    /// Writes everything but keys.
    fn write_files(&self) -> Result<(), LabError> {
        let (settings, layout) = (&self.settings, &self.layout);
        for host in &HOSTS {
            let paths = layout.host(host);
            shims::write(settings, host, &paths)?;
            write(&paths.sshd_config(), &sshd::server_config(settings, layout, host))?;
            if settings.image_of(host).is_some() {
                emulated::write_boot(settings, layout, host)?;
            }
            for service in settings.services(host) {
                sshd::append(&paths.log(service.name()))?;
            }
        }
        write(&layout.known_hosts(), &sshd::known_hosts(settings, layout)?)?;
        write(&layout.ssh_config(), &sshd::client_config(settings, layout))?;
        write(&layout.manifest(), &inventory::manifest()?)?;
        write(&layout.inputs(), &inventory::inputs(settings, layout)?)?;
        write(&layout.inventory(), &inventory::inventory(settings, layout)?)?;
        // Last: its presence says that the lab is whole.
        write(&layout.settings(), &settings.to_text()?)
    }
}

/// Makes the state directory, or takes an empty one or one that holds a lab; returns its absolute path.
fn settle(dir: &Path) -> Result<PathBuf, LabError> {
    make_private(dir)?;
    let dir = dir.canonicalize().map_err(|why| LabError::io("find", dir, why))?;
    let strange = |c: char| c.is_control() || matches!(c, '"' | ':' | '\\' | '%');
    if dir.to_str().is_none_or(|text| text.contains(strange)) {
        return Err(LabError::new(format!("the lab cannot be kept in `{}`", dir.display()))
            .with_help("choose a path that is UTF-8 text without quotes, colons, backslashes, per cent signs and control characters"));
    }
    let mut entries = fs::read_dir(&dir).map_err(|why| LabError::io("read", &dir, why))?;
    if entries.next().is_some() && !Layout::new(dir.clone()).settings().exists() {
        return Err(LabError::new(format!("`{}` is not empty and holds no lab", dir.display()))
            .with_help("name another directory, or empty this one"));
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).map_err(|why| LabError::io("protect", &dir, why))?;
    Ok(dir)
}

fn refuse_if_up(lab: &Lab) -> Result<(), LabError> {
    let up: Vec<&str> =
        lab.status().iter().filter(|status| status.power != Power::Off).map(|status| status.name).collect();
    if up.is_empty() {
        return Ok(());
    }
    Err(LabError::new(format!("the lab in `{}` is already up: {} on", lab.dir().display(), up.join(", ")))
        .with_help(format!("use it as it is, or take it down with `flowrun lab down --dir {}`", lab.dir().display())))
}

/// Makes a directory that only its owner can enter, and those above it.
fn make_private(dir: &Path) -> Result<(), LabError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|why| LabError::io("make", dir, why))
}

fn write(path: &Path, text: &str) -> Result<(), LabError> {
    fs::write(path, text).map_err(|why| LabError::io("write", path, why))
}
