//! Fixes, carried out in the files.

use std::collections::BTreeMap;
use std::path::Path;

use super::files::Loaded;
use super::{Exit, say};
use crate::diagnostic::Fix;
use crate::run::write_whole;
use crate::source::{FileId, MARK, Span};

/// Carries out the fixes of all diagnostics, and says which; whether a file was changed.
///
/// # Errors
/// A file cannot be written; the reason was said.
pub(super) fn apply(loaded: &Loaded) -> Result<bool, Exit> {
    let mut files: BTreeMap<FileId, Vec<(Span, &str)>> = BTreeMap::new();
    for fix in loaded.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_deref()) {
        if is_ours(loaded, fix) && fits(fix, &files) {
            say(&format!("fixed: {}\n", fix.title));
            for (span, text) in &fix.edits {
                files.entry(span.file).or_default().push((*span, text));
            }
        }
    }
    for (file, edits) in &files {
        write(loaded, *file, edits)?;
    }
    Ok(!files.is_empty())
}

/// What fixes there are.
pub(super) fn titles(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.iter().filter_map(|diagnostic| Some(diagnostic.fix.as_deref()?.title.clone())).collect()
}

/// Says what could be fixed and was not, because a file changed meanwhile or fixes undo each other.
pub(super) fn remaining(loaded: &Loaded) {
    let fixes = loaded.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_deref());
    for fix in fixes {
        say(&format!("not fixed: {}\n", fix.title));
    }
}

/// Whether a fix changes only files that stand on the disk as they were read: none that is shipped.
fn is_ours(loaded: &Loaded, fix: &Fix) -> bool {
    fix.edits.iter().all(|(span, _)| {
        let source = loaded.sources.get(span.file);
        let same = |text: &str, read: &str| text.strip_prefix(MARK).unwrap_or(text) == read;
        source.is_some_and(|source| std::fs::read_to_string(source.name()).is_ok_and(|text| same(&text, source.text())))
    })
}

/// Whether a fix touches nothing that one before it changes; the next check will offer it again.
fn fits(fix: &Fix, files: &BTreeMap<FileId, Vec<(Span, &str)>>) -> bool {
    fix.edits.iter().all(|(span, _)| {
        let before = files.get(&span.file).into_iter().flatten();
        before.into_iter().all(|(taken, _)| span.end <= taken.start || taken.end <= span.start)
    })
}

fn write(loaded: &Loaded, file: FileId, edits: &[(Span, &str)]) -> Result<(), Exit> {
    let Some(source) = loaded.sources.get(file) else { return Ok(()) };
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let had_mark = std::fs::read_to_string(source.name()).is_ok_and(|text| text.starts_with(MARK));
    let mut text = source.text().to_string();
    for (span, new) in edits {
        text.replace_range(span.range(), new);
    }
    if had_mark {
        text.insert(0, MARK);
    }
    write_whole(Path::new(source.name()), text.as_bytes()).map_err(|error| {
        say(&format!("error: cannot write {}: {error}\n", source.name()));
        Exit::Failed
    })
}
