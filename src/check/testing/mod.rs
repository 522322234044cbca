//! Tests: their names resolved, their values read, their blocks checked as stages of the workflow.
//!
//! A test is looked at once the workflow itself is accepted. What it expects to be refused is not checked here: that is
//! done when the test is run.

mod case;
mod constant;
mod hosts;
mod names;

use std::sync::Arc;

pub(super) use names::note;

pub use case::{Answer, Answers, Case, Constant, End, Expectation, Expected, Hosts, Manner, Simulated, Step};

use super::hosts::Names;
use super::ir::Workflow;
use super::{Loader, Modules, messages};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Inventory;
use crate::place::{self, Truth};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, ExpectKind, TestKind, TestRun};

/// The tests of a workflow that was accepted, and what is wrong with them.
#[must_use]
pub fn cases(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    workflow: &Workflow,
) -> (Vec<Case>, Vec<Diagnostic>) {
    let (mut cases, mut diagnostics): (Vec<Case>, _) = (Vec::new(), Vec::new());
    for test in modules.tests() {
        let found = diagnostics.len();
        let case = Reading {
            workflow,
            inventory: Inventory::default(),
            unread: test.body.unread,
            diagnostics: &mut diagnostics,
        }
        .case(test);
        if let Some(first) = cases.iter().find(|known| known.title == case.title) {
            diagnostics.push(messages::defined_twice(&case.title, case.span, first.span));
        }
        if diagnostics.len() == found && !case.blocks.is_empty() {
            let (_, told) = checked(sources, loader, modules, &case);
            let within = |span: Span| {
                span.file == test.body.span.file && test.body.span.range().contains(&(span.start as usize))
            };
            diagnostics.extend(told.into_iter().filter(|told| told.primary_span().is_some_and(within)));
        }
        cases.push(case);
    }
    (cases, diagnostics)
}

/// The workflow with the blocks of a test as further stages.
#[must_use]
pub fn checked(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    case: &Case,
) -> (Option<Workflow>, Vec<Diagnostic>) {
    super::check_without_tests(sources, loader, &modules.with(&case.blocks), Some(&case.inventory))
}

/// The workflow with further declarations: one that has the name of another stands in its place.
#[must_use]
pub fn with_declarations(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    case: &Case,
    declared: &[ast::Item],
) -> (Option<Workflow>, Vec<Diagnostic>) {
    super::check_without_tests(sources, loader, &modules.with(declared), Some(&case.inventory))
}

impl Modules {
    /// The tests of the workflow.
    fn tests(&self) -> impl Iterator<Item = &ast::Test> {
        self.all[self.entry].file.items.iter().filter_map(|item| match &item.kind {
            ast::ItemKind::Test(test) => Some(test),
            _ => None,
        })
    }

    /// Whether the workflow has tests.
    pub(super) fn has_tests(&self) -> bool {
        self.tests().next().is_some()
    }

    fn with(&self, declared: &[ast::Item]) -> Modules {
        let mut modules = self.clone();
        let items = &mut modules.all[self.entry].file.items;
        items.retain(|item| !matches!(item.kind, ast::ItemKind::Test(_)));
        for item in declared {
            let same = |known: &&mut ast::Item| name(known).is_some() && name(known) == name(item);
            match items.iter_mut().find(same) {
                Some(known) => *known = item.clone(),
                None => items.push(item.clone()),
            }
        }
        modules
    }
}

/// The name that a declaration gives to something, with what it is.
fn name(item: &ast::Item) -> Option<(u8, &str)> {
    use ast::ItemKind as Kind;
    let (what, name) = match &item.kind {
        Kind::Stage(stage) => (0, &stage.name),
        Kind::Input(input) => (1, &input.name),
        Kind::Host(host) | Kind::Hosts(host) => (1, &host.name),
        Kind::Class(class) => (1, &class.name),
        Kind::Condition(condition) => (2, &condition.name),
        Kind::Task(task) => (3, &task.name),
        Kind::Type(ty) => (4, &ty.name),
        Kind::Effect(effect) => (5, &effect.name),
        Kind::Use(_) | Kind::Forbid(_) | Kind::Program(_) | Kind::Test(_) => return None,
    };
    Some((what, &name.text))
}

type Read<T> = Result<T, Box<Diagnostic>>;

/// Reads one test.
struct Reading<'a> {
    workflow: &'a Workflow,
    inventory: Inventory,
    /// Whether some of the test could not be read, which was told.
    unread: bool,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Reading<'_> {
    fn case(mut self, test: &ast::Test) -> Case {
        let statements = &test.body.statements;
        let (inventory, simulated) = hosts::hosts(statements, self.diagnostics);
        self.inventory = inventory;
        let title = constant::literal(&test.title);
        let title = self.or_told(title).unwrap_or_default();
        let mut case = Case {
            title,
            span: test.title.span,
            inventory: Inventory::default(),
            simulated,
            inputs: Vec::new(),
            steps: Vec::new(),
            blocks: Vec::new(),
        };
        for statement in statements {
            let read = self.statement(statement, &mut case);
            self.or_told(read);
        }
        let does = |step: &Step| match step {
            Step::Run { .. } => true,
            Step::Expect(expected) => matches!(expected.kind, Expectation::Refusal(..)),
            Step::File { .. } | Step::Answer(_) => false,
        };
        if self.diagnostics.is_empty() && !self.unread && !case.steps.iter().any(does) {
            self.diagnostics.push(messages::nothing_is_run(test.title.span));
        }
        Case { inventory: self.inventory, ..case }
    }

    fn or_told<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|diagnostic| self.diagnostics.push(*diagnostic)).ok()
    }

    fn statement(&mut self, statement: &ast::TestStatement, case: &mut Case) -> Read<()> {
        let step = match &statement.kind {
            TestKind::Host(..) => return Ok(()),
            TestKind::Input(name, value) => {
                case.inputs.push(self.input(name, value, &case.inputs)?);
                return Ok(());
            }
            TestKind::File(path, on, text) => Step::File {
                path: constant::literal(path)?,
                on: self.hosts(on.as_ref())?,
                text: constant::text(text, "what a file holds")?,
            },
            TestKind::Answer(command, on, answers) => Step::Answer(Answers {
                command: constant::literal(command)?,
                on: self.hosts(on.as_ref())?,
                answers: answers.iter().map(constant::answer).collect::<Read<_>>()?,
                span: command.span,
            }),
            TestKind::Run(run) => {
                let stages = self.run(run, statement.span, case);
                // What is expected of it is no fault of its own.
                self.unread |= stages.is_err();
                Step::Run { stages: stages?, span: head(run, statement.span) }
            }
            TestKind::Expect(expectation) => Step::Expect(self.expectation(expectation, statement.span, case)?),
        };
        case.steps.push(step);
        Ok(())
    }

    fn input(&self, name: &ast::Ident, value: &ast::Expr, set: &[(usize, Constant)]) -> Read<(usize, Constant)> {
        let inputs = &self.workflow.inputs;
        let Some(number) = inputs.iter().position(|input| *input.name == *name.text) else {
            let known = inputs.iter().map(|input| input.name.as_str());
            return Err(Box::new(messages::unknown_in_test("input", name, known)));
        };
        if set.iter().any(|(known, _)| *known == number) {
            return Err(Box::new(messages::test_input_twice(name)));
        }
        let constant = constant::constant(value)?;
        let input = &inputs[number];
        match constant::fits(&constant, &input.ty) {
            true => Ok((number, constant)),
            false => Err(Box::new(messages::wrong_test_input(&name.text, &input.ty, value.span, input.span))),
        }
    }

    fn hosts(&self, on: Option<&ast::Selector>) -> Read<Hosts> {
        let Some(selector) = on else { return Ok(None) };
        let names = Names { workflow: self.workflow, inventory: Some(&self.inventory) };
        let predicate = names.predicate(selector)?;
        let is = |host: &usize| {
            let facts = self.inventory.hosts[*host].facts();
            place::evaluate(&self.workflow.axioms, &predicate, &facts) == Truth::Yes
        };
        let found: Vec<usize> = (0..self.inventory.hosts.len()).filter(is).collect();
        if found.is_empty() {
            return Err(Box::new(messages::no_test_host(selector.span, &self.inventory)));
        }
        Ok(Some(found))
    }

    fn stage(&self, name: &ast::Ident) -> Read<usize> {
        let stages = &self.workflow.stages;
        stages.iter().position(|stage| *stage.name == *name.text).ok_or_else(|| {
            let known = stages.iter().map(|stage| stage.name.as_str());
            Box::new(messages::unknown_in_test("stage", name, known))
        })
    }

    fn run(&self, run: &TestRun, span: Span, case: &mut Case) -> Read<Vec<usize>> {
        match run {
            TestRun::Workflow if self.workflow.stages.is_empty() => Err(Box::new(messages::no_stage_to_run(span))),
            TestRun::Workflow => Ok((0..self.workflow.stages.len()).collect()),
            TestRun::Stages(names) => {
                let mut stages = names.iter().map(|name| self.stage(name)).collect::<Read<Vec<usize>>>()?;
                stages.sort_unstable();
                stages.dedup();
                Ok(stages)
            }
            TestRun::Block(selector, body) => {
                self.hosts(Some(selector))?;
                let on = hosts::named(selector, &self.inventory, self.workflow);
                case.blocks.push(block(case.blocks.len() + 1, on, body));
                Ok(vec![self.workflow.stages.len() + case.blocks.len() - 1])
            }
        }
    }

    fn expectation(&self, expected: &ast::Expectation, span: Span, case: &Case) -> Read<Expected> {
        let texts = |texts: &[ast::Text]| texts.iter().map(constant::literal).collect::<Read<Vec<String>>>();
        let stage = |name: &Option<ast::Ident>| name.as_ref().map(|name| self.stage(name)).transpose();
        let kind = match &expected.kind {
            ExpectKind::Commands(commands, with) => Expectation::Commands(
                texts(commands)?,
                with.as_ref().map(constant::manner).transpose()?.unwrap_or_default(),
            ),
            ExpectKind::Output(text) => Expectation::Output(constant::literal(text)?),
            ExpectKind::File(path, text) => Expectation::File(
                constant::literal(path)?,
                text.as_ref().map(|text| constant::text(text, "what a file holds")).transpose()?,
            ),
            ExpectKind::OkGoal(goal) => Expectation::OkGoal(constant::literal(goal)?),
            ExpectKind::ChangedGoal(goal) => Expectation::ChangedGoal(constant::literal(goal)?),
            ExpectKind::Ok(name) => Expectation::Ok(stage(name)?),
            ExpectKind::Failed(name, failed) => {
                Expectation::Failed(name.as_ref().map(code).transpose()?, stage(failed)?)
            }
            ExpectKind::Refusal(name, declared) => Expectation::Refusal(code(name)?, declared.clone()),
        };
        let has_run = case.steps.iter().any(|step| matches!(step, Step::Run { .. }));
        if !has_run && !self.unread && !matches!(kind, Expectation::Refusal(..)) {
            return Err(Box::new(messages::nothing_has_run(span)));
        }
        let span = match &expected.kind {
            // What is declared may be long.
            ExpectKind::Refusal(name, _) => {
                Span { end: expected.because.as_ref().map_or(name.span.end, |because| because.span.end), ..span }
            }
            _ => span,
        };
        let because = expected.because.as_ref().map(constant::literal).transpose()?;
        let on = self.hosts(expected.on.as_ref())?;
        Ok(Expected { kind, negated: expected.negated, on, because, span })
    }
}

/// A `run` without its block, which may be long.
fn head(run: &TestRun, whole: Span) -> Span {
    match run {
        TestRun::Block(selector, _) => Span { end: selector.span.end, ..whole },
        TestRun::Workflow | TestRun::Stages(_) => whole,
    }
}

fn code(name: &ast::Ident) -> Read<Code> {
    let found = Code::ALL.iter().find(|code| code.as_str() == name.text);
    found.copied().ok_or_else(|| {
        let known = Code::ALL.iter().map(|code| code.as_str());
        Box::new(messages::unknown_in_test("code", name, known))
    })
}

/// A block of a test as a stage. No stage of a workflow can have such a name.
fn block(number: usize, on: ast::Selector, body: &ast::Block) -> ast::Item {
    let span = on.span;
    let stage = ast::Stage {
        name: ast::Ident { text: format!("block {number} of the test").into(), span },
        on,
        guard: None,
        only: None,
        after: None,
        forbids: Vec::new(),
        expects: Vec::new(),
        leaves: Vec::new(),
        timeout: None,
        at_once: None,
        tolerate: None,
        result: None,
        body: body.clone(),
        finally: None,
    };
    ast::Item { doc: ast::Words::default(), span: body.span, kind: ast::ItemKind::Stage(Arc::new(stage)) }
}
