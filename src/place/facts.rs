//! One host of which some facts are known: what they say of a predicate, and whether they can all be true.

use std::collections::BTreeSet;

use super::encode::{Atom, Encoder};
use super::flat::{Node, flatten};
use super::solver::{Answer, Literal};
use super::{Attribute, Axioms, Predicate, Quantity, Symbol, human_size};

/// What is known of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// Its name.
    pub name: Symbol,
    /// Its architecture, where known.
    pub arch: Option<Symbol>,
    /// Its class; a host without one is known to have none.
    pub class: Option<Symbol>,
    /// Its operating system, where known.
    pub os: Option<Symbol>,
    /// Its memory in bytes, where known.
    pub mem: Option<u64>,
    /// Its number of cores, where known.
    pub cores: Option<u32>,
    /// All groups that it belongs to.
    pub groups: BTreeSet<Symbol>,
    /// Whether it is the host where flowrun runs.
    pub local: bool,
}

impl HostFacts {
    /// What makes it an example, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        let class = self.class.as_ref().map(|class| format!("class {class}"));
        let arch = self.arch.as_ref().filter(|_| class.is_none()).map(|arch| format!("arch {arch}"));
        let mem = self.mem.map(human_size);
        let parts: Vec<String> = [class, arch, mem].into_iter().flatten().collect();
        if parts.is_empty() { self.name.to_string() } else { parts.join(", ") }
    }
}

/// The predicate with each class as what every host of it is: what a host would satisfy that is of a class and does not say
/// so. A class that promises nothing tells no host apart, and so is taken for none.
#[must_use]
pub fn classes_as_promises(axioms: &Axioms, predicate: &Predicate) -> Predicate {
    let mut done: Vec<Predicate> = Vec::new();
    for node in flatten(predicate) {
        let of = |positions: &[usize]| positions.iter().map(|position| done[*position].clone()).collect::<Vec<_>>();
        let seen = match node {
            Node::Leaf(Predicate::Is(Attribute::Class, class)) => {
                let promise = axioms.get(class).filter(|promise| **promise != Predicate::All);
                promise.cloned().unwrap_or(Predicate::Never)
            }
            Node::Leaf(leaf) => leaf.clone(),
            Node::Not(inner) => done[inner].clone().not(),
            Node::And(parts) => Predicate::all_of(of(&parts)),
            Node::Or(parts) => Predicate::any_of(of(&parts)),
        };
        done.push(seen);
    }
    done.pop().unwrap_or(Predicate::Never)
}

/// What the known facts of a host say of a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds, whatever the unknown facts are.
    Yes,
    /// It does not hold, whatever the unknown facts are.
    No,
    /// It depends on facts that are not known.
    Unknown,
}

impl Truth {
    fn negated(self) -> Truth {
        match self {
            Truth::Yes => Truth::No,
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
        }
    }

    fn all(parts: impl Iterator<Item = Truth>) -> Truth {
        parts.fold(Truth::Yes, |whole, part| match (whole, part) {
            (Truth::No, _) | (_, Truth::No) => Truth::No,
            (Truth::Yes, Truth::Yes) => Truth::Yes,
            _ => Truth::Unknown,
        })
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::Yes } else { Truth::No }
    }
}

/// A fact of a host that a contradiction can point at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The value of an attribute.
    Attribute(Attribute),
    /// A quantity.
    Quantity(Quantity),
    /// Whether it belongs to a group.
    Group(Symbol),
    /// Whether it is the host where flowrun runs.
    Local,
}

/// A part of what a class promises that a host's facts break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The part.
    pub part: Predicate,
    /// The facts that break it; none where no host can satisfy the part.
    pub subjects: BTreeSet<Subject>,
}

/// A host that cannot exist: its facts break what its class promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The class.
    pub class: Symbol,
    /// What is broken, at least one part.
    pub violations: Vec<Violation>,
}

/// What the facts of a host, and what its class promises, say of a predicate.
///
/// Of a host that contradicts its class (see [`contradiction`]) only what its facts alone decide is known.
#[must_use]
pub fn evaluate(axioms: &Axioms, predicate: &Predicate, host: &HostFacts) -> Truth {
    let plain = evaluate_plainly(predicate, host);
    if plain != Truth::Unknown {
        return plain;
    }
    let mut encoder = Encoder::new();
    let holds = encoder.encode(predicate);
    state(&mut encoder, axioms, host);
    // Whoever gives up has not found out: the answer is then measured on the host itself.
    let mut possible = |literal: Literal| encoder.solver.solve(&[literal]).map_or(true, |a| a == Answer::Satisfied);
    match (possible(holds), possible(holds.negated())) {
        (true, false) => Truth::Yes,
        (false, true) => Truth::No,
        _ => Truth::Unknown,
    }
}

/// Whether a host's facts break what its class promises, and where.
#[must_use]
pub fn contradiction(axioms: &Axioms, host: &HostFacts) -> Option<Contradiction> {
    let class = host.class.clone()?;
    let promise = axioms.get(&class)?;
    let mut violations: Vec<Violation> = promise.conjuncts().iter().filter_map(|part| violation(part, host)).collect();
    if violations.is_empty() {
        violations.extend(violation(promise, host));
    }
    (!violations.is_empty()).then_some(Contradiction { class, violations })
}

/// Three-valued logic over the facts alone: quick, and enough for nearly every host of an inventory.
fn evaluate_plainly(predicate: &Predicate, host: &HostFacts) -> Truth {
    let mut truths: Vec<Truth> = Vec::new();
    for node in flatten(predicate) {
        let truth = match node {
            Node::Leaf(leaf) => host.leaf(leaf),
            Node::Not(inner) => truths[inner].negated(),
            Node::And(parts) => Truth::all(parts.iter().map(|part| truths[*part])),
            Node::Or(parts) => Truth::all(parts.iter().map(|part| truths[*part].negated())).negated(),
        };
        truths.push(truth);
    }
    truths.last().copied().unwrap_or(Truth::Unknown)
}

impl HostFacts {
    fn leaf(&self, leaf: &Predicate) -> Truth {
        match leaf {
            Predicate::Never => Truth::No,
            Predicate::Is(attribute, value) => self.is(*attribute, value),
            Predicate::Group(name) => self.groups.contains(name).into(),
            Predicate::Local => self.local.into(),
            Predicate::Compare(quantity, comparison, constant) => {
                self.amount(*quantity).map_or(Truth::Unknown, |amount| comparison.holds(amount, *constant).into())
            }
            Predicate::All | Predicate::Not(_) | Predicate::And(_) | Predicate::Or(_) => Truth::Yes,
        }
    }

    fn atom(&self, atom: &Atom) -> Truth {
        match atom {
            Atom::Is(attribute, value) => self.is(*attribute, value),
            Atom::Group(name) => self.groups.contains(name).into(),
            Atom::Local => self.local.into(),
            Atom::Below(quantity, constant) => {
                self.amount(*quantity).map_or(Truth::Unknown, |amount| (amount < *constant).into())
            }
        }
    }

    fn is(&self, attribute: Attribute, value: &Symbol) -> Truth {
        let known = match attribute {
            Attribute::Name => Some(&self.name),
            Attribute::Class => return (self.class.as_ref() == Some(value)).into(),
            Attribute::Arch => self.arch.as_ref(),
            Attribute::Os => self.os.as_ref(),
        };
        known.map_or(Truth::Unknown, |known| (known == value).into())
    }

    fn amount(&self, quantity: Quantity) -> Option<u64> {
        match quantity {
            Quantity::Mem => self.mem,
            Quantity::Cores => self.cores.map(u64::from),
        }
    }
}

/// States the facts, what the host's class promises, and what holds of every host.
fn state(encoder: &mut Encoder, axioms: &Axioms, host: &HostFacts) {
    if let Some(class) = &host.class {
        encoder.atom(Atom::Is(Attribute::Class, class.clone()));
    }
    encoder.seal(axioms);
    for (_, literal) in known_facts(encoder, host) {
        encoder.assert(literal);
    }
}

/// The literals that the facts make true, each with the fact that does.
fn known_facts(encoder: &Encoder, host: &HostFacts) -> Vec<(Subject, Literal)> {
    let literal = |(atom, literal): (&Atom, Literal)| match host.atom(atom) {
        Truth::Yes => Some((subject(atom), literal)),
        Truth::No => Some((subject(atom), literal.negated())),
        Truth::Unknown => None,
    };
    encoder.atoms().filter_map(literal).collect()
}

fn subject(atom: &Atom) -> Subject {
    match atom {
        Atom::Is(attribute, _) => Subject::Attribute(*attribute),
        Atom::Group(name) => Subject::Group(name.clone()),
        Atom::Local => Subject::Local,
        Atom::Below(quantity, _) => Subject::Quantity(*quantity),
    }
}

/// Whether the facts break the part. Other classes promise nothing here: the host is known to be of its own alone.
fn violation(part: &Predicate, host: &HostFacts) -> Option<Violation> {
    let mut encoder = Encoder::new();
    let holds = encoder.encode(part);
    encoder.assert(holds);
    encoder.seal(&Axioms::new());
    let facts = known_facts(&encoder, host);
    let mut subjects: BTreeSet<Subject> = facts.iter().map(|(subject, _)| subject.clone()).collect();
    if !breaks(&mut encoder, &facts, &subjects) {
        return None;
    }
    for subject in subjects.clone() {
        let mut fewer = subjects.clone();
        fewer.remove(&subject);
        if breaks(&mut encoder, &facts, &fewer) {
            subjects = fewer;
        }
    }
    Some(Violation { part: part.clone(), subjects })
}

/// Whether those of the facts that are about `subjects` cannot all be true.
fn breaks(encoder: &mut Encoder, facts: &[(Subject, Literal)], subjects: &BTreeSet<Subject>) -> bool {
    let assumed = facts.iter().filter(|(subject, _)| subjects.contains(subject)).map(|(_, literal)| *literal);
    let assumed: Vec<Literal> = assumed.collect();
    matches!(encoder.solver.solve(&assumed), Ok(Answer::Unsatisfied(_)))
}
