//! The outline of a file, and finding a declaration by its name in all of them.

use lsp_types::{DocumentSymbol, DocumentSymbolResponse, Location, SymbolInformation, SymbolKind, Uri};

use super::session::Session;
use super::unit::Unit;
use crate::source::{FileId, Span};
use crate::syntax::ast::{Ident, Item, ItemKind, Param};

struct Symbol {
    name: String,
    detail: Option<String>,
    kind: SymbolKind,
    whole: Span,
    selected: Span,
    parts: Vec<Symbol>,
}

/// The outline of a file.
pub(super) fn outline(session: &Session, unit: &Unit, file: FileId, uri: &Uri) -> DocumentSymbolResponse {
    let symbols = symbols(unit, file);
    if session.options.nested_symbols {
        let nested = symbols.into_iter().map(|symbol| nested(session, unit, symbol));
        return DocumentSymbolResponse::Nested(nested.collect());
    }
    let flat = symbols.into_iter().map(|symbol| information(&symbol, location(session, unit, uri, symbol.whole)));
    DocumentSymbolResponse::Flat(flat.collect())
}

fn location(session: &Session, unit: &Unit, uri: &Uri, span: Span) -> Location {
    Location { uri: uri.clone(), range: session.range(unit, span) }
}

#[expect(deprecated, reason = "the protocol's own types have a field that is")]
fn nested(session: &Session, unit: &Unit, symbol: Symbol) -> DocumentSymbol {
    let parts: Vec<DocumentSymbol> = symbol.parts.into_iter().map(|part| nested(session, unit, part)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: symbol.detail,
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        range: session.range(unit, symbol.whole),
        selection_range: session.range(unit, symbol.selected),
        children: Some(parts).filter(|parts| !parts.is_empty()),
    }
}

#[expect(deprecated, reason = "the protocol's own types have a field that is")]
fn information(symbol: &Symbol, location: Location) -> SymbolInformation {
    SymbolInformation {
        name: symbol.name.clone(),
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        location,
        container_name: None,
    }
}

/// The declarations of all files whose names have the letters that are asked for, in their order; and the inventory's hosts.
pub(super) fn find(session: &Session, query: &str) -> Vec<SymbolInformation> {
    /// An editor shows no more.
    const MOST: usize = 500;
    let wanted: Vec<char> = query.to_lowercase().chars().collect();
    let mut found: Vec<SymbolInformation> = Vec::new();
    for unit in session.all_units() {
        let modules = unit.analysis.modules.all.iter().filter(|module| !module.is_std);
        let files = modules.map(|module| module.file.id).chain(unit.tests_file());
        let of_modules = files.flat_map(|file| symbols(unit, file));
        for symbol in of_modules.chain(hosts(unit)).filter(|symbol| has_letters(&symbol.name, &wanted)) {
            let Some(location) = session.location(unit, symbol.selected) else { continue };
            let symbol = information(&symbol, location);
            if found.len() < MOST && !found.iter().any(|known| known.location == symbol.location) {
                found.push(symbol);
            }
        }
    }
    found
}

fn has_letters(name: &str, wanted: &[char]) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    wanted.iter().all(|letter| letters.any(|c| c == *letter))
}

fn hosts(unit: &Unit) -> Vec<Symbol> {
    let hosts = unit.analysis.inventory.iter().flat_map(|inventory| &inventory.hosts);
    let symbol = |name: &str, span| Symbol {
        name: name.to_owned(),
        detail: None,
        kind: SymbolKind::OBJECT,
        whole: span,
        selected: span,
        parts: Vec::new(),
    };
    hosts.map(|host| symbol(&host.name, host.name_span)).collect()
}

fn symbols(unit: &Unit, file: FileId) -> Vec<Symbol> {
    if unit.inventory_file() == Some(file) {
        return hosts(unit);
    }
    unit.items(file).filter_map(|item| symbol(unit, item)).collect()
}

fn symbol(unit: &Unit, item: &Item) -> Option<Symbol> {
    let named = |name: &Ident, kind: SymbolKind, detail: Option<Span>, parts: Vec<Symbol>| {
        // A name that could not be read cannot be gone to.
        let detail = detail.map(|span| unit.slice(span).to_owned());
        let symbol = Symbol { name: name.text.to_string(), detail, kind, whole: item.span, selected: name.span, parts };
        (!name.text.is_empty()).then_some(symbol)
    };
    match &item.kind {
        ItemKind::Input(input) => named(&input.name, SymbolKind::PROPERTY, Some(input.ty.span), Vec::new()),
        ItemKind::Type(ty) => named(&ty.name, SymbolKind::STRUCT, None, fields(unit, &ty.fields)),
        ItemKind::Class(class) => {
            named(&class.name, SymbolKind::CLASS, class.facts.as_ref().map(|facts| facts.span), Vec::new())
        }
        ItemKind::Effect(effect) => named(&effect.name, SymbolKind::EVENT, None, Vec::new()),
        ItemKind::Host(host) => named(&host.name, SymbolKind::OBJECT, Some(host.selector.span), Vec::new()),
        ItemKind::Hosts(hosts) => named(&hosts.name, SymbolKind::ARRAY, Some(hosts.selector.span), Vec::new()),
        ItemKind::Condition(condition) => {
            named(&condition.name, SymbolKind::BOOLEAN, Some(condition.on.span), Vec::new())
        }
        ItemKind::Task(task) => {
            named(&task.name, SymbolKind::FUNCTION, task.result.as_ref().map(|ty| ty.span), Vec::new())
        }
        ItemKind::Stage(stage) => named(&stage.name, SymbolKind::MODULE, Some(stage.on.span), Vec::new()),
        ItemKind::Test(test) => {
            let title = Ident { text: test.title.literal().unwrap_or_default(), span: test.title.span };
            named(&title, SymbolKind::METHOD, None, Vec::new())
        }
        ItemKind::Use(_) | ItemKind::Forbid(_) | ItemKind::Program(_) => None,
    }
}

fn fields(unit: &Unit, fields: &[Param]) -> Vec<Symbol> {
    let symbol = |field: &Param| Symbol {
        name: field.name.text.to_string(),
        detail: Some(unit.slice(field.ty.span).to_owned()),
        kind: SymbolKind::FIELD,
        whole: field.name.span.to(field.ty.span),
        selected: field.name.span,
        parts: Vec::new(),
    };
    fields.iter().map(symbol).collect()
}
