//! What is noted of names and places while they are resolved, for those who ask about the text and not only whether it is
//! right: the language server. A check for the command line notes nothing.

use std::cell::RefCell;
use std::rc::Rc;

use super::summary::Occurrence;
use super::tables::{READ, Tables, Value};
use super::types::{Record, Type};
use crate::place::Predicate;
use crate::source::Span;
use crate::syntax::ast;

/// What a name stands for, as it was resolved.
#[derive(Clone, Debug)]
pub(super) enum Meant {
    Declared(Span),
    Module(usize),
    Field(Rc<Record>, String),
    Group,
    Host,
    BuiltIn,
}

/// A local value: where it is bound, and its type.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) name: Span,
    pub(super) ty: Type,
}

/// The hosts that an `on` or `at` in a body comes to.
#[derive(Clone, Debug)]
pub struct Place {
    /// The selector of the `on`, or the host of the `at`.
    pub written: Span,
    /// The block that runs there.
    pub block: Span,
    /// Its hosts; in a task those that it is narrowed to, wherever the task is called.
    pub hosts: Predicate,
}

/// An effect of a task or stage, and what has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The effect.
    pub name: String,
    /// The way down to what has it: `kernel.build → program `make``.
    pub by: String,
}

/// All that was noted.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) names: Vec<(Span, Meant)>,
    pub(super) bound: Vec<Bound>,
    pub(super) types: Vec<(Span, Type)>,
    pub(super) places: Vec<Place>,
    /// For each task what it does, and for each stage.
    pub(super) tasks: Vec<Vec<Effect>>,
    pub(super) stages: Vec<Vec<Effect>>,
    /// The stages that nothing leaves.
    pub(super) staying: Vec<usize>,
}

/// Notes, where somebody wants to know.
#[derive(Debug, Default)]
pub(super) struct Recorder(Option<RefCell<Notes>>);

impl Recorder {
    pub(super) fn on() -> Self {
        Recorder(Some(RefCell::default()))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    fn with(&self, note: impl FnOnce(&mut Notes)) {
        if let Some(record) = &self.0 {
            note(&mut record.borrow_mut());
        }
    }

    pub(super) fn name(&self, name: Span, meant: Meant) {
        self.with(|record| record.names.push((name, meant)));
    }

    pub(super) fn declared(&self, name: Span, declared: Span) {
        self.name(name, Meant::Declared(declared));
    }

    pub(super) fn field(&self, name: &ast::Ident, record: &Rc<Record>) {
        self.with(|noted| noted.names.push((name.span, Meant::Field(record.clone(), name.text.to_string()))));
    }

    pub(super) fn bound(&self, name: Span, ty: &Type) {
        self.with(|record| record.bound.push(Bound { name, ty: ty.clone() }));
    }

    pub(super) fn ty(&self, expr: Span, ty: &Type) {
        self.with(|record| record.types.push((expr, ty.clone())));
    }

    pub(super) fn place(&self, written: Span, block: Span, hosts: &Predicate) {
        self.with(|record| record.places.push(Place { written, block, hosts: hosts.clone() }));
    }

    /// Notes what is noted meanwhile, except for places.
    pub(super) fn without_places(&self, noting: impl FnOnce()) {
        let count = self.0.as_ref().map(|record| record.borrow().places.len());
        noting();
        self.with(|record| record.places.truncate(count.unwrap_or_default()));
    }

    pub(super) fn task(&self, tables: &Tables, occurrences: &[Occurrence]) {
        self.with(|record| record.tasks.push(effects(tables, occurrences)));
    }

    pub(super) fn stage(&self, tables: &Tables, occurrences: &[Occurrence]) {
        self.with(|record| record.stages.push(effects(tables, occurrences)));
    }

    pub(super) fn stays(&self, stage: usize) {
        self.with(|record| record.staying.push(stage));
    }

    pub(super) fn take(&mut self) -> Notes {
        self.0.take().map(RefCell::into_inner).unwrap_or_default()
    }
}

/// Each effect once, with the first way down to it.
fn effects(tables: &Tables, occurrences: &[Occurrence]) -> Vec<Effect> {
    use super::summary::What;
    let mut found: Vec<(usize, Effect)> = Vec::new();
    for occurrence in occurrences {
        let What::Effect(effect, _) = &occurrence.what else { continue };
        if *effect == READ || found.iter().any(|(known, _)| known == effect) {
            continue;
        }
        let name = tables.effects[*effect].name.clone();
        found.push((*effect, Effect { name, by: super::messages::path(&occurrence.chain) }));
    }
    found.sort_by_key(|(effect, _)| *effect);
    found.into_iter().map(|(_, effect)| effect).collect()
}

impl Tables {
    /// Where what a name stands for is declared.
    pub(super) fn declared(&self, value: Value) -> Span {
        match value {
            Value::Input(number) => self.inputs[number].ast.name.span,
            Value::HostSet(number) => self.host_sets[number].ast.name.span,
            Value::Class(number) => self.classes[number].ast.name.span,
            Value::Stage(number) => self.stages[number].ast.name.span,
        }
    }
}
