//! From Jinja's expressions to flow's.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::code::{Piece, Text, key, quoted};
use super::fields::shown;
use super::jinja::{Expr, Op, Part, parse_expression, parse_file, parse_template};
use super::operators::{arithmetic, compared, contained, list_of, negation};
use super::read::boolean;
use super::scope::{Names, Scope, Ty, Words};
use super::translator::{odd, printed};
use super::value::{AND, OR, Origin, Reason, Value};
use crate::inventory::Inventory;
use crate::inventory::node::{Node, Value as Yaml};
use crate::inventory::number::{Number, number};

/// What expressions are read with.
pub(super) struct Reader<'a> {
    pub(super) scope: &'a Scope,
    pub(super) names: &'a mut Names,
    /// Hosts that have to be declared, by their selectors.
    pub(super) hosts: &'a mut Vec<(String, String)>,
    /// What the host is called whose playbook this is: `here`, but not where steps are delegated to another one.
    pub(super) here: &'a str,
    pub(super) inventory: Option<&'a Inventory>,
    /// How many variables are being evaluated, each for the one before.
    pub(super) depth: usize,
}

/// Variables within variables beyond this ask for themselves.
pub(super) const DEPTH: usize = 20;

impl Reader<'_> {
    /// The value of a node.
    pub(super) fn node(&mut self, node: &Node) -> Result<Value, Reason> {
        match &node.value {
            Yaml::Scalar { .. } if node.is_null() => Err(String::from("it is nothing, which no type of flow has")),
            Yaml::Scalar { text, plain } => self.scalar(text, *plain && !text.contains("{{")),
            Yaml::Sequence(items) => {
                let values = items.iter().map(|item| self.node(item)).collect::<Result<Vec<Value>, Reason>>()?;
                list_of(&values)
            }
            Yaml::Mapping(_) => {
                let entry = |(name, value): (&str, &Node)| {
                    let text = value
                        .text()
                        .ok_or_else(|| format!("`{name}` is {}, and flow has texts there", value.kind()))?;
                    let text = printed(value, text)?;
                    let value = self.value(&text)?;
                    let text = self.text(&text)?.quoted();
                    Ok(((name.to_owned(), value.words), format!("{}: {text}", key(name))))
                };
                let fields = super::read::fields(node).into_iter().map(entry);
                let (words, texts): (BTreeMap<String, Words>, Vec<String>) =
                    fields.collect::<Result<Vec<_>, Reason>>()?.into_iter().unzip();
                let map = Value::new(format!("{{ {} }}", texts.join(", ")), Ty::Map);
                Ok(Value { entries: Rc::new(words), ..map })
            }
        }
    }

    pub(super) fn scalar(&mut self, text: &str, plain: bool) -> Result<Value, Reason> {
        match number(text).filter(|_| plain) {
            Some(Number::Int(number)) => return Ok(Value::new(number.to_string(), Ty::Int)),
            Some(Number::Float(number)) => return Ok(Value::new(quoted(&number), Ty::Str)),
            Some(Number::Odd) => return Err(odd(text)),
            None => {}
        }
        if let Some(truth) = boolean(text).filter(|_| plain) {
            return Ok(Value::new(truth.to_string(), Ty::Bool));
        }
        if text.trim_start().starts_with("$ANSIBLE_VAULT;") {
            return Err(String::from("it is encrypted by ansible-vault: declare an `input …: Secret` for it"));
        }
        self.value(text)
    }

    /// The value of a text: of its own type, where it is one expression alone.
    pub(super) fn value(&mut self, text: &str) -> Result<Value, Reason> {
        let parts = parse_template(text)?;
        if let Some(value) = self.alone(&parts)? {
            return Ok(value);
        }
        match parts.as_slice() {
            [Part::Expr(expr)] => self.expr(expr),
            _ => {
                let text = self.text_of(&parts)?;
                let shape = text.0.iter().map(|piece| match piece {
                    Piece::Written(text) => text.as_str(),
                    Piece::Splice(_) => "x",
                });
                let mut words = Words::of(&shape.collect::<String>());
                for part in &parts {
                    if let Part::Expr(expr) = part {
                        words = words.or(self.expr(expr)?.words);
                    }
                }
                Ok(Value { words, ..Value::new(text.quoted(), Ty::Str) })
            }
        }
    }

    /// A text with its splices.
    pub(super) fn text(&mut self, text: &str) -> Result<Text, Reason> {
        let parts = parse_template(text)?;
        match self.alone(&parts)? {
            Some(value) => Ok(Text(vec![value.piece()?])),
            None => self.text_of(&parts),
        }
    }

    /// The text of a file.
    pub(super) fn template(&mut self, text: &str) -> Result<Text, Reason> {
        let parts = parse_file(text)?;
        self.text_of(&parts)
    }

    /// What stands alone on a line and is no text: Jinja drops the end of that line.
    pub(super) fn alone(&mut self, parts: &[Part]) -> Result<Option<Value>, Reason> {
        let [Part::Expr(expr), Part::Text(end)] = parts else { return Ok(None) };
        if end != "\n" {
            return Ok(None);
        }
        let value = self.expr(expr)?;
        Ok((!matches!(value.ty, Ty::Str | Ty::Slurp)).then_some(value))
    }

    pub(super) fn text_of(&mut self, parts: &[Part]) -> Result<Text, Reason> {
        let piece = |part: &Part| match part {
            Part::Text(text) => Ok(Piece::Written(text.clone())),
            Part::Expr(Expr::Str(text)) => Ok(Piece::Written(text.clone())),
            Part::Expr(expr) => self.expr(expr)?.piece(),
        };
        Ok(Text(parts.iter().map(piece).collect::<Result<_, Reason>>()?))
    }

    /// A condition, as behind `when:`; it may be written with braces too.
    pub(super) fn condition(&mut self, text: &str) -> Result<Value, Reason> {
        let text = text.trim();
        let inner = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
        let expr = match inner {
            Some(inner) if !inner.contains("{{") => parse_expression(inner)?,
            _ if text.contains("{{") => return Err(String::from("a condition with `{{ }}` in it is evaluated twice")),
            _ => parse_expression(text)?,
        };
        self.expr(&expr)?.truth()
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Value, Reason> {
        let value = self.compared(expr)?;
        let says_memory = |inventory: &Inventory| inventory.hosts.iter().any(|host| host.mem.is_some());
        match value.origin {
            Origin::Memory if !self.inventory.is_none_or(says_memory) => Ok(value),
            _ => value.settled(),
        }
    }

    /// The value of an expression that is compared with something.
    pub(super) fn compared(&mut self, expr: &Expr) -> Result<Value, Reason> {
        match expr {
            Expr::Str(text) => Ok(Value { words: Words::of(text), ..Value::new(quoted(text), Ty::Str) }),
            Expr::Int(number) => Ok(Value::new(number.to_string(), Ty::Int)),
            Expr::Bool(truth) => Ok(Value::new(truth.to_string(), Ty::Bool)),
            Expr::Other(text) => Err(format!("`{text}` has no counterpart")),
            Expr::Name(name) => self.name(name),
            Expr::Attr(value, field) => self.field(value, field),
            Expr::Index(value, index) => self.index(value, index),
            Expr::Call(callee) => Err(format!("`{}(…)` has no counterpart", shown(callee))),
            Expr::Filter(value, name, arguments) => self.filter(value, name, arguments),
            Expr::Test(value, name, negated) => {
                let test = self.test(value, name)?;
                Ok(if *negated { negation(&test) } else { test })
            }
            Expr::Not(value) => Ok(negation(&self.expr(value)?.truth()?)),
            Expr::Neg(value) => match self.expr(value)? {
                Value { ty: Ty::Int, text, .. } if text.bytes().all(|c| c.is_ascii_digit()) => {
                    Ok(Value::new(format!("-{text}"), Ty::Int))
                }
                value => Err(format!("`-{}` has no counterpart", value.text)),
            },
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::List(items) => self.list(items),
            Expr::If(condition, then, other) => {
                let condition = self.expr(condition)?.truth()?;
                let (then, other) = (self.expr(then)?, self.expr(other)?);
                if then.ty != other.ty {
                    return Err(String::from("the two values of an `if` have different types"));
                }
                let text = format!("if {} {{ {} }} else {{ {} }}", condition.text, then.text, other.text);
                Ok(Value::ranked(text, then.ty, OR))
            }
        }
    }

    pub(super) fn list(&mut self, items: &[Expr]) -> Result<Value, Reason> {
        let values = items.iter().map(|item| self.expr(item)).collect::<Result<Vec<Value>, Reason>>()?;
        list_of(&values)
    }

    pub(super) fn binary(&mut self, op: Op, left: &Expr, right: &Expr) -> Result<Value, Reason> {
        let compares = matches!(op, Op::In | Op::NotIn | Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge);
        let (left, right) = match compares {
            true => (self.compared(left)?.read()?, self.compared(right)?.read()?),
            false => (self.expr(left)?, self.expr(right)?),
        };
        match op {
            Op::Or | Op::And => {
                let (left, right) = (left.truth()?, right.truth()?);
                let (word, rank) = if op == Op::Or { ("or", OR) } else { ("and", AND) };
                let text = format!("{} {word} {}", left.within(rank), right.within(rank));
                Ok(Value::ranked(text, Ty::Bool, rank))
            }
            Op::In => contained(&left, &right),
            Op::NotIn => Ok(negation(&contained(&left, &right)?)),
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge => compared(op, left, right),
            Op::Concat => {
                let pieces = [left.piece()?, right.piece()?].into();
                Ok(Value::new(Text(pieces).quoted(), Ty::Str))
            }
            Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Rem => arithmetic(op, &left, &right),
        }
    }
}
