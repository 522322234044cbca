//! The corpus: for each `tests/cases/**/*.flow` the diagnostics that a user sees are kept beside it, as a snapshot. An
//! inventory `NAME.yml` beside it is checked with it, and its inputs are resolved where `NAME.inputs.yml` gives some.
//!
//! What is refused is named after its code. `accepted/` holds what looks much like it and is not: there a case is named
//! after the code that it rightly does not show, and shows nothing. Folders called `lib` hold the modules of cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flowrun::analysis::{self, Analysis, Text};
use flowrun::check::Loader;
use flowrun::check::ir::Workflow;
use flowrun::diagnostic::{self, Code, Diagnostic, Style};
use flowrun::lint;
use flowrun::run::inputs::{self, Given};
use flowrun::source::SourceMap;

/// Only files of the corpus are read.
pub(crate) struct Corpus;

impl Loader for Corpus {
    fn load(&self, path: &Path) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|_| "there is no such file".to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
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
    /// Without what lints say. What shows an error is a sketch, and would have to be more than that to please them.
    pub(crate) fn without_lints(mut self) -> Self {
        self.diagnostics.retain(|diagnostic| !lint::is_advice(diagnostic.code));
        self
    }

    /// As a user sees it.
    pub(crate) fn rendered(&self) -> String {
        diagnostic::render_all(&self.diagnostics, &self.sources, Style::default())
    }
}

/// Checks a workflow as the program does, with an inventory where one is given.
pub(crate) fn check_with(loader: &dyn Loader, path: &Path, inventory: Option<&Path>) -> Checked {
    let text = loader.load(path).unwrap();
    let hosts = inventory.map(|path| (path, loader.load(path).unwrap()));
    let hosts = hosts.as_ref().map(|(path, text)| Text { path, text });
    let Analysis { sources, workflow, diagnostics, .. } = analysis::analyse(loader, Text { path, text: &text }, hosts);
    Checked { sources, workflow, diagnostics }
}

/// What a check of the file prints, paths relative to the project.
pub(crate) fn checked(path: &Path) -> String {
    check_beside(path).rendered()
}

/// Checks a case with what lies beside it.
pub(crate) fn check_beside(path: &Path) -> Checked {
    let inventory = path.with_extension("yml");
    let mut checked = check_with(&Corpus, path, inventory.exists().then_some(&*inventory));
    if let (Some(workflow), Some(given)) = (&checked.workflow, given_beside(path)) {
        checked.diagnostics.extend(inputs::resolve(workflow, &given).err().unwrap_or_default());
    }
    checked
}

/// The inputs of a case, as if they were given on the command line.
fn given_beside(path: &Path) -> Option<Given> {
    let text = std::fs::read_to_string(path.with_extension("inputs.yml")).ok()?;
    let named = serde_yaml::from_str::<Option<BTreeMap<String, String>>>(&text).unwrap();
    Some(Given { named: named.unwrap_or_default(), ..Given::default() })
}

/// All cases; the modules that some of them use are none.
fn cases() -> impl Iterator<Item = PathBuf> {
    let files = files_below(Path::new("tests/cases"), "flow");
    files.into_iter().filter(|path| !path.components().any(|part| part.as_os_str() == "lib"))
}

fn is_accepted(path: &Path) -> bool {
    path.parent().unwrap().ends_with("accepted")
}

/// The codes that a case is named after.
fn codes_of(path: &Path) -> Vec<Code> {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    name.split('-').filter_map(|word| Code::ALL.iter().copied().find(|code| code.as_str() == word)).collect()
}

/// What a case is there to show: the lints of those about lints, and of others what the check finds.
fn shown(path: &Path) -> String {
    let about_lints =
        codes_of(path).iter().any(|code| code.as_str().starts_with('W')) || path.parent().unwrap().ends_with("lints");
    let checked = check_beside(path);
    if about_lints { checked.rendered() } else { checked.without_lints().rendered() }
}

#[test]
fn each_case_is_told_as_recorded() {
    for path in cases().filter(|path| !is_accepted(path)) {
        let rendered = shown(&path);
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
    for path in cases().filter(|path| !is_accepted(path)) {
        let rendered = shown(&path);
        for code in codes_of(&path) {
            assert!(rendered.contains(&format!("[{code}]")), "{} does not show {code}:\n{rendered}", path.display());
        }
        if path.parent().unwrap().ends_with("ok") {
            assert!(!rendered.contains("error["), "{} is refused:\n{rendered}", path.display());
        }
    }
}

#[test]
fn nothing_is_said_of_what_is_accepted() {
    let told: Vec<String> = cases()
        .filter(|path| is_accepted(path))
        .map(|path| (shown(&path), path))
        .filter(|(rendered, _)| !rendered.is_empty())
        .map(|(rendered, path)| format!("{}:\n{rendered}", path.display()))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// Both sides of the border that a code draws, twice: what it refuses, and what comes near to it and is right.
#[test]
fn every_code_has_cases_that_are_refused_and_cases_that_are_accepted() {
    let mut counts: BTreeMap<Code, (usize, usize)> = BTreeMap::new();
    for path in cases() {
        for code in codes_of(&path) {
            let (refused, accepted) = counts.entry(code).or_default();
            *(if is_accepted(&path) { accepted } else { refused }) += 1;
        }
    }
    let mut missing = Vec::new();
    for code in Code::ALL.iter().filter(|code| !code.as_str().starts_with(['R', 'T'])) {
        let wanted = if code.as_str().starts_with('E') { 2 } else { 1 };
        let (refused, accepted) = counts.get(code).copied().unwrap_or_default();
        if refused < wanted || accepted < wanted {
            missing.push(format!("{code}: {refused} refused and {accepted} accepted cases, at least {wanted} of each"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
