//! The corpus: for each `tests/cases/**/*.flow` the diagnostics that a user sees are kept beside it, as a snapshot. An
//! inventory `NAME.yml` beside it is checked with it.

use std::path::{Path, PathBuf};

use flowrun::check::ir::Workflow;
use flowrun::check::{self, Loader};
use flowrun::diagnostic::{self, Code, Diagnostic, Style};
use flowrun::inventory;
use flowrun::source::SourceMap;

/// Only files of the corpus are read.
struct Corpus;

impl Loader for Corpus {
    fn load(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|_| "there is no such file".to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }
}

pub(crate) fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// What a check found out.
pub(crate) struct Checked {
    sources: SourceMap,
    pub(crate) workflow: Option<Workflow>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// As a user sees it.
    pub(crate) fn rendered(&self) -> String {
        diagnostic::render_all(&self.diagnostics, &self.sources, Style::default())
    }
}

/// Checks a workflow as the program does, with an inventory where one is given.
pub(crate) fn check_with(loader: &dyn Loader, path: &Path, inventory: Option<&Path>) -> Checked {
    let text = loader.load(path).unwrap();
    let mut sources = SourceMap::new();
    let (modules, mut diagnostics) = check::load(&mut sources, loader, path, &text);
    let inventory = inventory.map(|path| {
        let file = sources.add(path.to_string_lossy(), &loader.load(path).unwrap());
        let (inventory, found) = inventory::parse(&sources, file, Path::new(""));
        diagnostics.extend(found);
        inventory
    });
    let (workflow, found) = check::check(&sources, loader, &modules, inventory.as_ref());
    diagnostics.extend(found);
    if let (Some(workflow), Some(inventory)) = (&workflow, &inventory) {
        let contradictions = inventory::check_classes(inventory, &workflow.axioms, &workflow.classes);
        let placed = contradictions.is_empty();
        diagnostics.extend(contradictions);
        if placed {
            diagnostics.extend(check::against_inventory(workflow, inventory).1);
        }
    }
    diagnostics.sort_by_key(|diagnostic| (!diagnostic.is_error(), diagnostic.primary_span()));
    Checked { sources, workflow, diagnostics }
}

/// What a check of the file prints, paths relative to the project.
pub(crate) fn checked(path: &Path) -> String {
    let beside = path.with_extension("yml");
    check_with(&Corpus, path, beside.exists().then_some(&*beside)).rendered()
}

#[test]
fn each_case_is_told_as_recorded() {
    let folder = Path::new("tests/cases");
    for path in files_below(folder, "flow") {
        let rendered = checked(&path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(std::env::current_dir().unwrap().join(path.parent().unwrap()));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, rendered));
    }
}

/// A case named after a code must show it, and no case named `ok` may show an error.
#[test]
fn each_case_shows_what_its_name_says() {
    for path in files_below(Path::new("tests/cases"), "flow") {
        let rendered = checked(&path);
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let codes = name.split('-').filter(|word| Code::ALL.iter().any(|code| code.as_str() == *word));
        for code in codes {
            assert!(rendered.contains(&format!("[{code}]")), "{} does not show {code}:\n{rendered}", path.display());
        }
        if path.parent().unwrap().ends_with("ok") {
            assert!(!rendered.contains("error["), "{} is refused:\n{rendered}", path.display());
        }
    }
}
