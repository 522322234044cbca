//! Random workflows: their declarations.
//!
//! Random text would nearly always be refused. So the generator knows which hosts a place comes to and which prohibitions
//! it avoids, and keeps effects away from where they are forbidden, except for those that it is careless with. Whether it
//! kept them away well is what the checker has to find out; the property does not rest on it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::commands::{EFFECTS, TABLE};
use super::place::Place;
use super::plan::{Plan, Stage, Task};
use super::selector::{self, ARCHS, CORES, GROUPS, Host, MEMS, Names, OSES, Selector};
use super::tape::Tape;

/// A declared `host` or `hosts`.
#[derive(Clone, Debug)]
pub(super) struct HostSet {
    pub(super) name: String,
    pub(super) shared: bool,
    pub(super) single: bool,
    pub(super) meaning: Selector,
    pub(super) members: Vec<usize>,
    /// The prohibitions that its selector excludes.
    pub(super) avoids: BTreeSet<usize>,
    /// Selectors that its own has as parts.
    pub(super) within: Vec<String>,
}

pub(super) struct Generator<'t> {
    pub(super) tape: Tape<'t>,
    pub(super) plan: Plan,
    pub(super) classes: Vec<(String, Selector)>,
    pub(super) sets: Vec<HostSet>,
    /// The dangerous step, by its number among them, with which it is careless.
    slip: Option<usize>,
    /// How many of a hundred others are put anywhere.
    careless: usize,
    /// What the body at hand does, for its callers.
    pub(super) current: Task,
    host_names: Vec<String>,
}

pub(super) fn workflow(choices: &[u32]) -> Plan {
    let tape = Tape::new(choices);
    let mut generator = Generator {
        tape,
        plan: Plan::default(),
        classes: Vec::new(),
        sets: Vec::new(),
        slip: None,
        careless: 0,
        current: Task::default(),
        host_names: Vec::new(),
    };
    generator.all();
    generator.plan
}

impl Generator<'_> {
    fn all(&mut self) {
        match self.tape.weighted(&[(47, 0), (46, 1), (7, 2)]) {
            0 => {}
            1 => self.slip = Some(self.tape.below(12)),
            _ => self.careless = 40,
        }
        self.plan.failing = self.tape.weighted(&[(50, 0), (35, 10), (15, 40)]);
        self.plan.dry = self.tape.chance(7);
        let classes = self.world();
        let forbids = self.forbids();
        let mut library = String::new();
        let mut main = String::from("effect heavy \"weighs\"\neffect noisy \"makes noise\"\n");
        main += TABLE;
        main += &classes;
        main += &forbids;
        let has_library = self.tape.chance(50);
        if has_library {
            main.insert_str(0, "use ./lib\n");
            library += &self.host_sets(true);
            library += &self.tasks(true);
            self.plan.library = Some(library.replace(PREFIX, ""));
        }
        main += &self.host_sets(false);
        main += &self.tasks(false);
        main += &self.conditions();
        main += &self.stages();
        if self.tape.chance(8) {
            self.plan.from = self.tape.below(self.plan.stages.len());
        }
        self.plan.main = main;
    }

    /// Whether a step is left where nothing keeps it from what is forbidden.
    pub(super) fn is_careless(&mut self) -> bool {
        let slips = self.slip == Some(0);
        self.slip = self.slip.and_then(|left| left.checked_sub(1));
        slips || self.tape.chance(self.careless)
    }

    /// Hosts and classes; the text that declares the classes.
    fn world(&mut self) -> String {
        let count = self.tape.weighted(&[(5, 1), (19, 2), (19, 3), (19, 4), (19, 5), (19, 6)]);
        self.host_names = (0..count).map(|number| format!("h{number}")).collect();
        let arms = Selector::Or(vec![Selector::Arch("aarch64"), Selector::Arch("armv7l")]);
        let cm3 = Selector::And(vec![arms, Selector::Mem("<=", 1024)]);
        self.classes.push(("cm3".to_owned(), cm3.clone()));
        // A class that promises nothing. A host of no class that measures as all that a class is stops the run.
        let mut text = String::from("class plain \"plain ones\"\n");
        for name in ["tiny", "odd"] {
            let promise = self.promise(name);
            let _ = writeln!(text, "class {name} \"{name} ones\" = {}", promise.text());
            self.classes.push((name.to_owned(), promise));
        }
        self.plan.forbids.push(("build", Selector::Class("cm3".to_owned())));
        let mut inventory = String::from("hosts:\n");
        let local = self.tape.below(count * 2);
        for number in 0..count {
            let mut host = self.host(number, number == local);
            inventory += &self.entry(&mut host);
            self.plan.hosts.push(host);
        }
        self.plan.inventory = inventory;
        text
    }

    /// What a class promises; one that no host can be is refused.
    fn promise(&mut self, class: &str) -> Selector {
        for _ in 0..5 {
            let promise = self.selector(1, false);
            if hosts_of(class).any(|host| promise.holds(&host)) {
                return promise;
            }
        }
        Selector::Arch(ARCHS[0])
    }

    fn host(&mut self, number: usize, local: bool) -> Host {
        let tape = &mut self.tape;
        let mut host = Host {
            name: self.host_names[number].clone(),
            arch: tape.word(&ARCHS),
            class: None,
            os: tape.word(&OSES),
            mem: *tape.pick(&MEMS),
            cores: *tape.pick(&CORES),
            groups: GROUPS.into_iter().filter(|_| tape.chance(45)).collect(),
            local,
            usable: tape.weighted(&[(60, 100), (25, 90), (10, 82), (5, 104)]),
            spare: tape.weighted(&[(85, 0), (15, 2)]),
        };
        if tape.chance(70) {
            let (class, promise) = tape.pick(&self.classes).clone();
            host.class = Some(class);
            // One that is not what its class says makes the inventory wrong, which is seldom of interest.
            if !promise.holds(&host) && tape.chance(98) {
                host.class = None;
            }
        }
        if host.class.is_none() && tape.chance(85) {
            host.class = Some("plain".to_owned());
        }
        host
    }

    /// The inventory leaves some facts out: then they are what is measured.
    fn entry(&mut self, host: &mut Host) -> String {
        let mut fields = vec![format!("address: {}.example", host.name)];
        if self.tape.chance(4) {
            (host.usable, host.spare) = (100, 0);
        } else {
            fields.push(format!("mem: {}MiB, cores: {}", host.mem, host.cores));
        }
        let facts = [format!("arch: {}", host.arch), format!("os: {}", host.os)];
        fields.extend(facts.into_iter().filter(|_| !self.tape.chance(3)));
        fields.extend(host.class.iter().map(|class| format!("class: {class}")));
        let groups: Vec<&str> = host.groups.iter().copied().collect();
        fields.push(format!("groups: [{}]", groups.join(", ")));
        fields.extend(host.local.then(|| "connection: local".to_owned()));
        format!("  {}: {{ {} }}\n", host.name, fields.join(", "))
    }

    fn forbids(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.tape.weighted(&[(5, 1), (45, 2), (50, 3)]) {
            let effect = self.tape.weighted(&[(50, 0), (30, 1), (8, 2), (8, 3), (4, 4)]);
            let mut on = self.selector(2, false);
            let everyone: Vec<usize> = (0..self.plan.hosts.len()).collect();
            for _ in 0..4 {
                // What forbids something somewhere, and not everywhere, has something to say.
                let met = on.among(&self.plan.hosts, &everyone).len();
                if met > 0 && met < everyone.len().max(2) {
                    break;
                }
                on = self.selector(1, false);
            }
            let _ = writeln!(text, "forbid {} on {} because \"it is\"", EFFECTS[effect], on.text());
            self.plan.forbids.push((EFFECTS[effect], on));
        }
        text
    }

    /// A random selector, as it is written in the workflow or in its library.
    pub(super) fn selector(&mut self, depth: usize, shared: bool) -> Selector {
        let declared: Vec<(String, Selector)> = self
            .sets
            .iter()
            .filter(|set| set.shared || !shared)
            .map(|set| (named(&set.name, set.shared), set.meaning.clone()))
            .collect();
        let classes: Vec<(String, Selector)> =
            self.classes.iter().filter(|(name, _)| !shared || name == "cm3").cloned().collect();
        let names = Names { hosts: &self.host_names, classes: &classes, declared: &declared };
        selector::random(&mut self.tape, &names, depth)
    }

    /// One that picks some of these hosts, if a few attempts find it.
    pub(super) fn selector_for(&mut self, hosts: &[usize], depth: usize, shared: bool) -> Selector {
        for _ in 0..5 {
            let selector = self.selector(depth, shared);
            if !selector.among(&self.plan.hosts, hosts).is_empty() {
                return selector;
            }
        }
        Selector::All
    }

    /// The selector without the hosts of all prohibitions, where it has others.
    fn kept_away(&mut self, selector: Selector, shared: bool) -> (Selector, BTreeSet<usize>) {
        if shared {
            return (selector, BTreeSet::new());
        }
        let everyone = selector.among(&self.plan.hosts, &(0..self.plan.hosts.len()).collect::<Vec<_>>());
        let mut parts = vec![selector];
        let mut avoids = BTreeSet::new();
        for number in 0..self.plan.forbids.len() {
            let avoided = self.plan.forbids[number].1.clone().avoided(&mut self.tape, &self.classes);
            parts.push(avoided);
            if Selector::And(parts.clone()).among(&self.plan.hosts, &everyone).is_empty() {
                parts.pop();
            } else {
                avoids.insert(number);
            }
        }
        (Selector::And(parts), avoids)
    }

    fn host_sets(&mut self, shared: bool) -> String {
        let mut text = String::new();
        for number in 0..1 + self.tape.below(3) {
            let set = self.host_set(number, shared);
            let keyword = if set.single { "host" } else { "hosts" };
            let _ = writeln!(text, "{keyword} {} = {}", set.name, set.meaning.text());
            self.sets.push(set);
        }
        text
    }

    fn host_set(&mut self, number: usize, shared: bool) -> HostSet {
        let everyone: Vec<usize> = (0..self.plan.hosts.len()).collect();
        let single = self.tape.chance(60);
        let base = if single {
            let host = self.tape.below(everyone.len());
            let name = Selector::Name(self.host_names[host].clone());
            let more = self.selector(1, shared);
            if more.holds(&self.plan.hosts[host]) && self.tape.chance(60) {
                Selector::And(vec![name, more])
            } else {
                name
            }
        } else {
            self.selector_for(&everyone, 1, shared)
        };
        let (meaning, avoids) =
            if self.tape.chance(60) { self.kept_away(base, shared) } else { (base, BTreeSet::new()) };
        let name = format!("{}{number}", if shared { "far" } else { "near" });
        let mut within = parts(&meaning);
        within.push(named(&name, shared));
        HostSet { name, shared, single, members: meaning.among(&self.plan.hosts, &everyone), meaning, avoids, within }
    }

    fn tasks(&mut self, shared: bool) -> String {
        (0..self.tape.below(if shared { 3 } else { 4 })).map(|_| self.task(shared)).collect()
    }

    fn task(&mut self, shared: bool) -> String {
        let everyone: Vec<usize> = (0..self.plan.hosts.len()).collect();
        let number = self.plan.tasks.len();
        self.current = Task { name: format!("t{number}"), shared, ..Task::default() };
        if self.tape.chance(35) {
            self.current.guard = Some(self.selector_for(&everyone, 1, shared));
        }
        if self.tape.chance(10) {
            self.current.needs = Some(self.selector_for(&everyone, 0, shared));
        }
        self.current.params = (0..self.tape.below(3)).map(|_| self.tape.chance(35)).collect();
        let mut header = format!("task t{number}(via: Str");
        for (at, list) in self.current.params.iter().enumerate() {
            header += &format!(", p{at}: {}", if *list { "List[Host]" } else { "Host" });
        }
        if self.tape.chance(40) {
            self.current.has_default = true;
            header += &format!(", d: Str = {}", self.default(&Place::of_default(number)));
        }
        header += ") -> Str";
        header += &self.current.guard.as_ref().map_or_else(String::new, |guard| format!(" on {} only", guard.text()));
        header += &self.current.needs.as_ref().map_or_else(String::new, |needs| format!(" needs {}", needs.text()));
        let place = Place::of_task(&self.current, number, &self.plan.hosts);
        let body = self.block(&place);
        let task = std::mem::take(&mut self.current);
        self.plan.tasks.push(task);
        format!("{header} {{\n{body}return \"done\"\n}}\n")
    }

    fn conditions(&mut self) -> String {
        let mut text = String::new();
        for number in 0..self.tape.below(3) {
            let everyone: Vec<usize> = (0..self.plan.hosts.len()).collect();
            let on = self.selector_for(&everyone, 1, false);
            let place = Place::of_condition(&on, number, &self.plan.hosts);
            let probe = self.block(&place);
            let _ = writeln!(text, "condition c{number} on {} {{\n{probe}}}", on.text());
            self.plan.conditions.push(on);
        }
        text
    }

    fn stages(&mut self) -> String {
        let mut left = BTreeSet::new();
        (0..1 + self.tape.below(4)).map(|number| self.stage(number, &mut left)).collect()
    }

    /// The text of a stage; `left` are the conditions that hold behind it.
    fn stage(&mut self, number: usize, left: &mut BTreeSet<usize>) -> String {
        let everyone: Vec<usize> = (0..self.plan.hosts.len()).collect();
        let base = self.selector_for(&everyone, 2, false);
        let (on, avoids) = if self.tape.chance(60) { self.kept_away(base, false) } else { (base, BTreeSet::new()) };
        let guard = if self.tape.chance(25) { Some(self.implied_by(&on)) } else { None };
        let closed = self.tape.chance(35).then(|| guard.clone().unwrap_or_else(|| on.clone()));
        let forbids: Vec<&'static str> =
            if self.tape.chance(15) { vec![*self.tape.pick(&EFFECTS[..5])] } else { Vec::new() };
        let mut header = format!("stage s{number} on {}", on.text());
        header += &guard.as_ref().map_or_else(String::new, |guard| format!(", {}", guard.text()));
        header += if closed.is_some() { " only" } else { "" };
        header += &forbids.first().map_or_else(String::new, |effect| format!(" forbids {effect}"));
        header += &self.clauses(number, left);
        let place = Place::of_stage((&on, avoids), closed.as_ref(), &forbids, number, &self.plan.hosts);
        self.current = Task::default();
        let body = self.block(&place);
        let finally =
            if self.tape.chance(45) { format!(" finally {{\n{}}}", self.block(&place.by("f"))) } else { String::new() };
        self.plan.stages.push(Stage { on, closed, forbids });
        format!("{header} {{\n{body}}}{finally}\n")
    }

    fn implied_by(&mut self, on: &Selector) -> Selector {
        match on {
            Selector::And(parts) if self.tape.chance(90) => self.tape.pick(parts).clone(),
            on if self.tape.chance(90) => on.clone(),
            _ => self.selector(1, false),
        }
    }

    fn clauses(&mut self, number: usize, left: &mut BTreeSet<usize>) -> String {
        let mut text = String::new();
        if number > 1 && self.tape.chance(15) {
            text += &format!(" after s{}", self.tape.below(number));
        }
        if !self.plan.conditions.is_empty() && self.tape.chance(40) {
            let condition = self.tape.below(self.plan.conditions.len());
            if left.insert(condition) {
                text += &format!(" leaves c{condition}");
            } else {
                text += &format!(" expects c{condition}");
            }
        }
        text += self.tape.weighted(&[(60, ""), (15, " timeout 1h"), (15, " at-once 1"), (10, " tolerate 2")]);
        text
    }
}

/// A host with nothing special.
pub(super) fn plain_host() -> Host {
    Host {
        name: "h0".to_owned(),
        arch: ARCHS[0],
        class: None,
        os: OSES[0],
        mem: 1024,
        cores: 2,
        groups: BTreeSet::new(),
        local: false,
        usable: 100,
        spare: 0,
    }
}

/// Hosts of a class with all that a selector can tell apart, their names aside.
fn hosts_of(class: &str) -> impl Iterator<Item = Host> {
    let base = Host { class: Some(class.to_owned()), ..plain_host() };
    let kinds = ARCHS.into_iter().flat_map(|arch| OSES.into_iter().map(move |os| (arch, os)));
    let sizes = MEMS.into_iter().flat_map(|mem| CORES.into_iter().map(move |cores| (mem, cores)));
    let memberships = [(BTreeSet::new(), false), (BTreeSet::from(GROUPS), true)];
    kinds.flat_map(move |(arch, os)| {
        let (base, memberships) = (base.clone(), memberships.clone());
        sizes.clone().flat_map(move |(mem, cores)| {
            let base = Host { arch, os, mem, cores, ..base.clone() };
            memberships.clone().into_iter().map(move |(groups, local)| Host { groups, local, ..base.clone() })
        })
    })
}

/// The prefix of everything that the library declares. Within the library itself it is taken off.
const PREFIX: &str = "lib.";

pub(super) fn named(name: &str, shared: bool) -> String {
    if shared { format!("{PREFIX}{name}") } else { name.to_owned() }
}

/// The selectors that follow from one by its form.
pub(super) fn parts(selector: &Selector) -> Vec<String> {
    let mut all = vec![selector.text()];
    match selector {
        Selector::And(inner) => all.extend(inner.iter().flat_map(parts)),
        Selector::Declared(_, meaning) => all.extend(parts(meaning)),
        _ => {}
    }
    all
}
