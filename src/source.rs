//! Source texts and places in them: the one way in which every later step says *where*.

use std::borrow::Cow;
use std::sync::OnceLock;

/// A byte order mark, which editors on Windows write before a text. It is no part of it, and stays where it is.
pub const MARK: char = '\u{feff}';

/// A file known to a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file that the range is in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`. Texts over 4 GiB are refused when they are added, so offsets fit.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest range that holds both; `other` is taken to be of the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The range as `usize` offsets.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One text with its name, as shown in messages, and an index of its lines.
#[derive(Debug)]
pub struct SourceFile {
    name: String,
    text: Cow<'static, str>,
    /// Found when a line is first asked for: most files are never spoken of.
    line_starts: OnceLock<Vec<u32>>,
}

impl SourceFile {
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|(_, b)| *b == b'\n');
            std::iter::once(0).chain(newlines.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect()
        })
    }

    /// The name shown in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is part of the program, and no file.
    #[must_use]
    pub fn is_shipped(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The zero-based line that holds the byte at `offset`.
    #[must_use]
    pub fn line_index(&self, offset: usize) -> usize {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.line_starts().partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The byte range of a zero-based line, its newline included.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts().get(line)? as usize;
        let end = self.line_starts().get(line + 1).map_or(self.text.len(), |next| *next as usize);
        Some(start..end)
    }
}

/// All texts that a check has read: workflow, modules, inventory.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// An empty map.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name that messages show.
    pub fn add(&mut self, name: impl Into<String>, text: &str) -> FileId {
        self.push(name.into(), text.strip_prefix(MARK).unwrap_or(text).to_owned().into())
    }

    /// Adds a text that is part of the program.
    pub fn add_shipped(&mut self, name: impl Into<String>, text: &'static str) -> FileId {
        self.push(name.into(), text.into())
    }

    fn push(&mut self, name: String, text: Cow<'static, str>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { name, text, line_starts: OnceLock::new() });
        id
    }

    /// All files, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter()
    }

    /// All files with what spans call them.
    pub fn ids(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file))
    }

    /// The file, where `id` came from this map.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    /// The text below a span; empty where the span is of another map.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.get(span.file).and_then(|file| file.text.get(span.range())).unwrap_or("")
    }

    /// `name:line` of a span's start, lines counted from one.
    #[must_use]
    pub fn location(&self, span: Span) -> String {
        match self.get(span.file) {
            Some(file) => format!("{}:{}", file.name, file.line_index(span.start as usize) + 1),
            None => String::from("?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_offset() {
        let mut map = SourceMap::new();
        let id = map.add("a.flow", "\u{feff}one\ntwo\n");
        let file = map.get(id).unwrap();
        assert_eq!(file.line_index(0), 0);
        assert_eq!(file.line_index(4), 1);
        assert_eq!(file.line_range(1), Some(4..8));
        assert_eq!(map.slice(Span::new(id, 4, 7)), "two");
        assert_eq!(map.location(Span::new(id, 4, 7)), "a.flow:2");
    }
}
