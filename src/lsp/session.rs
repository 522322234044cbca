//! What the server knows: the editor's buffers, the workflows among them, and what was found out about each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lsp_types::{Diagnostic as Shown, Location, Position, Range, Uri};

use super::diagnostics;
use super::documents::{Document, path_of};
use super::library::Library;
use super::settings::Options;
use super::text::Encoding;
use super::unit::Unit;
use super::workspace;
use super::world::World;
use crate::check::{Loader, tests_of};
use crate::inventory::USUAL_NAMES;
use crate::source::{FileId, Span};

pub(super) struct Session {
    pub(super) world: World,
    pub(super) options: Options,
    pub(super) library: Library,
    pub(super) encoding: Encoding,
    /// The inventory of the environment, for workflows that have none beside them.
    usual_inventory: Option<PathBuf>,
    units: BTreeMap<PathBuf, Unit>,
    /// Files of the folders worked in that are not open, looked at when somebody asks for every use of a name.
    background: BTreeMap<PathBuf, Unit>,
    /// What was found out about these is out of date.
    dirty: BTreeSet<PathBuf>,
    /// For each unit what it says of each file.
    told: BTreeMap<PathBuf, BTreeMap<PathBuf, Vec<Shown>>>,
    /// What was looked at and not yet told.
    looked_at: Vec<PathBuf>,
    /// What the editor was told of each file.
    published: BTreeMap<PathBuf, Vec<Shown>>,
}

/// A place that is asked about.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) unit: &'a Unit,
    pub(super) file: FileId,
    pub(super) offset: u32,
}

/// What the editor is to be told of a file.
pub(super) struct Publication {
    pub(super) uri: Uri,
    pub(super) version: Option<i32>,
    pub(super) diagnostics: Vec<Shown>,
}

impl Session {
    pub(super) fn new(disk: Box<dyn Loader>, cache: Option<PathBuf>, usual_inventory: Option<PathBuf>) -> Self {
        Session {
            world: World::new(disk),
            options: Options::default(),
            library: Library::new(cache),
            encoding: Encoding::default(),
            usual_inventory,
            units: BTreeMap::new(),
            background: BTreeMap::new(),
            dirty: BTreeSet::new(),
            told: BTreeMap::new(),
            looked_at: Vec::new(),
            published: BTreeMap::new(),
        }
    }

    // ------------------------------------------------------------------ changes

    pub(super) fn open(&mut self, document: Document) {
        let path = self.world.documents.open(document);
        self.background.remove(&path);
        self.changed(&path);
        if self.is_looked_at(&path) {
            self.dirty.insert(path);
        }
    }

    /// A buffer that is closed counts no more: the file does.
    pub(super) fn close(&mut self, path: &Path) {
        self.world.documents.close(path);
        self.units.remove(path);
        self.told.remove(path);
        self.dirty.remove(path);
        self.changed(path);
    }

    /// A file is another than it was.
    pub(super) fn changed(&mut self, path: &Path) {
        let hit = self.units.iter().filter(|(_, unit)| unit.depends_on(path)).map(|(entry, _)| entry.clone());
        self.dirty.extend(hit);
        self.background.retain(|entry, unit| entry != path && !unit.depends_on(path));
    }

    /// The text of a buffer is another than it was.
    pub(super) fn edited(&mut self, path: &Path) {
        if self.is_looked_at(path) {
            self.dirty.insert(path.to_path_buf());
        }
    }

    /// A file on the disk is another than it was; what is open in the editor counts before it.
    pub(super) fn file_changed(&mut self, path: &Path) {
        if self.world.documents.get(path).is_none() {
            self.changed(path);
        }
    }

    /// Anything may be another than it was.
    pub(super) fn all_changed(&mut self) {
        self.background.clear();
        let open: Vec<PathBuf> = self.world.documents.iter().map(|(path, _)| path.clone()).collect();
        let open: Vec<PathBuf> = open.into_iter().filter(|path| self.is_looked_at(path)).collect();
        self.dirty.extend(open);
    }

    /// Whether a buffer is a workflow, a module or an inventory.
    fn is_looked_at(&self, path: &Path) -> bool {
        self.is_workflow(path) || self.is_inventory(path) || self.library.is_shipped(path)
    }

    fn is_workflow(&self, path: &Path) -> bool {
        let unsaved = !path.is_absolute() && !self.is_inventory(path);
        (unsaved || path.extension().is_some_and(|extension| extension == "flow")) && !self.library.is_shipped(path)
    }

    fn is_inventory(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| USUAL_NAMES.iter().any(|usual| name == *usual))
            || self.usual_inventory.as_deref() == Some(path)
            || self.options.inventory_for(path).as_deref() == Some(path)
    }

    // ------------------------------------------------------------------ looking

    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Looks anew at one of those that are out of date; the one whose text changed goes first.
    pub(super) fn refresh_next(&mut self, first: Option<&Path>) -> Option<PathBuf> {
        let next = first.filter(|path| self.dirty.contains(*path)).map(Path::to_path_buf);
        let next = next.or_else(|| self.dirty.first().cloned())?;
        self.refresh(&next);
        Some(next)
    }

    /// Looks at a file, where what is known of it is out of date.
    pub(super) fn refresh(&mut self, path: &Path) {
        if !self.dirty.remove(path) {
            return;
        }
        // The trees of the last look are taken up again where nobody else holds them.
        self.units.remove(path);
        let Some(document) = self.world.documents.get(path) else { return };
        let text = if self.is_inventory(path) { String::new() } else { document.text.clone() };
        let unit = self.look_at(path, &text);
        self.told.insert(path.to_path_buf(), diagnostics::by_file(self, &unit));
        self.looked_at.push(path.to_path_buf());
        self.units.insert(path.to_path_buf(), unit);
    }

    /// Looks at what a question about a file is answered from.
    pub(super) fn refresh_for(&mut self, path: &Path) {
        self.refresh(path);
        if self.is_inventory(path) {
            while self.refresh_next(None).is_some() {}
        }
    }

    /// What was looked at since this was last asked.
    pub(super) fn take_looked_at(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.looked_at)
    }

    fn look_at(&self, path: &Path, text: &str) -> Unit {
        if let Some(module) = self.library.name_of(path) {
            // What is shipped is right, and is looked at as one who uses it sees it.
            let user = format!("use {module}\n");
            return Unit::new(&self.world, &self.library, Path::new("std"), &user, None);
        }
        let inventory = if self.is_inventory(path) { Some(path.to_path_buf()) } else { self.inventory_for(path) };
        Unit::new(&self.world, &self.library, path, text, inventory.as_deref())
    }

    /// Where a workflow's hosts are said: as the command line finds it, unless the editor says where.
    fn inventory_for(&self, workflow: &Path) -> Option<PathBuf> {
        let folder = workflow.parent().filter(|_| workflow.is_absolute());
        let beside = || {
            let mut paths = USUAL_NAMES.iter().filter_map(|name| Some(folder?.join(name)));
            paths.find(|path| self.world.exists(path))
        };
        self.options.inventory_for(workflow).or_else(beside).or_else(|| self.usual_inventory.clone())
    }

    /// Looks at everything: what is open, and every workflow of the folders worked in.
    pub(super) fn refresh_all(&mut self) {
        while self.refresh_next(None).is_some() {}
        let beside: Vec<PathBuf> = self.units.keys().filter_map(|path| tests_of(path)).collect();
        for path in workspace::workflows(&self.options.roots).into_iter().chain(beside) {
            if self.units.contains_key(&path) || self.background.contains_key(&path) {
                continue;
            }
            if let Ok(text) = self.world.load(&path) {
                let unit = self.look_at(&path, &text);
                self.background.insert(path, unit);
            }
        }
    }

    // ------------------------------------------------------------------ telling

    /// What the editor is to be told, now that a unit was looked at anew.
    pub(super) fn publish(&mut self, looked_at: &Path) -> Vec<Publication> {
        let mut paths: BTreeSet<PathBuf> = self.told.values().flat_map(BTreeMap::keys).cloned().collect();
        paths.extend(self.published.keys().cloned());
        let mut publications = Vec::new();
        for path in paths {
            // What it says of itself is out of date, and is told when it was looked at.
            if self.dirty.contains(&path) {
                continue;
            }
            let diagnostics = self.told_of(&path);
            let known = self.published.get(&path);
            if known
                .map_or(diagnostics.is_empty() && path != looked_at, |known| *known == diagnostics && path != looked_at)
            {
                continue;
            }
            let version = self.world.documents.get(&path).map(|document| document.version);
            if let Some(uri) = self.world.documents.uri(&path) {
                publications.push(Publication { uri, version, diagnostics: diagnostics.clone() });
            }
            if diagnostics.is_empty() && version.is_none() {
                self.published.remove(&path);
            } else {
                self.published.insert(path, diagnostics);
            }
        }
        publications
    }

    /// What all units say of a file, each thing once. What an inventory looks like by itself is not told where there are
    /// workflows that use it.
    fn told_of(&self, path: &Path) -> Vec<Shown> {
        let mut found: Vec<Shown> = Vec::new();
        let by_itself = |unit: &Path| unit == path && self.is_inventory(path);
        let used = self.told.iter().any(|(unit, files)| !by_itself(unit) && files.contains_key(path));
        for (unit, files) in &self.told {
            if used && by_itself(unit) {
                continue;
            }
            for diagnostic in files.get(path).into_iter().flatten() {
                if !found.contains(diagnostic) {
                    found.push(diagnostic.clone());
                }
            }
        }
        found
    }

    // ------------------------------------------------------------------ asking

    /// The unit that knows most of a file: its own; of an inventory, a workflow's that uses it.
    pub(super) fn unit_of(&self, path: &Path) -> Option<&Unit> {
        let user = || self.units.iter().find(|(entry, unit)| *entry != path && unit.file(path).is_some());
        if self.is_inventory(path)
            && let Some((_, unit)) = user()
        {
            return Some(unit);
        }
        self.units.get(path).or_else(|| self.background.get(path)).or_else(|| user().map(|(_, unit)| unit))
    }

    /// Every unit, those of files that are not open included, as far as they were looked at.
    pub(super) fn all_units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().chain(self.background.values())
    }

    pub(super) fn spot(&self, uri: &Uri, position: Position) -> Option<Spot<'_>> {
        let path = path_of(uri);
        let unit = self.unit_of(&path)?;
        let file = unit.file(&path)?;
        let offset = unit.lines(file)?.offset(unit.text(file), position, self.encoding);
        Some(Spot { unit, file, offset: super::text::number(offset) })
    }

    /// A file as it is known to its unit.
    pub(super) fn file(&self, uri: &Uri) -> Option<(&Unit, FileId)> {
        let path = path_of(uri);
        let unit = self.unit_of(&path)?;
        Some((unit, unit.file(&path)?))
    }

    pub(super) fn range(&self, unit: &Unit, span: Span) -> Range {
        let lines = unit.lines(span.file);
        lines.map(|lines| lines.range(unit.text(span.file), span.range(), self.encoding)).unwrap_or_default()
    }

    /// The place of a span; one in what is shipped is in a file that is written for the editor.
    pub(super) fn location(&self, unit: &Unit, span: Span) -> Option<Location> {
        let entry = unit.entry_of(span.file)?;
        let uri = if entry.shipped {
            super::documents::uri_of(&self.library.module(unit.analysis.sources.get(span.file)?.name())?)
        } else {
            self.world.documents.uri(&entry.path)
        };
        Some(Location { uri: uri?, range: self.range(unit, span) })
    }
}
