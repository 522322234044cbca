//! `flowrun check`

use std::mem::ManuallyDrop;
use std::path::Path;

use serde_json::json;

use super::arguments::{Check, CheckFormat, Deny};
use super::files::{self, Loaded};
use super::{Exit, fix, give, say};
use crate::diagnostic::{Diagnostic, Severity, plural};

pub(super) fn main(options: &Check) -> Exit {
    let mut refused = false;
    let mut found = Vec::new();
    for workflow in &options.workflows {
        let loaded = match load(workflow, options) {
            // The process ends sooner than all of it could be freed.
            Ok(loaded) => ManuallyDrop::new(loaded),
            Err(exit) => return exit,
        };
        let denied = options.deny == Some(Deny::Warnings) && loaded.count(Severity::Warning) > 0;
        refused |= loaded.refused() || denied;
        match options.format {
            CheckFormat::Human => {
                files::show(&loaded);
                if denied && !loaded.refused() {
                    say(&format!("{}: refused for its warnings\n", workflow.display()));
                } else if !loaded.refused() {
                    say(&format!("{}: {}\n", workflow.display(), accepted(&loaded)));
                }
            }
            CheckFormat::Short => give(&short(&loaded)),
            CheckFormat::Json => {
                found.extend(loaded.diagnostics.iter().map(|diagnostic| diagnostic_data(diagnostic, &loaded)))
            }
        }
    }
    if options.format == CheckFormat::Json {
        give(&super::as_json(&found));
    }
    if refused { Exit::Refused } else { Exit::Done }
}

/// How often fixes are carried out on what fixes have left.
const MOST_ROUNDS: usize = 16;

fn load(workflow: &Path, options: &Check) -> Result<Loaded, Exit> {
    let inventory = options.hosts.inventory.as_deref();
    let mut loaded = files::load(workflow, inventory)?;
    // A fix may uncover another: a `use` that is needed no more, say.
    let mut rounds = if options.fix { MOST_ROUNDS } else { 0 };
    while rounds > 0 && fix::apply(&loaded)? {
        rounds -= 1;
        loaded = files::load(workflow, inventory)?;
    }
    if options.fix {
        fix::remaining(&loaded);
    }
    Ok(loaded)
}

/// How a workflow was proved.
fn accepted(loaded: &Loaded) -> String {
    match &loaded.inventory {
        Some(inventory) => format!("accepted, with an inventory of {}", plural(inventory.hosts.len(), "host")),
        None => "accepted, from its text alone".to_owned(),
    }
}

/// `file:line: error[E0302]: message`
fn short(loaded: &Loaded) -> String {
    let lines = loaded.diagnostics.iter().map(|diagnostic| {
        let place = diagnostic.primary_span().map_or_else(|| "-".to_owned(), |span| loaded.sources.location(span));
        format!("{place}: {}[{}]: {}\n", severity(diagnostic), diagnostic.code, diagnostic.message)
    });
    lines.collect()
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

fn diagnostic_data(diagnostic: &Diagnostic, loaded: &Loaded) -> serde_json::Value {
    let labels = diagnostic.labels.iter().filter_map(|label| {
        let file = loaded.sources.get(label.span.file)?;
        let place = |offset: u32| {
            let line = file.line_index(offset as usize);
            let start = file.line_range(line).map_or(0, |range| range.start);
            json!({ "line": line + 1, "column": file.text().get(start..offset as usize).map_or(1, |text| text.chars().count() + 1) })
        };
        Some(json!({
            "file": file.name(), "start": place(label.span.start), "end": place(label.span.end),
            "primary": label.primary, "message": label.message,
        }))
    });
    let fix = diagnostic.fix.as_ref().map(|fix| {
        let edits = fix.edits.iter().filter_map(|(span, text)| {
            let file = loaded.sources.get(span.file)?;
            Some(json!({ "file": file.name(), "start": span.start, "end": span.end, "text": text }))
        });
        json!({ "title": fix.title, "edits": edits.collect::<Vec<_>>() })
    });
    json!({
        "code": diagnostic.code.as_str(), "severity": severity(diagnostic), "message": diagnostic.message,
        "labels": labels.collect::<Vec<_>>(), "notes": diagnostic.notes, "help": diagnostic.helps,
        "fix": fix,
    })
}
