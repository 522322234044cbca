//! The one place where codespan-reporting turns a diagnostic into text for people.

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term;

use super::{Diagnostic, Severity, clean};
use crate::source::{FileId, SourceMap};

/// How a diagnostic is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether ANSI colours are used.
    pub color: bool,
}

/// Draws one diagnostic, ending in a newline.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let config = term::Config::default();
    let report = convert(diagnostic);
    let drawn = if style.color {
        let mut buffer = codespan_reporting::term::termcolor::Ansi::new(Vec::new());
        term::emit_to_write_style(&mut buffer, &config, sources, &report)
            .map(|()| String::from_utf8_lossy(&buffer.into_inner()).into_owned())
    } else {
        term::emit_into_string(&config, sources, &report)
    };
    // Drawing fails only where a span is of no known file, which is a fault of ours: the words are shown all the same.
    let drawn = drawn
        .unwrap_or_else(|_| format!("{}[{}]: {}\n", diagnostic.severity.word(), diagnostic.code, diagnostic.message));
    let mut text: String = drawn.trim_end().lines().map(|line| format!("{}\n", line.trim_end())).collect();
    text.push('\n');
    text
}

/// Draws all of them, in the order of files and places, errors and lints mixed as they stand.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], sources: &SourceMap, style: Style) -> String {
    diagnostics.iter().map(|diagnostic| render(diagnostic, sources, style)).collect()
}

fn convert(diagnostic: &Diagnostic) -> codespan::Diagnostic<FileId> {
    let severity = match diagnostic.severity {
        Severity::Note => codespan::Severity::Note,
        Severity::Warning => codespan::Severity::Warning,
        Severity::Error => codespan::Severity::Error,
    };
    let labels = diagnostic.labels.iter().map(|label| {
        let style = if label.primary { codespan::LabelStyle::Primary } else { codespan::LabelStyle::Secondary };
        codespan::Label::new(style, label.span.file, label.span.range()).with_message(clean(&label.message))
    });
    let notes = diagnostic.notes.iter().map(|note| prefixed("note", note));
    let helps = diagnostic.helps.iter().map(|help| prefixed("help", help));
    codespan::Diagnostic::new(severity)
        .with_code(diagnostic.code.as_str())
        .with_message(clean(&diagnostic.message))
        .with_labels(labels.collect())
        .with_notes(notes.chain(helps).collect())
}

fn prefixed(word: &str, text: &str) -> String {
    let indent = " ".repeat(word.len() + 2);
    format!("{word}: {}", clean(text).replace('\n', &format!("\n{indent}")))
}

impl<'a> Files<'a> for SourceMap {
    type FileId = FileId;
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<&'a str, Error> {
        self.get(id).map(|file| file.name()).ok_or(Error::FileMissing)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        self.get(id).map(|file| file.text()).ok_or(Error::FileMissing)
    }

    fn line_index(&'a self, id: FileId, offset: usize) -> Result<usize, Error> {
        self.get(id).map(|file| file.line_index(offset)).ok_or(Error::FileMissing)
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<std::ops::Range<usize>, Error> {
        let file = self.get(id).ok_or(Error::FileMissing)?;
        file.line_range(line).ok_or(Error::LineTooLarge { given: line, max: line })
    }
}
