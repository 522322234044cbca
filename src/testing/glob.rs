//! Texts in which `*` stands for any text.

/// Whether a text is what a pattern says, blanks around both left out.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    is_whole(pattern.trim(), text.trim())
}

/// Whether a text is what a pattern says, with each blank and each end of a line.
pub(super) fn is_whole(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether a command, as [`plain`] makes it, is what a pattern says. The pattern may be written with its quotes or without.
pub(super) fn is_command(pattern: &str, command: &str) -> bool {
    matches(pattern, command) || matches(&plain(pattern), command)
}

/// A command without the quotes around words that need none, which is how people write it: whatever is spliced into a
/// command is quoted. Within `"…"` an apostrophe is text.
pub(super) fn plain(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut rest = command.trim();
    // What is open: `"`, or the `(` of a `$(` whose text is read anew.
    let mut open: Vec<char> = Vec::new();
    while let Some(c) = rest.chars().next() {
        let quoted = open.last() == Some(&'"');
        let length = match c {
            '\'' if !quoted => {
                let word = quoted_word(rest);
                out.push_str(word.map_or("'", unquoted));
                rest = &rest[word.map_or(1, str::len)..];
                continue;
            }
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '"' => {
                if quoted {
                    open.pop();
                } else {
                    open.push('"');
                }
                1
            }
            '$' if rest.starts_with("$(") => {
                open.push('(');
                2
            }
            '(' if !quoted => {
                open.push('(');
                1
            }
            ')' if open.last() == Some(&'(') => {
                open.pop();
                1
            }
            // What stands in a comment opens nothing.
            '#' if !quoted && out.chars().next_back().is_none_or(char::is_whitespace) => {
                rest.find('\n').unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// The `'…'` that a text begins with, where it ends on its line: an apostrophe of a here-document begins no word.
fn quoted_word(text: &str) -> Option<&str> {
    let end = text.get(1..)?.find(['\'', '\n'])? + 1;
    text[end..].starts_with('\'').then(|| &text[..=end])
}

/// A word between quotes without them, where it needs none. A `*` does: without quotes it is the names of files.
fn unquoted(quoted: &str) -> &str {
    let needs_none = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c);
    let word = quoted.trim_matches('\'');
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(needs_none) { word } else { quoted }
}

/// Whether a text has what a pattern says anywhere in it.
pub(super) fn is_in(pattern: &str, text: &str) -> bool {
    matches(&format!("*{}*", pattern.trim()), text)
}

/// How much of a pattern is no `*`: of two that match, the one that says more is meant.
pub(super) fn said(pattern: &str) -> usize {
    pattern.chars().filter(|c| *c != '*').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text) in
            [("a", "a"), (" a ", "a\n"), ("*", ""), ("a*", "a"), ("a*c", "abbc"), ("*b*", "abc"), ("a**c", "ac")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("", "a"), ("a*", "b"), ("ab*ba", "aba"), ("*b", "abc"), ("a*b*c", "acb")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn quotes_that_a_word_does_not_need_are_left_out() {
        assert_eq!(plain("systemctl is-active 'distccd'"), "systemctl is-active distccd");
        assert_eq!(plain("cat '/a b' 'c' \"it's\""), "cat '/a b' c \"it's\"");
        assert_eq!(plain("printf '' '-x'"), "printf '' '-x'");
        assert!(is_command("make -C /srv/* all", &plain("make -C '/srv/linux' all")));
        assert_eq!(plain("psql \"name = 'x'\" \"$(cat 'y')\" 'z'"), "psql \"name = 'x'\" \"$(cat y)\" z");
        assert!(!is_command("psql -c \"name = x\"", &plain("psql -c \"name = 'x'\"")));
        assert!(!is_command("rm -r '/srv/*'", &plain("rm -r /srv/*")));
        assert!(!is_command("rm -r /srv/*", &plain("rm -r '/srv/*'")));
        assert_eq!(plain("# it's\nls 'a' # \"\nls 'b'"), "# it's\nls a # \"\nls b");
        assert!(is_command("cat '/a *'", &plain("cat '/a b'")));
    }

    proptest! {
        /// A pattern made of a text by putting stars for parts of it matches that text.
        #[test]
        fn what_a_star_was_put_for_is_matched(parts in prop::collection::vec("[ab]{0,3}", 1..6)) {
            let text = parts.concat();
            let starred: Vec<&str> = parts.iter().enumerate().map(|(at, part)| if at % 2 == 1 { "*" } else { part }).collect();
            prop_assert!(matches(&starred.concat(), &text));
            let longer = format!("x{text}y");
            prop_assert!(is_in(&starred.concat(), &longer));
        }
    }
}
