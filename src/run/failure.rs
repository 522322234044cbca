//! Why a step failed, as data.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::source::Span;
use crate::transport::TransportError;

/// A failure of a step on a host.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its code.
    pub code: Code,
    /// What failed, in words; names the host.
    pub message: String,
    /// The last output, or other facts.
    pub notes: Vec<String>,
    /// A remedy.
    pub help: Option<String>,
    /// The step.
    pub span: Option<Span>,
    /// The calls that led to the step, innermost first.
    pub calls: Vec<Span>,
    /// What may be done about it.
    pub kind: Kind,
}

/// What may be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A step did not succeed: a check may take it for a no, and `rescue` and `retry` may go on.
    Step,
    /// The host cannot be reached; it may come.
    Unreachable,
    /// Nothing in the workflow can mend it: a wrong host key, facts that contradict the inventory.
    Fatal,
    /// The connection was lost under it: it may or may not have happened. What is safe to do again may be done again.
    Unknown,
    /// The connection had been lost before: nothing was begun, and it can be done on another one.
    NotBegun,
    /// A durable command goes on, or may, and nobody follows it any more: nothing in the workflow may go on over that.
    GivenUp,
    /// The run is being ended.
    Cancelled,
    /// In an earlier part of the run a limit of time ended it; the limit knows.
    CutBefore,
}

/// How programs say that a disk is full, and so do the scripts of this crate.
pub(super) const NO_SPACE: &str = "No space left on device";

/// The disk of a host has no room for something that flowrun itself keeps there.
pub(super) fn full(host: &str, place: &str, what: &str) -> Failure {
    Failure::step(Code::R0803, format!("the disk of {host} is full: there is no room for {what} in {place}"))
        .help(format!("make room on {host} (`df -h {place}` there), then `flowrun resume`"))
}

impl Failure {
    /// A step that did not succeed.
    pub fn step(code: Code, message: impl Into<String>) -> Failure {
        Failure {
            code,
            message: message.into(),
            notes: Vec::new(),
            help: None,
            span: None,
            calls: Vec::new(),
            kind: Kind::Step,
        }
    }

    /// Something that the workflow cannot mend.
    pub fn fatal(code: Code, message: impl Into<String>) -> Failure {
        Failure { kind: Kind::Fatal, ..Failure::step(code, message) }
    }

    /// The run is being ended.
    #[must_use]
    pub fn cancelled(host: &str) -> Failure {
        Failure { kind: Kind::Cancelled, ..Failure::step(Code::R0806, format!("cancelled on {host}")) }
    }

    fn transport(error: &TransportError) -> Failure {
        let unreachable = error.is_unreachable();
        let kind = match error {
            TransportError::Lost { .. } => Kind::Unknown,
            TransportError::Dropped { .. } => Kind::NotBegun,
            _ if unreachable => Kind::Unreachable,
            TransportError::Authentication { .. } | TransportError::HostKey { .. } => Kind::Fatal,
            _ => Kind::Step,
        };
        let code = if matches!(kind, Kind::Step) { Code::R0803 } else { Code::R0802 };
        Failure { kind, help: error.help(), ..Failure::step(code, error.to_string()) }
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Failure {
        self.notes.push(note.into());
        self
    }

    /// Adds the last lines of what a command printed.
    #[must_use]
    pub fn printed(self, tail: &str) -> Failure {
        if tail.trim().is_empty() { self.note("it printed nothing") } else { self.note(format!("it printed:\n{tail}")) }
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Failure {
        self.help = Some(help.into());
        self
    }

    /// Says at which step, unless that is known already.
    #[must_use]
    pub fn at(mut self, span: Span) -> Failure {
        match self.span {
            None => self.span = Some(span),
            Some(known) if known != span => self.calls.push(span),
            Some(_) => {}
        }
        self
    }

    /// The failure as a diagnostic, to be shown with the text around its step.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = match self.span {
            Some(span) => Diagnostic::error(self.code, self.message.clone(), span, ""),
            None => Diagnostic::new(Severity::Error, self.code, self.message.clone()),
        };
        for call in &self.calls {
            diagnostic = diagnostic.label(*call, "called here");
        }
        let diagnostic = self.notes.iter().fold(diagnostic, |diagnostic, note| diagnostic.note(note.clone()));
        diagnostic.maybe_help(self.help.clone())
    }
}

/// What the transport says, as a failure of a step.
impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Failure::transport(&error)
    }
}
