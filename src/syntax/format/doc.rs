//! A document: text with the places where its lines may break, and the choice among them.

use super::align::{Line, Remark, Written};

/// No line is longer where it can be broken.
pub(super) const WIDTH: usize = 120;
/// How far a step of indentation goes.
const STEP: usize = 4;

/// A piece of a document.
#[derive(Debug)]
pub(super) enum Doc<'s> {
    /// A token. A string may hold line breaks, which stay as they are.
    Text(&'s str),
    /// A blank, unless a line begins or ends there.
    Space,
    /// A blank, or the end of a line where the group is broken.
    Line,
    /// Nothing, or the end of a line where the group is broken.
    SoftLine,
    /// The end of a line.
    HardLine,
    /// The end of a line, and an empty line.
    Blank,
    /// A comment, which ends its line.
    Comment(Remark<'s>),
    /// Text for a broken group alone.
    IfBroken(&'static str),
    /// What stands before this is broken for its own length, and not for that of what follows.
    Measured,
    /// One after the other.
    Concat(Vec<Doc<'s>>),
    /// Lines that begin in it stand this many steps further to the right.
    Indent(usize, Vec<Doc<'s>>),
    /// All of its lines are broken, or none.
    Group(Fold, Vec<Doc<'s>>),
}

/// When a group is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    /// When it does not fit.
    Fit,
    /// Always.
    Broken,
    /// Never, however long it is.
    Flat,
}

impl<'s> Doc<'s> {
    /// A group; what is broken within it breaks it too.
    pub(super) fn group(fold: Fold, docs: Vec<Doc<'s>>) -> Doc<'s> {
        let fold = if docs.iter().any(Doc::is_broken) { Fold::Broken } else { fold };
        Doc::Group(fold, docs)
    }

    fn is_broken(&self) -> bool {
        match self {
            Doc::HardLine | Doc::Blank | Doc::Comment(_) => true,
            Doc::Concat(docs) | Doc::Indent(_, docs) => docs.iter().any(Doc::is_broken),
            Doc::Group(fold, _) => *fold == Fold::Broken,
            Doc::Text(_) | Doc::Space | Doc::Line | Doc::SoftLine | Doc::IfBroken(_) | Doc::Measured => false,
        }
    }
}

/// Writes a document as lines.
pub(super) fn write(docs: &[Doc<'_>]) -> Vec<Line> {
    let mut writer = Writer { stack: vec![Part { indent: 0, flat: false, docs }], written: Written::default() };
    while let Some((indent, flat, doc)) = writer.next() {
        writer.write(indent, flat, doc);
    }
    writer.written.finish()
}

/// What is still to be written of some siblings.
#[derive(Clone, Copy)]
struct Part<'d, 's> {
    indent: usize,
    flat: bool,
    docs: &'d [Doc<'s>],
}

struct Writer<'d, 's> {
    stack: Vec<Part<'d, 's>>,
    written: Written,
}

impl<'d, 's> Writer<'d, 's> {
    fn next(&mut self) -> Option<(usize, bool, &'d Doc<'s>)> {
        loop {
            let part = self.stack.last_mut()?;
            if let Some((first, rest)) = part.docs.split_first() {
                part.docs = rest;
                return Some((part.indent, part.flat, first));
            }
            self.stack.pop();
        }
    }

    fn write(&mut self, indent: usize, flat: bool, doc: &'d Doc<'s>) {
        match doc {
            Doc::Text(text) => self.written.text(text, indent * STEP),
            Doc::IfBroken(text) if !flat => self.written.text(text, indent * STEP),
            Doc::Line if flat => self.written.space(),
            Doc::Space => self.written.space(),
            Doc::IfBroken(_) | Doc::Measured => {}
            Doc::SoftLine if flat => {}
            Doc::Line | Doc::SoftLine | Doc::HardLine => self.written.end_line(),
            Doc::Blank => self.written.blank_line(),
            Doc::Comment(remark) => self.written.comment(remark, indent * STEP),
            Doc::Concat(docs) => self.stack.push(Part { indent, flat, docs }),
            Doc::Indent(steps, docs) => self.stack.push(Part { indent: indent + steps, flat, docs }),
            Doc::Group(fold, docs) => {
                let flat = flat
                    || match fold {
                        Fold::Broken => false,
                        Fold::Flat => true,
                        Fold::Fit => self.fits(indent, docs),
                    };
                self.stack.push(Part { indent, flat, docs });
            }
        }
    }

    /// Whether a group and what follows it up to the next place where the line may end stay within the width.
    fn fits(&self, indent: usize, docs: &'d [Doc<'s>]) -> bool {
        let mut column = self.written.column(indent * STEP);
        let mut own = vec![Part { indent, flat: true, docs }];
        let mut rest = self.stack.as_slice();
        while column <= WIDTH {
            let Some(part) = own.last_mut() else {
                // Behind the group stands what belongs to those around it.
                let Some((last, before)) = rest.split_last() else { return true };
                own.push(*last);
                rest = before;
                continue;
            };
            let Some((first, others)) = part.docs.split_first() else {
                own.pop();
                continue;
            };
            part.docs = others;
            let flat = part.flat;
            match first {
                Doc::Text(text) => match after_break(column, text) {
                    Some(after) => column = after,
                    None => return false,
                },
                Doc::IfBroken(text) if !flat => column += text.len(),
                Doc::Space => column += 1,
                Doc::Line if flat => column += 1,
                Doc::SoftLine if flat => {}
                Doc::IfBroken(_) => {}
                Doc::Line | Doc::SoftLine | Doc::HardLine | Doc::Blank | Doc::Comment(_) | Doc::Measured => {
                    return true;
                }
                Doc::Concat(docs) | Doc::Indent(_, docs) => own.push(Part { indent, flat, docs }),
                Doc::Group(fold, docs) => own.push(Part { indent, flat: flat && *fold != Fold::Broken, docs }),
            }
        }
        false
    }
}

/// The column behind a text; none where a line of it is too long.
fn after_break(column: usize, text: &str) -> Option<usize> {
    let width = |text: &str| text.chars().count();
    match text.split_once('\n') {
        None => Some(column + width(text)),
        Some((first, _)) if column + width(first) > WIDTH => None,
        Some((_, rest)) => Some(width(rest.rsplit('\n').next().unwrap_or(rest))),
    }
}
