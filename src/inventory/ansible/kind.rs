//! Which kind of inventory a text is. Its content says so; the ending of its name only where the content leaves it open.

use std::path::Path;

use crate::inventory::node::{Document, Node, Value, parse_document};
use crate::source::MARK;

/// A kind of inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::inventory) enum Kind {
    /// flowrun's own.
    Own,
    /// Ansible's YAML: groups with `hosts`, `children` and `vars`.
    Yaml,
    /// Ansible's INI.
    Ini,
    /// A program that prints an inventory.
    Script,
    /// The settings of one of Ansible's inventory plugins.
    Plugin,
    /// A file that `ansible-vault` encrypted.
    Vault,
}

pub(in crate::inventory) fn kind(path: &Path, text: &str) -> Kind {
    let text = text.trim_start_matches(MARK);
    if text.starts_with("#!") {
        return Kind::Script;
    }
    if text.starts_with("$ANSIBLE_VAULT;") {
        return Kind::Vault;
    }
    let is_yaml = path.extension().is_some_and(|ending| ["yml", "yaml", "json"].iter().any(|yaml| ending == *yaml));
    if begins_with_section(text) || path.extension().is_some_and(|ending| ending == "ini") {
        return Kind::Ini;
    }
    let Document { root, error } = parse_document(text);
    match root.as_ref().map(|root| &root.value) {
        Some(Value::Mapping(entries)) if is_yaml || error.is_none() => of_mapping(entries),
        Some(_) if !is_yaml => Kind::Ini,
        _ => Kind::Own,
    }
}

fn of_mapping(entries: &[(Node, Node)]) -> Kind {
    let names: Vec<&str> = entries.iter().filter_map(|(key, _)| key.text()).collect();
    if names.contains(&"plugin") {
        return Kind::Plugin;
    }
    if names.contains(&"hosts") || names.contains(&"defaults") {
        return Kind::Own;
    }
    let is_named = names.contains(&"all") || names.contains(&"ungrouped");
    if is_named || entries.iter().any(|(_, group)| is_group(group)) { Kind::Yaml } else { Kind::Own }
}

/// Whether a value has what only a group of Ansible has.
fn is_group(node: &Node) -> bool {
    let Value::Mapping(entries) = &node.value else { return false };
    let of_group = |key: &Node| matches!(key.text(), Some("hosts" | "children" | "vars"));
    !entries.is_empty() && entries.iter().all(|(key, _)| of_group(key))
}

/// Whether the first line that says something is `[group]`, and not the beginning of a list.
fn begins_with_section(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let Some(first) = lines.next() else { return false };
    let name = first.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    name.is_some_and(|(name, behind)| {
        let is_name = !name.is_empty() && !name.contains([' ', ',', '"', '\'', '[', '{']);
        is_name && (behind.is_empty() || behind.trim_start().starts_with('#'))
    })
}
