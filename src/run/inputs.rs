//! The inputs of a run: from the command line or a file, into values of their types.

use std::collections::BTreeMap;

use super::value::Value;
use crate::check::ir::{self, Workflow};
use crate::check::types::Type;
use crate::diagnostic::{Code, Diagnostic, Severity, did_you_mean, list};

/// Values for inputs, by name, as text.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// From the command line: each has to be an input of the workflow.
    pub named: BTreeMap<String, String>,
    /// From a file, which several workflows may share: what the workflow does not have is passed over.
    pub shared: BTreeMap<String, String>,
}

impl Given {
    fn get(&self, name: &str) -> Option<&String> {
        self.named.get(name).or_else(|| self.shared.get(name))
    }
}

/// The value of each input, in the order of the workflow.
///
/// # Errors
/// A diagnostic for each input that is unknown, missing or of the wrong type.
pub fn resolve(workflow: &Workflow, given: &Given) -> Result<Vec<Option<Value>>, Vec<Diagnostic>> {
    let mut diagnostics = unknown(workflow, given);
    let mut values = Vec::new();
    for input in &workflow.inputs {
        values.push(match given.get(&input.name) {
            Some(text) => match parse(text, &input.ty) {
                Some(value) => Some(value),
                None => {
                    diagnostics.push(wrong_type(input, text));
                    None
                }
            },
            None => {
                if input.default.is_none() {
                    diagnostics.push(missing(input));
                }
                None
            }
        });
    }
    if diagnostics.is_empty() { Ok(values) } else { Err(diagnostics) }
}

fn unknown(workflow: &Workflow, given: &Given) -> Vec<Diagnostic> {
    let names: Vec<&str> = workflow.inputs.iter().map(|input| input.name.as_str()).collect();
    let unknown = given.named.keys().filter(|name| !names.contains(&name.as_str()));
    unknown
        .map(|name| {
            let help = did_you_mean(name, names.iter().copied()).map_or_else(
                || format!("the workflow has {}", if names.is_empty() { "no inputs".to_owned() } else { list(&names) }),
                |meant| format!("did you mean `{meant}`?"),
            );
            Diagnostic::new(Severity::Error, Code::E0201, format!("the workflow has no input `{name}`")).help(help)
        })
        .collect()
}

fn missing(input: &ir::Input) -> Diagnostic {
    Diagnostic::error(Code::E0209, format!("input `{}` has no value", input.name), input.span, "it has no default")
        .help(format!("give it one: `--input {}=…`", input.name))
}

fn wrong_type(input: &ir::Input, text: &str) -> Diagnostic {
    let shown = if input.ty == Type::Secret { "the value" } else { text };
    Diagnostic::error(Code::E0203, format!("`{shown}` is no `{}`", input.ty), input.span, "given for this input")
}

fn parse(text: &str, ty: &Type) -> Option<Value> {
    match ty {
        Type::Str | Type::Path => Some(Value::text(text)),
        Type::Secret => Some(Value::Secret(text.into())),
        Type::Optional(inner) => parse(text, inner),
        Type::List(element) => {
            let items: Option<Vec<Value>> = text.split(',').map(|item| parse(item.trim(), element)).collect();
            items.map(Value::list)
        }
        scalar => parse_scalar(text, scalar),
    }
}

/// A number, truth value, duration or size as text spells it.
pub(super) fn parse_scalar(text: &str, ty: &Type) -> Option<Value> {
    let text = text.trim().replace('_', "");
    let scaled = |units: &[(&str, u64)]| {
        units
            .iter()
            .find_map(|(unit, factor)| text.strip_suffix(unit)?.trim_end().parse::<u64>().ok()?.checked_mul(*factor))
    };
    match ty {
        Type::Int => text.parse().ok().map(Value::Int),
        Type::Bool => text.parse().ok().map(Value::Bool),
        Type::Duration => {
            scaled(&[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]).map(Value::Duration)
        }
        Type::Size => {
            scaled(&[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("B", 1)]).map(Value::Size)
        }
        _ => None,
    }
}
