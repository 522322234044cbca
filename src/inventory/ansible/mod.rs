//! Ansible's inventories, read as they are: INI and YAML, folders of them, and the variables beside them.
//!
//! The files are gathered ([`load`]), read into groups and variables ([`ini`], [`yaml`]), and what holds for each host
//! is decided ([`merge`]) as Ansible decides it; [`host`] makes of it what flowrun knows of a host.

mod data;
mod host;
mod ini;
mod kind;
mod load;
mod merge;
mod messages;
mod model;
mod range;
mod ssh_options;
mod template;
mod yaml;

use std::collections::BTreeSet;
use std::path::Path;

pub(super) use kind::{Kind, kind};

use super::{Files, Inventory};
use crate::diagnostic::Diagnostic;
use crate::source::{SourceMap, Span};
use host::Maker;
use load::{Gathered, Role};
use merge::Groups;
use model::Model;

/// Reads the inventory at `path`: a file, whose text is given, or a folder.
pub(super) fn read(
    sources: &mut SourceMap,
    files: &dyn Files,
    path: &Path,
    text: &str,
) -> (Inventory, Vec<Diagnostic>) {
    let mut gathered = Gathered::new(sources, files);
    gathered.inventory(path, text);
    let (parts, diagnostics) = (gathered.parts, gathered.diagnostics);
    let mut model = Model::default();
    model.diagnostics = diagnostics;
    for (role, file) in &parts {
        let text = sources.get(*file).map_or("", |source| source.text());
        match role {
            Role::Hosts(path) => read_hosts(&mut model, path, Span::new(*file, 0, 0), text),
            Role::Group(name) => {
                let vars = yaml::read_vars(&mut model, *file, text);
                model.group_files.entry(name.clone()).or_default().extend(vars);
            }
            Role::Host(name) => {
                let vars = yaml::read_vars(&mut model, *file, text);
                model.host_files.entry(name.clone()).or_default().extend(vars);
            }
        }
    }
    merge::refuse_rings(&mut model);
    if model.hosts.is_empty() && !model.diagnostics.iter().any(Diagnostic::is_error) {
        let at = parts.first().map(|(_, file)| Span::new(*file, 0, 0));
        model.report(messages::no_hosts(at));
    }
    let folder = if files.names(path).is_empty() { path.parent().unwrap_or(Path::new("")) } else { path };
    hosts(model, sources, folder)
}

fn read_hosts(model: &mut Model, path: &Path, at: Span, text: &str) {
    let first_line = Span { end: u32::try_from(text.lines().next().map_or(0, str::len)).unwrap_or(0), ..at };
    match kind(path, text) {
        Kind::Ini => ini::read(model, at.file, text),
        Kind::Yaml => yaml::read(model, at.file, text),
        // In a folder an empty file is none.
        Kind::Own if text.trim().is_empty() => {}
        Kind::Own => model.report(messages::own_format(first_line)),
        Kind::Script => model.report(messages::script(first_line)),
        Kind::Plugin => model.report(messages::plugin(first_line)),
        Kind::Vault => model.report(messages::vault_inventory(first_line)),
    }
}

fn hosts(mut model: Model, sources: &SourceMap, folder: &Path) -> (Inventory, Vec<Diagnostic>) {
    let told = std::mem::take(&mut model.diagnostics);
    let mut maker = Maker { sources, folder, diagnostics: told, noted: BTreeSet::new() };
    let groups = Groups::of(&model);
    let host = |entry| {
        let around = groups.around(entry);
        maker.host(entry, &around, &groups.vars(entry, &around))
    };
    let hosts = model.hosts.iter().map(host).collect();
    (Inventory { hosts }, told_once(maker.diagnostics))
}

/// What a group says is wrong for each of its hosts, and said once.
fn told_once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut once: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics {
        if !once.contains(&diagnostic) {
            once.push(diagnostic);
        }
    }
    once.sort_by_key(Diagnostic::primary_span);
    once
}
