//! Selectors, signatures, prohibitions and programs, once all names are known.

use std::borrow::Cow;

use super::modules::{Modules, PRELUDE};
use super::record::Meant;
use super::tables::{self, ForbidDecl, Tables, Value};
use super::types::Type;
use super::{compare, messages};
use crate::diagnostic::Diagnostic;
use crate::place::{Attribute, Predicate, Symbol};
use crate::source::{SourceMap, Span};
use crate::syntax;
use crate::syntax::ast::{self, SelectorKind};

/// Fills the tables with what the declarations say.
pub(super) fn resolve(sources: &SourceMap, modules: &Modules, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    host_sets(modules, tables, diagnostics);
    classes(modules, tables, diagnostics);
    signatures(modules, tables, diagnostics);
    conditions_and_stages(modules, tables, diagnostics);
    for number in 0..modules.all.len() {
        for item in &modules.all[number].file.items {
            match &item.kind {
                ast::ItemKind::Forbid(forbid) => forbids(sources, modules, number, forbid, tables, diagnostics),
                ast::ItemKind::Program(program) => programs(program, tables, diagnostics),
                _ => {}
            }
        }
    }
    weakened(modules, tables, diagnostics);
}

/// A `host` may be said in terms of another, so each is resolved when it is first asked for.
fn host_sets(modules: &Modules, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    let mut done = vec![false; tables.host_sets.len()];
    for number in 0..tables.host_sets.len() {
        host_set(number, modules, tables, &mut done, &mut Vec::new(), diagnostics);
    }
}

fn host_set(
    number: usize,
    modules: &Modules,
    tables: &mut Tables,
    done: &mut [bool],
    ring: &mut Vec<usize>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if done[number] {
        return;
    }
    if let Some(at) = ring.iter().position(|open| *open == number) {
        let names: Vec<&ast::Ident> = ring[at..].iter().map(|open| &tables.host_sets[*open].ast.name).collect();
        diagnostics.push(messages::selector_cycle(&names));
        done[number] = true;
        tables.host_sets[number].predicate = Predicate::Never;
        return;
    }
    ring.push(number);
    let module = tables.host_sets[number].module;
    let selector = tables.host_sets[number].ast.selector.clone();
    for name in names_in(&selector) {
        if let Some(Value::HostSet(used)) = tables.value(module, &name) {
            host_set(used, modules, tables, done, ring, diagnostics);
        }
    }
    ring.pop();
    if !done[number] {
        tables.host_sets[number].predicate = predicate(tables, modules, module, &selector, diagnostics);
        done[number] = true;
    }
}

/// The names that a selector is made of.
pub(super) fn names_in(selector: &ast::Selector) -> Vec<String> {
    match &selector.kind {
        SelectorKind::Or(parts) | SelectorKind::And(parts) => parts.iter().flat_map(names_in).collect(),
        SelectorKind::Not(inner) => names_in(inner),
        SelectorKind::Name(path) => vec![path.text()],
        SelectorKind::Group(_) | SelectorKind::Compare(..) => Vec::new(),
    }
}

fn classes(modules: &Modules, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    for number in 0..tables.classes.len() {
        let class = tables.classes[number].ast.clone();
        let module = tables.classes[number].module;
        let facts =
            class.facts.as_ref().map_or(Predicate::All, |facts| predicate(tables, modules, module, facts, diagnostics));
        // Facts that cannot be understood make no class impossible.
        let facts = if facts == Predicate::Never { Predicate::All } else { facts };
        tables.axioms.define(Symbol::from(&*class.name.text), facts);
    }
}

fn signatures(modules: &Modules, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    for number in 0..tables.inputs.len() {
        let (module, written) = (tables.inputs[number].module, tables.inputs[number].ast.ty.clone());
        tables.inputs[number].ty = tables::resolve_type(tables, modules, module, &written, false, diagnostics);
    }
    for number in 0..tables.tasks.len() {
        let (module, task) = (tables.tasks[number].module, tables.tasks[number].ast.clone());
        let open = task.is_extern;
        let mut params: Vec<(String, Type)> = Vec::new();
        for param in &task.params {
            if params.iter().any(|(name, _)| *name == param.name.text) {
                diagnostics.push(messages::parameter_twice(&param.name.text, param.name.span));
            }
            if syntax::is_reserved(&param.name.text) {
                diagnostics.push(messages::reserved_name(&param.name.text, param.name.span));
            }
            params.push((
                param.name.text.to_string(),
                tables::resolve_type(tables, modules, module, &param.ty, open, diagnostics),
            ));
        }
        let result = task
            .result
            .as_ref()
            .map_or(Type::Unit, |ty| tables::resolve_type(tables, modules, module, ty, open, diagnostics));
        let guard = task.guard.as_ref().map(|guard| predicate(tables, modules, module, guard, diagnostics));
        let needs = task.needs.as_ref().map(|needs| predicate(tables, modules, module, needs, diagnostics));
        let does = task
            .does
            .as_ref()
            .map(|does| does.iter().filter_map(|name| Some((effect(tables, name, diagnostics)?, name.span))).collect());
        let signature = &mut tables.tasks[number];
        (signature.params, signature.result, signature.guard, signature.needs, signature.does) =
            (params, result, guard, needs, does);
    }
}

fn conditions_and_stages(modules: &Modules, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    for number in 0..tables.conditions.len() {
        let (module, on) = (tables.conditions[number].module, tables.conditions[number].ast.on.clone());
        tables.conditions[number].on = predicate(tables, modules, module, &on, diagnostics);
    }
    for number in 0..tables.stages.len() {
        let stage = tables.stages[number].ast.clone();
        let module = modules.entry;
        let on = predicate(tables, modules, module, &stage.on, diagnostics);
        let guard = stage.guard.as_ref().map(|guard| predicate(tables, modules, module, guard, diagnostics));
        let result = stage
            .result
            .as_ref()
            .map_or(Type::Unit, |ty| tables::resolve_type(tables, modules, module, ty, false, diagnostics));
        let decl = &mut tables.stages[number];
        (decl.on, decl.guard, decl.result) = (on, guard, result);
    }
}

/// The effect of that name, or a diagnostic.
pub(super) fn effect(tables: &Tables, name: &ast::Ident, diagnostics: &mut Vec<Diagnostic>) -> Option<usize> {
    let found = tables.effect(&name.text);
    record_effect(tables, name, found);
    if found.is_none() {
        let known = tables.effects.iter().map(|effect| effect.name.as_str());
        diagnostics.push(messages::unknown_effect(&name.text, name.span, known));
    }
    found
}

pub(super) fn record_effect(tables: &Tables, name: &ast::Ident, effect: Option<usize>) {
    match effect.map(|effect| tables.effects[effect].span) {
        Some(Some(declared)) => tables.recorder.declared(name.span, declared),
        Some(None) => tables.recorder.name(name.span, Meant::BuiltIn),
        None => {}
    }
}

fn forbids(
    sources: &SourceMap,
    modules: &Modules,
    number: usize,
    forbid: &ast::Forbid,
    tables: &mut Tables,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(effect) = effect(tables, &forbid.effect, diagnostics) else { return };
    if effect == tables::READ {
        diagnostics.push(messages::read_forbidden(forbid.effect.span));
        return;
    }
    let on = predicate(tables, modules, number, &forbid.on, diagnostics);
    let class = match &forbid.on.kind {
        SelectorKind::Name(path) => match tables.value(number, &path.text()) {
            Some(Value::Class(class)) => tables.classes[class].ast.title.as_ref().and_then(ast::Text::literal),
            _ => None,
        },
        _ => None,
    };
    let on_text = sources.slice(forbid.on.span).to_owned();
    let hosts = class.map(ast::Words::into_owned).unwrap_or_else(|| format!("host of `{on_text}`"));
    let word = forbid.effect.span;
    let span = Span { start: word.start.saturating_sub(7), ..word };
    tables.forbids.push(ForbidDecl { effect, on, hosts, on_text, span });
}

fn programs(program: &ast::Program, tables: &mut Tables, diagnostics: &mut Vec<Diagnostic>) {
    let mut effects: Vec<usize> = program.effects.iter().filter_map(|name| effect(tables, name, diagnostics)).collect();
    effects.sort_unstable();
    for command in &program.commands {
        let text = command.literal().unwrap_or_default();
        let mut words: Vec<ast::Words> = match &text {
            Cow::Borrowed(text) => named_words(text).map(Cow::Borrowed).collect(),
            Cow::Owned(text) => named_words(text).map(|word| Cow::Owned(word.to_owned())).collect(),
        };
        if words.is_empty() || words.len() > tables::MAX_WORDS {
            diagnostics.push(messages::bad_program(command.span));
        } else {
            if text.trim_end().ends_with(';') {
                words.push(tables::END.into());
            }
            let known = tables
                .programs
                .entry(words)
                .or_insert_with(|| tables::ProgramDecl { effects: effects.clone(), span: command.span });
            if known.effects != effects {
                let (span, before) = (command.span, known.span);
                diagnostics.push(messages::program_twice(&text, span, before));
            }
        }
    }
}

/// The words that a `program` names, without the `;` that says that the command ends there.
fn named_words(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_end();
    text.strip_suffix(';').unwrap_or(text).split_whitespace()
}

/// A longer entry says more of a command than a shorter one, and may say less: then a prohibition no longer meets it.
fn weakened(modules: &Modules, tables: &Tables, diagnostics: &mut Vec<Diagnostic>) {
    let shipped = |span: Span| modules.all.iter().any(|module| module.is_std && module.file.id == span.file);
    for (words, entry) in tables.programs.iter().filter(|(_, entry)| !shipped(entry.span)) {
        for shorter in (1..words.len()).filter_map(|len| tables.programs.get(&words[..len])) {
            let dropped = shorter.effects.iter().filter(|effect| !entry.effects.contains(effect));
            let forbidden =
                dropped.flat_map(|effect| tables.forbids.iter().filter(move |forbid| forbid.effect == *effect));
            if let Some(forbid) = forbidden.into_iter().next() {
                let effect = &tables.effects[forbid.effect].name;
                diagnostics.push(messages::program_weakened(words, entry.span, shorter.span, effect, forbid));
            }
        }
    }
}

/// The predicate that a selector stands for, seen from a module. It is `Never` where a part of it cannot be understood:
/// that was told, and nothing is proved or refused of such a place.
pub(super) fn predicate(
    tables: &Tables,
    modules: &Modules,
    module: usize,
    selector: &ast::Selector,
    diagnostics: &mut Vec<Diagnostic>,
) -> Predicate {
    let told = diagnostics.len();
    let found = as_written(tables, modules, module, selector, diagnostics);
    let understood = diagnostics.len() == told && found.tests().all(|test| *test != Predicate::Never);
    if understood { found } else { Predicate::Never }
}

fn as_written(
    tables: &Tables,
    modules: &Modules,
    module: usize,
    selector: &ast::Selector,
    diagnostics: &mut Vec<Diagnostic>,
) -> Predicate {
    let mut each = |part: &ast::Selector| as_written(tables, modules, module, part, diagnostics);
    match &selector.kind {
        SelectorKind::Or(parts) => Predicate::Or(parts.iter().map(each).collect()),
        SelectorKind::And(parts) => Predicate::And(parts.iter().map(each).collect()),
        SelectorKind::Not(inner) => match each(inner) {
            // What is not understood is not turned into every host, nor is `not all` what is not understood.
            Predicate::Never => Predicate::Never,
            Predicate::All => Predicate::Not(Predicate::All.into()),
            inner => inner.not(),
        },
        SelectorKind::Group(name) => {
            tables.recorder.name(name.span, Meant::Group);
            Predicate::Group(Symbol::from(&*name.text))
        }
        SelectorKind::Name(path) => named(tables, modules, module, path, diagnostics),
        SelectorKind::Compare(attribute, op, value) => compare(tables, module, attribute, *op, value, diagnostics),
    }
}

fn named(
    tables: &Tables,
    modules: &Modules,
    module: usize,
    path: &ast::Path,
    diagnostics: &mut Vec<Diagnostic>,
) -> Predicate {
    let (module, name) = match path.words.as_slice() {
        [name] => (module, name),
        [alias, name] if modules.all[module].uses.contains_key(&*alias.text) => {
            tables.recorder.name(alias.span, Meant::Module(modules.all[module].uses[&*alias.text]));
            (modules.all[module].uses[&*alias.text], name)
        }
        _ if modules.lost(module, path) => return Predicate::Never,
        [alias, _] => {
            let known = modules.all[module].uses.keys().map(String::as_str);
            let shipped = crate::library::module(&alias.text).is_some();
            diagnostics.push(messages::unknown_module(&alias.text, alias.span, known, shipped));
            return Predicate::Never;
        }
        _ => {
            diagnostics.push(messages::not_a_selector_name(&path.text(), path.span));
            return Predicate::Never;
        }
    };
    let value = tables.value(module, &name.text);
    match value {
        _ if matches!(&*name.text, "all" | "local") => tables.recorder.name(name.span, Meant::BuiltIn),
        Some(value) => tables.recorder.declared(name.span, tables.declared(value)),
        None => {}
    }
    match (&*name.text, value) {
        ("all", _) => Predicate::All,
        ("local", _) => Predicate::Local,
        (_, Some(Value::HostSet(set))) => tables.host_sets[set].predicate.clone(),
        (_, Some(Value::Class(class))) => {
            Predicate::Is(Attribute::Class, Symbol::from(&*tables.classes[class].ast.name.text))
        }
        // An empty name is what is left of a selector that could not be read, which was told already.
        ("", _) => Predicate::Never,
        (text, Some(_)) => {
            diagnostics.push(messages::not_hosts(text, name.span));
            Predicate::Never
        }
        (text, None) if tables.is_unread(module, text) => Predicate::Never,
        (text, None) => {
            let known = selector_names(tables, module);
            diagnostics.push(messages::unknown_hosts(text, name.span, &known));
            Predicate::Never
        }
    }
}

fn selector_names(tables: &Tables, module: usize) -> Vec<String> {
    let names = [&tables.names[module], &tables.names[PRELUDE]].into_iter().flat_map(|names| &names.values);
    let mut known: Vec<String> = names
        .filter(|(_, (value, _))| matches!(value, Value::HostSet(_) | Value::Class(_)))
        .map(|(name, _)| name.to_string())
        .chain(["all".to_owned(), "local".to_owned()])
        .collect();
    known.sort();
    known.dedup();
    known
}

fn compare(
    tables: &Tables,
    module: usize,
    attribute: &ast::Path,
    op: ast::Comparison,
    value: &ast::SelectorValue,
    diagnostics: &mut Vec<Diagnostic>,
) -> Predicate {
    record_compared(tables, module, attribute, value);
    let words = |attribute: Attribute| known_words(tables, module, attribute);
    compare::predicate(attribute, op, value, &words).unwrap_or_else(|diagnostic| {
        diagnostics.push(*diagnostic);
        Predicate::Never
    })
}

fn record_compared(tables: &Tables, module: usize, attribute: &ast::Path, value: &ast::SelectorValue) {
    tables.recorder.name(attribute.span, Meant::BuiltIn);
    match &value.kind {
        ast::SelectorValueKind::Word(word) => {
            if let Some(meant) = tables.value(module, word) {
                tables.recorder.declared(value.span, tables.declared(meant));
            }
        }
        ast::SelectorValueKind::Str(_) if attribute.text() == "name" => tables.recorder.name(value.span, Meant::Host),
        _ => {}
    }
}

/// The bare words that an attribute's values may be, sorted.
fn known_words(tables: &Tables, module: usize, attribute: Attribute) -> Vec<String> {
    let fits = |value: &Value| match (attribute, value) {
        (Attribute::Class, Value::Class(_)) => true,
        (Attribute::Arch, Value::HostSet(set)) => {
            matches!(&tables.host_sets[*set].predicate, Predicate::Is(Attribute::Arch, _))
        }
        _ => false,
    };
    let names = [&tables.names[module], &tables.names[PRELUDE]].into_iter().flat_map(|names| &names.values);
    let mut known: Vec<String> =
        names.filter(|(_, (value, _))| fits(value)).map(|(name, _)| name.to_string()).collect();
    known.sort();
    known
}
