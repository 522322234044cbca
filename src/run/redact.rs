//! Secrets are taken out of everything that a run tells, in the one place where all of it passes.

use std::cell::RefCell;
use std::rc::Rc;

use super::event::{Event, Observer};
use super::failure::Failure;

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
        if !secret.is_empty() && !secrets.contains(secret) {
            secrets.push(secret.clone());
        }
    }

    fn clean(&self, text: &str) -> String {
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
            Event::Line { stage, host, stream, line } => {
                self.inner.event(&Event::Line { stage, host, stream, line: &self.clean(line) });
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
            Event::StageStarted { .. } | Event::Measured { .. } | Event::Progress { .. } | Event::StageEnded { .. } => {
                self.inner.event(event);
            }
        }
    }
}
