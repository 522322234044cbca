//! What can be written at the cursor.

use std::collections::BTreeSet;

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent, MarkupKind,
    TextEdit,
};

use super::before::Before;
use super::hover;
use super::names;
use super::place::{Place, place};
use super::session::{Session, Spot};
use super::tokens::CLAUSES;
use super::unit::Unit;
use crate::check::types::Type;
use crate::check::{Declaration, Kind};
use crate::library;
use crate::source::Span;
use crate::syntax::{DECLARATIONS, STATEMENTS};

const ATTRIBUTES: &[&str] = &["arch", "class", "name", "os", "mem", "cores"];
const TYPES: &[&str] = &[
    "Str", "Int", "Bool", "Duration", "Size", "Path", "Host", "Output", "Secret", "Data", "File", "Socket", "Process",
    "List", "Map",
];

pub(super) fn complete(session: &Session, spot: Spot<'_>) -> Vec<CompletionItem> {
    let text = spot.unit.text(spot.file);
    let before = Before::new(text, spot.offset as usize);
    let Some(module) = spot.unit.module(spot.file) else { return Vec::new() };
    let mut items = Items { session, unit: spot.unit, module, found: Vec::new() };
    let call = before.call().filter(|_| before.owner().is_none() && before.in_text().is_none() && !before.in_comment());
    if let Some(call) = call {
        items.arguments(&call);
    }
    match place(&before) {
        Place::Declaration => items.words(DECLARATIONS),
        Place::Statement => {
            items.words(STATEMENTS);
            items.locals(&before, spot);
            items.callable();
        }
        Place::Value => {
            items.words(&["here", "true", "false", "none", "not", "if", "sh", "try"]);
            items.locals(&before, spot);
            items.kinds(&[Kind::Input, Kind::Host, Kind::Hosts, Kind::Stage]);
            items.callable();
        }
        Place::Selector => {
            items.selector();
            items.modules();
            items.of_inventory();
        }
        Place::TestHosts(hosts) => {
            hosts.iter().for_each(|host| items.plain(host, CompletionItemKind::VARIABLE));
            items.selector();
        }
        Place::Words(words) => items.words(words),
        Place::Module => items.usable(spot, &before),
        Place::Type => {
            items.words(TYPES);
            items.kinds(&[Kind::Type]);
            items.modules();
        }
        Place::Group => {
            let groups = items.groups();
            groups.iter().for_each(|group| items.plain(group, CompletionItemKind::ENUM_MEMBER));
        }
        Place::Member(owner) => items.members(&owner, &before, spot),
        Place::Named(kinds) => {
            items.kinds(kinds);
            if kinds == [Kind::Condition] {
                items.modules();
            }
        }
        Place::Effect => items.effects(),
        Place::HostName => items.host_names(before.in_text().is_some()),
        Place::Command => items.commands(),
        Place::Shipped => library::FILES.iter().for_each(|(name, _)| items.plain(name, CompletionItemKind::FILE)),
        Place::Clause => {
            items.words(&["and", "or"]);
            items.words(CLAUSES);
        }
        Place::Nothing => {}
    }
    let mut seen = BTreeSet::new();
    items.found.retain(|item| seen.insert(item.label.clone()));
    if matches!(place(&before), Place::Module) {
        replace_path(session, spot, &before, &mut items.found);
    }
    items.found
}

/// A path has signs that no word has: an editor has to be told what an item stands for.
fn replace_path(session: &Session, spot: Spot<'_>, before: &Before<'_>, items: &mut [CompletionItem]) {
    let line = before.text.rsplit('\n').next().unwrap_or("");
    let written = line.trim_start().strip_prefix("use").unwrap_or("").trim_start().len();
    let span = Span::new(spot.file, (spot.offset as usize).saturating_sub(written), spot.offset as usize);
    let range = session.range(spot.unit, span);
    for item in items {
        item.text_edit = Some(CompletionTextEdit::Edit(TextEdit { range, new_text: item.label.clone() }));
    }
}

struct Items<'a> {
    session: &'a Session,
    unit: &'a Unit,
    module: usize,
    found: Vec<CompletionItem>,
}

impl Items<'_> {
    fn plain(&mut self, label: &str, kind: CompletionItemKind) {
        self.found.push(CompletionItem { label: label.to_owned(), kind: Some(kind), ..CompletionItem::default() });
    }

    fn words(&mut self, words: &[&str]) {
        words.iter().for_each(|word| self.plain(word, CompletionItemKind::KEYWORD));
    }

    fn call_like(&mut self, label: &str, snippet: &str, detail: &str) {
        let snippets = self.session.options.snippets;
        self.found.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(CompletionItemKind::KEYWORD),
            detail: Some(detail.to_owned()),
            insert_text: snippets.then(|| snippet.to_owned()),
            insert_text_format: snippets.then_some(InsertTextFormat::SNIPPET),
            ..CompletionItem::default()
        });
    }

    /// What every selector can be made of.
    fn selector(&mut self) {
        self.words(&["all", "local", "not"]);
        self.call_like("group", "group($0)", "the members of a group");
        self.words(ATTRIBUTES);
        self.kinds(&[Kind::Host, Kind::Hosts, Kind::Class]);
    }

    fn declared(&mut self, declaration: &Declaration, label: &str) {
        let item = names::item_at(self.unit, declaration.span.file, declaration.span.start);
        let doc = item.map(|item| item.doc.to_string()).filter(|doc| !doc.is_empty());
        let kind = match declaration.kind {
            Kind::Task => CompletionItemKind::FUNCTION,
            Kind::Type => CompletionItemKind::STRUCT,
            Kind::Class => CompletionItemKind::CLASS,
            Kind::Effect | Kind::Condition => CompletionItemKind::EVENT,
            Kind::Stage => CompletionItemKind::MODULE,
            Kind::Field => CompletionItemKind::FIELD,
            Kind::Input => CompletionItemKind::PROPERTY,
            Kind::Host | Kind::Hosts | Kind::Program | Kind::Parameter | Kind::Local => CompletionItemKind::VARIABLE,
        };
        let call = declaration.kind == Kind::Task && self.session.options.snippets;
        let takes = if self.unit.known.parameters(declaration).is_empty() { "()" } else { "($0)" };
        self.found.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: Some(hover::written(self.unit, declaration, item)),
            documentation: doc
                .map(|value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })),
            insert_text: call.then(|| format!("{label}{takes}")),
            insert_text_format: call.then_some(InsertTextFormat::SNIPPET),
            ..CompletionItem::default()
        });
    }

    /// What the module itself and the prelude declare.
    fn kinds(&mut self, kinds: &[Kind]) {
        for declaration in self.unit.known.declarations() {
            let reached = declaration.module == self.module || declaration.module == 0;
            if reached && kinds.contains(&declaration.kind) {
                self.declared(declaration, &declaration.name);
            }
        }
    }

    fn callable(&mut self) {
        self.kinds(&[Kind::Task]);
        self.modules();
    }

    fn modules(&mut self) {
        let Some(module) = self.unit.analysis.modules.all.get(self.module) else { return };
        let mut names: Vec<&String> = module.uses.keys().collect();
        names.sort();
        names.into_iter().for_each(|name| self.plain(name, CompletionItemKind::MODULE));
    }

    fn locals(&mut self, before: &Before<'_>, spot: Spot<'_>) {
        for bound in before.bound() {
            let span = Span::new(spot.file, bound.start, bound.start + bound.name.len());
            let declaration = self.unit.known.declaration(span);
            let ty = declaration.and_then(|declaration| self.unit.known.type_of(declaration));
            self.found.push(CompletionItem {
                label: bound.name.to_owned(),
                kind: Some(CompletionItemKind::VARIABLE),
                detail: ty.map(|ty| ty.to_string()),
                ..CompletionItem::default()
            });
        }
    }

    /// The arguments of an open call that are not given yet, by their names.
    fn arguments(&mut self, call: &super::before::OpenCall<'_>) {
        if call.name.is_some() {
            return;
        }
        let Some(task) = task(self.unit, self.module, &call.callee) else { return };
        for (at, (param, ty)) in self.unit.known.parameters(task).into_iter().enumerate() {
            let given = at < call.position.saturating_sub(call.named.len()) || call.named.contains(&&*param.name.text);
            if given {
                continue;
            }
            self.found.push(CompletionItem {
                label: format!("{}:", param.name.text),
                kind: Some(CompletionItemKind::FIELD),
                detail: Some(ty),
                insert_text: Some(format!("{}: ", param.name.text)),
                sort_text: Some(format!("0{at:03}")),
                ..CompletionItem::default()
            });
        }
    }

    fn members(&mut self, owner: &[&str], before: &Before<'_>, spot: Spot<'_>) {
        let module = match owner {
            [alias] => self.unit.analysis.modules.all.get(self.module).and_then(|module| module.uses.get(*alias)),
            _ => None,
        };
        if let Some(module) = module {
            for declaration in self.unit.known.declarations() {
                let is_member = !matches!(
                    declaration.kind,
                    Kind::Parameter | Kind::Field | Kind::Local | Kind::Program | Kind::Effect | Kind::Stage
                );
                if declaration.module == *module && is_member {
                    self.declared(declaration, &declaration.name);
                }
            }
            return;
        }
        let Some(ty) = type_of_path(self.unit, self.module, owner, before, spot) else { return };
        for (name, ty) in ty.fields() {
            self.found.push(CompletionItem {
                label: name.to_owned(),
                kind: Some(CompletionItemKind::FIELD),
                detail: Some(ty.to_string()),
                ..CompletionItem::default()
            });
        }
    }

    fn groups(&self) -> BTreeSet<String> {
        let hosts = self.unit.analysis.inventory.iter().flat_map(|inventory| &inventory.hosts);
        hosts.flat_map(|host| &host.groups).map(|group| group.value.clone()).collect()
    }

    /// The selectors that the inventory's groups and hosts make.
    fn of_inventory(&mut self) {
        let hosts = self.unit.analysis.inventory.iter().flat_map(|inventory| &inventory.hosts);
        let names: Vec<String> = hosts.map(|host| format!("name == \"{}\"", host.name)).collect();
        let groups = self.groups().into_iter().map(|group| format!("group({group})"));
        groups.chain(names).for_each(|selector| self.plain(&selector, CompletionItemKind::ENUM_MEMBER));
    }

    fn host_names(&mut self, quoted: bool) {
        for host in self.unit.analysis.inventory.iter().flat_map(|inventory| &inventory.hosts) {
            let label = if quoted { host.name.clone() } else { format!("\"{}\"", host.name) };
            self.plain(&label, CompletionItemKind::ENUM_MEMBER);
        }
    }

    fn effects(&mut self) {
        for (name, title) in self.unit.known.all_effects() {
            self.found.push(CompletionItem {
                label: name.to_owned(),
                kind: Some(CompletionItemKind::EVENT),
                detail: Some(title.to_owned()),
                ..CompletionItem::default()
            });
        }
    }

    fn commands(&mut self) {
        let commands: BTreeSet<String> = self.unit.known.programs().collect();
        commands.iter().for_each(|command| self.plain(command, CompletionItemKind::VALUE));
    }

    /// The modules that a `use` can name: those of the library, and the files beside.
    fn usable(&mut self, spot: Spot<'_>, before: &Before<'_>) {
        use crate::check::Loader;
        let line = before.text.rsplit('\n').next().unwrap_or("");
        let written = line.trim_start().strip_prefix("use").unwrap_or("").trim_start();
        if !written.starts_with('.') {
            let name = |name: &str| format!("std/{name}");
            library::MODULES.iter().for_each(|(module, _)| self.plain(&name(module), CompletionItemKind::MODULE));
        }
        let below = written.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let Some(path) = spot.unit.path(spot.file).filter(|_| below.starts_with('.')) else { return };
        let folder = path.parent().unwrap_or(path).join(below);
        let mut names = self.session.world.names(&folder);
        names.sort();
        for name in names {
            let is_folder = !name.contains('.') && folder.join(&name).is_dir();
            if let Some(module) = name.strip_suffix(".flow").filter(|_| folder.join(&name) != path) {
                self.plain(&format!("{below}/{module}"), CompletionItemKind::FILE);
            } else if is_folder {
                self.plain(&format!("{below}/{name}/"), CompletionItemKind::FOLDER);
            }
        }
    }
}

/// The task that a call names.
pub(super) fn task<'u>(unit: &'u Unit, module: usize, callee: &[&str]) -> Option<&'u Declaration> {
    match callee {
        [name] => unit.known.find(module, name, &[Kind::Task]),
        [alias, name] => {
            let module = *unit.analysis.modules.all.get(module)?.uses.get(*alias)?;
            unit.known.find(module, name, &[Kind::Task]).filter(|task| task.module == module)
        }
        _ => None,
    }
}

/// The type of `a.b.c`, from what is known of `a`.
fn type_of_path(unit: &Unit, module: usize, path: &[&str], before: &Before<'_>, spot: Spot<'_>) -> Option<Type> {
    let (first, rest) = path.split_first()?;
    let bound = before.bound().into_iter().find(|bound| bound.name == *first);
    let mut ty = match bound {
        Some(bound) => {
            let span = Span::new(spot.file, bound.start, bound.start + bound.name.len());
            unit.known.type_of(unit.known.declaration(span)?)?
        }
        None if *first == "here" => Type::Host,
        None => {
            let kinds = &[Kind::Input, Kind::Host, Kind::Hosts, Kind::Stage];
            unit.known.type_of(unit.known.find(module, first, kinds)?)?
        }
    };
    for field in rest {
        ty = ty.fields().into_iter().find(|(name, _)| name == field)?.1;
    }
    Some(ty)
}
