//! Places in a text as editors count them: lines, and columns in UTF-16 units or, where agreed upon, bytes.

use lsp_types::{Position, Range};

/// How an editor counts columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    #[default]
    Utf16,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// A line ends behind `\n`, `\r\n` or a `\r` by itself.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Lines(std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect())
    }

    /// The number of the line that holds an offset.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line begins.
    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.0.get(line).copied()
    }

    /// Where a line ends, without what ends it.
    fn end(&self, text: &str, line: usize) -> usize {
        let Some(next) = self.start(line + 1) else { return text.len() };
        let start = self.start(line).unwrap_or(next);
        let written = text.get(start..next).unwrap_or("");
        start + written.trim_end_matches(['\n', '\r']).len()
    }

    pub(super) fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = floor(text, offset);
        let line = self.line(offset);
        let before = text.get(self.start(line).unwrap_or(0)..offset).unwrap_or("");
        let column = match encoding {
            Encoding::Utf8 => before.len(),
            Encoding::Utf16 if before.is_ascii() => before.len(),
            Encoding::Utf16 => before.encode_utf16().count(),
        };
        Position { line: number(line), character: number(column) }
    }

    pub(super) fn range(&self, text: &str, range: std::ops::Range<usize>, encoding: Encoding) -> Range {
        Range { start: self.position(text, range.start, encoding), end: self.position(text, range.end, encoding) }
    }

    /// The offset of a position; one behind the end of its line is at its end, one behind the text at the text's.
    pub(super) fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let line = position.line as usize;
        let Some(start) = self.start(line) else { return text.len() };
        let written = text.get(start..self.end(text, line)).unwrap_or("");
        let column = position.character as usize;
        let within = match encoding {
            Encoding::Utf8 => floor(written, column),
            Encoding::Utf16 => utf16_offset(written, column),
        };
        start + within
    }
}

fn utf16_offset(line: &str, column: usize) -> usize {
    let mut units = 0;
    for (at, c) in line.char_indices() {
        if units >= column {
            return at;
        }
        units += c.len_utf16();
    }
    line.len()
}

/// The nearest character's beginning at or before an offset.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A place comes back from the editor's way of counting as it was.
        #[test]
        fn offsets_come_back(text in "[a-zé𝄞\\n\\r ]{0,40}", at in 0_usize..60) {
            let offset = floor(&text, at);
            let lines = Lines::new(&text);
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let position = lines.position(&text, offset, encoding);
                // Between `\r` and `\n` there is no place of its own: it is the end of the line.
                let inside = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
                let expected = if inside { offset - text[..offset].len() + text[..offset].trim_end_matches('\r').len() } else { offset };
                prop_assert!(inside || lines.offset(&text, position, encoding) == expected);
            }
        }
    }

    #[test]
    fn columns_are_counted_as_agreed() {
        let text = "let a = \"é𝄞\" # x";
        let lines = Lines::new(text);
        let at = text.find('#').unwrap();
        assert_eq!(lines.position(text, at, Encoding::Utf16), Position::new(0, 14));
        assert_eq!(lines.position(text, at, Encoding::Utf8), Position::new(0, 17));
        assert_eq!(lines.offset(text, Position::new(7, 0), Encoding::Utf16), text.len());
        assert_eq!(lines.offset(text, Position::new(0, 99), Encoding::Utf16), text.len());
    }
}
