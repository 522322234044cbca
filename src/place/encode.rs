//! Predicates, axioms and the nature of hosts as clauses.
//!
//! Each atom is a variable, each `and` and `or` another one that is equivalent to it. A quantity is described by the
//! variables *below c*, for just those constants `c` that are mentioned: whoever is below one is below each greater
//! one, and between two neighbours no predicate can tell one number from another.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap as HashMap;

use super::flat::{Node, flatten};
use super::solver::{Literal, Solver};
use super::{Attribute, Axioms, Comparison, Predicate, Quantity, Symbol};

/// What a variable can say of a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    Is(Attribute, Symbol),
    Group(Symbol),
    Local,
    /// The quantity is smaller than the constant, which is at least 2: none is below 1.
    Below(Quantity, u64),
}

pub(super) struct Encoder {
    pub(super) solver: Solver,
    /// In a fixed order, so that each run finds the same witness.
    atoms: BTreeMap<Atom, Literal>,
    conjunctions: HashMap<Vec<Literal>, Literal>,
    truth: Literal,
    /// Classes that were mentioned and whose axioms are not stated yet.
    mentioned: Vec<Symbol>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        let mut solver = Solver::default();
        let truth = solver.variable();
        solver.add_clause(&[truth]);
        Encoder { solver, atoms: BTreeMap::new(), conjunctions: HashMap::default(), truth, mentioned: Vec::new() }
    }

    /// All atoms so far.
    pub(super) fn atoms(&self) -> impl Iterator<Item = (&Atom, Literal)> {
        self.atoms.iter().map(|(atom, literal)| (atom, *literal))
    }

    /// The literal of an atom that was mentioned.
    pub(super) fn known(&self, atom: &Atom) -> Option<Literal> {
        self.atoms.get(atom).copied()
    }

    /// The literal of an atom.
    pub(super) fn atom(&mut self, atom: Atom) -> Literal {
        if let Some(literal) = self.atoms.get(&atom) {
            return *literal;
        }
        if let Atom::Is(Attribute::Class, class) = &atom {
            self.mentioned.push(class.clone());
        }
        let literal = self.solver.variable();
        self.atoms.insert(atom, literal);
        literal
    }

    /// A literal that is true just where the predicate holds.
    pub(super) fn encode(&mut self, predicate: &Predicate) -> Literal {
        let mut literals: Vec<Literal> = Vec::new();
        for node in flatten(predicate) {
            let of = |positions: &[usize]| positions.iter().map(|position| literals[*position]).collect();
            let literal = match node {
                Node::Leaf(leaf) => self.leaf(leaf),
                Node::Not(inner) => literals[inner].negated(),
                Node::And(parts) => self.conjunction(of(&parts)),
                Node::Or(parts) => self.disjunction(of(&parts)),
            };
            literals.push(literal);
        }
        literals.last().copied().unwrap_or(self.truth)
    }

    /// States that the literal is true.
    pub(super) fn assert(&mut self, literal: Literal) {
        self.solver.add_clause(&[literal]);
    }

    /// States what holds of every host: the axioms of all classes that can matter, and how atoms exclude and imply
    /// each other. Nothing is to be encoded afterwards.
    ///
    /// A host may also be of a class that nothing here mentions. Its axioms could only restrict such hosts, and hosts
    /// without a class are not restricted: so leaving it out loses no host.
    pub(super) fn seal(&mut self, axioms: &Axioms) {
        while let Some(class) = self.mentioned.pop() {
            let Some(promise) = axioms.get(&class) else { continue };
            let member = self.atom(Atom::Is(Attribute::Class, class));
            let promised = self.encode(promise);
            self.solver.add_clause(&[member.negated(), promised]);
        }
        for attribute in Attribute::ALL {
            let values: Vec<Literal> = self.values(attribute).map(|(_, literal)| literal).collect();
            self.solver.add_exclusive(&values);
        }
        for quantity in Quantity::ALL {
            let cuts: Vec<Literal> = self.cuts(quantity).map(|(_, literal)| literal).collect();
            for pair in cuts.windows(2) {
                if let [lower, upper] = pair {
                    self.solver.add_clause(&[lower.negated(), *upper]);
                }
            }
        }
    }

    /// The mentioned values of an attribute.
    pub(super) fn values(&self, attribute: Attribute) -> impl Iterator<Item = (&Symbol, Literal)> {
        self.atoms().filter_map(move |(atom, literal)| match atom {
            Atom::Is(of, value) if *of == attribute => Some((value, literal)),
            _ => None,
        })
    }

    /// The constants with which a quantity is compared, in ascending order.
    pub(super) fn cuts(&self, quantity: Quantity) -> impl Iterator<Item = (u64, Literal)> {
        self.atoms().filter_map(move |(atom, literal)| match atom {
            Atom::Below(of, constant) if *of == quantity => Some((*constant, literal)),
            _ => None,
        })
    }

    fn leaf(&mut self, leaf: &Predicate) -> Literal {
        match leaf {
            Predicate::Never => self.truth.negated(),
            Predicate::Is(attribute, value) => self.atom(Atom::Is(*attribute, value.clone())),
            Predicate::Group(name) => self.atom(Atom::Group(name.clone())),
            Predicate::Local => self.atom(Atom::Local),
            Predicate::Compare(quantity, comparison, constant) => self.comparison(*quantity, *comparison, *constant),
            Predicate::All | Predicate::Not(_) | Predicate::And(_) | Predicate::Or(_) => self.truth,
        }
    }

    fn comparison(&mut self, quantity: Quantity, comparison: Comparison, constant: u64) -> Literal {
        match comparison {
            Comparison::Lt => self.below(quantity, Some(constant)),
            Comparison::Le => self.below(quantity, constant.checked_add(1)),
            Comparison::Eq => {
                let least = self.below(quantity, Some(constant)).negated();
                let most = self.below(quantity, constant.checked_add(1));
                self.conjunction(vec![least, most])
            }
            Comparison::Ne | Comparison::Ge | Comparison::Gt => {
                self.comparison(quantity, comparison.negated(), constant).negated()
            }
        }
    }

    /// The quantity is smaller than `constant`; without one, than a number that none reaches.
    fn below(&mut self, quantity: Quantity, constant: Option<u64>) -> Literal {
        match constant {
            None => self.truth,
            Some(0 | 1) => self.truth.negated(),
            Some(constant) => self.atom(Atom::Below(quantity, constant)),
        }
    }

    fn disjunction(&mut self, parts: Vec<Literal>) -> Literal {
        self.conjunction(parts.into_iter().map(Literal::negated).collect()).negated()
    }

    fn conjunction(&mut self, mut parts: Vec<Literal>) -> Literal {
        parts.retain(|part| *part != self.truth);
        parts.sort_unstable();
        parts.dedup();
        if parts.contains(&self.truth.negated()) {
            return self.truth.negated();
        }
        match parts.as_slice() {
            [] => return self.truth,
            [only] => return *only,
            _ => {}
        }
        if let Some(known) = self.conjunctions.get(&parts) {
            return *known;
        }
        let whole = self.solver.variable();
        for part in &parts {
            self.solver.add_clause(&[whole.negated(), *part]);
        }
        let mut complete: Vec<Literal> = parts.iter().copied().map(Literal::negated).collect();
        complete.push(whole);
        self.solver.add_clause(&complete);
        self.conjunctions.insert(parts, whole);
        whole
    }
}
