//! `flowrun lab`

use std::path::PathBuf;

use super::arguments::{Cm3, Lab as Arguments, LabCommand, LabDir, PowerState};
use super::{Exit, give, say};
use crate::lab::{Lab, LabError, Options, Power, emulated, kernel, run_init};

pub(super) fn main(arguments: &Arguments) -> Exit {
    let outcome = match &arguments.command {
        LabCommand::Up { dir, subnet, boot, kernel, cm3 } => up(dir, *subnet, *boot, *kernel, *cm3),
        LabCommand::Down { dir } => down(dir),
        LabCommand::Status { dir } => status(dir),
        LabCommand::Power { state, host, dir } => power(*state, host, dir),
        LabCommand::Init { host, dir } => match open(dir) {
            Ok(lab) => run_init(&lab, host),
            Err(error) => Err(error),
        },
    };
    match outcome {
        Ok(()) => Exit::Done,
        Err(error) => failed(&error),
    }
}

/// Says what went wrong with the lab.
pub(super) fn failed(error: &LabError) -> Exit {
    say(&format!("error: {}\n", error.message()));
    if let Some(help) = error.help() {
        say(&format!("  = help: {help}\n"));
    }
    Exit::Failed
}

pub(super) fn directory(dir: &LabDir) -> Result<PathBuf, LabError> {
    dir.dir.clone().map_or_else(Lab::default_dir, Ok)
}

fn open(dir: &LabDir) -> Result<Lab, LabError> {
    Lab::open(&directory(dir)?)
}

fn up(dir: &LabDir, subnet: Option<u8>, boot: bool, with_kernel: bool, cm3: Cm3) -> Result<(), LabError> {
    if with_kernel {
        kernel::require_tools()?;
    }
    let options = Options { subnet: subnet.unwrap_or_default(), cm3: image(cm3)?, ..Options::default() };
    let lab = Lab::create(&directory(dir)?, &options)?;
    if with_kernel {
        prepare_kernel(&lab)?;
    }
    if boot {
        lab.hosts().try_for_each(|host| lab.power_on(host))?;
    }
    show(&lab);
    say(&format!(
        "\nrun a workflow on it:  flowrun workflows/kernel.flow -i {} --inputs {}\nlog in to a host:      ssh -F {} cm3\n",
        lab.inventory().display(),
        lab.inputs().display(),
        lab.ssh_config().display()
    ));
    Ok(())
}

/// The image of an emulated cm3, which may have to be made first.
pub(super) fn image(cm3: Cm3) -> Result<Option<emulated::Image>, LabError> {
    let mut tell = |line: &str| say(&format!("   {line}\n"));
    match cm3 {
        Cm3::Shim => Ok(None),
        Cm3::Emulated => emulated::find_or_make(&mut tell).map(Some),
    }
}

/// The kernel's source, configured, where the lab's inputs say that it is.
pub(super) fn prepare_kernel(lab: &Lab) -> Result<(), LabError> {
    let mut tell = |line: &str| say(&format!("   {line}\n"));
    kernel::unpack(&kernel::source()?, &lab.tree(), &mut tell)?;
    kernel::configure(&lab.tree(), &mut tell)
}

fn down(dir: &LabDir) -> Result<(), LabError> {
    let lab = open(dir)?;
    let place = lab.dir().display().to_string();
    lab.destroy()?;
    say(&format!("the lab in {place} is gone\n"));
    Ok(())
}

fn status(dir: &LabDir) -> Result<(), LabError> {
    show(&open(dir)?);
    Ok(())
}

fn power(state: PowerState, host: &str, dir: &LabDir) -> Result<(), LabError> {
    let lab = open(dir)?;
    match state {
        PowerState::On => lab.power_on(host),
        PowerState::Off => lab.power_off(host),
    }
}

fn show(lab: &Lab) {
    for host in lab.status() {
        let power = match host.power {
            Power::On => "on",
            Power::Off => "off",
            Power::Failing => "failing",
        };
        let distccd = match host.distccd {
            Some(true) => "  distccd",
            Some(false) if host.power == Power::On => "  distccd is down",
            _ => "",
        };
        let address = format!("{}:{}", host.address, host.port);
        give(&format!("{:10}  {address:18}  {power}{distccd}\n", host.name));
    }
}
