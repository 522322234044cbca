//! Values while a workflow runs.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::check::ir::Literal;
use crate::diagnostic::duration;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// No value: `none`, or what a task without a result returns.
    None,
    /// A value that only a real run makes; a dry run goes on without it.
    Unknown,
    /// Text, and paths.
    Str(Rc<str>),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Milliseconds.
    Duration(u64),
    /// Bytes.
    Size(u64),
    /// Text that is shown nowhere.
    Secret(Rc<str>),
    /// A list.
    List(Rc<Vec<Value>>),
    /// A record or a map.
    Map(Rc<BTreeMap<String, Value>>),
    /// A host, by its number in the inventory.
    Host(usize),
    /// What a command left.
    Output(Rc<Output>),
    /// A file on a host.
    File(Rc<Located>),
    /// A socket on a host.
    Socket(Rc<Located>),
    /// Text that was read as data, with its tree.
    Data(Rc<Data>),
}

/// What a command left.
#[derive(Debug)]
pub struct Output {
    /// Its standard output.
    pub stdout: Rc<str>,
    /// Its standard error.
    pub stderr: Rc<str>,
    /// Its exit status.
    pub code: i32,
}

/// Something at a path of a host.
#[derive(Debug)]
pub struct Located {
    /// The number of the host.
    pub host: usize,
    /// The name of the host.
    pub host_name: String,
    /// The path there.
    pub path: String,
}

/// YAML or JSON, undecoded.
#[derive(Debug)]
pub struct Data {
    /// The text, for messages that name a line.
    pub text: String,
    /// Its tree.
    pub tree: serde_yaml::Value,
}

impl Value {
    /// Text as a value.
    pub fn text(text: impl Into<Rc<str>>) -> Value {
        Value::Str(text.into())
    }

    /// A list of values.
    #[must_use]
    pub fn list(values: Vec<Value>) -> Value {
        Value::List(Rc::new(values))
    }

    /// Whether it is, or holds, a value that only a real run makes.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        match self {
            Value::Unknown => true,
            Value::List(items) => items.iter().any(Value::is_unknown),
            Value::Map(entries) => entries.values().any(Value::is_unknown),
            _ => false,
        }
    }

    /// The text that a splice puts in its place; none for values that no text can hold.
    #[must_use]
    pub fn spliced(&self) -> Option<Rc<str>> {
        Some(match self {
            Value::Str(text) => text.clone(),
            Value::Int(number) => number.to_string().into(),
            Value::Bool(truth) => truth.to_string().into(),
            Value::Duration(millis) => duration(*millis).into(),
            Value::Size(bytes) => crate::place::human_size(*bytes).replace(' ', "").into(),
            Value::File(located) | Value::Socket(located) => located.path.as_str().into(),
            _ => return None,
        })
    }
}

impl From<&Literal> for Value {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::None => Value::None,
            Literal::Str(text) => Value::Str(text.clone()),
            Literal::Int(number) => Value::Int(*number),
            Literal::Bool(truth) => Value::Bool(*truth),
            Literal::Duration(millis) => Value::Duration(*millis),
            Literal::Size(bytes) => Value::Size(*bytes),
        }
    }
}

/// Equality as the language has it: by content.
impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::None, Value::None) => true,
            (Value::Str(a) | Value::Secret(a), Value::Str(b) | Value::Secret(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Duration(a), Value::Duration(b)) | (Value::Size(a), Value::Size(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => a == b,
            (Value::Host(a), Value::Host(b)) => a == b,
            (Value::File(a), Value::File(b)) | (Value::Socket(a), Value::Socket(b)) => {
                (a.host, &a.path) == (b.host, &b.path)
            }
            (Value::Output(a), Value::Output(b)) => (&a.stdout, &a.stderr, a.code) == (&b.stdout, &b.stderr, b.code),
            _ => false,
        }
    }
}
