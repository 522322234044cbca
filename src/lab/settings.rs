//! How a lab was made: what its hosts have to know again at every power on.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::emulated::Image;
use super::layout::{HOSTS, Host, Role, Service};
use super::{LabError, machine, network, power};

/// The port of the hosts' sshds when it is free.
const SSH_PORT: u16 = 2222;

/// How many ports are tried from there.
const SSH_PORTS: u16 = 100;

/// What can be chosen about a lab.
#[derive(Clone, Debug)]
pub struct Options {
    /// The third byte of its addresses, 127.77.N.x: labs with different ones live side by side.
    pub subnet: u8,
    /// The port of every sshd; by default 2222 or the next that is free.
    pub port: Option<u16>,
    /// The port of every distccd.
    pub distcc_port: u16,
    /// The flowrun program that the inventory's power commands call; by default this one.
    pub program: Option<PathBuf>,
    /// The command that calls [`run_init`](super::run_init), given `HOST --dir DIR`; by default `PROGRAM lab init`.
    pub supervisor: Option<Vec<String>>,
    /// With an image, cm3 is an emulated machine; without one it is this machine with another name for itself.
    pub cm3: Option<Image>,
}

impl Default for Options {
    fn default() -> Self {
        Options { subnet: 0, port: None, distcc_port: 3632, program: None, supervisor: None, cm3: None }
    }
}

/// The choices made, kept in the lab.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) subnet: u8,
    pub(super) port: u16,
    pub(super) distcc_port: u16,
    pub(super) user: String,
    pub(super) program: PathBuf,
    pub(super) supervisor: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cm3: Option<Image>,
}

impl Settings {
    /// Completes the options from what is true of this machine.
    ///
    /// # Errors
    /// When a port is taken, or this program or its user cannot be named.
    pub(super) fn choose(options: &Options) -> Result<Self, LabError> {
        let program = match &options.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(|why| LabError::new(format!("cannot find this program: {why}")))?,
        };
        let supervisor = options
            .supervisor
            .clone()
            .unwrap_or_else(|| vec![program.display().to_string(), "lab".to_owned(), "init".to_owned()]);
        let settings = Settings {
            subnet: options.subnet,
            port: choose_port(options),
            distcc_port: options.distcc_port,
            user: machine::user_name()?,
            program,
            supervisor,
            cm3: options.cm3.clone(),
        };
        HOSTS.iter().try_for_each(|host| power::require_free_ports(&settings, host))?;
        Ok(settings)
    }

    /// Reads kept settings.
    ///
    /// # Errors
    /// When they are not what this version of flowrun keeps.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, LabError> {
        serde_yaml::from_str(text).map_err(|why| {
            LabError::io("understand", path, why)
                .with_help("it was made by another version: remove the lab and make it anew")
        })
    }

    /// The text to keep.
    ///
    /// # Errors
    /// When they cannot be written as YAML.
    pub(super) fn to_text(&self) -> Result<String, LabError> {
        serde_yaml::to_string(self).map_err(|why| LabError::new(format!("cannot write YAML: {why}")))
    }

    /// The image of a host that is an emulated machine.
    pub(super) fn image_of(&self, host: &Host) -> Option<&Image> {
        self.cm3.as_ref().filter(|_| host.role == Role::Orchestrator)
    }

    /// What a host consists of.
    pub(super) fn services(&self, host: &Host) -> &'static [Service] {
        match host.role {
            Role::Worker => &[Service::Sshd, Service::Distccd],
            Role::Orchestrator if self.cm3.is_some() => &[Service::Guest],
            Role::Orchestrator | Role::Builder => &[Service::Sshd],
        }
    }

    /// The port of a service.
    pub(super) fn port_of(&self, service: Service) -> u16 {
        match service {
            Service::Sshd | Service::Guest => self.port,
            Service::Distccd => self.distcc_port,
        }
    }
}

/// The wanted port, or the first that every host can have.
fn choose_port(options: &Options) -> u16 {
    let free_everywhere = |port: &u16| HOSTS.iter().all(|host| network::is_free(host.address(options.subnet), *port));
    options.port.unwrap_or_else(|| (SSH_PORT..SSH_PORT + SSH_PORTS).find(free_everywhere).unwrap_or(SSH_PORT))
}
