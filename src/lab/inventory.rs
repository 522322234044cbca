//! The files that a workflow is run with on the lab: inventory, inputs, hostfile.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::layout::{HOSTS, Host, Layout, Role};
use super::{LabError, Settings, distccd, emulated, machine};

#[derive(Serialize)]
struct Inventory {
    defaults: Defaults,
    hosts: BTreeMap<&'static str, Entry>,
}

#[derive(Serialize)]
struct Defaults {
    user: String,
    port: u16,
    ssh_config: String,
}

#[derive(Serialize)]
struct Entry {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    arch: &'static str,
    mem: String,
    cores: usize,
    groups: [&'static str; 1],
    mounts: [&'static str; 1],
    power: Power,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    vars: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Power {
    command: String,
}

#[derive(Serialize)]
struct Inputs {
    manifest: String,
    pumpctl: String,
    tree: String,
    mirror: String,
}

#[derive(Serialize)]
struct Worker {
    host: &'static str,
    slots: u32,
}

/// The inventory: what is true of the lab's hosts on this machine.
///
/// # Errors
/// When it cannot be written as YAML.
pub(super) fn inventory(settings: &Settings, layout: &Layout) -> Result<String, LabError> {
    let entries = HOSTS.iter().map(|host| Ok((host.name, entry(settings, layout, host)?)));
    let inventory = Inventory {
        defaults: Defaults { user: settings.user.clone(), port: settings.port, ssh_config: text(&layout.ssh_config()) },
        hosts: entries.collect::<Result<_, LabError>>()?,
    };
    to_yaml("Made by flowrun: the hosts of the lab.", &inventory)
}

fn entry(settings: &Settings, layout: &Layout, host: &Host) -> Result<Entry, LabError> {
    let is_cm3 = host.role == Role::Orchestrator;
    let mut vars = BTreeMap::new();
    if host.role == Role::Worker {
        vars.insert("distcc_port", settings.distcc_port.to_string());
        vars.insert("distcc_slots", distccd::SLOTS.to_string());
    }
    Ok(Entry {
        address: host.address(settings.subnet).to_string(),
        class: is_cm3.then_some("cm3"),
        arch: if is_cm3 { "aarch64" } else { std::env::consts::ARCH },
        mem: if is_cm3 { "1GiB".to_owned() } else { machine::round_size(machine::memory()) },
        cores: if settings.image_of(host).is_some() { emulated::CORES } else { machine::cores() },
        groups: match host.role {
            Role::Orchestrator => ["orchestrators"],
            Role::Builder => ["builders"],
            Role::Worker => ["distcc"],
        },
        mounts: ["/"],
        power: Power { command: power_command(settings, layout, host)? },
        vars,
    })
}

/// The shell command that boots a host.
fn power_command(settings: &Settings, layout: &Layout, host: &Host) -> Result<String, LabError> {
    let (program, dir) = (text(&settings.program), text(layout.dir()));
    let words = [&program, "lab", "power", "on", host.name, "--dir", &dir];
    shlex::try_join(words).map_err(|why| LabError::new(format!("cannot quote `{program}` for a shell: {why}")))
}

/// The inputs of kernel.flow on the lab.
///
/// # Errors
/// When they cannot be written as YAML.
pub(super) fn inputs(settings: &Settings, layout: &Layout) -> Result<String, LabError> {
    let orchestrator = layout.host(&HOSTS[0]);
    let inputs = Inputs {
        manifest: text(&layout.manifest()),
        pumpctl: text(&orchestrator.home().join("scripts/pumpctl")),
        tree: text(&layout.tree()),
        mirror: if settings.cm3.is_some() { text(&emulated::mirror(&orchestrator)) } else { "/dev/shm".to_owned() },
    };
    to_yaml("Made by flowrun: the inputs of kernel.flow on the lab.", &inputs)
}

/// The distcc hostfile: the workers that a build is to use.
///
/// # Errors
/// When it cannot be written as YAML.
pub(super) fn manifest() -> Result<String, LabError> {
    let workers: Vec<Worker> = HOSTS
        .iter()
        .filter(|host| host.role == Role::Worker)
        .map(|host| Worker { host: host.name, slots: distccd::SLOTS })
        .collect();
    to_yaml("Made by flowrun: the distcc workers of the lab.", &workers)
}

fn to_yaml(title: &str, value: &impl Serialize) -> Result<String, LabError> {
    let body = serde_yaml::to_string(value).map_err(|why| LabError::new(format!("cannot write YAML: {why}")))?;
    Ok(format!("# {title}\n{body}"))
}

/// A path as text: the lab takes only directories whose path is text.
fn text(path: &Path) -> String {
    path.display().to_string()
}
