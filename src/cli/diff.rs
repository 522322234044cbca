//! How two texts differ, for people.

use similar::{ChangeTag, DiffTag, TextDiff};

/// What the two texts are called.
pub(super) struct Names<'a> {
    pub(super) file: &'a str,
    pub(super) now: &'a str,
}

/// The lines that differ with three around them. Above each group stands what its first change is in: the last line before
/// it that is not indented, such as `stage build`.
pub(super) fn difference(before: &str, after: &str, names: &Names<'_>, color: bool) -> String {
    let diff = TextDiff::from_lines(before, after);
    let lines: Vec<&str> = before.lines().collect();
    let mut out = format!("--- {}\n+++ {}\n", names.file, names.now);
    for group in diff.grouped_ops(3) {
        let changed = group.iter().find(|op| op.tag() != DiffTag::Equal);
        let first = changed.map_or(0, |op| op.old_range().start);
        out.push_str(&painted(&format!("@@ line {}{} @@\n", first + 1, heading(&lines, first)), "36", color));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, paint) = match change.tag() {
                ChangeTag::Delete => ('-', "31"),
                ChangeTag::Insert => ('+', "32"),
                ChangeTag::Equal => (' ', ""),
            };
            let line = format!("{sign} {}", change.value().trim_end_matches('\n'));
            out.push_str(&painted(&format!("{}\n", line.trim_end()), paint, color));
        }
    }
    out
}

fn heading(lines: &[&str], line: usize) -> String {
    let before = lines.get(..=line).unwrap_or(lines).iter().rev();
    let heading = before.into_iter().find(|line| line.starts_with(|c: char| c.is_alphanumeric()));
    heading.map_or_else(String::new, |heading| format!(", {heading}"))
}

/// A line in a colour of ANSI, its newline outside.
fn painted(line: &str, paint: &str, color: bool) -> String {
    match line.strip_suffix('\n') {
        Some(text) if color && !paint.is_empty() => format!("\x1b[{paint}m{text}\x1b[0m\n"),
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> = Names { file: "a.snap", now: "now" };

    #[test]
    fn a_difference_says_what_it_is_in() {
        let before = "stage one\n  a\n  b\n  c\n  d\n  e\n";
        let after = "stage one\n  a\n  b\n  c\n  d\n  f\n";
        let expected = "--- a.snap\n+++ now\n@@ line 6, stage one @@\n    b\n    c\n    d\n-   e\n+   f\n";
        assert_eq!(difference(before, after, &NAMES, false), expected);
        assert!(difference(before, after, &NAMES, true).contains("\x1b[31m-   e\x1b[0m\n"));
    }
}
