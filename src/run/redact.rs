//! Secrets are taken out of everything that a run tells, in the one place where all of it passes.

use std::cell::RefCell;
use std::rc::Rc;

use super::event::{Event, Observer, Outcome};
use super::failure::Failure;
use super::value::Value;
use crate::transport::LocalBoxFuture;

/// In place of a value that holds a secret.
fn hidden() -> Value {
    Value::Secret("".into())
}

/// Passes events on without the secrets that went to a host so far, even when the host echoes them.
pub(super) struct Redacting {
    inner: Rc<dyn Observer>,
    secrets: RefCell<Vec<Rc<str>>>,
}

impl Redacting {
    pub(super) fn new(inner: Rc<dyn Observer>) -> Self {
        Redacting { inner, secrets: RefCell::new(Vec::new()) }
    }

    /// From now on the text is shown nowhere.
    pub(super) fn hide(&self, secret: &Rc<str>) {
        let mut secrets = self.secrets.borrow_mut();
        // A host that echoes a secret of several lines does so line by line. A short line may be anything.
        let lines = secret.lines().filter(|line| line.len() >= 4 && *line != &**secret).map(Rc::from);
        for secret in std::iter::once(secret.clone()).chain(lines) {
            if !secret.is_empty() && !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
        // The longest first: one may be a part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Whether a secret is in a value.
    fn is_in(&self, value: &Value) -> bool {
        let holds = |text: &str| self.secrets.borrow().iter().any(|secret| text.contains(&**secret));
        match value {
            Value::Str(text) => holds(text),
            Value::Secret(_) => true,
            Value::List(items) => items.iter().any(|item| self.is_in(item)),
            Value::Map(entries) => entries.iter().any(|(key, value)| holds(key) || self.is_in(value)),
            Value::Output(output) => holds(&output.stdout) || holds(&output.stderr),
            Value::File(located) | Value::Socket(located) => holds(&located.path),
            Value::Data(data) => holds(&data.text),
            Value::None
            | Value::Unknown
            | Value::Int(_)
            | Value::Bool(_)
            | Value::Duration(_)
            | Value::Size(_)
            | Value::Host(_) => false,
        }
    }

    /// A text without the secrets.
    pub(super) fn clean(&self, text: &str) -> String {
        self.secrets.borrow().iter().fold(text.to_owned(), |text, secret| text.replace(&**secret, "***"))
    }

    fn clean_failure(&self, failure: &Failure) -> Failure {
        Failure {
            message: self.clean(&failure.message),
            notes: failure.notes.iter().map(|note| self.clean(note)).collect(),
            help: failure.help.as_ref().map(|help| self.clean(help)),
            ..failure.clone()
        }
    }
}

impl Observer for Redacting {
    fn event(&self, event: &Event<'_>) {
        // Most runs have no secret, and the lines of a build are many.
        if self.secrets.borrow().is_empty() {
            return self.inner.event(event);
        }
        match *event {
            Event::Line { stage, host, step, stream, line } => {
                self.inner.event(&Event::Line { stage, host, step, stream, line: &self.clean(line) });
            }
            Event::StepStarted { stage, lane, host, step, place, what, acts, durable } => {
                let what = &self.clean(what);
                self.inner.event(&Event::StepStarted { stage, lane, host, step, place, what, acts, durable });
            }
            Event::StepEnded { step, outcome: Outcome::Done(value) } if self.is_in(value) => {
                self.inner.event(&Event::StepEnded { step, outcome: Outcome::Done(&hidden()) });
            }
            Event::StepEnded { step, outcome: Outcome::Failed(failure) } => {
                let outcome = Outcome::Failed(&self.clean_failure(failure));
                self.inner.event(&Event::StepEnded { step, outcome });
            }
            Event::FinallyStarted { stage, lane, result: Some(result) } if self.is_in(result) => {
                self.inner.event(&Event::FinallyStarted { stage, lane, result: Some(&hidden()) });
            }
            Event::HostDone { stage, lane, result } if self.is_in(result) => {
                self.inner.event(&Event::HostDone { stage, lane, result: &hidden() });
            }
            Event::Reconnecting { host, why, pause } => {
                self.inner.event(&Event::Reconnecting { host, why: &self.clean(why), pause });
            }
            Event::Printed { stage, host, text } => {
                self.inner.event(&Event::Printed { stage, host, text: &self.clean(text) });
            }
            Event::Ensured { stage, host, goal, outcome } => {
                self.inner.event(&Event::Ensured { stage, host, goal: &self.clean(goal), outcome });
            }
            Event::Skipped { stage, host, what } => {
                self.inner.event(&Event::Skipped { stage, host, what: &self.clean(what) });
            }
            Event::Failed { stage, host, failure } => {
                self.inner.event(&Event::Failed { stage, host, failure: &self.clean_failure(failure) });
            }
            Event::StageStarted { .. }
            | Event::Measured { .. }
            | Event::Taken { .. }
            | Event::StepEnded { .. }
            | Event::TimedOut { .. }
            | Event::FinallyStarted { .. }
            | Event::HostDone { .. }
            | Event::Owed { .. }
            | Event::Settled { .. }
            | Event::DurableEnded { .. }
            | Event::Reconnected { .. }
            | Event::WayLost { .. }
            | Event::Progress { .. }
            | Event::StageEnded { .. } => self.inner.event(event),
        }
    }

    fn kept(&self) -> LocalBoxFuture<'_, Result<(), String>> {
        self.inner.kept()
    }
}
