//! Filters and tests.

use super::code::{Text, quoted};
use super::fields::shown;
use super::jinja::Expr;
use super::operators::negation;
use super::reader::Reader;
use super::scope::{Known, Ty, Words};
use super::value::{ATOM, COMPARE, NOT, OR, Origin, Reason, Value, python};

impl Reader<'_> {
    pub(super) fn filter(&mut self, value: &Expr, name: &str, arguments: &[Expr]) -> Result<Value, Reason> {
        let short = name.rsplit('.').next().unwrap_or(name);
        if matches!(short, "default" | "d") {
            return self.default(value, arguments);
        }
        let inner = self.compared(value)?;
        let inner = match inner.origin {
            Origin::Os if short == "lower" => return Ok(Value { origin: Origin::OsInSmallLetters, ..inner }),
            Origin::Memory if short == "int" => return Ok(inner),
            Origin::Printed if short == "trim" => Value { origin: Origin::Elsewhere, ..inner },
            _ => inner.settled()?,
        };
        let text = inner.text.clone();
        let argument = |this: &mut Self, at: usize, fallback: &str| match arguments.get(at) {
            Some(argument) => Ok(this.expr(argument)?.text),
            None => Ok::<String, Reason>(quoted(fallback)),
        };
        let strings = || Ty::List(Box::new(Ty::Str));
        let found = match (short, &inner.ty) {
            ("int", _) if !arguments.is_empty() => {
                return Err(String::from("`int` with a default has no counterpart"));
            }
            ("int", Ty::Int) | ("string", Ty::Str) | ("bool", Ty::Bool) | ("list", Ty::List(_)) => return Ok(inner),
            ("mandatory", _) | ("quote", Ty::Str) => return Ok(Value { words: Words::One, ..inner }),
            ("int", Ty::Str) => Value::new(format!("int({text})"), Ty::Int),
            ("string", Ty::Int | Ty::Bool) => Value::new(Text(vec![inner.piece()?]).quoted(), Ty::Str),
            ("bool", Ty::Str) => return Ok(inner.is_yes()),
            ("length" | "count", Ty::List(_)) => Value::new(format!("len({text})"), Ty::Int),
            ("length" | "count", Ty::Str) if inner.is_of_inventory() => {
                return Err(format!("the length of `{text}`: whether the inventory has a text or a list is not known"));
            }
            ("length" | "count", Ty::Str) => Value { ty: Ty::Length, ..inner },
            ("join", Ty::List(of)) if **of == Ty::Str => {
                let separator = argument(self, 0, "")?;
                let joined = Value::new(format!("join({text}, {separator})"), Ty::Str);
                let (origin, words) = match (separator.as_str(), inner.words) {
                    ("\" \"", Words::One) => (Origin::Joined(text), Words::Spaced),
                    ("\" \"", words) => (Origin::Elsewhere, words.or(Words::Spaced)),
                    (_, words) => (Origin::Elsewhere, words),
                };
                Value { origin, words, ..joined }
            }
            ("trim", Ty::Str) => Value::new(format!("trim({text})"), Ty::Str),
            ("split", Ty::Str) => Value::new(format!("split({text}, {})", argument(self, 0, " ")?), strings()),
            ("replace", Ty::Str) if arguments.len() == 2 => {
                let (from, to) = (argument(self, 0, "")?, argument(self, 1, "")?);
                Value::new(format!("replace({text}, {from}, {to})"), Ty::Str)
            }
            ("first" | "last", Ty::List(of)) => {
                let entries = inner.entries.clone();
                Value { words: inner.words, entries, ..Value::new(format!("{short}({text})"), (**of).clone()) }
            }
            ("basename", Ty::Str) => Value::new(format!("file-name({text})"), Ty::Str),
            ("dirname", Ty::Str) => Value::new(format!("parent({text})"), Ty::Str),
            ("b64decode", Ty::Slurp) => Value { ty: Ty::Str, ..inner },
            ("b64decode", Ty::Printed) => Value { ty: Ty::Str, origin: Origin::Printed, ..inner },
            ("from_yaml" | "from_json", _) => {
                let read = short.replace('_', "-");
                return Err(format!("`{short}`: declare a `type` of what it is, and write `{read}(…) as List[…]`"));
            }
            ("map" | "select" | "selectattr" | "reject" | "rejectattr", _) => {
                return Err(format!("the filter `{short}`: write `[x.name for x in xs if x.ok]`"));
            }
            _ => return Err(format!("the filter `{name}` has no counterpart here")),
        };
        Ok(found)
    }

    /// A value of the inventory may be missing; everything else is there.
    pub(super) fn default(&mut self, value: &Expr, arguments: &[Expr]) -> Result<Value, Reason> {
        if matches!(arguments.first(), Some(Expr::Name(name)) if name == "omit") {
            return Err(String::from("an argument that may be left out, by `default(omit)`"));
        }
        if arguments.len() > 1 {
            return Err(String::from("`default` with more than a value: `default(x, true)` replaces empty texts too"));
        }
        let inner = self.compared(value)?;
        let (map, key) = match &inner.origin {
            Origin::Variable(key) => (self.of_host("vars"), key.clone()),
            Origin::Entry(map, key) => (map.clone(), key.clone()),
            _ => return Ok(inner),
        };
        let fallback = match arguments.first() {
            None => Value::new("\"\"", Ty::Str),
            Some(argument) => self.expr(argument)?,
        };
        let words = inner.words.or(fallback.words);
        let fallback = match fallback.ty {
            Ty::Str => fallback.text,
            Ty::Bool if matches!(fallback.text.as_str(), "true" | "false") => quoted(python(fallback.text == "true")),
            Ty::Int if fallback.rank == ATOM => quoted(&fallback.text),
            _ => return Err(String::from("a variable of the inventory is a text, and its default is none")),
        };
        Ok(Value { origin: Origin::Inventory, words, ..Value::new(format!("get({map}, {key}, {fallback})"), Ty::Str) })
    }

    pub(super) fn test(&mut self, value: &Expr, name: &str) -> Result<Value, Reason> {
        match name {
            "defined" | "undefined" => {
                let is_lost = matches!(value, Expr::Name(name) if matches!(self.scope.get(name), Some(Known::Lost(_))));
                let inner = self.compared(value)?;
                let defined = match &inner.origin {
                    Origin::Variable(key) if !is_lost => {
                        Value::ranked(format!("{key} in {}", self.of_host("vars")), Ty::Bool, COMPARE)
                    }
                    Origin::Entry(map, key) => Value::ranked(format!("{key} in {map}"), Ty::Bool, COMPARE),
                    _ => Value::new("true", Ty::Bool),
                };
                Ok(if name == "defined" { defined } else { negation(&defined) })
            }
            "failed" | "failure" | "succeeded" | "success" => {
                let inner = self.expr(value)?;
                if inner.ty != Ty::Output {
                    return Err(format!("whether `{}` failed is not known in flow", shown(value)));
                }
                let failure = self.failure(&inner)?;
                Ok(if name.starts_with("succ") { negation(&failure) } else { failure })
            }
            "changed" | "change" => Err(format!("whether `{}` changed something is not known in flow", shown(value))),
            _ => Err(format!("the test `is {name}` has no counterpart")),
        }
    }

    /// Whether a command failed: as its `failed_when` says, or by its exit status.
    pub(super) fn failure(&self, output: &Value) -> Result<Value, Reason> {
        match self.scope.failure(&output.text) {
            Some(Ok(condition)) if condition == "false" => Ok(Value::new("false", Ty::Bool)),
            Some(Ok(condition)) => Ok(Value::ranked(condition.clone(), Ty::Bool, OR)),
            Some(Err(why)) => Err(why.clone()),
            None => Ok(Value::ranked(format!("not {}.ok", output.within(ATOM)), Ty::Bool, NOT)),
        }
    }
}
