//! The interpreter: statements and expressions of the typed form, on one host.

use std::collections::BTreeMap;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use super::event::{Ensured, Event};
use super::failure::{Failure, Kind};
use super::operators::{element, operate};
use super::state::{At, State};
use super::value::Value;
use crate::check::ir::{Block, Expr, Part, Statement, TaskBody};
use crate::diagnostic::Code;
use crate::source::Span;
use crate::syntax::ast::BinaryOp;
use crate::transport::LocalBoxFuture;

/// How a block ended.
#[derive(Debug)]
pub(super) enum Flow {
    /// It came to its end.
    Next,
    /// `return`
    Return(Value),
}

/// The local values of a body.
pub(super) type Frame = Vec<Value>;

type Step<'a, T> = LocalBoxFuture<'a, Result<T, Failure>>;

impl State {
    pub(super) fn block<'a>(&'a self, at: At, block: &'a Block, frame: &'a mut Frame) -> Step<'a, Flow> {
        Box::pin(async move {
            for statement in block {
                if let Flow::Return(value) = self.statement(at, statement, frame).await? {
                    return Ok(Flow::Return(value));
                }
            }
            Ok(Flow::Next)
        })
    }

    async fn statement(&self, at: At, statement: &Statement, frame: &mut Frame) -> Result<Flow, Failure> {
        match statement {
            Statement::Let(slot, value) => {
                let value = self.expr(at, value, frame).await?;
                set(frame, *slot, value);
            }
            Statement::Return(value) => {
                let value = match value {
                    Some(value) => self.expr(at, value, frame).await?,
                    None => Value::None,
                };
                return Ok(Flow::Return(value));
            }
            Statement::Print(value) => {
                let value = self.expr(at, value, frame).await?;
                if self.is_too_much_of([&value]) {
                    return pending().await;
                }
                self.print(at, &value);
            }
            Statement::Assert { condition, message, text, span } => {
                self.assert(at, condition, message.as_ref(), text, *span, frame).await?;
            }
            Statement::Fail(message, span) => {
                let message = self.text(at, message, frame).await?;
                return Err(Failure::step(Code::R0803, format!("{}: {message}", self.host_name(at))).at(*span));
            }
            Statement::If(condition, then, other) => match self.expr(at, condition, frame).await? {
                Value::Bool(true) => return self.block(at, then, frame).await,
                Value::Bool(false) => return self.block(at, other, frame).await,
                // A dry run cannot tell which way the run will go, and goes neither.
                _ => {}
            },
            Statement::For(slot, list, body) => return self.for_each(at, *slot, list, body, frame).await,
            Statement::On(predicate, body) => {
                if self.cluster.is_surely_in(at.host, predicate).await? {
                    return self.block(at, body, frame).await;
                }
            }
            Statement::At { host, body, span, .. } => {
                if let Value::Host(host) = self.expr(at, host, frame).await? {
                    let there = At { host, ..at };
                    if let Some(fence) = &self.workflow.stages[at.stage].fence {
                        self.cluster.session(host).await.map_err(|failure| failure.at(*span))?;
                        self.cluster.admit(host, fence).map_err(|failure| failure.at(*span))?;
                    }
                    return self.block(there, body, frame).await.map_err(|failure| failure.at(*span));
                }
            }
            Statement::Ensure { goal, check, fix, span } => {
                self.ensure(at, goal, check, fix.as_ref(), *span, frame).await?;
            }
            Statement::Retry { times, every, body } => {
                return self.retry(At { again: true, ..at }, *times, *every, body, frame).await;
            }
            Statement::Timeout(limit, body, span) => {
                let limit = self.expr(at, limit, frame).await?;
                return self.limited_block(at, &limit, *span, self.block(at, body, frame)).await;
            }
            Statement::Try(body, slot, rescue) => match self.block(at, body, frame).await {
                Err(failure) if failure.kind == Kind::Step => {
                    if let Some(slot) = slot {
                        set(frame, *slot, Value::text(failure.message));
                    }
                    return self.block(at, rescue, frame).await;
                }
                other => return other,
            },
            Statement::Expr(value) => {
                self.expr(at, value, frame).await?;
            }
        }
        Ok(Flow::Next)
    }

    fn print(&self, at: At, value: &Value) {
        // It was printed by the part of the run that is resumed.
        if self.repeats(at) {
            return;
        }
        let text = match value {
            Value::List(items) => items.iter().map(|item| self.shown(item).to_string()).collect::<Vec<_>>().join("\n"),
            value => self.shown(value).to_string(),
        };
        self.event(&Event::Printed { stage: self.stage_name(at), host: self.host_name(at), text: &text });
    }

    pub(super) fn shown(&self, value: &Value) -> Rc<str> {
        match value {
            Value::Host(host) => self.cluster.hosts[*host].name.as_str().into(),
            Value::Unknown => "(known in a real run only)".into(),
            value => value.spliced().unwrap_or_else(|| "none".into()),
        }
    }

    async fn assert(
        &self,
        at: At,
        condition: &Expr,
        message: Option<&Expr>,
        text: &str,
        span: Span,
        frame: &mut Frame,
    ) -> Result<(), Failure> {
        match self.expr(at, condition, frame).await? {
            Value::Bool(false) => {
                let said = match message {
                    Some(message) => self.text(at, message, frame).await?.to_string(),
                    None => format!("`{text}` does not hold on {}", self.host_name(at)),
                };
                Err(Failure::step(Code::R0803, said).at(span))
            }
            Value::Unknown => {
                self.not_known.set(true);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn for_each(
        &self,
        at: At,
        slot: usize,
        list: &Expr,
        body: &Block,
        frame: &mut Frame,
    ) -> Result<Flow, Failure> {
        let Value::List(items) = self.expr(at, list, frame).await? else { return Ok(Flow::Next) };
        for item in items.iter() {
            if self.is_too_much(1) {
                return pending().await;
            }
            set(frame, slot, item.clone());
            if let Flow::Return(value) = self.block(at, body, frame).await? {
                return Ok(Flow::Return(value));
            }
        }
        Ok(Flow::Next)
    }

    /// Check; where that says no, mend and check again. Where the connection is lost under either, all of it anew: it is
    /// made for that.
    async fn ensure(
        &self,
        at: At,
        goal: &Expr,
        check: &Block,
        fix: Option<&Block>,
        span: Span,
        frame: &mut Frame,
    ) -> Result<(), Failure> {
        /// Times to begin anew. A connection that is lost each time is lost by what is done.
        const TIMES: usize = 3;
        let mut left = TIMES;
        loop {
            left -= 1;
            match self.ensure_once(at, goal, check, fix, span, frame).await {
                Err(failure) if matches!(failure.kind, Kind::Unknown | Kind::NotBegun) && left > 0 => {}
                done => return done,
            }
        }
    }

    async fn ensure_once(
        &self,
        at: At,
        goal: &Expr,
        check: &Block,
        fix: Option<&Block>,
        span: Span,
        frame: &mut Frame,
    ) -> Result<(), Failure> {
        let goal = self.text(at, goal, frame).await?;
        let quiet = At { quiet: true, counted: false, anew: true, again: true, ..at };
        let mending = At { counted: false, anew: true, again: true, ..at };
        let outer = self.not_known.replace(false);
        let first = self.block(quiet, check, frame).await;
        let known = !self.not_known.replace(outer);
        let outcome = match (first, fix) {
            (Ok(_), _) if known => Ensured::Ok,
            (Ok(_), _) => Ensured::NotKnown,
            (Err(failure), _) if !is_a_no(&failure) => return Err(failure),
            (Err(_), Some(_)) if self.dry => Ensured::WouldChange,
            (Err(_), Some(fix)) => {
                self.block(mending, fix, frame).await.map_err(|failure| failure.at(span))?;
                self.block(quiet, check, frame)
                    .await
                    .map_err(|still| still_not(&goal, self.host_name(at), still, span))?;
                Ensured::Changed
            }
            (Err(no), None) => return Err(still_not(&goal, self.host_name(at), no, span)),
        };
        self.cluster.count(at.host, |counts| match outcome {
            Ensured::Changed => counts.changed += 1,
            Ensured::Ok => counts.ok += 1,
            Ensured::WouldChange | Ensured::NotKnown => {}
        });
        self.event(&Event::Ensured { stage: self.stage_name(at), host: self.host_name(at), goal: &goal, outcome });
        Ok(())
    }

    async fn retry(&self, at: At, times: u64, every: u64, body: &Block, frame: &mut Frame) -> Result<Flow, Failure> {
        let mut left = times;
        loop {
            left -= 1;
            match self.block(at, body, frame).await {
                Err(failure)
                    if left > 0
                        && matches!(failure.kind, Kind::Step | Kind::Unreachable | Kind::Unknown | Kind::NotBegun)
                        && !self.dry =>
                {
                    // It was waited for in the part of the run that is resumed.
                    if !self.repeats(at) {
                        self.machine.rest(Duration::from_millis(every)).await;
                    }
                }
                Err(failure) if left < times - 1 => {
                    return Err(failure.note(format!("tried {} times", times - left)));
                }
                done => return done,
            }
        }
    }

    /// A block of a turn within a limit of time. Where the limit had passed in an earlier part of the run, it passes where
    /// the block was cut off then.
    pub(super) async fn limited_block<T>(
        &self,
        at: At,
        limit: &Value,
        span: Span,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        if !matches!(limit, Value::Duration(_)) {
            return work.await;
        }
        let place = self.enter_limit(at);
        let done = self.limited(at, limit, span, work).await;
        if place.is_some_and(|(_, passed)| passed) {
            self.leave_limit(at);
        }
        match done {
            Err(failure) if failure.kind == Kind::CutBefore && place.is_some_and(|(_, passed)| passed) => {
                let Value::Duration(millis) = limit else { return Err(failure) };
                Err(self.timed_out(at, *millis, span))
            }
            Err(failure) if failure.code == Code::R0804 && failure.span == Some(span) => {
                if let Some((limit, _)) = place {
                    let lane = &self.cluster.hosts[at.lane].name;
                    let behind = self.next_step_place(at);
                    self.event(&Event::TimedOut { stage: self.stage_name(at), lane, limit, behind });
                }
                Err(failure)
            }
            done => done,
        }
    }

    /// Waits for something at most for a duration; what runs on the host then is ended.
    pub(super) async fn limited<T>(
        &self,
        at: At,
        limit: &Value,
        span: Span,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let Value::Duration(millis) = limit else { return work.await };
        match tokio::time::timeout(Duration::from_millis(*millis), work).await {
            Ok(done) => done,
            Err(_) => {
                if self.end_cut_durables().await {
                    return Err(self.timed_out(at, *millis, span));
                }
                let failure = self.timed_out(at, *millis, span);
                Err(Failure { kind: Kind::GivenUp, ..failure }
                    .note("it could not be ended there, and may go on")
                    .help(format!("`flowrun runs --reap {}` ends it", self.run_name)))
            }
        }
    }

    fn timed_out(&self, at: At, millis: u64, span: Span) -> Failure {
        let message = format!("timed out on {} after {}", self.host_name(at), crate::diagnostic::duration(millis));
        Failure::step(Code::R0804, message)
            .at(span)
            .help("what it ran there was ended; give it longer if it was at work")
    }

    /// An expression whose type is text.
    pub(super) async fn text(&self, at: At, expr: &Expr, frame: &mut Frame) -> Result<Rc<str>, Failure> {
        Ok(self.shown(&self.expr(at, expr, frame).await?))
    }

    pub(super) fn expr<'a>(&'a self, at: At, expr: &'a Expr, frame: &'a mut Frame) -> Step<'a, Value> {
        Box::pin(async move {
            if self.is_too_much(1) {
                return pending().await;
            }
            Ok(match expr {
                Expr::Literal(literal) => Value::from(literal),
                Expr::Local(slot) => frame.get(*slot).cloned().unwrap_or(Value::None),
                Expr::Input(input) => self.input(*input).await?,
                Expr::HostSet(set) => self.host_set(*set),
                Expr::Here => Value::Host(at.host),
                Expr::StageResult(stage, _) => self.stage_result(*stage)?,
                Expr::Text(parts) => self.joined(at, parts, frame).await?,
                Expr::List(items) => {
                    let mut values = Vec::with_capacity(items.len());
                    for item in items {
                        values.push(self.expr(at, item, frame).await?);
                    }
                    Value::list(values)
                }
                Expr::Record(entries) => {
                    let mut values = BTreeMap::new();
                    for (key, value) in entries {
                        values.insert(key.clone(), self.expr(at, value, frame).await?);
                    }
                    Value::Map(Rc::new(values))
                }
                Expr::Field(value, name, span) => {
                    let value = self.expr(at, value, frame).await?;
                    if let Value::Host(host) = &value {
                        self.cluster.know(*host, name).await.map_err(|failure| failure.at(*span))?;
                    }
                    self.field(&value, name).map_err(|failure| failure.at(*span))?
                }
                Expr::HostName(value) => {
                    let value = self.expr(at, value, frame).await?;
                    self.field(&value, "host")?
                }
                Expr::Index(value, index, span) => {
                    let value = self.expr(at, value, frame).await?;
                    let index = self.expr(at, index, frame).await?;
                    element(&value, &index).map_err(|failure| failure.at(*span))?
                }
                Expr::Not(value) => match self.expr(at, value, frame).await? {
                    Value::Bool(truth) => Value::Bool(!truth),
                    _ => Value::Unknown,
                },
                Expr::Neg(value) => match self.expr(at, value, frame).await? {
                    Value::Int(number) => Value::Int(number.wrapping_neg()),
                    _ => Value::Unknown,
                },
                Expr::Binary(op, left, right, span) => {
                    self.binary(at, *op, left, right, frame).await.map_err(|failure| failure.at(*span))?
                }
                Expr::Cast(value, ty, span) => match self.expr(at, value, frame).await? {
                    Value::Data(data) => {
                        super::decode::decode(&data, ty, self.host_name(at)).map_err(|failure| failure.at(*span))?
                    }
                    other => other,
                },
                Expr::If(condition, then, other) => match self.expr(at, condition, frame).await? {
                    Value::Bool(true) => self.expr(at, then, frame).await?,
                    Value::Bool(false) => self.expr(at, other, frame).await?,
                    _ => Value::Unknown,
                },
                Expr::Comprehension(comprehension) => {
                    let Value::List(items) = self.expr(at, &comprehension.list, frame).await? else {
                        return Ok(Value::Unknown);
                    };
                    let mut values = Vec::new();
                    for item in items.iter() {
                        set(frame, comprehension.local, item.clone());
                        let taken = match &comprehension.condition {
                            Some(condition) => self.expr(at, condition, frame).await? == Value::Bool(true),
                            None => true,
                        };
                        if taken {
                            values.push(self.expr(at, &comprehension.value, frame).await?);
                        }
                    }
                    Value::list(values)
                }
                Expr::Call(task, arguments, span) => self.call(at, *task, arguments, *span, frame).await?,
                Expr::Default(task, param) => match self.workflow.tasks[*task].defaults.get(*param) {
                    Some(Some(default)) => {
                        self.expr(at, &default.value, &mut vec![Value::None; default.locals]).await?
                    }
                    _ => Value::None,
                },
                Expr::Command(command) => self.command(at, command, true, frame).await?,
                Expr::Try(inner) => match &**inner {
                    Expr::Command(command) => self.command(at, command, false, frame).await?,
                    other => self.expr(at, other, frame).await?,
                },
            })
        })
    }

    /// What a stage returned. A run that begins behind the stage has no result of it.
    fn stage_result(&self, stage: usize) -> Result<Value, Failure> {
        match self.results.borrow()[stage].clone() {
            Some(value) => Ok(value),
            None if self.dry => Ok(Value::Unknown),
            None if self.is_done(stage) => {
                let name = &self.workflow.stages[stage].name;
                let message = format!("the result of stage `{name}` held a secret, which is not kept");
                Err(Failure::fatal(Code::R0809, message).help("begin anew with `flowrun run`"))
            }
            None => {
                let name = &self.workflow.stages[stage].name;
                let message =
                    format!("the result of stage `{name}` is needed here, and this run leaves that stage out");
                Err(Failure::step(Code::R0805, message)
                    .help(format!("run it too, by `--from {name}` for example: a resumed run does the same stages")))
            }
        }
    }

    async fn joined(&self, at: At, parts: &[Part], frame: &mut Frame) -> Result<Value, Failure> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Splice(value) => match self.expr(at, value, frame).await? {
                    Value::Unknown => return Ok(Value::Unknown),
                    value => {
                        let shown = self.shown(&value);
                        if self.is_too_long(&shown) {
                            return pending().await;
                        }
                        text.push_str(&shown);
                    }
                },
            }
        }
        Ok(Value::text(text))
    }

    async fn call(
        &self,
        at: At,
        task: usize,
        arguments: &[Expr],
        span: Span,
        frame: &mut Frame,
    ) -> Result<Value, Failure> {
        let task = &self.workflow.tasks[task];
        if let Some(needs) = &task.needs {
            // Before the arguments: what a parameter's default does, the task does.
            self.cluster.session(at.host).await.map_err(|failure| failure.at(span))?;
            self.cluster.needs(at.host, needs, &task.name).map_err(|failure| failure.at(span))?;
        }
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(at, argument, frame).await?);
        }
        match &task.body {
            TaskBody::Extern(primitive) => self.primitive(at, *primitive, values, span).await,
            TaskBody::Flow(block) => {
                values.resize(task.locals.max(values.len()), Value::None);
                match self.block(at, block, &mut values).await.map_err(|failure| failure.at(span))? {
                    Flow::Return(value) => Ok(value),
                    Flow::Next => Ok(Value::None),
                }
            }
        }
    }

    async fn binary(
        &self,
        at: At,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        frame: &mut Frame,
    ) -> Result<Value, Failure> {
        let left = self.expr(at, left, frame).await?;
        match (op, &left) {
            (BinaryOp::And, Value::Bool(false)) | (BinaryOp::Or, Value::Bool(true)) => return Ok(left),
            _ => {}
        }
        let right = self.expr(at, right, frame).await?;
        if self.is_too_much_of([&left, &right]) {
            return pending().await;
        }
        if left.is_unknown() || right.is_unknown() {
            return Ok(Value::Unknown);
        }
        operate(op, left, right)
    }
}

fn set(frame: &mut Frame, slot: usize, value: Value) {
    if slot >= frame.len() {
        frame.resize(slot + 1, Value::None);
    }
    frame[slot] = value;
}

/// Whether a check that failed so says no. A host that is not reached has given no answer at all.
fn is_a_no(failure: &Failure) -> bool {
    failure.kind == Kind::Step
}

fn still_not(goal: &str, host: &str, still: Failure, span: Span) -> Failure {
    if !is_a_no(&still) {
        return still;
    }
    let message = format!("\"{goal}\" does not hold on {host}: {}", still.message);
    let failure = Failure { message, ..still };
    failure.at(span)
}
