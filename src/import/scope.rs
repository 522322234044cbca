//! The names that a playbook has given so far, and what each is in flow.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::read::items;
use crate::inventory::node::Node;

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
    /// The same as another user: what `cat` printed, without the ends of its last lines.
    Printed,
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
    /// What is evaluated where it is asked for: a variable that asks for what changes.
    Written(Rc<Node>),
    /// What it would be is not translated, and why.
    Lost(String),
}

/// How a name was given. Ansible takes the one of the highest rank, whichever came last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A variable of a play, a block or a task, of which the innermost counts.
    Variable,
    /// Read by `include_vars`.
    Loaded,
    /// Set by `set_fact`, or registered.
    Fact,
    /// Given to the tasks that are taken in, or the element of a loop.
    Given,
}

/// Of each entry of a map, whether its text may be more than one word.
pub(super) type Entries = Rc<BTreeMap<String, Words>>;

/// Whether a text may be more than one word of a shell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Words {
    /// One word, or not known.
    #[default]
    One,
    /// One word or none.
    Empty,
    /// Several words, with a blank between two of them.
    Several,
    /// Words with other space between them, or none at all.
    Spaced,
    /// Words with signs that a shell reads, and nothing else.
    Signs,
    /// Code: with quotes or variables.
    Code,
    /// A path in somebody's home, which only a shell and Ansible know.
    Home,
}

impl Words {
    /// Of a single value, or of any in a list.
    pub(super) fn most(node: &Node) -> Words {
        let texts = items(node).into_iter().filter_map(Node::text).filter(|text| !text.contains("{{"));
        Words::of_all(texts.map(Words::of))
    }

    /// Of a text that is any of several.
    pub(super) fn of_all(all: impl IntoIterator<Item = Words>) -> Words {
        all.into_iter().reduce(Words::or).unwrap_or_default()
    }

    pub(super) fn or(self, other: Words) -> Words {
        match self.max(other) {
            Words::Several if self.min(other) == Words::Empty => Words::Spaced,
            most => most,
        }
    }

    pub(super) fn of(text: &str) -> Words {
        let is_code = text.contains(['$', '`', '"', '\'', '\\']);
        let has_signs = text.contains([';', '|', '&', '<', '>', '*', '?', '(', ')']);
        let is_spaced = text.split(' ').any(|word| word.is_empty() || word.contains(char::is_whitespace));
        match text.split_whitespace().count() {
            _ if text.starts_with('~') => Words::Home,
            _ if is_code => Words::Code,
            _ if has_signs => Words::Signs,
            0 if text.is_empty() => Words::Empty,
            _ if is_spaced => Words::Spaced,
            0 | 1 => Words::One,
            _ => Words::Several,
        }
    }
}

/// What a name stands for in a frame, and how it came by it.
pub(super) type Entry = (Known, Rank);

/// Names within names.
#[derive(Debug)]
pub(super) struct Scope {
    frames: Vec<BTreeMap<String, Entry>>,
    /// When a result of a name of flow is a failure, where the playbook says so; or why that is not known.
    failures: BTreeMap<String, Result<String, String>>,
    /// Names of flow whose text is one of the inventory, which may be a list in JSON.
    pub(super) of_inventory: BTreeSet<String>,
    /// Of maps, and of the maps in lists: of each entry, whether its text may be more than one word.
    pub(super) entries: BTreeMap<String, Entries>,
    /// The elements of lists that are written down, by the names of flow.
    pub(super) written: BTreeMap<String, Vec<String>>,
}

impl Scope {
    pub(super) fn new() -> Self {
        Scope {
            frames: vec![BTreeMap::new()],
            failures: BTreeMap::new(),
            of_inventory: BTreeSet::new(),
            entries: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.frames.iter().rev().find_map(|frame| frame.get(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Known> {
        self.entry(name).map(|(known, _)| known)
    }

    /// Whether something stands for a name that what is given with a rank does not replace.
    pub(super) fn hides(&self, name: &str, rank: Rank) -> bool {
        self.entry(name).is_some_and(|(_, other)| *other > rank)
    }

    pub(super) fn set(&mut self, name: &str, known: Known, rank: Rank) {
        let is_hidden = self.hides(name, rank);
        if let Some(frame) = self.frames.last_mut().filter(|_| !is_hidden) {
            frame.insert(name.to_owned(), (known, rank));
        }
    }

    /// What a name of the innermost frame stands for.
    pub(super) fn own(&self, name: &str) -> Option<Entry> {
        self.frames.last().and_then(|frame| frame.get(name)).cloned()
    }

    /// When a result is a failure, in the playbook's own words; none where its exit status says it.
    pub(super) fn failure(&self, name: &str) -> Option<&Result<String, String>> {
        self.failures.get(name)
    }

    /// Keeps under what condition a result is a failure. Names of flow are given once, so that none is taken for another.
    pub(super) fn judge(&mut self, name: &str, failure: Result<String, String>) {
        self.failures.insert(name.to_owned(), failure);
    }

    /// Puts back what a name of the innermost frame stood for.
    pub(super) fn put_back(&mut self, name: &str, entry: Option<Entry>) {
        let Some(frame) = self.frames.last_mut() else { return };
        match entry {
            Some(entry) => drop(frame.insert(name.to_owned(), entry)),
            None => drop(frame.remove(name)),
        }
    }

    /// What the next play knows: its hosts keep what this one set, but flow does not. Variables are of a play alone.
    pub(super) fn of_next_play(&self) -> Scope {
        let mut next = Scope::new();
        for (name, (_, rank)) in self.frames.iter().flatten() {
            if matches!(rank, Rank::Loaded | Rank::Fact) {
                next.set(name, Known::Lost(format!("`{name}` is set in another play")), *rank);
            }
        }
        next
    }

    /// The names of inputs alone; what else is known is out of reach.
    pub(super) fn of_inputs(&self, inputs: &[(String, String)]) -> Scope {
        let mut left = Scope { written: self.written.clone(), ..Scope::new() };
        for (name, (known, rank)) in self.frames.iter().flatten() {
            let stays = match known {
                Known::Value { name, .. } => inputs.iter().any(|(input, _)| input == name),
                Known::Written(_) => true,
                Known::Lost(_) => false,
            };
            let lost = || Known::Lost(format!("`{name}` is set within the stage, whose end does not know of it"));
            left.set(name, if stays { known.clone() } else { lost() }, *rank);
        }
        left
    }

    pub(super) fn enter(&mut self) {
        self.frames.push(BTreeMap::new());
    }

    /// Leaves what only looked like a block: what was set in it stays.
    pub(super) fn merge(&mut self) {
        let left = self.frames.pop().unwrap_or_default();
        let kept = left.into_iter().filter(|(_, (_, rank))| *rank != Rank::Given);
        kept.for_each(|(name, (known, rank))| self.set(&name, known, rank));
    }

    /// Leaves a block. What was set in it cannot be reached from outside; `why` says so where it is asked for.
    pub(super) fn leave(&mut self, why: Option<&str>) {
        let left = self.frames.pop().unwrap_or_default();
        let Some(why) = why else { return };
        let set = left.into_iter().filter(|(_, (_, rank))| matches!(rank, Rank::Loaded | Rank::Fact));
        set.for_each(|(name, (_, rank))| {
            let lost = Known::Lost(format!("`{name}` is set {why}"));
            self.set(&name, lost, rank);
        });
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
