//! `$name` in texts: what may be meant for a value of the workflow.

use super::{Context, messages};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Argument, ExprKind, Text, TextPart};

/// `$name` or `${name}`.
#[derive(Clone, Debug)]
pub(super) struct Dollar {
    pub(super) name: String,
    pub(super) span: Span,
    /// Whether a shell reads it.
    pub(super) in_command: bool,
}

pub(super) fn value_as_variable(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let dollars = context.uses.iter().flatten().flat_map(|uses| &uses.dollars);
    found.extend(dollars.map(messages::value_as_variable));
}

/// Those of a text that is printed.
pub(super) fn printed(text: &Text) -> Vec<Dollar> {
    written(text, false)
}

/// Those of a command that nothing there sets.
pub(super) fn in_command(arguments: &[Argument]) -> Vec<Dollar> {
    let Some(ExprKind::Text(text)) = arguments.first().map(|first| &first.value.kind) else { return Vec::new() };
    let mut found = written(text, true);
    found.retain(|dollar| !is_set(text, &dollar.name) && !is_in_environment(arguments, &dollar.name));
    found
}

/// Whether a text speaks of a name otherwise than by `$name`: it may be set there.
fn is_set(text: &Text, name: &str) -> bool {
    let of_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let literals = text.parts.iter().filter_map(|part| match part {
        TextPart::Literal(literal, _) => Some(&**literal),
        TextPart::Splice(_) => None,
    });
    literals.into_iter().any(|literal| {
        literal.match_indices(name).any(|(at, _)| {
            let (before, behind) = (&literal[..at], &literal[at + name.len()..]);
            !before.ends_with(of_name)
                && !behind.starts_with(of_name)
                && !before.ends_with('$')
                && !before.ends_with("${")
        })
    })
}

/// Whether `env:` may give a variable. What all shells have is written in capitals.
fn is_in_environment(arguments: &[Argument], name: &str) -> bool {
    let given = arguments.iter().find(|argument| argument.name.as_ref().is_some_and(|name| name.text == "env"));
    let given = given.or_else(|| arguments.get(2)).is_some_and(|env| match &env.value.kind {
        ExprKind::Record(variables) => variables.iter().any(|(key, _)| key.text == name),
        _ => true,
    });
    given || !name.contains(|sign: char| sign.is_ascii_lowercase())
}

fn written(text: &Text, in_command: bool) -> Vec<Dollar> {
    let mut found = Vec::new();
    let (mut before, mut single, mut double) = (' ', false, false);
    for part in &text.parts {
        let TextPart::Literal(literal, span) = part else {
            before = ' ';
            continue;
        };
        for (at, sign) in literal.char_indices() {
            match sign {
                _ if before == '\\' && in_command => {
                    before = ' ';
                    continue;
                }
                '\'' if !double => single = !single,
                '"' if !single => double = !double,
                '$' if before != '$' && !(single && in_command) => {
                    let place = Span { start: span.start + u32::try_from(at).unwrap_or(0), ..*span };
                    let exact = literal.len() == span.range().len();
                    found.extend(variable(&literal[at..], if exact { place } else { *span }, in_command));
                }
                _ => {}
            }
            before = sign;
        }
    }
    found
}

/// The variable that a text begins with.
fn variable(text: &str, place: Span, in_command: bool) -> Option<Dollar> {
    let braced = text.strip_prefix("${");
    let rest = braced.or_else(|| text.strip_prefix('$'))?;
    let of_name = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
    let name = &rest[..rest.find(|sign| !of_name(sign)).unwrap_or(rest.len())];
    let name = name.trim_end_matches('-');
    let is_whole = braced.is_none() || rest[name.len()..].starts_with('}');
    if !is_whole || !name.starts_with(|sign: char| sign.is_ascii_alphabetic()) {
        return None;
    }
    let length = name.len() + if braced.is_some() { "${}".len() } else { "$".len() };
    let end = place.end.min(place.start + u32::try_from(length).unwrap_or(0));
    Some(Dollar { name: name.to_owned(), span: Span { end, ..place }, in_command })
}
