//! `when:`: what asks for hosts becomes an `on`, so that the checker can prove where the step runs; the rest an `if`.

use super::code::{Code, quoted};
use super::jinja::{Expr, Op, parse_expression};
use super::keywords::bracketed;
use super::read::items;
use super::translator::{Translator, printed};
use super::value::Reason;
use crate::inventory::node::Node;

/// A condition.
#[derive(Debug)]
pub(super) struct Condition {
    selector: Option<String>,
    condition: Option<String>,
}

impl Condition {
    /// The condition, where it asks for nothing of hosts.
    pub(super) fn plain(self) -> Option<String> {
        if self.selector.is_some() { None } else { self.condition }
    }

    /// Puts it around statements.
    pub(super) fn around(self, body: Code) -> Code {
        let wrapped = |head: String, body: Code| {
            let mut code = Code::new();
            code.block(head, body);
            code
        };
        let body = match self.condition {
            Some(condition) => wrapped(format!("if {condition}"), body),
            None => body,
        };
        match self.selector {
            Some(selector) => wrapped(format!("on {selector}"), body),
            None => body,
        }
    }
}

/// Reads the conditions of a `when`, all of which have to hold.
pub(super) fn read(to: &mut Translator<'_>, node: &Node) -> Result<Condition, Reason> {
    let (mut selectors, mut conditions) = (Vec::new(), Vec::new());
    for item in items(node) {
        let text = item.text().ok_or_else(|| format!("a condition is {}", item.kind()))?;
        let text = &printed(item, text)?;
        let parsed = if text.contains("{{") { None } else { Some(parse_expression(text)?) };
        let parts = parsed.map(conjuncts).unwrap_or_default();
        let chosen: Vec<Option<String>> = parts.iter().map(selector).collect();
        // What asks for hosts alone in one part, and for something else in another, is told apart.
        if chosen.iter().any(Option::is_some) {
            for (part, chosen) in parts.iter().zip(chosen) {
                match chosen {
                    Some(selector) => selectors.push(selector),
                    None => conditions.push(to.reader().expr(part)?.truth()?.text),
                }
            }
        } else {
            conditions.push(to.reader().condition(text)?.text);
        }
    }
    Ok(Condition { selector: joined(&selectors), condition: joined(&conditions) })
}

fn joined(parts: &[String]) -> Option<String> {
    match parts {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(several.iter().map(|part| bracketed(part)).collect::<Vec<_>>().join(" and ")),
    }
}

fn conjuncts(expr: Expr) -> Vec<Expr> {
    match expr {
        Expr::Binary(Op::And, left, right) => [conjuncts(*left), conjuncts(*right)].concat(),
        other => vec![other],
    }
}

/// The selector that says the same, where the condition asks for nothing but hosts.
fn selector(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Not(inner) => Some(format!("not {}", atom(&selector(inner)?))),
        Expr::Binary(Op::Or, left, right) => Some(format!("{} or {}", selector(left)?, selector(right)?)),
        Expr::Binary(Op::And, left, right) => {
            Some(format!("{} and {}", bracketed(&selector(left)?), bracketed(&selector(right)?)))
        }
        Expr::Binary(op @ (Op::Eq | Op::Ne), left, right) => {
            let Expr::Str(text) = &**right else { return None };
            let sign = if *op == Op::Eq { "==" } else { "!=" };
            match attribute(left)? {
                "os" => {
                    let word = if *op == Op::Eq { " or " } else { " and " };
                    let names = super::operators::os_names(text, false)?.iter();
                    Some(names.map(|name| format!("os {sign} {}", quoted(name))).collect::<Vec<_>>().join(word))
                }
                attribute => Some(format!("{attribute} {sign} {}", quoted(text))),
            }
        }
        Expr::Binary(op @ (Op::In | Op::NotIn), left, right) => {
            let found = membership(left, right)?;
            Some(if *op == Op::In { found } else { format!("not {}", atom(&found)) })
        }
        _ => None,
    }
}

fn membership(left: &Expr, right: &Expr) -> Option<String> {
    match (left, right) {
        (Expr::Str(group), Expr::Name(groups)) if groups == "group_names" => Some(super::pattern::group(group)),
        (Expr::Name(host), Expr::Attr(groups, group)) if host == "inventory_hostname" && is_groups(groups) => {
            Some(super::pattern::group(group))
        }
        (Expr::Name(host), Expr::Index(groups, group)) if host == "inventory_hostname" && is_groups(groups) => {
            let Expr::Str(group) = &**group else { return None };
            Some(super::pattern::group(group))
        }
        (_, Expr::List(items)) => {
            let attribute = attribute(left)?;
            let one = |item: &Expr| match item {
                Expr::Str(text) if attribute == "os" => {
                    let names = super::operators::os_names(text, false)?.iter();
                    Some(names.map(|name| format!("os == {}", quoted(name))).collect::<Vec<_>>().join(" or "))
                }
                Expr::Str(text) => Some(format!("{attribute} == {}", quoted(text))),
                _ => None,
            };
            let all = items.iter().map(one).collect::<Option<Vec<String>>>()?;
            (!all.is_empty()).then(|| all.join(" or "))
        }
        _ => None,
    }
}

fn is_groups(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name == "groups")
}

fn atom(selector: &str) -> String {
    if selector.contains(" or ") || selector.contains(" and ") { format!("({selector})") } else { selector.to_owned() }
}

/// What of a host a name asks for.
fn attribute(expr: &Expr) -> Option<&'static str> {
    let fact = match expr {
        Expr::Name(name) if name == "inventory_hostname" => return Some("name"),
        Expr::Name(name) => name.strip_prefix("ansible_")?,
        Expr::Attr(facts, fact) if **facts == Expr::Name("ansible_facts".into()) => fact,
        Expr::Index(facts, fact) if **facts == Expr::Name("ansible_facts".into()) => match &**fact {
            Expr::Str(fact) => fact,
            _ => return None,
        },
        _ => return None,
    };
    match fact.trim_start_matches("ansible_") {
        "architecture" | "machine" => Some("arch"),
        "distribution" => Some("os"),
        _ => None,
    }
}
