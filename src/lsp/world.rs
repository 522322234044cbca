//! The files of a workflow as the checker sees them: what is open in the editor, and else what is on the disk.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::cache::Cache;
use super::documents::Documents;
use super::library::Library;
use super::unit::Unit;
use crate::check::{Loader, Parsed};
use crate::source::{FileId, SourceMap};

/// All that is known of files.
pub(super) struct World {
    pub(super) documents: Documents,
    disk: Box<dyn Loader>,
    cache: RefCell<Cache>,
}

impl World {
    pub(super) fn new(disk: Box<dyn Loader>) -> Self {
        World { documents: Documents::default(), disk, cache: RefCell::default() }
    }
}

impl Loader for World {
    fn load(&self, path: &Path) -> Result<String, String> {
        match self.documents.get(path) {
            Some(document) => Ok(document.text.clone()),
            None => self.disk.load(path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.documents.get(path).is_some() || self.disk.exists(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.disk.names(folder)
    }

    fn parse(&self, sources: &SourceMap, file: FileId) -> Parsed {
        self.cache.borrow_mut().parse(sources, file)
    }
}

/// The same files, some of them with another text.
pub(super) struct Overlay<'w> {
    world: &'w World,
    texts: BTreeMap<PathBuf, String>,
}

impl<'w> Overlay<'w> {
    pub(super) fn new(world: &'w World, texts: BTreeMap<PathBuf, String>) -> Self {
        Overlay { world, texts }
    }

    /// Looks at a unit's files again.
    pub(super) fn look_at(&self, library: &Library, unit: &Unit) -> Unit {
        let inventory = unit.inventory.as_deref();
        let text =
            if inventory == Some(&*unit.entry) { String::new() } else { self.load(&unit.entry).unwrap_or_default() };
        Unit::new(self, library, &unit.entry, &text, inventory)
    }
}

impl Loader for Overlay<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        self.texts.get(path).map_or_else(|| self.world.load(path), |text| Ok(text.clone()))
    }

    fn exists(&self, path: &Path) -> bool {
        self.world.exists(path)
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.world.names(folder)
    }
}
