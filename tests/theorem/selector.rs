//! Selectors, how they are written, and what they mean for a host of which everything is known. The meaning is written
//! down here once more, so that it is no part of what is tested.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::tape::Tape;

pub(super) const ARCHS: [&str; 3] = ["x86_64", "aarch64", "armv7l"];
pub(super) const OSES: [&str; 2] = ["debian", "alpine"];
pub(super) const GROUPS: [&str; 3] = ["g1", "g2", "g3"];
/// In mebibytes.
pub(super) const MEMS: [u64; 4] = [512, 1024, 4096, 16384];
pub(super) const CORES: [u64; 4] = [1, 2, 4, 16];

/// A host with all its facts.
#[derive(Clone, Debug)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) arch: &'static str,
    pub(super) class: Option<String>,
    pub(super) os: &'static str,
    /// In mebibytes.
    pub(super) mem: u64,
    pub(super) cores: u64,
    pub(super) groups: BTreeSet<&'static str>,
    pub(super) local: bool,
    /// How much of its memory is measured, in percent: hosts keep some for themselves.
    pub(super) usable: u64,
    /// How many more cores are measured.
    pub(super) spare: u64,
}

impl Host {
    /// The host by what is measured of it, where that is not what it is said to be.
    pub(super) fn measured(&self) -> Host {
        Host { mem: self.mem * self.usable / 100, cores: self.cores + self.spare, ..self.clone() }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Selector {
    All,
    Local,
    Arch(&'static str),
    Os(&'static str),
    Group(&'static str),
    Name(String),
    Class(String),
    Mem(&'static str, u64),
    Cores(&'static str, u64),
    /// A declared `host` or `hosts`, with what it stands for.
    Declared(String, Rc<Selector>),
    Not(Rc<Selector>),
    And(Vec<Selector>),
    Or(Vec<Selector>),
}

use Selector::{All, And, Arch, Class, Cores, Declared, Group, Local, Mem, Name, Not, Or, Os};

const COMPARISONS: [&str; 6] = ["<", "<=", "==", "!=", ">=", ">"];

impl Selector {
    pub(super) fn not(self) -> Selector {
        Not(Rc::new(self))
    }

    pub(super) fn holds(&self, host: &Host) -> bool {
        match self {
            All => true,
            Local => host.local,
            Arch(arch) => host.arch == *arch,
            Os(os) => host.os == *os,
            Group(group) => host.groups.contains(group),
            Name(name) => host.name == *name,
            Class(class) => host.class.as_ref() == Some(class),
            Mem(sign, mem) => compare(host.mem, sign, *mem),
            Cores(sign, cores) => compare(host.cores, sign, *cores),
            Declared(_, inner) => inner.holds(host),
            Not(inner) => !inner.holds(host),
            And(parts) => parts.iter().all(|part| part.holds(host)),
            Or(parts) => parts.iter().any(|part| part.holds(host)),
        }
    }

    /// The hosts of a list that it picks.
    pub(super) fn among(&self, hosts: &[Host], candidates: &[usize]) -> Vec<usize> {
        candidates.iter().copied().filter(|host| self.holds(&hosts[*host])).collect()
    }

    pub(super) fn text(&self) -> String {
        let joined = |parts: &[Selector], word: &str| {
            let parts: Vec<String> = parts.iter().map(Selector::inner_text).collect();
            parts.join(word)
        };
        match self {
            All => "all".to_owned(),
            Local => "local".to_owned(),
            Arch(arch) => (*arch).to_owned(),
            Os(os) => format!("os == \"{os}\""),
            Group(group) => format!("group({group})"),
            Name(name) => format!("name == \"{name}\""),
            Class(class) => class.clone(),
            Mem(sign, mem) => format!("mem {sign} {mem}MiB"),
            Cores(sign, cores) => format!("cores {sign} {cores}"),
            Declared(name, _) => name.clone(),
            Not(inner) => format!("not {}", inner.inner_text()),
            And(parts) => joined(parts, " and "),
            Or(parts) => joined(parts, " or "),
        }
    }

    fn inner_text(&self) -> String {
        match self {
            And(_) | Or(_) => format!("({})", self.text()),
            _ => self.text(),
        }
    }

    /// A selector that no host of this one satisfies, and not always its plain negation.
    pub(super) fn avoided(&self, tape: &mut Tape<'_>, classes: &[(String, Selector)]) -> Selector {
        let promise =
            |class: &String| classes.iter().find(|(name, _)| name == class).map(|(_, promise)| promise.clone());
        match self {
            Not(inner) => (**inner).clone(),
            Or(parts) => And(parts.iter().map(|part| part.clone().not()).collect()),
            Arch(arch) if tape.chance(50) => Arch(ARCHS.into_iter().find(|other| other != arch).unwrap_or(arch)),
            // What a class promises keeps its hosts out too: this is proved by the axioms.
            Class(class) if tape.chance(50) => promise(class).map_or_else(|| self.clone().not(), Selector::not),
            _ => self.clone().not(),
        }
    }
}

fn compare(left: u64, sign: &str, right: u64) -> bool {
    match sign {
        "<" => left < right,
        "<=" => left <= right,
        "==" => left == right,
        "!=" => left != right,
        ">=" => left >= right,
        _ => left > right,
    }
}

/// What random selectors can speak of.
pub(super) struct Names<'a> {
    pub(super) hosts: &'a [String],
    pub(super) classes: &'a [(String, Selector)],
    pub(super) declared: &'a [(String, Selector)],
}

pub(super) fn random(tape: &mut Tape<'_>, names: &Names<'_>, depth: usize) -> Selector {
    let several = |tape: &mut Tape<'_>| (0..2 + tape.below(2)).map(|_| random(tape, names, depth - 1)).collect();
    match tape.below(if depth == 0 { 12 } else { 20 }) {
        12 | 13 => random(tape, names, depth - 1).not(),
        14..=16 => And(several(tape)),
        17..=19 => Or(several(tape)),
        leaf => random_leaf(tape, names, leaf),
    }
}

fn random_leaf(tape: &mut Tape<'_>, names: &Names<'_>, leaf: usize) -> Selector {
    match leaf {
        1 | 2 => Arch(tape.word(&ARCHS)),
        3 => Os(tape.word(&OSES)),
        4 | 5 => Group(tape.word(&GROUPS)),
        6 => Name(tape.pick(names.hosts).clone()),
        7 if !names.classes.is_empty() => Class(tape.pick(names.classes).0.clone()),
        8 => Mem(tape.word(&COMPARISONS), *tape.pick(&MEMS)),
        9 => Cores(tape.word(&COMPARISONS), *tape.pick(&CORES)),
        10 => Local,
        11 if !names.declared.is_empty() => {
            let (name, meaning) = tape.pick(names.declared).clone();
            Declared(name, Rc::new(meaning))
        }
        _ => All,
    }
}
