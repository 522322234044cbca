//! All that can be known of a workflow before it runs. The command line and the language server ask here, so that both
//! say the same.

use std::path::Path;

use crate::check::{self, Known, Loader, Modules, Placement, ir::Workflow};
use crate::diagnostic::Diagnostic;
use crate::inventory::{self, Inventory};
use crate::source::SourceMap;

/// A file as it is now: on the disk, or in an editor.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Where it stands.
    pub path: &'a Path,
    /// What it says.
    pub text: &'a str,
}

/// A workflow with everything that was found out about it.
#[derive(Debug)]
pub struct Analysis {
    /// Every text that was read: the workflow, its modules, the prelude, the inventory.
    pub sources: SourceMap,
    /// The trees, for what could be read of them.
    pub modules: Modules,
    /// The typed form; none where the text is refused.
    pub workflow: Option<Workflow>,
    /// The hosts, where an inventory was given.
    pub inventory: Option<Inventory>,
    /// Where everything would run; none where text or inventory are refused.
    pub placement: Option<Placement>,
    /// Errors first, each kind in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a workflow, against an inventory where one is given.
#[must_use]
pub fn analyse(loader: &dyn Loader, workflow: Text<'_>, hosts: Option<Text<'_>>) -> Analysis {
    analyse_by(loader, workflow, hosts, &|sources, modules, inventory| {
        let (workflow, diagnostics) = check::check(sources, loader, modules, inventory);
        (workflow, diagnostics, ())
    })
    .0
}

/// The same, with what every name of the texts stands for.
#[must_use]
pub fn analyse_known(loader: &dyn Loader, workflow: Text<'_>, hosts: Option<Text<'_>>) -> (Analysis, Known) {
    analyse_by(loader, workflow, hosts, &|sources, modules, inventory| {
        check::check_known(sources, loader, modules, inventory)
    })
}

type Check<'a, T> = &'a dyn Fn(&SourceMap, &Modules, Option<&Inventory>) -> (Option<Workflow>, Vec<Diagnostic>, T);

fn analyse_by<T>(
    loader: &dyn Loader,
    workflow: Text<'_>,
    hosts: Option<Text<'_>>,
    check: Check<'_, T>,
) -> (Analysis, T) {
    let mut sources = SourceMap::new();
    let (modules, mut diagnostics) = check::load(&mut sources, loader, workflow.path, workflow.text);
    let inventory = hosts.map(|hosts| {
        let file = sources.add(hosts.path.to_string_lossy(), hosts.text);
        let (inventory, found) = inventory::parse(&sources, file, hosts.path.parent().unwrap_or(Path::new("")));
        diagnostics.extend(found);
        inventory
    });
    let broken_inventory = diagnostics.iter().any(|diagnostic| diagnostic.code.as_str().starts_with("E06"));
    let (workflow, found, known) = check(&sources, &modules, inventory.as_ref().filter(|_| !broken_inventory));
    diagnostics.extend(found);
    let mut placement = None;
    if let (Some(workflow), Some(inventory)) = (&workflow, &inventory) {
        diagnostics.extend(inventory::check_classes(inventory, &workflow.axioms, &workflow.classes));
        // What is refused is not held against hosts: what could not be read may be what they miss.
        if !diagnostics.iter().any(Diagnostic::is_error) {
            let (found, faults) = check::against_inventory(workflow, inventory);
            diagnostics.extend(faults);
            placement = Some(found);
        }
    }
    diagnostics.sort_by_key(|diagnostic| (!diagnostic.is_error(), diagnostic.primary_span()));
    (Analysis { sources, modules, workflow, inventory, placement, diagnostics }, known)
}
