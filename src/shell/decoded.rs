//! What a word is once its quotes are gone.

use std::ops::Range;

use super::analysis::{Program, Word};

/// A word, or a here-document's body, without its quotes.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoded {
    pub(super) segments: Vec<Segment>,
    /// The word as it is written.
    pub(super) raw: String,
    /// Where it stands in the outermost text.
    pub(super) range: Option<Range<usize>>,
}

/// A part of a [`Decoded`] word.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// Known text.
    Literal {
        text: String,
        /// Nothing in it is a pattern.
        quoted: bool,
        /// Where exactly it stands in the outermost text, if it is written there as it is.
        at: Option<usize>,
    },
    Splice(usize),
    /// What only the running shell knows.
    Dynamic {
        text: String,
        /// It may become no word, or several.
        splits: bool,
    },
}

impl Segment {
    /// Whether it adds nothing to the word.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Literal { text, .. } if text.is_empty())
    }
}

impl Decoded {
    /// A word of which nothing is known.
    pub(super) fn dynamic(text: &str, range: Option<Range<usize>>) -> Self {
        let segments = vec![Segment::Dynamic { text: text.to_owned(), splits: false }];
        Self { segments, raw: text.to_owned(), range }
    }

    /// The splices in the word.
    pub(super) fn splices(&self) -> impl Iterator<Item = usize> {
        self.segments
            .iter()
            .filter_map(|segment| if let Segment::Splice(index) = segment { Some(*index) } else { None })
    }

    /// The splice that the word consists of.
    pub(super) fn whole_splice(&self) -> Option<usize> {
        match self.segments.as_slice() {
            [Segment::Splice(index)] => Some(*index),
            _ => None,
        }
    }

    /// The whole text, if it is known.
    pub(super) fn literal(&self) -> Option<String> {
        if self.has_braces() {
            return None;
        }
        self.segments
            .iter()
            .map(|segment| if let Segment::Literal { text, .. } = segment { Some(text.as_str()) } else { None })
            .collect()
    }

    /// The known text that the word begins with.
    pub(super) fn lead(&self) -> String {
        let literals = self.segments.iter().map_while(|segment| match segment {
            Segment::Literal { text, .. } => Some(text.as_str()),
            Segment::Splice(_) | Segment::Dynamic { .. } => None,
        });
        literals.collect()
    }

    /// Whether the known text holds a character.
    pub(super) fn has_literal(&self, wanted: char) -> bool {
        self.segments.iter().any(|segment| matches!(segment, Segment::Literal { text, .. } if text.contains(wanted)))
    }

    /// Whether no text in it is known.
    pub(super) fn may_be_empty(&self) -> bool {
        self.segments.iter().all(|segment| !matches!(segment, Segment::Literal { .. }) || segment.is_empty())
    }

    /// Whether the word may become none, or several.
    pub(super) fn splits(&self) -> bool {
        self.has_braces()
            || self.segments.iter().any(|segment| matches!(segment, Segment::Dynamic { splits: true, .. }))
    }

    /// The word from a byte of its leading text on: the value in `--option=value`.
    pub(super) fn tail(&self, from: usize) -> Self {
        let mut skip = from;
        let mut tail = Self { segments: Vec::new(), raw: self.raw.clone(), range: self.range.clone() };
        for segment in &self.segments {
            match segment {
                Segment::Literal { text, .. } if text.len() <= skip => skip -= text.len(),
                Segment::Literal { text, quoted, at } => {
                    let text = text.get(skip..).unwrap_or_default().to_owned();
                    tail.segments.push(Segment::Literal { text, quoted: *quoted, at: at.map(|at| at + skip) });
                    skip = 0;
                }
                other => tail.segments.push(other.clone()),
            }
        }
        tail
    }

    /// Whether bash would make several words of it: `{a,b}`.
    pub(super) fn has_braces(&self) -> bool {
        let unquoted: String = self
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Literal { text, quoted: false, .. } => text.as_str(),
                _ => "",
            })
            .collect();
        unquoted.contains('{') && unquoted.contains('}') && (unquoted.contains(',') || unquoted.contains(".."))
    }

    /// The program that the word names. A directory need not be known: quoted, it cannot swallow the slash after it.
    pub(super) fn program(&self, readable: &str) -> Program {
        let tail = self.after_last_slash();
        if let Some(index) =
            tail.iter().find_map(|segment| if let Segment::Splice(index) = segment { Some(*index) } else { None })
        {
            return Program::Spliced(index);
        }
        let mut name = String::new();
        for segment in &tail {
            match segment {
                Segment::Literal { text, quoted, .. } if *quoted || !is_pattern(text) => name.push_str(text),
                _ => return Program::Dynamic(readable.to_owned()),
            }
        }
        let home = name.starts_with('~') && tail.len() == self.segments.len() && self.raw.starts_with('~');
        if home || self.has_braces() {
            return Program::Dynamic(readable.to_owned());
        }
        Program::Known(name)
    }

    /// What follows the last `/` of the known text; all of a word that has none, or that ends in one.
    fn after_last_slash(&self) -> Vec<Segment> {
        let last = self
            .segments
            .iter()
            .rposition(|segment| matches!(segment, Segment::Literal { text, .. } if text.contains('/')));
        let Some((Segment::Literal { text, quoted, .. }, rest)) =
            last.and_then(|last| self.segments.get(last..)?.split_first())
        else {
            return self.segments.clone();
        };
        let name = text.rsplit('/').next().unwrap_or_default();
        if name.is_empty() && rest.is_empty() {
            return self.segments.clone();
        }
        let first = Segment::Literal { text: name.to_owned(), quoted: *quoted, at: None };
        std::iter::once(first).chain(rest.iter().cloned()).collect()
    }

    /// The word as an invocation shows it.
    pub(super) fn shown(&self, readable: &str) -> Word {
        match (self.literal(), self.whole_splice()) {
            (Some(text), _) => Word::Literal(text),
            (None, Some(index)) => Word::Spliced(index),
            (None, None) => Word::Dynamic(readable.to_owned()),
        }
    }

    pub(super) fn literal_segment(&mut self, text: &str, quoted: bool, at: Option<usize>) {
        self.segments.push(Segment::Literal { text: text.to_owned(), quoted, at });
    }
}

/// Whether unquoted text is a pattern that may match another name.
fn is_pattern(text: &str) -> bool {
    // `[` alone is the command; a pattern's bracket is closed.
    text.contains(['*', '?']) || text.split_once('[').is_some_and(|(_, rest)| rest.contains(']'))
}
