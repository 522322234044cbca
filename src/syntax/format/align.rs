//! The lines of a formatted text, and the columns of the comments at their ends.

use std::collections::BTreeMap;

/// The least number of blanks between code and the comment behind it.
const GAP: usize = 2;

/// A comment as it stood in the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remark<'s> {
    /// From its `#` on, without blanks at its end.
    pub(super) text: &'s str,
    /// Where it stood behind code of its line.
    pub(super) behind: Option<Behind>,
}

/// Where a comment stood behind code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Behind {
    /// Its column.
    pub(super) column: usize,
    /// The number of blanks before it.
    pub(super) gap: usize,
}

/// A line, its indentation included.
#[derive(Debug, Default)]
pub(super) struct Line {
    code: String,
    comment: Option<(String, Behind)>,
}

impl Line {
    fn is_empty(&self) -> bool {
        self.code.is_empty() && self.comment.is_none()
    }

    fn width(&self) -> usize {
        self.code.rsplit('\n').next().unwrap_or("").chars().count()
    }
}

/// The lines written so far.
#[derive(Default)]
pub(super) struct Written {
    lines: Vec<Line>,
    line: Line,
    /// A blank is due before more text on this line.
    space: bool,
}

impl Written {
    /// The column at which text would be written.
    pub(super) fn column(&self, indent: usize) -> usize {
        if self.line.code.is_empty() || self.line.comment.is_some() {
            indent
        } else {
            self.line.width() + usize::from(self.space)
        }
    }

    pub(super) fn text(&mut self, text: &str, indent: usize) {
        if self.line.comment.is_some() {
            self.end_line();
        }
        if self.line.code.is_empty() {
            self.line.code = " ".repeat(indent);
        } else if self.space {
            self.line.code.push(' ');
        }
        self.space = false;
        self.line.code.push_str(text);
    }

    pub(super) fn space(&mut self) {
        self.space = true;
    }

    /// A comment stands behind the code that it stood behind; else on a line of its own.
    pub(super) fn comment(&mut self, remark: &Remark<'_>, indent: usize) {
        match remark.behind {
            Some(behind) if !self.line.code.is_empty() && self.line.comment.is_none() => {
                self.line.comment = Some((remark.text.to_owned(), behind));
            }
            _ => {
                self.end_line();
                self.line.code = format!("{}{}", " ".repeat(indent), remark.text);
                self.end_line();
            }
        }
    }

    pub(super) fn end_line(&mut self) {
        self.space = false;
        if !self.line.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    pub(super) fn blank_line(&mut self) {
        self.end_line();
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Line::default());
        }
    }

    pub(super) fn finish(mut self) -> Vec<Line> {
        self.end_line();
        self.lines
    }
}

/// The whole text. Comments that stood in one column stand in one column, as far to the right as the longest of their
/// lines needs; an empty line ends what belongs together.
pub(super) fn join(lines: &[Line], line_break: &str) -> String {
    let mut text = String::new();
    for block in lines.chunk_by(|before, _| !before.is_empty()) {
        let columns = columns(block);
        for line in block {
            text.push_str(&line.code);
            if let Some((comment, behind)) = &line.comment {
                let column = columns.get(&behind.column).copied().unwrap_or(0);
                text.extend(std::iter::repeat_n(' ', column.saturating_sub(line.width())));
                text.push_str(comment);
            }
            text.push_str(line_break);
        }
    }
    text
}

/// For each column of the source the one that comments move to.
fn columns(block: &[Line]) -> BTreeMap<usize, usize> {
    let mut groups: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for line in block {
        if let Some((_, behind)) = &line.comment {
            let (width, gap) = groups.entry(behind.column).or_insert((0, usize::MAX));
            *width = line.width().max(*width);
            *gap = behind.gap.min(*gap);
        }
    }
    groups.into_iter().map(|(column, (width, gap))| (column, width + gap.max(GAP))).collect()
}
