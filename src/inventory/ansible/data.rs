//! Variables as text.

use serde_json::{Map, Value as Json};

use crate::inventory::node::{Node, Value};
use crate::inventory::number::{Number, number};

/// Whether `ansible-vault` encrypted a text.
pub(super) fn is_vault(text: &str) -> bool {
    text.trim_start().starts_with("$ANSIBLE_VAULT;")
}

/// Whether anything in it is encrypted.
pub(super) fn holds_vault(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, .. } => is_vault(text),
        Value::Sequence(items) => items.iter().any(holds_vault),
        Value::Mapping(entries) => entries.iter().any(|(_, value)| holds_vault(value)),
    }
}

/// A single value as Ansible prints it (`010` without quotes is 8), lists and mappings as JSON, which `from-json` reads.
pub(super) fn text(node: &Node) -> String {
    match &node.value {
        Value::Scalar { plain: true, text } if !node.is_null() => match number(text) {
            Some(Number::Int(number)) => number.to_string(),
            Some(Number::Float(number)) => number,
            Some(Number::Odd) | None => text.clone(),
        },
        Value::Scalar { .. } => node.text().unwrap_or_default().to_owned(),
        _ => json(node).to_string(),
    }
}

/// A value as Ansible would print it.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar { text, plain: false } => Json::String(text.clone()),
        Value::Scalar { text, .. } => plain(node, text),
        Value::Sequence(items) => Json::Array(items.iter().map(json).collect()),
        Value::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| (text_of_key(key), json(value));
            Json::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

fn text_of_key(key: &Node) -> String {
    key.text().unwrap_or_default().to_owned()
}

fn plain(node: &Node, text: &str) -> Json {
    if node.is_null() {
        return Json::Null;
    }
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => return Json::Bool(true),
        "false" | "no" | "off" => return Json::Bool(false),
        _ => {}
    }
    let read = match number(text) {
        Some(Number::Int(number)) => Some(Json::from(number)),
        Some(Number::Float(number)) => number.parse::<f64>().ok().map(Json::from),
        Some(Number::Odd) | None => None,
    };
    read.unwrap_or_else(|| Json::String(text.to_owned()))
}
