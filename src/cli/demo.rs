//! `flowrun demo`: the whole way, from nothing to a kernel that boots, on the embedded cluster.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::arguments::{Cm3, Connecting, Demo, Hosts, Inputs, LabDir, Run, Telling, TextOrJson};
use super::{Exit, lab as lab_command, say};
use crate::lab::{Lab, LabError, Options, kernel};

/// The shipped workflow, for a machine that has the program alone.
const KERNEL_FLOW: &str = include_str!("../../workflows/kernel.flow");

pub(super) fn main(options: &Demo) -> Exit {
    let started = Instant::now();
    let exit = match prepare(&options.dir, options.cm3) {
        Ok(lab) => {
            let exit = build(&lab, options.workflow.as_deref());
            if options.keep {
                step(&format!("the lab stays: `flowrun lab down --dir {}` removes it", lab.dir().display()));
                exit
            } else {
                take_down(lab, exit)
            }
        }
        Err(error) => lab_command::failed(&error),
    };
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let word = if exit == Exit::Done { "done" } else { "failed" };
    say(&format!("\ndemo {word} after {minutes:.1} min\n"));
    exit
}

fn step(text: &str) {
    say(&format!("\n== {text}\n"));
}

/// A directory of its own, so that a demo never takes down a lab that somebody works with.
fn directory(dir: &LabDir) -> Result<PathBuf, LabError> {
    match &dir.dir {
        Some(dir) => Ok(dir.clone()),
        None => Ok(Lab::default_dir()?.with_file_name("demo")),
    }
}

fn prepare(dir: &LabDir, cm3: Cm3) -> Result<Lab, LabError> {
    kernel::require_tools()?;
    // Asked first: without it there is nothing to bring a lab up for.
    kernel::source()?;
    step("lab up: four hosts on loopback addresses, powered off");
    let options = Options { cm3: lab_command::image(cm3)?, ..Options::default() };
    let lab = Lab::create(&directory(dir)?, &options)?;
    say(&format!("   in {}\n", lab.dir().display()));
    step("kernel source, with a small configuration that boots");
    let prepared = lab_command::prepare_kernel(&lab);
    match prepared {
        Ok(()) => Ok(lab),
        Err(error) => {
            // What was made so far is of no use to anybody; the first error is the one to tell.
            let _ = lab.destroy();
            Err(error)
        }
    }
}

fn build(lab: &Lab, workflow: Option<&Path>) -> Exit {
    let workflow = match workflow {
        Some(path) => path.to_path_buf(),
        None => {
            let path = lab.dir().join("kernel.flow");
            if let Err(error) = std::fs::write(&path, KERNEL_FLOW) {
                say(&format!("error: cannot write {}: {error}\n", path.display()));
                return Exit::Failed;
            }
            path
        }
    };
    step(&format!(
        "flowrun {} -i {} --inputs {}",
        workflow.display(),
        lab.inventory().display(),
        lab.inputs().display()
    ));
    let run = Run {
        workflow,
        hosts: Hosts { inventory: Some(lab.inventory()) },
        inputs: Inputs { input: Vec::new(), inputs: Some(lab.inputs()) },
        stage: Vec::new(),
        from: None,
        limit: None,
        dry_run: false,
        telling: Telling { format: TextOrJson::Human, verbose: true },
        connecting: Connecting { connect_timeout: 10, reconnect: 120 },
        accept_new_host_keys: false,
    };
    match super::run::main(&run) {
        Exit::Done => look_at_image(lab),
        exit => exit,
    }
}

fn look_at_image(lab: &Lab) -> Exit {
    step("the image");
    let mut tell = |line: &str| say(&format!("   {line}\n"));
    match kernel::check_image(&lab.tree().join("arch/x86/boot/bzImage"), &mut tell) {
        Ok(Some(line)) => {
            say(&format!("   it boots: {line}\n"));
            Exit::Done
        }
        Ok(None) => {
            say("   not booted: qemu-system-x86_64 is not there (apt-get install qemu-system-x86)\n");
            Exit::Done
        }
        Err(error) => lab_command::failed(&error),
    }
}

fn take_down(lab: Lab, exit: Exit) -> Exit {
    step("lab down");
    match lab.destroy() {
        Ok(()) => exit,
        Err(error) => {
            lab_command::failed(&error);
            if exit == Exit::Done { Exit::Failed } else { exit }
        }
    }
}
