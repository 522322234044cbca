//! `flowrun check`

use std::mem::ManuallyDrop;
use std::path::Path;

use super::arguments::{Check, CheckFormat, Deny};
use super::files::{self, Loaded};
use super::{Exit, fix, give, say};
use crate::diagnostic::plural;
use crate::output::{self, Checked};

pub(super) fn main(options: &Check) -> Exit {
    // The process ends sooner than all of it could be freed.
    let mut all = ManuallyDrop::new(Vec::new());
    for workflow in &options.workflows {
        let loaded = match load(workflow, options) {
            Ok(loaded) => loaded,
            Err(exit) => return exit,
        };
        if options.format == CheckFormat::Human {
            tell(&loaded, &checked(workflow, &loaded, options));
        }
        all.push(loaded);
    }
    let all: Vec<Checked<'_>> =
        options.workflows.iter().zip(all.iter()).map(|(path, loaded)| checked(path, loaded, options)).collect();
    give(&written(options.format, &all));
    if all.iter().any(Checked::refused) { Exit::Refused } else { Exit::Done }
}

/// What a program is told of them.
fn written(format: CheckFormat, all: &[Checked<'_>]) -> String {
    // Without a directory to be in, names stay as they are.
    let root = std::env::current_dir().unwrap_or_default();
    match format {
        CheckFormat::Human => String::new(),
        CheckFormat::Short => all.iter().map(output::short).collect(),
        CheckFormat::Json => output::json(all),
        CheckFormat::Sarif => output::sarif(all, &root),
        CheckFormat::Github => output::github(all, &root),
        CheckFormat::Junit => output::junit(all),
    }
}

fn checked<'a>(workflow: &'a Path, loaded: &'a Loaded, options: &Check) -> Checked<'a> {
    Checked {
        workflow: workflow.to_string_lossy(),
        inventory: loaded.inventory_path.as_deref().map(Path::to_string_lossy),
        sources: &loaded.sources,
        diagnostics: &loaded.diagnostics,
        deny_warnings: options.deny == Some(Deny::Warnings),
    }
}

fn tell(loaded: &Loaded, checked: &Checked<'_>) {
    // Beside errors, advice on how it is written would only be in the way.
    if loaded.refused() {
        files::show_for_use(loaded, Path::new(&*checked.workflow));
    } else {
        files::show(loaded);
    }
    if checked.refused() && !loaded.refused() {
        say(&format!("{}: refused for its warnings\n", checked.workflow));
    } else if !loaded.refused() {
        say(&format!("{}: {}\n", checked.workflow, accepted(loaded)));
    }
}

/// How often fixes are carried out on what fixes have left.
const MOST_ROUNDS: usize = 16;

fn load(workflow: &Path, options: &Check) -> Result<Loaded, Exit> {
    let inventory = options.hosts.inventory.as_deref();
    let mut loaded = files::load(workflow, inventory)?;
    // A fix may uncover another: a `use` that is needed no more, say.
    let mut rounds = if options.fix { MOST_ROUNDS } else { 0 };
    while rounds > 0 && fix::apply(&loaded)? {
        rounds -= 1;
        let before = fix::titles(&loaded);
        loaded = files::load(workflow, inventory)?;
        // What is offered again did not help.
        if fix::titles(&loaded) == before {
            break;
        }
    }
    if options.fix {
        fix::remaining(&loaded);
    }
    Ok(loaded)
}

/// How a workflow was proved.
fn accepted(loaded: &Loaded) -> String {
    match &loaded.inventory {
        Some(inventory) => format!("accepted, with an inventory of {}", plural(inventory.hosts.len(), "host")),
        None => "accepted, from its text alone".to_owned(),
    }
}
