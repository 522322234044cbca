//! All that can be known of a workflow before it runs. The command line and the language server ask here, so that both
//! say the same.

use std::path::Path;

use crate::check::{self, Known, Loader, Modules, Placement, ir::Workflow};
use crate::diagnostic::Diagnostic;
use crate::inventory::{self, Files, Inventory};
use crate::lint::{self, Given};
use crate::source::{FileId, SourceMap};

/// A file as it is now: on the disk, or in an editor.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// Where it stands.
    pub path: &'a Path,
    /// What it says.
    pub text: &'a str,
}

/// The files beside an inventory, from where those of a workflow come.
pub struct Beside<'a>(pub &'a dyn Loader);

impl Files for Beside<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        self.0.load(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.0.names(folder)
    }
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
    let before = sources.ids().count();
    let inventory = hosts.map(|hosts| {
        let (inventory, found) = inventory::read(&mut sources, &Beside(loader), hosts.path, hosts.text);
        diagnostics.extend(found);
        inventory
    });
    let inventory_files: Vec<FileId> = sources.ids().skip(before).map(|(file, _)| file).collect();
    let is_broken = |diagnostic: &Diagnostic| diagnostic.is_error() && diagnostic.code.as_str().starts_with("E06");
    let broken_inventory = diagnostics.iter().any(is_broken);
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
    let given = Given {
        sources: &sources,
        modules: &modules,
        workflow: workflow.as_ref(),
        inventory_files: &inventory_files,
        inventory: inventory.as_ref(),
        placement: placement.as_ref(),
    };
    diagnostics = lint::lint(given, diagnostics);
    diagnostics.sort_by_key(|diagnostic| (!diagnostic.is_error(), diagnostic.primary_span()));
    (Analysis { sources, modules, workflow, inventory, placement, diagnostics }, known)
}
