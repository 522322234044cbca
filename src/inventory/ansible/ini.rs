//! Ansible's INI inventories, by `grammar/ansible-inventory.pest`.

use pest::Parser;
use pest::iterators::Pair;

use super::messages;
use super::model::{Model, Var, Vars};
use super::range;
use crate::inventory::node::{Node, Value, parse_document};
use crate::source::{FileId, Span};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/ansible-inventory.pest"]
struct IniParser;

/// What the lines below a section are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Hosts,
    Children,
    Vars,
    /// It was refused, and so nothing is said of its lines.
    Unknown,
}

pub(super) fn read(model: &mut Model, file: FileId, text: &str) {
    let Ok(mut pairs) = IniParser::parse(Rule::file, text) else { return };
    let mut ini = Ini { model, file, group: String::from("ungrouped"), section: Section::Hosts, open: Vec::new() };
    for line in pairs.next().into_iter().flat_map(Pair::into_inner) {
        match line.as_rule() {
            Rule::section => ini.section(line),
            Rule::entry => ini.entry(&line),
            _ => {}
        }
    }
    ini.undeclared();
}

struct Ini<'m> {
    model: &'m mut Model,
    file: FileId,
    group: String,
    section: Section,
    /// Groups that are spoken of and perhaps never declared: the name, and where it is a child, of which group.
    open: Vec<(String, Span, Option<String>)>,
}

impl Ini<'_> {
    fn span(&self, pair: &Pair<'_, Rule>, offset: usize) -> Span {
        let start = offset + pair.as_span().start();
        Span::new(self.file, start, start + pair.as_str().trim_end().len())
    }

    fn section(&mut self, pair: Pair<'_, Rule>) {
        let mut parts = pair.into_inner();
        let Some(name) = parts.next() else { return };
        let kind = parts.next();
        self.group = name.as_str().to_owned();
        self.section = match kind.as_ref().map(Pair::as_str) {
            None | Some("hosts") => Section::Hosts,
            Some("children") => Section::Children,
            Some("vars") => Section::Vars,
            Some(other) => {
                let at = kind.as_ref().map_or(self.span(&name, 0), |kind| self.span(kind, 0));
                self.model.report(messages::unknown_section(at, self.group.as_str(), other));
                Section::Unknown
            }
        };
        match self.section {
            Section::Vars => self.open.push((self.group.clone(), self.span(&name, 0), None)),
            Section::Hosts | Section::Children => self.model.declare(&self.group),
            Section::Unknown => {}
        }
    }

    fn entry(&mut self, line: &Pair<'_, Rule>) {
        let (text, at) = (line.as_str().trim_end(), line.as_span().start());
        if text.starts_with('[') && text.ends_with(']') {
            self.section = Section::Unknown;
            return self.model.report(messages::bad_section(self.span(line, 0)));
        }
        match self.section {
            Section::Hosts => self.host(text, at),
            Section::Children => self.child(text, at),
            Section::Vars => self.variable(text, at),
            Section::Unknown => {}
        }
    }

    fn host(&mut self, text: &str, at: usize) {
        let Ok(mut pairs) = IniParser::parse(Rule::host_line, text) else {
            return self.model.report(messages::open_quote(Span::new(self.file, at, at + text.len())));
        };
        let words = pairs.next().into_iter().flat_map(Pair::into_inner).filter(|word| word.as_rule() == Rule::word);
        let words: Vec<(String, Span)> = words.map(|word| (unquoted(&word), self.span(&word, at))).collect();
        let Some(((pattern, span), rest)) = words.split_first() else { return };
        let text_at = |span: Span| text.get(span.start as usize - at..span.end as usize - at).unwrap_or_default();
        let mut vars = Vars::new();
        let (names, port) = range::split_port(pattern);
        if let Some(port) = port {
            let start = span.end as usize - port.len().min(span.range().len());
            let at = Span::new(self.file, start, span.end as usize);
            vars.insert(String::from("ansible_port"), Var::of_text(port, true, at));
        }
        for (word, span) in rest {
            match word.split_once('=') {
                Some((name, text)) => {
                    // Quotes and backslashes of the name stand in the line, not in the name.
                    let written = text_at(*span).find('=').map_or(0, |sign| sign + 1);
                    let at = Span::new(self.file, span.start as usize + written, span.end as usize);
                    vars.insert(name.to_owned(), value(text, at));
                }
                None => return self.model.report(messages::no_assignment(*span, word)),
            }
        }
        match range::expand(names) {
            Ok(names) => names.iter().for_each(|name| self.model.add_host(&self.group, name, *span, &vars)),
            Err(fault) => self.model.report(messages::bad_range(*span, pattern, fault)),
        }
    }

    fn child(&mut self, text: &str, at: usize) {
        let parsed = IniParser::parse(Rule::child_line, text).ok().and_then(|mut pairs| pairs.next());
        let Some(name) = parsed.and_then(|line| line.into_inner().next()) else {
            return self.model.report(messages::bad_child(Span::new(self.file, at, at + text.len()), &self.group));
        };
        let span = self.span(&name, at);
        self.open.push((name.as_str().to_owned(), span, Some(self.group.clone())));
        self.model.group(&self.group).children.push((name.as_str().to_owned(), span));
    }

    fn variable(&mut self, text: &str, at: usize) {
        let parsed = IniParser::parse(Rule::variable_line, text).ok().and_then(|mut pairs| pairs.next());
        let mut parts = parsed.into_iter().flat_map(Pair::into_inner);
        let (Some(key), Some(text_of)) = (parts.next(), parts.next()) else {
            let span = Span::new(self.file, at, at + text.len());
            return self.model.report(messages::no_assignment(span, text));
        };
        let var = value(text_of.as_str(), self.span(&text_of, at));
        self.model.set(&self.group, key.as_str().trim(), var);
    }

    /// A group is declared by a section of its own; that others speak of it is not enough.
    fn undeclared(self) {
        for (name, span, parent) in self.open {
            if !self.model.is_declared(&name) {
                self.model.report(messages::undeclared_group(span, &name, parent.as_deref()));
            }
        }
    }
}

/// A word without its quotes.
fn unquoted(word: &Pair<'_, Rule>) -> String {
    let mut text = String::new();
    for part in word.clone().into_inner() {
        match part.as_rule() {
            Rule::single | Rule::double => part.into_inner().for_each(|inner| match inner.as_rule() {
                Rule::double_escape => text.push_str(&inner.as_str()[1..]),
                _ => text.push_str(inner.as_str()),
            }),
            Rule::escaped => text.push_str(&part.as_str()[1..]),
            _ => text.push_str(part.as_str()),
        }
    }
    text
}

/// A value, which Ansible reads as a literal of Python where it is one.
fn value(text: &str, span: Span) -> Var {
    let literal = without_comment(text);
    if let Some(inner) = quoted(literal) {
        return Var::of_text(&inner, false, span);
    }
    if literal.starts_with(['[', '{', '('])
        && !literal.starts_with("{{")
        && let Some(node) = collection(literal, span)
    {
        return Var { node, file: span.file, span, is_unsafe: false };
    }
    match literal {
        "None" => Var::of_text("null", true, span),
        _ if is_literal(literal) => Var::of_text(literal, true, span),
        _ => Var::of_text(text, false, span),
    }
}

/// Python's comment behind a literal; behind a word of text it is text.
fn without_comment(text: &str) -> &str {
    match text.split_once('#') {
        Some((literal, _)) if is_literal(literal.trim_end()) || quoted(literal.trim_end()).is_some() => {
            literal.trim_end()
        }
        _ => text,
    }
}

fn is_literal(text: &str) -> bool {
    // Python reads no whole number that begins with a zero: such a value is a text.
    let digits = text.trim_start_matches('-');
    let is_padded = digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|digit| digit.is_ascii_digit());
    matches!(text, "True" | "False" | "None")
        || !is_padded && text.parse::<f64>().is_ok() && text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// The text of a literal in quotes.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = text.get(1..)?.strip_suffix(quote)?;
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                c @ ('\\' | '\'' | '"') => out.push(c),
                c => out.extend(['\\', c]),
            },
            c if c == quote => return None,
            c => out.push(c),
        }
    }
    Some(out)
}

/// Python writes lists and dictionaries as YAML may.
fn collection(text: &str, span: Span) -> Option<Node> {
    let as_yaml = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(|inner| format!("[{inner}]"));
    let document = parse_document(as_yaml.as_deref().unwrap_or(text));
    if document.error.is_some() {
        return None;
    }
    document.root.map(|root| placed(root, span))
}

/// A node of which every part is said to stand at one place: what a value holds has no place of its own in its file.
fn placed(node: Node, span: Span) -> Node {
    let value = match node.value {
        Value::Sequence(items) => Value::Sequence(items.into_iter().map(|item| placed(item, span)).collect()),
        Value::Mapping(entries) => {
            let entry = |(key, value)| (placed(key, span), placed(value, span));
            Value::Mapping(entries.into_iter().map(entry).collect())
        }
        scalar @ Value::Scalar { .. } => scalar,
    };
    Node { range: span.range(), value, ..node }
}
