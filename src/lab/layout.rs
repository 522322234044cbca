//! The lab's hosts and where everything of theirs lies in the state directory.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use super::LabError;

/// What a host of the lab is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Orchestrator,
    Builder,
    Worker,
}

/// One host of the lab.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// The last byte of its address.
    number: u8,
}

/// All hosts, in the order in which they are shown.
pub(super) const HOSTS: [Host; 4] = [
    Host { name: "cm3", role: Role::Orchestrator, number: 10 },
    Host { name: "builder", role: Role::Builder, number: 20 },
    Host { name: "worker-1", role: Role::Worker, number: 31 },
    Host { name: "worker-2", role: Role::Worker, number: 32 },
];

impl Host {
    /// The host with this name.
    ///
    /// # Errors
    /// When the lab has no such host.
    pub(super) fn named(name: &str) -> Result<&'static Host, LabError> {
        HOSTS.iter().find(|host| host.name == name).ok_or_else(|| {
            let names: Vec<&str> = HOSTS.iter().map(|host| host.name).collect();
            LabError::new(format!("the lab has no host `{name}`"))
                .with_help(format!("its hosts are {}", names.join(", ")))
        })
    }

    /// Its address in the lab's subnet.
    pub(super) fn address(&self, subnet: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, 77, subnet, self.number)
    }
}

/// A process of this machine that a lab host consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Sshd,
    Distccd,
    /// An emulated machine; the host's sshd runs inside.
    Guest,
}

impl Service {
    /// The name of its files and of the program.
    pub(super) fn name(self) -> &'static str {
        match self {
            Service::Sshd => "sshd",
            Service::Distccd => "distccd",
            Service::Guest => "qemu",
        }
    }
}

/// The variable that names the lab host in the environment of all that runs on it.
pub(super) const MARKER: &str = "FLOWRUN_LAB_HOST";

/// Paths below the lab's state directory.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    dir: PathBuf,
}

impl Layout {
    pub(super) fn new(dir: PathBuf) -> Self {
        Layout { dir }
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The settings; its presence is what makes a directory a lab.
    pub(super) fn settings(&self) -> PathBuf {
        self.dir.join("lab.yml")
    }

    pub(super) fn inventory(&self) -> PathBuf {
        self.dir.join("inventory.yml")
    }

    pub(super) fn inputs(&self) -> PathBuf {
        self.dir.join("inputs.yml")
    }

    pub(super) fn manifest(&self) -> PathBuf {
        self.dir.join("distcc-hosts.yml")
    }

    pub(super) fn ssh_config(&self) -> PathBuf {
        self.dir.join("ssh_config")
    }

    pub(super) fn known_hosts(&self) -> PathBuf {
        self.dir.join("known_hosts")
    }

    pub(super) fn identity(&self) -> PathBuf {
        self.dir.join("id_ed25519")
    }

    /// The shared mount of the lab: the same path on every host.
    pub(super) fn tree(&self) -> PathBuf {
        self.dir.join("srv/linux")
    }

    pub(super) fn host(&self, host: &Host) -> HostLayout {
        HostLayout { dir: self.dir.join("hosts").join(host.name) }
    }
}

/// Paths of one host.
#[derive(Clone, Debug)]
pub(super) struct HostLayout {
    dir: PathBuf,
}

impl HostLayout {
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn home(&self) -> PathBuf {
        self.dir.join("home")
    }

    /// Programs that come first in the host's PATH.
    pub(super) fn shims(&self) -> PathBuf {
        self.dir.join("shims")
    }

    /// Temporary files of the host's sessions; emptied at power off.
    pub(super) fn tmp(&self) -> PathBuf {
        self.dir.join("tmp")
    }

    /// Pid files; empty while the host is off.
    pub(super) fn run(&self) -> PathBuf {
        self.dir.join("run")
    }

    pub(super) fn init_pid(&self) -> PathBuf {
        self.run().join("init")
    }

    pub(super) fn service_pid(&self, service: Service) -> PathBuf {
        self.run().join(service.name())
    }

    /// Made when an emulated host answers ssh; gone while it is off.
    pub(super) fn answered(&self) -> PathBuf {
        self.run().join("answered")
    }

    pub(super) fn log(&self, what: &str) -> PathBuf {
        self.dir.join(format!("{what}.log"))
    }

    pub(super) fn host_key(&self) -> PathBuf {
        self.dir.join("host_key")
    }

    pub(super) fn sshd_config(&self) -> PathBuf {
        self.dir.join("sshd_config")
    }

    /// What sshd runs for every session.
    pub(super) fn login(&self) -> PathBuf {
        self.dir.join("login")
    }

    /// [`MARKER`] with its value: what has it in its environment belongs to this host and to no other.
    pub(super) fn marker(&self) -> String {
        format!("{MARKER}={}", self.dir.display())
    }
}
