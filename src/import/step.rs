//! What a module becomes, before the keywords around it are put to it.

use super::code::{Code, Piece, Text};
use super::scope::Ty;

/// A call of `sh`.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) text: Text,
    /// The options, each with its value.
    pub(super) options: Vec<(&'static str, String)>,
}

impl Call {
    pub(super) fn code(&self) -> String {
        let text = self.text.command();
        let options: Vec<String> = self.options.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        if options.is_empty() { format!("sh {text}") } else { format!("sh({text}, {})", options.join(", ")) }
    }

    /// As a value of which something is asked.
    pub(super) fn value(&self) -> String {
        let code = self.code();
        match code.strip_prefix("sh \"") {
            Some(rest) => format!("sh(\"{rest})"),
            None => code,
        }
    }
}

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Command(Call),
    /// `ensure "goal" { check } else { fix }`
    Ensure {
        goal: Text,
        check: Code,
        fix: Code,
    },
    /// Statements, and whether they change something whenever they run.
    Plain(Code),
    /// A value to be registered.
    Value(String, Ty),
}

/// Pieces of a command in a row.
pub(super) fn text(parts: impl IntoIterator<Item = Vec<Piece>>) -> Text {
    Text(parts.into_iter().flatten().collect())
}

/// A piece that is written as it is.
pub(super) fn written(text: &str) -> Vec<Piece> {
    vec![Piece::Written(text.to_owned())]
}
