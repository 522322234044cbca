//! What can be folded: blocks, comments, long strings and the `use` lines, in texts that cannot be read too.

use lsp_types::{FoldingRange, FoldingRangeKind};

use super::lex::{Kind, Token, lex};
use super::text::{Lines, number};

pub(super) fn ranges(text: &str, lines: &Lines) -> Vec<FoldingRange> {
    let tokens = lex(text);
    let mut found = Vec::new();
    let mut open: Vec<(usize, &str)> = Vec::new();
    for token in &tokens {
        let (first, last) = (lines.line(token.start), lines.line(token.end.saturating_sub(1)));
        match (token.kind, token.text(text)) {
            (Kind::Sign, sign @ ("{" | "(" | "[")) => open.push((first, sign)),
            (Kind::Sign, "}" | ")" | "]") => {
                // The line of the closing bracket stays to be seen.
                if let Some((start, _)) = open.pop() {
                    found.extend(range(start, first.saturating_sub(1), None));
                }
            }
            (Kind::Text, _) => found.extend(range(first, last, None)),
            _ => {}
        }
    }
    let comments = tokens.iter().filter(|token| token.kind == Kind::Comment && begins_its_line(text, lines, token));
    found.extend(runs(comments.map(|token| lines.line(token.start)), FoldingRangeKind::Comment));
    let uses = tokens.iter().filter(|token| token.text(text) == "use" && begins_its_line(text, lines, token));
    found.extend(runs(uses.map(|token| lines.line(token.start)), FoldingRangeKind::Imports));
    found
}

fn begins_its_line(text: &str, lines: &Lines, token: &Token) -> bool {
    let start = lines.start(lines.line(token.start)).unwrap_or(0);
    text.get(start..token.start).is_some_and(|before| before.trim().is_empty())
}

/// Lines that follow each other.
fn runs(lines: impl Iterator<Item = usize>, kind: FoldingRangeKind) -> Vec<FoldingRange> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match found.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => found.push((line, line)),
        }
    }
    found.into_iter().filter_map(|(first, last)| range(first, last, Some(kind.clone()))).collect()
}

fn range(first: usize, last: usize, kind: Option<FoldingRangeKind>) -> Option<FoldingRange> {
    (last > first).then(|| FoldingRange {
        start_line: number(first),
        end_line: number(last),
        kind,
        ..FoldingRange::default()
    })
}
