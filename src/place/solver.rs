//! A small satisfiability solver: unit propagation, learning from each conflict, a budget.
//!
//! A plain search with backtracking would do for most questions, and takes exponential time for some harmless ones
//! (two hundred alternatives, each a pair of groups, against the same ones in another order). Learning makes those
//! linear. The solver is a loop over flat lists: it cannot exhaust the stack.
//!
//! Besides clauses it knows sets of which at most one member is true, which is what a host's name, class and the like
//! are; as clauses they would be quadratic in the number of values.

use std::collections::BTreeSet;

use super::TooHard;

/// A variable or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Literal(u32);

impl Literal {
    pub(super) fn negated(self) -> Literal {
        Literal(self.0 ^ 1)
    }

    fn variable(self) -> usize {
        (self.0 >> 1) as usize
    }

    fn index(self) -> usize {
        self.0 as usize
    }

    fn is_positive(self) -> bool {
        self.0 & 1 == 0
    }

    fn of(variable: usize, value: bool) -> Literal {
        Literal(u32::try_from(variable * 2 + usize::from(!value)).unwrap_or(u32::MAX))
    }
}

/// What a search found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is a model; [`Solver::value`] reads it.
    Satisfied,
    /// There is none, and these of the assumptions are enough for that.
    Unsatisfied(Vec<Literal>),
}

/// Why a variable has its value.
#[derive(Clone, Copy)]
enum Cause {
    /// Chosen or assumed; or known from the start, which nobody asks about.
    Decision,
    /// All other literals of the clause are false.
    Clause(usize),
    /// The literal is true, and at most one of its set can be.
    Rival(Literal),
}

enum Step {
    Satisfied,
    Try(Literal),
    Failed(Literal),
}

/// Visits of clauses and set members that a solver may make in its life: about half a second.
const BUDGET: u64 = 20_000_000;

#[derive(Default)]
pub(super) struct Solver {
    values: Vec<Option<bool>>,
    levels: Vec<usize>,
    causes: Vec<Cause>,
    clauses: Vec<Vec<Literal>>,
    /// For each literal, the clauses to look at when it becomes false: those that have it among their first two.
    watchers: Vec<Vec<usize>>,
    sets: Vec<Vec<Literal>>,
    set_of: Vec<Option<usize>>,
    /// True literals in the order in which they became so, and where each level of decisions begins.
    trail: Vec<Literal>,
    level_starts: Vec<usize>,
    propagated: usize,
    /// The variables that may be undecided, those of the latest conflicts last.
    order: BTreeSet<(u64, usize)>,
    stamps: Vec<u64>,
    clock: u64,
    seen: Vec<bool>,
    impossible: bool,
    steps: u64,
}

impl Solver {
    /// A new variable, as its positive literal.
    pub(super) fn variable(&mut self) -> Literal {
        let variable = self.values.len();
        self.values.push(None);
        self.levels.push(0);
        self.causes.push(Cause::Decision);
        self.watchers.extend([Vec::new(), Vec::new()]);
        self.set_of.push(None);
        self.stamps.push(0);
        self.seen.push(false);
        self.order.insert((0, variable));
        Literal::of(variable, true)
    }

    /// What the latest model, or so far the search, says of a literal.
    pub(super) fn value(&self, literal: Literal) -> Option<bool> {
        let value = self.values.get(literal.variable()).copied().flatten()?;
        Some(value == literal.is_positive())
    }

    /// States that one of the literals is true.
    pub(super) fn add_clause(&mut self, literals: &[Literal]) {
        self.backtrack(0);
        let mut clause = literals.to_vec();
        clause.sort_unstable();
        clause.dedup();
        let tautology = clause.windows(2).any(|pair| matches!(pair, [a, b] if a.variable() == b.variable()));
        if tautology || clause.iter().any(|literal| self.value(*literal) == Some(true)) {
            return;
        }
        clause.retain(|literal| self.value(*literal).is_none());
        match clause.as_slice() {
            [] => self.impossible = true,
            [only] => self.assign(*only, Cause::Decision),
            _ => {
                self.attach(clause);
            }
        }
    }

    /// States that at most one of the positive literals is true; a variable belongs to one such set at most.
    pub(super) fn add_exclusive(&mut self, members: &[Literal]) {
        self.backtrack(0);
        for member in members {
            self.set_of[member.variable()] = Some(self.sets.len());
        }
        self.sets.push(members.to_vec());
        // Those that are true already have to be propagated again, now that they have rivals.
        self.propagated = 0;
    }

    /// Looks for a model in which all assumptions hold.
    pub(super) fn solve(&mut self, assumptions: &[Literal]) -> Result<Answer, TooHard> {
        self.backtrack(0);
        loop {
            if self.impossible {
                return Ok(Answer::Unsatisfied(Vec::new()));
            }
            if let Some(conflict) = self.propagate() {
                self.learn_from(conflict);
            } else {
                match self.next_step(assumptions) {
                    Step::Satisfied => return Ok(Answer::Satisfied),
                    Step::Failed(assumption) => return Ok(Answer::Unsatisfied(self.reasons_against(assumption))),
                    Step::Try(literal) => {
                        self.level_starts.push(self.trail.len());
                        self.assign(literal, Cause::Decision);
                    }
                }
            }
            if self.steps > BUDGET {
                return Err(TooHard);
            }
        }
    }

    fn level(&self) -> usize {
        self.level_starts.len()
    }

    fn next_step(&mut self, assumptions: &[Literal]) -> Step {
        while let Some(assumption) = assumptions.get(self.level()) {
            match self.value(*assumption) {
                None => return Step::Try(*assumption),
                Some(false) => return Step::Failed(*assumption),
                // It holds anyway; the level is kept, so that levels and assumptions go on to count alike.
                Some(true) => self.level_starts.push(self.trail.len()),
            }
        }
        self.steps += 1;
        while let Some((_, variable)) = self.order.pop_last() {
            if self.values[variable].is_none() {
                // Most atoms are false of most hosts.
                return Step::Try(Literal::of(variable, false));
            }
        }
        Step::Satisfied
    }

    fn assign(&mut self, literal: Literal, cause: Cause) {
        let variable = literal.variable();
        self.values[variable] = Some(literal.is_positive());
        self.levels[variable] = self.level();
        self.causes[variable] = cause;
        self.trail.push(literal);
    }

    fn backtrack(&mut self, level: usize) {
        let Some(start) = self.level_starts.get(level).copied() else { return };
        for literal in self.trail.drain(start..) {
            let variable = literal.variable();
            self.values[variable] = None;
            self.order.insert((self.stamps[variable], variable));
        }
        self.level_starts.truncate(level);
        self.propagated = self.propagated.min(start);
    }

    /// Draws all direct conclusions; a conflict is a clause whose literals are all false.
    fn propagate(&mut self) -> Option<Vec<Literal>> {
        while let Some(literal) = self.trail.get(self.propagated).copied() {
            self.propagated += 1;
            self.steps += 1;
            let conflict = self.exclude_rivals(literal).or_else(|| self.visit_watchers(literal.negated()));
            if conflict.is_some() {
                return conflict;
            }
        }
        None
    }

    fn exclude_rivals(&mut self, literal: Literal) -> Option<Vec<Literal>> {
        let set = self.set_of[literal.variable()].filter(|_| literal.is_positive())?;
        for position in 0..self.sets[set].len() {
            let rival = self.sets[set][position];
            self.steps += 1;
            if rival == literal {
                continue;
            }
            match self.value(rival) {
                None => self.assign(rival.negated(), Cause::Rival(literal)),
                Some(true) => return Some(vec![literal.negated(), rival.negated()]),
                Some(false) => {}
            }
        }
        None
    }

    fn visit_watchers(&mut self, falsified: Literal) -> Option<Vec<Literal>> {
        let watching = std::mem::take(&mut self.watchers[falsified.index()]);
        let mut kept = Vec::with_capacity(watching.len());
        let mut conflict = None;
        for clause in watching {
            if conflict.is_some() {
                kept.push(clause);
                continue;
            }
            self.steps += 1;
            match self.rewatch(clause, falsified) {
                Watch::Moved => {}
                Watch::Kept => kept.push(clause),
                Watch::Conflict => {
                    kept.push(clause);
                    conflict = Some(self.clauses[clause].clone());
                }
            }
        }
        self.watchers[falsified.index()] = kept;
        conflict
    }

    /// Finds another literal to watch in place of the one that became false, or draws the conclusion.
    fn rewatch(&mut self, clause: usize, falsified: Literal) -> Watch {
        let literals = &mut self.clauses[clause];
        if literals[0] == falsified {
            literals.swap(0, 1);
        }
        let first = literals[0];
        let value = |literal: Literal| self.values[literal.variable()].map(|value| value == literal.is_positive());
        if value(first) == Some(true) {
            return Watch::Kept;
        }
        if let Some(position) = (2..literals.len()).find(|position| value(literals[*position]) != Some(false)) {
            self.steps += position as u64;
            literals.swap(1, position);
            let watched = literals[1];
            self.watchers[watched.index()].push(clause);
            return Watch::Moved;
        }
        self.steps += literals.len() as u64;
        if value(first) == Some(false) {
            return Watch::Conflict;
        }
        self.assign(first, Cause::Clause(clause));
        Watch::Kept
    }

    fn learn_from(&mut self, conflict: Vec<Literal>) {
        if self.level() == 0 {
            self.impossible = true;
            return;
        }
        let (learned, level) = self.analyze(conflict);
        self.backtrack(level);
        let Some(asserted) = learned.first().copied() else { return };
        let cause = if learned.len() > 1 { Cause::Clause(self.attach(learned)) } else { Cause::Decision };
        self.assign(asserted, cause);
    }

    /// The clause that would have prevented the conflict, the literal first that it now forces, and the level to go
    /// back to. It is found by resolving the conflict with the causes of its latest literals, until only one literal
    /// of the current level is left.
    fn analyze(&mut self, conflict: Vec<Literal>) -> (Vec<Literal>, usize) {
        let mut learned = Vec::new();
        let mut open = 0_usize;
        let mut at = self.trail.len();
        let mut falsified = conflict;
        let pivot = loop {
            self.steps += falsified.len() as u64;
            for literal in falsified {
                let variable = literal.variable();
                if self.seen[variable] || self.levels[variable] == 0 {
                    continue;
                }
                self.seen[variable] = true;
                self.bump(variable);
                if self.levels[variable] == self.level() {
                    open += 1;
                } else {
                    learned.push(literal);
                }
            }
            let behind = at;
            at = self.trail[..at].iter().rposition(|literal| self.seen[literal.variable()]).unwrap_or(0);
            self.steps += (behind - at) as u64;
            let latest = self.trail[at];
            self.seen[latest.variable()] = false;
            open = open.saturating_sub(1);
            if open == 0 {
                break latest;
            }
            falsified = self.premises(latest);
        };
        for literal in &learned {
            self.seen[literal.variable()] = false;
        }
        // The second literal is watched too: it has to be one that backtracking frees first.
        learned.sort_by_key(|literal| std::cmp::Reverse(self.levels[literal.variable()]));
        let level = learned.first().map_or(0, |literal| self.levels[literal.variable()]);
        learned.insert(0, pivot.negated());
        (learned, level)
    }

    /// The false literals that made `literal` true.
    fn premises(&self, literal: Literal) -> Vec<Literal> {
        match self.causes[literal.variable()] {
            Cause::Decision => Vec::new(),
            Cause::Rival(rival) => vec![rival.negated()],
            Cause::Clause(clause) => self.clauses[clause].iter().copied().filter(|other| *other != literal).collect(),
        }
    }

    /// The assumptions, `failed` among them, that cannot hold together.
    fn reasons_against(&mut self, failed: Literal) -> Vec<Literal> {
        let mut core = vec![failed];
        let start = self.level_starts.first().copied().unwrap_or(self.trail.len());
        self.seen[failed.variable()] = true;
        for at in (start..self.trail.len()).rev() {
            let literal = self.trail[at];
            if !std::mem::take(&mut self.seen[literal.variable()]) {
                continue;
            }
            // All decisions so far are assumptions.
            if matches!(self.causes[literal.variable()], Cause::Decision) {
                core.push(literal);
            }
            for premise in self.premises(literal) {
                self.seen[premise.variable()] = self.levels[premise.variable()] > 0;
            }
        }
        self.seen[failed.variable()] = false;
        core
    }

    fn attach(&mut self, clause: Vec<Literal>) -> usize {
        let position = self.clauses.len();
        for watched in clause.iter().take(2) {
            self.watchers[watched.index()].push(position);
        }
        self.clauses.push(clause);
        position
    }

    /// Makes it one of the variables that are decided first.
    fn bump(&mut self, variable: usize) {
        let listed = self.order.remove(&(self.stamps[variable], variable));
        self.clock += 1;
        self.stamps[variable] = self.clock;
        if listed {
            self.order.insert((self.clock, variable));
        }
    }
}

enum Watch {
    Kept,
    Moved,
    Conflict,
}
