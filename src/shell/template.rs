//! The text of an `sh` call with its splices, and how it is shown to a shell parser.
//!
//! A shell parser knows nothing of splices. Each one is therefore replaced by a mark: an identifier that occurs nowhere
//! else in the text. Wherever the mark comes out of the parser again, there the splice stands.

use std::ops::Range;

/// The text of an `sh` call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    /// Text and splices, in order.
    pub parts: Vec<Part>,
}

/// A piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Shell text, as written.
    Text(String),
    /// The splice of this number. The numbers need not follow the order in the text, but each stands for one splice.
    Splice(usize),
}

/// A place in a [`Template`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The index of the part.
    pub part: usize,
    /// The byte in the part. A splice counts as one byte: 0 is before it, 1 is after it.
    pub offset: usize,
}

/// A template as one text, with a mark for each splice.
#[derive(Debug)]
pub(super) struct Rendered {
    /// The text that is parsed.
    pub(super) text: String,
    /// How the marks look.
    pub(super) marks: Marks,
    /// One more than the highest splice number.
    pub(super) splices: usize,
    parts: Vec<RenderedPart>,
}

#[derive(Debug)]
struct RenderedPart {
    range: Range<usize>,
    splice: Option<usize>,
}

impl Rendered {
    /// Writes the template as one text.
    pub(super) fn new(template: &Template) -> Self {
        let marks = Marks::absent_from(template);
        let mut text = String::new();
        let mut parts = Vec::with_capacity(template.parts.len());
        let mut splices = 0;
        for part in &template.parts {
            let start = text.len();
            let splice = match part {
                Part::Text(written) => {
                    text.push_str(written);
                    None
                }
                Part::Splice(index) => {
                    text.push_str(&marks.splice(*index));
                    splices = splices.max(index.saturating_add(1));
                    Some(*index)
                }
            };
            parts.push(RenderedPart { range: start..text.len(), splice });
        }
        Self { text, marks, splices, parts }
    }

    /// Where a byte range of the text stands in the template. `None` for a range outside of it.
    pub(super) fn locate(&self, range: &Range<usize>) -> Option<Range<Position>> {
        let start =
            self.parts.iter().position(|part| part.range.start <= range.start && range.start < part.range.end)?;
        let end = self.parts.iter().position(|part| part.range.start < range.end && range.end <= part.range.end)?;
        (range.start < range.end).then(|| self.position(start, range.start, false)..self.position(end, range.end, true))
    }

    fn position(&self, part: usize, offset: usize, is_end: bool) -> Position {
        let offset = match self.parts.get(part) {
            Some(RenderedPart { splice: Some(_), .. }) => usize::from(is_end),
            Some(RenderedPart { range, .. }) => offset.saturating_sub(range.start),
            None => 0,
        };
        Position { part, offset }
    }

    /// The splices that stand right after a backslash which no backslash escapes.
    pub(super) fn after_backslash(&self) -> impl Iterator<Item = usize> {
        let escaped = |part: &&RenderedPart| {
            let before = self.text.as_bytes().get(..part.range.start).unwrap_or_default();
            before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
        };
        self.parts.iter().filter(escaped).filter_map(|part| part.splice)
    }
}

/// A run of text as cut by [`Marks::cut`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk<'t> {
    Text(&'t str),
    Splice(usize),
    Dynamic(usize),
    Document(usize),
}

/// How every mark begins.
const CAPITAL: char = 'X';

/// The identifiers that stand for what is known only when the text runs.
#[derive(Debug)]
pub(super) struct Marks {
    prefix: String,
}

impl Marks {
    /// Marks that no text of the template contains. The prefix begins with its only capital, so a mark cannot be found
    /// half in the text before it and half in itself.
    fn absent_from(template: &Template) -> Self {
        let texts = template.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Splice(_) => None,
        });
        let text: String = texts.collect();
        let mut nonce = 0_usize;
        loop {
            let prefix = format!("{CAPITAL}splice{nonce}x");
            if !text.contains(&prefix) {
                return Self { prefix };
            }
            nonce += 1;
        }
    }

    /// The mark of a splice.
    pub(super) fn splice(&self, index: usize) -> String {
        format!("{}S{index}E", self.prefix)
    }

    /// The mark of a here-document that was taken out of the text.
    pub(super) fn document(&self, index: usize) -> String {
        format!("{}H{index}E", self.prefix)
    }

    /// The mark of an expansion of an outer shell, in text that an inner shell reads.
    pub(super) fn dynamic(&self, index: usize) -> String {
        format!("{}D{index}E", self.prefix)
    }

    /// Cuts a text at its marks.
    pub(super) fn cut<'t>(&self, text: &'t str) -> Vec<Chunk<'t>> {
        let mut chunks = Vec::new();
        let mut rest = text;
        while let Some((at, length, chunk)) = self.next_mark(rest) {
            if at > 0 {
                chunks.push(Chunk::Text(&rest[..at]));
            }
            chunks.push(chunk);
            rest = &rest[at + length..];
        }
        if !rest.is_empty() {
            chunks.push(Chunk::Text(rest));
        }
        chunks
    }

    /// The splices whose marks stand in a text.
    pub(super) fn splices_in(&self, text: &str) -> Vec<usize> {
        let chunks = self.cut(text).into_iter();
        chunks.filter_map(|chunk| if let Chunk::Splice(index) = chunk { Some(index) } else { None }).collect()
    }

    /// The text as a person would write it: `{{…}}` for each splice.
    pub(super) fn readable(&self, text: &str, expansions: &[String]) -> String {
        let mut readable = String::with_capacity(text.len());
        for chunk in self.cut(text) {
            match chunk {
                Chunk::Text(text) => readable.push_str(text),
                Chunk::Splice(_) => readable.push_str("{{…}}"),
                Chunk::Document(_) => readable.push_str("<…"),
                Chunk::Dynamic(index) => readable.push_str(expansions.get(index).map_or("$…", String::as_str)),
            }
        }
        readable
    }

    /// The here-document that a word is the mark of.
    pub(super) fn document_of(&self, word: &str) -> Option<usize> {
        match self.cut(word).as_slice() {
            [Chunk::Document(index)] => Some(*index),
            _ => None,
        }
    }

    fn next_mark<'t>(&self, text: &str) -> Option<(usize, usize, Chunk<'t>)> {
        // One letter is found far sooner than a word is, and most texts have none.
        text.match_indices(CAPITAL).find_map(|(at, _)| {
            let (length, chunk) = read_mark(text[at..].strip_prefix(&self.prefix)?)?;
            Some((at, self.prefix.len() + length, chunk))
        })
    }
}

/// Reads what follows the prefix of a mark: `S12E`, `D12E` or `H12E`.
fn read_mark<'t>(body: &str) -> Option<(usize, Chunk<'t>)> {
    let (number, _) = body.get(1..)?.split_once('E')?;
    let index = number.parse().ok()?;
    let chunk = match body.as_bytes().first()? {
        b'S' => Chunk::Splice(index),
        b'D' => Chunk::Dynamic(index),
        b'H' => Chunk::Document(index),
        _ => return None,
    };
    Some((number.len() + 2, chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(parts: &[Part]) -> Template {
        Template { parts: parts.to_vec() }
    }

    #[test]
    fn marks_are_found_again() {
        let rendered =
            Rendered::new(&template(&[Part::Text("Xspl".into()), Part::Splice(12), Part::Text("3E".into())]));
        let chunks = rendered.marks.cut(&rendered.text);
        assert_eq!(chunks, [Chunk::Text("Xspl"), Chunk::Splice(12), Chunk::Text("3E")]);
    }

    #[test]
    fn marks_avoid_the_text() {
        let rendered = Rendered::new(&template(&[Part::Text("Xsplice0xS0E".into()), Part::Splice(0)]));
        assert_eq!(rendered.marks.splices_in(&rendered.text), [0]);
        assert_eq!(rendered.marks.cut(&rendered.text).len(), 2);
    }

    #[test]
    fn ranges_are_located_in_parts() {
        let rendered = Rendered::new(&template(&[Part::Text("ab ".into()), Part::Splice(0), Part::Text(" cd".into())]));
        let at = |part, offset| Position { part, offset };
        let end = rendered.text.len();
        assert_eq!(rendered.locate(&(0..2)), Some(at(0, 0)..at(0, 2)));
        assert_eq!(rendered.locate(&(3..end - 3)), Some(at(1, 0)..at(1, 1)));
        assert_eq!(rendered.locate(&(end - 2..end)), Some(at(2, 1)..at(2, 3)));
        assert_eq!(rendered.locate(&(end..end + 4)), None);
    }
}
