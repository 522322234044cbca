//! The door to the shell parser: what is asked of it, within which limits, and in which words its errors are told.

use std::ops::Range;

use brush_parser::ast;
use brush_parser::word::{self, WordPiece, WordPieceWithSource};
use brush_parser::{ParseError, ParserOptions, Token, TokenizerError, parse_tokens, uncached_tokenize_str};

use super::prepare::Prepared;

/// How deep groups may nest: `(`, `{`, `if`, `case`, `do`.
const MAX_GROUPS: usize = 48;
/// The most `$((` of one word, and the most `[` of a word that needs the bash grammar: the parser's time doubles, or
/// grows twentyfold, with each that stands in another.
const MAX_ARITHMETIC: usize = 8;
const MAX_INDEXES: usize = 3;
/// The most digits of a number that the parser reads.
const MAX_DIGITS: usize = 9;

/// Which shell reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The host's `sh`, which may be dash, busybox or bash.
    Sh,
    /// `bash -c` and its like.
    Bash,
}

impl Dialect {
    fn options(self) -> ParserOptions {
        ParserOptions {
            sh_mode: self == Self::Sh,
            posix_mode: self == Self::Sh,
            // Off in scripts, and `!(make)` runs a program where it is off.
            enable_extended_globbing: false,
            // Tildes are read as text: a home directory does not matter here, and the number in `~99999999999` is
            // too large for the parser.
            tilde_expansion_at_word_start: false,
            tilde_expansion_after_colon: false,
            ..ParserOptions::default()
        }
    }
}

/// Why a text cannot be read.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) at: Option<Range<usize>>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    pub(super) fn at(message: impl Into<String>, at: Range<usize>) -> Self {
        Self { message: message.into(), at: Some(at) }
    }
}

/// A text as the parser sees it.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) program: ast::Program,
    /// What was read in place of the text.
    pub(super) prepared: Prepared,
    characters: Characters,
}

impl Parsed {
    /// The bytes of a node of the tree, in the text that was to be read.
    pub(super) fn bytes(&self, location: &brush_parser::SourceSpan) -> Range<usize> {
        self.prepared.source(&self.characters.bytes(location.start.index, location.end.index))
    }
}

/// Parses the text of a program.
pub(super) fn program(prepared: Prepared, dialect: Dialect) -> Result<Parsed, Failure> {
    let characters = Characters::new(&prepared.text);
    let bash = || tree(&prepared.text, dialect, Dialect::Bash, &characters);
    let tree = match dialect {
        Dialect::Sh if !prepared.needs_bash => {
            // The host's `sh` may be bash, or borrow from it: what only bash can read is still worth reading.
            tree(&prepared.text, dialect, Dialect::Sh, &characters).or_else(|failure| bash().map_err(|_| failure))
        }
        Dialect::Sh | Dialect::Bash => bash(),
    };
    match tree {
        Ok(program) => Ok(Parsed { program, prepared, characters }),
        Err(failure) => {
            let at = failure.at.map(|at| prepared.source(&at));
            Err(Failure { at, ..failure })
        }
    }
}

fn tree(text: &str, dialect: Dialect, grammar: Dialect, characters: &Characters) -> Result<ast::Program, Failure> {
    let options = grammar.options();
    let tokens = uncached_tokenize_str(text, &options.tokenizer_options()).map_err(|error| token_failure(&error))?;
    check_tokens(&tokens, dialect, characters)?;
    parse_tokens(&tokens, &options).map_err(|error| parse_failure(&error, &tokens, characters))
}

/// Parses a word into its pieces.
pub(super) fn word_pieces(text: &str, dialect: Dialect) -> Result<Vec<WordPieceWithSource>, Failure> {
    if is_plain(text) {
        let piece = WordPiece::Text(text.to_owned());
        return Ok(vec![WordPieceWithSource { piece, start_index: 0, end_index: text.len() }]);
    }
    word_limits(text)?;
    if dialect == Dialect::Bash {
        bash_word_limits(text)?;
    }
    let parsed = word::parse(text, &dialect.options()).map_err(|_| Failure::new("the shell cannot read this word"))?;
    let unread = |pieces: &[WordPieceWithSource]| pieces.iter().any(|piece| has_unread_expansion(piece, text));
    if dialect == Dialect::Bash || !unread(&parsed) {
        return Ok(parsed);
    }
    bash_word_limits(text)?;
    word::parse(text, &Dialect::Bash.options()).map_err(|_| Failure::new("the shell cannot read this word"))
}

/// Whether no shell sees anything but text in a word. Most words are such, and asking the parser costs far more.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:=,+@%".contains(&byte))
}

/// Parses the body of a here-document, or other text in which quotes mean nothing.
pub(super) fn body_pieces(text: &str, dialect: Dialect) -> Result<Vec<WordPieceWithSource>, Failure> {
    word_limits(text)?;
    if dialect == Dialect::Bash {
        bash_word_limits(text)?;
    }
    word::parse_heredoc(text, &dialect.options()).map_err(|_| Failure::new("the shell cannot read this text"))
}

/// Whether a piece is a `$` that the parser took for text although a bracket follows: it does so with every expansion
/// that it cannot read.
pub(super) fn has_unread_expansion(piece: &WordPieceWithSource, source: &str) -> bool {
    match &piece.piece {
        WordPiece::Text(text) => {
            text.ends_with('$')
                && source.get(piece.start_index..piece.end_index) == Some(text.as_str())
                && source.get(piece.end_index..).is_some_and(|rest| rest.starts_with(['(', '{', '[']))
        }
        WordPiece::DoubleQuotedSequence(pieces) | WordPiece::GettextDoubleQuotedSequence(pieces) => {
            pieces.iter().any(|piece| has_unread_expansion(piece, source))
        }
        _ => false,
    }
}

fn word_limits(text: &str) -> Result<(), Failure> {
    if text.matches("$((").count() > MAX_ARITHMETIC {
        return Err(Failure::new("there are too many `$((` in this word"));
    }
    Ok(())
}

fn bash_word_limits(text: &str) -> Result<(), Failure> {
    if text.contains("${") && text.matches('[').count() > MAX_INDEXES {
        return Err(Failure::new("there are too many `[` in this word"));
    }
    Ok(())
}

/// Refuses what the parser would read otherwise than a shell does, or cannot read within bounds.
fn check_tokens(tokens: &[Token], dialect: Dialect, characters: &Characters) -> Result<(), Failure> {
    check_groups(tokens)?;
    if dialect == Dialect::Sh && tokens.iter().any(|token| matches!(token.to_str(), "&>" | "&>>")) {
        return Err(Failure::new("shells disagree about `&>`: write `>… 2>&1`"));
    }
    if dialect == Dialect::Sh && tokens.iter().any(|token| matches!(token, Token::Operator(sign, _) if sign == "|&")) {
        return Err(Failure::new("only bash knows `|&`: write `2>&1 |`"));
    }
    if tokens.iter().any(|token| has_long_tilde(token.to_str())) {
        return Err(Failure::new("there is no such home directory"));
    }
    for pair in tokens.windows(2) {
        let [left, right] = pair else { continue };
        let at = characters.bytes(left.location().start.index, right.location().end.index);
        let touching = left.location().end.index == right.location().start.index;
        match (left, right) {
            // Nested subshells for dash, arithmetic for bash; and the parser knows no here-document in it.
            (Token::Operator(open, _), Token::Operator(again, _))
                if dialect == Dialect::Sh && touching && open == "(" && again == "(" =>
            {
                return Err(Failure::at("shells disagree about `((`: put a blank between, or use `$((…))`", at));
            }
            // For dash the command before it goes to the background.
            (Token::Operator(and, _), Token::Operator(redirect, _))
                if dialect == Dialect::Sh && touching && and == "&" && redirect.starts_with('>') =>
            {
                return Err(Failure::at("shells disagree about `&>`: write `>… 2>&1`", at));
            }
            (Token::Operator(pipe, _), Token::Operator(and, _))
                if dialect == Dialect::Sh && touching && pipe == "|" && and == "&" =>
            {
                return Err(Failure::at("only bash knows `|&`: write `2>&1 |`", at));
            }
            (Token::Word(number, _), Token::Operator(operator, _))
                if operator.starts_with(['<', '>'])
                    && number.chars().all(|c| c.is_ascii_digit())
                    && (number.is_empty() || number.len() > MAX_DIGITS) =>
            {
                return Err(Failure::at("this is no file descriptor", at));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a word has a number after a tilde that is too large for the parser, which looks for one in every word that
/// might be an assignment.
fn has_long_tilde(word: &str) -> bool {
    word.match_indices('~').any(|(at, _)| {
        let number = word.get(at + 1..).unwrap_or_default().trim_start_matches(['+', '-']);
        number.bytes().take_while(u8::is_ascii_digit).count() > MAX_DIGITS
    })
}

/// Refuses groups that nest too deep for the parser's recursion. A closing word counts only where it closes the
/// innermost group, so that an `echo fi` cannot hide a level.
fn check_groups(tokens: &[Token]) -> Result<(), Failure> {
    let mut open: Vec<&str> = Vec::new();
    for token in tokens {
        let closes = match token.to_str() {
            "(" => Err(")"),
            "{" => Err("}"),
            "if" => Err("fi"),
            "case" => Err("esac"),
            "do" => Err("done"),
            closing => Ok(closing),
        };
        match closes {
            Err(closing) => open.push(closing),
            Ok(closing) if open.last() == Some(&closing) => {
                open.pop();
            }
            Ok(_) => {}
        }
        if open.len() > MAX_GROUPS {
            return Err(Failure::new("the commands nest too deep"));
        }
    }
    Ok(())
}

fn parse_failure(error: &ParseError, tokens: &[Token], characters: &Characters) -> Failure {
    match error {
        ParseError::ParsingNear(position) => {
            let token = tokens.iter().find(|token| token.location().start.index == position.index);
            let at = characters.bytes(position.index, position.index + 1);
            let Some(token) = token else { return Failure::at("the shell cannot read on from here", at) };
            let at = characters.bytes(token.location().start.index, token.location().end.index);
            match token.to_str() {
                "\n" => Failure::at("a command is missing before the end of this line", at),
                text => Failure::at(format!("`{text}` is not expected here"), at),
            }
        }
        ParseError::ParsingAtEndOfInput => Failure::new("the text ends in the middle of a command"),
        ParseError::Tokenizing { inner, .. } => token_failure(inner),
    }
}

fn token_failure(error: &TokenizerError) -> Failure {
    Failure::new(match error {
        TokenizerError::UnterminatedEscapeSequence => "the text ends in a backslash",
        TokenizerError::UnterminatedSingleQuote(_) | TokenizerError::UnterminatedAnsiCQuote(_) => {
            "a single quote is not closed"
        }
        TokenizerError::UnterminatedDoubleQuote(_) => "a double quote is not closed",
        TokenizerError::UnterminatedBackquote(_) => "a backquote is not closed",
        TokenizerError::UnterminatedVariable => "a `${` is not closed",
        TokenizerError::UnterminatedExtendedGlob(_)
        | TokenizerError::UnterminatedCommandSubstitution
        | TokenizerError::UnterminatedExpansion => "a bracket is not closed",
        TokenizerError::MissingHereTagForDocumentBody | TokenizerError::MissingHereTag(_) => {
            "a here-document has no delimiter"
        }
        TokenizerError::UnterminatedHereDocuments(..) => "a here-document is not ended by its delimiter",
        TokenizerError::FailedDecoding | TokenizerError::ReadError(_) => "the text cannot be decoded",
    })
}

/// From the parser's characters to bytes.
#[derive(Debug)]
struct Characters(Vec<usize>);

impl Characters {
    fn new(text: &str) -> Self {
        Self(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
    }

    fn bytes(&self, start: usize, end: usize) -> Range<usize> {
        let last = self.0.last().copied().unwrap_or(0);
        let at = |index: usize| self.0.get(index).copied().unwrap_or(last);
        at(start)..at(end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::super::prepare;
    use super::super::template::{Rendered, Template};
    use super::*;

    fn message_in(text: &str, dialect: Dialect) -> String {
        let marks = Rendered::new(&Template::default()).marks;
        let prepared = prepare::commands(text, &marks, 0);
        let parsed = prepared.and_then(|prepared| program(prepared, dialect));
        parsed.map_or_else(|failure| failure.message, |_| String::new())
    }

    fn message(text: &str) -> String {
        message_in(text, Dialect::Sh)
    }

    #[test]
    fn errors_are_told_in_plain_words() {
        assert_eq!(message("echo 'a"), "a single quote is not closed");
        assert_eq!(message("echo \"a"), "a double quote is not closed");
        assert_eq!(message("a &&"), "the text ends in the middle of a command");
        assert_eq!(message("a ; ; b"), "`;` is not expected here");
        assert_eq!(message("cat <<E\nx\n"), "a here-document is not ended by its delimiter");
        assert_eq!(message("echo $(a"), "a bracket is not closed");
        assert_eq!(message("echo ${a"), "a `${` is not closed");
    }

    #[test]
    fn texts_beyond_the_limits_are_refused() {
        assert_eq!(message(&"a ".repeat(40_000)), "the text is longer than 64 KiB");
        assert_eq!(message(&"$(".repeat(300)), "the expansions nest too deep");
        assert_eq!(message(&format!("{}a{}", "{ ".repeat(200), "; }".repeat(200))), "the commands nest too deep");
        assert_eq!(message("a 99999999999999999999>b"), "this is no file descriptor");
        assert_eq!(message("a[${x:-~99999999999}"), "there is no such home directory");
        assert!(word_pieces(&"$((1))".repeat(9), Dialect::Sh).is_err());
        assert!(word_pieces(&format!("${{a{}", "[".repeat(60)), Dialect::Bash).is_err());
    }

    #[test]
    fn plain_words_are_what_the_parser_takes_them_for() {
        for text in ["make", "-j4", "--prefix=/usr/local", "a_b-c.d/e:f=g,h+i@j%k", "7", "-", "=", ":", "@", "if"] {
            for dialect in [Dialect::Sh, Dialect::Bash] {
                let parsed = word::parse(text, &dialect.options()).unwrap();
                assert!(is_plain(text));
                assert_eq!(format!("{parsed:?}"), format!("{:?}", word_pieces(text, dialect).unwrap()), "{text}");
            }
        }
        for text in ["", "~", "$a", "a*", "{a,b}", "a'b'", "a\\b", "`a`", "a b", "é"] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_only_bash_reads_is_read_as_bash() {
        assert_eq!(message("cat <(make)"), "");
        assert_eq!(message("cat <<<make"), "");
        assert_eq!(message("((make))"), "shells disagree about `((`: put a blank between, or use `$((…))`");
        assert_eq!(message_in("((make))", Dialect::Bash), "");
    }
}
