//! Texts that another shell reads: the value of `sh -c`, the words of `eval`.

use std::ops::Range;

use super::analysis::SpliceContext;
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::parse::Dialect;
use super::scope::{Origin, Scope};

impl Walker<'_> {
    /// Puts words together to the text that another shell reads, and reads it. `what` is that shell.
    pub(super) fn code(&mut self, words: &[Decoded], what: &str, dialect: Dialect, scope: &Scope) {
        let mut text = String::new();
        let mut expands = Vec::new();
        for (number, word) in words.iter().enumerate() {
            if number > 0 {
                text.push(' ');
            }
            self.code_word(word, &mut text, &mut expands);
        }
        for word in words.iter().filter(|word| word.has_braces()) {
            expands.push((self.readable(&word.raw), word.range.clone()));
        }
        let mut inner = scope.through(what).inner(code_origin(words));
        inner.dialect = dialect;
        inner.forced = Some(SpliceContext::Code { inside: what.to_owned() });
        for index in words.iter().flat_map(Decoded::splices) {
            self.splice(index, SpliceContext::Code { inside: what.to_owned() }, &inner);
        }
        self.text(&text, &inner);
        if let Some(filled) = inner.filled.clone().filter(|filled| text.contains(filled)) {
            expands.push((filled, words.first().and_then(|word| word.range.clone())));
        }
        // Whatever these stand for is read as code as well, a `;` and what follows it included.
        for (expansion, range) in expands {
            self.unknown_program(expansion, range, &inner);
        }
    }

    fn code_word(&mut self, word: &Decoded, text: &mut String, expands: &mut Vec<(String, Option<Range<usize>>)>) {
        for segment in &word.segments {
            match segment {
                Segment::Literal { text: literal, .. } => text.push_str(literal),
                Segment::Splice(index) => text.push_str(&self.marks().splice(*index)),
                Segment::Dynamic { text: expansion, .. } => {
                    text.push_str(&self.marks().dynamic(self.expansions.len()));
                    self.expansions.push(expansion.clone());
                    expands.push((expansion.clone(), word.range.clone()));
                }
            }
        }
    }
}

/// Where the text that words are put together to stands: exactly, if one word holds it without a quote in between.
fn code_origin(words: &[Decoded]) -> Origin {
    if let [word] = words {
        let mut segments =
            word.segments.iter().filter(|part| !matches!(part, Segment::Literal { text, .. } if text.is_empty()));
        if let (Some(Segment::Literal { at: Some(at), .. }), None) = (segments.next(), segments.next()) {
            return Origin::Exact(*at);
        }
    }
    let start = words.first().and_then(|word| word.range.as_ref()).map(|range| range.start);
    let end = words.last().and_then(|word| word.range.as_ref()).map(|range| range.end);
    Origin::Within(start.zip(end).filter(|(start, end)| start < end).map(|(start, end)| start..end))
}
