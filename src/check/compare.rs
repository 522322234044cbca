//! `ATTRIBUTE op VALUE` in a selector.

use super::messages;
use crate::diagnostic::Diagnostic;
use crate::place::{Attribute, Comparison, Predicate, Quantity, Symbol};
use crate::source::Span;
use crate::syntax::ast::{self, SelectorValueKind};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// The bare words that an attribute's values may be.
pub(super) type Words<'a> = &'a dyn Fn(Attribute) -> Vec<String>;

/// The hosts that a comparison picks.
pub(super) fn predicate(
    attribute: &ast::Path,
    op: ast::Comparison,
    value: &ast::SelectorValue,
    words: Words<'_>,
) -> Result<Predicate> {
    let name = attribute.text();
    match name.as_str() {
        "arch" => word_test(Attribute::Arch, "x86_64", op, value, words),
        "class" => word_test(Attribute::Class, "cm3", op, value, words),
        "os" => word_test(Attribute::Os, "\"debian\"", op, value, words),
        "name" => word_test(Attribute::Name, "\"node-3\"", op, value, words),
        "mem" | "cores" => quantity_test(&name, op, value),
        _ => Err(Box::new(messages::unknown_attribute(&name, attribute.span))),
    }
}

fn word_test(
    attribute: Attribute,
    example: &str,
    op: ast::Comparison,
    value: &ast::SelectorValue,
    words: Words<'_>,
) -> Result<Predicate> {
    let text = match &value.kind {
        SelectorValueKind::Str(text) => text,
        SelectorValueKind::Word(word) => {
            known_word(attribute, word, value.span, words)?;
            word
        }
        _ => return Err(Box::new(messages::wrong_selector_value(attribute.word(), example, value.span))),
    };
    let test = Predicate::Is(attribute, Symbol::from(text.as_str()));
    match op {
        ast::Comparison::Eq => Ok(test),
        ast::Comparison::Ne => Ok(test.not()),
        _ => Err(Box::new(messages::no_order(attribute.word(), value.span))),
    }
}

/// A bare word is a name, and so has to be a known one; text in quotes may be anything.
fn known_word(attribute: Attribute, word: &str, span: Span, words: Words<'_>) -> Result<()> {
    if matches!(attribute, Attribute::Name | Attribute::Os) {
        return Err(Box::new(messages::quote_the_value(word, span)));
    }
    let known = words(attribute);
    if known.iter().any(|known| known == word) {
        return Ok(());
    }
    Err(Box::new(messages::unknown_hosts(word, span, &known)))
}

fn quantity_test(name: &str, op: ast::Comparison, value: &ast::SelectorValue) -> Result<Predicate> {
    let (quantity, example) = if name == "mem" { (Quantity::Mem, "8GiB") } else { (Quantity::Cores, "4") };
    let number = match (quantity, &value.kind) {
        (Quantity::Mem, SelectorValueKind::Size(bytes)) => *bytes,
        (Quantity::Cores, SelectorValueKind::Int(count)) if *count >= 0 => count.unsigned_abs(),
        _ => return Err(Box::new(messages::wrong_selector_value(name, example, value.span))),
    };
    Ok(Predicate::Compare(quantity, comparison(op), number))
}

fn comparison(op: ast::Comparison) -> Comparison {
    match op {
        ast::Comparison::Eq => Comparison::Eq,
        ast::Comparison::Ne => Comparison::Ne,
        ast::Comparison::Lt => Comparison::Lt,
        ast::Comparison::Le => Comparison::Le,
        ast::Comparison::Gt => Comparison::Gt,
        ast::Comparison::Ge => Comparison::Ge,
    }
}
