//! Texts in which `*` stands for any text.

/// Whether a text is what a pattern says, blanks around both left out.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.trim().split('*');
    let text = text.trim();
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
/// command is quoted.
pub(super) fn plain(command: &str) -> String {
    // Line by line: an apostrophe in a comment begins no word.
    let lines: Vec<String> = command.trim().split('\n').map(plain_line).collect();
    lines.join("\n")
}

fn plain_line(line: &str) -> String {
    let needs_none = |c: char| c.is_ascii_alphanumeric() || "_./:=@%+,-*".contains(c);
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, quoted)) = rest.split_once('\'') {
        out.push_str(before);
        let Some((word, after)) = quoted.split_once('\'') else {
            out.push('\'');
            rest = quoted;
            break;
        };
        let is_plain = !word.is_empty() && !word.starts_with('-') && word.chars().all(needs_none);
        out.push_str(&if is_plain { word.to_owned() } else { format!("'{word}'") });
        rest = after;
    }
    out.push_str(rest);
    out
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
        assert!(is_command("make -C '/srv/*' all", &plain("make -C '/srv/linux' all")));
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
