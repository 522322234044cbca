//! Why a proof holds: the few facts that it rests on.

use super::{Axioms, Predicate, Symbol, TooHard, Verdict, entails};

/// A fact that a proof rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A part of what is known of the place.
    Place(Predicate),
    /// A part of what every host of a class is.
    Class(Symbol, Predicate),
}

/// Above this number of facts they are all given: taking them away one by one would take too long.
const MANY: usize = 64;

/// The facts from which `place` entails `requirement`; none of them can be left out. Empty where it holds by itself.
///
/// # Errors
///
/// [`TooHard`] where the search exceeds its budget. The entailment itself has to hold.
pub fn reasons(axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Result<Vec<Reason>, TooHard> {
    let parts = place.conjuncts().iter().cloned().map(Reason::Place);
    let promises = axioms
        .iter()
        .flat_map(|(class, promise)| promise.conjuncts().iter().map(|part| Reason::Class(class.clone(), part.clone())));
    // The place's own words explain best, so that they are the last to go.
    let mut kept: Vec<Reason> = promises.chain(parts).collect();
    if kept.len() > MANY {
        kept.retain(|reason| mentioned(reason, place, requirement));
    }
    if kept.len() > MANY {
        return Ok(kept);
    }
    let mut at = 0;
    while at < kept.len() {
        let left = kept.remove(at);
        if !holds(&kept, requirement)? {
            kept.insert(at, left);
            at += 1;
        }
    }
    kept.sort_by_key(|reason| matches!(reason, Reason::Class(..)));
    Ok(kept)
}

fn holds(reasons: &[Reason], requirement: &Predicate) -> Result<bool, TooHard> {
    let mut axioms = Axioms::new();
    let mut place = Predicate::All;
    for reason in reasons {
        match reason {
            Reason::Place(part) => place = place.and(part.clone()),
            Reason::Class(class, part) => axioms.define(class.clone(), part.clone()),
        }
    }
    Ok(entails(&axioms, &place, requirement)? == Verdict::Proved)
}

/// Whether a promise is of a class that the question names.
fn mentioned(reason: &Reason, place: &Predicate, requirement: &Predicate) -> bool {
    let Reason::Class(class, _) = reason else { return true };
    let named = Predicate::class(class.clone());
    place.tests().chain(requirement.tests()).any(|test| *test == named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Comparison, Quantity};

    fn cm3() -> Axioms {
        let arm = Predicate::arch("aarch64").or(Predicate::arch("armv7l"));
        let small = Predicate::Compare(Quantity::Mem, Comparison::Le, 1 << 30);
        [(Symbol::from("cm3"), arm.and(small)), (Symbol::from("pi4"), Predicate::arch("aarch64"))].into_iter().collect()
    }

    #[test]
    fn only_what_the_proof_needs_is_given() {
        let place = Predicate::arch("x86_64").and(Predicate::group("builders"));
        let never = Predicate::class("cm3").not();
        let arm = Predicate::arch("aarch64").or(Predicate::arch("armv7l"));
        let expected = [Reason::Place(Predicate::arch("x86_64")), Reason::Class("cm3".into(), arm)];
        assert_eq!(reasons(&cm3(), &place, &never), Ok(expected.to_vec()));
    }

    #[test]
    fn what_holds_by_itself_needs_no_reason() {
        assert_eq!(reasons(&cm3(), &Predicate::arch("x86_64"), &Predicate::All), Ok(Vec::new()));
    }
}
