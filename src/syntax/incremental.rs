//! Reading a text again of which little has changed: declarations that stand as they stood are not read again.
//!
//! What comes of it is what [`super::parse`] gives for the same text. A declaration is read from where the one before it
//! ends, and from there on what is read depends on nothing that stands before. So behind a change everything is as it was as
//! soon as a declaration begins where one began. Before a change that is not so simple: a block that is never closed looks
//! for its end as far as the text goes. A declaration is kept only where all its brackets are known to end within it, and
//! the one behind it stands unchanged too, because its first words are looked at.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap as HashMap;

use super::ast::{Comment, File, Item};
use super::parser;
use super::shift::Shift;
use crate::compiled;
use crate::diagnostic::Diagnostic;
use crate::shell::Analysis;
use crate::source::FileId;

/// A text that was read, declaration by declaration.
#[derive(Debug, Default)]
pub struct Reading {
    file: Option<FileId>,
    text: String,
    regions: Vec<Region>,
    /// Why the text was not read at all.
    refusal: Option<Diagnostic>,
}

/// A declaration with the newlines and comments before it, or what stands behind the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) item: Option<Item>,
    pub(super) comments: Vec<Comment>,
    pub(super) unread: Vec<String>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) commands: Vec<(u32, Arc<Analysis>)>,
}

impl Region {
    /// Reads what begins at a place.
    fn read(text: &str, start: usize, file: FileId) -> Region {
        let mut region = parser::parse_region(text, start, file);
        let commands = compiled::commands(region.item.as_slice());
        region.commands = commands.map(|(start, known)| (start, Arc::new(known))).collect();
        region
    }

    /// Whether how it was read depends on nothing behind the first words of what follows it.
    fn is_sure(&self, text: &str) -> bool {
        let quoted = || text.get(self.start..self.end).is_some_and(|region| region.contains("\"\"\""));
        self.item.is_some() && (self.diagnostics.is_empty() || !quoted())
    }

    fn shift(&mut self, by: i64) {
        let moved = |at: usize| usize::try_from(at as i64 + by).unwrap_or(0);
        (self.start, self.end) = (moved(self.start), moved(self.end));
        self.item.shift(by);
        self.comments.shift(by);
        self.diagnostics.shift(by);
        for (start, _) in &mut self.commands {
            *start = u32::try_from(i64::from(*start) + by).unwrap_or(0);
        }
    }
}

impl Reading {
    /// What was read of a text that is not going to change.
    pub(super) fn of(regions: Vec<Region>) -> Self {
        Reading { regions, ..Reading::default() }
    }

    /// A text that is not read at all.
    pub(super) fn refused(refusal: Diagnostic) -> Self {
        Reading { refusal: Some(refusal), ..Reading::default() }
    }

    /// Reads a text, which is taken to be much like the one before it.
    pub fn update(&mut self, text: &str, file: FileId) {
        if self.file == Some(file) && self.text == text {
            return;
        }
        if self.file != Some(file) {
            *self = Reading { file: Some(file), ..Reading::default() };
        }
        self.refusal = parser::refusal(text, file);
        if self.refusal.is_some() {
            self.regions.clear();
        } else {
            self.read(text, file);
        }
        text.clone_into(&mut self.text);
    }

    fn read(&mut self, text: &str, file: FileId) {
        let before = common(self.text.bytes(), text.bytes());
        let most = self.text.len().min(text.len()) - before;
        let behind = common(self.text.bytes().rev(), text.bytes().rev()).min(most);
        let kept = self.kept(before);
        let by = text.len() as i64 - self.text.len() as i64;
        // Behind the change what begins where something began is what it was.
        let mut unchanged = self.regions.split_off(kept);
        unchanged.retain(|region| region.start >= self.text.len() - behind);
        if by != 0 {
            unchanged.iter_mut().for_each(|region| region.shift(by));
        }
        let from = self.regions.last().map_or(0, |region| region.end);
        go_on(&mut self.regions, unchanged, from..text.len(), text, file);
    }

    /// How many declarations stand as they did and are read as they were.
    fn kept(&self, before: usize) -> usize {
        let sure = self.regions.iter().take_while(|region| region.end < before && region.is_sure(&self.text)).count();
        sure.saturating_sub(1)
    }

    /// All of it.
    #[must_use]
    pub fn parts(&self, file: FileId) -> Parts {
        assembled(file, self.refusal.clone(), self.regions.iter().cloned())
    }

    /// All of it, where nobody is going to ask again.
    #[must_use]
    pub fn into_parts(self, file: FileId) -> Parts {
        assembled(file, self.refusal, self.regions)
    }
}

/// The tree of a text, what is wrong with it, and what is known of the texts that `sh` is called with, by where they begin.
pub type Parts = (File, Vec<Diagnostic>, HashMap<u32, Arc<Analysis>>);

fn assembled(id: FileId, refusal: Option<Diagnostic>, regions: impl IntoIterator<Item = Region>) -> Parts {
    let mut file = File { id, items: Vec::new(), comments: Vec::new(), unread: Vec::new() };
    let (mut diagnostics, mut commands): (Vec<_>, _) = (refusal.into_iter().collect(), HashMap::default());
    for region in regions {
        file.items.extend(region.item);
        file.comments.extend(region.comments);
        file.unread.extend(region.unread);
        diagnostics.extend(region.diagnostics);
        commands.extend(region.commands);
    }
    (file, diagnostics, commands)
}

/// Reads from a place on, until something begins at the end or behind it. As soon as something begins where one of `known`
/// does, which were read elsewhere, the rest of these is taken over and nothing more is read.
pub(super) fn go_on(regions: &mut Vec<Region>, known: Vec<Region>, places: Range<usize>, text: &str, file: FileId) {
    let mut known = known.into_iter().peekable();
    let mut at = places.start;
    while at < places.end {
        while known.next_if(|region| region.start < at).is_some() {}
        if known.peek().is_some_and(|region| region.start == at) {
            regions.extend(known);
            return;
        }
        let region = Region::read(text, at, file);
        // Something is always read, so that this ends.
        at = region.end.max(at + 1);
        regions.push(region);
    }
}

fn common(left: impl Iterator<Item = u8>, right: impl Iterator<Item = u8>) -> usize {
    left.zip(right).take_while(|(left, right)| left == right).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax;
    use proptest::prelude::*;

    fn agrees(reading: &mut Reading, text: &str) -> Result<(), TestCaseError> {
        let mut sources = SourceMap::new();
        let id = sources.add("t.flow", text);
        let text = sources.get(id).unwrap().text();
        reading.update(text, id);
        let (file, diagnostics) = syntax::parse(&sources, id);
        let (read, told, _) = reading.parts(id);
        prop_assert_eq!(format!("{:#?}", read), format!("{:#?}", file), "{}", text);
        prop_assert_eq!(told, diagnostics, "{}", text);
        Ok(())
    }

    /// What stands behind a declaration can turn out to belong to it.
    #[test]
    fn a_clause_that_is_written_below_belongs_to_what_stands_above() {
        let mut reading = Reading::default();
        for text in ["task t()\n\nhost b = cm3\n", "task t()\n\non cm3 only {\n}\n", "task t()\n\n{\n}\nhost b = cm3\n"]
        {
            agrees(&mut reading, text).unwrap();
        }
        for text in
            ["host b = cm3\n# \n", "host b = cm3\n# \"\"\"\nhost c = cm3", "host b = cm3\n\"\"\"\nhost c = cm3\n\"\"\""]
        {
            agrees(&mut reading, text).unwrap();
        }
    }

    /// What an editor writes into a workflow: pieces of it, and the signs on which much depends.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::sample::select(vec![
                "{",
                "}",
                "(",
                ")",
                "\"",
                "\"\"\"",
                "#",
                "\n",
                "{{",
                "}}",
                "[",
                "\n\n",
                "## x\n",
                "\nstage a on all {\n}\n",
                "\nhost b = cm3\n",
                " only",
                "\nfinally {\n}\n",
                "on",
                "\n    print \"x\"\n",
                "task t() {\n    sh \"make\"\n}\n",
                "  ",
                "é",
                "\r\n",
                "\\",
                "use std/pump\n",
                "extern task x()\n",
                "\non a or\n",
                ";",
            ])
            .prop_map(str::to_owned),
            "[a-z =.,{}\"()\n]{1,6}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

        /// After any edits a text reads as if it were read for the first time.
        #[test]
        fn reads_as_if_for_the_first_time(edits in prop::collection::vec((0.0..1.0_f64, 0_usize..12, piece()), 1..24)) {
            let mut text = include_str!("../../workflows/kernel.flow").to_owned();
            let mut reading = Reading::default();
            agrees(&mut reading, &text)?;
            for (at, taken, written) in edits {
                let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                let start = floor((at * text.len() as f64) as usize);
                let end = floor(start + taken).max(start);
                text.replace_range(start..end, &written);
                agrees(&mut reading, &text)?;
            }
        }
    }
}
