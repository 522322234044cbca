//! Finding and reading the files that a workflow uses.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::messages;
use crate::compiled::Compiled;
use crate::diagnostic::Diagnostic;
use crate::library;
use crate::shell::Analysis;
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::{self, ast};

/// The door to files, so that the checker itself touches none.
pub trait Loader {
    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn load(&self, path: &Path) -> Result<String, String>;

    /// Whether there is such a file.
    fn exists(&self, path: &Path) -> bool;

    /// Reads a file that was added to `sources`. One who reads the same files again and again may know parts of it.
    fn parse(&self, sources: &SourceMap, file: FileId) -> Parsed {
        Parsed::new(sources, file)
    }

    /// The names of the files of a folder, for those that are misspelt; none where they cannot be told.
    fn names(&self, _folder: &Path) -> Vec<String> {
        Vec::new()
    }
}

/// What was read of a file by itself.
#[derive(Debug)]
pub struct Parsed {
    /// Its tree.
    pub file: ast::File,
    /// What is wrong with its text.
    pub diagnostics: Vec<Diagnostic>,
    /// What is known already of the texts that `sh` is called with, by where they begin.
    pub commands: HashMap<u32, Arc<Analysis>>,
}

impl Parsed {
    /// Reads a file.
    #[must_use]
    pub fn new(sources: &SourceMap, file: FileId) -> Self {
        let text = sources.get(file).map_or("", |source| source.text());
        let (file, diagnostics, commands) = syntax::read(text, file).into_parts(file);
        Parsed { file, diagnostics, commands }
    }
}

/// A file and what it uses.
#[derive(Clone, Debug)]
pub struct Module {
    /// The name that its declarations are shown by, for example `pump`.
    pub name: String,
    /// Its tree.
    pub file: ast::File,
    /// What is known already of the texts that `sh` is called with, by where they begin.
    pub commands: HashMap<u32, Arc<Analysis>>,
    /// The modules it uses, by the name it gives them.
    pub uses: HashMap<String, usize>,
    /// The names of modules that could not be had, which was told at their `use` and is not told at each call again.
    pub lost: HashSet<String>,
    /// Whether it is part of the standard library.
    pub is_std: bool,
}

impl Module {
    /// What is known already of a text that `sh` is called with. Of one in the tests beside a workflow there is nothing.
    pub(crate) fn command(&self, text: &ast::Text) -> Option<&Arc<Analysis>> {
        (text.span.file == self.file.id).then(|| self.commands.get(&text.span.start)).flatten()
    }
}

/// The number of the prelude among the modules.
pub(super) const PRELUDE: usize = 0;

/// All files of one workflow: the prelude first, the workflow itself second.
#[derive(Clone, Debug)]
pub struct Modules {
    /// The modules.
    pub all: Vec<Module>,
    /// The number of the workflow.
    pub entry: usize,
    /// The folder that the workflow is in.
    pub folder: PathBuf,
}

impl Modules {
    /// Whether a name belongs to a module that could not be had.
    pub(super) fn lost(&self, module: usize, path: &ast::Path) -> bool {
        matches!(path.words.as_slice(), [first, _, ..] if self.all[module].lost.contains(&*first.text))
    }
}

/// The end of the names of files that hold tests alone: `kernel.test.flow` is read as if it stood at the end of the
/// `kernel.flow` beside it.
pub const TESTS: &str = ".test.flow";

/// The workflow that a file of tests belongs to, where there is one.
#[must_use]
pub fn tested(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_suffix(TESTS)?;
    Some(path.with_file_name(format!("{name}.flow")))
}

/// Where the tests beside a workflow would be.
#[must_use]
pub fn tests_of(workflow: &Path) -> Option<PathBuf> {
    let name = workflow.file_name()?.to_str()?.strip_suffix(".flow").filter(|name| !name.ends_with(".test"))?;
    Some(workflow.with_file_name(format!("{name}{TESTS}")))
}

/// Reads a workflow and everything that it uses.
pub fn load(sources: &mut SourceMap, loader: &dyn Loader, path: &Path, text: &str) -> (Modules, Vec<Diagnostic>) {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut reader = Reader {
        sources,
        loader,
        modules: Vec::new(),
        known: HashMap::default(),
        ring: Vec::new(),
        diagnostics: Vec::new(),
    };
    reader.shipped("prelude", library::PRELUDE);
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let entry = match tested(path).and_then(|workflow| Some((loader.load(&workflow).ok()?, workflow))) {
        Some((tested, workflow)) => {
            let entry = reader.add(name, &workflow, &tested);
            reader.add_tests(entry, path, text);
            entry
        }
        None => reader.add(name, path, text),
    };
    reader.known.insert(normal(path), entry);
    reader.ring.push((normal(path), None));
    reader.follow(entry, &folder);
    let modules = Modules { all: reader.modules, entry, folder };
    (modules, reader.diagnostics)
}

struct Reader<'a> {
    sources: &'a mut SourceMap,
    loader: &'a dyn Loader,
    modules: Vec<Module>,
    known: HashMap<PathBuf, usize>,
    /// The files being read, each with the `use` that led to it.
    ring: Vec<(PathBuf, Option<Span>)>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn add(&mut self, name: String, path: &Path, text: &str) -> usize {
        let id = self.sources.add(path.to_string_lossy(), text);
        let Parsed { file, diagnostics, commands } = self.loader.parse(self.sources, id);
        self.diagnostics.extend(diagnostics);
        self.push(name, Parsed { file, diagnostics: Vec::new(), commands }, false)
    }

    fn add_tests(&mut self, entry: usize, path: &Path, text: &str) {
        let id = self.sources.add(path.to_string_lossy(), text);
        let Parsed { file: tests, diagnostics, .. } = self.loader.parse(self.sources, id);
        self.diagnostics.extend(diagnostics);
        let file = &mut self.modules[entry].file;
        file.items.extend(tests.items);
        file.comments.extend(tests.comments);
        file.unread.extend(tests.unread);
    }

    /// Adds a module of the library, which was read when this program was built.
    fn shipped(&mut self, name: &str, text: &'static str) -> usize {
        let id = self.sources.add_shipped(format!("std/{name}.flow"), text);
        let compiled = library::compiled(name, id).unwrap_or_else(|| Compiled::new(self.parse(id)));
        let commands = compiled.commands.into_iter().map(|(start, known)| (start, Arc::new(known))).collect();
        self.push(name.to_owned(), Parsed { file: compiled.file, diagnostics: Vec::new(), commands }, true)
    }

    fn parse(&mut self, id: FileId) -> ast::File {
        let (file, diagnostics) = syntax::parse(self.sources, id);
        self.diagnostics.extend(diagnostics);
        file
    }

    fn push(&mut self, name: String, Parsed { file, commands, .. }: Parsed, is_std: bool) -> usize {
        self.modules.push(Module { name, file, commands, uses: HashMap::default(), lost: HashSet::default(), is_std });
        self.modules.len() - 1
    }

    fn follow(&mut self, module: usize, folder: &Path) {
        let uses: Vec<ast::Use> = self.modules[module]
            .file
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ast::ItemKind::Use(used) => Some(used.clone()),
                _ => None,
            })
            .collect();
        for used in uses {
            let last = used.module.text.rsplit('/').next().unwrap_or_default().to_owned();
            let alias = used.alias.as_ref().map_or(last, |alias| alias.text.to_string());
            let Some(target) = self.resolve(module, &used, folder) else {
                self.modules[module].lost.insert(alias);
                continue;
            };
            let place = used.alias.as_ref().map_or(used.module.span, |alias| alias.span);
            let meant = *self.modules[module].uses.entry(alias.clone()).or_insert(target);
            if meant != target {
                self.diagnostics.push(messages::module_name_taken(&alias, place));
            }
        }
    }

    fn resolve(&mut self, user: usize, used: &ast::Use, folder: &Path) -> Option<usize> {
        match used.module.text.strip_prefix("std/") {
            Some(name) => self.std_module(name, used.module.span),
            None if used.module.text.starts_with('.') && !self.modules[user].is_std => {
                self.file_module(&used.module.text, used.module.span, folder)
            }
            None => {
                self.diagnostics.push(messages::no_such_module(&used.module.text, used.module.span));
                None
            }
        }
    }

    fn std_module(&mut self, name: &str, span: Span) -> Option<usize> {
        let key = PathBuf::from(format!("std/{name}"));
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let Some(text) = library::module(name) else {
            self.diagnostics.push(messages::no_such_module(&format!("std/{name}"), span));
            return None;
        };
        let module = self.shipped(name, text);
        self.known.insert(key, module);
        self.follow(module, Path::new(""));
        Some(module)
    }

    fn file_module(&mut self, written: &str, span: Span, folder: &Path) -> Option<usize> {
        let path = normal(&folder.join(format!("{written}.flow")));
        if let Some(at) = self.ring.iter().position(|(open, _)| *open == path) {
            let steps: Vec<(String, Option<Span>)> =
                self.ring[at..].iter().map(|(path, span)| (path.display().to_string(), *span)).collect();
            self.diagnostics.push(messages::import_cycle(&steps, span));
            return None;
        }
        if let Some(known) = self.known.get(&path) {
            return Some(*known);
        }
        let text = match self.loader.load(&path) {
            Ok(text) => text,
            Err(reason) => {
                let beside = self.modules_beside(written, &path);
                self.diagnostics.push(messages::module_unreadable(written, &path, &reason, &beside, span));
                return None;
            }
        };
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let module = self.add(name, &path, &text);
        self.known.insert(path.clone(), module);
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        self.ring.push((path, Some(span)));
        self.follow(module, &folder);
        self.ring.pop();
        Some(module)
    }

    /// The modules of the folder in which one was looked for, as a `use` would write them.
    fn modules_beside(&self, written: &str, path: &Path) -> Vec<String> {
        let folder = written.rsplit_once('/').map_or("", |(folder, _)| folder);
        let names = self.loader.names(path.parent().unwrap_or(Path::new("")));
        names.iter().filter_map(|name| Some(format!("{folder}/{}", name.strip_suffix(".flow")?))).collect()
    }
}

/// The path without `.` and resolvable `..`, so that one file has one key.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
