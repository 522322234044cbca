//! What may stand at the cursor, by the words before it: the text can often not be read there.

use super::before::Before;
use super::in_test;
use crate::check::Kind;

/// What may stand at the cursor, by what stands before it.
pub(super) enum Place<'t> {
    Declaration,
    Statement,
    Value,
    Selector,
    Module,
    Type,
    Group,
    Member(Vec<&'t str>),
    /// Names of these kinds.
    Named(&'static [Kind]),
    Effect,
    /// The name of a host, in quotes or to be put there.
    HostName,
    /// The leading words of a command.
    Command,
    /// The name of a shipped file.
    Shipped,
    Clause,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A selector of a test, which has hosts of these names.
    TestHosts(Vec<&'t str>),
    Nothing,
}

/// What may stand behind what is written.
pub(super) fn place<'t>(before: &Before<'t>) -> Place<'t> {
    if before.in_comment() {
        return Place::Nothing;
    }
    if before.in_text().is_some() {
        return place_in_text(before);
    }
    if let Some(owner) = before.owner() {
        return Place::Member(owner);
    }
    if let Some(place) = in_test::place(before) {
        return place;
    }
    let line = before.line_words();
    if line.first() == Some(&"use") {
        return if line.contains(&"as") { Place::Nothing } else { Place::Module };
    }
    if let Some(place) = by_word_before(before) {
        return place;
    }
    match (before.in_block(), before.begins_line()) {
        (true, true) => Place::Statement,
        (true, false) => Place::Value,
        (false, true) if line.is_empty() && !before.text.ends_with(' ') => Place::Declaration,
        (false, _) => in_header(before),
    }
}

/// What the words directly before ask for, wherever they stand.
fn by_word_before<'t>(before: &Before<'t>) -> Option<Place<'t>> {
    let back: Vec<&str> = before.back().take(4).collect();
    Some(match back.as_slice() {
        ["(", "group", ..] => Place::Group,
        ["=", "=", "name", ..] => Place::HostName,
        ["=", "=" | "!", "class", ..] => Place::Named(&[Kind::Class]),
        ["=", "=" | "!", "arch", ..] => Place::Named(&[Kind::Hosts]),
        [
            "let" | "for" | "rescue" | "stage" | "task" | "input" | "host" | "hosts" | "class" | "effect" | "condition"
            | "type",
            ..,
        ] => Place::Nothing,
        ["expects" | "leaves", ..] | ["not", "expects" | "leaves", ..] => Place::Named(&[Kind::Condition]),
        ["forbids" | "does" | "forbid", ..] => Place::Effect,
        ["after", ..] => Place::Named(&[Kind::Stage]),
        ["on" | "needs", ..] => Place::Selector,
        [">", "-", ..] | ["as", ..] | [":", _, "let", ..] => Place::Type,
        ["not" | "and" | "or" | "(", ..] if in_selector(before) => Place::Selector,
        ["in", ..] => Place::Value,
        _ => return None,
    })
}

/// Whether the words of the line up to the cursor are those of a selector.
fn in_selector(before: &Before<'_>) -> bool {
    for word in before.back() {
        match word {
            "on" | "needs" => return true,
            "and" | "or" | "not" | "(" | ")" | "." | "=" | "<" | ">" | "!" | "group" => {}
            "host" | "hosts" | "class" => return true,
            "{" | "}" | "," | "let" | "if" | "assert" | "print" | "return" => return false,
            _ => {}
        }
    }
    false
}

fn in_header<'t>(before: &Before<'t>) -> Place<'t> {
    let words: Vec<&str> = before.back().collect();
    let (last, first) = (words.first().copied(), words.last().copied());
    match (first, last) {
        (Some("host" | "hosts" | "class"), Some("=")) => Place::Selector,
        (Some("input" | "task" | "extern" | "type"), Some(":" | "[")) => Place::Type,
        (Some("input"), Some("=")) => Place::Value,
        (Some("stage"), Some(",")) if words.contains(&"after") => Place::Named(&[Kind::Stage]),
        (Some("stage"), Some(",")) => Place::Selector,
        (Some("program"), Some(",")) if words.contains(&"does") => Place::Effect,
        (Some("task" | "extern"), Some("," | "(")) => Place::Nothing,
        (
            Some("stage" | "task" | "extern" | "condition" | "host" | "hosts" | "class" | "forbid" | "program"),
            Some(_),
        ) => Place::Clause,
        _ => Place::Nothing,
    }
}

fn place_in_text<'t>(before: &Before<'t>) -> Place<'t> {
    let back: Vec<&str> = before.back().skip(1).take(3).collect();
    match back.as_slice() {
        ["=", "=", "name", ..] => Place::HostName,
        ["(", "shipped", ..] => Place::Shipped,
        ["sh", ..] | ["(", "sh", ..] | ["program", ..] => Place::Command,
        [",", ..] if before.line_words().first() == Some(&"program") => Place::Command,
        _ => Place::Nothing,
    }
}
