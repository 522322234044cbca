//! Where something can run: predicates over hosts, and exact answers about them.
//!
//! A [`Predicate`] describes a set of hosts. [`entails`] decides whether one set lies within another, given what the
//! classes promise of their hosts ([`Axioms`]), and otherwise makes up a host that shows why not ([`Witness`]).
//! [`evaluate`] asks the same of one host of which only some facts are known ([`HostFacts`]).
//!
//! Everything here is a pure function of its arguments: no text, no files, no messages. The answers are exact: a proof
//! holds for every host that could exist, and each refutation names one that could.
//!
//! The order in which to read: `predicate`, `flat` (a predicate as a list, so that no depth of nesting can exhaust the
//! stack), `encode` (predicates and axioms as clauses), `solver` (clauses to a model), `witness`, `facts`, `reasons`, `mentions`.

mod encode;
mod facts;
mod flat;
mod mentions;
mod parts;
mod predicate;
mod reasons;
mod show;
mod solver;
mod witness;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod solver_laws;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use facts::{Contradiction, HostFacts, Subject, Truth, Violation, classes_as_promises, contradiction, evaluate};
pub use mentions::Mentions;
pub use parts::Parts;
pub use predicate::{Attribute, Comparison, Predicate, Quantity, Symbol};
pub use reasons::{Reason, reasons};
pub use show::human_size;
pub use witness::{Choice, Witness};

use encode::Encoder;
use solver::Answer;

/// What every host of a class satisfies: `class == c` implies the predicate kept for `c`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Axioms {
    promises: BTreeMap<Symbol, Predicate>,
}

impl Axioms {
    /// No class promises anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// States what every host of `class` satisfies; a class that is stated twice promises both.
    pub fn define(&mut self, class: Symbol, promise: Predicate) {
        let stated = self.promises.remove(&class).unwrap_or(Predicate::All);
        self.promises.insert(class, stated.and(promise));
    }

    /// What every host of `class` satisfies, where the class is known.
    #[must_use]
    pub fn get(&self, class: &str) -> Option<&Predicate> {
        self.promises.get(class)
    }

    /// The known classes with their promises, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&Symbol, &Predicate)> {
        self.promises.iter()
    }
}

impl FromIterator<(Symbol, Predicate)> for Axioms {
    fn from_iter<I: IntoIterator<Item = (Symbol, Predicate)>>(promises: I) -> Self {
        let mut axioms = Axioms::new();
        for (class, promise) in promises {
            axioms.define(class, promise);
        }
        axioms
    }
}

/// The answer to an entailment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds for every host that could exist.
    Proved,
    /// A host that could exist is in the place and does not satisfy the requirement.
    Refuted(Witness),
}

/// The question was given up: it has so many alternatives that an answer would take too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooHard;

impl std::fmt::Display for TooHard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the predicates have too many alternatives to be decided")
    }
}

impl std::error::Error for TooHard {}

/// Whether every host of `place` satisfies `requirement`.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget, which no predicate written by a person comes near.
pub fn entails(axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Result<Verdict, TooHard> {
    if holds_as_written(place, requirement) {
        return Ok(Verdict::Proved);
    }
    Ok(counterexample(axioms, place, requirement)?.map_or(Verdict::Proved, Verdict::Refuted))
}

/// Whether [`entails`] would prove it: for those who do not want to see the host that shows why not, which costs far more.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget.
pub fn proves(axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Result<bool, TooHard> {
    if holds_as_written(place, requirement) {
        return Ok(true);
    }
    let mut encoder = refutation(axioms, place, requirement);
    Ok(encoder.solver.solve(&[])? != Answer::Satisfied)
}

/// A host that could exist and satisfies `predicate`, if there is one.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget.
pub fn satisfiable(axioms: &Axioms, predicate: &Predicate) -> Result<Option<Witness>, TooHard> {
    counterexample(axioms, predicate, &Predicate::Never)
}

/// Whether a host could exist that satisfies `predicate`.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget.
pub fn possible(axioms: &Axioms, predicate: &Predicate) -> Result<bool, TooHard> {
    Ok(is_surely_possible(predicate) || !exclusive(axioms, predicate, &Predicate::All)?)
}

/// A class promises nothing of hosts without one, so tests of anything else, each of another thing, are true of some host.
fn is_surely_possible(predicate: &Predicate) -> bool {
    let parts = predicate.conjuncts();
    parts.iter().enumerate().all(|(at, part)| match part {
        Predicate::All | Predicate::Group(_) | Predicate::Local => true,
        Predicate::Is(attribute, _) => {
            let again = |other: &Predicate| matches!(other, Predicate::Is(another, _) if another == attribute);
            *attribute != Attribute::Class && !parts[..at].iter().any(again)
        }
        _ => false,
    })
}

/// Whether no host can satisfy both.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget.
pub fn exclusive(axioms: &Axioms, left: &Predicate, right: &Predicate) -> Result<bool, TooHard> {
    let mut encoder = Encoder::new();
    for predicate in [left, right] {
        let literal = encoder.encode(predicate);
        encoder.assert(literal);
    }
    encoder.seal(axioms);
    Ok(encoder.solver.solve(&[])? != Answer::Satisfied)
}

/// The proofs that need no search: they are by far the most frequent ones.
fn holds_as_written(place: &Predicate, requirement: &Predicate) -> bool {
    /// Comparing each part with each other one pays for itself as long as they are few.
    const COMPARISONS: usize = 4096;
    let (parts, needed) = (place.conjuncts(), requirement.conjuncts());
    *place == Predicate::Never
        || parts.len().saturating_mul(needed.len()) <= COMPARISONS && needed.iter().all(|part| parts.contains(part))
}

/// The question for a host of a place that does not satisfy a requirement.
fn refutation(axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Encoder {
    let mut encoder = Encoder::new();
    let inside = encoder.encode(place);
    let fits = encoder.encode(requirement);
    encoder.assert(inside);
    encoder.assert(fits.negated());
    encoder.seal(axioms);
    encoder
}

fn counterexample(axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Result<Option<Witness>, TooHard> {
    let mut encoder = refutation(axioms, place, requirement);
    match encoder.solver.solve(&[])? {
        Answer::Satisfied => Ok(Some(witness::explain(&mut encoder, axioms, place, requirement))),
        Answer::Unsatisfied(_) => Ok(None),
    }
}
