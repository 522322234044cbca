//! `flowrun test`

use std::path::{Path, PathBuf};

use serde_json::json;

use super::arguments::{Test, TestFormat};
use super::files::{self, Disk};
use super::{Exit, doc, give, say};
use crate::check::testing::{self, Case};
use crate::check::{self, Loader as _, Modules};
use crate::diagnostic::{self, Diagnostic, Style};
use crate::source::SourceMap;
use crate::testing::Suite;

pub(super) fn main(options: &Test) -> Exit {
    match told(options) {
        Ok(exit) | Err(exit) => exit,
    }
}

/// A test that was run.
struct Outcome {
    file: String,
    title: String,
    /// What is wrong, as it is told; empty for one that passed.
    faults: Vec<Fault>,
}

struct Fault {
    code: &'static str,
    message: String,
    place: String,
    /// As it is drawn.
    drawn: String,
}

fn told(options: &Test) -> Result<Exit, Exit> {
    let human = options.format == TestFormat::Human;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let (mut refused, mut left_out) = (false, 0);
    for path in files(&options.files)? {
        let Some(file) = File::read(&path)? else {
            refused = true;
            continue;
        };
        let (chosen, others): (Vec<&Case>, Vec<&Case>) =
            file.cases.iter().partition(|case| options.filter.as_ref().is_none_or(|part| case.title.contains(part)));
        left_out += others.len();
        if human && !chosen.is_empty() {
            say(&format!("{}\n", file.name));
        }
        for case in chosen {
            let outcome = file.run(case, if human { files::style() } else { Style::default() });
            if human {
                let word = if outcome.faults.is_empty() { "ok" } else { "FAILED" };
                say(&format!("  test {} ... {word}\n", super::printable(&outcome.title)));
            }
            outcomes.push(outcome);
        }
    }
    match options.format {
        TestFormat::Human => say(&summary(&outcomes, left_out, refused)),
        TestFormat::Json => give(&super::as_json(&outcomes.iter().map(data).collect::<Vec<_>>())),
        TestFormat::Junit => give(&junit(&outcomes)),
    }
    let failed = outcomes.iter().any(|outcome| !outcome.faults.is_empty());
    Ok(match (refused, failed) {
        (true, _) => Exit::Refused,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Done,
    })
}

/// A file with its tests.
struct File {
    name: String,
    sources: SourceMap,
    modules: Modules,
    cases: Vec<Case>,
}

impl File {
    /// None where the workflow is refused: it was told why.
    fn read(path: &Path) -> Result<Option<File>, Exit> {
        let text = Disk.load(path).map_err(|reason| {
            say(&format!("error: cannot read the tests {}: {reason}\n", path.display()));
            Exit::Usage
        })?;
        let mut sources = SourceMap::new();
        let (modules, mut found) = check::load(&mut sources, &Disk, path, &text);
        let (workflow, more) = check::check(&sources, &Disk, &modules, None);
        found.extend(more);
        found.retain(Diagnostic::is_error);
        let (Some(workflow), true) = (workflow, found.is_empty()) else {
            say(&diagnostic::render_all(&found, &sources, files::style()));
            say(&format!("{}: refused: {}\n", path.display(), diagnostic::plural(found.len(), "error")));
            return Ok(None);
        };
        let name = path.to_string_lossy().into_owned();
        let (mut cases, _) = testing::cases(&sources, &Disk, &modules, &workflow);
        // Those of the workflow that a file of tests belongs to are run with the workflow.
        cases.retain(|case| sources.get(case.span.file).is_some_and(|file| file.name() == name));
        Ok(Some(File { name, sources, modules, cases }))
    }

    fn run(&self, case: &Case, style: Style) -> Outcome {
        let suite = Suite { sources: &self.sources, loader: &Disk, modules: &self.modules };
        let faults = suite.run(case).iter().map(|diagnostic| self.fault(diagnostic, style)).collect();
        Outcome { file: self.name.clone(), title: case.title.clone(), faults }
    }

    fn fault(&self, diagnostic: &Diagnostic, style: Style) -> Fault {
        Fault {
            code: diagnostic.code.as_str(),
            message: diagnostic.message.clone(),
            place: diagnostic.primary_span().map_or_else(String::new, |span| self.sources.location(span)),
            drawn: diagnostic::render(diagnostic, &self.sources, style),
        }
    }
}

/// The files that are given, those of folders, and for each workflow the tests beside it; without any, those of this folder.
fn files(given: &[PathBuf]) -> Result<Vec<PathBuf>, Exit> {
    let here = [PathBuf::new()];
    let given = if given.is_empty() { &here[..] } else { given };
    let mut found: Vec<PathBuf> = Vec::new();
    for path in given {
        of_library(path)?;
        let is_folder = path.as_os_str().is_empty() || path.is_dir();
        let paths = if is_folder { workflows_in(path) } else { vec![path.clone()] };
        for path in paths {
            let beside = tests_beside(&path);
            found.extend([Some(path), beside].into_iter().flatten());
        }
    }
    let mut seen: Vec<PathBuf> = Vec::new();
    for path in found {
        if !seen.contains(&path) {
            seen.push(path);
        }
    }
    if seen.is_empty() {
        say("error: there is no workflow here\n  = help: name the files with tests: `flowrun test kernel.flow`\n");
        return Err(Exit::Usage);
    }
    Ok(seen)
}

/// The library's tests are no part of the program: they say of it what was so when it was built.
fn of_library(path: &Path) -> Result<(), Exit> {
    let Some(name) = path.to_str().and_then(|path| path.strip_prefix("std/")).filter(|_| !path.exists()) else {
        return Ok(());
    };
    doc::known(name)?;
    say(&format!(
        "error: std/{name} is a module of the library, whose own tests are run where flowrun is built\n  \
         = help: test what you do with it: `flowrun test my-{name}.test.flow`, a file with `use std/{name}` and \
         `test \"…\" {{ … }}`\n"
    ));
    Err(Exit::Usage)
}

fn workflows_in(folder: &Path) -> Vec<PathBuf> {
    let names = Disk.names(folder);
    let mut paths: Vec<PathBuf> =
        names.iter().filter(|name| name.ends_with(".flow")).map(|name| folder.join(name)).collect();
    paths.sort();
    paths
}

fn tests_beside(workflow: &Path) -> Option<PathBuf> {
    check::tests_of(workflow).filter(|path| path.exists())
}

/// What failed, and how many passed.
fn summary(outcomes: &[Outcome], left_out: usize, refused: bool) -> String {
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.faults.is_empty()).collect();
    let mut text = "\n".to_owned();
    for outcome in &failed {
        text.push_str(&format!("{}: {}\n\n", outcome.file, super::printable(&outcome.title)));
        outcome.faults.iter().for_each(|fault| text.push_str(&fault.drawn));
    }
    let word = match (refused, failed.is_empty()) {
        (true, _) => "REFUSED",
        (false, true) => "ok",
        (false, false) => "FAILED",
    };
    let passed = outcomes.len() - failed.len();
    let others = if left_out > 0 { format!(", {left_out} filtered out") } else { String::new() };
    text.push_str(&format!("{word}: {passed} passed, {} failed{others}\n", failed.len()));
    text
}

fn data(outcome: &Outcome) -> serde_json::Value {
    let faults = outcome
        .faults
        .iter()
        .map(|fault| json!({ "code": fault.code, "message": fault.message, "place": fault.place }));
    json!({
        "file": outcome.file, "test": outcome.title, "ok": outcome.faults.is_empty(),
        "faults": faults.collect::<Vec<_>>(),
    })
}

/// A suite a file, as continuous integration reads it.
fn junit(outcomes: &[Outcome]) -> String {
    let failed = |outcomes: &[Outcome]| outcomes.iter().filter(|outcome| !outcome.faults.is_empty()).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
        outcomes.len(),
        failed(outcomes)
    );
    for suite in outcomes.chunk_by(|one, next| one.file == next.file) {
        let name = suite.first().map(|outcome| xml(&outcome.file)).unwrap_or_default();
        text.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\">\n",
            suite.len(),
            failed(suite)
        ));
        suite.iter().for_each(|outcome| text.push_str(&testcase(&name, outcome)));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn testcase(suite: &str, outcome: &Outcome) -> String {
    let head = format!("    <testcase classname=\"{suite}\" name=\"{}\"", xml(&outcome.title));
    let Some(first) = outcome.faults.first() else { return format!("{head}/>\n") };
    let drawn: String = outcome.faults.iter().map(|fault| xml(&fault.drawn)).collect();
    format!(
        "{head}>\n      <failure type=\"{}\" message=\"{}\">{drawn}</failure>\n    </testcase>\n",
        first.code,
        xml(&first.message)
    )
}

/// Text as XML holds it; what no XML can hold is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
