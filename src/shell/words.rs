//! What a word is once its quotes are gone, and what the expansions in it run.

use std::ops::Range;

use brush_parser::word::{Parameter, ParameterExpr, SpecialParameter, WordPiece, WordPieceWithSource};

use super::analysis::{Place, Program, SpliceContext, Word};
use super::parse::{self, Dialect, Failure};
use super::template::Chunk;
use super::walk::{Origin, Scope, Walker};

/// A word, or a here-document's body, without its quotes.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoded {
    pub(super) segments: Vec<Segment>,
    /// The word as it is written.
    pub(super) raw: String,
    /// Where it stands in the outermost text.
    pub(super) range: Option<Range<usize>>,
}

/// A part of a [`Decoded`] word.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    /// Known text.
    Literal {
        text: String,
        /// Nothing in it is a pattern.
        quoted: bool,
        /// Where exactly it stands in the outermost text, if it is written there as it is.
        at: Option<usize>,
    },
    Splice(usize),
    /// What only the running shell knows.
    Dynamic {
        text: String,
        /// It may become no word, or several.
        splits: bool,
    },
}

impl Decoded {
    /// A word of which nothing is known.
    pub(super) fn dynamic(text: &str, range: Option<Range<usize>>) -> Self {
        let segments = vec![Segment::Dynamic { text: text.to_owned(), splits: false }];
        Self { segments, raw: text.to_owned(), range }
    }

    /// The splices in the word.
    pub(super) fn splices(&self) -> impl Iterator<Item = usize> {
        self.segments.iter().filter_map(|segment| if let Segment::Splice(index) = segment { Some(*index) } else { None })
    }

    /// The splice that the word consists of.
    pub(super) fn whole_splice(&self) -> Option<usize> {
        match self.segments.as_slice() {
            [Segment::Splice(index)] => Some(*index),
            _ => None,
        }
    }

    /// The whole text, if it is known.
    pub(super) fn literal(&self) -> Option<String> {
        if self.has_braces() {
            return None;
        }
        self.segments.iter().map(|segment| if let Segment::Literal { text, .. } = segment { Some(text.as_str()) } else { None }).collect()
    }

    /// The known text that the word begins with.
    pub(super) fn lead(&self) -> String {
        let literals = self.segments.iter().map_while(|segment| match segment {
            Segment::Literal { text, .. } => Some(text.as_str()),
            Segment::Splice(_) | Segment::Dynamic { .. } => None,
        });
        literals.collect()
    }

    /// Whether the word may become none, or several.
    pub(super) fn splits(&self) -> bool {
        self.has_braces() || self.segments.iter().any(|segment| matches!(segment, Segment::Dynamic { splits: true, .. }))
    }

    /// The word from a byte of its leading text on: the value in `--option=value`.
    pub(super) fn tail(&self, from: usize) -> Self {
        let mut skip = from;
        let mut tail = Self { segments: Vec::new(), raw: self.raw.clone(), range: self.range.clone() };
        for segment in &self.segments {
            match segment {
                Segment::Literal { text, .. } if text.len() <= skip => skip -= text.len(),
                Segment::Literal { text, quoted, at } => {
                    let text = text.get(skip..).unwrap_or_default().to_owned();
                    tail.segments.push(Segment::Literal { text, quoted: *quoted, at: at.map(|at| at + skip) });
                    skip = 0;
                }
                other => tail.segments.push(other.clone()),
            }
        }
        tail
    }

    /// Whether bash would make several words of it: `{a,b}`.
    fn has_braces(&self) -> bool {
        let unquoted: String = self.segments.iter().map(|segment| match segment {
            Segment::Literal { text, quoted: false, .. } => text.as_str(),
            _ => "",
        }).collect();
        unquoted.contains('{') && unquoted.contains('}') && (unquoted.contains(',') || unquoted.contains(".."))
    }

    /// The program that the word names. A directory need not be known: quoted, it cannot swallow the slash after it.
    pub(super) fn program(&self, readable: &str) -> Program {
        let tail = self.after_last_slash();
        if let Some(index) = tail.iter().find_map(|segment| if let Segment::Splice(index) = segment { Some(*index) } else { None }) {
            return Program::Spliced(index);
        }
        let mut name = String::new();
        for segment in &tail {
            match segment {
                // `find` and `xargs` put what they found in the place of `{}`.
                Segment::Literal { text, quoted, .. } if (*quoted || !is_pattern(text)) && !text.contains("{}") => {
                    name.push_str(text);
                }
                _ => return Program::Dynamic(readable.to_owned()),
            }
        }
        let home = name.starts_with('~') && tail.len() == self.segments.len() && self.raw.starts_with('~');
        if home || self.has_braces() {
            return Program::Dynamic(readable.to_owned());
        }
        Program::Known(name)
    }

    /// What follows the last `/` of the known text; all of a word that has none, or that ends in one.
    fn after_last_slash(&self) -> Vec<Segment> {
        let last = self.segments.iter().rposition(|segment| matches!(segment, Segment::Literal { text, .. } if text.contains('/')));
        let Some((Segment::Literal { text, quoted, .. }, rest)) = last.and_then(|last| self.segments.get(last..)?.split_first()) else {
            return self.segments.clone();
        };
        let name = text.rsplit('/').next().unwrap_or_default();
        if name.is_empty() && rest.is_empty() {
            return self.segments.clone();
        }
        let first = Segment::Literal { text: name.to_owned(), quoted: *quoted, at: None };
        std::iter::once(first).chain(rest.iter().cloned()).collect()
    }

    /// The word as an invocation shows it.
    pub(super) fn shown(&self, readable: &str) -> Word {
        match (self.literal(), self.whole_splice()) {
            (Some(text), _) => Word::Literal(text),
            (None, Some(index)) => Word::Spliced(index),
            (None, None) => Word::Dynamic(readable.to_owned()),
        }
    }

    fn literal_segment(&mut self, text: &str, quoted: bool, at: Option<usize>) {
        self.segments.push(Segment::Literal { text: text.to_owned(), quoted, at });
    }
}

/// Whether unquoted text is a pattern that may match another name.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

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
        let mut decoded = Decoded { raw: text.to_owned(), range: scope.origin.range(0..text.len()), ..Decoded::default() };
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
                self.error("the shell cannot read this expansion", source.scope.origin.range(piece.start_index..source.text.len()));
            }
            self.piece(decoded, piece, quotes, source);
        }
    }

    fn piece(&mut self, decoded: &mut Decoded, piece: &WordPieceWithSource, quotes: Quotes, source: &Source<'_>) {
        let splits = quotes == Quotes::None || quotes == Quotes::Operand;
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

    fn plain(&mut self, decoded: &mut Decoded, piece: &WordPieceWithSource, text: &str, quotes: Quotes, source: &Source<'_>) {
        let misread = match quotes {
            // Unquoted, each of these would have ended the word: parser and shell do not agree where it ends.
            Quotes::None => text.contains(['<', '>', '|', '&', ';', '(', ')', '\n', ' ', '\t']),
            Quotes::Operand | Quotes::Double | Quotes::Body => text.contains('`'),
        };
        if misread {
            self.error("the shell cannot read this word", source.scope.origin.range(piece.start_index..piece.end_index));
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
    fn literal(&mut self, decoded: &mut Decoded, text: &str, offset: usize, quoted: bool, context: &SpliceContext, source: &Source<'_>) {
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

    /// Puts words together to the text that another shell reads, and reads it. `what` is that shell.
    pub(super) fn code(&mut self, words: &[Decoded], what: &str, dialect: Dialect, scope: &Scope) {
        let mut text = String::new();
        let mut expands = Vec::new();
        for (number, word) in words.iter().enumerate() {
            if number > 0 {
                text.push(' ');
            }
            self.code_word(word, &mut text, &mut expands);
        }
        let mut inner = scope.through(what).inner(code_origin(words));
        inner.dialect = dialect;
        inner.forced = Some(SpliceContext::Code { inside: what.to_owned() });
        for index in words.iter().flat_map(Decoded::splices) {
            self.splice(index, SpliceContext::Code { inside: what.to_owned() }, &inner);
        }
        self.text(&text, &inner);
        // Whatever these stand for is read as code as well, a `;` and what follows it included.
        for (expansion, range) in expands {
            self.unknown_program(expansion, range, &inner);
        }
    }

    fn code_word(&mut self, word: &Decoded, text: &mut String, expands: &mut Vec<(String, Option<Range<usize>>)>) {
        for segment in &word.segments {
            match segment {
                Segment::Literal { text: literal, .. } => text.push_str(literal),
                Segment::Splice(index) => text.push_str(&self.marks().splice(*index)),
                Segment::Dynamic { text: expansion, .. } => {
                    text.push_str(&self.marks().dynamic(self.expansions.len()));
                    self.expansions.push(expansion.clone());
                    expands.push((expansion.clone(), word.range.clone()));
                }
            }
        }
    }
}

/// Where the text that words are put together to stands: exactly, if one word holds it without a quote in between.
fn code_origin(words: &[Decoded]) -> Origin {
    if let [word] = words {
        let mut segments = word.segments.iter().filter(|part| !matches!(part, Segment::Literal { text, .. } if text.is_empty()));
        if let (Some(Segment::Literal { at: Some(at), .. }), None) = (segments.next(), segments.next()) {
            return Origin::Exact(*at);
        }
    }
    let start = words.first().and_then(|word| word.range.as_ref()).map(|range| range.start);
    let end = words.last().and_then(|word| word.range.as_ref()).map(|range| range.end);
    Origin::Within(start.zip(end).filter(|(start, end)| start < end).map(|(start, end)| start..end))
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
