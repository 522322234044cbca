//! Predicates over hosts, and how they are put together.

use std::sync::Arc;

use super::Parts;

/// A name: of a host, a class, an architecture, an operating system or a group.
pub type Symbol = Arc<str>;

/// A property of which a host has at most one value; values that nobody mentions always exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// The architecture, as `uname -m` says it.
    Arch,
    /// The class; a host may have none.
    Class,
    /// The name in the inventory.
    Name,
    /// The operating system's identifier.
    Os,
}

impl Attribute {
    /// All of them.
    pub const ALL: [Attribute; 4] = [Attribute::Arch, Attribute::Class, Attribute::Name, Attribute::Os];

    /// The word for it, in the language and in the inventory.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Attribute::Arch => "arch",
            Attribute::Class => "class",
            Attribute::Name => "name",
            Attribute::Os => "os",
        }
    }
}

/// A property that is a number of at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantity {
    /// Memory in bytes.
    Mem,
    /// Processor cores.
    Cores,
}

impl Quantity {
    /// All of them.
    pub const ALL: [Quantity; 2] = [Quantity::Mem, Quantity::Cores];

    /// The word for it, in the language and in the inventory.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Quantity::Mem => "mem",
            Quantity::Cores => "cores",
        }
    }
}

/// How a quantity is compared with a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>=`
    Ge,
    /// `>`
    Gt,
}

impl Comparison {
    /// The comparison that holds just where this one does not.
    #[must_use]
    pub fn negated(self) -> Comparison {
        match self {
            Comparison::Lt => Comparison::Ge,
            Comparison::Le => Comparison::Gt,
            Comparison::Eq => Comparison::Ne,
            Comparison::Ne => Comparison::Eq,
            Comparison::Ge => Comparison::Lt,
            Comparison::Gt => Comparison::Le,
        }
    }

    /// Whether `left` compares so with `right`.
    #[must_use]
    pub fn holds(self, left: u64, right: u64) -> bool {
        match self {
            Comparison::Lt => left < right,
            Comparison::Le => left <= right,
            Comparison::Eq => left == right,
            Comparison::Ne => left != right,
            Comparison::Ge => left >= right,
            Comparison::Gt => left > right,
        }
    }

    /// Its sign in the language.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Comparison::Lt => "<",
            Comparison::Le => "<=",
            Comparison::Eq => "==",
            Comparison::Ne => "!=",
            Comparison::Ge => ">=",
            Comparison::Gt => ">",
        }
    }
}

/// A set of hosts, described by what its hosts have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// Every host.
    All,
    /// No host.
    Never,
    /// The hosts whose attribute has this value.
    Is(Attribute, Symbol),
    /// The members of a group.
    Group(Symbol),
    /// The host where flowrun runs.
    Local,
    /// The hosts whose quantity compares so with the constant.
    Compare(Quantity, Comparison, u64),
    /// The hosts outside.
    Not(Arc<Predicate>),
    /// The hosts in every part.
    And(Parts),
    /// The hosts in some part.
    Or(Parts),
}

impl Predicate {
    /// The hosts of a class.
    #[must_use]
    pub fn class(name: impl Into<Symbol>) -> Self {
        Predicate::Is(Attribute::Class, name.into())
    }

    /// The hosts of an architecture.
    #[must_use]
    pub fn arch(name: impl Into<Symbol>) -> Self {
        Predicate::Is(Attribute::Arch, name.into())
    }

    /// The members of a group.
    #[must_use]
    pub fn group(name: impl Into<Symbol>) -> Self {
        Predicate::Group(name.into())
    }

    /// The hosts in all of `parts`.
    #[must_use]
    pub fn all_of(parts: impl IntoIterator<Item = Predicate>) -> Self {
        parts.into_iter().fold(Predicate::All, Predicate::and)
    }

    /// The hosts in any of `parts`.
    #[must_use]
    pub fn any_of(parts: impl IntoIterator<Item = Predicate>) -> Self {
        parts.into_iter().fold(Predicate::Never, Predicate::or)
    }

    /// The hosts in both.
    #[must_use]
    pub fn and(self, other: Predicate) -> Self {
        match (self, other) {
            (Predicate::Never, _) | (_, Predicate::Never) => Predicate::Never,
            (Predicate::All, kept) | (kept, Predicate::All) => kept,
            (Predicate::And(mut parts), Predicate::And(more)) => {
                more.iter().for_each(|part| add(&mut parts, part.clone()));
                Predicate::And(parts)
            }
            (Predicate::And(mut parts), part) => {
                add(&mut parts, part);
                Predicate::And(parts)
            }
            (first, Predicate::And(more)) => joined(first, &more, Predicate::And),
            (first, second) => joined(first, &[second], Predicate::And),
        }
    }

    /// The hosts in either.
    #[must_use]
    pub fn or(self, other: Predicate) -> Self {
        match (self, other) {
            (Predicate::All, _) | (_, Predicate::All) => Predicate::All,
            (Predicate::Never, kept) | (kept, Predicate::Never) => kept,
            (Predicate::Or(mut parts), Predicate::Or(more)) => {
                more.iter().for_each(|part| add(&mut parts, part.clone()));
                Predicate::Or(parts)
            }
            (Predicate::Or(mut parts), part) => {
                add(&mut parts, part);
                Predicate::Or(parts)
            }
            (first, Predicate::Or(more)) => joined(first, &more, Predicate::Or),
            (first, second) => joined(first, &[second], Predicate::Or),
        }
    }

    /// The hosts outside.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "it stands in a chain beside `and` and `or`")]
    pub fn not(self) -> Self {
        match self {
            Predicate::All => Predicate::Never,
            Predicate::Never => Predicate::All,
            Predicate::Compare(quantity, comparison, constant) => {
                Predicate::Compare(quantity, comparison.negated(), constant)
            }
            Predicate::Not(inner) => Arc::unwrap_or_clone(inner),
            other => Predicate::Not(Arc::new(other)),
        }
    }

    /// Every test that it is made of, whatever joins them, in no order that means anything.
    pub fn tests(&self) -> impl Iterator<Item = &Predicate> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            loop {
                match open.pop()? {
                    Predicate::And(parts) | Predicate::Or(parts) => open.extend(parts.iter()),
                    Predicate::Not(inner) => open.push(inner),
                    test => return Some(test),
                }
            }
        })
    }

    /// The parts that must all hold: those of an `and`, none for every host, else the predicate itself.
    #[must_use]
    pub fn conjuncts(&self) -> &[Predicate] {
        match self {
            Predicate::All => &[],
            Predicate::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}

/// Parts below this number are kept free of duplicates, for the sake of messages; among more, looking for them would
/// make a long chain slow to build.
const FEW: usize = 16;

fn add(parts: &mut Parts, part: Predicate) {
    if parts.len() >= FEW || !parts.contains(&part) {
        parts.push(part);
    }
}

fn joined(first: Predicate, rest: &[Predicate], operator: fn(Parts) -> Predicate) -> Predicate {
    if rest.len() == 1 && rest.first() == Some(&first) {
        return first;
    }
    let mut parts = Parts::from(vec![first]);
    rest.iter().for_each(|part| add(&mut parts, part.clone()));
    operator(parts)
}
