//! Data decoded into a type, or a failure that names line and field.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::failure::Failure;
use super::value::{Data, Value};
use crate::check::types::{Record, Type};
use crate::diagnostic::{Code, did_you_mean, list};
use crate::inventory::node;

/// Decodes YAML or JSON into a value of a type.
pub(super) fn decode(data: &Data, ty: &Type, host: &str) -> Result<Value, Failure> {
    decode_tree(&data.tree, ty, &mut Vec::new()).map_err(|wrong| {
        let line = line_of(&data.text, &wrong.path).map_or(String::new(), |line| format!(" in line {line}"));
        let field = if wrong.path.is_empty() { String::new() } else { format!(" at `{}`", path_text(&wrong.path)) };
        let failure =
            Failure::step(Code::R0803, format!("the data read on {host} is no `{ty}`: {}{field}{line}", wrong.what));
        wrong.help.into_iter().fold(failure, Failure::help)
    })
}

/// A step from a tree to one of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Item(usize),
    Field(String),
}

struct Wrong {
    what: String,
    help: Option<String>,
    path: Vec<Step>,
}

fn decode_tree(tree: &serde_yaml::Value, ty: &Type, path: &mut Vec<Step>) -> Result<Value, Wrong> {
    use serde_yaml::Value as Yaml;
    Ok(match (ty, tree) {
        (Type::Optional(_), Yaml::Null) => Value::None,
        (Type::Optional(inner), tree) => decode_tree(tree, inner, path)?,
        (Type::Str | Type::Path, Yaml::String(text)) => Value::text(text.as_str()),
        // A host may well be called 7, or `on`: scalars are text where text is wanted.
        (Type::Str, Yaml::Number(number)) => Value::text(number.to_string()),
        (Type::Str, Yaml::Bool(truth)) => Value::text(truth.to_string()),
        (Type::Int, Yaml::Number(number)) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => return Err(mismatch(tree, ty, path)),
        },
        (Type::Bool, Yaml::Bool(truth)) => Value::Bool(*truth),
        (Type::Duration | Type::Size, Yaml::String(text)) => match super::inputs::parse_scalar(text, ty) {
            Some(value) => value,
            None => return Err(mismatch(tree, ty, path)),
        },
        (Type::List(element), Yaml::Sequence(items)) => {
            let mut values = Vec::new();
            for (at, item) in items.iter().enumerate() {
                path.push(Step::Item(at));
                values.push(decode_tree(item, element, path)?);
                path.pop();
            }
            Value::list(values)
        }
        (Type::Map(element), Yaml::Mapping(entries)) => {
            let mut values = BTreeMap::new();
            for (key, item) in entries {
                let key = key_text(key).ok_or_else(|| mismatch(key, &Type::Str, path))?;
                path.push(Step::Field(key.clone()));
                values.insert(key, decode_tree(item, element, path)?);
                path.pop();
            }
            Value::Map(Rc::new(values))
        }
        (Type::Record(record), Yaml::Mapping(entries)) => decode_record(record, entries, path)?,
        _ => return Err(mismatch(tree, ty, path)),
    })
}

fn decode_record(record: &Record, entries: &serde_yaml::Mapping, path: &mut Vec<Step>) -> Result<Value, Wrong> {
    let names: Vec<&str> = record.fields.iter().map(|field| field.name.as_str()).collect();
    let mut values = BTreeMap::new();
    for (key, item) in entries {
        let key = key_text(key).ok_or_else(|| mismatch(key, &Type::Str, path))?;
        path.push(Step::Field(key.clone()));
        let Some(field) = record.field(&key) else {
            let help = did_you_mean(&key, names.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
            let help = help.unwrap_or_else(|| format!("`{}` has {}", record.name, list(&names)));
            return Err(Wrong { what: format!("there is no field `{key}`"), help: Some(help), path: path.clone() });
        };
        values.insert(key, decode_tree(item, &field.ty, path)?);
        path.pop();
    }
    for field in &record.fields {
        if values.contains_key(&field.name) {
            continue;
        }
        match &field.default {
            Some(default) => values.insert(field.name.clone(), Value::from(default)),
            None if matches!(field.ty, Type::Optional(_)) => values.insert(field.name.clone(), Value::None),
            None => {
                let what = format!("field `{}` is missing", field.name);
                return Err(Wrong { what, help: None, path: path.clone() });
            }
        };
    }
    Ok(Value::Map(Rc::new(values)))
}

fn key_text(key: &serde_yaml::Value) -> Option<String> {
    match key {
        serde_yaml::Value::String(text) => Some(text.clone()),
        serde_yaml::Value::Number(number) => Some(number.to_string()),
        serde_yaml::Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn mismatch(tree: &serde_yaml::Value, ty: &Type, path: &[Step]) -> Wrong {
    use serde_yaml::Value as Yaml;
    let found = match tree {
        Yaml::Null => "nothing",
        Yaml::Bool(_) => "a truth value",
        Yaml::Number(_) => "a number",
        Yaml::String(_) => "text",
        Yaml::Sequence(_) => "a list",
        Yaml::Mapping(_) => "a mapping",
        Yaml::Tagged(_) => "a tagged value",
    };
    Wrong { what: format!("expected `{ty}`, found {found}"), help: None, path: path.to_vec() }
}

fn path_text(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Item(at) => text.push_str(&format!("[{at}]")),
            Step::Field(name) if text.is_empty() => text.push_str(name),
            Step::Field(name) => text.push_str(&format!(".{name}")),
        }
    }
    text
}

/// The line of the text that a part of its tree stands on, counted from one.
fn line_of(text: &str, path: &[Step]) -> Option<usize> {
    let root = node::parse_document(text).root?;
    let part = path.iter().try_fold(&root, |node, step| match (step, &node.value) {
        (Step::Item(at), node::Value::Sequence(items)) => items.get(*at),
        (Step::Field(name), _) => node.get(name),
        (Step::Item(_), _) => None,
    });
    // A field that is missing has no line of its own; what it is missing from has.
    Some(part.unwrap_or(&root).line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::types::Field;

    fn worker() -> Type {
        let field = |name: &str, ty, default| Field { name: name.to_owned(), ty, default };
        let fields =
            vec![field("host", Type::Str, None), field("slots", Type::Int, Some(crate::check::ir::Literal::Int(4)))];
        Type::list(Type::Record(Rc::new(Record { name: "Worker".to_owned(), fields })))
    }

    fn read(text: &str) -> String {
        let data = Data { text: text.to_owned(), tree: serde_yaml::from_str(text).unwrap() };
        match decode(&data, &worker(), "cm3") {
            Ok(value) => format!("{value:?}"),
            Err(failure) => failure.message,
        }
    }

    #[test]
    fn a_default_fills_what_is_left_out() {
        assert_eq!(read("- host: a\n"), r#"List([Map({"host": Str("a"), "slots": Int(4)})])"#);
    }

    #[test]
    fn a_failure_names_line_and_field() {
        let wrong = "the data read on cm3 is no `List[Worker]`: ";
        assert_eq!(
            read("- host: a\n- host: b\n  slots: many\n"),
            format!("{wrong}expected `Int`, found text at `[1].slots` in line 3")
        );
        assert_eq!(read("- host: a\n- slots: 2\n"), format!("{wrong}field `host` is missing at `[1]` in line 2"));
        assert_eq!(read("- hots: a\n"), format!("{wrong}there is no field `hots` at `[0].hots` in line 1"));
        assert_eq!(read("workers: 3\n"), format!("{wrong}expected `List[Worker]`, found a mapping in line 1"));
    }
}
