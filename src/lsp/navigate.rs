//! Where something is declared, and everywhere that it is used.

use lsp_types::{DocumentHighlight, DocumentHighlightKind, Location};

use super::names;
use super::session::{Session, Spot};

/// Where what stands at a place is declared.
pub(super) fn definition(session: &Session, spot: Spot<'_>) -> Vec<Location> {
    let Some((_, thing)) = names::at(spot) else { return Vec::new() };
    let places = names::declared_at(spot.unit, &thing);
    places.into_iter().filter_map(|span| session.location(spot.unit, span)).collect()
}

/// Everywhere that what stands at a place is used.
pub(super) fn references(session: &Session, spot: Spot<'_>, with_declaration: bool) -> Vec<Location> {
    let Some((_, thing)) = names::at(spot) else { return Vec::new() };
    let Some(wanted) = names::identity(spot.unit, &thing) else { return Vec::new() };
    let declared = if with_declaration { Vec::new() } else { definition(session, spot) };
    let places = names::everywhere(session, &wanted).into_iter();
    let mut found: Vec<Location> = places.filter_map(|(unit, span)| session.location(unit, span)).collect();
    found.retain(|location| !declared.contains(location));
    found.sort_by_key(|location| (location.uri.as_str().to_owned(), location.range.start));
    found
}

/// The same, of one file, for the editor to mark.
pub(super) fn highlights(session: &Session, spot: Spot<'_>) -> Vec<DocumentHighlight> {
    let Some((_, thing)) = names::at(spot) else { return Vec::new() };
    let Some(wanted) = names::identity(spot.unit, &thing) else { return Vec::new() };
    let declared = names::declared_at(spot.unit, &thing);
    let places = names::places(spot.unit, &wanted).into_iter().filter(|span| span.file == spot.file);
    places
        .map(|span| DocumentHighlight {
            range: session.range(spot.unit, span),
            kind: Some(if declared.contains(&span) {
                DocumentHighlightKind::WRITE
            } else {
                DocumentHighlightKind::READ
            }),
        })
        .collect()
}
