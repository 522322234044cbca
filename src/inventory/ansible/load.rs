//! The files that an Ansible inventory consists of.

use std::path::{Path, PathBuf};

use super::messages;
use crate::diagnostic::Diagnostic;
use crate::inventory::Files;
use crate::source::{FileId, SourceMap};

/// What a file is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It lists hosts.
    Hosts(PathBuf),
    /// It holds variables of a group.
    Group(String),
    /// It holds variables of a host.
    Host(String),
}

/// Folders within folders beyond this are not looked into.
const DEPTH: usize = 20;

/// The files with the folders beside them.
pub(super) struct Gathered<'a> {
    sources: &'a mut SourceMap,
    files: &'a dyn Files,
    pub(super) parts: Vec<(Role, FileId)>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(sources: &'a mut SourceMap, files: &'a dyn Files) -> Self {
        Gathered { sources, files, parts: Vec::new(), diagnostics: Vec::new() }
    }

    /// Adds the inventory itself: a file, whose text is known, or a folder.
    pub(super) fn inventory(&mut self, path: &Path, text: &str) {
        if self.files.names(path).is_empty() {
            let id = self.sources.add(path.to_string_lossy(), text);
            self.parts.push((Role::Hosts(path.to_path_buf()), id));
            self.variables(path.parent().unwrap_or(Path::new("")));
        } else {
            self.folder(path, 0);
            self.variables(path);
        }
    }

    /// Adds every file of a folder that may list hosts.
    fn folder(&mut self, folder: &Path, depth: usize) {
        for name in self.sorted(folder).into_iter().filter(|name| !is_passed_over(name)) {
            let path = folder.join(&name);
            if self.files.names(&path).is_empty() {
                self.file(&path, Role::Hosts(path.clone()));
            } else if depth < DEPTH {
                self.folder(&path, depth + 1);
            }
        }
    }

    fn variables(&mut self, folder: &Path) {
        for (name, path) in self.named(&folder.join("group_vars")) {
            self.vars_at(&path, &Role::Group(name), 0);
        }
        for (name, path) in self.named(&folder.join("host_vars")) {
            self.vars_at(&path, &Role::Host(name), 0);
        }
    }

    /// What each entry of a folder of variables is for. Of several for one name Ansible takes the first alone.
    fn named(&self, folder: &Path) -> Vec<(String, PathBuf)> {
        let names = self.sorted(folder);
        let mut found: Vec<(String, PathBuf)> = Vec::new();
        const ENDINGS: [&str; 4] = ["", ".yml", ".yaml", ".json"];
        for ending in ENDINGS {
            for entry in names.iter().filter(|entry| !entry.starts_with('.')) {
                let Some(name) = entry.strip_suffix(ending) else { continue };
                if ENDINGS[1..].iter().any(|other| name.ends_with(other)) {
                    continue;
                }
                if !name.is_empty() && !found.iter().any(|(known, _)| known == name) {
                    found.push((name.to_owned(), folder.join(entry)));
                }
            }
        }
        found
    }

    /// Adds a file of variables, or all those of a folder in the order of their names.
    fn vars_at(&mut self, path: &Path, role: &Role, depth: usize) {
        let names = self.sorted(path);
        if names.is_empty() {
            return self.file(path, role.clone());
        }
        for name in names.iter().filter(|name| !name.starts_with('.') && !name.ends_with('~')) {
            let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().into_owned());
            let inner = path.join(name);
            let is_folder = !self.files.names(&inner).is_empty();
            match ending.as_deref() {
                None if is_folder && depth < DEPTH => self.vars_at(&inner, role, depth + 1),
                None | Some("yml" | "yaml" | "json") if !is_folder => self.file(&inner, role.clone()),
                _ => {}
            }
        }
    }

    fn sorted(&self, folder: &Path) -> Vec<String> {
        let mut names = self.files.names(folder);
        names.sort();
        names
    }

    fn file(&mut self, path: &Path, role: Role) {
        match self.files.load(path) {
            Ok(text) => {
                let id = self.sources.add(path.to_string_lossy(), &text);
                self.parts.push((role, id));
            }
            Err(reason) => self.diagnostics.push(messages::unreadable(path, &reason)),
        }
    }
}

/// What Ansible takes for no inventory in a folder of inventories.
fn is_passed_over(name: &str) -> bool {
    const ENDINGS: &[&str] =
        &[".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"];
    name.starts_with('.')
        || matches!(name, "group_vars" | "host_vars" | "vars_plugins")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
}
