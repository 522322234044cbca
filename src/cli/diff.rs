//! How two texts differ, for people.

use diffy::Line;

/// What the two texts are called.
pub(super) struct Names<'a> {
    pub(super) file: &'a str,
    pub(super) now: &'a str,
}

/// The lines that differ with three around them. Above each group stands what its first change is in: the last line before
/// it that is not indented, such as `stage build`.
pub(super) fn difference(before: &str, after: &str, names: &Names<'_>, color: bool) -> String {
    let patch = diffy::create_patch(before, after);
    let lines: Vec<&str> = before.lines().collect();
    let mut out = format!("--- {}\n+++ {}\n", names.file, names.now);
    for hunk in patch.hunks() {
        let unchanged = hunk.lines().iter().take_while(|line| matches!(line, Line::Context(_))).count();
        let first = (hunk.old_range().start() + unchanged).saturating_sub(1);
        out.push_str(&painted(&format!("@@ line {}{} @@\n", first + 1, heading(&lines, first)), "36", color));
        for line in hunk.lines() {
            let (sign, text, paint) = match line {
                Line::Delete(text) => ('-', text, "31"),
                Line::Insert(text) => ('+', text, "32"),
                Line::Context(text) => (' ', text, ""),
            };
            let line = format!("{sign} {}", text.trim_end_matches('\n'));
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
