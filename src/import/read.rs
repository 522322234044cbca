//! What is common to reading plays and tasks: nodes with their places.

use std::rc::Rc;

use crate::inventory::node::{Node, Value as Yaml};
use crate::source::{FileId, Span};

/// A text that is read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: FileId,
    pub(super) name: String,
    pub(super) text: Rc<str>,
    /// Whether other tasks take it in, so that what it registers may be used anywhere.
    pub(super) is_included: bool,
}

impl Source {
    /// The first line of a node.
    pub(super) fn span(&self, node: &Node) -> Span {
        let range = node.range.clone();
        let line = self.text.get(range.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
        Span::new(self.file, range.start, range.start + line.trim_end().len())
    }

    /// Whether a word stands behind a node.
    pub(super) fn speaks_of(&self, word: &str, behind: &Node) -> bool {
        self.is_included || self.text.get(behind.range.end..).is_some_and(|rest| rest.contains(word))
    }

    /// `name:line` of a node.
    pub(super) fn location(&self, node: &Node) -> String {
        format!("{}:{}", self.name, node.line)
    }

    /// The lines of a node, the least indentation taken off.
    pub(super) fn lines(&self, node: &Node) -> Vec<String> {
        let line = self.text.get(..node.range.start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        let before = self.text.get(line..node.range.start).unwrap_or_default();
        // What stands within a line is shown without what stands before it.
        let start = if before.chars().all(|c| c == ' ' || c == '-') { line } else { node.range.start };
        let text = self.text.get(start..node.range.end).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let least = lines.iter().map(indent).min().unwrap_or(0);
        lines.iter().map(|line| line.get(least..).unwrap_or_default().to_owned()).collect()
    }
}

/// The entries of a mapping with their names; none where it is no mapping.
pub(super) fn fields(node: &Node) -> Vec<(&str, &Node)> {
    match &node.value {
        Yaml::Mapping(entries) => crate::inventory::node::merged(entries)
            .into_iter()
            .filter_map(|(key, value)| Some((key.text()?, value)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The elements of a list; a single value is a list of one.
pub(super) fn items(node: &Node) -> Vec<&Node> {
    match &node.value {
        Yaml::Sequence(items) => items.iter().collect(),
        _ if node.is_null() => Vec::new(),
        _ => vec![node],
    }
}

/// Whether a value of YAML is a yes; none where it is neither yes nor no.
pub(super) fn truth(node: &Node) -> Option<bool> {
    match node.text()?.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a scalar without quotes is a truth value of YAML 1.1, which Ansible reads.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// Where the words of `a=b c="d e" {{ f }}` stand: blanks do not end one within quotes or braces. A quote behind a
/// backslash is none.
pub(super) fn spans(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut spans = Vec::new();
    let (mut quote, mut depth, mut before, mut start) = (None, 0_usize, ' ', None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (_, '"' | '\'') if before == '\\' => {}
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        before = c;
        let ends = c.is_whitespace() && quote.is_none() && depth == 0;
        match start {
            Some(from) if ends => {
                spans.push(from..at);
                start = None;
            }
            None if !ends => start = Some(at),
            _ => {}
        }
    }
    spans.extend(start.map(|from| from..text.len()));
    spans
}

/// Splits `a=b c="d e" {{ f }}` at its blanks.
pub(super) fn words(text: &str) -> Vec<String> {
    spans(text).into_iter().map(|span| text[span].to_owned()).collect()
}

/// A value of `name=value` without its quotes.
pub(super) fn unquoted(text: &str) -> &str {
    let is_escaped = text.len() > 2 && text.ends_with(['"', '\'']) && text[..text.len() - 1].ends_with('\\');
    let inner = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    if is_escaped { text } else { inner('"').or_else(|| inner('\'')).unwrap_or(text) }
}

/// What Ansible makes of the escapes in a word of `name=value`.
///
/// # Errors
/// Where a character is told by its number, in words.
pub(super) fn unescaped(word: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().filter(|_| c == '\\');
        let plain = match next {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some(c @ ('\\' | '\'' | '"')) => c,
            Some('a' | 'b' | 'f' | 'v' | 'x' | 'u' | 'U' | 'N') => {
                return Err(format!("`{word}` has an escape: write the arguments as a mapping"));
            }
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push(plain);
        chars.next();
    }
    Ok(out)
}
