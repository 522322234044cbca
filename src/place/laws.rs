//! The engine against brute force: over a universe of a few thousand hosts, every answer has to be the one that looking
//! at each host gives, and every witness has to be one.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// A host of the universe. It differs from others in no way that a predicate of these tests cannot see.
#[derive(Clone, Copy, Debug)]
struct Host {
    name: &'static str,
    arch: &'static str,
    class: Option<&'static str>,
    os: &'static str,
    mem: u64,
    cores: u64,
    member: [bool; 2],
    local: bool,
}

const NAMES: [&str; 3] = ["n1", "n2", "other"];
const ARCHS: [&str; 3] = ["a", "b", "other"];
/// The last one is never mentioned by a predicate, but it has an axiom at times.
const CLASSES: [&str; 3] = ["c", "d", "unmentioned"];
const OSES: [&str; 2] = ["debian", "other"];
const GROUPS: [&str; 2] = ["g", "h"];
/// Constants to compare with; between those and behind them lie the other values of the universe.
const CONSTANTS: [u64; 8] = [0, 1, 2, 3, 5, 6, u64::MAX - 1, u64::MAX];
const AMOUNTS: [u64; 9] = [1, 2, 3, 4, 5, 6, 7, u64::MAX - 1, u64::MAX];

/// From here on, no comparison of these tests can tell numbers of cores apart.
const MANY: u64 = 4;

/// The amount of the universe that no comparison can tell from this one.
fn region(amount: u64) -> u64 {
    if (8..u64::MAX - 1).contains(&amount) { 7 } else { amount }
}

fn universe() -> Vec<Host> {
    let mut hosts =
        vec![Host { name: "", arch: "", class: None, os: "", mem: 1, cores: 1, member: [false; 2], local: false }];
    let mut vary =
        |variants: &dyn Fn(Host) -> Vec<Host>| hosts = hosts.iter().flat_map(|host| variants(*host)).collect();
    vary(&|host| NAMES.map(|name| Host { name, ..host }).to_vec());
    vary(&|host| ARCHS.map(|arch| Host { arch, ..host }).to_vec());
    vary(&|host| OSES.map(|os| Host { os, ..host }).to_vec());
    vary(&|host| [None].into_iter().chain(CLASSES.map(Some)).map(|class| Host { class, ..host }).collect());
    vary(&|host| AMOUNTS.map(|mem| Host { mem, ..host }).to_vec());
    vary(&|host| [1, 2, 3, u64::from(u32::MAX)].map(|cores| Host { cores, ..host }).to_vec());
    vary(&|host| [false, true].map(|g| Host { member: [g, host.member[1]], ..host }).to_vec());
    vary(&|host| [false, true].map(|h| Host { member: [host.member[0], h], ..host }).to_vec());
    vary(&|host| [false, true].map(|local| Host { local, ..host }).to_vec());
    hosts
}

impl Host {
    fn value(&self, attribute: Attribute) -> Option<&'static str> {
        match attribute {
            Attribute::Arch => Some(self.arch),
            Attribute::Class => self.class,
            Attribute::Name => Some(self.name),
            Attribute::Os => Some(self.os),
        }
    }

    fn satisfies_atom(&self, atom: &Predicate) -> bool {
        match atom {
            Predicate::Never => false,
            Predicate::Is(attribute, value) => self.value(*attribute) == Some(&**value),
            Predicate::Group(name) => GROUPS.iter().zip(self.member).any(|(group, member)| member && **name == **group),
            Predicate::Local => self.local,
            Predicate::Compare(Quantity::Mem, comparison, constant) => comparison.holds(self.mem, *constant),
            Predicate::Compare(Quantity::Cores, comparison, constant) => comparison.holds(self.cores, *constant),
            _ => true,
        }
    }
}

/// A set of hosts of the universe, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn of(holds: impl Fn(&Host) -> bool) -> Set {
        HOSTS.with(|hosts| {
            let word = |chunk: &[Host]| chunk.iter().rev().fold(0, |word, host| word << 1 | u64::from(holds(host)));
            Set(hosts.chunks(64).map(word).collect())
        })
    }

    fn zip(mut self, other: &Set, combine: impl Fn(u64, u64) -> u64) -> Set {
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word = combine(*word, *other));
        self
    }

    fn and(self, other: &Set) -> Set {
        self.zip(other, |a, b| a & b)
    }

    fn minus(self, other: &Set) -> Set {
        self.zip(other, |a, b| a & !b)
    }

    fn within(&self, other: &Set) -> bool {
        self.clone().minus(other).is_empty()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

thread_local! {
    static HOSTS: Vec<Host> = universe();
    static ATOMS: RefCell<HashMap<Predicate, Set>> = RefCell::default();
}

fn hosts_of(predicate: &Predicate) -> Set {
    match predicate {
        Predicate::Not(inner) => outside(&hosts_of(inner)),
        Predicate::And(parts) => parts.iter().fold(everyone(), |set, part| set.and(&hosts_of(part))),
        Predicate::Or(parts) => {
            parts.iter().fold(outside(&everyone()), |set, part| set.zip(&hosts_of(part), |a, b| a | b))
        }
        atom => ATOMS.with_borrow_mut(|atoms| {
            atoms.entry(atom.clone()).or_insert_with(|| Set::of(|host| host.satisfies_atom(atom))).clone()
        }),
    }
}

/// The hosts that keep what their class promises.
fn possible(axioms: &Axioms) -> Set {
    axioms.iter().fold(everyone(), |set, (class, promise)| {
        let liars = hosts_of(&Predicate::Is(Attribute::Class, class.clone())).minus(&hosts_of(promise));
        set.minus(&liars)
    })
}

fn hosts_with(attribute: Attribute, value: &str) -> Set {
    hosts_of(&Predicate::Is(attribute, value.into()))
}

fn hosts_in(group: &str) -> Set {
    hosts_of(&Predicate::group(group))
}

fn hosts_measuring(quantity: Quantity, amount: u64) -> Set {
    let (comparison, amount) = match quantity {
        Quantity::Mem => (Comparison::Eq, region(amount)),
        Quantity::Cores if amount >= MANY => (Comparison::Ge, MANY),
        Quantity::Cores => (Comparison::Eq, amount),
    };
    hosts_of(&Predicate::Compare(quantity, comparison, amount))
}

fn everyone() -> Set {
    hosts_of(&Predicate::All)
}

fn outside(set: &Set) -> Set {
    everyone().minus(set)
}

fn hosts_like(witness: &Witness) -> Set {
    let mut sets = Vec::new();
    for attribute in Attribute::ALL {
        match witness.choice(attribute) {
            None => {}
            Some(Choice::Is(value)) => sets.push(hosts_with(attribute, value)),
            Some(Choice::Not(values)) => sets.extend(values.iter().map(|value| outside(&hosts_with(attribute, value)))),
        }
    }
    sets.extend(witness.mem.map(|mem| hosts_measuring(Quantity::Mem, mem)));
    sets.extend(witness.cores.map(|cores| hosts_measuring(Quantity::Cores, cores)));
    sets.extend(witness.local.map(hosts_where_local_is));
    sets.extend(witness.in_groups.iter().map(|group| hosts_in(group)));
    sets.extend(witness.not_in_groups.iter().map(|group| outside(&hosts_in(group))));
    sets.iter().fold(everyone(), Set::and)
}

fn hosts_where_local_is(local: bool) -> Set {
    let here = hosts_of(&Predicate::Local);
    if local { here } else { outside(&here) }
}

/// The witness without one attribute, or without one of the values that an attribute must not have, for each of them.
fn weaker(witness: &Witness) -> Vec<Witness> {
    let mut all = Vec::new();
    let mut without = |change: &dyn Fn(&mut Witness)| {
        let mut less = witness.clone();
        change(&mut less);
        if less != *witness {
            all.push(less);
        }
    };
    without(&|w| w.name = None);
    without(&|w| w.class = None);
    without(&|w| w.arch = None);
    without(&|w| w.os = None);
    without(&|w| w.mem = None);
    without(&|w| w.cores = None);
    without(&|w| w.local = None);
    for value in NAMES.into_iter().chain(ARCHS).chain(CLASSES).chain(OSES) {
        without(&|w| allow(&mut w.name, value));
        without(&|w| allow(&mut w.class, value));
        without(&|w| allow(&mut w.arch, value));
        without(&|w| allow(&mut w.os, value));
    }
    for group in GROUPS {
        without(&|w| w.in_groups.retain(|name| **name != *group));
        without(&|w| w.not_in_groups.retain(|name| **name != *group));
    }
    all
}

/// No longer says that the attribute must not have this value.
fn allow(choice: &mut Option<Choice>, value: &str) {
    if let Some(Choice::Not(values)) = choice {
        values.retain(|excluded| **excluded != *value);
    }
}

fn is_witness(witness: &Witness, axioms: &Axioms, wanted: &Set) -> Result<(), TestCaseError> {
    let like = hosts_like(witness);
    prop_assert!(like.within(wanted), "not every host like it is one: {witness:?}");
    prop_assert!(!like.and(&possible(axioms)).is_empty(), "no such host can exist: {witness:?}");
    for weaker in weaker(witness) {
        prop_assert!(!hosts_like(&weaker).within(wanted), "not minimal: {witness:?}, {weaker:?} is enough");
    }
    Ok(())
}

/// Everything that the facts tell, each with the hosts of which it is true.
fn known(facts: &HostFacts) -> Vec<(Subject, Set)> {
    let mut known = vec![
        (Subject::Attribute(Attribute::Name), hosts_with(Attribute::Name, &facts.name)),
        (Subject::Local, hosts_where_local_is(facts.local)),
    ];
    let class = match &facts.class {
        Some(class) => hosts_with(Attribute::Class, class),
        None => CLASSES.iter().fold(everyone(), |set, class| set.minus(&hosts_with(Attribute::Class, class))),
    };
    known.push((Subject::Attribute(Attribute::Class), class));
    for (attribute, value) in [(Attribute::Arch, &facts.arch), (Attribute::Os, &facts.os)] {
        known.extend(value.iter().map(|value| (Subject::Attribute(attribute), hosts_with(attribute, value))));
    }
    for (quantity, amount) in [(Quantity::Mem, facts.mem), (Quantity::Cores, facts.cores.map(u64::from))] {
        known.extend(amount.map(|amount| (Subject::Quantity(quantity), hosts_measuring(quantity, amount))));
    }
    for group in GROUPS {
        let members = hosts_in(group);
        let set = if facts.groups.contains(group) { members } else { outside(&members) };
        known.push((Subject::Group(group.into()), set));
    }
    known
}

fn matching(facts: &HostFacts, subjects: impl Fn(&Subject) -> bool) -> Set {
    let known = known(facts).into_iter().filter(|(subject, _)| subjects(subject));
    known.fold(everyone(), |set, (_, hosts)| set.and(&hosts))
}

fn is(attribute: Attribute, values: &[&'static str]) -> BoxedStrategy<Predicate> {
    prop::sample::select(values.to_vec()).prop_map(move |value| Predicate::Is(attribute, value.into())).boxed()
}

/// What an inventory may leave open.
fn measured() -> impl Strategy<Value = Predicate> {
    let comparison = prop::sample::select(vec![
        Comparison::Lt,
        Comparison::Le,
        Comparison::Eq,
        Comparison::Ne,
        Comparison::Ge,
        Comparison::Gt,
    ]);
    let mem = (comparison.clone(), prop::sample::select(CONSTANTS.to_vec()));
    let cores = (comparison, 0..MANY);
    prop_oneof![
        3 => is(Attribute::Arch, &["a", "b"]),
        1 => is(Attribute::Os, &["debian"]),
        3 => mem.prop_map(|(comparison, constant)| Predicate::Compare(Quantity::Mem, comparison, constant)),
        2 => cores.prop_map(|(comparison, constant)| Predicate::Compare(Quantity::Cores, comparison, constant)),
    ]
}

fn atom() -> impl Strategy<Value = Predicate> {
    prop_oneof![
        1 => Just(Predicate::All),
        1 => Just(Predicate::Never),
        2 => Just(Predicate::Local),
        6 => is(Attribute::Class, &["c", "d"]),
        3 => is(Attribute::Name, &["n1", "n2"]),
        4 => prop::sample::select(GROUPS.to_vec()).prop_map(Predicate::group),
        16 => measured(),
    ]
}

/// Predicates as the parser builds them, and as they come when the variants are put together by hand.
fn built_of(atoms: impl Strategy<Value = Predicate> + 'static) -> impl Strategy<Value = Predicate> {
    atoms.prop_recursive(5, 40, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            3 => inner.clone().prop_map(Predicate::not),
            1 => inner.prop_map(|inner| Predicate::Not(Arc::new(inner))),
            3 => several.clone().prop_map(Predicate::all_of),
            1 => several.clone().prop_map(|parts| Predicate::And(parts.into())),
            3 => several.clone().prop_map(Predicate::any_of),
            1 => several.prop_map(|parts| Predicate::Or(parts.into())),
        ]
    })
}

fn predicate() -> impl Strategy<Value = Predicate> {
    prop_oneof![built_of(atom()), built_of(measured()), atom()]
}

fn any_axioms() -> impl Strategy<Value = Axioms> {
    prop::collection::vec((prop::sample::select(CLASSES.to_vec()), predicate()), 0..5)
        .prop_map(|promises| promises.into_iter().map(|(class, promise)| (class.into(), promise)).collect())
}

fn any_facts() -> impl Strategy<Value = HostFacts> {
    let symbol = |values: &[&'static str]| prop::sample::select(values.to_vec()).prop_map(Symbol::from);
    let groups = prop::collection::btree_set(symbol(&GROUPS), 0..=2);
    let cores = prop::sample::select(vec![1, 2, 3, u32::MAX]);
    (
        symbol(&NAMES),
        prop::option::weighted(0.3, symbol(&ARCHS)),
        prop::option::weighted(0.9, symbol(&CLASSES)),
        prop::option::weighted(0.3, symbol(&OSES)),
        prop::option::weighted(0.3, prop::sample::select(AMOUNTS.to_vec())),
        prop::option::weighted(0.3, cores),
        groups,
        any::<bool>(),
    )
        .prop_map(|(name, arch, class, os, mem, cores, groups, local)| HostFacts {
            name,
            arch,
            class,
            os,
            mem,
            cores,
            groups,
            local,
        })
}

pub(super) fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn entailment_is_inclusion(axioms in any_axioms(), place in predicate(), requirement in predicate()) {
        let outside = hosts_of(&place).minus(&hosts_of(&requirement));
        let verdict = entails(&axioms, &place, &requirement).unwrap();
        prop_assert_eq!(proves(&axioms, &place, &requirement).unwrap(), verdict == Verdict::Proved);
        match verdict {
            Verdict::Proved => prop_assert!(outside.and(&possible(&axioms)).is_empty()),
            Verdict::Refuted(witness) => is_witness(&witness, &axioms, &outside)?,
        }
    }

    #[test]
    fn what_can_be_satisfied_is_not_empty(axioms in any_axioms(), predicate in predicate()) {
        let hosts = hosts_of(&predicate);
        let some = !hosts.clone().and(&possible(&axioms)).is_empty();
        prop_assert_eq!(crate::place::possible(&axioms, &predicate), Ok(some));
        match satisfiable(&axioms, &predicate).unwrap() {
            None => prop_assert!(hosts.and(&possible(&axioms)).is_empty()),
            Some(witness) => is_witness(&witness, &axioms, &hosts)?,
        }
    }

    #[test]
    fn exclusion_is_disjointness(axioms in any_axioms(), left in predicate(), right in predicate()) {
        let both = hosts_of(&left).and(&hosts_of(&right)).and(&possible(&axioms));
        prop_assert_eq!(exclusive(&axioms, &left, &right), Ok(both.is_empty()));
    }

    #[test]
    fn operators_are_those_of_sets(left in predicate(), right in predicate()) {
        let (these, those) = (hosts_of(&left), hosts_of(&right));
        prop_assert_eq!(hosts_of(&left.clone().and(right.clone())), these.clone().and(&those));
        prop_assert_eq!(hosts_of(&left.clone().or(right)), these.clone().zip(&those, |a, b| a | b));
        prop_assert_eq!(hosts_of(&left.not()), outside(&these));
    }

    #[test]
    fn evaluation_is_inclusion(axioms in any_axioms(), predicate in predicate(), facts in any_facts()) {
        let candidates = matching(&facts, |_| true).and(&possible(&axioms));
        let hosts = hosts_of(&predicate);
        let truth = evaluate(&axioms, &predicate, &facts);
        if !candidates.is_empty() {
            let none = candidates.clone().and(&hosts).is_empty();
            let expected = match candidates.within(&hosts) {
                true => Truth::Yes,
                false if none => Truth::No,
                false => Truth::Unknown,
            };
            prop_assert_eq!(truth, expected);
        }
    }

    #[test]
    fn a_contradiction_is_a_host_that_cannot_be(axioms in any_axioms(), facts in any_facts()) {
        let candidates = matching(&facts, |_| true).and(&possible(&axioms));
        let found = contradiction(&axioms, &facts);
        prop_assert_eq!(found.is_some(), candidates.is_empty());
        for violation in found.into_iter().flat_map(|contradiction| contradiction.violations) {
            let part = hosts_of(&violation.part);
            let left = |subjects: &BTreeSet<Subject>| matching(&facts, |subject| subjects.contains(subject)).and(&part);
            prop_assert!(left(&violation.subjects).is_empty());
            for subject in &violation.subjects {
                let mut fewer = violation.subjects.clone();
                fewer.remove(subject);
                prop_assert!(!left(&fewer).is_empty(), "not needed: {:?}", subject);
            }
        }
    }
}
