//! A workflow, or a module by itself, with everything that was found out about it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::library::Library;
use super::text::Lines;
use crate::analysis::{Analysis, Text, analyse_known};
use crate::check::{Known, Loader, Parsed, tested};
use crate::diagnostic::Diagnostic;
use crate::inventory::USUAL_NAMES;
use crate::place::{self, HostFacts, Predicate, Truth};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::Item;

/// What was found out.
pub(super) struct Unit {
    pub(super) entry: PathBuf,
    pub(super) analysis: Analysis,
    pub(super) known: Known,
    /// The texts, in the order in which they were read.
    files: Vec<SourceEntry>,
    /// Where the hosts are said.
    pub(super) inventory: Option<PathBuf>,
    /// What was looked for in vain.
    missing: BTreeSet<PathBuf>,
    facts: OnceCell<Vec<HostFacts>>,
}

/// A text that was read.
pub(super) struct SourceEntry {
    pub(super) id: FileId,
    /// Where it is, or would be if it were written for an editor to open.
    pub(super) path: PathBuf,
    /// Whether it is part of the program.
    pub(super) shipped: bool,
    lines: OnceCell<Lines>,
}

impl Unit {
    pub(super) fn new(
        loader: &dyn Loader,
        library: &Library,
        entry: &Path,
        text: &str,
        inventory: Option<&Path>,
    ) -> Self {
        let world = Watching { loader, missing: RefCell::default() };
        // A folder of inventories has no text of its own.
        let folder = |path: &Path| (!world.names(path).is_empty()).then(String::new);
        let hosts = inventory.and_then(|path| Some((path, folder(path).or_else(|| world.load(path).ok())?)));
        let hosts = hosts.as_ref().map(|(path, text)| Text { path, text });
        let (analysis, known) = analyse_known(&world, Text { path: entry, text }, hosts);
        let mut missing = world.missing.into_inner();
        // An inventory that comes to lie beside the workflow is found.
        missing.extend(USUAL_NAMES.iter().filter_map(|name| Some(entry.parent()?.join(name))));
        let files = analysis.sources.ids().map(|(id, source)| {
            let shipped = !is_file(source.name());
            let path = if shipped { library.path(source.name()) } else { PathBuf::from(source.name()) };
            SourceEntry { id, path, shipped, lines: OnceCell::new() }
        });
        let files = files.collect();
        let inventory = hosts.map(|hosts| hosts.path.to_path_buf());
        Unit { entry: entry.to_path_buf(), analysis, known, files, inventory, missing, facts: OnceCell::new() }
    }

    /// Whether a change of this file may change what was found out.
    pub(super) fn depends_on(&self, path: &Path) -> bool {
        self.missing.contains(path) || self.file(path).is_some()
    }

    /// The source that was read from a path.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        self.files.iter().rev().find(|file| file.path == path).map(|file| file.id)
    }

    pub(super) fn entry_of(&self, file: FileId) -> Option<&SourceEntry> {
        self.files.iter().find(|entry| entry.id == file)
    }

    /// The path of a text that is not shipped.
    pub(super) fn path(&self, file: FileId) -> Option<&Path> {
        self.entry_of(file).filter(|entry| !entry.shipped).map(|entry| entry.path.as_path())
    }

    pub(super) fn text(&self, file: FileId) -> &str {
        self.analysis.sources.get(file).map_or("", |source| source.text())
    }

    pub(super) fn lines(&self, file: FileId) -> Option<&Lines> {
        let entry = self.entry_of(file)?;
        Some(entry.lines.get_or_init(|| Lines::new(self.text(file))))
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        self.analysis.sources.slice(span)
    }

    /// The number of the module that a source is, or belongs to: the tests beside a workflow are read as part of it.
    pub(super) fn module(&self, file: FileId) -> Option<usize> {
        let modules = &self.analysis.modules;
        let by_itself = modules.all.iter().position(|module| module.file.id == file);
        by_itself.or_else(|| (self.tests_file() == Some(file)).then_some(modules.entry))
    }

    /// The file of tests beside the workflow, where it is what is looked at.
    pub(super) fn tests_file(&self) -> Option<FileId> {
        tested(&self.entry).and_then(|_| self.file(&self.entry))
    }

    /// What a file declares.
    pub(super) fn items(&self, file: FileId) -> impl DoubleEndedIterator<Item = &Item> {
        let module = self.module(file).and_then(|number| self.analysis.modules.all.get(number));
        module.into_iter().flat_map(|module| &module.file.items).filter(move |item| item.span.file == file)
    }

    /// The files whose diagnostics this can tell.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().filter(|file| !file.shipped).map(|file| file.path.as_path())
    }

    /// The inventory, where one was read and is a file.
    pub(super) fn inventory_file(&self) -> Option<FileId> {
        self.file(self.inventory.as_deref()?)
    }

    pub(super) fn diagnostics(&self) -> &[Diagnostic] {
        &self.analysis.diagnostics
    }

    /// The hosts of the inventory that are known to be of a place, and those of which it is not known; none without an
    /// inventory.
    pub(super) fn hosts_of(&self, place: &Predicate) -> Option<(Vec<&str>, Vec<&str>)> {
        let inventory = self.analysis.inventory.as_ref()?;
        let facts = self.facts.get_or_init(|| inventory.hosts.iter().map(|host| host.facts()).collect());
        let (mut found, mut open) = (Vec::new(), Vec::new());
        for (host, facts) in inventory.hosts.iter().zip(facts) {
            match place::evaluate(self.known.axioms(), place, facts) {
                Truth::Yes => found.push(host.name.as_str()),
                Truth::Unknown => open.push(host.name.as_str()),
                Truth::No => {}
            }
        }
        Some((found, open))
    }

    pub(super) fn host_count(&self) -> usize {
        self.analysis.inventory.as_ref().map_or(0, |inventory| inventory.hosts.len())
    }
}

/// What is shipped is called `std/…`; everything else has a path or, unsaved, a URI.
fn is_file(name: &str) -> bool {
    Path::new(name).is_absolute() || name.contains(':')
}

/// Keeps what was looked for and is not there: when it comes, what was found out is to be found out anew.
struct Watching<'l> {
    loader: &'l dyn Loader,
    missing: RefCell<BTreeSet<PathBuf>>,
}

impl Loader for Watching<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        self.loader.load(path).inspect_err(|_| {
            self.missing.borrow_mut().insert(path.to_path_buf());
        })
    }

    fn exists(&self, path: &Path) -> bool {
        let exists = self.loader.exists(path);
        if !exists {
            self.missing.borrow_mut().insert(path.to_path_buf());
        }
        exists
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        self.loader.names(folder)
    }

    fn parse(&self, sources: &SourceMap, file: FileId) -> Parsed {
        self.loader.parse(sources, file)
    }
}
