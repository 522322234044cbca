//! What stands at a place, and everywhere else that the same thing stands, the inventory included.

use std::path::PathBuf;

use super::session::{Session, Spot};
use super::unit::Unit;
use crate::check::{Kind, Target};
use crate::inventory::{Host, Spanned};
use crate::source::{FileId, Span};

/// What a name stands for, seen from one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    /// What is declared by the name that stands there.
    Declared(Span),
    Module(usize),
    Group(String),
    Host(String),
    /// A word of the language.
    Word(String),
}

/// What a name stands for, whoever looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Declared(PathBuf, u32),
    Module(PathBuf),
    Group(String),
    Host(String),
}

/// The name at a place.
pub(super) fn at(spot: Spot<'_>) -> Option<(Span, Thing)> {
    let Spot { unit, file, offset } = spot;
    if unit.inventory_file() == Some(file) {
        return in_inventory(unit, offset);
    }
    let (span, target) = unit.known.name_at(file, offset)?;
    Some((span, thing(unit, span, target)))
}

fn thing(unit: &Unit, span: Span, target: &Target) -> Thing {
    let word = || unit.slice(span).trim_matches('"').to_owned();
    match target {
        Target::Declared(name) => Thing::Declared(*name),
        Target::Module(number) => Thing::Module(*number),
        Target::Group => Thing::Group(word()),
        Target::Host => Thing::Host(word()),
        Target::BuiltIn => Thing::Word(word()),
    }
}

fn in_inventory(unit: &Unit, offset: u32) -> Option<(Span, Thing)> {
    let hosts = &unit.analysis.inventory.as_ref()?.hosts;
    let holds = |span: Span| span.start <= offset && offset <= span.end;
    hosts.iter().find_map(|host| {
        if holds(host.name_span) {
            return Some((host.name_span, Thing::Host(host.name.clone())));
        }
        if let Some(group) = host.groups.iter().find(|group| holds(group.span)) {
            return Some((group.span, Thing::Group(group.value.clone())));
        }
        let declared = |written: &Option<Spanned<String>>, kinds: &[Kind]| {
            let written = written.as_ref().filter(|written| holds(written.span))?;
            let found = unit.known.find(unit.analysis.modules.entry, &written.value, kinds)?;
            Some((written.span, Thing::Declared(found.span)))
        };
        declared(&host.class, &[Kind::Class]).or_else(|| declared(&host.arch, &[Kind::Hosts]))
    })
}

/// What a thing is for everybody.
pub(super) fn identity(unit: &Unit, thing: &Thing) -> Option<Identity> {
    Some(match thing {
        Thing::Declared(span) => Identity::Declared(unit.entry_of(span.file)?.path.clone(), span.start),
        Thing::Module(number) => {
            Identity::Module(unit.entry_of(unit.analysis.modules.all.get(*number)?.file.id)?.path.clone())
        }
        Thing::Group(name) => Identity::Group(name.clone()),
        Thing::Host(name) => Identity::Host(name.clone()),
        Thing::Word(_) => return None,
    })
}

/// Everywhere in a unit that something stands, its declaration included.
pub(super) fn places(unit: &Unit, wanted: &Identity) -> Vec<Span> {
    let mut found: Vec<Span> = match wanted {
        Identity::Declared(path, start) => {
            let Some(file) = unit.file(path) else { return Vec::new() };
            let is_it =
                |target: &Target| matches!(target, Target::Declared(span) if span.file == file && span.start == *start);
            spans(unit, &is_it)
        }
        Identity::Module(path) => {
            let Some(number) = unit.file(path).and_then(|file| unit.module(file)) else { return Vec::new() };
            spans(unit, &|target| *target == Target::Module(number))
        }
        Identity::Group(name) => named(unit, &Target::Group, name),
        Identity::Host(name) => named(unit, &Target::Host, name),
    };
    found.extend(inventory_places(unit, wanted));
    found
}

fn spans(unit: &Unit, is_it: &dyn Fn(&Target) -> bool) -> Vec<Span> {
    unit.known.names().iter().filter(|(_, target)| is_it(target)).map(|(span, _)| *span).collect()
}

fn named(unit: &Unit, kind: &Target, name: &str) -> Vec<Span> {
    let names = unit.known.names().iter().filter(|(_, target)| target == kind).map(|(span, _)| *span);
    names.filter(|span| unit.slice(*span).trim_matches('"') == name).collect()
}

fn inventory_places(unit: &Unit, wanted: &Identity) -> Vec<Span> {
    let hosts = unit.analysis.inventory.iter().flat_map(|inventory| &inventory.hosts);
    let class = |host: &Host| {
        let class = host.class.as_ref()?;
        let found = unit.known.find(unit.analysis.modules.entry, &class.value, &[Kind::Class])?;
        (identity(unit, &Thing::Declared(found.span)).as_ref() == Some(wanted)).then_some(class.span)
    };
    match wanted {
        Identity::Group(name) => {
            let groups = hosts.flat_map(|host| &host.groups).filter(|group| group.value == *name);
            // Groups that `defaults` gives to every host stand in one place.
            let mut spans: Vec<Span> = groups.map(|group| group.span).collect();
            spans.dedup();
            spans
        }
        Identity::Host(name) => hosts.filter(|host| host.name == *name).map(|host| host.name_span).collect(),
        Identity::Declared(..) => hosts.filter_map(class).collect(),
        Identity::Module(_) => Vec::new(),
    }
}

/// Where a thing is declared: a group wherever a host says that it is one of it.
pub(super) fn declared_at(unit: &Unit, thing: &Thing) -> Vec<Span> {
    match thing {
        Thing::Declared(span) => vec![*span],
        Thing::Module(number) => {
            let module = unit.analysis.modules.all.get(*number);
            module.map(|module| Span::new(module.file.id, 0, 0)).into_iter().collect()
        }
        Thing::Group(name) => inventory_places(unit, &Identity::Group(name.clone())),
        Thing::Host(name) => inventory_places(unit, &Identity::Host(name.clone())),
        Thing::Word(_) => Vec::new(),
    }
}

/// The declaration around an offset, by its number in the module.
pub(super) fn item_at(unit: &Unit, file: FileId, offset: u32) -> Option<&crate::syntax::ast::Item> {
    let before = unit.items(file).rev().find(|item| item.span.start <= offset);
    before.filter(|item| offset <= item.span.end)
}

/// All places of a thing in every unit that was looked at, each once.
pub(super) fn everywhere<'a>(session: &'a Session, wanted: &Identity) -> Vec<(&'a Unit, Span)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for unit in session.all_units() {
        for span in places(unit, wanted) {
            let Some(entry) = unit.entry_of(span.file) else { continue };
            if seen.insert((entry.path.clone(), span.start, span.end)) {
                found.push((unit, span));
            }
        }
    }
    found
}
