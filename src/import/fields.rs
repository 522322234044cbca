//! What stands behind a dot or in brackets.

use super::code::quoted;
use super::jinja::Expr;
use super::reader::Reader;
use super::scope::{Ty, Words};
use super::value::{ATOM, Origin, Reason, Value};

impl Reader<'_> {
    pub(super) fn field(&mut self, value: &Expr, field: &str) -> Result<Value, Reason> {
        match value {
            Expr::Name(name) if name == "ansible_facts" => return self.fact(field.trim_start_matches("ansible_")),
            Expr::Name(name) if name == "groups" => return self.group(field),
            Expr::Name(name) if name == "hostvars" => {
                return Err(String::from("a variable of another host: declare it as a `host`, and take its `.vars`"));
            }
            Expr::Index(all, host) if **all == Expr::Name("hostvars".into()) => {
                return match &**host {
                    Expr::Name(name) if name == "inventory_hostname" => self.name(field),
                    _ => Err(String::from("a variable of another host: declare it as a `host`, and take its `.vars`")),
                };
            }
            Expr::Attr(inner, stat) if stat == "stat" => {
                let Value { text, ty: Ty::Stat, .. } = self.expr(inner)? else {
                    return Err(format!("`{}` has no counterpart", shown(value)));
                };
                return match field {
                    "exists" => Ok(Value::new(text, Ty::Bool)),
                    _ => Err(format!("of what `stat` finds, `.{field}` has no counterpart")),
                };
            }
            _ => {}
        }
        let owner = self.expr(value)?;
        let text = owner.within(ATOM);
        let found = match (&owner.ty, field) {
            (Ty::Output, "rc") => Value::new(format!("{text}.code"), Ty::Int),
            (Ty::Output, "stdout" | "stderr") => Value::new(format!("{text}.{field}"), Ty::Str),
            (Ty::Output, "stdout_lines" | "stderr_lines") => {
                let stream = field.trim_end_matches("_lines");
                let lines = Value::new(format!("lines({text}.{stream})"), Ty::List(Box::new(Ty::Str)));
                Value { words: Words::Spaced, ..lines }
            }
            (Ty::Output, "failed") => return self.failure(&owner),
            (Ty::Slurp | Ty::Printed, "content") => return Ok(Value { text, ..owner }),
            (Ty::Map, _) => {
                let words = owner.entries.get(field).copied().unwrap_or_default();
                Value { words, ..entry(text, quoted(field)) }
            }
            (Ty::Output, "changed" | "skipped") => {
                return Err(format!("whether a command is `{field}` is not known in flow"));
            }
            _ => return Err(format!("`.{field}` of `{}` has no counterpart", shown(value))),
        };
        Ok(found)
    }

    pub(super) fn index(&mut self, value: &Expr, index: &Expr) -> Result<Value, Reason> {
        if let Expr::Str(field) = index
            && matches!(value, Expr::Name(name) if matches!(name.as_str(), "ansible_facts" | "groups" | "hostvars"))
        {
            return self.field(value, field);
        }
        if let (Expr::Index(all, _), Expr::Str(field)) = (value, index)
            && **all == Expr::Name("hostvars".into())
        {
            return self.field(value, field);
        }
        let (owner, index_of) = (self.expr(value)?, self.expr(index)?);
        let text = format!("{}[{}]", owner.within(ATOM), index_of.text);
        let (words, entries, owned) = (owner.words, owner.entries.clone(), owner.within(ATOM));
        match (owner.ty, index_of.ty) {
            (Ty::List(inner), Ty::Int) if index_of.text == "-1" => {
                Ok(Value { words, entries, ..Value::new(format!("last({})", owner.text), *inner) })
            }
            (Ty::List(_), Ty::Int) if index_of.text.starts_with('-') => {
                Err(format!("`{}[{}]` counts from the end", shown(value), index_of.text))
            }
            (Ty::List(inner), Ty::Int) => Ok(Value { words, entries, ..Value::new(text, *inner) }),
            (Ty::Map, Ty::Str) => {
                let field = match index {
                    Expr::Str(field) => owner.entries.get(field).copied(),
                    _ => Some(Words::of_all(owner.entries.values().copied())),
                };
                let words = field.unwrap_or_default();
                Ok(Value { words, ..entry(owned, index_of.text) })
            }
            (Ty::Output, _) => match index {
                Expr::Str(field) => self.field(value, field),
                _ => Err(format!("`{}[…]` has no counterpart", shown(value))),
            },
            _ => Err(format!("`{}[…]` has no counterpart", shown(value))),
        }
    }
}

/// A value of a map.
fn entry(map: String, key: String) -> Value {
    let value = Value::new(format!("{map}[{key}]"), Ty::Str);
    Value { origin: Origin::Entry(map, key), ..value }
}

/// An expression as it is spoken of.
pub(super) fn shown(expr: &Expr) -> String {
    match expr {
        Expr::Name(name) => name.clone(),
        Expr::Attr(value, field) => format!("{}.{field}", shown(value)),
        Expr::Index(value, _) => format!("{}[…]", shown(value)),
        Expr::Call(value) => format!("{}(…)", shown(value)),
        Expr::Filter(value, name, _) => format!("{} | {name}", shown(value)),
        Expr::Str(text) => format!("'{text}'"),
        _ => String::from("…"),
    }
}
