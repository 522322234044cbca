//! `flowrun doc`

use std::path::{Path, PathBuf};

use super::arguments::Doc;
use super::files::{self, Disk};
use super::{Exit, give, say};
use crate::analysis::{self, Analysis, Text};
use crate::check::Module;
use crate::diagnostic::{self, did_you_mean};
use crate::doc::{self, Effects, Subject};
use crate::library;

/// A page of the reference.
struct Page {
    title: String,
    /// The name of its file.
    file: String,
    /// What the module says of itself.
    about: String,
    text: String,
}

pub(super) fn main(options: &Doc) -> Exit {
    let mut pages = Vec::new();
    for module in &options.modules {
        match pages_of(module) {
            Ok(found) => pages.extend(found),
            Err(exit) => return exit,
        }
    }
    match &options.output {
        None => {
            give(&pages.iter().map(|page| page.text.as_str()).collect::<Vec<_>>().join("\n"));
            Exit::Done
        }
        Some(folder) if options.check => compare(folder, &files_of(&pages)),
        Some(folder) => write(folder, &files_of(&pages)),
    }
}

/// The pages that an argument asks for: `std` is the whole library, `std/NAME` one of its modules, all else a file.
fn pages_of(module: &str) -> Result<Vec<Page>, Exit> {
    if module == "std" {
        let names = std::iter::once("prelude").chain(library::MODULES.iter().map(|(name, _)| *name));
        return names.map(library_page).collect();
    }
    match module.strip_prefix("std/") {
        Some(name) => Ok(vec![library_page(name)?]),
        None => Ok(vec![file_page(Path::new(module))?]),
    }
}

/// Whether the library has a module.
///
/// # Errors
/// It has none of this name; it was said so.
pub(super) fn known(name: &str) -> Result<(), Exit> {
    if name == "prelude" || library::module(name).is_some() {
        return Ok(());
    }
    let meant = did_you_mean(name, library::MODULES.iter().map(|(known, _)| *known));
    let help = meant.map_or(String::new(), |meant| format!(": did you mean std/{meant}?"));
    say(&format!("error: the standard library has no module std/{name}{help}\n"));
    Err(Exit::Usage)
}

fn library_page(name: &str) -> Result<Page, Exit> {
    known(name)?;
    let uses = if name == "prelude" { String::new() } else { format!("use std/{name}\n") };
    // Of the library that is the way to what all of it does, whether or not a workflow comes to it.
    let (found, _) = analysis::analyse_known(&Disk, Text { path: Path::new("doc.flow"), text: &uses }, None);
    let module = found.modules.all.iter().find(|module| module.is_std && module.name == name);
    let module = module.unwrap_or(&found.modules.all[found.modules.entry]);
    let prefix = (name != "prelude").then_some(name);
    Ok(page(&found, module, &format!("std/{name}"), prefix, name))
}

/// The page of a file, which has to pass the check: what is said of its effects is what was proved.
fn file_page(path: &Path) -> Result<Page, Exit> {
    let text = files::read_workflow(path)?;
    let found = analysis::analyse(&Disk, Text { path, text: &text }, None);
    if found.workflow.is_none() {
        say(&diagnostic::render_all(&found.diagnostics, &found.sources, files::style()));
        return Err(Exit::Refused);
    }
    let module = &found.modules.all[found.modules.entry];
    let title = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    // A file with stages is run and not used by others.
    let is_workflow = found.workflow.as_ref().is_some_and(|workflow| !workflow.stages.is_empty());
    let prefix = (!is_workflow).then_some(module.name.as_str());
    Ok(page(&found, module, &title, prefix, &module.name))
}

fn page(found: &Analysis, module: &Module, title: &str, prefix: Option<&str>, name: &str) -> Page {
    let tasks = found.workflow.iter().flat_map(|workflow| &workflow.tasks);
    let effects: Effects = tasks.map(|task| (task.span, task.effects.clone())).collect();
    let subject = Subject { title, prefix, file: &module.file, sources: &found.sources, effects: &effects };
    Page {
        title: title.to_owned(),
        file: format!("{name}.md"),
        about: doc::about(&module.file, &found.sources),
        text: doc::page(subject),
    }
}

/// What stands in the folder: a file for each page, and a list of them where there are several.
fn files_of(pages: &[Page]) -> Vec<(&str, String)> {
    let mut files: Vec<(&str, String)> = pages.iter().map(|page| (page.file.as_str(), page.text.clone())).collect();
    if pages.len() > 1 {
        let entries: Vec<_> =
            pages.iter().map(|page| (page.title.as_str(), page.file.as_str(), page.about.clone())).collect();
        let of_library = pages.iter().all(|page| page.title.starts_with("std/"));
        files.push(("README.md", doc::index(if of_library { "The standard library" } else { "Modules" }, &entries)));
    }
    files
}

fn write(folder: &Path, files: &[(&str, String)]) -> Exit {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| files.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text)));
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            say(&format!("error: cannot write the pages to {}: {error}\n", folder.display()));
            Exit::Usage
        }
    }
}

/// Whether the folder holds these files as they would be written.
fn compare(folder: &Path, files: &[(&str, String)]) -> Exit {
    let differ = |(name, text): &(&str, String)| {
        let path = folder.join(name);
        (std::fs::read_to_string(&path).ok().as_ref() != Some(text)).then_some(path)
    };
    let stale: Vec<PathBuf> = files.iter().filter_map(differ).collect();
    for path in &stale {
        say(&format!("error: {} is not what `flowrun doc` would write\n", path.display()));
    }
    if stale.is_empty() { Exit::Done } else { Exit::Refused }
}
