//! The words and signs of a text, whether or not it can be read: what is marked by colour, folded, and looked at before the
//! cursor.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// A string, or a piece of one between splices, quotes included.
    Text,
    Comment,
    /// One sign; `{{` and `}}` of a splice are one.
    Sign,
}

/// A token of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Token {
    pub(super) fn text<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or("")
    }
}

/// All tokens.
pub(super) fn lex(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), open: Vec::new() };
    while lexer.at < text.len() {
        lexer.next();
    }
    lexer.tokens
}

/// Whether a byte may be part of a word behind its first one.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    /// The strings that a splice is open in: whether over several lines, and how many braces are open within.
    open: Vec<(bool, usize)>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, len: usize) {
        let mut end = (self.at + len).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.tokens.push(Token { kind, start: self.at, end });
        self.at = end;
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.bytes().next() else { return };
        match first {
            b'\n' => {
                // A string on one line, and what is spliced into it, ends with the line.
                while self.open.last().is_some_and(|(block, _)| !block) {
                    self.open.pop();
                }
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'#' => {
                let len = rest.find('\n').unwrap_or(rest.len());
                self.push(Kind::Comment, len);
            }
            b'"' => {
                let block = rest.starts_with("\"\"\"");
                self.string(block, if block { 3 } else { 1 });
            }
            b'}' if rest.starts_with("}}") && self.open.last().is_some_and(|(_, braces)| *braces == 0) => {
                self.push(Kind::Sign, 2);
                if let Some((block, _)) = self.open.pop() {
                    self.string(block, 0);
                }
            }
            _ if first.is_ascii_alphabetic() || first == b'_' => {
                let len = rest.bytes().take_while(|byte| is_word(*byte)).count();
                let len = rest[..len].trim_end_matches('-').len();
                self.push(Kind::Word, len);
            }
            _ if first.is_ascii_digit() => {
                let len = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                self.push(Kind::Number, len);
            }
            _ => {
                if let Some((_, braces)) = self.open.last_mut() {
                    match first {
                        b'{' => *braces += 1,
                        b'}' => *braces = braces.saturating_sub(1),
                        _ => {}
                    }
                }
                self.push(Kind::Sign, 1);
            }
        }
    }

    /// The rest of a string, up to its end or to a splice.
    fn string(&mut self, block: bool, opening: usize) {
        let rest = self.rest().as_bytes();
        let mut at = opening.min(rest.len());
        while at < rest.len() {
            match rest[at] {
                b'\\' => at += 1,
                b'\n' if !block => break,
                b'{' if rest.get(at + 1) == Some(&b'{') => {
                    if at > 0 {
                        self.push(Kind::Text, at);
                    }
                    self.push(Kind::Sign, 2);
                    self.open.push((block, 0));
                    return;
                }
                b'"' if !block => {
                    at += 1;
                    break;
                }
                b'"' if rest[at..].starts_with(b"\"\"\"") => {
                    at += 3;
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        self.push(Kind::Text, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Tokens stand in order, on characters, and never overlap.
        #[test]
        fn any_text_has_tokens(text in "[a-z\"{} \\n#\\\\é0(.-]{0,60}") {
            let mut last = 0;
            for token in lex(&text) {
                prop_assert!(last <= token.start && token.start <= token.end && text.is_char_boundary(token.end));
                last = token.end;
            }
        }
    }

    #[test]
    fn splices_are_words_within_strings() {
        let text = "print \"a {{ f({ x: \"y\" }) }} b\" # c";
        let found: Vec<&str> = lex(text).iter().map(|token| token.text(text)).collect();
        let expected = ["print", "\"a ", "{{", "f", "(", "{", "x", ":", "\"y\"", "}", ")", "}}", " b\"", "# c"];
        assert_eq!(found, expected);
    }
}
