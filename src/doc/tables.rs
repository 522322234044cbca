//! What is told in a line each: inputs, hosts, classes, effects, programs, rules.

use super::{Subject, cell, code, each, table};
use crate::source::Span;
use crate::syntax::ast::{ItemKind, Text};

/// The tables of a page, empty ones included.
pub(super) fn sections(subject: Subject<'_>) -> Vec<String> {
    vec![inputs(subject), hosts(subject), classes(subject), effects(subject), rules(subject), programs(subject)]
}

fn inputs(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| match &item.kind {
        ItemKind::Input(input) => {
            let default = input.default.as_ref().map_or("required".to_owned(), |value| shown(subject, value.span));
            Some(vec![code(&input.name.text), shown(subject, input.ty.span), default, cell(&item.doc)])
        }
        _ => None,
    });
    table("Inputs", &["input", "type", "default", ""], &rows)
}

fn hosts(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| {
        let (number, decl) = match &item.kind {
            ItemKind::Host(decl) => ("exactly one", decl),
            ItemKind::Hosts(decl) => ("any number", decl),
            _ => return None,
        };
        let selector = shown(subject, decl.selector.span);
        Some(vec![code(&decl.name.text), number.to_owned(), selector, cell(&item.doc)])
    });
    table("Hosts", &["name", "how many", "which", ""], &rows)
}

fn classes(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| match &item.kind {
        ItemKind::Class(class) => {
            let facts = class.facts.as_ref().map_or(String::new(), |facts| shown(subject, facts.span));
            Some(vec![code(&class.name.text), title(class.title.as_ref()), facts, cell(&item.doc)])
        }
        _ => None,
    });
    table("Classes of hosts", &["class", "called", "every one of them is", ""], &rows)
}

fn effects(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| match &item.kind {
        ItemKind::Effect(effect) => Some(vec![code(&effect.name.text), title(effect.title.as_ref()), cell(&item.doc)]),
        _ => None,
    });
    table("Effects", &["effect", "of what", ""], &rows)
}

fn rules(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| match &item.kind {
        ItemKind::Forbid(forbid) => {
            let selector = shown(subject, forbid.on.span);
            Some(vec![code(&forbid.effect.text), selector, title(forbid.because.as_ref()), cell(&item.doc)])
        }
        _ => None,
    });
    table("Forbidden", &["effect", "on", "because", ""], &rows)
}

fn programs(subject: Subject<'_>) -> String {
    let rows = each(subject.file, |item| match &item.kind {
        ItemKind::Program(program) => {
            let commands = program.commands.iter().filter_map(Text::literal).map(|command| code(&command));
            let effects = program.effects.iter().map(|effect| code(&effect.text));
            Some(vec![cell(&commands.collect::<Vec<_>>().join(", ")), effects.collect::<Vec<_>>().join(", ")])
        }
        _ => None,
    });
    table("Programs", &["a command that begins with", "does"], &rows)
}

fn shown(subject: Subject<'_>, span: Span) -> String {
    cell(&code(subject.sources.slice(span)))
}

fn title(text: Option<&Text>) -> String {
    text.and_then(Text::literal).map_or(String::new(), |text| cell(&text))
}
