//! Made-up hosts, told by only those attributes that matter.

use std::fmt::{Display, Formatter, Result};

use serde::Serialize;

use super::encode::{Atom, Encoder};
use super::solver::{Answer, Literal};
use super::{Attribute, Axioms, Predicate, Quantity, Symbol, human_size};

/// A made-up host that is in a place and does not satisfy a requirement. Every host with these attributes is such a
/// one, hosts like this can exist, and none of the attributes can be left out (where there are dozens, few of them).
///
/// It displays as a list that goes with "a host with"; [`Witness::host`] is a phrase that fits every witness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Its name, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Choice>,
    /// Its class, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<Choice>,
    /// Its architecture, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<Choice>,
    /// Its operating system, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<Choice>,
    /// Its memory in bytes, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mem: Option<u64>,
    /// Its number of cores, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cores: Option<u64>,
    /// Whether it is the host where flowrun runs, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// The groups that it has to belong to.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "texts")]
    pub in_groups: Vec<Symbol>,
    /// The groups that it must not belong to.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "texts")]
    pub not_in_groups: Vec<Symbol>,
}

/// The value of a witness's attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This value.
    #[serde(serialize_with = "text")]
    Is(Symbol),
    /// Any value but these, or none at all.
    #[serde(serialize_with = "texts")]
    Not(Vec<Symbol>),
}

fn text<S: serde::Serializer>(symbol: &Symbol, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(symbol)
}

fn texts<S: serde::Serializer>(symbols: &[Symbol], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_seq(symbols.iter().map(|symbol| &**symbol))
}

/// One attribute of the model that the witness may need; a value that is not one of several is several facts.
struct Fact {
    what: What,
    literals: Vec<Literal>,
}

#[derive(Clone)]
enum What {
    Is(Attribute, Symbol),
    IsNot(Attribute, Symbol),
    Amount(Quantity, u64),
    Local(bool),
    Member(Symbol),
    Stranger(Symbol),
}

/// Values that are tried in place of "any other one".
const CANDIDATES: usize = 8;

/// The witness that the model in `found` amounts to: a host of `place` that does not satisfy `requirement`.
pub(super) fn explain(found: &mut Encoder, axioms: &Axioms, place: &Predicate, requirement: &Predicate) -> Witness {
    let mut question = Encoder::new();
    let inside = question.encode(place);
    let fits = question.encode(requirement);
    // Under what remains of the facts, this must be impossible.
    question.solver.add_clause(&[inside.negated(), fits]);
    question.seal(&Axioms::new());
    let facts = facts(found, &question);
    let mut facts = needed(&mut question, facts);
    let mut witness = Witness::of(&facts);
    let Some(named) = another_architecture(&witness, found, axioms) else { return witness };
    match question.known(&Atom::Is(Attribute::Arch, named.clone())) {
        None => {
            witness.arch = Some(Choice::Is(named));
            witness
        }
        // It says more than what it stands for, so that another fact may have become superfluous.
        Some(literal) => {
            facts.retain(|fact| !matches!(fact.what, What::IsNot(Attribute::Arch, _)));
            facts.insert(0, Fact { what: What::Is(Attribute::Arch, named), literals: vec![literal] });
            Witness::of(&needed(&mut question, facts))
        }
    }
}

/// All facts of the model that the question asks about, those that explain best first.
fn facts(found: &Encoder, question: &Encoder) -> Vec<Fact> {
    let mut facts = Vec::new();
    attribute(&mut facts, found, question, Attribute::Class);
    attribute(&mut facts, found, question, Attribute::Arch);
    amount(&mut facts, found, question, Quantity::Mem);
    amount(&mut facts, found, question, Quantity::Cores);
    attribute(&mut facts, found, question, Attribute::Os);
    attribute(&mut facts, found, question, Attribute::Name);
    membership(&mut facts, found, question);
    facts
}

fn is_true(found: &Encoder, literal: Literal) -> bool {
    found.solver.value(literal) == Some(true)
}

fn attribute(facts: &mut Vec<Fact>, found: &Encoder, question: &Encoder, attribute: Attribute) {
    let chosen = found.values(attribute).find(|(_, literal)| is_true(found, *literal)).map(|(value, _)| value);
    let asked = chosen.and_then(|value| question.known(&Atom::Is(attribute, value.clone())));
    match (chosen, asked) {
        (Some(value), Some(literal)) => {
            facts.push(Fact { what: What::Is(attribute, value.clone()), literals: vec![literal] });
        }
        _ => facts.extend(question.values(attribute).map(|(value, literal)| Fact {
            what: What::IsNot(attribute, value.clone()),
            literals: vec![literal.negated()],
        })),
    }
}

fn amount(facts: &mut Vec<Fact>, found: &Encoder, question: &Encoder, quantity: Quantity) {
    let (mut least, mut most) = (1, u64::MAX);
    for (constant, literal) in found.cuts(quantity) {
        if is_true(found, literal) {
            most = most.min(constant - 1);
        } else {
            least = least.max(constant);
        }
    }
    let amount = typical(quantity, least, most);
    let signed = |(constant, literal): (u64, Literal)| if amount < constant { literal } else { literal.negated() };
    let literals: Vec<Literal> = question.cuts(quantity).map(signed).collect();
    if !literals.is_empty() {
        facts.push(Fact { what: What::Amount(quantity, amount), literals });
    }
}

fn membership(facts: &mut Vec<Fact>, found: &Encoder, question: &Encoder) {
    let mut strangers = Vec::new();
    for (atom, literal) in question.atoms() {
        let value = found.known(atom).is_some_and(|literal| is_true(found, literal));
        let literals = vec![if value { literal } else { literal.negated() }];
        match atom {
            Atom::Local => facts.push(Fact { what: What::Local(value), literals }),
            Atom::Group(name) if value => facts.push(Fact { what: What::Member(name.clone()), literals }),
            Atom::Group(name) => strangers.push(Fact { what: What::Stranger(name.clone()), literals }),
            Atom::Is(..) | Atom::Below(..) => {}
        }
    }
    facts.append(&mut strangers);
}

/// The number of the range that people would name first: the lower bound where there is no other and it is no odd one,
/// else the roundest.
fn typical(quantity: Quantity, least: u64, most: u64) -> u64 {
    let grain = match quantity {
        Quantity::Mem => 1 << 20,
        Quantity::Cores => 1,
    };
    match most {
        u64::MAX if least.is_multiple_of(grain) => least,
        u64::MAX => roundest(least, least.saturating_mul(2)),
        _ => roundest(least, most),
    }
}

fn roundest(least: u64, most: u64) -> u64 {
    let round = |bits: u32| most >> bits << bits;
    (0..u64::BITS).rev().map(round).find(|number| *number >= least).unwrap_or(most)
}

/// Facts up to this number are each tried to be left out; the search's own reasons are near enough for more of them,
/// which nobody reads.
const TRIED: usize = 64;

/// Leaves out what is not needed to make the question impossible, the last facts first.
fn needed(question: &mut Encoder, mut facts: Vec<Fact>) -> Vec<Fact> {
    let Some(core) = impossible(question, facts.iter()) else { return facts };
    facts.retain(|fact| fact.literals.iter().any(|literal| core.contains(literal)));
    if facts.len() > TRIED {
        return facts;
    }
    for position in (0..facts.len()).rev() {
        let others = facts.iter().enumerate().filter(|(other, _)| *other != position).map(|(_, fact)| fact);
        if impossible(question, others).is_some() {
            facts.remove(position);
        }
    }
    facts
}

fn impossible<'f>(question: &mut Encoder, facts: impl Iterator<Item = &'f Fact>) -> Option<Vec<Literal>> {
    let assumed: Vec<Literal> = facts.flat_map(|fact| &fact.literals).copied().collect();
    match question.solver.solve(&assumed) {
        Ok(Answer::Unsatisfied(core)) => Some(core),
        _ => None,
    }
}

/// "arch aarch64" says more than "an arch other than `x86_64`": another architecture that the classes speak of, if a
/// host like this can still exist.
fn another_architecture(witness: &Witness, found: &mut Encoder, axioms: &Axioms) -> Option<Symbol> {
    let Some(Choice::Not(excluded)) = &witness.arch else { return None };
    let mut mentioned = Encoder::new();
    for (_, promise) in axioms.iter() {
        mentioned.encode(promise);
    }
    let assumed = witness.literals(found);
    let mut exists = |candidate: &Symbol| match found.known(&Atom::Is(Attribute::Arch, candidate.clone())) {
        // Nothing that was asked can tell it from the one that was found.
        None => true,
        Some(literal) => {
            let assumed: Vec<Literal> = assumed.iter().copied().chain([literal]).collect();
            found.solver.solve(&assumed) == Ok(Answer::Satisfied)
        }
    };
    let candidates = mentioned.values(Attribute::Arch).map(|(value, _)| value);
    let mut candidates = candidates.filter(|value| !excluded.contains(value)).take(CANDIDATES);
    candidates.find(|candidate| exists(candidate)).cloned()
}

impl Witness {
    fn of(facts: &[Fact]) -> Witness {
        let mut witness = Witness::default();
        for fact in facts {
            witness.add(fact.what.clone());
        }
        witness
    }

    fn add(&mut self, what: What) {
        match what {
            What::Is(attribute, value) => *self.choice_mut(attribute) = Some(Choice::Is(value)),
            What::IsNot(attribute, value) => match self.choice_mut(attribute) {
                Some(Choice::Not(values)) => values.push(value),
                choice => *choice = Some(Choice::Not(vec![value])),
            },
            What::Amount(Quantity::Mem, amount) => self.mem = Some(amount),
            What::Amount(Quantity::Cores, amount) => self.cores = Some(amount),
            What::Local(local) => self.local = Some(local),
            What::Member(group) => self.in_groups.push(group),
            What::Stranger(group) => self.not_in_groups.push(group),
        }
    }

    /// The value of an attribute, where it matters.
    #[must_use]
    pub fn choice(&self, attribute: Attribute) -> Option<&Choice> {
        match attribute {
            Attribute::Arch => self.arch.as_ref(),
            Attribute::Class => self.class.as_ref(),
            Attribute::Name => self.name.as_ref(),
            Attribute::Os => self.os.as_ref(),
        }
    }

    fn choice_mut(&mut self, attribute: Attribute) -> &mut Option<Choice> {
        match attribute {
            Attribute::Arch => &mut self.arch,
            Attribute::Class => &mut self.class,
            Attribute::Name => &mut self.name,
            Attribute::Os => &mut self.os,
        }
    }

    /// What the witness says of the atoms of an encoder.
    fn literals(&self, encoder: &Encoder) -> Vec<Literal> {
        let sign = |literal: Literal, value: bool| if value { literal } else { literal.negated() };
        let literal = |(atom, literal): (&Atom, Literal)| match atom {
            Atom::Is(attribute, value) => match self.choice(*attribute)? {
                Choice::Is(chosen) => Some(sign(literal, chosen == value)),
                Choice::Not(excluded) => excluded.contains(value).then(|| literal.negated()),
            },
            Atom::Group(name) if self.in_groups.contains(name) => Some(literal),
            Atom::Group(name) => self.not_in_groups.contains(name).then(|| literal.negated()),
            Atom::Local => self.local.map(|local| sign(literal, local)),
            Atom::Below(Quantity::Mem, constant) => self.mem.map(|mem| sign(literal, mem < *constant)),
            Atom::Below(Quantity::Cores, constant) => self.cores.map(|cores| sign(literal, cores < *constant)),
        };
        encoder.atoms().filter_map(literal).collect()
    }

    /// The witness as a phrase: `a host with class cm3 and 1 GiB`, `a host in group builders`, `any host`.
    #[must_use]
    pub fn host(&self) -> String {
        let nouns = self.nouns();
        let with = (!nouns.is_empty()).then(|| format!("with {}", listed(&nouns)));
        let groups = self.groups();
        let rest: Vec<String> = groups.into_iter().chain(self.locality()).collect();
        let rest = (!rest.is_empty()).then(|| listed(&rest));
        match (with, rest) {
            (None, None) => String::from("any host"),
            (Some(only), None) | (None, Some(only)) => format!("a host {only}"),
            (Some(with), Some(rest)) => format!("a host {with}, {rest}"),
        }
    }

    fn nouns(&self) -> Vec<String> {
        let choices = [Attribute::Name, Attribute::Class, Attribute::Arch, Attribute::Os];
        let mut nouns: Vec<String> = choices.into_iter().filter_map(|attribute| self.noun(attribute)).collect();
        nouns.extend(self.mem.map(human_size));
        nouns
            .extend(self.cores.map(|cores| if cores == 1 { String::from("1 core") } else { format!("{cores} cores") }));
        nouns
    }

    fn noun(&self, attribute: Attribute) -> Option<String> {
        /// More than these tell nothing more.
        const SHOWN: usize = 3;
        let word = attribute.word();
        Some(match self.choice(attribute)? {
            Choice::Is(value) => format!("{word} {value}"),
            Choice::Not(_) if attribute == Attribute::Class => String::from("no class"),
            Choice::Not(excluded) if excluded.len() > SHOWN => format!("any other {word}"),
            Choice::Not(excluded) => {
                let names: Vec<String> = excluded.iter().map(|value| value.to_string()).collect();
                let article = if attribute == Attribute::Name { "a" } else { "an" };
                format!("{article} {word} other than {}", joined(&names, "or"))
            }
        })
    }

    fn groups(&self) -> Vec<String> {
        let phrase = |word: &str, last: &str, groups: &[Symbol]| {
            let names: Vec<String> = groups.iter().map(|group| group.to_string()).collect();
            let noun = if names.len() == 1 { "group" } else { "groups" };
            (!names.is_empty()).then(|| format!("{word} {noun} {}", joined(&names, last)))
        };
        let member = phrase("in", "and", &self.in_groups);
        member.into_iter().chain(phrase("not in", "or", &self.not_in_groups)).collect()
    }

    fn locality(&self) -> Option<String> {
        let phrase = if self.local? { "where flowrun runs" } else { "other than where flowrun runs" };
        Some(String::from(phrase))
    }
}

impl Display for Witness {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut parts = self.nouns();
        parts.extend(self.groups());
        parts.extend(self.locality());
        if parts.is_empty() { f.write_str("any attributes") } else { f.write_str(&listed(&parts)) }
    }
}

fn listed(parts: &[String]) -> String {
    joined(parts, "and")
}

fn joined(parts: &[String], word: &str) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}
