//! The typed form of a workflow: names resolved, types known, places decided. The runner takes it as it is and never
//! checks again.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::primitive::Primitive;
use super::types::Type;
use crate::place::{Axioms, Predicate, Symbol};
use crate::shell::Quoting;
use crate::source::Span;

/// A workflow that passed every check.
#[derive(Debug)]
pub struct Workflow {
    /// What can be set from outside.
    pub inputs: Vec<Input>,
    /// The `host` and `hosts` of the workflow and its modules.
    pub host_sets: Vec<HostSet>,
    /// What the classes say of their hosts.
    pub axioms: Axioms,
    /// The classes, and where each is declared.
    pub classes: Vec<(Symbol, Span)>,
    /// The tasks of the workflow and its modules.
    pub tasks: Vec<Task>,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The stages, in the order of the text.
    pub stages: Vec<Stage>,
    /// The classes that a `forbid` speaks of, each with the effect and the place of the `forbid`.
    pub forbidden_classes: Vec<ForbiddenClass>,
    /// What had to be shown of places, in the order of the text.
    pub obligations: Vec<Obligation>,
}

/// A class that a `forbid` speaks of.
#[derive(Clone, Debug)]
pub struct ForbiddenClass {
    /// The class.
    pub class: Symbol,
    /// The effect that is forbidden.
    pub effect: String,
    /// Where it is forbidden.
    pub span: Span,
}

/// Something that must hold of every host of a place.
#[derive(Clone, Debug)]
pub struct Obligation {
    /// Whose it is.
    pub scope: Scope,
    /// What must hold, in words.
    pub claim: String,
    /// What makes it necessary: the calls down to the thing itself. Empty where the claim says it all.
    pub by: String,
    /// The hosts it is about.
    pub place: Predicate,
    /// What each of them must be.
    pub requirement: Predicate,
    /// Where it comes from.
    pub span: Span,
    /// What is left to show.
    pub proof: Proof,
    /// The effect, where it is that of a `forbid`.
    pub forbids: Option<Rc<str>>,
    /// Whether an `at` leads there, so that the stage's own hosts say nothing of it.
    pub elsewhere: bool,
}

impl Obligation {
    /// One that holds for every host that could exist.
    pub(super) fn proved(
        scope: Scope,
        claim: String,
        by: String,
        place: Predicate,
        requirement: Predicate,
        span: Span,
    ) -> Self {
        Obligation { scope, claim, by, place, requirement, span, proof: Proof::Proved, forbids: None, elsewhere: false }
    }
}

/// Whose obligation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A stage's.
    Stage(usize),
    /// A condition's.
    Condition(usize),
}

/// What is known of an obligation from the text alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It holds for every host that could exist.
    Proved,
    /// It holds for some hosts and not for others; this task asks for it.
    Open(Rc<str>),
    /// Only an inventory can say whether there is such a host.
    Selects,
}

impl Workflow {
    /// The stages that have ended when a stage begins, in the order of the text.
    #[must_use]
    pub fn before(&self, stage: usize) -> Vec<usize> {
        ancestors(|stage| &self.stages[stage].after, stage)
    }

    /// The nearest of these stages that a stage waits for, directly or by way of others.
    #[must_use]
    pub fn waits_for(&self, stage: usize, among: &BTreeSet<usize>) -> Vec<usize> {
        let through = |stage: usize| if among.contains(&stage) { &[][..] } else { &self.stages[stage].after };
        let mut open = self.stages[stage].after.clone();
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(through(next));
            }
        }
        seen.intersection(among).copied().collect()
    }
}

/// Everything that is waited for, directly or by way of others, sorted.
pub(super) fn ancestors<'a>(after: impl Fn(usize) -> &'a [usize], stage: usize) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let mut open = after(stage).to_vec();
    while let Some(next) = open.pop() {
        if seen.insert(next) {
            open.extend(after(next));
        }
    }
    seen.into_iter().collect()
}

/// `input NAME: T = default`
#[derive(Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// `host NAME = S` or `hosts NAME = S`
#[derive(Debug)]
pub struct HostSet {
    /// Its name.
    pub name: String,
    /// Which hosts it is.
    pub predicate: Predicate,
    /// Whether it has to be exactly one.
    pub single: bool,
    /// Where the name is declared.
    pub span: Span,
    /// Whether the workflow itself declares it, and not the prelude.
    pub own: bool,
}

/// A task.
#[derive(Debug)]
pub struct Task {
    /// Its name as callers write it.
    pub name: String,
    /// Where its name is declared.
    pub span: Span,
    /// The effects that it has, found in it through any depth of calls, or declared.
    pub effects: Vec<String>,
    /// The number of local values that its body needs, parameters first.
    pub locals: usize,
    /// For each parameter the value that it has when a call leaves it out.
    pub defaults: Vec<Option<Default>>,
    /// What its hosts must be; verified against what was measured, where the text leaves it open.
    pub needs: Option<Predicate>,
    /// What it does.
    pub body: TaskBody,
}

/// The value of a parameter that a call leaves out. It is evaluated where the task runs, with local values of its own.
#[derive(Debug)]
pub struct Default {
    /// The value.
    pub value: Expr,
    /// The number of local values that it needs.
    pub locals: usize,
}

/// What a task does.
#[derive(Debug)]
pub enum TaskBody {
    /// Statements.
    Flow(Block),
    /// The interpreter implements it.
    Extern(Primitive),
}

/// `condition NAME on S { probe }`
#[derive(Debug)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// Where the name is declared.
    pub span: Span,
    /// Where the probe runs.
    pub on: Predicate,
    /// The probe.
    pub probe: Block,
    /// The number of local values that the probe needs.
    pub locals: usize,
}

/// A stage.
#[derive(Debug)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Where the name is declared.
    pub span: Span,
    /// The hosts it runs on.
    pub on: Predicate,
    /// The selector as written.
    pub on_text: String,
    /// Where the selector stands.
    pub on_span: Span,
    /// What it does, by the names of effects, sorted.
    pub effects: Vec<String>,
    /// The other places that something in it goes to.
    pub elsewhere: Vec<Elsewhere>,
    /// What every host must be measured to be; the selector itself for a closed stage without a guard.
    pub closed: Option<Predicate>,
    /// What the hosts must be that an `at` in a closed stage leads to.
    pub fence: Option<Predicate>,
    /// The stages it waits for.
    pub after: Vec<usize>,
    /// Conditions that must hold before it; `false` for `not`.
    pub expects: Vec<(usize, bool)>,
    /// Conditions that hold after it; `false` for `not`.
    pub leaves: Vec<(usize, bool)>,
    /// How long it may take on a host, in milliseconds.
    pub timeout: Option<u64>,
    /// How many hosts run it at a time.
    pub at_once: Option<usize>,
    /// How many hosts may fail.
    pub tolerate: usize,
    /// Whether its result is one value, and not a map by host.
    pub single: bool,
    /// Its body.
    pub body: Block,
    /// What runs at its end, however it ends.
    pub finally: Option<Block>,
    /// The number of local values that it needs.
    pub locals: usize,
}

/// A place that an `at` in a stage, or in a task that it calls, goes to.
#[derive(Clone, Debug)]
pub struct Elsewhere {
    /// The hosts it may be.
    pub place: Predicate,
    /// The calls down to it; empty where it stands in the stage itself.
    pub by: String,
    /// Where it stands in the stage.
    pub span: Span,
}

/// Statements in order.
pub type Block = Vec<Statement>;

/// A statement.
#[derive(Debug)]
pub enum Statement {
    /// Binds a local value.
    Let(usize, Expr),
    /// Ends the task or stage with a value.
    Return(Option<Expr>),
    /// Shows a value.
    Print(Expr),
    /// Fails unless it holds.
    Assert {
        /// What must hold.
        condition: Expr,
        /// What is said when it does not.
        message: Option<Expr>,
        /// The condition as written.
        text: String,
        /// The whole statement.
        span: Span,
    },
    /// Fails.
    Fail(Expr, Span),
    /// Branches.
    If(Expr, Block, Block),
    /// Repeats for each element.
    For(usize, Expr, Block),
    /// The hosts of this stage that satisfy it.
    On(Predicate, Block),
    /// Delegates to one other host.
    At {
        /// The host.
        host: Expr,
        /// What the text says of it.
        place: Predicate,
        /// What runs there.
        body: Block,
        /// The whole statement.
        span: Span,
    },
    /// Checks, mends, checks again.
    Ensure {
        /// What it is for.
        goal: Expr,
        /// Whether it holds.
        check: Block,
        /// What makes it hold.
        fix: Option<Block>,
        /// The whole statement.
        span: Span,
    },
    /// Tries again after a failure.
    Retry {
        /// How often at most.
        times: u64,
        /// How long to wait in between, in milliseconds.
        every: u64,
        /// What is tried.
        body: Block,
    },
    /// Limits the time of a block.
    Timeout(Expr, Block, Span),
    /// Goes on after a failure; the local takes its message.
    Try(Block, Option<usize>, Block),
    /// Evaluates for the effect.
    Expr(Expr),
}

/// An expression.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A constant.
    Literal(Literal),
    /// Text with splices.
    Text(Vec<Part>),
    /// A list.
    List(Vec<Expr>),
    /// A record or map.
    Record(Vec<(String, Expr)>),
    /// A local value.
    Local(usize),
    /// An input.
    Input(usize),
    /// The one host of a `host`, or the list of a `hosts`.
    HostSet(usize),
    /// The host that the statement runs on.
    Here,
    /// The result of a stage.
    StageResult(usize, Span),
    /// A field.
    Field(Box<Expr>, String, Span),
    /// The name of the host that a located value lives on.
    HostName(Box<Expr>),
    /// An element.
    Index(Box<Expr>, Box<Expr>, Span),
    /// `not e`
    Not(Box<Expr>),
    /// `-e`
    Neg(Box<Expr>),
    /// An operation on two values.
    Binary(crate::syntax::ast::BinaryOp, Box<Expr>, Box<Expr>, Span),
    /// Decodes data into a type.
    Cast(Box<Expr>, Type, Span),
    /// One of two values.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// A list made of a list.
    Comprehension(Box<Comprehension>),
    /// A call, its arguments in the order of the parameters.
    Call(usize, Vec<Expr>, Span),
    /// The default of a task's parameter, where a call leaves it out.
    Default(usize, usize),
    /// A command of the shell.
    Command(Box<Command>),
    /// An `Output` in place of a failure.
    Try(Box<Expr>),
}

/// `[value for local in list if condition]`
#[derive(Clone, Debug)]
pub struct Comprehension {
    /// What each element becomes.
    pub value: Expr,
    /// The local that holds the element.
    pub local: usize,
    /// Where the elements come from.
    pub list: Expr,
    /// Which of them are taken.
    pub condition: Option<Expr>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named after its type")]
pub enum Literal {
    None,
    Str(Rc<str>),
    Int(i64),
    Bool(bool),
    /// Milliseconds.
    Duration(u64),
    /// Bytes.
    Size(u64),
}

/// A part of a text.
#[derive(Clone, Debug)]
pub enum Part {
    /// As it is.
    Literal(Rc<str>),
    /// A value.
    Splice(Expr),
}

/// `sh("…", …)`
#[derive(Clone, Debug)]
pub struct Command {
    /// The parts of its text.
    pub parts: Vec<CommandPart>,
    /// The directory it runs in.
    pub cwd: Option<Expr>,
    /// Variables of its environment.
    pub env: Option<Expr>,
    /// What it reads.
    pub stdin: Option<Expr>,
    /// The user it runs as.
    pub user: Option<Expr>,
    /// How long it may take.
    pub timeout: Option<Expr>,
    /// Whether it outlives the connection.
    pub durable: Option<Expr>,
    /// Whether its output is a value, and so is not shown while it runs.
    pub used: bool,
    /// Whether all that it runs is known to only look, so that a dry run may run it too.
    pub reads: bool,
    /// Where it stands.
    pub span: Span,
}

/// A part of a command's text.
#[derive(Clone, Debug)]
pub enum CommandPart {
    /// Shell text.
    Text(Rc<str>),
    /// A value, quoted as it has to be where it stands.
    Value {
        /// The value.
        value: Expr,
        /// How it is quoted.
        quoting: Quoting,
        /// Whether it may begin with `-`: where an option would move the program that a wrapper runs, it may not.
        dash: bool,
        /// Where it stands.
        span: Span,
    },
    /// A value that is shell text itself: `raw(x)`.
    Raw(Expr),
}
