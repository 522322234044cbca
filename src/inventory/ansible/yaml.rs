//! Ansible's YAML: inventories, and the files of `group_vars` and `host_vars`.

use std::collections::BTreeMap;

use super::messages;
use super::model::{Model, Var, Vars};
use super::range;
use crate::inventory::messages as own;
use crate::inventory::node::{Document, Node, Value, merged, parse_document};
use crate::source::{FileId, MARK, Span};

/// A file as it is read.
#[derive(Clone, Copy)]
struct Yaml<'t> {
    file: FileId,
    text: &'t str,
}

/// Groups within groups beyond this are refused.
const DEPTH: usize = 50;

/// Reads an inventory.
pub(super) fn read(model: &mut Model, file: FileId, text: &str) {
    let yaml = Yaml { file, text };
    let Some(root) = yaml.document(model) else { return };
    let Value::Mapping(groups) = &root.value else { return };
    for (name, group) in groups {
        yaml.group(model, name, group, 0);
    }
}

/// Reads a file of variables.
pub(super) fn read_vars(model: &mut Model, file: FileId, text: &str) -> Vars {
    if text.trim_start_matches(MARK).starts_with("$ANSIBLE_VAULT;") {
        let end = text.lines().next().map_or(0, str::len);
        model.report(messages::vault_file(Span::new(file, 0, end)));
        return Vars::new();
    }
    let yaml = Yaml { file, text };
    match yaml.document(model) {
        Some(root) => yaml.vars(model, &root),
        None => Vars::new(),
    }
}

impl Yaml<'_> {
    fn document(&self, model: &mut Model) -> Option<Node> {
        let Document { root, error } = parse_document(self.text);
        if let Some(error) = error {
            model.report(own::syntax(self.file, self.text, &error, None));
        }
        root
    }

    /// The first line of a node.
    fn span(&self, node: &Node) -> Span {
        let range = node.range.clone();
        let line = self.text.get(range.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
        Span::new(self.file, range.start, range.start + line.trim_end().len())
    }

    fn group(&self, model: &mut Model, name: &Node, group: &Node, depth: usize) -> Option<String> {
        let span = self.span(name);
        let Some(known) = name.text() else {
            model.report(own::not_a_key(span, name));
            return None;
        };
        if depth > DEPTH {
            model.report(messages::groups_too_deep(span));
            return None;
        }
        model.declare(known);
        for (key, value) in self.mapping(model, group, known) {
            match key.text() {
                Some("hosts") => self.hosts(model, known, value),
                Some("children") => self.children(model, known, value, depth),
                Some("vars") => {
                    let vars = self.vars(model, value);
                    vars.into_iter().for_each(|(name, var)| model.set(known, &name, var));
                }
                _ => model.report(messages::not_of_a_group(self.span(key), key.text().unwrap_or_default(), known)),
            }
        }
        Some(known.to_owned())
    }

    /// The entries of a part of a group; nothing at all is an empty one.
    fn mapping<'n>(&self, model: &mut Model, node: &'n Node, what: &str) -> Vec<(&'n Node, &'n Node)> {
        match &node.value {
            Value::Mapping(entries) => merged(entries),
            _ if node.is_null() => Vec::new(),
            _ => {
                model.report(messages::not_a_mapping(self.span(node), what, node.kind()));
                Vec::new()
            }
        }
    }

    fn hosts(&self, model: &mut Model, group: &str, node: &Node) {
        if node.text().is_some() {
            return self.host(model, group, node, None);
        }
        for (name, vars) in self.mapping(model, node, "hosts") {
            self.host(model, group, name, Some(vars));
        }
    }

    fn host(&self, model: &mut Model, group: &str, name: &Node, vars: Option<&Node>) {
        let span = self.span(name);
        let Some(pattern) = name.text() else { return model.report(own::not_a_key(span, name)) };
        let mut known = Vars::new();
        let (names, port) = range::split_port(pattern);
        if let Some(port) = port {
            known.insert(String::from("ansible_port"), Var::of_text(port, true, span));
        }
        if let Some(vars) = vars {
            known.extend(self.vars(model, vars));
        }
        match range::expand(names) {
            Ok(names) => names.iter().for_each(|name| model.add_host(group, name, span, &known)),
            Err(fault) => model.report(messages::bad_range(span, pattern, fault)),
        }
    }

    fn children(&self, model: &mut Model, group: &str, node: &Node, depth: usize) {
        if let Some(child) = node.text() {
            model.declare(child);
            model.group(group).children.push((child.to_owned(), self.span(node)));
            return;
        }
        for (name, value) in self.mapping(model, node, "children") {
            if let Some(child) = self.group(model, name, value, depth + 1) {
                model.group(group).children.push((child, self.span(name)));
            }
        }
    }

    fn vars(&self, model: &mut Model, node: &Node) -> Vars {
        let mut vars = Vars::new();
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for (key, value) in self.mapping(model, node, "variables") {
            let span = self.span(key);
            let Some(name) = key.text() else {
                model.report(own::not_a_key(span, key));
                continue;
            };
            if let Some(before) = first.insert(name, span) {
                model.report(messages::variable_twice(span, before, name));
            }
            let is_unsafe = self.text.get(value.range.clone()).is_some_and(|text| text.starts_with("!unsafe"));
            let var = Var { node: value.clone(), file: self.file, span: self.span(value), is_unsafe };
            vars.insert(name.to_owned(), var);
        }
        vars
    }
}
