//! Where a value lives, as far as the text says.

use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::FxHashSet as HashSet;

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
    /// Anything in it: its shape was lost on the way.
    Any,
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
        let mut origins = Vec::new();
        match self {
            Loc::Flat(origins) => return origins,
            Loc::Elements(inner) | Loc::Results { any: inner, .. } => add(&mut origins, inner.flat()),
            Loc::Fields(fields) => fields.into_values().for_each(|loc| add(&mut origins, loc.flat())),
        }
        // What was a part of something can no longer be told from it: a step into it is a step into either.
        origins.into_iter().map(Origin::any).collect()
    }

    /// All of it as one, where it has more parts than anybody writes: a value that is made of another one twice would
    /// double with each step.
    pub(super) fn bounded(self) -> Loc {
        const MAX_PARTS: usize = 256;
        if self.parts() > MAX_PARTS { Loc::Flat(self.flat()) } else { self }
    }

    fn parts(&self) -> usize {
        match self {
            Loc::Flat(origins) => 1 + origins.len(),
            Loc::Elements(inner) | Loc::Results { any: inner, .. } => 1 + inner.parts(),
            Loc::Fields(fields) => 1 + fields.values().map(Loc::parts).sum::<usize>(),
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
            // Whose host is whose is known where the stage is named, and no more in what is made of it.
            Loc::Results { any, .. } => Loc::Elements(Box::new(any.map(change))),
        }
    }
}

impl Origin {
    /// The same for a value of which it is some part.
    fn any(self) -> Origin {
        match self.spot {
            Spot::Param(number, parts) if parts.last() != Some(&Part::Any) => {
                let parts = parts.iter().cloned().chain(std::iter::once(Part::Any)).collect();
                Origin { spot: Spot::Param(number, parts), ..self }
            }
            spot => Origin { spot, ..self },
        }
    }
}

/// Adds those that are not there yet: the first way in which a value came about is the one that is told.
pub(super) fn add(origins: &mut Vec<Origin>, more: Vec<Origin>) {
    /// Of more parts of its parameters than this a body asks for the whole.
    const MAX_ORIGINS: usize = 64;
    let known: HashSet<Spot> = origins.iter().map(|origin| origin.spot.clone()).collect();
    let before = origins.len();
    origins.extend(more.into_iter().filter(|origin| !known.contains(&origin.spot)));
    if origins.len() > MAX_ORIGINS && origins.len() > before {
        let mut seen = HashSet::default();
        let whole = std::mem::take(origins).into_iter().map(|origin| match origin.spot {
            Spot::Param(number, _) => Origin { spot: Spot::Param(number, Rc::from([Part::Any])), ..origin },
            _ => origin,
        });
        origins.extend(whole.filter(|origin| seen.insert(origin.spot.clone())));
    }
}

/// Whether a value of this type can carry the path of something on a host.
pub(super) fn carries(ty: &Type) -> bool {
    match ty {
        Type::Str
        | Type::Path
        | Type::Secret
        | Type::File
        | Type::Socket
        | Type::Process
        | Type::Data
        | Type::Var(_) => true,
        Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => carries(inner),
        Type::Record(record) => record.fields.iter().any(|field| carries(&field.ty)),
        Type::Int
        | Type::Bool
        | Type::Duration
        | Type::Size
        | Type::Host
        | Type::Output
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
