//! Reading a long text on several threads.
//!
//! A declaration is read from where the one before it ends, and nothing before that place has a say in it (see
//! [`super::incremental`]). So each thread begins at a place where a declaration looks to begin, in the whole text, and
//! the parts are joined where one of them begins exactly where those before it end. A place that was guessed wrong, within a
//! string say, costs time and changes nothing.

use std::num::NonZero;
use std::thread;

use super::incremental::{Reading, go_on};
use super::parser;
use crate::source::FileId;

/// The bytes that are read sooner than a thread for them has begun.
const SHARE: usize = 32 * 1024;
/// More threads than this are of no use: what comes behind reading is done by one.
const MOST_THREADS: usize = 8;
/// What a parser that recurses may need, as the main thread has it.
const STACK: usize = 8 * 1024 * 1024;

/// Reads a text, on as many threads as it is worth.
#[must_use]
pub fn read(text: &str, file: FileId) -> Reading {
    // To ask how many there are takes longer than to read a short text.
    let worth = text.len() / SHARE;
    let threads = if worth < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
    read_on(threads.min(worth).min(MOST_THREADS), text, file)
}

fn read_on(threads: usize, text: &str, file: FileId) -> Reading {
    if let Some(refusal) = parser::refusal(text, file) {
        return Reading::refused(refusal);
    }
    let starts: Vec<usize> = (1..threads).filter_map(|part| begin(text, text.len() / threads * part)).collect();
    let ends = starts.iter().copied().skip(1).chain([text.len()]);
    let mut regions = Vec::new();
    thread::scope(|scope| {
        let parts = starts.iter().zip(ends).map(|(start, end)| {
            let read = move || {
                let mut part = Vec::new();
                go_on(&mut part, Vec::new(), *start..end, text, file);
                part
            };
            // Where there can be no thread, its part is read with those before it.
            (end, thread::Builder::new().stack_size(STACK).spawn_scoped(scope, read).ok())
        });
        let parts: Vec<_> = parts.collect();
        go_on(&mut regions, Vec::new(), 0..starts.first().copied().unwrap_or(text.len()), text, file);
        for (end, part) in parts {
            let part = part.and_then(|part| part.join().ok()).unwrap_or_default();
            let from = regions.last().map_or(0, |region| region.end);
            go_on(&mut regions, part, from..end, text, file);
        }
    });
    Reading::of(regions)
}

/// The first place behind `from` where a declaration looks to end: behind a closing brace at the beginning of a line.
fn begin(text: &str, from: usize) -> Option<usize> {
    let from = (from..text.len()).find(|at| text.is_char_boundary(*at))?;
    let brace = from + text[from..].find("\n}")? + "\n}".len();
    let rest = &text[brace..];
    Some(brace + (rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len())).filter(|start| *start < text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::SourceMap;
    use crate::syntax;

    fn agrees(threads: usize, text: &str) -> Result<usize, TestCaseError> {
        let mut sources = SourceMap::new();
        let id = sources.add("t.flow", text);
        let text = sources.get(id).unwrap().text();
        let reading = read_on(threads, text, id);
        let (file, diagnostics) = syntax::parse(&sources, id);
        let (read, told, _) = reading.into_parts(id);
        prop_assert_eq!(format!("{:#?}", read), format!("{:#?}", file), "{}", text);
        prop_assert_eq!(told, diagnostics, "{}", text);
        Ok(file.items.len())
    }

    #[test]
    fn what_several_threads_read_is_what_one_does() {
        let kernel = include_str!("../../workflows/kernel.flow");
        for threads in 1..9 {
            assert!(agrees(threads, kernel).unwrap() > 10);
            for text in
                ["", "\n", "}", "\n}", "\n}\n}\n", "host b = cm3\n}\nhost c = cm3", "# \n}\n# x", "{\n}\n{\n}\n{\n}\n"]
            {
                agrees(threads, text).unwrap();
            }
        }
    }

    /// A text that looks as if declarations began where none do.
    #[test]
    fn braces_within_a_string_end_nothing() {
        let text = "stage a on all {\n    sh \"\"\"\n}\n}\n}\n}\n\"\"\"\n}\n\nhost b = cm3\n".repeat(5);
        for threads in 1..9 {
            assert_eq!(agrees(threads, &text).unwrap(), 10);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn broken_texts_too(
            threads in 2_usize..9,
            edits in prop::collection::vec((0.0..1.0_f64, 0_usize..12, prop::sample::select(vec![
                "{", "}", "\n}\n", "\"", "\"\"\"", "\n}\n\"\"\"\n}\n", "#", "\n", "é", "\r\n", "\n}  \r\n", "stage a on all {\n}\n", "(",
                "finally {\n}\n", "\n## x\n", "\\",
            ])), 1..8)
        ) {
            let mut text = include_str!("../../workflows/kernel.flow").to_owned();
            for (at, taken, written) in edits {
                let floor = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                let start = floor((at * text.len() as f64) as usize);
                let end = floor(start + taken).max(start);
                text.replace_range(start..end, written);
            }
            agrees(threads, &text)?;
        }
    }
}
