//! Where a value lives, as far as the text says.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::check::types::Type;
use crate::place::Predicate;
use crate::source::Span;

/// On which host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::check) enum Spot {
    /// The host that the body was entered on.
    Entry,
    /// The host of an `at` block of this body.
    Block(usize),
    /// One of these.
    Among(Predicate),
    /// Wherever the parameter, or this part of it, lives.
    Param(usize, Rc<[Part]>),
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::check) enum Part {
    Field(String),
    Element,
}

/// What a message calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::check) enum Thing {
    File,
    Socket,
    Value,
}

/// A host that a value may live on, and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) struct Origin {
    pub(in crate::check) spot: Spot,
    pub(in crate::check) thing: Thing,
    /// The call that made it.
    pub(in crate::check) made: Option<Span>,
    /// The stage whose result it is, and where that is named.
    pub(in crate::check) stage: Option<(usize, Span)>,
    /// Whether only its path is left, by itself or in a longer text.
    pub(in crate::check) spelt: bool,
}

/// Where the parts of a value live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::check) enum Loc {
    /// All of it; on no host in particular when there are none.
    Flat(Vec<Origin>),
    /// A record or map, by its keys.
    Fields(BTreeMap<String, Loc>),
    /// The elements of a list.
    Elements(Box<Loc>),
    /// The results of a stage by host.
    Results {
        stage: usize,
        /// Where it is named.
        named: Span,
        /// The result of whichever host.
        any: Box<Loc>,
    },
}

impl Default for Loc {
    fn default() -> Self {
        Loc::Flat(Vec::new())
    }
}

impl Loc {
    pub(super) fn is_nowhere(&self) -> bool {
        matches!(self, Loc::Flat(origins) if origins.is_empty())
    }

    /// The places of either of two values.
    pub(super) fn join(self, other: Loc) -> Loc {
        match (self, other) {
            (nowhere, known) | (known, nowhere) if nowhere.is_nowhere() => known,
            (Loc::Elements(a), Loc::Elements(b)) => Loc::Elements(Box::new(a.join(*b))),
            (Loc::Fields(mut a), Loc::Fields(b)) => {
                for (key, loc) in b {
                    let known = a.remove(&key).unwrap_or_default();
                    a.insert(key, known.join(loc));
                }
                Loc::Fields(a)
            }
            (a, b) => {
                let mut origins = a.flat();
                add(&mut origins, b.flat());
                Loc::Flat(origins)
            }
        }
    }

    /// Every origin of every part.
    pub(super) fn flat(self) -> Vec<Origin> {
        match self {
            Loc::Flat(origins) => origins,
            Loc::Elements(inner) | Loc::Results { any: inner, .. } => inner.flat(),
            Loc::Fields(fields) => {
                let mut origins = Vec::new();
                fields.into_values().for_each(|loc| add(&mut origins, loc.flat()));
                origins
            }
        }
    }

    /// A text that is made of it.
    pub(super) fn spelt(self) -> Loc {
        self.map(&|origin| Origin { spelt: true, ..origin })
    }

    /// The same value with each origin changed.
    pub(super) fn map(self, change: &impl Fn(Origin) -> Origin) -> Loc {
        match self {
            Loc::Flat(origins) => Loc::Flat(origins.into_iter().map(change).collect()),
            Loc::Elements(inner) => Loc::Elements(Box::new(inner.map(change))),
            Loc::Fields(fields) => Loc::Fields(fields.into_iter().map(|(key, loc)| (key, loc.map(change))).collect()),
            Loc::Results { any, .. } => any.map(change),
        }
    }
}

/// Adds those that are not there yet: the first way in which a value came about is the one that is told.
fn add(origins: &mut Vec<Origin>, more: Vec<Origin>) {
    for origin in more {
        if !origins.iter().any(|known| known.spot == origin.spot) {
            origins.push(origin);
        }
    }
}

/// Whether a value of this type can carry the path of something on a host.
pub(super) fn carries(ty: &Type) -> bool {
    match ty {
        Type::Str | Type::Path | Type::Secret | Type::File | Type::Socket | Type::Process | Type::Var(_) => true,
        Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => carries(inner),
        Type::Record(record) => record.fields.iter().any(|field| carries(&field.ty)),
        Type::Int
        | Type::Bool
        | Type::Duration
        | Type::Size
        | Type::Host
        | Type::Output
        | Type::Data
        | Type::Unit
        | Type::Unknown => false,
    }
}

/// What a value of this type is called.
pub(super) fn thing(ty: &Type) -> Thing {
    match ty {
        Type::File => Thing::File,
        Type::Socket => Thing::Socket,
        Type::Optional(inner) => thing(inner),
        _ => Thing::Value,
    }
}

/// The type of a part of a value.
pub(super) fn type_at(ty: &Type, parts: &[Part]) -> Option<Type> {
    let Some((first, rest)) = parts.split_first() else { return Some(ty.clone()) };
    match (ty, first) {
        (Type::Optional(inner), _) => type_at(inner, parts),
        (Type::List(inner) | Type::Map(inner), Part::Element) => type_at(inner, rest),
        (Type::Record(record), Part::Field(name)) => type_at(&record.field(name)?.ty, rest),
        _ => None,
    }
}
