//! The obligations of place: what each stage does, held against what may be done there.

use std::collections::{HashMap, HashSet};

use super::messages;
use super::summary::{Occurrence, What};
use super::tables::{ForbidDecl, READ, Tables};
use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::place::{self, Predicate, TooHard, Truth, Verdict};
use crate::source::{SourceMap, Span};
use crate::syntax::ast;

/// A host that shows why a proof fails.
pub(super) enum Example {
    /// A host of the inventory: what it is, and where it is declared.
    Real(String, Span),
    /// One that could exist.
    MadeUp(String),
}

pub(super) struct Prover<'a> {
    pub(super) tables: &'a Tables,
    pub(super) sources: &'a SourceMap,
    pub(super) inventory: Option<&'a Inventory>,
    known: HashMap<(Predicate, Predicate), Option<Option<String>>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// How an obligation came out.
enum Outcome {
    Holds,
    Fails(Example),
    TooHard,
}

impl<'a> Prover<'a> {
    pub(super) fn new(tables: &'a Tables, sources: &'a SourceMap, inventory: Option<&'a Inventory>) -> Self {
        Prover { tables, sources, inventory, known: HashMap::new(), diagnostics: Vec::new() }
    }

    /// Every declared set of hosts must be able to have a host.
    pub(super) fn host_sets(&mut self) {
        for set in &self.tables.host_sets {
            let span = set.ast.selector.span;
            // A ring of declarations was told already.
            if set.predicate != Predicate::Never {
                self.possible(&set.predicate, span, &format!("`{}`", set.ast.name.text));
            }
        }
    }

    fn possible(&mut self, predicate: &Predicate, span: Span, what: &str) -> bool {
        match place::satisfiable(&self.tables.axioms, predicate) {
            Ok(Some(_)) => true,
            Ok(None) => {
                let why = classes_in(predicate, self.tables);
                self.diagnostics.push(messages::never(what, span, &why));
                false
            }
            Err(TooHard) => {
                self.diagnostics.push(messages::too_hard(span));
                false
            }
        }
    }

    /// Whatever is done in check blocks may only look.
    pub(super) fn checks(&mut self, occurrences: &[Occurrence]) {
        let mut told = HashSet::new();
        for occurrence in occurrences {
            let Some(goal) = occurrence.check else { continue };
            let effect = match &occurrence.what {
                What::Effect(effect, _) if *effect != READ => &self.tables.effects[*effect].name,
                What::Unlisted(_) | What::Spliced(_) => "unknown",
                _ => continue,
            };
            if told.insert((goal, occurrence.chain.first().map(|step| step.span))) {
                self.diagnostics.push(messages::check_changes(occurrence, effect, goal));
            }
        }
    }

    pub(super) fn stage(&mut self, number: usize, occurrences: &[Occurrence]) {
        let stage = &self.tables.stages[number];
        if !self.possible(&stage.on, stage.ast.on.span, &format!("the place of stage `{}`", stage.ast.name.text)) {
            return;
        }
        let before = self.diagnostics.len();
        self.forbidden(&stage.ast, &stage.on, occurrences);
        self.forbidden_by_clause(number, occurrences);
        self.closed(number, occurrences);
        self.guards(&stage.on, occurrences);
        // A guard that is not proved is the very reason when a forbidden effect is reported: one fault, one error.
        if self.diagnostics.len() == before {
            self.stage_guard(number);
        }
    }

    pub(super) fn condition(&mut self, number: usize, occurrences: &[Occurrence]) {
        let condition = &self.tables.conditions[number];
        let what = format!("the place of condition `{}`", condition.ast.name.text);
        if self.possible(&condition.on, condition.ast.on.span, &what) {
            self.guards(&condition.on, occurrences);
        }
    }

    /// Each prohibition is told once for a stage, with every call that runs into it.
    fn forbidden(&mut self, stage: &ast::Stage, place: &Predicate, occurrences: &[Occurrence]) {
        for forbid in &self.tables.forbids {
            let mut told: Vec<(String, Vec<&Occurrence>, Example)> = Vec::new();
            for occurrence in occurrences.iter().filter(|occurrence| concerns(occurrence, forbid)) {
                match self.entails(&occurrence.shift.apply(place), &forbid.on.clone().not()) {
                    Outcome::Holds => {}
                    Outcome::TooHard => {
                        self.diagnostics.push(messages::too_hard(stage.on.span));
                        return;
                    }
                    Outcome::Fails(example) => match told.iter_mut().find(|(key, ..)| *key == kind(&occurrence.what)) {
                        Some((_, with, _)) => with.push(occurrence),
                        None => told.push((kind(&occurrence.what), vec![occurrence], example)),
                    },
                }
            }
            for (_, found, example) in told {
                let diagnostic = self.forbidden_by(stage, forbid, &found, &example);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    fn forbidden_by(
        &self,
        stage: &ast::Stage,
        forbid: &ForbidDecl,
        found: &[&Occurrence],
        example: &Example,
    ) -> Diagnostic {
        let effect = &self.tables.effects[forbid.effect];
        let first = found[0];
        match &first.what {
            What::Spliced(text) => messages::unknown_program(stage, first, text, forbid, effect, example),
            What::Unlisted(_) => messages::unlisted(first, forbid, effect),
            _ => messages::forbidden(stage, found, forbid, effect, example, self.suggestion(stage, forbid)),
        }
    }

    /// `forbids EFFECT`: nothing in the stage may have it, on whatever host.
    fn forbidden_by_clause(&mut self, number: usize, occurrences: &[Occurrence]) {
        let stage = &self.tables.stages[number].ast;
        for name in &stage.forbids {
            let Some(effect) = self.tables.effect(&name.text) else {
                let known = self.tables.effects.iter().map(|effect| effect.name.as_str());
                self.diagnostics.push(messages::unknown_effect(&name.text, name.span, known));
                continue;
            };
            let guilty = occurrences
                .iter()
                .find(|occurrence| matches!(&occurrence.what, What::Effect(has, _) if *has == effect));
            if let Some(occurrence) = guilty {
                self.diagnostics.push(messages::forbidden_by_clause(stage, name, occurrence));
            }
            let spliced = occurrences.iter().find(|occurrence| matches!(occurrence.what, What::Spliced(_)));
            if let Some(occurrence) = spliced {
                self.diagnostics.push(messages::unknown_under_clause(name, occurrence));
            }
        }
    }

    fn closed(&mut self, number: usize, occurrences: &[Occurrence]) {
        let decl = &self.tables.stages[number];
        let Some(only) = decl.ast.only else { return };
        let fence = decl.guard.as_ref().unwrap_or(&decl.on);
        for occurrence in occurrences.iter().filter(|occurrence| occurrence.what == What::Leaves) {
            let there = occurrence.shift.apply(&decl.on);
            match self.entails(&there, fence) {
                Outcome::Holds => {}
                Outcome::Fails(example) => {
                    self.diagnostics.push(messages::leaves_closed(&decl.ast, only, occurrence, &example));
                }
                Outcome::TooHard => self.diagnostics.push(messages::too_hard(decl.ast.on.span)),
            }
        }
    }

    fn guards(&mut self, place: &Predicate, occurrences: &[Occurrence]) {
        for occurrence in occurrences {
            let (task, is_guard) = match occurrence.what {
                What::Guard(task) => (task, true),
                What::Needs(task) => (task, false),
                _ => continue,
            };
            let signature = &self.tables.tasks[task];
            let here = occurrence.shift.apply(place);
            if !is_guard {
                self.needs(task, &here, occurrence);
                continue;
            }
            let Some(guard) = &signature.guard else { continue };
            match self.entails(&here, guard) {
                Outcome::Holds => {}
                Outcome::Fails(example) => {
                    self.diagnostics.push(messages::guard_not_proved(signature, occurrence, &example, self.sources));
                }
                Outcome::TooHard => self.diagnostics.push(messages::too_hard(signature.ast.name.span)),
            }
        }
    }

    /// `needs R` is refused where no host of the place can satisfy it; what the text leaves open is measured.
    fn needs(&mut self, task: usize, place: &Predicate, occurrence: &Occurrence) {
        let signature = &self.tables.tasks[task];
        let Some(needs) = &signature.needs else { return };
        let both = place.clone().and(needs.clone());
        if let Ok(None) = place::satisfiable(&self.tables.axioms, &both) {
            self.diagnostics.push(messages::needs_refuted(signature, occurrence, self.sources));
        }
    }

    fn stage_guard(&mut self, number: usize) {
        let decl = &self.tables.stages[number];
        let (Some(guard), Some(written)) = (&decl.guard, &decl.ast.guard) else { return };
        match self.entails(&decl.on, guard) {
            Outcome::Holds => {}
            Outcome::Fails(example) => {
                self.diagnostics.push(messages::stage_guard_not_proved(&decl.ast, written, &example, self.sources));
            }
            Outcome::TooHard => self.diagnostics.push(messages::too_hard(written.span)),
        }
    }

    fn entails(&mut self, place: &Predicate, requirement: &Predicate) -> Outcome {
        let key = (place.clone(), requirement.clone());
        let known =
            self.known.entry(key).or_insert_with(|| match place::entails(&self.tables.axioms, place, requirement) {
                Ok(Verdict::Proved) => Some(None),
                Ok(Verdict::Refuted(witness)) => Some(Some(witness.host())),
                Err(TooHard) => None,
            });
        match known.clone() {
            Some(None) => Outcome::Holds,
            Some(Some(made_up)) => Outcome::Fails(self.example(place, requirement, made_up)),
            None => Outcome::TooHard,
        }
    }

    /// A host of the inventory says more than one that is made up.
    fn example(&self, place: &Predicate, requirement: &Predicate, made_up: String) -> Example {
        let against = place.clone().and(requirement.clone().not());
        let hosts = self.inventory.iter().flat_map(|inventory| &inventory.hosts);
        let real =
            hosts.into_iter().find(|host| place::evaluate(&self.tables.axioms, &against, &host.facts()) == Truth::Yes);
        match real {
            Some(host) => Example::Real(describe(&host.facts()), host.name_span),
            None => Example::MadeUp(made_up),
        }
    }

    /// A place where the stage could run: a `host` of the workflow that is proved to be none of the forbidden ones.
    fn suggestion(&self, stage: &ast::Stage, forbid: &ForbidDecl) -> Option<String> {
        let allowed = forbid.on.clone().not();
        let proves = |place: &Predicate, wanted: &Predicate| {
            matches!(place::entails(&self.tables.axioms, place, wanted), Ok(Verdict::Proved))
        };
        let sets = self.tables.host_sets.iter();
        let own = sets.clone().filter(|set| set.module != super::modules::PRELUDE && set.single);
        let archs =
            || sets.clone().filter(|set| set.module == super::modules::PRELUDE && proves(&set.predicate, &allowed));
        let written = self.sources.slice(stage.on.span);
        if let Some(set) = own.clone().find(|set| proves(&set.predicate, &allowed)) {
            let arch = archs().find(|arch| proves(&set.predicate, &arch.predicate));
            let guard = arch.map_or(String::new(), |arch| format!(", {}", arch.ast.name.text));
            return Some(format!("place it where that fits: `on {}{guard} only`", set.ast.name.text));
        }
        // The stage names a host whose declaration leaves open what it is.
        let named = own.clone().find(|set| set.ast.name.text == written);
        let Some(arch) = archs().next().map(|arch| &arch.ast.name.text) else {
            let leave_out =
                if forbid.on_text.contains(' ') { format!("({})", forbid.on_text) } else { forbid.on_text.clone() };
            return Some(format!("leave such hosts out: `on {} and not {leave_out}`", in_parentheses(written)));
        };
        Some(match named {
            Some(set) => {
                let selector = in_parentheses(self.sources.slice(set.ast.selector.span));
                format!("say what it is where it is declared: `host {} = {arch} and {selector}`", set.ast.name.text)
            }
            None => format!("say where that fits: `on {arch} only`"),
        })
    }
}

/// An alternative keeps its meaning within a conjunction only in parentheses.
fn in_parentheses(selector: &str) -> String {
    if selector.contains(" or ") { format!("({selector})") } else { selector.to_owned() }
}

/// Whether something that happens could be what is forbidden.
fn concerns(occurrence: &Occurrence, forbid: &ForbidDecl) -> bool {
    match &occurrence.what {
        What::Effect(effect, _) => *effect == forbid.effect,
        What::Spliced(_) => true,
        // In a check it is an error of its own already.
        What::Unlisted(_) => occurrence.check.is_none(),
        _ => false,
    }
}

/// What is told once for each prohibition: the effect, a spliced program, each unlisted one.
fn kind(what: &What) -> String {
    match what {
        What::Unlisted(name) => format!("unlisted {name}"),
        What::Spliced(_) => "spliced".to_owned(),
        _ => "effect".to_owned(),
    }
}

/// What makes an inventory's host an example, in a few words.
fn describe(facts: &place::HostFacts) -> String {
    let class = facts.class.as_ref().map(|class| format!("class {class}"));
    let arch = facts.arch.as_ref().filter(|_| class.is_none()).map(|arch| format!("arch {arch}"));
    let mem = facts.mem.map(place::human_size);
    let parts: Vec<String> = [class, arch, mem].into_iter().flatten().collect();
    if parts.is_empty() { facts.name.to_string() } else { parts.join(", ") }
}

/// The classes that a predicate speaks of, with what they say: the usual reason for a contradiction.
pub(super) fn classes_in(predicate: &Predicate, tables: &Tables) -> Vec<String> {
    let classes = predicate.tests().filter_map(|test| match test {
        Predicate::Is(place::Attribute::Class, class) => Some((class, tables.axioms.get(class)?)),
        _ => None,
    });
    let mut found: Vec<String> =
        classes.map(|(class, facts)| format!("every host of class `{class}` is `{facts}`")).collect();
    found.sort();
    found.dedup();
    found
}
