//! `flowrun import`

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::arguments::Import as Options;
use super::files::{self, Disk};
use super::{Exit, give, say};
use crate::analysis::Beside;
use crate::diagnostic::{self, Diagnostic, plural};
use crate::import::{self, Imported};
use crate::inventory::{self, Inventory};
use crate::source::SourceMap;

pub(super) fn main(options: &Options) -> Exit {
    import(options).unwrap_or_else(|exit| exit)
}

fn import(options: &Options) -> Result<Exit, Exit> {
    let path = &options.playbook;
    let text = files::read(path).map_err(|reason| files::unreadable("the playbook", path, &reason))?;
    let inventory = inventory(options)?;
    let mut sources = SourceMap::new();
    let imported = import::import(&mut sources, &Beside(&Disk), path, &text, inventory.as_ref());
    if !imported.diagnostics.is_empty() {
        say(&diagnostic::render_all(&imported.diagnostics, &sources, files::style()));
        return Err(Exit::Refused);
    }
    match &options.output {
        None => give(&imported.text),
        Some(file) => write_new(file, &imported.text)?,
    }
    say(&summary(&imported, &sources));
    Ok(if imported.marks.is_empty() { Exit::Done } else { Exit::Failed })
}

/// Writes a file that is not there yet: what was imported once may have been worked on since.
fn write_new(file: &Path, text: &str) -> Result<(), Exit> {
    let written = File::create_new(file).and_then(|mut created| created.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            say(&format!(
                "error: {} is there already, and may have been worked on: move it away first\n",
                file.display()
            ));
            Exit::Usage
        }
        _ => {
            say(&format!("error: cannot write {}: {error}\n", file.display()));
            Exit::Failed
        }
    })
}

/// The inventory that was given, or lies beside the playbook. One that is broken is no help, and is refused.
fn inventory(options: &Options) -> Result<Option<Inventory>, Exit> {
    let Some(path) = files::find_inventory(&options.playbook, options.hosts.inventory.as_deref()) else {
        return Ok(None);
    };
    let text = files::inventory_text(&path)?;
    let mut sources = SourceMap::new();
    let (inventory, diagnostics) = inventory::read(&mut sources, &Beside(&Disk), &path, &text);
    if diagnostics.iter().any(Diagnostic::is_error) {
        say(&diagnostic::render_all(&diagnostics, &sources, files::style()));
        return Err(Exit::Refused);
    }
    Ok(Some(inventory))
}

/// How much was translated, and each place that was not.
fn summary(imported: &Imported, sources: &SourceMap) -> String {
    let marks = imported.marks.iter().map(|mark| format!("{}: {}\n", sources.location(mark.span), mark.reason));
    let marks: String = marks.collect();
    let tasks = plural(imported.tasks, "task");
    match imported.marks.len() {
        0 => format!("{tasks}: all translated\n"),
        count => format!("{marks}{tasks}: {} marked with `# TODO`\n", plural(count, "place")),
    }
}
