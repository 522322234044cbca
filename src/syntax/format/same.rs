//! Whether two texts say the same: the last look at a layout before it takes the place of what somebody wrote.

use pest::Parser;
use pest::iterators::Pair;

use crate::syntax::parser::{FlowParser, Rule, children};

/// Whether two texts have the same forms of the same tokens, and the same comments.
pub(super) fn is_same(before: &str, after: &str) -> bool {
    match (Said::of(before), Said::of(after)) {
        (Some(before), Some(after)) => before == after,
        _ => false,
    }
}

/// What a text says, without its layout.
#[derive(Default, PartialEq, Eq)]
struct Said<'s> {
    /// Each form, how deep it stands in others, and its text where it is a token.
    forms: Vec<(usize, Rule, &'s str)>,
    /// The comments. One may move past a bracket or a comma, but not past another.
    comments: Vec<&'s str>,
}

impl<'s> Said<'s> {
    fn of(text: &'s str) -> Option<Self> {
        let mut said = Said::default();
        let file = FlowParser::parse(Rule::file, text).ok()?.next()?;
        said.form(file.clone(), 0);
        let mut comments = Vec::new();
        find_comments(file, &mut comments);
        comments.dedup_by_key(|(start, _)| *start);
        said.comments = comments.into_iter().map(|(_, comment)| comment.trim_end()).collect();
        Some(said)
    }

    fn form(&mut self, pair: Pair<'s, Rule>, depth: usize) {
        let rule = pair.as_rule();
        let parts: Vec<_> = children(pair.clone()).collect();
        if parts.is_empty() || rule == Rule::string {
            self.forms.push((depth, rule, pair.as_str().trim()));
            return;
        }
        self.forms.push((depth, rule, ""));
        let mut parts = parts.into_iter().peekable();
        while let Some(part) = parts.next() {
            let closes = parts
                .peek()
                .is_some_and(|next| matches!(next.as_rule(), Rule::p_close | Rule::p_unbracket | Rule::p_unbrace));
            if part.as_rule() != Rule::p_comma || !closes {
                self.form(part, depth + 1);
            }
        }
    }
}

fn find_comments<'s>(pair: Pair<'s, Rule>, found: &mut Vec<(usize, &'s str)>) {
    if pair.as_rule() == Rule::comment {
        found.push((pair.as_span().start(), pair.as_str()));
    } else if pair.as_str().contains('#') {
        pair.into_inner().for_each(|inner| find_comments(inner, found));
    }
}
