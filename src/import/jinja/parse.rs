//! From text to expressions, by `grammar/jinja.pest`.

use pest::Parser;
use pest::iterators::{Pair, Pairs};

use super::{Expr, Op};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/jinja.pest"]
struct JinjaParser;

/// Brackets within brackets, and characters; beyond these an expression is a program.
const DEPTH: usize = 30;
const LENGTH: usize = 4_000;

/// Reads an expression that stands alone, as behind `when:`.
///
/// # Errors
/// Why it cannot be read, in words.
pub(in crate::import) fn parse_expression(text: &str) -> Result<Expr, String> {
    parse_written(text).map(unescaped)
}

/// Reads an expression within a text of a playbook, in whose strings Ansible leaves backslashes as they are.
///
/// # Errors
/// Why it cannot be read, in words.
pub(super) fn parse_written(text: &str) -> Result<Expr, String> {
    if text.len() > LENGTH || deepest(text) > DEPTH {
        return Err(String::from("the expression is too long"));
    }
    let mut pairs = JinjaParser::parse(Rule::expression, text).map_err(|error| unreadable(text, &error.location))?;
    let inner = pairs.next().and_then(|pair| pair.into_inner().next());
    inner.map(lower).ok_or_else(|| String::from("the expression is empty"))
}

fn deepest(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut most = 0;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    // Words of negation nest too.
    most.max(text.matches("not ").count()).max(text.matches(" else ").count())
}

fn unreadable(text: &str, at: &pest::error::InputLocation) -> String {
    let at = match at {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => *at,
    };
    let rest: String = text.get(at..).unwrap_or_default().trim().chars().take(20).collect();
    match rest.as_str() {
        "" if text.trim().is_empty() => String::from("the expression is empty"),
        "" => format!("`{}` breaks off", text.trim()),
        rest => format!("`{}` cannot be read from `{rest}` on", text.trim()),
    }
}

fn lower(pair: Pair<'_, Rule>) -> Expr {
    let text = pair.as_str().to_owned();
    match pair.as_rule() {
        Rule::ternary => ternary(pair.into_inner()),
        Rule::or_expr => chain(pair.into_inner(), Op::Or),
        Rule::and_expr => chain(pair.into_inner(), Op::And),
        Rule::not_expr => negated(pair.into_inner()),
        Rule::comparison => comparison(pair.into_inner()),
        Rule::sum | Rule::product => operations(pair.into_inner()),
        Rule::unary => unary(pair.into_inner()),
        Rule::postfix => postfix(pair.into_inner()),
        Rule::paren => pair.into_inner().next().map_or(Expr::Other(text), lower),
        Rule::list => Expr::List(pair.into_inner().map(lower).collect()),
        Rule::number => text.parse().map_or(Expr::Other(text), Expr::Int),
        Rule::string => Expr::Str(text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned()),
        Rule::word => word(text),
        _ => Expr::Other(text),
    }
}

fn word(text: String) -> Expr {
    match text.as_str() {
        "true" | "True" => Expr::Bool(true),
        "false" | "False" => Expr::Bool(false),
        "none" | "None" => Expr::Other(text),
        _ => Expr::Name(text),
    }
}

fn ternary(mut parts: Pairs<'_, Rule>) -> Expr {
    let Some(value) = parts.next().map(lower) else { return Expr::Other(String::new()) };
    match (parts.next(), parts.next()) {
        (Some(condition), Some(other)) => Expr::If(Box::new(lower(condition)), Box::new(value), Box::new(lower(other))),
        _ => value,
    }
}

fn chain(parts: Pairs<'_, Rule>, op: Op) -> Expr {
    let joined = parts.map(lower).reduce(|left, right| Expr::Binary(op, Box::new(left), Box::new(right)));
    joined.unwrap_or_else(|| Expr::Other(String::new()))
}

fn negated(parts: Pairs<'_, Rule>) -> Expr {
    let mut nots = 0;
    let mut value = Expr::Other(String::new());
    for part in parts {
        if part.as_rule() == Rule::not_op { nots += 1 } else { value = lower(part) }
    }
    if nots % 2 == 1 { Expr::Not(Box::new(value)) } else { value }
}

fn comparison(mut parts: Pairs<'_, Rule>) -> Expr {
    let mut value = parts.next().map_or(Expr::Other(String::new()), lower);
    for part in parts {
        let is_test = part.as_rule() == Rule::test;
        let mut inner = part.into_inner().peekable();
        if is_test {
            let not = inner.next_if(|first| first.as_rule() == Rule::test_not).is_some();
            let name = inner.next().map_or(String::new(), |name| name.as_str().to_owned());
            let name = if inner.next().is_some() { format!("{name}(…)") } else { name };
            value = Expr::Test(Box::new(value), name, not);
        } else if let (Some(op), Some(right)) = (inner.next(), inner.next()) {
            value = Expr::Binary(operator(op.as_str()), Box::new(value), Box::new(lower(right)));
        }
    }
    value
}

fn operator(text: &str) -> Op {
    match text {
        "==" => Op::Eq,
        "!=" => Op::Ne,
        "<=" => Op::Le,
        ">=" => Op::Ge,
        "<" => Op::Lt,
        ">" => Op::Gt,
        "in" => Op::In,
        "+" => Op::Add,
        "-" => Op::Sub,
        "~" => Op::Concat,
        "*" => Op::Mul,
        "/" | "//" => Op::Div,
        "%" => Op::Rem,
        _ => Op::NotIn,
    }
}

fn operations(mut parts: Pairs<'_, Rule>) -> Expr {
    let mut value = parts.next().map_or(Expr::Other(String::new()), lower);
    while let (Some(op), Some(right)) = (parts.next(), parts.next()) {
        value = Expr::Binary(operator(op.as_str()), Box::new(value), Box::new(lower(right)));
    }
    value
}

fn unary(parts: Pairs<'_, Rule>) -> Expr {
    let parts: Vec<Pair<'_, Rule>> = parts.collect();
    let is_negative = parts.len() > 1;
    let value = parts.into_iter().next_back().map_or(Expr::Other(String::new()), lower);
    if is_negative { Expr::Neg(Box::new(value)) } else { value }
}

fn postfix(mut parts: Pairs<'_, Rule>) -> Expr {
    let mut value = parts.next().map_or(Expr::Other(String::new()), lower);
    for part in parts {
        let rule = part.as_rule();
        let mut inner = part.into_inner();
        let boxed = Box::new(value);
        value = match rule {
            Rule::attribute => Expr::Attr(boxed, inner.next().map_or(String::new(), |name| name.as_str().to_owned())),
            Rule::index => Expr::Index(boxed, Box::new(inner.next().map_or(Expr::Other(String::new()), lower))),
            Rule::filter => {
                let name = inner.next().map_or(String::new(), |name| name.as_str().to_owned());
                Expr::Filter(boxed, name, inner.next().map(arguments).unwrap_or_default())
            }
            _ => Expr::Call(boxed),
        };
    }
    value
}

fn arguments(call: Pair<'_, Rule>) -> Vec<Expr> {
    call.into_inner().filter_map(|argument| argument.into_inner().next_back()).map(lower).collect()
}

/// An expression with the escapes in its strings undone.
pub(super) fn unescaped(expr: Expr) -> Expr {
    let boxed = |expr: Box<Expr>| Box::new(unescaped(*expr));
    let all = |exprs: Vec<Expr>| exprs.into_iter().map(unescaped).collect();
    match expr {
        Expr::Str(text) => Expr::Str(without_escapes(&text)),
        Expr::Int(_) | Expr::Bool(_) | Expr::Other(_) | Expr::Name(_) => expr,
        Expr::Attr(value, field) => Expr::Attr(boxed(value), field),
        Expr::Index(value, index) => Expr::Index(boxed(value), boxed(index)),
        Expr::Call(value) => Expr::Call(boxed(value)),
        Expr::Filter(value, name, arguments) => Expr::Filter(boxed(value), name, all(arguments)),
        Expr::Test(value, name, negated) => Expr::Test(boxed(value), name, negated),
        Expr::Not(value) => Expr::Not(boxed(value)),
        Expr::Neg(value) => Expr::Neg(boxed(value)),
        Expr::Binary(op, left, right) => Expr::Binary(op, boxed(left), boxed(right)),
        Expr::List(items) => Expr::List(all(items)),
        Expr::If(condition, then, other) => Expr::If(boxed(condition), boxed(then), boxed(other)),
    }
}

fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(c @ ('\\' | '\'' | '"')) => out.push(c),
                Some(c) => out.extend(['\\', c]),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
