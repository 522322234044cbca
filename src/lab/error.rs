//! What can go wrong with the lab, in the user's words.

use std::fmt;
use std::path::Path;

/// A failure of the lab: what is wrong and, where there is one, the remedy.
#[derive(Debug)]
pub struct LabError {
    message: String,
    help: Option<String>,
}

impl LabError {
    /// A failure without a remedy of its own.
    pub(super) fn new(message: impl Into<String>) -> Self {
        LabError { message: message.into(), help: None }
    }

    /// A file operation that failed: `cannot ACTION PATH: REASON`.
    pub(super) fn io(action: &str, path: &Path, reason: impl fmt::Display) -> Self {
        LabError::new(format!("cannot {action} `{}`: {reason}", path.display()))
    }

    /// The same failure with its remedy.
    #[must_use]
    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What is wrong: lower case, without a final stop.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// How to mend it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LabError {}
