//! The fields of one mapping: what is there twice, unknown or of the wrong kind is reported, the rest can be taken.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Spanned;
use super::messages;
use super::node::{Node, Value, merged};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// What a mapping is called in messages, and which keys it may have.
pub(super) struct Shape {
    /// For example "a host".
    pub(super) noun: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Other names by which people call the keys, each with the key that is meant.
    pub(super) synonyms: &'static [(&'static str, &'static str)],
    /// Whether a key of the user's own belongs into `vars`.
    pub(super) has_vars: bool,
}

/// Where faults are collected, and the text that they are in.
pub(super) struct Faults<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
    /// Where the document breaks off, if it does.
    pub(super) broken: Option<usize>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Faults<'_> {
    /// Where a node stands: its first line, for more would be shown and tell nothing. Of a node that breaks off it is
    /// all up to the end, which [`Faults::drop_consequences`] knows it by.
    pub(super) fn span(&self, node: &Node) -> Span {
        let Range { start, end } = node.range.clone();
        if self.broken.is_some_and(|broken| end >= broken) {
            return Span::new(self.file, start, end);
        }
        let line = self.text.get(start..end).and_then(|text| text.lines().next()).unwrap_or_default();
        Span::new(self.file, start, start + line.trim_end().len())
    }

    /// Drops what is said of nodes that break off: to complain of what they lack would be to say one thing twice.
    pub(super) fn drop_consequences(&mut self) {
        let Some(broken) = self.broken else { return };
        self.diagnostics.retain(|fault| fault.primary_span().is_some_and(|at| at.range().end < broken));
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}

/// The fields of a mapping by their keys.
#[derive(Default)]
pub(super) struct Fields<'n> {
    entries: BTreeMap<&'n str, (&'n Node, &'n Node)>,
}

impl<'n> Fields<'n> {
    /// Reads a mapping; nothing at all is an empty one.
    pub(super) fn of(node: &'n Node, shape: &Shape, faults: &mut Faults<'_>) -> Fields<'n> {
        let mut fields = Fields::default();
        let Value::Mapping(entries) = &node.value else {
            if !node.is_null() {
                faults.report(messages::not_a_mapping(faults.span(node), node, shape));
            }
            return fields;
        };
        for (key, value) in merged(entries) {
            let Some(name) = key.text() else {
                faults.report(messages::not_a_key(faults.span(key), key));
                continue;
            };
            if !shape.keys.contains(&name) {
                faults.report(messages::unknown_key(faults.span(key), name, value, shape));
            } else if let Some((first, _)) = fields.entries.get(name) {
                faults.report(messages::set_twice(faults.span(key), faults.span(first), name));
            } else {
                fields.entries.insert(name, (key, value));
            }
        }
        fields
    }

    /// The value of a key, unless it is missing or nothing.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.get(key).map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    /// Where a key stands.
    pub(super) fn key(&self, key: &str) -> Option<&'n Node> {
        self.entries.get(key).map(|(key, _)| *key)
    }

    /// A value of one line, decoded; `None`, and a message, where `decode` finds fault.
    pub(super) fn scalar<T>(
        &self,
        key: &'static str,
        faults: &mut Faults<'_>,
        decode: impl FnOnce(&str, Span) -> Result<T, Diagnostic>,
    ) -> Option<Spanned<T>> {
        let node = self.get(key)?;
        let span = faults.span(node);
        let decoded = match node.text() {
            None => Err(messages::not_a_scalar(span, key, node)),
            Some(text) => decode(text, span),
        };
        match decoded {
            Ok(value) => Some(Spanned { value, span }),
            Err(diagnostic) => {
                faults.report(diagnostic);
                None
            }
        }
    }

    /// The texts of a list.
    pub(super) fn list(&self, key: &'static str, faults: &mut Faults<'_>) -> Vec<Spanned<String>> {
        let Some(node) = self.get(key) else { return Vec::new() };
        let Value::Sequence(items) = &node.value else {
            faults.report(messages::not_a_list(faults.span(node), key, node));
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            let span = faults.span(item);
            match item.text() {
                Some(text) => texts.push(Spanned { value: text.to_owned(), span }),
                None => faults.report(messages::not_an_item(span, key, item)),
            }
        }
        texts
    }
}
