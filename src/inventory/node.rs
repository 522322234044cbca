//! A YAML document as a tree that knows where everything stands.
//!
//! serde_yaml decodes values but gives no positions for them; the events of saphyr-parser do. The tree is built from
//! those events, as far as they go: a document that breaks off gives what stood before.

use std::collections::HashMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::source::MARK;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// The line where it begins, counted from one.
    pub line: usize,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A single value, as text.
    Scalar {
        /// Its text, with quotes, escapes and folding undone.
        text: String,
        /// Whether it stands there without quotes, so that it may be a number or nothing at all.
        plain: bool,
    },
    /// A list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the text, a repeated key included.
    Mapping(Vec<(Node, Node)>),
}

/// Why a text is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where: an offset in bytes.
    pub offset: usize,
    /// The line, counted from one.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The bracket that is open there, as an offset in bytes.
    pub opened: Option<usize>,
    /// How to mend it, where that can be told.
    pub help: Option<&'static str>,
}

/// A text's only document, as far as it could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its value; none where the text holds none.
    pub root: Option<Node>,
    /// Why the rest could not be read.
    pub error: Option<SyntaxError>,
}

impl Node {
    /// Its text, where it is a single value that is not nothing.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// What it is, for messages: `a list`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar { .. } if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
        }
    }

    /// Whether it is nothing: `key:` without a value, `~` or `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        match &self.value {
            Value::Scalar { text, plain } => *plain && matches!(&**text, "" | "~" | "null" | "Null" | "NULL"),
            _ => false,
        }
    }

    /// The value of a key, where it is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Mapping(entries) => {
                entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }
}

/// The entries, those of `<<` behind the others wherever no other sets the key, as YAML's merge key has it.
#[must_use]
pub fn merged(entries: &[(Node, Node)]) -> Vec<(&Node, &Node)> {
    let is_merge = |key: &Node| matches!(&key.value, Value::Scalar { text, plain: true } if text == "<<");
    let mut merged: Vec<(&Node, &Node)> =
        entries.iter().filter(|(key, _)| !is_merge(key)).map(|(key, value)| (key, value)).collect();
    for (_, source) in entries.iter().filter(|(key, _)| is_merge(key)) {
        let sources = match &source.value {
            Value::Sequence(sources) => sources.as_slice(),
            _ => std::slice::from_ref(source),
        };
        for source in sources {
            let Value::Mapping(inherited) = &source.value else { continue };
            for (key, value) in inherited {
                if !merged.iter().any(|(known, _)| known.value == key.value) {
                    merged.push((key, value));
                }
            }
        }
    }
    merged
}

/// Reads the only document of a text.
#[must_use]
pub fn parse_document(text: &str) -> Document {
    let offsets = Offsets::of(text);
    let mut builder = Builder { offsets: &offsets, open: Vec::new(), anchors: HashMap::new(), copies: 0, root: None };
    let mut parser = Parser::new_from_str(&text[offsets.mark..]);
    let mut error = None;
    while let Some(event) = parser.next_event() {
        let taken = match event {
            Ok((event, span)) => builder.take(event, span),
            Err(fault) => Err(builder.parser_fault(*fault.marker(), fault.info())),
        };
        if let Err(fault) = taken {
            error = Some(fault);
            break;
        }
    }
    Document { root: builder.finish(), error }
}

/// Levels of nesting; an inventory has five.
const DEPTH: usize = 64;
/// Nodes that aliases may repeat: a few aliases of aliases would otherwise fill the memory.
const COPIES: usize = 100_000;

/// From the parser's offsets, which count characters, to bytes.
struct Offsets {
    /// The byte at which each character begins, and the length of the text; empty where every character is one byte.
    starts: Vec<usize>,
    length: usize,
    /// Bytes of the byte order mark.
    mark: usize,
}

impl Offsets {
    fn of(text: &str) -> Self {
        let mark = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
        let starts =
            if text.is_ascii() { Vec::new() } else { text[mark..].char_indices().map(|(at, _)| at + mark).collect() };
        Offsets { starts, length: text.len(), mark }
    }

    fn byte(&self, marker: Marker) -> usize {
        let index = marker.index();
        if self.starts.is_empty() {
            return index.min(self.length);
        }
        self.starts.get(index).copied().unwrap_or(self.length)
    }
}

/// A collection that is not closed yet.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<Node>,
    anchor: usize,
    /// Whether it stands in brackets.
    bracketed: bool,
}

struct Builder<'t> {
    offsets: &'t Offsets,
    open: Vec<Open>,
    /// Anchored nodes with the number of nodes in each.
    anchors: HashMap<usize, (Node, usize)>,
    copies: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                let node = self.node(span, value);
                self.add(node, anchor);
            }
            Event::Alias(anchor) => self.repeat(anchor, span)?,
            Event::SequenceStart(anchor, _) => self.enter(span, Value::Sequence(Vec::new()), anchor)?,
            Event::MappingStart(anchor, _) => self.enter(span, Value::Mapping(Vec::new()), anchor)?,
            Event::SequenceEnd | Event::MappingEnd => self.leave(Some(span)),
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(self.fault(span.start, "a second document begins here"));
            }
            Event::DocumentStart(_) | Event::DocumentEnd | Event::StreamStart | Event::StreamEnd | Event::Nothing => {}
        }
        Ok(())
    }

    fn node(&self, span: Span, value: Value) -> Node {
        let range = self.offsets.byte(span.start)..self.offsets.byte(span.end);
        Node { range, line: span.start.line(), value }
    }

    fn fault(&self, at: Marker, message: &str) -> SyntaxError {
        let offset = self.offsets.byte(at);
        SyntaxError { offset, line: at.line(), message: message.to_owned(), opened: None, help: None }
    }

    /// A fault that the parser found, in the words of somebody who writes YAML.
    fn parser_fault(&self, at: Marker, reason: &str) -> SyntaxError {
        let (message, help) = plainly(reason);
        let about_brackets = reason.contains("flow") || reason.contains("indicator");
        let innermost = self.open.last().filter(|open| open.bracketed && about_brackets);
        let opened = innermost.map(|open| open.node.range.start);
        SyntaxError { opened, help, ..self.fault(at, &message) }
    }

    fn enter(&mut self, span: Span, value: Value, anchor: usize) -> Result<(), SyntaxError> {
        if self.open.len() >= DEPTH {
            return Err(self.fault(span.start, "this is nested too deeply"));
        }
        let node = self.node(span, value);
        self.open.push(Open { node, key: None, anchor, bracketed: !span.is_empty() });
        Ok(())
    }

    /// Closes the innermost collection; without a span, because the text breaks off: it then goes on to the end.
    fn leave(&mut self, span: Option<Span>) {
        let Some(mut closed) = self.open.pop() else { return };
        // The end of a collection without brackets is seen only at what follows it.
        let end = match span {
            Some(span) if closed.bracketed => Some(self.offsets.byte(span.start) + 1),
            None => Some(self.offsets.length),
            _ => last_child(&closed.node).map(|child| child.range.end),
        };
        closed.node.range.end = end.unwrap_or(closed.node.range.end).max(closed.node.range.start);
        self.add(closed.node, closed.anchor);
    }

    fn repeat(&mut self, anchor: usize, span: Span) -> Result<(), SyntaxError> {
        let Some((node, size)) = self.anchors.get(&anchor) else {
            return Err(self.fault(span.start, "this refers to what it is a part of"));
        };
        self.copies += size;
        if self.copies > COPIES {
            return Err(self.fault(span.start, "too much is repeated by aliases"));
        }
        // What is inside stays where it stands; the whole is here.
        let node = self.node(span, node.value.clone());
        self.add(node, 0);
        Ok(())
    }

    /// Puts a complete node where it belongs.
    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            let size = size(&node);
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.node.value {
            Value::Sequence(items) => items.push(node),
            Value::Mapping(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Value::Scalar { .. } => {}
        }
    }

    fn finish(mut self) -> Option<Node> {
        while !self.open.is_empty() {
            self.leave(None);
        }
        self.root
    }
}

fn last_child(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Scalar { .. } => None,
        Value::Sequence(items) => items.last(),
        Value::Mapping(entries) => entries.last().map(|(_, value)| value),
    }
}

/// The number of nodes in it. It calls itself no deeper than nodes are nested.
fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Scalar { .. } => 0,
        Value::Sequence(items) => items.iter().map(size).sum(),
        Value::Mapping(entries) => entries.iter().map(|(key, value)| size(key) + size(value)).sum(),
    }
}

/// A reason of the parser in plain words, and how to mend it.
fn plainly(reason: &str) -> (String, Option<&'static str>) {
    let (plain, help) = match reason {
        "mapping values are not allowed in this context" => {
            ("a `key: value` cannot begin here", Some("put a value that holds `: ` in quotes"))
        }
        "while parsing a flow mapping, did not find expected ',' or '}'" => (
            "expected `,` or `}` here",
            Some("close the bracket, or put a value that holds `: ` or a bracket in quotes"),
        ),
        "while parsing a flow sequence, expected ',' or ']'" => ("expected `,` or `]` here", Some("close the bracket")),
        "illegal placement of ':' indicator" => ("a `:` cannot stand here", Some("close the bracket")),
        "while parsing a block mapping, did not find expected key" => ("no line above is indented like this", None),
        "while parsing a block collection, did not find expected '-' indicator" => {
            ("expected `-` here, as above", None)
        }
        "while parsing node, found unknown anchor" => ("no `&` anchor of this name stands above", None),
        "invalid indentation in quoted scalar" | "while scanning a quoted scalar, found unexpected end of stream" => {
            ("this quote is not closed", None)
        }
        "did not find expected <document start>" => ("everything above is already complete", None),
        "misplaced bracket" => ("nothing is open that this closes", None),
        "recursion limit exceeded" => ("this is nested too deeply", None),
        reason if reason.starts_with("tabs disallowed") => ("a tab cannot indent", Some("indent with spaces")),
        reason => return (reason.replace('\'', "`"), None),
    };
    (plain.to_owned(), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(text: &str) -> Node {
        parse_document(text).root.unwrap()
    }

    fn slice<'t>(text: &'t str, node: Option<&Node>) -> &'t str {
        &text[node.unwrap().range.clone()]
    }

    #[test]
    fn positions_are_bytes_in_any_script() {
        let text =
            "# über\nhosts:\n  größe: { Ort: [\"Köln\", ß] , x: 1 }\r\n  b: ✓ # ✓\r\n  c: |\r\n    ü\r\n  d: end\n";
        let hosts = root(text);
        let hosts = hosts.get("hosts").unwrap();
        let first = hosts.get("größe").unwrap();
        assert_eq!(slice(text, Some(first)), "{ Ort: [\"Köln\", ß] , x: 1 }");
        assert_eq!(slice(text, first.get("Ort")), "[\"Köln\", ß]");
        assert_eq!(slice(text, first.get("x")), "1");
        assert_eq!(slice(text, hosts.get("b")), "✓");
        assert_eq!(slice(text, hosts.get("d")), "end");
        assert_eq!(hosts.get("d").unwrap().line, 7);
        assert!(slice(text, Some(hosts)).ends_with("d: end"));
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let text = "\u{feff}a: b\n";
        assert_eq!(slice(text, root(text).get("a")), "b");
    }

    #[test]
    fn an_alias_repeats_a_value_where_it_stands() {
        let text = "a: &x [1, 2]\nb: *x\n";
        let document = root(text);
        assert_eq!(document.get("a").unwrap().value, document.get("b").unwrap().value);
        assert_eq!(slice(text, document.get("b")), "*x");
    }

    #[test]
    fn what_stands_before_a_fault_is_kept() {
        let document = parse_document("a: 1\nb: { c: 2, d: [3\ne: 4\n");
        let error = document.error.unwrap();
        assert_eq!((error.line, error.opened), (3, Some(19)));
        assert_eq!(document.root.unwrap().get("b").unwrap().get("c").unwrap().text(), Some("2"));
    }

    #[test]
    fn no_text_is_too_much() {
        assert_eq!(parse_document(&"[".repeat(100_000)).error.unwrap().message, "this is nested too deeply");
        assert_eq!(parse_document("a: &a [*a]").error.unwrap().message, "this refers to what it is a part of");
        let laughs: String = (1..30).map(|i| format!("x{i}: &x{i} [*x{0}, *x{0}, *x{0}]\n", i - 1)).collect();
        let error = parse_document(&format!("x0: &x0 ha\n{laughs}")).error.unwrap();
        assert_eq!(error.message, "too much is repeated by aliases");
        assert_eq!(parse_document(""), Document::default());
    }
}
