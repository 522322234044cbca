//! Workflows, inventories and inputs from files, and their diagnostics to the screen.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Exit, say};
use crate::analysis::{self, Analysis, Text};
use crate::check::{Loader, Placement, ir::Workflow};
use crate::diagnostic::{self, Diagnostic, Severity, Style};
use crate::inventory::{self, Inventory};
use crate::lint;
use crate::run::inputs::Given;
use crate::source::SourceMap;

/// The file system.
pub(super) struct Disk;

impl Loader for Disk {
    fn load(&self, path: &Path) -> Result<String, String> {
        read(path)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// A workflow with everything that was found out about it.
pub(super) struct Loaded {
    pub(super) sources: Rc<SourceMap>,
    pub(super) workflow: Option<Workflow>,
    pub(super) inventory: Option<Inventory>,
    pub(super) inventory_path: Option<PathBuf>,
    pub(super) placement: Option<Placement>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    pub(super) fn refused(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Whether colours are for this stderr.
pub(super) fn style() -> Style {
    Style { color: is_colored(&std::io::stderr()) }
}

/// Whether colours are for this output: a terminal, unless the environment says otherwise.
pub(super) fn is_colored(output: &impl IsTerminal) -> bool {
    output.is_terminal() && !is_set("NO_COLOR") && !is_set("CI")
}

/// Whether the environment has a value for this.
pub(super) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Reads and checks a workflow, against an inventory where one is given or found.
///
/// # Errors
/// A file cannot be read; the reason was said.
pub(super) fn load(path: &Path, inventory: Option<&Path>) -> Result<Loaded, Exit> {
    let text = read_workflow(path)?;
    let inventory_path = find_inventory(path, inventory);
    let hosts = inventory_path.as_deref().map(|file| Ok((file, inventory_text(file)?)));
    let hosts = hosts.transpose()?;
    let hosts = hosts.as_ref().map(|(path, text)| Text { path, text });
    let found = analysis::analyse(&Disk, Text { path, text: &text }, hosts);
    let Analysis { sources, modules, workflow, inventory, placement, diagnostics } = found;
    // The trees are needed no more, and the process ends sooner than they could be freed.
    std::mem::forget(modules);
    Ok(Loaded { sources: Rc::new(sources), workflow, inventory, inventory_path, placement, diagnostics })
}

/// The text of a workflow.
///
/// # Errors
/// It cannot be read; the reason was said.
pub(super) fn read_workflow(path: &Path) -> Result<String, Exit> {
    read(path).map_err(|reason| unreadable("the workflow", path, &reason))
}

/// Shows diagnostics to people, with their number at the end.
pub(super) fn show(loaded: &Loaded) {
    show_these(&loaded.diagnostics, loaded);
}

fn show_these(diagnostics: &[Diagnostic], loaded: &Loaded) {
    say(&diagnostic::render_all(diagnostics, &loaded.sources, style()));
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if errors > 0 {
        say(&format!("refused: {}\n", diagnostic::plural(errors, "error")));
    } else if warnings > 0 {
        say(&format!("{}\n", diagnostic::plural(warnings, "warning")));
    }
}

/// Shows diagnostics where a workflow is to be run, and not to be looked over: advice on how it is written is counted.
pub(super) fn show_for_use(loaded: &Loaded, path: &Path) {
    let (advice, shown): (Vec<_>, Vec<_>) =
        loaded.diagnostics.iter().cloned().partition(|diagnostic| lint::is_advice(diagnostic.code));
    show_these(&shown, loaded);
    let advice = advice.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning).count();
    let lints = diagnostic::plural(advice, "lint");
    match advice {
        0 => {}
        _ if loaded.refused() => say(&format!("{lints} besides, shown when nothing is refused\n")),
        _ => say(&format!("{lints}: `flowrun check {}` shows them\n", path.display())),
    }
}

/// The text of an inventory; of a folder of inventories there is none.
///
/// # Errors
/// It cannot be read; the reason was said.
pub(super) fn inventory_text(path: &Path) -> Result<String, Exit> {
    if path.is_dir() {
        return Ok(String::new());
    }
    read(path).map_err(|reason| unreadable("the inventory", path, &reason))
}

/// The inventory that a workflow is held against: the one given, the one beside it, or that of the environment.
pub(super) fn find_inventory(workflow: &Path, given: Option<&Path>) -> Option<PathBuf> {
    let folder = workflow.parent().unwrap_or(Path::new(""));
    let beside = || inventory::USUAL_NAMES.iter().map(|name| folder.join(name)).find(|path| path.exists());
    let given = given.map(Path::to_path_buf);
    given.or_else(beside).or_else(|| std::env::var_os("FLOWRUN_INVENTORY").map(PathBuf::from))
}

/// The inputs of the command line over those of a file.
///
/// # Errors
/// The file cannot be read or is no mapping, or an argument is no `NAME=VALUE`; the reason was said.
pub(super) fn inputs(given: &[String], file: Option<&Path>) -> Result<Given, Exit> {
    let mut inputs = Given { shared: file.map_or(Ok(BTreeMap::new()), input_file)?, ..Given::default() };
    for argument in given {
        let Some((name, value)) = argument.split_once('=') else {
            say(&format!("error: `--input {argument}` is no NAME=VALUE\n"));
            return Err(Exit::Usage);
        };
        inputs.named.insert(name.to_owned(), value.to_owned());
    }
    Ok(inputs)
}

fn input_file(path: &Path) -> Result<BTreeMap<String, String>, Exit> {
    use serde_yaml::Value;
    let text = read(path).map_err(|reason| unreadable("the inputs", path, &reason))?;
    let wrong = |reason: String| {
        say(&format!("error: the inputs {} cannot be used: {reason}\n", path.display()));
        Exit::Usage
    };
    let entries: BTreeMap<String, Value> = serde_yaml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let mut inputs = BTreeMap::new();
    for (name, value) in entries {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Sequence(items) => {
                let items: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
                items.ok_or_else(|| wrong(format!("the list `{name}` holds more than text")))?.join(",")
            }
            _ => return Err(wrong(format!("`{name}` is no single value"))),
        };
        inputs.insert(name, text);
    }
    Ok(inputs)
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    /// A workflow or inventory of more than this is none.
    const LARGEST: u64 = 64 * 1024 * 1024;
    let length = std::fs::metadata(path).map_err(|error| reason(&error))?.len();
    if length > LARGEST {
        return Err(format!("it is larger than {}", crate::place::human_size(LARGEST)));
    }
    let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
    String::from_utf8(bytes).map_err(|error| format!("it is no UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

pub(super) fn unreadable(what: &str, path: &Path, reason: &str) -> Exit {
    say(&format!("error: cannot read {what} {}: {reason}\n", path.display()));
    Exit::Usage
}
