//! Values and failures as the journal keeps them: hosts by name, so that they mean the same to a later run.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, Kind};
use super::value::{Data, Located, Output, Value};
use crate::diagnostic::Code;

/// A value on its way to the journal and back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// `none`
    None,
    /// Text, and paths.
    Str(String),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Milliseconds.
    Duration(u64),
    /// Bytes.
    Size(u64),
    /// A list.
    List(Vec<Kept>),
    /// A record or a map.
    Map(BTreeMap<String, Kept>),
    /// A host, by its name.
    Host(String),
    /// What a command left.
    Output {
        /// Its standard output.
        stdout: String,
        /// Its standard error.
        stderr: String,
        /// Its exit status.
        code: i32,
    },
    /// A file on a host.
    File {
        /// The host's name.
        host: String,
        /// The path there.
        path: String,
    },
    /// A socket on a host.
    Socket {
        /// The host's name.
        host: String,
        /// The path there.
        path: String,
    },
    /// YAML or JSON, undecoded.
    Data {
        /// The text that it was read from.
        text: String,
        /// The tree, as YAML.
        tree: String,
    },
    /// Something that is not kept: a secret, or what a secret was taken out of.
    Hidden,
}

impl Kept {
    /// What is kept of a value; `names` are those of the inventory's hosts.
    #[must_use]
    pub fn of(value: &Value, names: &[String]) -> Kept {
        let all = |items: &[Value]| items.iter().map(|item| Kept::of(item, names)).collect();
        let at = |located: &Located| (located.host_name.clone(), located.path.clone());
        match value {
            Value::None => Kept::None,
            Value::Str(text) => Kept::Str(text.to_string()),
            Value::Int(number) => Kept::Int(*number),
            Value::Bool(truth) => Kept::Bool(*truth),
            Value::Duration(millis) => Kept::Duration(*millis),
            Value::Size(bytes) => Kept::Size(*bytes),
            Value::List(items) => Kept::List(all(items)),
            Value::Map(entries) => {
                Kept::Map(entries.iter().map(|(key, value)| (key.clone(), Kept::of(value, names))).collect())
            }
            Value::Host(host) => names.get(*host).map_or(Kept::Hidden, |name| Kept::Host(name.clone())),
            Value::Output(output) => {
                Kept::Output { stdout: output.stdout.to_string(), stderr: output.stderr.to_string(), code: output.code }
            }
            Value::File(located) => {
                let (host, path) = at(located);
                Kept::File { host, path }
            }
            Value::Socket(located) => {
                let (host, path) = at(located);
                Kept::Socket { host, path }
            }
            Value::Data(data) => serde_yaml::to_string(&data.tree)
                .map_or(Kept::Hidden, |tree| Kept::Data { text: data.text.clone(), tree }),
            Value::Secret(_) | Value::Unknown => Kept::Hidden,
        }
    }

    /// The value again; none where something of it was not kept, or names a host that the inventory no longer has.
    #[must_use]
    pub fn value(&self, names: &[String]) -> Option<Value> {
        let number = |name: &String| names.iter().position(|known| known == name);
        let located = |host: &String, path: &String| {
            number(host).map(|at| Rc::new(Located { host: at, host_name: host.clone(), path: path.clone() }))
        };
        Some(match self {
            Kept::None => Value::None,
            Kept::Str(text) => Value::text(text.as_str()),
            Kept::Int(number) => Value::Int(*number),
            Kept::Bool(truth) => Value::Bool(*truth),
            Kept::Duration(millis) => Value::Duration(*millis),
            Kept::Size(bytes) => Value::Size(*bytes),
            Kept::List(items) => Value::list(items.iter().map(|item| item.value(names)).collect::<Option<_>>()?),
            Kept::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| Some((key.clone(), value.value(names)?)));
                Value::Map(Rc::new(entries.collect::<Option<_>>()?))
            }
            Kept::Host(name) => Value::Host(number(name)?),
            Kept::Output { stdout, stderr, code } => Value::Output(Rc::new(Output {
                stdout: stdout.as_str().into(),
                stderr: stderr.as_str().into(),
                code: *code,
            })),
            Kept::File { host, path } => Value::File(located(host, path)?),
            Kept::Socket { host, path } => Value::Socket(located(host, path)?),
            Kept::Data { text, tree } => {
                Value::Data(Rc::new(Data { text: text.clone(), tree: serde_yaml::from_str(tree).ok()? }))
            }
            Kept::Hidden => return None,
        })
    }
}

/// A failure on its way to the journal and back, without the places of the text: those are found again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFailure {
    /// Its code.
    pub code: String,
    /// What failed.
    pub message: String,
    /// The last output, or other facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// A remedy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What may be done about it.
    pub kind: Kind,
}

impl From<&Failure> for KeptFailure {
    fn from(failure: &Failure) -> Self {
        KeptFailure {
            code: failure.code.as_str().to_owned(),
            message: failure.message.clone(),
            notes: failure.notes.clone(),
            help: failure.help.clone(),
            kind: failure.kind,
        }
    }
}

impl From<&KeptFailure> for Failure {
    fn from(kept: &KeptFailure) -> Self {
        let code = Code::ALL.iter().copied().find(|code| code.as_str() == kept.code).unwrap_or(Code::R0803);
        Failure {
            notes: kept.notes.clone(),
            help: kept.help.clone(),
            kind: kept.kind,
            ..Failure::step(code, kept.message.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let names = ["cm3".to_owned(), "builder".to_owned()];
        let file = Located { host: 1, host_name: "builder".into(), path: "/a".into() };
        let values = [
            Value::None,
            Value::text("ü\n\0"),
            Value::Int(i64::MIN),
            Value::list(vec![Value::Bool(true), Value::Duration(7), Value::Size(u64::MAX)]),
            Value::Map(Rc::new([("k".to_owned(), Value::Host(1))].into())),
            Value::Output(Rc::new(Output { stdout: "o".into(), stderr: "e".into(), code: 3 })),
            Value::File(Rc::new(file)),
        ];
        for value in values {
            let text = serde_json::to_string(&Kept::of(&value, &names)).unwrap();
            let back: Kept = serde_json::from_str(&text).unwrap();
            assert_eq!(back.value(&names).as_ref(), Some(&value), "{text}");
        }
    }

    #[test]
    fn a_host_keeps_its_name_when_the_inventory_is_reordered() {
        let kept = Kept::of(&Value::Host(0), &["a".into(), "b".into()]);
        assert_eq!(kept.value(&["b".into(), "a".into()]), Some(Value::Host(1)));
        assert_eq!(kept.value(&["b".into()]), None);
    }

    #[test]
    fn secrets_are_not_kept() {
        let kept = Kept::of(&Value::list(vec![Value::Secret("s3cret".into())]), &[]);
        assert!(!serde_json::to_string(&kept).unwrap().contains("s3cret"));
        assert_eq!(kept.value(&[]), None);
    }
}
