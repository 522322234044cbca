//! Jinja, as far as playbooks use it in the small: expressions, and texts with expressions in them.

mod parse;

pub(super) use parse::parse_expression;
use parse::{parse_written, unescaped};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    Str(String),
    Int(i64),
    Bool(bool),
    /// A literal that flow has no counterpart for, as it is written.
    Other(String),
    Name(String),
    Attr(Box<Expr>, String),
    Index(Box<Expr>, Box<Expr>),
    Call(Box<Expr>),
    Filter(Box<Expr>, String, Vec<Expr>),
    Test(Box<Expr>, String, bool),
    Not(Box<Expr>),
    Neg(Box<Expr>),
    Binary(Op, Box<Expr>, Box<Expr>),
    List(Vec<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// An infix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Add,
    Sub,
    Concat,
    Mul,
    Div,
    Rem,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    Expr(Expr),
}

/// Splits the text of a file, in whose strings there are escapes.
///
/// # Errors
/// As those of [`parse_template`].
pub(super) fn parse_file(text: &str) -> Result<Vec<Part>, String> {
    let part = |part| match part {
        Part::Expr(expr) => Part::Expr(unescaped(expr)),
        text @ Part::Text(_) => text,
    };
    Ok(parse_template(text)?.into_iter().map(part).collect())
}

/// Splits a text into what is written and what is to be evaluated.
///
/// # Errors
/// Why it cannot be read, or that it has statements, in words.
pub(super) fn parse_template(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut written = String::new();
    let mut rest = text;
    // Where the text behind the last tag begins.
    let mut behind = 0;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        written.push_str(before);
        if let Some(inner) = from.strip_prefix("{{") {
            let end = closing(inner).ok_or("a `{{` is not closed")?;
            let source = trimmed_before(&inner[..end], &mut written, behind);
            if !written.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut written)));
            }
            let (source, trims) = source.strip_suffix('-').map_or((source, false), |source| (source, true));
            parts.push(Part::Expr(parse_written(source)?));
            rest = &inner[end + 2..];
            rest = if trims { rest.trim_start() } else { rest };
            behind = 0;
        } else if from.starts_with("{%") {
            return Err(String::from("`{% … %}` has no counterpart"));
        } else if let Some(inner) = from.strip_prefix("{#") {
            let (comment, after) = inner.split_once("#}").ok_or("a `{#` is not closed")?;
            let comment = trimmed_before(comment, &mut written, behind);
            // Ansible takes away the end of a line behind a tag.
            rest = match comment.chars().next_back() {
                Some('-') => after.trim_start(),
                Some('+') => after,
                _ => after.strip_prefix('\n').unwrap_or(after),
            };
            behind = written.len();
        } else {
            written.push('{');
            rest = &from[1..];
        }
    }
    written.push_str(rest);
    if !written.is_empty() || parts.is_empty() {
        parts.push(Part::Text(written));
    }
    Ok(parts)
}

/// What stands within a tag, without the sign at its start: a minus takes away the blanks before the tag.
fn trimmed_before<'t>(tag: &'t str, written: &mut String, behind: usize) -> &'t str {
    if tag.starts_with('-') {
        let kept = written.get(behind..).map_or(0, |text| text.trim_end().len());
        written.truncate(behind + kept);
    }
    tag.strip_prefix(['-', '+']).unwrap_or(tag)
}

/// Where `}}` closes an expression: not within quotes, nor within braces of its own.
fn closing(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_at_their_expressions() {
        let parts = parse_template("a {{ x.y }} b{{ '}}' }}{# no #}").unwrap();
        let attribute = Expr::Attr(Box::new(Expr::Name("x".into())), "y".into());
        assert_eq!(
            parts,
            [
                Part::Text("a ".into()),
                Part::Expr(attribute),
                Part::Text(" b".into()),
                Part::Expr(Expr::Str("}}".into()))
            ]
        );
        assert_eq!(parse_template("${x} { }").unwrap(), [Part::Text("${x} { }".into())]);
        assert!(parse_template("{{ open").is_err());
        assert!(parse_template("{% if x %}").is_err());
    }

    #[test]
    fn escapes_are_those_of_conditions_and_files() {
        let string = |text: &str| Expr::Str(text.into());
        assert_eq!(parse_template("{{ 'a\\n' }}").unwrap(), [Part::Expr(string("a\\n"))]);
        assert_eq!(parse_file("{{ 'a\\n' }}").unwrap(), [Part::Expr(string("a\n"))]);
        assert_eq!(parse_expression("'a\\n\\d'").unwrap(), string("a\n\\d"));
    }

    #[test]
    fn a_minus_takes_the_blanks_away_beside_it() {
        let shown = |text| {
            let parts = parse_template(text).unwrap();
            let part = |part| match part {
                Part::Text(text) => text,
                Part::Expr(_) => String::from("X"),
            };
            parts.into_iter().map(part).collect::<String>()
        };
        assert_eq!(shown("a \n {{- x -}} \n b {{ x }} c"), "aXb X c");
        assert_eq!(shown("a {{+ x }} b {{- -1 }}"), "a X bX");
        assert_eq!(shown("a {# no #} {{- x }}"), "a X");
        assert_eq!(shown("a\n{# no #}\nb {#- no -#}\n c {# no +#}\nd"), "a\nbc \nd");
    }

    #[test]
    fn expressions_have_jinja_s_precedence() {
        let parsed = |text| format!("{:?}", parse_expression(text).unwrap());
        assert_eq!(parsed("a or b and not c == 1"), parsed("a or (b and (not (c == 1)))"));
        assert_eq!(parsed("a + b|int"), parsed("a + (b|int)"));
        assert!(parse_expression("a b").is_err());
        assert!(parse_expression(&"(".repeat(5_000)).is_err());
    }
}
