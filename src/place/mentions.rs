//! Which groups and names a place can speak of: whether it lies within another one is mostly seen from this alone.

use rustc_hash::FxHashSet as HashSet;

use super::{Attribute, Axioms, Predicate};

/// The groups and names that a place, or the promise of any class, speaks of.
pub struct Mentions<'p> {
    tests: HashSet<&'p Predicate>,
}

impl<'p> Mentions<'p> {
    /// Those of a place.
    #[must_use]
    pub fn of(axioms: &'p Axioms, place: &'p Predicate) -> Self {
        let promises = axioms.iter().flat_map(|(_, promise)| promise.tests());
        Mentions { tests: place.tests().chain(promises).filter(|test| is_free(test)).collect() }
    }

    /// Whether a place that can have a host may lie within the requirement. Where this says no it does not: of a group or
    /// name that nothing speaks of, some host of the place is not.
    #[must_use]
    pub fn may_entail(&self, requirement: &Predicate) -> bool {
        requirement.conjuncts().iter().filter(|part| is_free(part)).all(|part| self.tests.contains(part))
    }
}

fn is_free(test: &Predicate) -> bool {
    matches!(test, Predicate::Group(_) | Predicate::Is(Attribute::Name, _))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Verdict, entails};

    #[test]
    fn what_nothing_speaks_of_is_not_entailed() {
        let axioms: Axioms = [("rack".into(), Predicate::group("r1"))].into_iter().collect();
        let place = Predicate::group("a").and(Predicate::class("rack"));
        let mentions = Mentions::of(&axioms, &place);
        for wanted in ["a", "r1", "b"].map(Predicate::group) {
            let entailed = entails(&axioms, &place, &wanted) == Ok(Verdict::Proved);
            assert_eq!(mentions.may_entail(&wanted), entailed, "{wanted}");
        }
    }
}
