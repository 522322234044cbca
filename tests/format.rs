//! Formatting: what it makes of texts, that it says the same, and the command.
//!
//! For each `tests/format/*.flow` what it becomes is kept beside it, as `.formatted`; it is written there anew with
//! `INSTA_UPDATE=always`.

mod command;
mod random;

use std::path::{Path, PathBuf};

use flowrun::diagnostic::Diagnostic;
use flowrun::source::{SourceMap, Span};
use flowrun::syntax::ast::ItemKind;
use flowrun::syntax::{self, NoLayout, ast};

use crate::cases::files_below;

/// The text as it is formatted; none where it cannot be read.
fn formatted(text: &str) -> Option<String> {
    let mut sources = SourceMap::new();
    let file = sources.add("test.flow", text);
    match syntax::format(&sources, file) {
        Ok(formatted) => Some(formatted),
        Err(NoLayout::Unread(_)) => None,
        Err(NoLayout::Fault) => panic!("formatted it would not say the same:\n{text}"),
    }
}

/// A tree, its places left out, and its comments in their order.
fn said(text: &str) -> (String, Vec<String>) {
    let mut sources = SourceMap::new();
    let file = sources.add("test.flow", text);
    let (ast::File { items, comments, .. }, diagnostics) = syntax::parse(&sources, file);
    assert!(!diagnostics.iter().any(Diagnostic::is_error), "{diagnostics:?}\n{text}");
    let comments = comments.iter().map(|comment| sources.slice(comment.span).trim_end().to_owned());
    (without_places(&format!("{items:?}")), comments.collect())
}

/// A debug text without its spans.
fn without_places(text: &str) -> String {
    let mut parts = text.split("Span { file: FileId(");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str(part.split_once(" }").unwrap().1);
    }
    kept
}

/// Whether an empty line stands between two declarations or two statements of a body, for each two.
fn groups(text: &str) -> Vec<bool> {
    let mut sources = SourceMap::new();
    let file = sources.add("test.flow", text);
    let (tree, _) = syntax::parse(&sources, file);
    let mut neighbours: Vec<Vec<Span>> = vec![tree.items.iter().map(|item| item.span).collect()];
    for item in &tree.items {
        let body = match &item.kind {
            ItemKind::Condition(condition) => Some(&condition.probe),
            ItemKind::Task(task) => task.body.as_ref(),
            ItemKind::Stage(stage) => Some(&stage.body),
            _ => None,
        };
        let statements = body.into_iter().flat_map(|body| &body.statements);
        neighbours.push(statements.map(|statement| statement.span).collect());
    }
    let text = sources.get(file).unwrap().text();
    let is_apart = |pair: &[Span]| {
        let between = &text[pair[0].end as usize..pair[1].start as usize];
        let lines: Vec<&str> = between.split('\n').collect();
        lines.len() > 2 && lines[1..lines.len() - 1].iter().any(|line| line.trim().is_empty())
    };
    neighbours.iter().flat_map(|spans| spans.windows(2).map(is_apart)).collect()
}

/// Asserts what holds of every text that can be read, and gives what it becomes.
fn assert_keeps(text: &str) -> String {
    let once = formatted(text).unwrap_or_else(|| panic!("it cannot be read:\n{text}"));
    let twice = formatted(&once).unwrap_or_else(|| panic!("formatted it cannot be read:\n{text}\n---\n{once}"));
    assert_eq!(once, twice, "formatted twice it is another text than formatted once:\n{text}");
    let ((tree, comments), (tree_after, comments_after)) = (said(text), said(&once));
    assert_eq!(tree, tree_after, "it does not mean the same:\n{text}\n---\n{once}");
    assert_eq!(comments, comments_after, "its comments are others:\n{text}\n---\n{once}");
    let is_lost = |(before, after): (bool, bool)| before && !after;
    let lost = groups(text).into_iter().zip(groups(&once)).position(is_lost);
    assert_eq!(lost, None, "an empty line between two groups is lost:\n{text}\n---\n{once}");
    once
}

#[test]
fn each_text_becomes_what_stands_beside_it() {
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|set| set == "always");
    for path in files_below(Path::new("tests/format"), "flow") {
        let found = assert_keeps(&std::fs::read_to_string(&path).unwrap());
        let beside = path.with_extension("formatted");
        if update {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        assert_eq!(found, expected, "{}", path.display());
    }
}

fn shipped() -> Vec<PathBuf> {
    ["stdlib", "workflows"].iter().flat_map(|folder| files_below(Path::new(folder), "flow")).collect()
}

#[test]
fn shipped_files_are_formatted() {
    for path in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(assert_keeps(&text), text, "{}", path.display());
    }
}

/// Every text of this repository that can be read, the inputs of other tests included.
#[test]
fn every_text_keeps_its_meaning_and_its_comments() {
    let cases = files_below(Path::new("tests"), "flow").into_iter().chain(shipped());
    let texts = cases.map(|path| std::fs::read_to_string(path).unwrap());
    let read: Vec<String> = texts.filter(|text| formatted(text).is_some()).collect();
    assert!(read.len() > 200, "only {} texts can be read", read.len());
    for text in read {
        assert_keeps(&text);
        assert_keeps(&text.replace('\n', "\r\n"));
    }
}

#[test]
fn what_cannot_be_read_has_no_layout() {
    for text in
        ["stage", "stage a on all {", "use std/a\nstge b on all {\n}\n", "stage a on all {\n    let = 1\n}\n", "}"]
    {
        assert_eq!(formatted(text), None, "{text}");
    }
}

#[test]
fn line_breaks_are_those_of_the_first_line() {
    assert_eq!(formatted("use   std/a\r\n# b\nuse std/c").unwrap(), "use std/a\r\n# b\r\nuse std/c\r\n");
    assert_eq!(formatted("use   std/a\n# b\r\nuse std/c").unwrap(), "use std/a\n# b\nuse std/c\n");
    // The first one of all stands in a string, which keeps it.
    let in_text = "stage s on all { print \"\"\"a\nb\"\"\" }\r\n";
    let expected = "stage s on all {\r\n    print \"\"\"a\nb\"\"\"\r\n}\r\n";
    assert_eq!(assert_keeps(in_text), expected);
    let with_text = "stage s on all {\r\n  print \"\"\"\r\n a\n b\r\n\"\"\"\r\n}\r\n";
    let expected = "stage s on all {\r\n    print \"\"\"\r\n a\n b\r\n\"\"\"\r\n}\r\n";
    assert_eq!(formatted(with_text).unwrap(), expected);
    // A string at the end of the first line, whose break is not its own.
    let at_end = "stage s on name == \"a\"\r\n    after t {\r\n}\r\n";
    assert_eq!(assert_keeps(at_end), "stage s on name == \"a\"\r\n    after t\r\n{}\r\n");
}

#[test]
fn an_empty_text_stays_empty() {
    assert_eq!(formatted("").unwrap(), "");
    assert_eq!(formatted(" \n\n\t\n").unwrap(), "");
    assert_eq!(formatted("# alone").unwrap(), "# alone\n");
}

/// The nesting that the parser takes is no danger here.
#[test]
fn deep_and_long_texts_are_formatted() {
    let deep = format!("stage s on all {{\n    let x = {}1{}\n}}\n", "[".repeat(98), "]".repeat(98));
    let long = format!("hosts many = not {}a and {}\n", "not ".repeat(999), vec!["group(a)"; 450].join(" and "));
    let chain = format!("stage s on all {{\n    if true {{\n    }}{}\n}}\n", " else if true {\n    }".repeat(190));
    for text in [deep, long, chain] {
        assert_keeps(&text);
    }
}
