//! What is wrong with a workflow or an inventory, as data. Words are chosen by the phase that finds the fault;
//! [`render`] turns the result into text for people, at the edge alone; `output` into text for programs.

mod code;
mod render;
mod words;

pub use code::Code;
pub use render::{Style, render, render_all};
pub use words::{about, clean, did_you_mean, duration, list, or_list, plural};

use crate::source::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; changes nothing.
    Note,
    /// A lint: the workflow may run.
    Warning,
    /// The workflow is refused.
    Error,
}

impl Severity {
    /// As it is written in every format.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A span with a word on what it has to do with the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What this place contributed; may be empty for the primary one.
    pub message: String,
    /// Whether this is the place of the fault itself.
    pub primary: bool,
}

/// A change of the text that mends a fault without asking anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words.
    pub title: String,
    /// The places to change, each with the text that stands there afterwards.
    pub edits: Vec<(Span, String)>,
}

/// One fault: what is wrong, where, why, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// Its stable code.
    pub code: Code,
    /// What is wrong, in the user's words: lower case, no final stop.
    pub message: String,
    /// The places, the primary one first.
    pub labels: Vec<Label>,
    /// Facts that belong to no single place.
    pub notes: Vec<String>,
    /// How to mend it; can be pasted where possible.
    pub helps: Vec<String>,
    /// The same, where it can be done by a machine.
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// An error at `span`; `label` says what is wrong with just this span and may be empty.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message).with_primary(span, label)
    }

    /// A lint at `span`.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message).with_primary(span, label)
    }

    /// Something worth knowing at `span`.
    #[must_use]
    pub fn note_at(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message).with_primary(span, label)
    }

    /// A diagnostic without a place yet.
    #[must_use]
    pub fn new(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Diagnostic {
            severity,
            code,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fix: None,
        }
    }

    fn with_primary(mut self, span: Span, label: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: label.into(), primary: true });
        self
    }

    /// Adds a place that contributed.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into(), primary: false });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.helps.push(help.into());
        self
    }

    /// Adds a remedy where there is one.
    #[must_use]
    pub fn maybe_help(self, help: Option<impl Into<String>>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Adds a change that mends it.
    #[must_use]
    pub fn fixed_by(mut self, title: impl Into<String>, edits: Vec<(Span, String)>) -> Self {
        self.fix = Some(Box::new(Fix { title: title.into(), edits }));
        self
    }

    /// Adds a change that mends it, where there is one.
    #[must_use]
    pub fn maybe_fix(self, fix: Option<Fix>) -> Self {
        Diagnostic { fix: fix.map(Box::new), ..self }
    }

    /// The place of the fault, where it has one.
    #[must_use]
    pub fn primary_span(&self) -> Option<Span> {
        self.labels.iter().find(|label| label.primary).map(|label| label.span)
    }

    /// Whether the workflow is refused for it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
