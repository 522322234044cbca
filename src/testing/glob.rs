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
        for (pattern, text) in [("a", "a"), (" a ", "a\n"), ("*", ""), ("a*", "a"), ("a*c", "abbc"), ("*b*", "abc"), ("a**c", "ac")] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("", "a"), ("a*", "b"), ("ab*ba", "aba"), ("*b", "abc"), ("a*b*c", "acb")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    proptest! {
        /// A pattern made of a text by putting stars for parts of it matches that text.
        #[test]
        fn what_a_star_was_put_for_is_matched(parts in prop::collection::vec("[ab]{0,3}", 1..6)) {
            let text = parts.concat();
            let starred: Vec<&str> = parts.iter().enumerate().map(|(at, part)| if at % 2 == 1 { "*" } else { part }).collect();
            prop_assert!(matches(&starred.concat(), &text));
            prop_assert!(is_in(&starred.concat(), &format!("x{text}y")));
        }
    }
}
