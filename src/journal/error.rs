//! What can be wrong with runs on disk, in words for the user.

use std::path::Path;
use std::{fmt, io};

/// Why something about runs cannot be done.
#[derive(Debug)]
pub struct Error {
    /// What failed.
    pub message: String,
    /// A remedy.
    pub help: Option<String>,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Error { message: message.into(), help: None }
    }

    pub(super) fn io(what: &str, path: &Path, error: &io::Error) -> Self {
        Error::new(format!("cannot {what} {}: {error}", path.display()))
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
