//! Here-documents: where they begin, and where their bodies end.

use super::parse::Failure;
use super::prepare::Document;
use super::scan::{Frame, Scanner};

/// A here-document whose body is still to come.
pub(super) struct Pending {
    delimiter: String,
    quoted: bool,
    strips_tabs: bool,
    /// How many frames were open.
    pub(super) depth: usize,
}

impl Scanner<'_> {
    /// Reads `<<` and its delimiter.
    pub(super) fn delimiter(&mut self) -> Result<(), Failure> {
        if let [.., Frame::Substitution, Frame::Group] = self.frames.as_slice()
            && self.text.get(..self.at).is_some_and(|before| before.contains("$(("))
        {
            return Err(self.failure("a here-document cannot stand in `$((`: put a blank between the brackets"));
        }
        let rest = self.rest();
        let strips_tabs = rest.starts_with("<<-");
        let operator = 2 + usize::from(strips_tabs);
        let after = rest.get(operator..).unwrap_or_default();
        let written = after.trim_start_matches([' ', '\t']);
        let blanks = after.len() - written.len();
        let length = written.find([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']).unwrap_or(written.len());
        let written = written.get(..length).unwrap_or_default();
        let Some((delimiter, quoted)) = unquote(written).filter(|_| self.marks.splices_in(written).is_empty()) else {
            return Err(self.failure("the delimiter of a here-document has to be a plain word"));
        };
        let end = self.at + operator + blanks + length;
        let mark = self.marks.document(self.first_document + self.prepared.documents.len() + self.pending.len());
        self.replace(end, &format!("< {mark}"));
        self.word_start = false;
        self.pending.push(Pending { delimiter, quoted, strips_tabs, depth: self.frames.len() });
        Ok(())
    }

    /// Takes out the bodies that begin after this newline.
    pub(super) fn bodies(&mut self) -> Result<(), Failure> {
        let inner = self.frames.iter().rposition(|frame| *frame != Frame::Group).unwrap_or(0);
        if self.pending.iter().any(|pending| pending.depth <= inner) {
            return Err(self.failure("a here-document has to begin at the next line"));
        }
        for pending in std::mem::take(&mut self.pending) {
            self.body(&pending)?;
        }
        Ok(())
    }

    fn body(&mut self, pending: &Pending) -> Result<(), Failure> {
        self.keep();
        let start = self.at;
        let mut continued = false;
        let mut line_start = start;
        for line in self.rest().split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            let shown = if pending.strips_tabs { content.trim_start_matches('\t') } else { content };
            if shown == pending.delimiter {
                if continued {
                    // A shell would join it to the line before, and read on.
                    return Err(self.failure("the here-document's last line ends in a backslash"));
                }
                let body = self.text.get(start..line_start).unwrap_or_default().to_owned();
                let range = start..line_start;
                self.prepared.documents.push(Document { body, range, expands: !pending.quoted });
                self.at = line_start + line.len();
                self.kept_to = self.at;
                return Ok(());
            }
            continued = !pending.quoted && content.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
            line_start += line.len();
        }
        Err(self.failure("a here-document is not ended by its delimiter"))
    }
}

/// Takes the quotes off a delimiter, and says whether there were any. `None` if it is none, or has expansions.
fn unquote(written: &str) -> Option<(String, bool)> {
    if written.contains(['$', '`', '\n']) {
        return None;
    }
    let delimiter = shlex::split(written)?;
    let [delimiter] = delimiter.as_slice() else { return None };
    let quoted = written.contains(['\'', '"', '\\']);
    (!delimiter.is_empty()).then(|| (delimiter.clone(), quoted))
}
