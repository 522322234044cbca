//! The reference of a module, as Markdown, from its declarations and the comments above them. Nothing is read or written
//! here: a page is a function of a tree and its text.

mod declaration;
mod tables;

use crate::source::SourceMap;
use crate::syntax::ast::{File, Item, ItemKind};

/// A module to be described.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What a `use` calls it, for example `std/pump`; for a workflow its file.
    pub title: &'a str,
    /// The name before the dot of what it declares; none where nothing stands before it, as for the prelude.
    pub prefix: Option<&'a str>,
    /// Its tree.
    pub file: &'a File,
    /// The texts that the tree's spans are of.
    pub sources: &'a SourceMap,
    /// The effects of the tasks of all modules, by where their names are declared.
    pub effects: &'a Effects,
}

/// What tasks do, by where their names are declared.
pub type Effects = std::collections::HashMap<crate::source::Span, Vec<String>>;

/// The page of a module.
#[must_use]
pub fn page(subject: Subject<'_>) -> String {
    let mut page = format!("# {}\n", subject.title);
    add(&mut page, &about(subject.file, subject.sources));
    if subject.title.starts_with("std/") && subject.prefix.is_some() {
        add(&mut page, &format!("```flow\nuse {}\n```", subject.title));
    }
    for section in tables::sections(subject).into_iter().chain(declaration::sections(subject)) {
        add(&mut page, &section);
    }
    page
}

/// The list of several pages: for each its title, the name of its file and the first sentence about it.
#[must_use]
pub fn index(title: &str, pages: &[(&str, &str, String)]) -> String {
    let lines =
        pages.iter().map(|(title, file, about)| format!("| [`{title}`]({file}) | {} |\n", cell(sentence(about))));
    format!("# {title}\n\n| module | |\n| --- | --- |\n{}", lines.collect::<String>())
}

/// What a file says of itself: the `##` lines at its top, with a blank line or a `use` below them.
#[must_use]
pub fn about(file: &File, sources: &SourceMap) -> String {
    let text = sources.get(file.id).map_or("", |source| source.text());
    let is_aside = |line: &&str| line.trim().is_empty() || (line.starts_with('#') && !line.starts_with("##"));
    let lines = text.lines().skip_while(is_aside).take_while(|line| line.starts_with("##"));
    let lines = lines.map(|line| line.trim_start_matches('#').trim_end());
    let about = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let is_of = |item: &Item| item.doc == about && !matches!(item.kind, ItemKind::Use(_));
    if file.items.first().is_some_and(is_of) { String::new() } else { about }
}

/// Adds a part to a page, a blank line before it; nothing for an empty one.
fn add(page: &mut String, part: &str) {
    if !part.is_empty() {
        page.push('\n');
        page.push_str(part);
        page.push('\n');
    }
}

/// The first sentence of a comment.
fn sentence(doc: &str) -> &str {
    let paragraph = doc.split("\n\n").next().unwrap_or("");
    let end = [". ", ".\n"].iter().filter_map(|end| paragraph.find(end)).min();
    end.map_or(paragraph, |end| &paragraph[..end]).trim_end_matches('.')
}

/// Text as it may stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Code as it may stand in a line.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A heading and a table below it, without the columns that are empty in every row; nothing without rows.
fn table(heading: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let filled: Vec<usize> =
        (0..columns.len()).filter(|column| rows.iter().any(|row| !row[*column].is_empty())).collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = filled.iter().map(|column| cell(*column)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let head = line(&|column| columns[column].to_owned()) + &line(&|_| "---".to_owned());
    let body: String = rows.iter().map(|row| line(&|column| row[column].clone())).collect();
    format!("## {heading}\n\n{head}{}", body.trim_end())
}

/// Those declarations of a file that a function knows what to say of.
fn each<'a, T>(file: &'a File, say: impl Fn(&'a Item) -> Option<T>) -> Vec<T> {
    file.items.iter().filter_map(say).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about_of(text: &str) -> String {
        let mut sources = SourceMap::new();
        let id = sources.add("a.flow", text);
        about(&crate::syntax::parse(&sources, id).0, &sources)
    }

    #[test]
    fn what_a_file_says_of_itself_stands_at_its_top_and_apart() {
        assert_eq!(about_of("# A licence.\n\n## A.\n## B.\n\ntask f() {}\n"), "A.\nB.");
        assert_eq!(about_of("## A.\nuse std/net\n"), "A.");
        assert_eq!(about_of("## Of f.\ntask f() {}\n"), "");
        assert_eq!(about_of("use std/net\n\n## Of f.\ntask f() {}\n"), "");
        assert_eq!(about_of(""), "");
    }

    #[test]
    fn a_sentence_ends_where_one_ends() {
        assert_eq!(sentence("Runs it. Then more."), "Runs it");
        assert_eq!(sentence("One\nline more.\n\nSecond."), "One\nline more");
        assert_eq!(sentence("About `a.b` and c"), "About `a.b` and c");
        assert_eq!(sentence(""), "");
    }
}
