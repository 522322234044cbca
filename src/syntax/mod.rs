//! From text to tree. Parsing never fails: it returns what could be read and a diagnostic for each thing that could not.

pub mod ast;
mod commands;
mod errors;
mod foreign;
mod format;
mod habits;
pub mod incremental;
mod lower;
mod parallel;
mod parser;
mod shift;
mod stored;

pub use commands::commands;
pub use errors::{DECLARATIONS, STATEMENTS, TEST_STATEMENTS};
pub use format::{NoLayout, format};
pub use parallel::read;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceMap};

/// Reads one file of `sources`. The tree leaves out the declarations and statements that the diagnostics speak of.
#[must_use]
pub fn parse(sources: &SourceMap, file: FileId) -> (ast::File, Vec<Diagnostic>) {
    let text = sources.get(file).map_or("", |source| source.text());
    parser::parse_file(text, file)
}

/// Whether a word begins a statement or is an operator, so that no value can be reached by it.
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    parser::is_reserved(word)
}

/// Reads one selector, for example the value of `--limit`.
///
/// # Errors
/// The diagnostic that says what is wrong with it.
pub fn parse_selector(sources: &SourceMap, file: FileId) -> Result<ast::Selector, Box<Diagnostic>> {
    let text = sources.get(file).map_or("", |source| source.text());
    parser::parse_selector(text, file)
}
