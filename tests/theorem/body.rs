//! Random workflows: what stands in a body.
//!
//! Each step carries its own number and the way that led to it, as the first words of its script (`: m7 s0.o2.a1.t3`) or
//! in its path. A way is a stage or condition and then, for each block and call, a letter.

use std::collections::BTreeSet;

use super::generate::{Generator, named, parts};
use super::place::{Local, Place};
use super::plan::{Step, Task};
use super::selector::Selector;

const DEEPEST: usize = 4;

#[derive(Clone, Copy)]
enum Kind {
    Command,
    On,
    At,
    If,
    ForHosts,
    Try,
    Retry,
    Timeout,
    Ensure,
    Call,
    Comprehension,
    File,
    Alias,
    Choice,
    Print,
}

const KINDS: &[(usize, Kind)] = &[
    (34, Kind::Command),
    (8, Kind::On),
    (12, Kind::At),
    (5, Kind::If),
    (7, Kind::ForHosts),
    (8, Kind::Try),
    (5, Kind::Retry),
    (4, Kind::Timeout),
    (7, Kind::Ensure),
    (20, Kind::Call),
    (9, Kind::Comprehension),
    (5, Kind::File),
    (3, Kind::Alias),
    (5, Kind::Choice),
    (3, Kind::Print),
];

impl Generator<'_> {
    pub(super) fn block(&mut self, place: &Place) -> String {
        let mut place = place.clone();
        let least = if place.depth == 0 { 2 } else { 1 };
        (0..least + self.tape.below(2)).map(|_| self.statement(&mut place)).collect()
    }

    /// A statement; a `let` adds to what the place knows.
    fn statement(&mut self, place: &mut Place) -> String {
        let kind = if place.depth >= DEEPEST { Kind::Command } else { self.tape.weighted(KINDS) };
        match kind {
            Kind::Command => self.command(place),
            Kind::On => self.on(place),
            Kind::At => self.at(place),
            Kind::If => self.branch(place),
            Kind::ForHosts => self.for_hosts(place),
            Kind::Try => self.rescue(place),
            Kind::Retry => {
                let inner = place.by("y");
                format!("retry 2 every 0ms {{\n{}{}}}\n", self.block(&inner), self.perhaps(&inner))
            }
            Kind::Timeout => format!("timeout 1h {{\n{}}}\n", self.block(&place.by("m"))),
            Kind::Ensure => self.ensure(place),
            Kind::Call => self.call(place),
            Kind::Comprehension => self.comprehension(place),
            Kind::File => self.file(place),
            Kind::Alias => self.alias(place),
            Kind::Choice => self.choice(place),
            Kind::Print => "print \"on {{ here.name }}\"\n".to_owned(),
        }
    }

    /// A step with these effects: where they are forbidden it is kept away, but for a few that are careless.
    pub(super) fn step(
        &mut self,
        place: &Place,
        effects: &[&'static str],
        write: impl FnOnce(&mut Self, &Place, usize) -> String,
    ) -> String {
        let forbidden: BTreeSet<usize> = self.forbidden(place, effects);
        let changes = place.check && effects.iter().any(|effect| *effect != "read");
        let barred = place.forbids.iter().any(|effect| effects.contains(effect));
        let improper = changes || barred;
        let danger = improper || !forbidden.is_empty();
        // What is avoided around an `at` is easily taken for avoided within, and a clause is easily forgotten.
        let lost = !forbidden.is_disjoint(&place.lost) && self.tape.chance(14);
        let moved = !forbidden.is_empty() && place.unsaid && self.tape.chance(8);
        let forgotten = barred && self.tape.chance(8) || lost || moved;
        let careless = danger && ((!changes || self.tape.chance(30)) && self.is_careless() || forgotten);
        if improper && !careless {
            return "print \"nothing\"\n".to_owned();
        }
        let number = self.plan.steps.len();
        self.current.effects.extend(effects);
        self.plan.careless.extend(careless.then(|| place.way.clone()));
        self.plan.steps.push(Step { effects: effects.to_vec() });
        if careless || forbidden.is_empty() {
            return write(self, place, number);
        }
        if place.in_task && !place.moved && self.tape.chance(35) {
            self.current.exposed.extend(&forbidden);
            return write(self, place, number);
        }
        match self.avoiding(place, &forbidden, None) {
            Some((selector, inner)) => format!("on {selector} {{\n{}}}\n", write(self, &inner, number)),
            None => "print \"nowhere\"\n".to_owned(),
        }
    }

    pub(super) fn forbidden(&self, place: &Place, effects: &[&'static str]) -> BTreeSet<usize> {
        let forbids = self.plan.forbids.iter().enumerate();
        let met = forbids.filter(|(_, (effect, _))| effects.contains(effect)).map(|(number, _)| number);
        met.filter(|number| !place.avoids.contains(number)).collect()
    }

    /// A narrower place that avoids these prohibitions and lies within a guard, if it has hosts.
    fn avoiding(
        &mut self,
        place: &Place,
        forbids: &BTreeSet<usize>,
        guard: Option<&Selector>,
    ) -> Option<(String, Place)> {
        let mut all: Vec<Selector> = guard.into_iter().cloned().collect();
        for number in forbids {
            let avoided = self.plan.forbids[*number].1.clone().avoided(&mut self.tape, &self.classes);
            all.push(avoided);
        }
        let narrow = if all.len() == 1 { all.remove(0) } else { Selector::And(all) };
        let foreign = place.in_library && ["tiny", "odd"].iter().any(|class| narrow.text().contains(class));
        let mut inner = self.narrowed(place, &narrow);
        inner.avoids.extend(forbids);
        (!foreign && !inner.hosts.is_empty()).then(|| (narrow.text(), inner))
    }

    fn narrowed(&mut self, place: &Place, narrow: &Selector) -> Place {
        let mut inner = place.by(&format!("o{}", self.plan.narrowed.len()));
        self.plan.narrowed.push(narrow.clone());
        inner.hosts = narrow.among(&self.plan.hosts, &place.hosts);
        inner.within.extend(parts(narrow));
        inner
    }

    fn on(&mut self, place: &Place) -> String {
        let narrow = self.selector_for(&place.hosts.clone(), 1, place.in_library);
        let mut inner = self.narrowed(place, &narrow);
        // Some of the prohibitions may be avoided by what is narrowed to anyway.
        let text = match self.tape.chance(40) && !place.in_library {
            true => {
                let all: BTreeSet<usize> = (0..self.plan.forbids.len()).collect();
                match self.avoiding(&inner, &all, Some(&narrow)) {
                    Some((text, away)) => {
                        inner = away;
                        text
                    }
                    None => narrow.text(),
                }
            }
            false => narrow.text(),
        };
        format!("on {text} {{\n{}}}\n", self.block(&inner))
    }

    /// The hosts that an expression can name here.
    fn hosts_in_reach(&self, place: &Place, list: bool) -> Vec<Local> {
        let sets = self.sets.iter().filter(|set| set.single != list && (set.shared || !place.in_library));
        let sets = sets.map(|set| {
            // Behind a module's name the text says nothing of a host.
            let known = set.shared == place.in_library;
            Local {
                name: named(&set.name, set.shared),
                list,
                members: set.members.clone(),
                avoids: if known { set.avoids.clone() } else { BTreeSet::new() },
                within: if known { set.within.clone() } else { Vec::new() },
                meaning: Some(set.meaning.clone()),
            }
        });
        let here = Local {
            name: "here".to_owned(),
            list: false,
            members: place.hosts.clone(),
            avoids: if place.in_task { BTreeSet::new() } else { place.avoids.clone() },
            within: if place.in_task { Vec::new() } else { place.within.clone() },
            meaning: None,
        };
        let locals = place.locals.iter().filter(|local| local.list == list).cloned();
        sets.chain(locals).chain((!list).then_some(here)).collect()
    }

    fn at(&mut self, place: &Place) -> String {
        let all = self.hosts_in_reach(place, false);
        let mut target = self.tape.pick(&all).clone();
        if let Some(fence) = &place.closed
            && !target.within.contains(&fence.text())
            && !self.tape.chance(12)
        {
            target = all.last().cloned().unwrap_or(target);
        }
        let inner = self.moved_to(place, &target);
        format!("at {} {{\n{}}}\n", target.name, self.block(&inner))
    }

    fn moved_to(&mut self, place: &Place, target: &Local) -> Place {
        self.current.leaves = true;
        let number = self.plan.targets.len();
        self.plan.targets.push(target.meaning.clone());
        let mut inner = place.by(&format!("a{number}"));
        inner.hosts.clone_from(&target.members);
        inner.lost = place.avoids.union(&place.lost).copied().collect();
        inner.avoids.clone_from(&target.avoids);
        inner.within.clone_from(&target.within);
        (inner.moved, inner.unsaid) = (true, target.within.is_empty());
        inner
    }

    fn for_hosts(&mut self, place: &Place) -> String {
        let lists = self.hosts_in_reach(place, true);
        let (text, list) = match lists.is_empty() || self.tape.chance(20) {
            true => {
                let singles = self.hosts_in_reach(place, false);
                let (one, two) = (self.tape.pick(&singles).clone(), self.tape.pick(&singles).clone());
                let members = one.members.iter().chain(&two.members).copied().collect();
                let (avoids, within) = (BTreeSet::new(), Vec::new());
                let name = format!("[{}, {}]", one.name, two.name);
                (name, Local { name: String::new(), list: false, members, avoids, within, meaning: None })
            }
            false => {
                let list = self.tape.pick(&lists).clone();
                (list.name.clone(), list)
            }
        };
        let each = Local { name: format!("e{}", place.locals.len()), list: false, ..list };
        let inside = place.by("l").with(each.clone());
        let fenced = place.closed.as_ref().is_some_and(|fence| !each.within.contains(&fence.text()));
        let body = if self.tape.chance(60) && !fenced {
            let there = self.moved_to(&inside, &each);
            format!("at {} {{\n{}}}\n", each.name, self.block(&there))
        } else {
            self.block(&inside)
        };
        format!("for {} in {text} {{\n{body}}}\n", each.name)
    }

    fn branch(&mut self, place: &Place) -> String {
        let mut text = String::new();
        let name = format!("ok{}", place.depth);
        let condition = match self.tape.below(4) {
            0 => "here.cores > 2".to_owned(),
            1 => format!("here.arch == \"{}\"", self.tape.word(&super::selector::ARCHS)),
            _ => {
                text += &format!("let {name} = try {}", self.perhaps(place));
                format!("{name}.ok")
            }
        };
        let inner = place.by("i");
        text + &format!("if {condition} {{\n{}}} else {{\n{}}}\n", self.block(&inner), self.block(&inner))
    }

    /// A command that often fails.
    fn perhaps(&mut self, place: &Place) -> String {
        self.plan.steps.push(Step { effects: Vec::new() });
        format!("sh \": m{} {} perhaps\"\n", self.plan.steps.len() - 1, place.way)
    }

    fn rescue(&mut self, place: &Place) -> String {
        let fails = if self.tape.chance(50) { "fail \"on purpose\"\n" } else { "" };
        let (body, mended) = (self.block(&place.by("i")), self.block(&place.by("r")));
        format!("try {{\n{body}{fails}}} rescue why {{\n{mended}}}\n")
    }

    fn ensure(&mut self, place: &Place) -> String {
        let check = Place { check: true, ..place.by("k") };
        let check = self.block(&check) + &self.perhaps(&check);
        if self.tape.chance(20) {
            return format!("ensure \"a goal\" {{\n{check}}}\n");
        }
        format!("ensure \"a goal\" {{\n{check}}} else {{\n{}}}\n", self.block(&place.by("x")))
    }

    fn file(&mut self, place: &Place) -> String {
        if self.tape.chance(50) {
            return self
                .step(place, &["read"], |_, at, number| format!("assert file-exists(\"/m{number} {}\")\n", at.way));
        }
        self.step(place, &["change"], |_, at, number| format!("write-file(\"/m{number} {}\", \"text\")\n", at.way))
    }

    fn alias(&mut self, place: &mut Place) -> String {
        let list = self.tape.chance(30);
        let all = self.hosts_in_reach(place, list);
        if all.is_empty() {
            return String::new();
        }
        let of = self.tape.pick(&all).clone();
        let name = format!("b{}", place.locals.len());
        let text = format!("let {name} = {}\n", of.name);
        place.locals.push(Local { name, ..of });
        text
    }

    fn choice(&mut self, place: &mut Place) -> String {
        let all = self.hosts_in_reach(place, false);
        let (one, two) = (self.tape.pick(&all).clone(), self.tape.pick(&all).clone());
        let name = format!("q{}", place.locals.len());
        let text = format!("let {name} = if here.cores > 2 {{ {} }} else {{ {} }}\n", one.name, two.name);
        let members = one.members.into_iter().chain(two.members).collect();
        let (avoids, within) = (BTreeSet::new(), Vec::new());
        let either = Local { name, list: false, members, avoids, within, meaning: None };
        place.locals.push(either.clone());
        if place.closed.is_some() || self.tape.chance(40) {
            return text;
        }
        let inner = self.moved_to(place, &either);
        format!("{text}at {} {{\n{}}}\n", either.name, self.block(&inner))
    }

    fn call(&mut self, place: &Place) -> String {
        self.calling(place, |call, _| format!("{call}\n"))
    }

    fn comprehension(&mut self, place: &Place) -> String {
        let lists = self.hosts_in_reach(place, true);
        if lists.is_empty() {
            return self.call(place);
        }
        let list = self.tape.pick(&lists).clone();
        let each = Local { name: format!("g{}", place.locals.len()), list: false, ..list.clone() };
        let condition = if self.tape.chance(30) { format!(" if {}.cores > 1", each.name) } else { String::new() };
        let inner = place.by("g").with(each.clone());
        self.calling(&inner, |call, depth| {
            let result = format!("r{depth}");
            format!("let {result} = [{call} for {} in {}{condition}]\nprint join({result})\n", each.name, list.name)
        })
    }

    /// A call of a task that may be called here, where its guard holds and what it does is not forbidden.
    fn calling(&mut self, place: &Place, write: impl FnOnce(String, usize) -> String) -> String {
        let callees = self.plan.tasks.iter().enumerate();
        let reachable = |number: usize, task: &Task| number < place.task && (task.shared || !place.in_library);
        let reachable: Vec<usize> =
            callees.filter(|(number, task)| reachable(*number, task)).map(|(number, _)| number).collect();
        if reachable.is_empty() {
            return self.command(place);
        }
        let task = self.plan.tasks[*self.tape.pick(&reachable)].clone();
        let improper = place.closed.is_some() && task.leaves
            || place.check && task.effects.iter().any(|effect| *effect != "read")
            || place.forbids.iter().any(|effect| task.effects.contains(effect));
        let danger = if improper { self.tape.chance(30) } else { !task.exposed.is_subset(&place.avoids) };
        let careless = danger && self.is_careless();
        if improper && !careless {
            return self.command(place);
        }
        self.plan.careless.extend(careless.then(|| place.way.clone()));
        self.current.effects.extend(&task.effects);
        self.current.leaves |= task.leaves;
        let mut exposed: BTreeSet<usize> = task.exposed.difference(&place.avoids).copied().collect();
        if place.in_task && !place.moved && self.tape.chance(40) {
            self.current.exposed.append(&mut exposed);
        }
        let guard = [&task.guard, &task.needs].into_iter().flatten().cloned().collect::<Vec<_>>();
        let guard: Vec<Selector> = guard.into_iter().filter(|guard| !place.within.contains(&guard.text())).collect();
        let guard = (!guard.is_empty()).then_some(Selector::And(guard));
        let unguarded = guard.is_some() && self.tape.chance(6);
        if careless || exposed.is_empty() && (guard.is_none() || unguarded) {
            return write(self.call_text(&task, place), place.locals.len());
        }
        match self.avoiding(place, &exposed, guard.as_ref()) {
            Some((selector, inner)) => {
                let text = write(self.call_text(&task, &inner), inner.locals.len());
                format!("on {selector} {{\n{text}}}\n")
            }
            None => self.command(place),
        }
    }

    fn call_text(&mut self, task: &Task, place: &Place) -> String {
        let mut text = format!("{}(\"{}\"", named(&task.name, task.shared), place.way);
        for list in &task.params {
            let all = self.hosts_in_reach(place, *list);
            let argument = if all.is_empty() { "[here]".to_owned() } else { self.tape.pick(&all).name.clone() };
            text += &format!(", {argument}");
        }
        // Left out, the parameter's default is asked for.
        if task.has_default && self.tape.chance(40) {
            text += ", d: \"given\"";
        }
        text + ")"
    }
}
