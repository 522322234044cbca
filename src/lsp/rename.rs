//! Renaming, in every file that speaks of a name. What comes out is checked before it is offered: a name that is taken, or
//! would be hidden by another, is refused with the reason.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use lsp_types::{PrepareRenameResponse, TextEdit, WorkspaceEdit};

use super::names::{self, Identity, Thing};
use super::session::{Session, Spot};
use super::unit::Unit;
use super::world::Overlay;
use crate::check::Kind;
use crate::source::Span;
use crate::syntax;

/// The name that would be renamed, or why it cannot be.
pub(super) fn prepare(session: &Session, spot: Spot<'_>) -> Result<PrepareRenameResponse, String> {
    let (span, thing) = names::at(spot).ok_or("there is no name here")?;
    renamable(spot.unit, span, &thing)?;
    let span = bare(spot.unit, span);
    let placeholder = spot.unit.slice(span).to_owned();
    Ok(PrepareRenameResponse::RangeWithPlaceholder { range: session.range(spot.unit, span), placeholder })
}

fn renamable(unit: &Unit, span: Span, thing: &Thing) -> Result<(), String> {
    let name = unit.slice(span);
    let declared = match thing {
        Thing::Word(word) => return Err(format!("`{word}` is a word of the language")),
        Thing::Module(_) => {
            return Err(format!("`{name}` is called after its file: rename that, or `use` it `as` another name"));
        }
        Thing::Group(_) | Thing::Host(_) => return Ok(()),
        Thing::Declared(declared) => *declared,
    };
    if unit.entry_of(declared.file).is_some_and(|entry| entry.shipped) {
        return Err(format!("`{name}` belongs to the standard library"));
    }
    match unit.known.declaration(declared) {
        Some(declaration) if declaration.kind == Kind::Program => {
            Err("a program is called what it is called".to_owned())
        }
        Some(_) => Ok(()),
        None => Err(format!("`{name}` is not declared in a way that could be read")),
    }
}

/// A name without the quotes that may stand around it.
fn bare(unit: &Unit, span: Span) -> Span {
    let text = unit.slice(span);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) if text.len() > 2 && text.ends_with(quote) => {
            Span { start: span.start + 1, end: span.end - 1, ..span }
        }
        _ => span,
    }
}

pub(super) fn rename(session: &Session, spot: Spot<'_>, new: &str) -> Result<WorkspaceEdit, String> {
    let (span, thing) = names::at(spot).ok_or("there is no name here")?;
    renamable(spot.unit, span, &thing)?;
    valid(new, &thing)?;
    let wanted = names::identity(spot.unit, &thing).ok_or("there is no name here")?;
    let mut places: BTreeMap<PathBuf, Vec<(&Unit, Span)>> = BTreeMap::new();
    for (unit, span) in names::everywhere(session, &wanted) {
        let path = unit.path(span.file).ok_or("a use of it is in the standard library")?;
        places.entry(path.to_path_buf()).or_default().push((unit, bare(unit, span)));
    }
    places.values_mut().for_each(|places| places.sort_by_key(|(_, span)| span.start));
    still_means_it(session, &wanted, &places, new)?;
    Ok(WorkspaceEdit { changes: Some(edits(session, &places, new)?), ..WorkspaceEdit::default() })
}

fn valid(new: &str, thing: &Thing) -> Result<(), String> {
    let (first, rest) = new.split_at(new.chars().next().map_or(0, char::len_utf8));
    let in_inventory = matches!(thing, Thing::Host(_));
    let starts = first.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || in_inventory && c.is_ascii_digit());
    let goes_on = rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-') || in_inventory && c == '.');
    if new.is_empty() || !starts || !goes_on || new.ends_with('-') || new.contains("--") {
        return Err(format!("`{new}` is no name: letters, digits, `_` and single `-` between them"));
    }
    if syntax::is_reserved(new) {
        return Err(format!("`{new}` is a word of the language"));
    }
    Ok(())
}

#[expect(
    clippy::mutable_key_type,
    reason = "the protocol's own type; the part that changes is no part of its identity"
)]
fn edits(
    session: &Session,
    places: &BTreeMap<PathBuf, Vec<(&Unit, Span)>>,
    new: &str,
) -> Result<HashMap<lsp_types::Uri, Vec<TextEdit>>, String> {
    let mut changes = HashMap::new();
    for (path, places) in places {
        let uri = session.world.documents.uri(path).ok_or_else(|| format!("{} has no address", path.display()))?;
        let edits =
            places.iter().map(|(unit, span)| TextEdit { range: session.range(unit, *span), new_text: new.to_owned() });
        changes.insert(uri, edits.collect());
    }
    Ok(changes)
}

/// Looks at the texts as they would be: nothing may be wrong that was not, and every place has to mean what it meant.
fn still_means_it(
    session: &Session,
    wanted: &Identity,
    places: &BTreeMap<PathBuf, Vec<(&Unit, Span)>>,
    new: &str,
) -> Result<(), String> {
    let texts: BTreeMap<PathBuf, String> =
        places.iter().map(|(path, places)| (path.clone(), renamed(places, new))).collect();
    let overlay = Overlay::new(&session.world, texts);
    let wanted = moved(wanted, places, new);
    for unit in session.all_units().filter(|unit| places.keys().any(|path| unit.file(path).is_some())) {
        let after = overlay.look_at(&session.library, unit);
        if let Some(fault) = new_fault(unit, &after) {
            return Err(format!("`{new}` cannot be the new name: {fault}"));
        }
        let (before, now) = (names::places(unit, &wanted.0).len(), names::places(&after, &wanted.1).len());
        if before != now {
            return Err(format!("`{new}` stands for something else where this is used, or is used already"));
        }
    }
    Ok(())
}

/// The text of a file with the new name in it.
fn renamed(places: &[(&Unit, Span)], new: &str) -> String {
    let Some((unit, first)) = places.first() else { return String::new() };
    let mut text = unit.text(first.file).to_owned();
    for (_, span) in places.iter().rev() {
        if text.get(span.range()).is_some() {
            text.replace_range(span.range(), new);
        }
    }
    text
}

/// What is renamed, before and after.
fn moved(wanted: &Identity, places: &BTreeMap<PathBuf, Vec<(&Unit, Span)>>, new: &str) -> (Identity, Identity) {
    let after = match wanted {
        Identity::Declared(path, start) => {
            let before = places.get(path).into_iter().flatten().filter(|(_, span)| span.start < *start);
            let grown: i64 = before.map(|(_, span)| new.len() as i64 - i64::from(span.end - span.start)).sum();
            Identity::Declared(path.clone(), u32::try_from(i64::from(*start) + grown).unwrap_or(*start))
        }
        Identity::Group(_) => Identity::Group(new.to_owned()),
        Identity::Host(_) => Identity::Host(new.to_owned()),
        Identity::Module(path) => Identity::Module(path.clone()),
    };
    (wanted.clone(), after)
}

/// An error that was not there before.
fn new_fault(before: &Unit, after: &Unit) -> Option<String> {
    let count = |unit: &Unit, code: &str| {
        unit.diagnostics().iter().filter(|found| found.is_error() && found.code.as_str() == code).count()
    };
    let errors = after.diagnostics().iter().filter(|diagnostic| diagnostic.is_error());
    let fault = errors.into_iter().find(|diagnostic| {
        let code = diagnostic.code.as_str();
        count(after, code) > count(before, code)
    })?;
    Some(fault.message.clone())
}
