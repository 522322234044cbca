//! Predicates as the language writes them, and numbers as people read them.

use std::fmt::{Display, Formatter, Result, Write};

use super::{Attribute, Predicate, Quantity};

/// Nodes that are written before the rest is left out: no message gains from more, and a predicate that shares its
/// parts can be far longer in writing than in memory.
const NODES: usize = 400;
/// Levels of nesting that are written before the rest is left out.
const DEPTH: usize = 40;

/// How tightly an operator binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Or,
    And,
    Not,
}

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Writer { out: f, nodes: NODES }.predicate(self, Binding::Or, DEPTH)
    }
}

struct Writer<'a, 'f> {
    out: &'a mut Formatter<'f>,
    nodes: usize,
}

impl Writer<'_, '_> {
    fn predicate(&mut self, predicate: &Predicate, around: Binding, depth: usize) -> Result {
        if self.nodes == 0 || depth == 0 {
            return self.out.write_char('…');
        }
        self.nodes -= 1;
        match predicate {
            Predicate::All => self.out.write_str("all"),
            Predicate::Never => self.out.write_str("not all"),
            Predicate::Is(attribute, value) => self.attribute(*attribute, value, around),
            Predicate::Group(name) => write!(self.out, "group({})", word(name)),
            Predicate::Local => self.out.write_str("local"),
            Predicate::Compare(quantity, comparison, constant) => self.enclosed(around == Binding::Not, |writer| {
                let sign = comparison.sign();
                write!(writer.out, "{} {sign} {}", quantity.word(), amount(*quantity, *constant))
            }),
            Predicate::Not(inner) => {
                self.out.write_str("not ")?;
                self.predicate(inner, Binding::Not, depth - 1)
            }
            Predicate::And(parts) => self.chain(parts, Binding::And, around, depth),
            Predicate::Or(parts) => self.chain(parts, Binding::Or, around, depth),
        }
    }

    fn chain(&mut self, parts: &[Predicate], binding: Binding, around: Binding, depth: usize) -> Result {
        let (separator, empty) = match binding {
            Binding::Or => (" or ", Predicate::Never),
            _ => (" and ", Predicate::All),
        };
        match parts {
            [] => self.predicate(&empty, around, depth),
            [only] => self.predicate(only, around, depth - 1),
            [first, rest @ ..] => self.enclosed(around > binding, |writer| {
                writer.predicate(first, tighter(binding), depth - 1)?;
                for part in rest {
                    writer.out.write_str(separator)?;
                    if writer.nodes == 0 {
                        return writer.out.write_char('…');
                    }
                    writer.predicate(part, tighter(binding), depth - 1)?;
                }
                Ok(())
            }),
        }
    }

    fn attribute(&mut self, attribute: Attribute, value: &str, around: Binding) -> Result {
        let bare = matches!(attribute, Attribute::Arch | Attribute::Class) && is_name(value);
        if bare {
            return self.out.write_str(value);
        }
        self.enclosed(around == Binding::Not, |writer| write!(writer.out, "{} == {}", attribute.word(), quoted(value)))
    }

    fn enclosed(&mut self, needed: bool, write: impl FnOnce(&mut Self) -> Result) -> Result {
        if !needed {
            return write(self);
        }
        self.out.write_char('(')?;
        write(self)?;
        self.out.write_char(')')
    }
}

/// What the operands of an operator must bind as; a chain of the same operator needs no brackets.
fn tighter(binding: Binding) -> Binding {
    match binding {
        Binding::Or => Binding::Or,
        Binding::And | Binding::Not => Binding::And,
    }
}

fn word(name: &str) -> String {
    if is_name(name) { name.to_owned() } else { quoted(name) }
}

/// Whether the language reads it as one name.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && !matches!(text, "all" | "and" | "or" | "not" | "local" | "group")
}

fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// A constant as the language writes it.
fn amount(quantity: Quantity, constant: u64) -> String {
    match quantity {
        Quantity::Cores => constant.to_string(),
        Quantity::Mem => {
            let (count, unit) = whole_units(constant);
            format!("{count}{unit}")
        }
    }
}

const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];

/// The size in the greatest unit that expresses it exactly.
fn whole_units(bytes: u64) -> (u64, &'static str) {
    let fits = |shift: u32| bytes != 0 && bytes.trailing_zeros() >= shift;
    UNITS.iter().find(|(_, shift)| fits(*shift)).map_or((bytes, "B"), |(unit, shift)| (bytes >> shift, unit))
}

/// A size for people, and exact: `1 GiB`, `1.5 GiB`, `1000 bytes`.
#[must_use]
pub fn human_size(bytes: u64) -> String {
    for (unit, shift) in UNITS {
        let whole = bytes >> shift;
        let rest = bytes & ((1 << shift) - 1);
        // Quarters are the finest fraction that people say of a memory's size.
        let quarters = rest >> (shift - 2);
        if whole == 0 || quarters << (shift - 2) != rest {
            continue;
        }
        let fraction = ["", ".25", ".5", ".75"].get(usize::try_from(quarters).unwrap_or(0)).unwrap_or(&"");
        return format!("{whole}{fraction} {unit}");
    }
    if bytes == 1 { String::from("1 byte") } else { format!("{bytes} bytes") }
}
