//! Steps over a text, and knows what is quoted and what is in brackets.

use super::here::Pending;
use super::parse::Failure;
use super::prepare::Prepared;
use super::template::Marks;

/// How deep quotes and brackets may nest.
const MAX_DEPTH: usize = 40;

/// What the scanner is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The whole text.
    Text,
    /// The body of a here-document.
    Body,
    /// `$(…)`.
    Substitution,
    /// `(…)`.
    Group,
    /// `"…"`.
    Double,
    /// `${…}`; with whether it stands between double quotes.
    Brace { quoted: bool },
}

pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    pub(super) marks: &'t Marks,
    pub(super) first_document: usize,
    pub(super) at: usize,
    /// Up to here the text was kept or dropped.
    pub(super) kept_to: usize,
    pub(super) frames: Vec<Frame>,
    pub(super) pending: Vec<Pending>,
    /// A word would begin here, and a `#` a comment.
    pub(super) word_start: bool,
    pub(super) prepared: Prepared,
}

impl<'t> Scanner<'t> {
    pub(super) fn run(&mut self) -> Result<(), Failure> {
        while let Some(byte) = self.byte(0) {
            match self.frame() {
                Frame::Text | Frame::Substitution | Frame::Group => self.command(byte)?,
                Frame::Double | Frame::Body => self.double(byte)?,
                Frame::Brace { quoted } => self.brace(byte, quoted)?,
            }
        }
        match self.frame() {
            Frame::Text | Frame::Body => {}
            Frame::Double => return Err(Failure::new("a double quote is not closed")),
            Frame::Substitution | Frame::Group => return Err(Failure::new("a bracket is not closed")),
            Frame::Brace { .. } => return Err(Failure::new("a `${` is not closed")),
        }
        if !self.pending.is_empty() {
            return Err(Failure::new("a here-document is not ended by its delimiter"));
        }
        self.keep();
        Ok(())
    }

    fn frame(&self) -> Frame {
        self.frames.last().copied().unwrap_or(Frame::Text)
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn failure(&self, message: &str) -> Failure {
        Failure::at(message, self.at..self.at + 1)
    }

    fn push(&mut self, frame: Frame, length: usize) -> Result<(), Failure> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(self.failure("the expansions nest too deep"));
        }
        self.frames.push(frame);
        self.at += length;
        self.word_start = true;
        Ok(())
    }

    fn pop(&mut self) {
        self.frames.pop();
        self.at += 1;
        self.word_start = false;
    }

    /// Takes everything since the last call into the prepared text.
    pub(super) fn keep(&mut self) {
        let kept = self.kept_to..self.at.min(self.text.len());
        if !kept.is_empty() {
            self.prepared.kept.push((self.prepared.text.len(), kept.clone()));
            self.prepared.text.push_str(self.text.get(kept).unwrap_or_default());
        }
        self.kept_to = self.at;
    }

    /// Puts other text into the prepared one for what ends at a byte.
    pub(super) fn replace(&mut self, end: usize, with: &str) {
        self.keep();
        self.prepared.kept.push((self.prepared.text.len(), self.at..end));
        self.prepared.text.push_str(with);
        self.at = end;
        self.kept_to = end;
    }

    fn command(&mut self, byte: u8) -> Result<(), Failure> {
        match byte {
            b'#' if self.word_start => self.comment(),
            b'\n' => {
                self.at += 1;
                self.word_start = true;
                self.bodies()?;
            }
            b'\'' => self.single(false)?,
            b'"' => self.push(Frame::Double, 1)?,
            b'(' => self.push(Frame::Group, 1)?,
            b')' => self.close_bracket()?,
            b'<' if self.rest().starts_with("<<<") => {
                self.prepared.needs_bash = true;
                self.at += 3;
                self.word_start = true;
            }
            b'<' if self.rest().starts_with("<<") => self.delimiter()?,
            b'\\' | b'$' | b'`' => self.special(byte)?,
            _ => {
                self.at += 1;
                self.word_start = b" \t;&|<>".contains(&byte);
            }
        }
        Ok(())
    }

    fn close_bracket(&mut self) -> Result<(), Failure> {
        match self.frame() {
            // The pattern of a `case`.
            Frame::Text | Frame::Body | Frame::Double | Frame::Brace { .. } => self.at += 1,
            Frame::Group => self.pop(),
            Frame::Substitution => {
                if self.pending.iter().any(|pending| pending.depth >= self.frames.len()) {
                    return Err(self.failure("the here-document has to begin before this bracket closes"));
                }
                self.pop();
                return Ok(());
            }
        }
        self.word_start = true;
        Ok(())
    }

    fn double(&mut self, byte: u8) -> Result<(), Failure> {
        match byte {
            b'"' if self.frame() == Frame::Double => self.pop(),
            // Some shells let it end an outer `${`.
            b'}' if self.in_quoted_brace() => return Err(self.failure("shells disagree about this `}`")),
            b'\\' | b'$' | b'`' => self.special(byte)?,
            _ => self.plain(byte)?,
        }
        Ok(())
    }

    fn in_quoted_brace(&self) -> bool {
        let outer = self.frames.len().checked_sub(2).and_then(|outer| self.frames.get(outer));
        outer == Some(&Frame::Brace { quoted: true })
    }

    fn brace(&mut self, byte: u8, quoted: bool) -> Result<(), Failure> {
        match byte {
            b'}' => self.pop(),
            b'\'' => self.single(quoted)?,
            b'"' => self.push(Frame::Double, 1)?,
            b'<' if self.rest().starts_with("<<") => return Err(self.failure("`<<` cannot stand in `${…}`")),
            b'\\' | b'$' | b'`' => self.special(byte)?,
            _ => self.plain(byte)?,
        }
        Ok(())
    }

    /// Steps over a byte that means nothing where the scanner is.
    fn plain(&mut self, byte: u8) -> Result<(), Failure> {
        if byte == b'\n' && !self.pending.is_empty() {
            return Err(self.failure("a here-document has to begin at the next line"));
        }
        self.at += 1;
        Ok(())
    }

    /// Steps over what a backslash, a dollar or a backquote begins. All mean the same inside of double quotes.
    fn special(&mut self, byte: u8) -> Result<(), Failure> {
        let rest = self.rest();
        match byte {
            b'\\' if rest.starts_with("\\\n") => self.joined_line(),
            b'\\' => {
                let length = rest.chars().take(2).map(char::len_utf8).sum::<usize>();
                if rest.len() < 2 {
                    return Err(self.failure("the text ends in a backslash"));
                }
                self.at += length;
                self.word_start = false;
                Ok(())
            }
            b'`' => self.backquotes(),
            _ if rest.starts_with("$((") => self.arithmetic(),
            _ if rest.starts_with("$(") => self.push(Frame::Substitution, 2),
            _ if rest.starts_with("${") => {
                let quoted = matches!(self.frame(), Frame::Double | Frame::Body | Frame::Brace { quoted: true });
                self.push(Frame::Brace { quoted }, 2)
            }
            _ if rest.starts_with("$[") => Err(self.failure("`$[…]` is not of every shell: write `$((…))`")),
            _ if rest.starts_with("$\\\n") => Err(self.failure("a line cannot be continued after `$`")),
            _ => {
                self.at += 1;
                self.word_start = false;
                Ok(())
            }
        }
    }

    /// Drops a backslash at the end of a line. Where this makes an operator of two, the parser would read them apart.
    fn joined_line(&mut self) -> Result<(), Failure> {
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        let is_operator = |byte: Option<u8>| byte.is_some_and(|byte| b"<>&|;()".contains(&byte));
        if is_operator(before.copied()) && is_operator(self.byte(2)) {
            return Err(self.failure("a line cannot be continued between these"));
        }
        self.at += 2;
        Ok(())
    }

    /// Steps over `'…'`. In `"${…}"` some shells see no quote in it, so nothing in it may matter.
    fn single(&mut self, perhaps_text: bool) -> Result<(), Failure> {
        let Some(length) = self.text.get(self.at + 1..).and_then(|rest| rest.find('\'')) else {
            return Err(self.failure("a single quote is not closed"));
        };
        let inner = self.text.get(self.at + 1..self.at + 1 + length).unwrap_or_default();
        if perhaps_text && inner.contains(['}', '"', '$', '`', '\\']) {
            return Err(self.failure("shells disagree about a `'` in `\"${…}\"`"));
        }
        let after_dollar = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at)) == Some(&b'$');
        if after_dollar && inner.ends_with('\\') {
            return Err(self.failure(r"shells disagree about `\'` in `$'…'`"));
        }
        if !self.pending.is_empty() && inner.contains('\n') {
            return Err(self.failure("a here-document has to begin at the next line"));
        }
        self.at += length + 2;
        self.word_start = false;
        Ok(())
    }

    /// Steps over a command between backquotes, which is prepared on its own.
    fn backquotes(&mut self) -> Result<(), Failure> {
        let mut end = self.at + 1;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(end) {
                None => return Err(self.failure("a backquote is not closed")),
                Some(b'`') => break,
                Some(b'\\') => end += 2,
                Some(b'\n') if !self.pending.is_empty() => {
                    return Err(self.failure("a here-document has to begin at the next line"));
                }
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        self.word_start = false;
        Ok(())
    }

    /// Steps into `$((…))`. What could be commands in it is taken for a group in a `$(…)`, as shells do.
    fn arithmetic(&mut self) -> Result<(), Failure> {
        let Some(end) = arithmetic_end(self.rest()) else {
            self.push(Frame::Substitution, 2)?;
            return self.push(Frame::Group, 1);
        };
        let end = self.at + end;
        // The parser would take a shift for a here-document.
        while let Some(shift) = self.text.get(self.at..end).and_then(|rest| rest.find("<<")) {
            self.at += shift;
            self.replace(self.at + 2, "<=");
        }
        self.at = end;
        self.word_start = false;
        Ok(())
    }

    fn comment(&mut self) {
        let end = self.at + self.rest().find('\n').unwrap_or(self.rest().len());
        self.prepared.comments.push(self.at..end);
        self.replace(end, "");
    }
}

/// The length of the `$((…))` that a text begins with, if it can only be arithmetic.
fn arithmetic_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' if depth >= MAX_DEPTH => return None,
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b'\n' | b';' | b'\'' | b'"' | b'\\' | b'`' => return None,
            _ => {}
        }
        if byte == b')' && depth == 1 {
            let closed = text.get(at + 1..)?.starts_with(')');
            return closed.then_some(at + 2);
        }
    }
    None
}
