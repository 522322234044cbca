//! The words of syntax errors.

use pest::Parser;
use pest::error::{Error, ErrorVariant, InputLocation};

use super::parser::{FlowParser, Rule};
use super::{foreign, habits};
use crate::diagnostic::{Code, Diagnostic, did_you_mean, list, or_list};
use crate::source::{FileId, Span};

/// The words that begin a declaration.
pub const DECLARATIONS: &[&str] = &[
    "use",
    "input",
    "type",
    "class",
    "effect",
    "forbid",
    "program",
    "host",
    "hosts",
    "condition",
    "task",
    "extern",
    "stage",
    "test",
];

/// The words that begin a statement.
pub const STATEMENTS: &[&str] =
    &["let", "return", "print", "assert", "fail", "if", "for", "on", "at", "ensure", "retry", "timeout", "try", "sh"];

/// The words that begin a statement of a test.
pub const TEST_STATEMENTS: &[&str] = &["host", "input", "file", "answer", "run", "expect"];

/// Reads a region that is no declaration again, strictly, to say why.
pub(super) fn bad_item(region: &str, file: FileId, offset: usize) -> Diagnostic {
    let first = first_word(region);
    if !DECLARATIONS.contains(&first) {
        // Where no word begins, it is the sign that does, whatever its length.
        return not_a_declaration(first, region, first_span(region, file, offset));
    }
    bad_region(Rule::one_declaration, region, file, offset)
}

/// Reads a region that is no statement again, strictly, to say why.
pub(super) fn bad_statement(region: &str, file: FileId, offset: usize) -> Diagnostic {
    bad_region(Rule::one_stmt, region, file, offset)
}

/// Reads a region that is no statement of a test again, strictly, to say why.
pub(super) fn bad_test_statement(region: &str, file: FileId, offset: usize) -> Diagnostic {
    let first = first_word(region);
    if !TEST_STATEMENTS.contains(&first) {
        let span = first_span(region, file, offset);
        let meant = did_you_mean(first, TEST_STATEMENTS.iter().copied());
        let help = meant.map_or_else(
            || format!("a test holds {}; what it runs stands in `run on SELECTOR {{ … }}`", list(TEST_STATEMENTS)),
            |meant| format!("did you mean `{meant}`?"),
        );
        return Diagnostic::error(Code::E0101, "expected a statement of a test", span, "this begins none").help(help);
    }
    bad_region(Rule::one_test_stmt, region, file, offset)
}

fn bad_region(rule: Rule, region: &str, file: FileId, offset: usize) -> Diagnostic {
    if let Some(unclosed) = unclosed(region, file, offset) {
        return unclosed;
    }
    match FlowParser::parse(rule, region) {
        Err(error) => from_pest(region, file, offset, &error),
        Ok(_) => {
            let end = offset + region.trim_end().len();
            Diagnostic::error(Code::E0101, "this does not belong here", Span::new(file, offset, end), "")
        }
    }
}

fn not_a_declaration(word: &str, region: &str, span: Span) -> Diagnostic {
    let meant = || did_you_mean(word, DECLARATIONS.iter().copied()).map(|meant| format!("did you mean `{meant}`?"));
    let help = foreign::declaration(word, region)
        .or_else(meant)
        .unwrap_or_else(|| format!("a file holds declarations: {}", or_list(DECLARATIONS)));
    Diagnostic::error(Code::E0101, "expected a declaration", span, "this begins none").help(help)
}

pub(super) fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).unwrap_or(text.len());
    &text[..end]
}

/// The first word, or the first sign where there is none.
fn first_span(text: &str, file: FileId, offset: usize) -> Span {
    let word = first_word(text).len();
    let length = if word == 0 { text.chars().next().map_or(1, char::len_utf8) } else { word };
    Span::new(file, offset, offset + length)
}

/// The first bracket or quote that is not closed.
fn unclosed(region: &str, file: FileId, offset: usize) -> Option<Diagnostic> {
    let tokens = FlowParser::parse(Rule::soup, region).ok()?.next()?.into_inner();
    let mut open: Vec<(usize, &str)> = Vec::new();
    for token in tokens {
        let at = token.as_span().start();
        match token.as_rule() {
            Rule::open => open.push((at, token.as_str())),
            Rule::open_string => return Some(open_string(token.as_str(), file, offset + at)),
            Rule::close => match open.pop() {
                Some((_, opener)) if closer_of(opener) == token.as_str() => {}
                Some((start, opener)) => return Some(mismatch(file, offset, (start, opener), (at, token.as_str()))),
                None => return Some(stray(file, offset + at, token.as_str())),
            },
            _ => {}
        }
    }
    let (at, opener) = open.pop()?;
    let span = Span::new(file, offset + at, offset + at + 1);
    let closer = closer_of(opener);
    Some(
        Diagnostic::error(Code::E0102, format!("`{opener}` is never closed"), span, "opened here")
            .help(format!("add the `{closer}` that belongs to it")),
    )
}

fn open_string(text: &str, file: FileId, start: usize) -> Diagnostic {
    if let Some((before, inner)) = text.split_once("{{").filter(|(before, _)| !before.ends_with('\\'))
        && let Some(refused) = open_splice(inner, file, start + before.len())
    {
        return refused;
    }
    let end = start + text.len();
    Diagnostic::error(Code::E0102, "the string is not closed on its line", Span::new(file, start, end), "opened here")
        .help("close it with `\"`; text over several lines stands between `\"\"\"` and `\"\"\"`")
}

/// A string that has its end, and a splice in it that has not.
fn open_splice(inner: &str, file: FileId, start: usize) -> Option<Diagnostic> {
    let end = inner.find("}}");
    let span = Span::new(file, start, start + 2);
    if inner[..end.unwrap_or(inner.len())].contains("\\\"") {
        let message = "a quote within `{{ … }}` stands without `\\`";
        return Some(
            Diagnostic::error(Code::E0102, message, span, "in this one").help("write `\"` for each `\\\"` in it"),
        );
    }
    (end.is_none() && inner.contains('"')).then(|| {
        Diagnostic::error(Code::E0102, "`{{` is not closed in its string", span, "opened here")
            .help("close it with `}}`; `{{` that stands for itself is written `\\{{`")
    })
}

fn mismatch(file: FileId, offset: usize, open: (usize, &str), close: (usize, &str)) -> Diagnostic {
    let at = |(start, text): (usize, &str)| Span::new(file, offset + start, offset + start + text.len());
    let message = format!("`{}` is closed by `{}`", open.1, close.1);
    Diagnostic::error(Code::E0102, message, at(close), format!("expected `{}`", closer_of(open.1)))
        .label(at(open), "opened here")
}

fn stray(file: FileId, at: usize, close: &str) -> Diagnostic {
    Diagnostic::error(Code::E0102, format!("`{close}` closes nothing"), Span::new(file, at, at + 1), "")
}

fn closer_of(opener: &str) -> &'static str {
    match opener {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

/// Refuses text whose brackets nest so deep that a recursive parser would be at risk.
pub(super) fn too_deep(text: &str, file: FileId, limit: usize) -> Option<Diagnostic> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            // An unclosed bracket of an earlier declaration is no nesting of this one.
            b'\n' if DECLARATIONS.contains(&first_word(&text[at + 1..])) => depth = 0,
            _ => {}
        }
        if depth > limit {
            let message = format!("more than {limit} brackets within each other");
            let span = Span::new(file, at, at + 1);
            return Some(Diagnostic::error(Code::E0101, message, span, "too deep").help("give the inner parts names"));
        }
    }
    None
}

pub(super) fn empty_selector(file: FileId) -> Diagnostic {
    Diagnostic::error(Code::E0101, "expected a selector", Span::new(file, 0, 0), "")
}

/// pest's reason in the words of the language.
pub(super) fn from_pest(region: &str, file: FileId, offset: usize, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let (at, found) = found_at(region, at);
    let span = Span::new(file, offset + at, offset + at + found.len());
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => expected(positives),
        // pest says so of one thing alone: it has come so deep that its stack would not last.
        ErrorVariant::CustomError { .. } => {
            let message = "what stands here nests deeper than can be read";
            return Diagnostic::error(Code::E0101, message, span, "too deep").help("give the inner parts names");
        }
    };
    let what = if found.is_empty() { "the end of the line".to_owned() } else { format!("`{found}`") };
    let message = match expected.len() {
        0 => format!("{what} does not belong here"),
        1..=5 => format!("expected {}, found {what}", or_list(&expected)),
        _ => format!("unexpected {what}"),
    };
    let label = if expected.len() > 5 { format!("expected one of {}", expected.join(", ")) } else { String::new() };
    let diagnostic = Diagnostic::error(Code::E0101, message, span, label);
    habits::remedy(region, at, found).into_iter().fold(diagnostic, Diagnostic::help)
}

/// The word or mark at which reading stopped, blanks skipped.
fn found_at(region: &str, at: usize) -> (usize, &str) {
    let rest = region.get(at..).unwrap_or("");
    let at = at + (rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len());
    let rest = region.get(at..).unwrap_or("");
    let word = first_word(rest);
    let len = match word {
        "" if ["==", "&&", "||", "[[", "$("].iter().any(|sign| rest.starts_with(sign)) => 2,
        "" => rest.chars().next().filter(|c| *c != '\n').map_or(0, char::len_utf8),
        word => word.len(),
    };
    (at, &rest[..len])
}

fn expected(rules: &[Rule]) -> Vec<String> {
    let mut names: Vec<String> = rules.iter().filter_map(|rule| human(*rule)).collect();
    names.sort();
    names.dedup();
    names
}

/// What a rule is called in a message; none for those that are never worth a mention.
fn human(rule: Rule) -> Option<String> {
    let known = match rule {
        Rule::comment | Rule::EOI | Rule::optional | Rule::balanced | Rule::semicolon => return None,
        Rule::word | Rule::name | Rule::path => "a name",
        Rule::module => "a module such as `std/pump`",
        Rule::string | Rule::line_string | Rule::block_string => "a string",
        Rule::expr | Rule::expr_in | Rule::term | Rule::expr_stmt => "an expression",
        Rule::selector | Rule::sel_and | Rule::sel_not | Rule::sel_atom | Rule::sel_test | Rule::guard => "a selector",
        Rule::sel_value => "a value",
        Rule::ty | Rule::ty_base => "a type",
        Rule::block => "`{`",
        Rule::int => "a number",
        Rule::duration => "a duration such as `30s`",
        Rule::size => "a size such as `8GiB`",
        Rule::params | Rule::args => "`(`",
        Rule::comparison => "a comparison",
        Rule::p_equals => "`=`",
        Rule::p_open => "`(`",
        Rule::p_close => "`)`",
        Rule::p_arrow => "`->`",
        Rule::p_comma => "`,`",
        Rule::p_colon => "`:`",
        Rule::p_brace => "`{`",
        Rule::p_unbrace => "`}`",
        Rule::p_bracket => "`[`",
        Rule::p_unbracket => "`]`",
        Rule::eq
        | Rule::ne
        | Rule::le
        | Rule::ge
        | Rule::lt
        | Rule::gt
        | Rule::add
        | Rule::sub
        | Rule::mul
        | Rule::div
        | Rule::rem
        | Rule::or_op
        | Rule::and_op
        | Rule::in_op
        | Rule::operator => "an operator",
        Rule::index | Rule::field | Rule::bad_stmt | Rule::bad_item | Rule::escape | Rule::splice => return None,
        Rule::stmt_item | Rule::statement => "a statement",
        Rule::arg | Rule::arg_name => "an argument",
        Rule::param => "a parameter",
        Rule::field_decl | Rule::entry => "a field",
        Rule::stage_clauses | Rule::task_clauses => return None,
        Rule::result => "`-> T`",
        Rule::test_on => "`on`",
        Rule::test_block | Rule::expect_declared => "`{`",
        Rule::test_item => "a statement of a test",
        Rule::expect_code => "a code such as `E0302`",
        Rule::expect_none => "`no`",
        _ => return keyword_or_form(rule),
    };
    Some(known.to_owned())
}

/// Keyword rules are named after their word; other forms after themselves.
fn keyword_or_form(rule: Rule) -> Option<String> {
    let name = format!("{rule:?}");
    match name.strip_prefix("k_") {
        Some(word) => Some(format!("`{}`", word.replace('_', "-"))),
        None => {
            let form = name.trim_end_matches("_decl").trim_end_matches("_stmt").trim_end_matches("_clause");
            let form = form.trim_start_matches("test_").trim_start_matches("expect_");
            Some(format!("`{}`", form.replace('_', "-")))
        }
    }
}
