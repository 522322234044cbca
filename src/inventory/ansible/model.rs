//! Groups, hosts and variables as the files say them, before anything is decided between them.

use std::collections::{BTreeMap, BTreeSet};

use super::messages;
use crate::diagnostic::Diagnostic;
use crate::inventory::node::{Node, Value};
use crate::source::{FileId, Span};

/// The value of a variable, with the file that sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Var {
    pub(super) node: Node,
    pub(super) file: FileId,
    /// The first line of the value, for messages.
    pub(super) span: Span,
    /// Whether `{{ }}` in it is text and no more.
    pub(super) is_unsafe: bool,
}

pub(super) type Vars = BTreeMap<String, Var>;

impl Var {
    /// A variable of one line.
    pub(super) fn of_text(text: &str, plain: bool, span: Span) -> Var {
        let value = Value::Scalar { text: text.to_owned(), plain };
        let node = Node { range: span.range(), line: 0, value };
        Var { node, file: span.file, span, is_unsafe: false }
    }
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) hosts: Vec<(String, Span)>,
    pub(super) children: Vec<(String, Span)>,
    pub(super) vars: Vars,
    pub(super) priority: i64,
}

#[derive(Debug)]
pub(super) struct HostEntry {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) vars: Vars,
}

/// All that the inventory's files say.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) groups: BTreeMap<String, Group>,
    /// In the order of the text.
    pub(super) hosts: Vec<HostEntry>,
    /// Where each host is in `hosts`.
    index: BTreeMap<String, usize>,
    declared: BTreeSet<String>,
    /// What `group_vars` and `host_vars` say.
    pub(super) group_files: BTreeMap<String, Vars>,
    pub(super) host_files: BTreeMap<String, Vars>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Model {
    pub(super) fn group(&mut self, name: &str) -> &mut Group {
        self.groups.entry(name.to_owned()).or_insert_with(|| Group {
            name: name.to_owned(),
            hosts: Vec::new(),
            children: Vec::new(),
            vars: Vars::new(),
            priority: 1,
        })
    }

    /// Says that there is a group.
    pub(super) fn declare(&mut self, name: &str) {
        self.declared.insert(name.to_owned());
        self.group(name);
    }

    /// Whether there is such a group; two are there by themselves.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        matches!(name, "all" | "ungrouped") || self.declared.contains(name)
    }

    /// Says that a host is in a group, and what is said of it there.
    pub(super) fn add_host(&mut self, group: &str, name: &str, span: Span, vars: &Vars) {
        self.group(group).hosts.push((name.to_owned(), span));
        let at = *self.index.entry(name.to_owned()).or_insert(self.hosts.len());
        if at == self.hosts.len() {
            self.hosts.push(HostEntry { name: name.to_owned(), span, vars: Vars::new() });
        }
        let known = vars.iter().map(|(name, var)| (name.clone(), var.clone()));
        self.hosts[at].vars.extend(known);
    }

    /// Sets a variable of a group; one of them is the group's own weight.
    pub(super) fn set(&mut self, group: &str, name: &str, var: Var) {
        if name != "ansible_group_priority" {
            self.group(group).vars.insert(name.to_owned(), var);
            return;
        }
        match var.node.text().and_then(|text| text.trim().parse().ok()) {
            Some(priority) => self.group(group).priority = priority,
            None => self.diagnostics.push(messages::bad_priority(var.span)),
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
