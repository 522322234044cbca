//! The obligations of place: what each stage does, held against what may be done there.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::ir::{Elsewhere, Obligation, Proof, Scope};
use super::summary::{Occurrence, Shift, What};
use super::tables::{ForbidDecl, READ, StageDecl, Tables};
use super::{messages, remedy, resolve};
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
    /// The names of declared hosts that no host can be.
    impossible: HashSet<&'a str>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) obligations: Vec<Obligation>,
    /// For each stage the places that it goes to.
    pub(super) elsewhere: Vec<Vec<Elsewhere>>,
}

/// How an obligation came out.
enum Outcome {
    Holds,
    Fails(Example),
    TooHard,
}

impl<'a> Prover<'a> {
    pub(super) fn new(tables: &'a Tables, sources: &'a SourceMap, inventory: Option<&'a Inventory>) -> Self {
        Prover {
            tables,
            sources,
            inventory,
            known: HashMap::default(),
            impossible: HashSet::default(),
            diagnostics: Vec::new(),
            obligations: Vec::new(),
            elsewhere: vec![Vec::new(); tables.stages.len()],
        }
    }

    /// Every class and every declared set of hosts must be able to have a host.
    pub(super) fn host_sets(&mut self) {
        for class in &self.tables.classes {
            let name = &class.ast.name.text;
            let Some(facts) = &class.ast.facts else { continue };
            if !self.possible(&Predicate::class(&**name), facts, &format!("class `{name}`")) {
                self.impossible.insert(name);
            }
        }
        for forbid in &self.tables.forbids {
            self.possible_at(&forbid.on, forbid.span, "the place of this `forbid`");
        }
        for task in &self.tables.tasks {
            let guard = task.guard.iter().zip(&task.ast.guard);
            let needs = task.needs.iter().zip(&task.ast.needs);
            for (predicate, written) in guard.chain(needs) {
                self.possible(predicate, written, &format!("what `{}` asks of its hosts", task.name));
            }
        }
        for set in &self.tables.host_sets {
            let what = format!("`{}`", set.ast.name.text);
            if !self.possible(&set.predicate, &set.ast.selector, &what) {
                self.impossible.insert(&set.ast.name.text);
            }
        }
    }

    fn possible(&mut self, predicate: &Predicate, selector: &ast::Selector, what: &str) -> bool {
        // What is wrong with the selector, or with one that it names, was told already.
        let told = || resolve::names_in(selector).iter().any(|name| self.impossible.contains(name.as_str()));
        if *predicate == Predicate::Never || told() {
            return false;
        }
        self.possible_at(predicate, selector.span, what)
    }

    fn possible_at(&mut self, predicate: &Predicate, span: Span, what: &str) -> bool {
        if *predicate == Predicate::Never {
            return false;
        }
        match self.tables.possible(predicate) {
            Ok(true) => true,
            Ok(false) => {
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
        let mut told = HashSet::default();
        for occurrence in occurrences {
            let Some(goal) = occurrence.check else { continue };
            let effect = match &occurrence.what {
                What::Effect(effect, _) if *effect != READ => &self.tables.effects[*effect].name,
                What::Unlisted(_) | What::Spliced(_) => "unknown",
                _ => continue,
            };
            let probed = self.tables.conditions.iter().find(|condition| condition.ast.name.span == goal);
            let probed = probed.map(|condition| &*condition.ast.name.text);
            if told.insert((goal, occurrence.chain.first().map(|step| step.span))) {
                self.diagnostics.push(messages::check_changes(occurrence, effect, goal, probed));
            }
        }
    }

    pub(super) fn stage(&mut self, number: usize, occurrences: &[Occurrence]) {
        let stage = &self.tables.stages[number];
        if !self.possible(&stage.on, &stage.ast.on, &format!("the place of stage `{}`", stage.ast.name.text)) {
            return;
        }
        let before = self.diagnostics.len();
        self.stage_place(number);
        self.elsewhere[number] = elsewhere(&stage.on, occurrences);
        self.forbidden(Scope::Stage(number), occurrences);
        self.forbidden_by_clause(number, occurrences);
        self.closed(number, occurrences);
        self.guards(Scope::Stage(number), occurrences);
        // A guard that is not proved is the very reason when a forbidden effect is reported: one fault, one error.
        if self.diagnostics.len() == before {
            self.stage_guard(number);
        }
    }

    pub(super) fn condition(&mut self, number: usize, occurrences: &[Occurrence]) {
        let condition = &self.tables.conditions[number];
        let what = format!("the place of condition `{}`", condition.ast.name.text);
        if self.possible(&condition.on, &condition.ast.on, &what) {
            self.forbidden(Scope::Condition(number), occurrences);
            self.guards(Scope::Condition(number), occurrences);
        }
    }

    fn whose(&self, scope: Scope) -> Whose<'a> {
        match scope {
            Scope::Stage(number) => {
                let stage = &self.tables.stages[number];
                Whose { name: &stage.ast.name.text, on: &stage.ast.on, place: &stage.on }
            }
            Scope::Condition(number) => {
                let condition = &self.tables.conditions[number];
                Whose { name: &condition.ast.name.text, on: &condition.ast.on, place: &condition.on }
            }
        }
    }

    /// Each prohibition is told once for a stage, with every call that runs into it.
    fn forbidden(&mut self, scope: Scope, occurrences: &[Occurrence]) {
        let whose = self.whose(scope);
        for forbid in &self.tables.forbids {
            let mut told: Vec<(String, Vec<&Occurrence>, Example)> = Vec::new();
            let mut held: Vec<&Occurrence> = Vec::new();
            for occurrence in occurrences.iter().filter(|occurrence| concerns(occurrence, forbid)) {
                match self.entails(&occurrence.shift.apply(whose.place), &forbid.on.clone().not()) {
                    Outcome::Holds => held.push(occurrence),
                    Outcome::TooHard => {
                        self.diagnostics.push(messages::too_hard(whose.on.span));
                        return;
                    }
                    Outcome::Fails(example) => match told.iter_mut().find(|(key, ..)| *key == kind(occurrence)) {
                        Some((_, with, _)) => with.push(occurrence),
                        None => told.push((kind(occurrence), vec![occurrence], example)),
                    },
                }
            }
            if told.is_empty() {
                self.never_there(scope, forbid, &held);
            }
            for (_, found, example) in told {
                let diagnostic = self.forbidden_by(&whose, forbid, &found, &example);
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// A prohibition that something in the body could have broken, and does not: told for each place.
    fn never_there(&mut self, scope: Scope, forbid: &ForbidDecl, held: &[&Occurrence]) {
        let mut places: Vec<(&Shift, &Occurrence)> = Vec::new();
        for occurrence in held.iter().filter(|occurrence| matches!(occurrence.what, What::Effect(..))) {
            match places.iter_mut().find(|(shift, _)| **shift == occurrence.shift) {
                // The longest way down says most.
                Some((_, known)) if known.chain.len() < occurrence.chain.len() => *known = occurrence,
                Some(_) => {}
                None => places.push((&occurrence.shift, occurrence)),
            }
        }
        for (shift, occurrence) in places {
            let effect = &self.tables.effects[forbid.effect].name;
            let claim = format!("never `{effect}` on `{}`", forbid.on_text);
            let place = shift.apply(self.whose(scope).place);
            let by = messages::path(&occurrence.chain);
            let obligation = Obligation::proved(scope, claim, by, place, forbid.on.clone().not(), forbid.span);
            let elsewhere = matches!(shift, Shift::Replace(_));
            self.obligations.push(Obligation { forbids: Some(effect.as_str().into()), elsewhere, ..obligation });
        }
    }

    fn forbidden_by(
        &self,
        whose: &Whose<'_>,
        forbid: &ForbidDecl,
        found: &[&Occurrence],
        example: &Example,
    ) -> Diagnostic {
        let effect = &self.tables.effects[forbid.effect];
        let first = found[0];
        match &first.what {
            What::Spliced(text) => messages::unknown_program(whose, first, text, forbid, effect, example),
            What::Unlisted(_) => messages::unlisted(first, forbid, effect),
            _ => {
                let remedy = remedy::forbidden(self.tables, self.sources, whose, found, forbid);
                messages::forbidden(self.tables, whose, found, forbid, example, remedy.as_ref())
            }
        }
    }

    /// `forbids EFFECT`: nothing in the stage may have it, on whatever host.
    fn forbidden_by_clause(&mut self, number: usize, occurrences: &[Occurrence]) {
        let stage = &self.tables.stages[number].ast;
        for name in &stage.forbids {
            resolve::record_effect(self.tables, name, self.tables.effect(&name.text));
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
            if guilty.is_none() {
                let claim = format!("nothing in it has the effect `{}`", name.text);
                let place = self.tables.stages[number].on.clone();
                let scope = Scope::Stage(number);
                let held = Obligation::proved(scope, claim, String::new(), place.clone(), place, name.span);
                self.obligations.push(held);
            }
            let mut told = HashSet::default();
            for occurrence in occurrences {
                if let What::Spliced(text) = &occurrence.what
                    && told.insert(occurrence.chain.last().map(|step| step.span))
                {
                    self.diagnostics.push(messages::unknown_under_clause(name, occurrence, text));
                }
            }
        }
    }

    /// The stage's own place: what is asked of it in the inventory, and of the hosts themselves where it is closed.
    fn stage_place(&mut self, number: usize) {
        let decl = &self.tables.stages[number];
        let selected = format!("selects a host by `{}`", self.sources.slice(decl.ast.on.span));
        let obligation = Obligation {
            scope: Scope::Stage(number),
            claim: selected,
            by: String::new(),
            place: decl.on.clone(),
            requirement: Predicate::All,
            span: decl.ast.on.span,
            proof: Proof::Selects,
            forbids: None,
            elsewhere: false,
        };
        self.obligations.push(obligation);
    }

    fn closed(&mut self, number: usize, occurrences: &[Occurrence]) {
        let decl = &self.tables.stages[number];
        let Some(only) = decl.ast.only else {
            self.stays_unasked(number, occurrences);
            return;
        };
        let (fence, written) = match (&decl.guard, &decl.ast.guard) {
            (Some(guard), Some(written)) => (guard, written.span),
            _ => (&decl.on, decl.ast.on.span),
        };
        if *fence == Predicate::Never {
            return;
        }
        let before = self.diagnostics.len();
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
        if self.diagnostics.len() == before {
            let claim = format!("nothing runs outside of `{}`", self.sources.slice(written));
            let (scope, place) = (Scope::Stage(number), decl.on.clone());
            self.obligations.push(Obligation::proved(scope, claim, String::new(), place, fence.clone(), only));
        }
    }

    /// Notes a stage that could be closed as it is.
    fn stays_unasked(&mut self, number: usize, occurrences: &[Occurrence]) {
        let StageDecl { on, guard, .. } = &self.tables.stages[number];
        let fence = guard.as_ref().unwrap_or(on);
        if !self.tables.recorder.is_on() || *fence == Predicate::Never {
            return;
        }
        let mut leaving = occurrences.iter().filter(|occurrence| occurrence.what == What::Leaves);
        if leaving.all(|occurrence| matches!(self.entails(&occurrence.shift.apply(on), fence), Outcome::Holds)) {
            self.tables.recorder.stays(number);
        }
    }

    fn guards(&mut self, scope: Scope, occurrences: &[Occurrence]) {
        let mut told = HashSet::default();
        for occurrence in occurrences {
            let (What::Guard(task) | What::Needs(task)) = occurrence.what else { continue };
            // Of many calls from one place, one is enough to say.
            let first = occurrence.chain.first().map(|step| step.span);
            if told.insert((occurrence.what.clone(), occurrence.shift.clone(), first)) {
                let here = occurrence.shift.apply(self.whose(scope).place);
                match occurrence.what {
                    What::Guard(_) => self.guard(scope, task, here, occurrence),
                    _ => self.needs(scope, task, here, occurrence),
                }
            }
        }
    }

    fn guard(&mut self, scope: Scope, task: usize, here: Predicate, occurrence: &Occurrence) {
        let signature = &self.tables.tasks[task];
        let (Some(guard), Some(written)) = (&signature.guard, &signature.ast.guard) else { return };
        if *guard == Predicate::Never {
            return;
        }
        match self.entails(&here, guard) {
            Outcome::Holds => {
                let claim = format!("`{}` runs on `{}` only", signature.name, self.sources.slice(written.span));
                let by = messages::way_down(&occurrence.chain);
                let held = Obligation::proved(scope, claim, by, here, guard.clone(), written.span);
                self.obligations.push(held);
            }
            Outcome::Fails(example) => {
                let never = place::exclusive(&self.tables.axioms, &here, guard) == Ok(true);
                let whose = self.whose(scope);
                let told =
                    messages::guard_not_proved(self.tables, &whose, task, occurrence, never, &example, self.sources);
                self.diagnostics.push(told);
            }
            Outcome::TooHard => self.diagnostics.push(messages::too_hard(signature.ast.name.span)),
        }
    }

    /// `needs R` is refused where no host of the place can satisfy it; what the text leaves open the inventory or the
    /// hosts themselves answer.
    fn needs(&mut self, scope: Scope, task: usize, here: Predicate, occurrence: &Occurrence) {
        let signature = &self.tables.tasks[task];
        let (Some(needs), Some(written)) = (&signature.needs, &signature.ast.needs) else { return };
        // Where there can be no host nothing is asked of it: a narrowing that leaves none is told where it stands.
        if *needs == Predicate::Never || self.tables.possible(&here) == Ok(false) {
            return;
        }
        let both = here.clone().and(needs.clone());
        if self.tables.possible(&both) == Ok(false) {
            let (why, whose) = (classes_in(&both, self.tables), self.whose(scope));
            let told = messages::needs_refuted(self.tables, &whose, task, occurrence, &why, self.sources);
            self.diagnostics.push(told);
            return;
        }
        let claim = format!("`{}` needs `{}`", signature.name, self.sources.slice(written.span));
        let proof = match self.entails(&here, needs) {
            Outcome::Holds => Proof::Proved,
            Outcome::Fails(_) | Outcome::TooHard => Proof::Open(signature.name.as_str().into()),
        };
        let span = occurrence.chain.first().map_or(written.span, |step| step.span);
        let by = messages::way_down(&occurrence.chain);
        let elsewhere = matches!(occurrence.shift, Shift::Replace(_));
        let obligation = Obligation::proved(scope, claim, by, here, needs.clone(), span);
        self.obligations.push(Obligation { proof, elsewhere, ..obligation });
    }

    fn stage_guard(&mut self, number: usize) {
        let decl = &self.tables.stages[number];
        let (Some(guard), Some(written)) = (&decl.guard, &decl.ast.guard) else { return };
        if *guard == Predicate::Never {
            return;
        }
        match self.entails(&decl.on, guard) {
            Outcome::Holds => {
                let (on, only) = (self.sources.slice(decl.ast.on.span), self.sources.slice(written.span));
                let claim = format!("`{on}` is `{only}`");
                let (scope, place) = (Scope::Stage(number), decl.on.clone());
                let held = Obligation::proved(scope, claim, String::new(), place, guard.clone(), written.span);
                self.obligations.push(held);
            }
            Outcome::Fails(example) => {
                let told = messages::stage_guard_not_proved(
                    &decl.ast,
                    written,
                    self.is_own_hosts(&decl.ast.on),
                    &example,
                    self.sources,
                );
                self.diagnostics.push(told);
            }
            Outcome::TooHard => self.diagnostics.push(messages::too_hard(written.span)),
        }
    }

    /// Whether a selector is the name of hosts that the file itself declares.
    fn is_own_hosts(&self, selector: &ast::Selector) -> bool {
        let ast::SelectorKind::Name(path) = &selector.kind else { return false };
        let [name] = path.words.as_slice() else { return false };
        let mut sets = self.tables.host_sets.iter();
        sets.any(|set| set.ast.name.text == name.text && set.ast.name.span.file == name.span.file)
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
            Some(host) => Example::Real(host.facts().describe(), host.name_span),
            None => Example::MadeUp(made_up),
        }
    }
}

/// Whose place it is that something happens in.
pub(super) struct Whose<'a> {
    pub(super) name: &'a str,
    pub(super) on: &'a ast::Selector,
    pub(super) place: &'a Predicate,
}

/// The places that a stage goes to, each once.
fn elsewhere(place: &Predicate, occurrences: &[Occurrence]) -> Vec<Elsewhere> {
    let mut seen = HashSet::default();
    let leaving = occurrences.iter().filter(|occurrence| occurrence.what == What::Leaves);
    let places = leaving.filter_map(|occurrence| {
        let span = occurrence.chain.first()?.span;
        let there = occurrence.shift.apply(place);
        seen.insert(there.clone()).then(|| Elsewhere { place: there, by: messages::way_down(&occurrence.chain), span })
    });
    places.collect()
}

/// Whether something that happens could be what is forbidden.
fn concerns(occurrence: &Occurrence, forbid: &ForbidDecl) -> bool {
    match &occurrence.what {
        What::Effect(effect, _) => *effect == forbid.effect,
        // In a check these are errors of their own already.
        What::Spliced(_) | What::Unlisted(_) => occurrence.check.is_none(),
        _ => false,
    }
}

/// What is told once for each prohibition: the effect, each program that cannot be known, each use of an unlisted one.
fn kind(occurrence: &Occurrence) -> String {
    match &occurrence.what {
        // Each place may be allowed for itself; what is left of them is told once.
        What::Unlisted(name) => format!("unlisted {name} {:?}", occurrence.chain.last().map(|step| step.span)),
        What::Spliced(_) => format!("spliced {:?}", occurrence.chain.last().map(|step| step.span)),
        _ => "effect".to_owned(),
    }
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
