//! What each word of a text is, for colours: by what it stands for where that is known, and by its looks where it is not.

use lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokensLegend};

use super::lex::{self, Kind as Lexed, Token};
use super::session::Session;
use super::text::{Encoding, number};
use super::unit::Unit;
use crate::check::{Kind, Target};
use crate::source::{FileId, Span};
use crate::syntax::{DECLARATIONS, STATEMENTS};

const TYPES: &[SemanticTokenType] = &[
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::CLASS,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::EVENT,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::KEYWORD,
    SemanticTokenType::COMMENT,
    SemanticTokenType::STRING,
    SemanticTokenType::NUMBER,
    SemanticTokenType::STRUCT,
];

const MODIFIERS: &[SemanticTokenModifier] = &[
    SemanticTokenModifier::DECLARATION,
    SemanticTokenModifier::DEFAULT_LIBRARY,
    SemanticTokenModifier::DOCUMENTATION,
    SemanticTokenModifier::READONLY,
];
const DECLARATION: u32 = 1;
const LIBRARY: u32 = 2;
const DOCUMENTATION: u32 = 4;

pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend { token_types: TYPES.to_vec(), token_modifiers: MODIFIERS.to_vec() }
}

/// The words that begin clauses of headers.
pub(super) const CLAUSES: &[&str] = &[
    "only", "needs", "after", "forbids", "expects", "leaves", "timeout", "at-once", "tolerate", "finally", "does",
    "because", "every",
];
const OPERATORS: &[&str] =
    &["true", "false", "not", "and", "or", "else", "in", "as", "rescue", "none", "group", "on", "if", "for"];

/// The marked words of a range of bytes, as the protocol wants them: each relative to the one before.
pub(super) fn tokens(
    session: &Session,
    unit: &Unit,
    file: FileId,
    shown: std::ops::Range<usize>,
) -> Vec<SemanticToken> {
    let text = unit.text(file);
    let Some(lines) = unit.lines(file) else { return Vec::new() };
    let mut found = Encoder { session, last: (0, 0), tokens: Vec::new() };
    let tokens = lex::lex(text);
    for (at, token) in tokens.iter().enumerate() {
        if token.end < shown.start || token.start > shown.end {
            continue;
        }
        let Some((kind, modifiers)) = meaning(unit, file, text, &tokens, at) else { continue };
        // A token of several lines is one for each: editors ask no more than that.
        let mut start = token.start;
        for piece in token.text(text).split_inclusive('\n') {
            let shown = piece.trim_end_matches(['\n', '\r']);
            let line = lines.line(start);
            // Counted from the token before on the same line: a line may have very many.
            let from = if line == found.last.0 { found.last.1 } else { lines.start(line).unwrap_or(0) };
            let before = text.get(from..start).unwrap_or("");
            found.push((line, start), before, shown, (kind.clone(), modifiers));
            start += piece.len();
        }
    }
    found.tokens
}

struct Encoder<'a> {
    session: &'a Session,
    /// The line of the last token, and the offset at which it begins.
    last: (usize, usize),
    tokens: Vec<SemanticToken>,
}

impl Encoder<'_> {
    fn push(&mut self, place: (usize, usize), before: &str, shown: &str, (kind, modifiers): (SemanticTokenType, u32)) {
        let width = |text: &str| match self.session.encoding {
            Encoding::Utf8 => number(text.len()),
            Encoding::Utf16 => number(text.encode_utf16().count()),
        };
        let (delta_line, delta_start, length) = (number(place.0 - self.last.0), width(before), width(shown));
        if length == 0 {
            return;
        }
        self.last = place;
        let token_type = number(TYPES.iter().position(|known| *known == kind).unwrap_or(0));
        self.tokens.push(SemanticToken {
            delta_line,
            delta_start,
            length,
            token_type,
            token_modifiers_bitset: modifiers,
        });
    }
}

fn meaning(unit: &Unit, file: FileId, text: &str, tokens: &[Token], at: usize) -> Option<(SemanticTokenType, u32)> {
    let token = tokens.get(at)?;
    let word = token.text(text);
    Some(match token.kind {
        Lexed::Comment => (SemanticTokenType::COMMENT, if word.starts_with("##") { DOCUMENTATION } else { 0 }),
        Lexed::Text => (SemanticTokenType::STRING, 0),
        Lexed::Number => (SemanticTokenType::NUMBER, 0),
        Lexed::Sign => return None,
        Lexed::Word => return named(unit, file, *token).or_else(|| keyword(text, tokens, at)),
    })
}

fn named(unit: &Unit, file: FileId, token: Token) -> Option<(SemanticTokenType, u32)> {
    let span = Span::new(file, token.start, token.end);
    let names = unit.known.names_in(file);
    let at = names.binary_search_by_key(&span, |(span, _)| *span).ok()?;
    Some(match &names.get(at)?.1 {
        Target::Module(_) => (SemanticTokenType::NAMESPACE, 0),
        Target::Group | Target::Host => (SemanticTokenType::ENUM_MEMBER, 0),
        Target::BuiltIn => (SemanticTokenType::VARIABLE, LIBRARY),
        Target::Declared(name) => {
            let declaration = unit.known.declaration(*name)?;
            let kind = match declaration.kind {
                Kind::Input | Kind::Parameter => SemanticTokenType::PARAMETER,
                Kind::Host | Kind::Hosts | Kind::Local => SemanticTokenType::VARIABLE,
                Kind::Class => SemanticTokenType::CLASS,
                Kind::Effect | Kind::Condition => SemanticTokenType::EVENT,
                Kind::Task | Kind::Program => SemanticTokenType::FUNCTION,
                Kind::Stage => SemanticTokenType::FUNCTION,
                Kind::Type => SemanticTokenType::STRUCT,
                Kind::Field => SemanticTokenType::PROPERTY,
            };
            let shipped = unit.entry_of(name.file).is_some_and(|entry| entry.shipped);
            (kind, if *name == span { DECLARATION } else { 0 } | if shipped { LIBRARY } else { 0 })
        }
    })
}

fn keyword(text: &str, tokens: &[Token], at: usize) -> Option<(SemanticTokenType, u32)> {
    let word = tokens.get(at)?.text(text);
    let beside = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| token.text(text));
    let (before, behind) = (beside(at.checked_sub(1)), beside(at.checked_add(1)));
    if before == Some(".") {
        return Some((SemanticTokenType::PROPERTY, 0));
    }
    let start = tokens.get(at)?.start;
    let first = text.get(..start).is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let declares = DECLARATIONS.contains(&word) && (first || before == Some("extern"));
    let is_type = word.starts_with(|c: char| c.is_ascii_uppercase());
    let is_keyword = STATEMENTS.contains(&word) || CLAUSES.contains(&word) || OPERATORS.contains(&word);
    if declares || is_keyword && behind != Some(":") && behind != Some("=") {
        Some((SemanticTokenType::KEYWORD, 0))
    } else {
        is_type.then_some((SemanticTokenType::TYPE, 0))
    }
}
