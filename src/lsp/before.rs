//! What stands before the cursor, in a text that can often not be read there: the call that is being written, the path before
//! a dot, the values that are bound further up.

use super::lex::{Kind, Token, lex};

/// The text up to the cursor, from the beginning of the declaration that it is in.
pub(super) struct Before<'t> {
    pub(super) text: &'t str,
    /// Offset of `text` in the file.
    pub(super) start: usize,
    pub(super) tokens: Vec<Token>,
}

/// A call that is open at the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OpenCall<'t> {
    /// `start`, or `pump.start`.
    pub(super) callee: Vec<&'t str>,
    /// How many arguments stand before the one at the cursor.
    pub(super) position: usize,
    /// The name of the argument at the cursor, where it is written.
    pub(super) name: Option<&'t str>,
    /// The names of those before it.
    pub(super) named: Vec<&'t str>,
}

/// A value bound further up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound<'t> {
    pub(super) name: &'t str,
    /// Where the name stands in the file.
    pub(super) start: usize,
}

impl<'t> Before<'t> {
    pub(super) fn new(text: &'t str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let start = declaration_start(before);
        let text = &before[start..];
        Before { text, start, tokens: lex(text) }
    }

    fn word(&self, token: &Token) -> &'t str {
        token.text(self.text)
    }

    /// The word that is being written, which may be none.
    pub(super) fn partial(&self) -> &'t str {
        match self.tokens.last() {
            Some(last) if last.kind == Kind::Word && last.end == self.text.len() => self.word(last),
            _ => "",
        }
    }

    /// The tokens before the word that is being written.
    fn done(&self) -> &[Token] {
        let written = usize::from(!self.partial().is_empty());
        &self.tokens[..self.tokens.len() - written]
    }

    /// The last words and signs before the word that is being written, the nearest first.
    pub(super) fn back(&self) -> impl Iterator<Item = &'t str> {
        self.done().iter().rev().map(|token| self.word(token))
    }

    /// Whether the cursor is in a comment.
    pub(super) fn in_comment(&self) -> bool {
        self.tokens.last().is_some_and(|last| last.kind == Kind::Comment && last.end == self.text.len())
    }

    /// The beginning of a string that the cursor is in.
    pub(super) fn in_text(&self) -> Option<&'t str> {
        let last = self.tokens.last().filter(|last| last.kind == Kind::Text && last.end == self.text.len())?;
        let text = self.word(last);
        let closed = text.len() > 1 && text.ends_with('"') && !text.ends_with("\\\"") && text != "\"\"\"";
        (!closed).then_some(text)
    }

    /// The words before a dot, where what is being written stands behind one.
    pub(super) fn owner(&self) -> Option<Vec<&'t str>> {
        let mut words = Vec::new();
        let mut back = self.back();
        while back.next() == Some(".") {
            words.push(back.next()?);
        }
        words.reverse();
        (!words.is_empty()).then_some(words)
    }

    /// Whether a statement or declaration begins at the cursor.
    pub(super) fn begins_line(&self) -> bool {
        let line = self.text.rsplit('\n').next().unwrap_or("");
        line.trim_start().len() == self.partial().len()
            || line.trim_start().trim_end_matches(self.partial()).ends_with('{')
    }

    /// Whether the cursor is inside of a block.
    pub(super) fn in_block(&self) -> bool {
        let braces = self.done().iter().filter(|token| token.kind == Kind::Sign);
        let depth = braces.fold(0_i64, |depth, token| match self.word(token) {
            "{" => depth + 1,
            "}" => (depth - 1).max(0),
            _ => depth,
        });
        depth > 0
    }

    /// The word that begins the declaration.
    pub(super) fn header(&self) -> Option<&'t str> {
        self.tokens.first().map(|token| self.word(token))
    }

    /// The brackets that are open at the cursor, each with the word that its line begins with.
    pub(super) fn open(&self) -> Vec<(&'t str, &'t str)> {
        let (mut open, mut first, mut end) = (Vec::new(), "", None);
        for token in self.done() {
            if end.is_none_or(|end| self.text.get(end..token.start).is_some_and(|between| between.contains('\n'))) {
                first = self.word(token);
            }
            end = Some(token.end);
            match self.word(token) {
                sign @ ("{" | "[" | "(") => open.push((sign, first)),
                "}" | "]" | ")" => drop(open.pop()),
                _ => {}
            }
        }
        open
    }

    /// The hosts that a test declares above the cursor.
    pub(super) fn test_hosts(&self) -> Vec<&'t str> {
        let words: Vec<&str> = self.done().iter().map(|token| self.word(token)).collect();
        let hosts = words.windows(3).filter(|words| words[0] == "host" && words[2] == "{");
        hosts.map(|words| words[1]).collect()
    }

    /// The words of the cursor's line before it.
    pub(super) fn line_words(&self) -> Vec<&'t str> {
        let start = self.text.rfind('\n').map_or(0, |at| at + 1);
        self.done().iter().filter(|token| token.start >= start).map(|token| self.word(token)).collect()
    }

    /// The innermost call that is open at the cursor.
    pub(super) fn call(&self) -> Option<OpenCall<'t>> {
        let mut closed = 0_usize;
        let (mut position, mut name, mut named) = (0, None, Vec::new());
        for (at, token) in self.tokens.iter().enumerate().rev() {
            match self.word(token) {
                ")" | "]" | "}" => closed += 1,
                "(" if closed == 0 => {
                    let callee = self.path_before(at);
                    return (!callee.is_empty()).then_some(OpenCall { callee, position, name, named });
                }
                // A block or list around the cursor is no call; what it stands in may be.
                "[" | "{" if closed == 0 => (position, name, named) = (0, None, Vec::new()),
                "(" | "[" | "{" => closed -= 1,
                "," if closed == 0 => position += 1,
                ":" if closed == 0 => {
                    let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
                    let before = before.filter(|token| token.kind == Kind::Word).map(|token| self.word(token));
                    match before {
                        Some(word) if position == 0 => name = name.or(Some(word)),
                        Some(word) => named.push(word),
                        None => {}
                    }
                }
                _ => {}
            }
        }
        None
    }

    fn path_before(&self, at: usize) -> Vec<&'t str> {
        let mut words = Vec::new();
        let mut at = at;
        while let Some(word) =
            at.checked_sub(1).and_then(|at| self.tokens.get(at)).filter(|token| token.kind == Kind::Word)
        {
            words.push(self.word(word));
            let dot = at.checked_sub(2).and_then(|at| self.tokens.get(at)).is_some_and(|token| self.word(token) == ".");
            if !dot {
                break;
            }
            at -= 2;
        }
        words.reverse();
        words
    }

    /// The values that are bound above the cursor and can be seen from it, the nearest first.
    pub(super) fn bound(&self) -> Vec<Bound<'t>> {
        let mut scopes: Vec<Vec<Bound<'t>>> = vec![Vec::new()];
        // What a header binds is seen in the block behind it.
        let mut pending: Vec<Bound<'t>> = Vec::new();
        let mut parens = 0_usize;
        let header = self.tokens.first().map(|token| self.word(token));
        let is_task = matches!(header, Some("task" | "extern"));
        for (at, token) in self.tokens.iter().enumerate() {
            let next = self.tokens.get(at + 1);
            let bound = |token: &Token| Bound { name: self.word(token), start: self.start + token.start };
            match (self.word(token), next) {
                ("{", _) => scopes.push(std::mem::take(&mut pending)),
                ("}", _) if scopes.len() > 1 => drop(scopes.pop()),
                ("(", _) => parens += 1,
                (")", _) => parens = parens.saturating_sub(1),
                ("let", Some(name)) if name.kind == Kind::Word => {
                    if let Some(scope) = scopes.last_mut() {
                        scope.push(bound(name));
                    }
                }
                ("for" | "rescue", Some(name)) if name.kind == Kind::Word => pending.push(bound(name)),
                (_, Some(colon)) if self.word(colon) == ":" && token.kind == Kind::Word => {
                    let is_parameter = is_task && scopes.len() == 1 && parens == 1;
                    pending.extend(is_parameter.then(|| bound(token)));
                }
                _ => {}
            }
        }
        scopes.into_iter().flatten().chain(pending).rev().collect()
    }
}

/// Where the declaration begins that the end of a text is in: the last line that begins with a word of one.
fn declaration_start(text: &str) -> usize {
    let mut end = text.len();
    loop {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let word_end = text[start..].bytes().take_while(|byte| super::lex::is_word(*byte)).count();
        if crate::syntax::DECLARATIONS.contains(&&text[start..start + word_end]) {
            return start;
        }
        let Some(before) = start.checked_sub(1) else { return 0 };
        end = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(text: &str) -> Before<'_> {
        Before::new(text, text.len())
    }

    #[test]
    fn the_open_call_is_found() {
        let text = "stage a on all {\n    pump.start(f(1, 2), wait: 3s, x";
        let call = before(text).call().unwrap();
        assert_eq!(call, OpenCall { callee: vec!["pump", "start"], position: 2, name: None, named: vec!["wait"] });
        assert_eq!(before("stage a on all {\n    f(1)\n    x").call(), None);
        assert_eq!(before("stage a on all {\n    f(text: \"{{ g(").call().unwrap().callee, ["g"]);
    }

    #[test]
    fn what_is_bound_above_is_seen() {
        let text = "task t(path: Path, n: Int) {\n    let a = 1\n    for x in xs {\n        let b = 2\n    }\n    on cm3 {\n        ";
        let names: Vec<&str> = before(text).bound().iter().map(|bound| bound.name).collect();
        assert_eq!(names, ["a", "n", "path"]);
    }

    #[test]
    fn what_stands_before_a_dot_is_found() {
        assert_eq!(before("stage a on all {\n    print here.").owner(), Some(vec!["here"]));
        assert_eq!(before("stage a on all {\n    print here.na").owner(), Some(vec!["here"]));
        assert_eq!(before("stage a on all {\n    print \"{{ here.").owner(), Some(vec!["here"]));
        assert_eq!(before("stage a on all {\n    prin").owner(), None);
    }
}
