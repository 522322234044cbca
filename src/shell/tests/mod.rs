//! Tables of texts and what they run, and properties that hold for any text.

mod contexts;
mod positions;
mod programs;
mod properties;
mod remarks;
mod through;

use super::*;

/// A template from text with splices written as `{{0}}`.
fn template(text: &str) -> Template {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        // Of three braces the first belongs to the text.
        let brace = if after.starts_with('{') { "{" } else { "" };
        let (index, behind) = after[brace.len()..].split_once("}}").unwrap();
        parts.push(Part::Text(before.to_owned() + brace));
        parts.push(Part::Splice(index.parse().unwrap()));
        rest = behind;
    }
    parts.push(Part::Text(rest.to_owned()));
    Template { parts }
}

/// The programs of a text in one line: `name`, `{0}` for a spliced one, `<$CC>` for a dynamic one, and a `?` behind one
/// that is only possible.
fn programs(text: &str) -> String {
    let analysis = analyse(&template(text));
    let shown = analysis.programs.iter().map(|invocation| {
        let name = match &invocation.program {
            Program::Known(name) => name.clone(),
            Program::Spliced(index) => format!("{{{index}}}"),
            Program::Dynamic(text) => format!("<{text}>"),
        };
        name + if invocation.possible { "?" } else { "" }
    });
    let errors = analysis.errors.iter().map(|error| format!("error: {}", error.message));
    shown.chain(errors).collect::<Vec<_>>().join(" ")
}

/// Compares each text with the programs that it is said to run, and shows every difference at once.
fn assert_programs(table: &[(&str, &str)]) {
    let wrong = table.iter().filter(|(text, expected)| programs(text) != *expected);
    let shown: Vec<_> = wrong.map(|(text, expected)| format!("{text:?}: {}, not {expected}", programs(text))).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}
