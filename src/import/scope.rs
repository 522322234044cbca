//! The names that a playbook has given so far, and what each is in flow.

use std::collections::{BTreeMap, BTreeSet};

/// The type of a value in flow, as far as it can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Str,
    Int,
    Bool,
    List(Box<Ty>),
    /// A `Map[Str]`.
    Map,
    /// What `sh` returns.
    Output,
    /// What `stat` registers: a `Bool` in flow, whether the file is there.
    Stat,
    /// What `slurp` registers: the text itself in flow.
    Slurp,
    /// The length of a text, which flow compares with nothing at all alone.
    Length,
}

impl Ty {
    /// As it is written in a signature.
    pub(super) fn name(&self) -> String {
        match self {
            Ty::Int => String::from("Int"),
            Ty::Bool => String::from("Bool"),
            Ty::List(inner) => format!("List[{}]", inner.name()),
            Ty::Map => String::from("Map[Str]"),
            _ => String::from("Str"),
        }
    }
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A name of flow, with its type, and whether its text may be several words.
    Value { name: String, ty: Ty, words: Words },
    /// What it would be is not translated, and why.
    Lost(String),
}

/// Whether a text may be more than one word of a shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Words {
    /// One word, or not known.
    #[default]
    One,
    /// Several words.
    Several,
    /// Code.
    Code,
}

impl Words {
    pub(super) fn of(text: &str) -> Words {
        let is_code = text.contains(['$', ';', '|', '&', '<', '>', '`', '*', '?', '"', '\'', '(', ')']);
        match text.split_whitespace().count() {
            _ if is_code => Words::Code,
            0 | 1 => Words::One,
            _ => Words::Several,
        }
    }
}

/// Names within names.
#[derive(Debug)]
pub(super) struct Scope {
    frames: Vec<BTreeMap<String, Known>>,
    /// When a result of a name of flow is a failure, where the playbook says so; or why that is not known.
    failures: BTreeMap<String, Result<String, String>>,
    /// Names of flow whose text is one of the inventory, which may be a list in JSON.
    pub(super) of_inventory: BTreeSet<String>,
}

impl Scope {
    pub(super) fn new() -> Self {
        Scope { frames: vec![BTreeMap::new()], failures: BTreeMap::new(), of_inventory: BTreeSet::new() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.frames.iter().rev().find_map(|frame| frame.get(name))
    }

    pub(super) fn set(&mut self, name: &str, known: Known) {
        if let Some(frame) = self.frames.last_mut() {
            frame.insert(name.to_owned(), known);
        }
    }

    /// When a result is a failure, in the playbook's own words; none where its exit status says it.
    pub(super) fn failure(&self, name: &str) -> Option<&Result<String, String>> {
        self.failures.get(name)
    }

    /// Keeps under what condition a result is a failure. Names of flow are given once, so that none is taken for another.
    pub(super) fn judge(&mut self, name: &str, failure: Result<String, String>) {
        self.failures.insert(name.to_owned(), failure);
    }

    /// Puts back what a name stood for.
    pub(super) fn put_back(&mut self, name: &str, known: Option<Known>) {
        match known {
            Some(known) => self.set(name, known),
            None => self.frames.iter_mut().for_each(|frame| drop(frame.remove(name))),
        }
    }

    /// What the next play knows: that what this one set is out of reach.
    pub(super) fn of_next_play(&self, inputs: &[(String, String)]) -> Scope {
        let mut next = Scope::new();
        for (name, known) in self.frames.iter().flatten() {
            let is_input = matches!(known, Known::Value { name, .. } if inputs.iter().any(|(input, _)| input == name));
            if !is_input {
                next.set(name, Known::Lost(format!("`{name}` is set in another play")));
            }
        }
        next
    }

    /// The names of inputs alone; what else is known is out of reach.
    pub(super) fn of_inputs(&self, inputs: &[(String, String)]) -> Scope {
        let mut left = Scope::new();
        for (name, known) in self.frames.iter().flatten() {
            let is_input = matches!(known, Known::Value { name, .. } if inputs.iter().any(|(input, _)| input == name));
            let lost = || Known::Lost(format!("`{name}` is set within the stage, whose end does not know of it"));
            left.set(name, if is_input { known.clone() } else { lost() });
        }
        left
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(BTreeMap::new());
    }

    /// Leaves what only looked like a block: what was set in it stays.
    pub(super) fn merge(&mut self) {
        let left = self.frames.pop().unwrap_or_default();
        left.into_iter().for_each(|(name, known)| self.set(&name, known));
    }

    /// Leaves a block. What was set in it cannot be reached from outside; `why` says so where it is asked for.
    pub(super) fn leave(&mut self, why: Option<&str>) {
        let left = self.frames.pop().unwrap_or_default();
        let Some(why) = why else { return };
        for name in left.into_keys() {
            self.set(&name, Known::Lost(format!("`{name}` is set {why}")));
        }
    }
}

/// Names that are free in a workflow.
#[derive(Debug)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// All but those of the prelude.
    pub(super) fn new() -> Self {
        let words = ["extern task ", "task ", "hosts ", "host ", "class "];
        let declared = crate::library::PRELUDE.lines().filter_map(|line| {
            let rest = words.iter().find_map(|word| line.strip_prefix(word))?;
            rest.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).next()
        });
        let modules = crate::library::MODULES.iter().map(|(name, _)| *name);
        let own = ["here", "none", "local", "all", "group", "change", "read", "power"];
        Names { taken: declared.chain(modules).chain(own).map(str::to_owned).collect() }
    }

    /// A name as near to what is wanted as there is a free one, in small letters where `kebab` asks for it.
    pub(super) fn free(&mut self, wanted: &str, kebab: bool) -> String {
        let base = word(wanted, kebab);
        let mut name = base.clone();
        let mut number = 2;
        while self.taken.contains(&name) || crate::syntax::is_reserved(&name) {
            name = format!("{base}-{number}");
            number += 1;
        }
        self.taken.insert(name.clone());
        name
    }
}

/// A word of flow that looks like a text.
fn word(text: &str, kebab: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            'A'..='Z' if kebab => out.push(c.to_ascii_lowercase()),
            'a'..='z' | 'A'..='Z' | '0'..='9' => out.push(c),
            '_' if !kebab => out.push('_'),
            _ if !out.ends_with('-') && !out.is_empty() => out.push('-'),
            _ => {}
        }
        if out.len() >= 60 {
            break;
        }
    }
    let out = out.trim_matches('-');
    match out.chars().next() {
        None => String::from("step"),
        Some(first) if first.is_ascii_digit() => format!("n{out}"),
        Some(_) => out.to_owned(),
    }
}
