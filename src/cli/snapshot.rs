//! `flowrun snapshot`

use std::path::{Path, PathBuf};

use super::arguments::Snapshot;
use super::diff::{self, difference};
use super::files::{self, Disk};
use super::{Exit, give, say};
use crate::analysis::{Analysis, Text, analyse};
use crate::check::{self, Loader};
use crate::plan::snapshot::{snapshot, to_compare};
use crate::run::write_whole;
use crate::syntax::ast;

pub(super) fn main(options: &Snapshot) -> Exit {
    let mode = mode(options);
    let mut changed = false;
    for workflow in &options.workflows {
        match one(workflow, options, mode) {
            Ok(same) => changed |= !same,
            Err(exit) => return exit,
        }
    }
    if changed { Exit::Refused } else { Exit::Done }
}

/// What may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Nothing,
    WhatIsMissing,
    Everything,
}

fn mode(options: &Snapshot) -> Mode {
    if options.accept {
        Mode::Everything
    } else if options.check || files::is_set("CI") {
        Mode::Nothing
    } else {
        Mode::WhatIsMissing
    }
}

/// Holds one workflow against its record; whether they agree now.
fn one(workflow: &Path, options: &Snapshot, mode: Mode) -> Result<bool, Exit> {
    // Tests are no part of what a workflow does.
    if let Some(tested) = check::tested(workflow).filter(|tested| tested.exists()) {
        say(&format!("{}: tests of {}, of which nothing is recorded\n", workflow.display(), tested.display()));
        return Ok(true);
    }
    let path = record_of(workflow);
    let found = Found::of(workflow, options.hosts.inventory.as_deref())?;
    if found.is_module() && !path.exists() {
        say(&format!("{}: a module, of which nothing is recorded\n", workflow.display()));
        return Ok(true);
    }
    let now = found.text();
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            say(&format!("error: cannot read the snapshot {}: {error}\n", path.display()));
            return Err(Exit::Usage);
        }
    };
    let shown = path.display();
    match before {
        Some(before) if before == now => {
            say(&format!("{shown}: as recorded\n"));
            Ok(true)
        }
        None if mode == Mode::Nothing => {
            say(&format!("{shown}: there is no such snapshot\n{}", advice(workflow, options)));
            Ok(false)
        }
        None => record(&path, &now, "written"),
        Some(before) => {
            let color = files::is_colored(&std::io::stdout());
            let before = to_compare(&before, &now);
            give(&difference(&before, &now, &diff::Names { file: &shown.to_string(), now: "now" }, color));
            if mode == Mode::Everything {
                return record(&path, &now, "written anew");
            }
            say(&format!("{shown}: changed\n{}", advice(workflow, options)));
            Ok(false)
        }
    }
}

fn record(path: &Path, text: &str, done: &str) -> Result<bool, Exit> {
    write_whole(path, text.as_bytes()).map_err(|error| {
        say(&format!("error: cannot write {}: {error}\n", path.display()));
        Exit::Failed
    })?;
    say(&format!("{}: {done}\n", path.display()));
    Ok(true)
}

/// What to call when the change is meant.
fn advice(workflow: &Path, options: &Snapshot) -> String {
    let inventory = options.hosts.inventory.as_deref().map(|path| format!(" -i {}", quoted(path))).unwrap_or_default();
    format!("help: if that is meant, record it: `flowrun snapshot --accept{inventory} {}`\n", quoted(workflow))
}

fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    shlex::try_quote(&text).map_or_else(|_| text.to_string(), |quoted| quoted.into_owned())
}

/// `kernel.flow.snap` beside `kernel.flow`.
fn record_of(workflow: &Path) -> PathBuf {
    let mut name = workflow.as_os_str().to_owned();
    name.push(".snap");
    PathBuf::from(name)
}

/// What was found out of a workflow.
struct Found {
    name: PathBuf,
    inventory: Option<PathBuf>,
    analysis: Analysis,
}

impl Found {
    fn of(workflow: &Path, inventory: Option<&Path>) -> Result<Self, Exit> {
        let text = files::read(workflow).map_err(|reason| files::unreadable("the workflow", workflow, &reason))?;
        let path = files::find_inventory(workflow, inventory);
        let hosts = path.as_deref().map(|path| Ok((named(path), files::inventory_text(path)?)));
        let hosts = hosts.transpose()?;
        let name = named(workflow);
        let beside = Beside { workflow, inventory: path.as_deref() };
        let given = hosts.as_ref().map(|(path, text)| Text { path, text });
        let analysis = analyse(&beside, Text { path: &name, text: &text }, given);
        Ok(Found { name, inventory: hosts.map(|(path, _)| path), analysis })
    }

    /// Whether it has no stages, and is there to be used by others.
    fn is_module(&self) -> bool {
        let modules = &self.analysis.modules;
        let file = modules.all.get(modules.entry).map(|module| &module.file);
        let has_stages = |file: &ast::File| file.items.iter().any(|item| matches!(item.kind, ast::ItemKind::Stage(_)));
        self.analysis.workflow.is_some() && file.is_some_and(|file| !has_stages(file))
    }

    fn text(&self) -> String {
        let inventory = self.inventory.as_deref().map(Path::to_string_lossy);
        snapshot(&self.name.to_string_lossy(), inventory.as_deref(), &self.analysis)
    }
}

/// A file by its name alone: where it lies is a matter of this machine.
fn named(path: &Path) -> PathBuf {
    path.file_name().map_or_else(|| path.to_path_buf(), PathBuf::from)
}

/// The file system as it is seen from the folders of workflow and inventory, so that messages call files by the way from
/// there.
struct Beside<'a> {
    workflow: &'a Path,
    inventory: Option<&'a Path>,
}

impl Beside<'_> {
    fn found(&self, path: &Path) -> PathBuf {
        let of_inventory = self.inventory.filter(|inventory| {
            path.starts_with(named(inventory)) || path.starts_with("group_vars") || path.starts_with("host_vars")
        });
        of_inventory.unwrap_or(self.workflow).parent().unwrap_or(Path::new("")).join(path)
    }
}

impl Loader for Beside<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        Disk.load(&self.found(path))
    }

    fn exists(&self, path: &Path) -> bool {
        Disk.exists(&self.found(path))
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        Disk.names(&self.found(folder))
    }
}
