//! What may stand at the cursor in a test, whose words mean something there and nowhere else.

use super::before::Before;
use super::place::Place;
use crate::check::Kind;
use crate::syntax::{DECLARATIONS, TEST_STATEMENTS};

const EXPECTED: &[&str] = &["command", "output", "file", "ok", "changed", "failed", "refusal", "no"];
const FACTS: &[&str] = &[
    "arch", "class", "mem", "cores", "os", "groups", "address", "mounts", "vars", "power", "local", "measured", "off",
];

/// What may stand behind what is written, where that is said otherwise in a test than elsewhere.
pub(super) fn place<'t>(before: &Before<'t>) -> Option<Place<'t>> {
    if before.header() != Some("test") {
        return None;
    }
    match before.open().as_slice() {
        [_] | [_, ("(", _), ..] => Some(statement(before)),
        [_, ("{", "host")] => Some(fact(before)),
        // A test within a test is none.
        [_, ("{", "expect")] if before.begins_line() => {
            Some(Place::Words(DECLARATIONS.split_last().map_or(DECLARATIONS, |(_test, others)| others)))
        }
        [] | [_, ("{", "run" | "expect"), ..] => None,
        [_, ..] => Some(Place::Nothing),
    }
}

fn statement<'t>(before: &Before<'t>) -> Place<'t> {
    let line = before.line_words();
    let written = match line.as_slice() {
        // A test in one line.
        ["test", _, "{", written @ ..] => written,
        written => written,
    };
    match written {
        [] => Place::Words(TEST_STATEMENTS),
        ["run"] => Place::Words(&["stage", "on"]),
        ["run", "stage", .., ","] | ["run" | "expect", .., "stage"] => Place::Named(&[Kind::Stage]),
        ["input"] => Place::Named(&[Kind::Input]),
        ["expect"] => Place::Words(EXPECTED),
        ["expect", "no"] => Place::Words(&["command", "output", "file"]),
        ["expect", "ok" | "failed"] | ["expect", "failed", _] => Place::Words(&["stage", "on"]),
        [.., "group", "("] => Place::Group,
        [.., "class", "=" | "!", "="] => Place::Named(&[Kind::Class]),
        [.., "arch", "=" | "!", "="] => Place::Named(&[Kind::Hosts]),
        [.., "on" | "and" | "or" | "not" | "("] if written.contains(&"on") => Place::TestHosts(before.test_hosts()),
        _ => Place::Nothing,
    }
}

fn fact<'t>(before: &Before<'t>) -> Place<'t> {
    let back: Vec<&str> = before.back().take(2).collect();
    match back.as_slice() {
        ["{" | ",", ..] => Place::Words(FACTS),
        [":", "class"] => Place::Named(&[Kind::Class]),
        [":", "arch"] => Place::Named(&[Kind::Hosts]),
        [":", "local" | "off"] => Place::Words(&["true", "false"]),
        _ => Place::Nothing,
    }
}
