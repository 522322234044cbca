//! Inlay hints: the hosts of the inventory that each place of a workflow comes to.

use lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintTooltip, Range};

use super::session::Session;
use super::unit::Unit;
use crate::check::Kind;
use crate::place::Predicate;
use crate::source::{FileId, Span};
use crate::syntax::ast::ItemKind;

/// More hosts than these are counted and not named.
const MOST: usize = 4;

/// The hints of the lines that are shown.
pub(super) fn hints(session: &Session, unit: &Unit, file: FileId, shown: Range) -> Vec<InlayHint> {
    let Some(lines) = unit.lines(file) else { return Vec::new() };
    let text = unit.text(file);
    let from = lines.offset(text, shown.start, session.encoding);
    let to = lines.offset(text, shown.end, session.encoding);
    let is_shown = |span: &Span| span.file == file && (from..=to).contains(&(span.end as usize));
    let blocks = unit.known.places().iter().map(|place| (place.written, &place.hosts));
    let mut found: Vec<(Span, String, String)> = Vec::new();
    for (span, hosts) in blocks.filter(|(span, _)| is_shown(span)) {
        found.extend(hint(unit, span, hosts));
    }
    for (span, hosts) in declared(unit, file).into_iter().filter(|(span, _)| is_shown(span)) {
        found.extend(hint(unit, span, &hosts));
    }
    found.sort_by_key(|(span, ..)| span.end);
    found.dedup_by_key(|(span, ..)| span.end);
    let hint = |(span, label, tooltip): (Span, String, String)| InlayHint {
        position: session.range(unit, span).end,
        label: InlayHintLabel::String(label),
        kind: None::<InlayHintKind>,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(tooltip)),
        padding_left: Some(true),
        padding_right: Some(true),
        data: None,
    };
    found.into_iter().map(hint).collect()
}

fn hint(unit: &Unit, span: Span, hosts: &Predicate) -> Option<(Span, String, String)> {
    // A place that is not understood is told of where it stands.
    if *hosts == Predicate::Never {
        return None;
    }
    Some((span, format!("⇒ {}", resolved(unit, hosts, MOST)?), format!("{hosts}: {}", resolved(unit, hosts, 100)?)))
}

/// The places of a file's declarations.
fn declared(unit: &Unit, file: FileId) -> Vec<(Span, Predicate)> {
    let places = unit.items(file).filter_map(|item| {
        let (name, written) = match &item.kind {
            ItemKind::Stage(stage) => (&stage.name, stage.on.span),
            ItemKind::Condition(condition) => (&condition.name, condition.on.span),
            ItemKind::Host(host) | ItemKind::Hosts(host) => (&host.name, host.selector.span),
            _ => return None,
        };
        let declaration = unit.known.declaration(name.span)?;
        let fits = matches!(declaration.kind, Kind::Stage | Kind::Condition | Kind::Host | Kind::Hosts);
        Some((written, unit.known.hosts(declaration).filter(|_| fits)?))
    });
    places.collect()
}

/// `cm3, x86 (2 of 5)`; none where there is no inventory.
pub(super) fn resolved(unit: &Unit, place: &Predicate, most: usize) -> Option<String> {
    let (found, open) = unit.hosts_of(place)?;
    let mut named = found.iter().take(most).copied().collect::<Vec<_>>().join(", ");
    if found.len() > most {
        named.push_str(", …");
    }
    let count = format!("{} of {}", found.len(), unit.host_count());
    let count = if open.is_empty() { count } else { format!("{count}, {} to be measured", open.len()) };
    Some(if found.is_empty() { format!("no host ({count})") } else { format!("{named} ({count})") })
}
