//! What is said of a name when the cursor rests on it: how it is declared, its type, what it does and where.

use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use super::hints;
use super::names::{self, Thing};
use super::session::{Session, Spot};
use super::unit::Unit;
use crate::check::{Declaration, Kind};
use crate::diagnostic::list;
use crate::inventory::Host;
use crate::place::human_size;
use crate::source::Span;
use crate::syntax::ast::{Item, ItemKind, TestKind};

pub(super) fn hover(session: &Session, spot: Spot<'_>) -> Option<Hover> {
    let (span, text) = match names::at(spot) {
        Some((span, thing)) => (span, told(spot.unit, &thing)?),
        None => value(spot)?,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text }),
        range: Some(session.range(spot.unit, span)),
    })
}

/// The type of a value that has no name.
fn value(spot: Spot<'_>) -> Option<(Span, String)> {
    let (span, ty) = spot.unit.known.value_at(spot.file, spot.offset)?;
    let text = ty.to_string();
    (text != "?").then(|| (span, code(&text)))
}

fn code(text: &str) -> String {
    format!("```flow\n{text}\n```")
}

fn told(unit: &Unit, thing: &Thing) -> Option<String> {
    match thing {
        Thing::Declared(span) => declared(unit, unit.known.declaration(*span)?),
        Thing::Module(number) => {
            let module = unit.analysis.modules.all.get(*number)?;
            let text = unit.text(module.file.id);
            let doc: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("##")).map(str::trim).collect();
            Some(format!("{}\n\n{}", code(&format!("use {}", module.name)), doc.join("\n")))
        }
        Thing::Group(name) => {
            let hosts = unit.analysis.inventory.as_ref()?.hosts.iter();
            let members = hosts.filter(|host| host.groups.iter().any(|group| group.value == *name));
            let members: Vec<String> = members.map(|host| format!("`{}`", host.name)).collect();
            let told = if members.is_empty() { "no host of the inventory is in it".to_owned() } else { list(&members) };
            Some(format!("{}\n\n{told}", code(&format!("group({name})"))))
        }
        Thing::Host(name) => unit.analysis.inventory.as_ref()?.get(name).map(host),
        Thing::Word(word) => word_of_language(unit, word),
    }
}

/// What the inventory says of a host.
fn host(host: &Host) -> String {
    let mut facts = vec![format!("address `{}`", host.address)];
    facts.extend(host.class.as_ref().map(|class| format!("class `{}`", class.value)));
    facts.extend(host.arch.as_ref().map(|arch| format!("arch `{}`", arch.value)));
    facts.extend(host.mem.as_ref().map(|mem| format!("mem {}", human_size(mem.value))));
    facts.extend(host.cores.as_ref().map(|cores| format!("{} cores", cores.value)));
    facts.extend(host.os.as_ref().map(|os| format!("os `{}`", os.value)));
    let groups: Vec<&str> = host.groups.iter().map(|group| group.value.as_str()).collect();
    facts.extend((!groups.is_empty()).then(|| format!("groups {}", groups.join(", "))));
    format!("**{}**\n\n{}", host.name, facts.join(" · "))
}

fn word_of_language(unit: &Unit, word: &str) -> Option<String> {
    let told = match word {
        "here" => "the host that the statement runs on",
        "all" => "every host of the inventory",
        "local" => "the machine that flowrun runs on",
        "arch" => "the architecture of a host",
        "class" => "the class of a host",
        "name" => "the name of a host in the inventory",
        "mem" => "the memory of a host",
        "cores" => "the number of cores of a host",
        "os" => "the operating system of a host, as its `/etc/os-release` calls it",
        _ => {
            let (name, title) = unit.known.all_effects().find(|(name, _)| *name == word)?;
            return Some(format!("{}\n\n{title}", code(&format!("effect {name}"))));
        }
    };
    Some(format!("{}\n\n{told}", code(word)))
}

fn declared(unit: &Unit, declaration: &Declaration) -> Option<String> {
    let item = names::item_at(unit, declaration.span.file, declaration.span.start);
    let mut parts = vec![code(&written(unit, declaration, item))];
    let own = !matches!(declaration.kind, Kind::Parameter | Kind::Field | Kind::Local);
    if let Some(item) = item.filter(|item| own && !item.doc.is_empty()) {
        parts.push(item.doc.to_string());
    }
    parts.extend(effects(unit, declaration));
    parts.extend(place(unit, declaration));
    Some(parts.join("\n\n"))
}

/// How it is declared: its head, without its body.
pub(super) fn written(unit: &Unit, declaration: &Declaration, item: Option<&Item>) -> String {
    let name = unit.slice(declaration.span);
    let ty = || unit.known.type_of(declaration).map_or_else(|| "?".to_owned(), |ty| ty.to_string());
    match declaration.kind {
        Kind::Local => item
            .and_then(|item| test_host(unit, item, declaration.span))
            .unwrap_or_else(|| format!("let {name}: {}", ty())),
        Kind::Parameter | Kind::Field => parameter(unit, declaration, item).unwrap_or_else(|| name.to_owned()),
        Kind::Program => {
            let effects = unit.known.program_effects(declaration.span);
            let effects = if effects.is_empty() { "read".to_owned() } else { effects.join(", ") };
            format!("program {name} does {effects}")
        }
        _ => item.map_or_else(|| name.to_owned(), |item| head(unit, item)),
    }
}

/// A host of a test, as it is written there.
fn test_host(unit: &Unit, item: &Item, name: Span) -> Option<String> {
    let ItemKind::Test(test) = &item.kind else { return None };
    let is_it = |kind: &TestKind| matches!(kind, TestKind::Host(host, _) if host.span == name);
    let statement = test.body.statements.iter().find(|statement| is_it(&statement.kind))?;
    Some(unit.slice(statement.span).to_owned())
}

fn parameter(unit: &Unit, declaration: &Declaration, item: Option<&Item>) -> Option<String> {
    let params = match &item?.kind {
        ItemKind::Task(task) => &task.params,
        ItemKind::Type(ty) => &ty.fields,
        _ => return None,
    };
    let param = params.iter().find(|param| param.name.span == declaration.span)?;
    let end = param.default.as_ref().map_or(param.ty.span, |default| default.span);
    Some(unit.slice(param.name.span.to(end)).to_owned())
}

fn head(unit: &Unit, item: &Item) -> String {
    let body = match &item.kind {
        ItemKind::Task(task) => task.body.as_ref().map(|body| body.span),
        ItemKind::Stage(stage) => Some(stage.body.span),
        ItemKind::Condition(condition) => Some(condition.probe.span),
        _ => None,
    };
    let end = body.map_or(item.span.end, |body| body.start);
    unit.slice(Span { end, ..item.span }).trim_end().to_owned()
}

/// What it does, and what in it does so.
fn effects(unit: &Unit, declaration: &Declaration) -> Option<String> {
    if !matches!(declaration.kind, Kind::Task | Kind::Stage) {
        return None;
    }
    let found = unit.known.effects(declaration);
    let mut told: Vec<String> = found.iter().map(|effect| format!("- `{}`: {}", effect.name, effect.by)).collect();
    for declared in unit.known.declared_effects(declaration) {
        if declared != "read" && found.iter().all(|effect| effect.name != declared) {
            told.push(format!("- `{declared}`"));
        }
    }
    Some(if told.is_empty() { "*only reads*".to_owned() } else { format!("*effects*\n{}", told.join("\n")) })
}

/// Where it is, and which hosts of the inventory that comes to.
fn place(unit: &Unit, declaration: &Declaration) -> Option<String> {
    let place = unit.known.hosts(declaration)?;
    let word = match declaration.kind {
        Kind::Task => "only on",
        Kind::Stage => "runs on",
        Kind::Condition => "asked on",
        _ => "hosts",
    };
    let hosts = hints::resolved(unit, &place, 12).map_or(String::new(), |hosts| format!(" ⇒ {hosts}"));
    Some(format!("*{word}* `{place}`{hosts}"))
}
