//! The solver against brute force: random clauses, with as many of them as make half of the problems impossible.

use proptest::prelude::*;

use super::solver::{Answer, Literal, Solver};

/// Variables of a problem; few enough to try all assignments.
const VARIABLES: usize = 10;

#[derive(Clone, Debug)]
struct Problem {
    /// Literals as variable and sign.
    clauses: Vec<Vec<(usize, bool)>>,
    /// Sets of which at most one is true, as bounds in the row of variables.
    sets: Vec<std::ops::Range<usize>>,
    /// Assumptions of several searches on one solver.
    searches: Vec<Vec<(usize, bool)>>,
}

impl Problem {
    fn allows(&self, assignment: usize) -> bool {
        let clauses = self.clauses.iter().all(|clause| clause.iter().any(|literal| holds(*literal, assignment)));
        let count = |set: &std::ops::Range<usize>| set.clone().filter(|v| holds((*v, true), assignment)).count();
        clauses && self.sets.iter().all(|set| count(set) <= 1)
    }

    fn is_possible(&self, assumed: &[(usize, bool)]) -> bool {
        (0..1 << VARIABLES).any(|tried| self.allows(tried) && assumed.iter().all(|literal| holds(*literal, tried)))
    }
}

fn holds((variable, sign): (usize, bool), assignment: usize) -> bool {
    (assignment >> variable & 1 == 1) == sign
}

fn problem() -> impl Strategy<Value = Problem> {
    let literal = (0..VARIABLES, any::<bool>());
    let clause = prop::collection::vec(literal.clone(), 1..5);
    let clauses = prop::collection::vec(clause, 5..45);
    let sets = prop::sample::select(vec![vec![], vec![0..4], vec![0..3, 3..8], vec![2..10]]);
    let searches = prop::collection::vec(prop::collection::vec(literal, 0..5), 1..5);
    (clauses, sets, searches).prop_map(|(clauses, sets, searches)| Problem { clauses, sets, searches })
}

proptest! {
    #![proptest_config(super::laws::config())]

    #[test]
    fn answers_are_those_of_brute_force(problem in problem()) {
        let mut solver = Solver::default();
        let variables: Vec<Literal> = (0..VARIABLES).map(|_| solver.variable()).collect();
        let literal = |(variable, sign): (usize, bool)| {
            if sign { variables[variable] } else { variables[variable].negated() }
        };
        for clause in &problem.clauses {
            solver.add_clause(&clause.iter().copied().map(literal).collect::<Vec<_>>());
        }
        // What was concluded before a set was known has to be seen by the set, too.
        let _ = solver.solve(&[]);
        for set in &problem.sets {
            solver.add_exclusive(&variables[set.clone()]);
        }
        for assumed in &problem.searches {
            let assumptions: Vec<Literal> = assumed.iter().copied().map(literal).collect();
            let answer = solver.solve(&assumptions).unwrap();
            match answer {
                Answer::Satisfied => {
                    let bit = |v: usize| usize::from(solver.value(variables[v]).unwrap()) << v;
                    let model = (0..VARIABLES).map(bit).sum();
                    prop_assert!(problem.allows(model));
                    prop_assert!(assumed.iter().all(|literal| holds(*literal, model)));
                }
                Answer::Unsatisfied(core) => {
                    let core: Vec<_> = assumed.iter().copied().filter(|pair| core.contains(&literal(*pair))).collect();
                    prop_assert!(!problem.is_possible(&core));
                }
            }
        }
    }
}
