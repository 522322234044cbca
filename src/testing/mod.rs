//! Tests of workflows: their stages and tasks run against simulated hosts, on a clock that does not wait.
//!
//! A test runs nothing on this machine, opens no connection, reads no environment and writes no file: hosts are those of
//! `world`, and so is the machine that flowrun runs on.

mod expect;
mod glob;
mod host;
mod messages;
mod record;
mod world;

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::watch;

use expect::Seen;
use host::{Hosts, SimulatedMachine};
use record::{Record, Recorder};
use world::{Limit, World};

use crate::check::ir::Workflow;
use crate::check::testing::{self, Case, Constant, Expectation, Expected, Step};
use crate::check::types::Type;
use crate::check::{self, Loader, Modules, Placement};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory;
use crate::run::past::Past;
use crate::run::value::Value;
use crate::run::{self, Options, Status};
use crate::source::{SourceMap, Span};
use crate::syntax::ast;

/// A run that takes more days by its own clock is given up.
const MOST_DAYS: u64 = 30;

/// The texts that tests are of.
pub struct Suite<'a> {
    /// All texts.
    pub sources: &'a SourceMap,
    /// Where files are.
    pub loader: &'a dyn Loader,
    /// The workflow and its modules.
    pub modules: &'a Modules,
}

impl Suite<'_> {
    /// Runs a test, and says what is not as it expects: nothing where it passes.
    #[must_use]
    pub fn run(&self, case: &Case) -> Vec<Diagnostic> {
        let world = Rc::new(World::new(case));
        let mut running = Running { suite: self, case, world, last: None, diagnostics: Vec::new() };
        for step in &case.steps {
            running.step(step);
            // What comes after a run that could not be made, or asked for what the test does not have, tells nothing.
            if running.diagnostics.iter().any(|diagnostic| diagnostic.code == Code::T0902) || running.is_stuck() {
                return running.diagnostics;
            }
        }
        running.close();
        if running.diagnostics.is_empty() {
            let unasked = running.world.unasked();
            running.diagnostics.extend(unasked.iter().map(|(answers, asked)| messages::not_asked(answers, *asked)));
        }
        running.diagnostics
    }
}

/// A test under way.
struct Running<'a> {
    suite: &'a Suite<'a>,
    case: &'a Case,
    world: Rc<World>,
    /// The last run, with the statement that began it.
    last: Option<(Record, Span)>,
    diagnostics: Vec<Diagnostic>,
}

impl Running<'_> {
    fn step(&mut self, step: &Step) {
        match step {
            Step::File { path, on, text } => match on {
                None => self.world.put(None, path, text.as_bytes()),
                Some(hosts) => hosts.iter().for_each(|host| self.world.put(Some(*host), path, text.as_bytes())),
            },
            Step::Answer(answers) => self.world.give(answers),
            Step::Run { stages, span } => {
                self.close();
                self.run(stages, *span);
            }
            Step::Expect(expected) => self.expect(expected),
        }
    }

    /// Whether the last `run` could not be made.
    fn is_stuck(&self) -> bool {
        self.last.is_none() && !self.diagnostics.is_empty()
    }

    /// What failed in the last run, and was not expected to.
    fn close(&mut self) {
        let Some((record, span)) = self.last.take() else { return };
        if record.may_fail || record.status == Status::Done {
            return;
        }
        let before = self.diagnostics.len();
        self.diagnostics.extend(record.unexpected().map(|failure| messages::failed(failure, span)));
        if self.diagnostics.len() == before && record.excused.is_empty() {
            self.diagnostics.push(messages::run_not_done(record.status.name(), span));
        }
    }

    fn expect(&mut self, expected: &Expected) {
        if let Expectation::Refusal(code, declared) = &expected.kind {
            self.diagnostics.extend(self.refusal(*code, declared, expected));
            return;
        }
        let Some((record, _)) = &mut self.last else { return };
        let seen = Seen { record, world: &self.world };
        let excused = seen.excused(expected);
        self.diagnostics.extend(seen.check(expected));
        record.excused.extend(excused);
    }

    /// The errors of the workflow with further declarations, and with the hosts of the test where it has any.
    fn refusal(&self, code: Code, declared: &[ast::Item], expected: &Expected) -> Vec<Diagnostic> {
        let Suite { sources, loader, modules } = *self.suite;
        let (workflow, mut found) = testing::with_declarations(sources, loader, modules, self.case, declared);
        if let Some(workflow) = workflow.filter(|_| !self.case.inventory.hosts.is_empty()) {
            found.extend(self.placed(&workflow).err().unwrap_or_default());
        }
        found.retain(Diagnostic::is_error);
        let says = |message: &str| expected.because.as_ref().is_none_or(|because| glob::is_in(because, message));
        if found.iter().any(|found| found.code == code && says(&found.message)) {
            return Vec::new();
        }
        if found.is_empty() {
            return vec![messages::accepted(code, !self.case.inventory.hosts.is_empty(), expected.span)];
        }
        let codes: Vec<Code> = found.iter().map(|found| found.code).collect();
        let told = messages::refused_otherwise(code, expected.because.as_deref(), &codes, expected.span);
        std::iter::once(told).chain(found).collect()
    }

    /// Where everything runs with the hosts of the test, or why the workflow is refused with them.
    fn placed(&self, workflow: &Workflow) -> Result<Placement, Vec<Diagnostic>> {
        let inventory = &self.case.inventory;
        let mut found = inventory::check_classes(inventory, &workflow.axioms, &workflow.classes);
        let mut placement = Placement::default();
        if found.is_empty() {
            let (placed, faults) = check::against_inventory(workflow, inventory);
            (placement, found) = (placed, faults);
        }
        found.retain(Diagnostic::is_error);
        if found.is_empty() { Ok(placement) } else { Err(found) }
    }

    fn run(&mut self, stages: &[usize], span: Span) {
        let Suite { sources, loader, modules } = *self.suite;
        let (workflow, found) = testing::checked(sources, loader, modules, self.case);
        let Some(workflow) = workflow else {
            self.diagnostics.extend(found.into_iter().filter(Diagnostic::is_error));
            return;
        };
        let placement = match self.placed(&workflow) {
            Ok(placement) => placement,
            Err(refused) => {
                self.diagnostics.extend(refused.first().map(|first| messages::refused_here(first, span)));
                self.diagnostics.extend(refused);
                return;
            }
        };
        let Some(inputs) = self.inputs(&workflow, span) else { return };
        let names = record::stage_names(&workflow);
        let places = self.places(&workflow, &placement, stages);
        let first = self.world.ran.borrow().len();
        let recorder = Rc::new(Recorder::default());
        let options = self.options(inputs, stages);
        let connector = Box::new(Hosts(self.world.clone()));
        let (_cancel, cancelled) = watch::channel(false);
        let run =
            run::run(workflow, placement, self.case.inventory.clone(), connector, recorder.clone(), options, cancelled);
        let record = match in_no_time(run, &self.world) {
            Ok(summary) => Record::new(&recorder, summary, places, first),
            Err(limit) => {
                self.diagnostics.push(messages::endless(&limit, span));
                Record::unfinished(&recorder, &names, first)
            }
        };
        self.unexpected(&record, span);
        self.last = Some((record, span));
    }

    /// The stages that are to run, each with its hosts.
    fn places(&self, workflow: &Workflow, placement: &Placement, chosen: &[usize]) -> Vec<(String, Vec<String>)> {
        let stages = workflow.stages.iter().zip(&placement.stages).enumerate();
        let runs = stages.filter(|(number, _)| chosen.contains(number));
        let name = |host: &usize| self.world.name(Some(*host)).to_owned();
        runs.map(|(_, (stage, hosts))| (stage.name.clone(), hosts.iter().map(name).collect())).collect()
    }

    fn options(&self, inputs: Vec<Option<Value>>, stages: &[usize]) -> Options {
        Options {
            folder: PathBuf::new(),
            inputs,
            dry: false,
            stages: stages.to_vec(),
            connect_timeout: Duration::from_secs(10),
            reconnect: Duration::from_secs(120),
            accept_new_host_keys: false,
            sockets: PathBuf::from("sockets"),
            name: "test".to_owned(),
            lock: None,
            past: Past::default(),
            machine: Rc::new(SimulatedMachine(self.world.clone())),
        }
    }

    fn inputs(&mut self, workflow: &Workflow, span: Span) -> Option<Vec<Option<Value>>> {
        let set = |number: usize| self.case.inputs.iter().find(|(known, _)| *known == number).map(|(_, value)| value);
        let (mut values, mut missing) = (Vec::new(), Vec::new());
        for (number, input) in workflow.inputs.iter().enumerate() {
            let given = set(number).map(|constant| value(constant, &input.ty));
            if given.is_none() && input.default.is_none() {
                missing.push(messages::no_input(&input.name, span, input.span));
            }
            values.push(given);
        }
        let all = missing.is_empty();
        self.diagnostics.extend(missing);
        all.then_some(values)
    }

    /// Tells of each command that the test has no answer to, once for all hosts that ran it.
    fn unexpected(&mut self, record: &Record, span: Span) {
        let ran = self.world.ran.borrow();
        let strange: Vec<_> = ran.iter().skip(record.first).filter(|ran| !ran.expected && ran.host.is_some()).collect();
        let mut told: Vec<&str> = Vec::new();
        for command in strange.iter().map(|ran| ran.command.as_str()) {
            if told.contains(&command) {
                continue;
            }
            told.push(command);
            let mut hosts: Vec<&str> =
                strange.iter().filter(|ran| ran.command == command).map(|ran| self.world.name(ran.host)).collect();
            hosts.sort_unstable();
            hosts.dedup();
            let at =
                record.failures().find(|failure| failure.message.ends_with(command)).and_then(|failure| failure.span);
            let some = hosts.len() < self.case.inventory.hosts.len();
            self.diagnostics.push(messages::unexpected(command, &hosts, at, span, some));
        }
    }
}

/// Runs something on a clock that goes on by itself as soon as everything waits; or says which limit it came to.
fn in_no_time<T>(work: impl Future<Output = T>, world: &World) -> Result<T, Limit> {
    let longest = Duration::from_secs(MOST_DAYS * 24 * 3600);
    let built = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let Ok(runtime) = built else { return Err(Limit::Days(MOST_DAYS)) };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut work = std::pin::pin!(work);
        // What it waits for is known as long as it does.
        tokio::time::timeout(longest, &mut work).await.map_err(|_| world.limit(MOST_DAYS))
    })
}

/// What a test wrote down, as a value of the type that was asked for.
fn value(constant: &Constant, ty: &Type) -> Value {
    match (constant, ty) {
        (_, Type::Optional(inner)) => value(constant, inner),
        (Constant::Text(text), Type::Secret) => Value::Secret(text.as_str().into()),
        (Constant::Text(text), _) => Value::text(text.as_str()),
        (Constant::Int(number), _) => Value::Int(*number),
        (Constant::Bool(truth), _) => Value::Bool(*truth),
        (Constant::Duration(millis), _) => Value::Duration(*millis),
        (Constant::Size(bytes), _) => Value::Size(*bytes),
        (Constant::List(items), Type::List(inner)) => {
            Value::list(items.iter().map(|item| value(item, inner)).collect())
        }
        (Constant::List(items), _) => Value::list(items.iter().map(|item| value(item, ty)).collect()),
        (Constant::Map(entries), Type::Map(inner)) => {
            Value::Map(Rc::new(entries.iter().map(|(key, entry)| (key.clone(), value(entry, inner))).collect()))
        }
        (Constant::Map(entries), _) => {
            Value::Map(Rc::new(entries.iter().map(|(key, entry)| (key.clone(), value(entry, ty))).collect()))
        }
    }
}
