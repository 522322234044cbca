//! `flowrun fmt`

use std::collections::HashSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use diffy::DiffOptions;

use super::arguments::Fmt;
use super::files::{Disk, style};
use super::{Exit, give, say};
use crate::check::Loader as _;
use crate::diagnostic::{self, plural};
use crate::run::write_whole;
use crate::source::{MARK, SourceMap};
use crate::syntax::{self, NoLayout};

/// What became of the files.
#[derive(Default)]
struct Tally {
    changed: usize,
    unchanged: usize,
    left: usize,
    /// The worst that happened besides.
    exit: Option<Exit>,
}

pub(super) fn main(options: &Fmt) -> Exit {
    let here = [PathBuf::from(".")];
    let given = if options.paths.is_empty() { here.as_slice() } else { &options.paths };
    let mut tally = Tally::default();
    let mut seen = HashSet::new();
    for given in given {
        for path in files(given, &mut tally) {
            if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                one(&path, options, &mut tally);
            }
        }
    }
    say(&summary(&tally, options));
    let refused = tally.left > 0 || writes_nothing(options) && tally.changed > 0;
    tally.exit.unwrap_or(if refused { Exit::Refused } else { Exit::Done })
}

fn writes_nothing(options: &Fmt) -> bool {
    options.check || options.diff
}

/// A file as it is given; of a directory, every `.flow` file below it that is not hidden.
fn files(given: &Path, tally: &mut Tally) -> Vec<PathBuf> {
    if given == Path::new("-") || !given.is_dir() {
        return vec![given.to_path_buf()];
    }
    let mut found = Vec::new();
    below(given, &mut found, tally);
    found.sort();
    if found.is_empty() {
        say(&format!("there is no .flow file below {}\n", given.display()));
    }
    found
}

/// Links to directories are not followed: they may lead back.
fn below(folder: &Path, found: &mut Vec<PathBuf>, tally: &mut Tally) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            say(&format!("error: cannot read {}: {error}\n", folder.display()));
            tally.exit = Some(Exit::Usage);
            return;
        }
    };
    for entry in entries.flatten().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
        let path = if folder == Path::new(".") { PathBuf::from(entry.file_name()) } else { entry.path() };
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            below(&path, found, tally);
        } else if path.extension().is_some_and(|extension| extension == "flow") && path.is_file() {
            found.push(path);
        }
    }
}

fn one(path: &Path, options: &Fmt, tally: &mut Tally) {
    let from_stdin = path == Path::new("-");
    let name = if from_stdin { "<stdin>".to_owned() } else { path.display().to_string() };
    let text = match if from_stdin { stdin() } else { Disk.load(path) } {
        Ok(text) => text,
        Err(reason) => {
            say(&format!("error: cannot read {name}: {reason}\n"));
            tally.exit = Some(Exit::Usage);
            return;
        }
    };
    let Some(formatted) = formatted(&name, &text, tally) else { return };
    let is_changed = formatted != text;
    let writes = is_changed && !from_stdin && !writes_nothing(options);
    if !writes || write(path, &formatted, tally) {
        *(if is_changed { &mut tally.changed } else { &mut tally.unchanged }) += 1;
    }
    match () {
        () if options.diff => give(&difference(&name, &text, &formatted)),
        () if options.check && is_changed => give(&format!("{name}\n")),
        () if options.check => {}
        () if from_stdin => give(&formatted),
        () => {}
    }
}

fn stdin() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin().lock().read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

/// The text in the one layout; none where it has to be left alone, and why was said.
fn formatted(name: &str, text: &str, tally: &mut Tally) -> Option<String> {
    let mut sources = SourceMap::new();
    let file = sources.add(name, text);
    match syntax::format(&sources, file) {
        Ok(formatted) if text.starts_with(MARK) => Some(format!("{MARK}{formatted}")),
        Ok(formatted) => Some(formatted),
        Err(NoLayout::Unread(diagnostics)) => {
            say(&diagnostic::render_all(&diagnostics, &sources, style()));
            say(&format!("{name} is left as it is: it cannot be read\n"));
            tally.left += 1;
            None
        }
        Err(NoLayout::Fault) => {
            say(&format!(
                "error: {name} is left as it is: formatted it would not say the same, which is a fault of flowrun; please report it with the file\n"
            ));
            tally.exit = Some(Exit::Failed);
            None
        }
    }
}

fn difference(name: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let mut options = DiffOptions::new();
    options.set_original_filename(name.to_owned()).set_modified_filename(name.to_owned());
    options.create_patch(before, after).to_string()
}

/// Whether it was written.
fn write(path: &Path, text: &str, tally: &mut Tally) -> bool {
    let written = write_whole(path, text.as_bytes());
    match &written {
        Ok(()) => say(&format!("formatted: {}\n", path.display())),
        Err(error) => {
            say(&format!("error: cannot write {}: {error}\n", path.display()));
            tally.exit = Some(Exit::Failed);
        }
    }
    written.is_ok()
}

/// Nothing for a single text from stdin: what an editor asked for is all that it gets.
fn summary(tally: &Tally, options: &Fmt) -> String {
    if options.paths == [PathBuf::from("-")] {
        return String::new();
    }
    let verb = if writes_nothing(options) { "would be formatted" } else { "formatted" };
    let parts = [(tally.changed, verb), (tally.unchanged, "already as it should be"), (tally.left, "left as it is")];
    let told: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", plural(count, "file")))
        .collect();
    if told.is_empty() { String::new() } else { format!("{}\n", told.join(", ")) }
}
