//! Takes the quotes off words, and reads what their expansions run.

use brush_parser::word::{Parameter, ParameterExpr, SpecialParameter, WordPiece, WordPieceWithSource};

use super::analysis::{Place, SpliceContext};
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::parse::{self, Failure};
use super::scope::{Origin, Scope};
use super::template::Chunk;

/// What the quotes around a piece are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    /// No quotes, in `${…}`, where blanks and operators are text.
    Operand,
    Double,
    /// The body of a here-document.
    Body,
}

/// A text while its pieces are read.
struct Source<'s> {
    text: &'s str,
    scope: &'s Scope,
    place: Place,
}

impl Source<'_> {
    fn written(&self, piece: &WordPieceWithSource) -> &str {
        self.text.get(piece.start_index..piece.end_index).unwrap_or_default()
    }

    fn exact(&self, offset: usize) -> Option<usize> {
        match &self.scope.origin {
            Origin::Exact(base) => Some(base + offset),
            Origin::Within(_) => None,
        }
    }
}

impl Walker<'_> {
    /// Reads a word, and everything that its expansions run.
    pub(super) fn decode(&mut self, text: &str, place: Place, scope: &Scope) -> Decoded {
        let pieces = parse::word_pieces(text, scope.dialect);
        self.decode_pieces(text, pieces, place, Quotes::None, scope)
    }

    /// Reads the body of a here-document in which expansions are made.
    pub(super) fn expanded_body(&mut self, text: &str, scope: &Scope) -> Decoded {
        let pieces = parse::body_pieces(text, scope.dialect);
        self.decode_pieces(text, pieces, Place::Syntax, Quotes::Body, scope)
    }

    /// Reads the body of a here-document in which nothing is special.
    pub(super) fn literal_body(&mut self, text: &str, scope: &Scope) -> Decoded {
        let mut decoded =
            Decoded { raw: text.to_owned(), range: scope.origin.range(0..text.len()), ..Decoded::default() };
        let source = Source { text, scope, place: Place::Syntax };
        self.literal(&mut decoded, text, 0, true, &SpliceContext::HereDocument, &source);
        decoded
    }

    /// Reads an arithmetic expression, in which quotes mean nothing and expansions are made.
    pub(super) fn arithmetic_text(&mut self, text: &str, scope: &Scope) {
        // With one of these it could be commands just as well.
        if text.contains([';', '\n', '\\', '\'']) {
            self.error("the shell cannot read this expression", scope.origin.range(0..text.len()));
        }
        self.expanded_body(text, scope);
    }

    fn decode_pieces(
        &mut self,
        text: &str,
        pieces: Result<Vec<WordPieceWithSource>, Failure>,
        place: Place,
        quotes: Quotes,
        scope: &Scope,
    ) -> Decoded {
        let range = scope.origin.range(0..text.len());
        let mut decoded = Decoded { raw: text.to_owned(), range: range.clone(), ..Decoded::default() };
        match pieces {
            Ok(pieces) => {
                let whole = pieces.len() == 1;
                let place = if whole || place != Place::Argument { place } else { Place::Part };
                let source = Source { text, scope, place };
                self.pieces(&mut decoded, &pieces, quotes, &source);
            }
            Err(failure) => self.error(&failure.message, range),
        }
        decoded
    }

    fn pieces(&mut self, decoded: &mut Decoded, pieces: &[WordPieceWithSource], quotes: Quotes, source: &Source<'_>) {
        for piece in pieces {
            if parse::has_unread_expansion(piece, source.text) {
                self.error(
                    "the shell cannot read this expansion",
                    source.scope.origin.range(piece.start_index..source.text.len()),
                );
            }
            self.piece(decoded, piece, quotes, source);
        }
    }

    fn piece(&mut self, decoded: &mut Decoded, piece: &WordPieceWithSource, quotes: Quotes, source: &Source<'_>) {
        let splits = quotes == Quotes::None || quotes == Quotes::Operand;
        self.remark_piece(piece, source.written(piece), quotes == Quotes::None, source.place, source.scope);
        match &piece.piece {
            WordPiece::Text(text) => self.plain(decoded, piece, text, quotes, source),
            WordPiece::SingleQuotedText(text) => {
                let context = SpliceContext::SingleQuoted(source.place);
                self.literal(decoded, text, piece.start_index + 1, true, &context, source);
            }
            WordPiece::AnsiCQuotedText(text) => self.ansi_quoted(decoded, piece, text, source),
            WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                // An empty pair of quotes is a word too.
                decoded.literal_segment("", true, None);
                self.pieces(decoded, inner, Quotes::Double, source);
            }
            WordPiece::EscapeSequence(escape) => {
                decoded.literal_segment(escape.strip_prefix('\\').unwrap_or(escape), true, None);
            }
            WordPiece::TildeExpansion(_) => self.dynamic(decoded, piece, false, source),
            WordPiece::ParameterExpansion(parameter) => {
                self.parameter(piece, parameter, source);
                self.dynamic(decoded, piece, splits || is_all_parameters(parameter), source);
            }
            WordPiece::CommandSubstitution(text) => {
                let range = piece.start_index + 2..piece.start_index + 2 + text.len();
                self.text(text, &source.scope.inner(source.scope.origin.inner(range)));
                self.dynamic(decoded, piece, splits, source);
            }
            WordPiece::BackquotedCommandSubstitution(_) => {
                self.backquoted(piece, quotes, source);
                self.dynamic(decoded, piece, splits, source);
            }
            WordPiece::ArithmeticExpression(expression) => {
                self.arithmetic_piece(piece, &expression.value, source);
                self.dynamic(decoded, piece, false, source);
            }
        }
    }

    fn dynamic(&mut self, decoded: &mut Decoded, piece: &WordPieceWithSource, splits: bool, source: &Source<'_>) {
        let text = self.readable(source.written(piece));
        decoded.segments.push(Segment::Dynamic { text, splits });
    }

    fn plain(
        &mut self,
        decoded: &mut Decoded,
        piece: &WordPieceWithSource,
        text: &str,
        quotes: Quotes,
        source: &Source<'_>,
    ) {
        let misread = match quotes {
            // Unquoted, each of these would have ended the word: parser and shell do not agree where it ends.
            Quotes::None => text.contains(['<', '>', '|', '&', ';', '(', ')', '\n', ' ', '\t']),
            Quotes::Operand | Quotes::Double | Quotes::Body => text.contains('`'),
        };
        if misread {
            self.error(
                "the shell cannot read this word",
                source.scope.origin.range(piece.start_index..piece.end_index),
            );
        }
        let context = match quotes {
            Quotes::None | Quotes::Operand => SpliceContext::Unquoted(source.place),
            Quotes::Double => SpliceContext::DoubleQuoted(source.place),
            Quotes::Body => SpliceContext::HereDocument,
        };
        let quoted = matches!(quotes, Quotes::Double | Quotes::Body);
        self.literal(decoded, text, piece.start_index, quoted, &context, source);
    }

    /// Takes over text that stands for itself, with its splices.
    fn literal(
        &mut self,
        decoded: &mut Decoded,
        text: &str,
        offset: usize,
        quoted: bool,
        context: &SpliceContext,
        source: &Source<'_>,
    ) {
        let chunks = self.marks().cut(text);
        let whole = chunks.len() == 1;
        let mut at = source.exact(offset);
        for chunk in chunks {
            match chunk {
                Chunk::Text(text) => {
                    decoded.literal_segment(text, quoted, at);
                    at = at.map(|at| at + text.len());
                }
                Chunk::Splice(index) => {
                    let context = if whole { context.clone() } else { in_part(context) };
                    self.splice(index, context, source.scope);
                    at = at.map(|at| at + self.marks().splice(index).len());
                    decoded.segments.push(Segment::Splice(index));
                }
                Chunk::Dynamic(index) => {
                    let text = self.expansions.get(index).cloned().unwrap_or_default();
                    decoded.segments.push(Segment::Dynamic { text, splits: !quoted });
                    at = None;
                }
                // It stands where a file is expected, and is looked for there.
                Chunk::Document(_) => {}
            }
        }
    }

    fn ansi_quoted(&mut self, decoded: &mut Decoded, piece: &WordPieceWithSource, text: &str, source: &Source<'_>) {
        for index in self.marks().splices_in(text) {
            self.splice(index, SpliceContext::AnsiQuoted, source.scope);
        }
        if text.contains('\\') {
            self.dynamic(decoded, piece, false, source);
        } else {
            decoded.literal_segment(text, true, None);
        }
    }

    /// Reads what stands in `${…}`.
    fn parameter(&mut self, piece: &WordPieceWithSource, parameter: &ParameterExpr, source: &Source<'_>) {
        let written = source.written(piece);
        let range = piece.start_index..piece.end_index;
        let name = matches!(parameter, ParameterExpr::Parameter { .. });
        let context = if name { SpliceContext::VariableName } else { SpliceContext::ParameterExpansion };
        for index in self.marks().splices_in(written) {
            self.splice(index, context.clone(), source.scope);
        }
        let scope = source.scope.inner(Origin::Within(source.scope.origin.range(range)));
        let scope = scope.forcing(SpliceContext::ParameterExpansion);
        for operand in operands(parameter) {
            if self.may_read(&scope, 0) {
                let pieces = parse::word_pieces(operand, scope.dialect);
                self.decode_pieces(operand, pieces, Place::Syntax, Quotes::Operand, &scope);
            }
        }
    }

    /// Reads a command between backquotes, which takes backslashes away before anything else is read.
    fn backquoted(&mut self, piece: &WordPieceWithSource, quotes: Quotes, source: &Source<'_>) {
        let written = source.written(piece);
        let inner = written.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(written);
        let range = piece.start_index + 1..piece.start_index + 1 + inner.len();
        let origin = if inner.contains('\\') {
            Origin::Within(source.scope.origin.range(range))
        } else {
            source.scope.origin.inner(range)
        };
        let text = unescape_backquoted(inner, quotes == Quotes::Double);
        self.text(&text, &source.scope.inner(origin).forcing(SpliceContext::Backquoted));
    }

    fn arithmetic_piece(&mut self, piece: &WordPieceWithSource, text: &str, source: &Source<'_>) {
        let range = piece.start_index..piece.end_index;
        let origin = Origin::Within(source.scope.origin.range(range));
        self.arithmetic_text(text, &source.scope.inner(origin).forcing(SpliceContext::Arithmetic));
    }
}

/// The context of a splice that is not a whole word.
fn in_part(context: &SpliceContext) -> SpliceContext {
    match context {
        SpliceContext::Unquoted(Place::Argument) => SpliceContext::Unquoted(Place::Part),
        other => other.clone(),
    }
}

/// Takes away the backslashes that backquotes ask for.
fn unescape_backquoted(text: &str, in_double_quotes: bool) -> String {
    let mut unescaped = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let escapes = c == '\\'
            && rest.peek().is_some_and(|next| matches!(next, '$' | '`' | '\\') || (in_double_quotes && *next == '"'));
        if !escapes {
            unescaped.push(c);
        } else if let Some(next) = rest.next() {
            unescaped.push(next);
        }
    }
    unescaped
}

fn is_all_parameters(expression: &ParameterExpr) -> bool {
    let (ParameterExpr::Parameter { parameter, .. }
    | ParameterExpr::UseDefaultValues { parameter, .. }
    | ParameterExpr::UseAlternativeValue { parameter, .. }
    | ParameterExpr::Substring { parameter, .. }) = expression
    else {
        return false;
    };
    matches!(
        parameter,
        Parameter::Special(SpecialParameter::AllPositionalParameters { .. }) | Parameter::NamedWithAllIndices { .. }
    )
}

/// The texts in a `${…}` in which expansions are made.
fn operands(expression: &ParameterExpr) -> Vec<&str> {
    use ParameterExpr as E;
    let (parameter, texts): (Option<&Parameter>, [Option<&str>; 2]) = match expression {
        E::Parameter { parameter, .. } | E::ParameterLength { parameter, .. } | E::Transform { parameter, .. } => {
            (Some(parameter), [None, None])
        }
        E::UseDefaultValues { parameter, default_value: text, .. }
        | E::AssignDefaultValues { parameter, default_value: text, .. }
        | E::IndicateErrorIfNullOrUnset { parameter, error_message: text, .. }
        | E::UseAlternativeValue { parameter, alternative_value: text, .. }
        | E::RemoveSmallestSuffixPattern { parameter, pattern: text, .. }
        | E::RemoveLargestSuffixPattern { parameter, pattern: text, .. }
        | E::RemoveSmallestPrefixPattern { parameter, pattern: text, .. }
        | E::RemoveLargestPrefixPattern { parameter, pattern: text, .. }
        | E::UppercaseFirstChar { parameter, pattern: text, .. }
        | E::UppercasePattern { parameter, pattern: text, .. }
        | E::LowercaseFirstChar { parameter, pattern: text, .. }
        | E::LowercasePattern { parameter, pattern: text, .. } => (Some(parameter), [text.as_deref(), None]),
        E::Substring { parameter, offset, length, .. } => {
            (Some(parameter), [Some(&offset.value), length.as_ref().map(|length| length.value.as_str())])
        }
        E::ReplaceSubstring { parameter, pattern, replacement, .. } => {
            (Some(parameter), [Some(pattern), replacement.as_deref()])
        }
        E::VariableNames { .. } | E::MemberKeys { .. } => (None, [None, None]),
    };
    let index = match parameter {
        Some(Parameter::NamedWithIndex { index, .. }) => Some(index.as_str()),
        _ => None,
    };
    [index, texts[0], texts[1]].into_iter().flatten().collect()
}
