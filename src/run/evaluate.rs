//! The interpreter: statements and expressions of the typed form, on one host.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::event::{Ensured, Event};
use super::failure::{Failure, Kind};
use super::output::{LARGEST_VALUE, Lines};
use super::state::{At, State};
use super::value::{Output, Value};
use crate::check::ir::{Block, Command, CommandPart, Expr, Part, Statement, TaskBody};
use crate::diagnostic::Code;
use crate::shell;
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, Comparison};
use crate::transport::{self, LocalBoxFuture};

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
                if self.cluster.satisfies(at.host, predicate) {
                    return self.block(at, body, frame).await;
                }
            }
            Statement::At(host, body, span) => {
                if let Value::Host(host) = self.expr(at, host, frame).await? {
                    let there = At { host, ..at };
                    return self.block(there, body, frame).await.map_err(|failure| failure.at(*span));
                }
            }
            Statement::Ensure { goal, check, fix, span } => {
                self.ensure(at, goal, check, fix.as_ref(), *span, frame).await?;
            }
            Statement::Retry { times, every, body } => return self.retry(at, *times, *every, body, frame).await,
            Statement::Timeout(limit, body, span) => {
                let limit = self.expr(at, limit, frame).await?;
                return self.limited(at, &limit, *span, self.block(at, body, frame)).await;
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
        let text = match value {
            Value::List(items) => items.iter().map(|item| self.shown(item).to_string()).collect::<Vec<_>>().join("\n"),
            value => self.shown(value).to_string(),
        };
        self.event(&Event::Printed { stage: self.stage_name(at), host: self.host_name(at), text: &text });
    }

    fn shown(&self, value: &Value) -> Rc<str> {
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
            set(frame, slot, item.clone());
            if let Flow::Return(value) = self.block(at, body, frame).await? {
                return Ok(Flow::Return(value));
            }
        }
        Ok(Flow::Next)
    }

    /// Check; where that says no, mend and check again.
    async fn ensure(
        &self,
        at: At,
        goal: &Expr,
        check: &Block,
        fix: Option<&Block>,
        span: Span,
        frame: &mut Frame,
    ) -> Result<(), Failure> {
        let goal = self.text(at, goal, frame).await?;
        let quiet = At { quiet: true, counted: false, ..at };
        let mending = At { counted: false, ..at };
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
                Err(failure) if left > 0 && matches!(failure.kind, Kind::Step | Kind::Unreachable) && !self.dry => {
                    tokio::time::sleep(Duration::from_millis(every)).await;
                }
                Err(failure) => return Err(failure.note(format!("tried {times} times"))),
                done => return done,
            }
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
                let message =
                    format!("timed out on {} after {}", self.host_name(at), crate::diagnostic::duration(*millis));
                Err(Failure::step(Code::R0804, message)
                    .at(span)
                    .help("what it ran there was ended; give it longer if it was at work"))
            }
        }
    }

    /// An expression whose type is text.
    async fn text(&self, at: At, expr: &Expr, frame: &mut Frame) -> Result<Rc<str>, Failure> {
        Ok(self.shown(&self.expr(at, expr, frame).await?))
    }

    pub(super) fn expr<'a>(&'a self, at: At, expr: &'a Expr, frame: &'a mut Frame) -> Step<'a, Value> {
        Box::pin(async move {
            Ok(match expr {
                Expr::Literal(literal) => Value::from(literal),
                Expr::Local(slot) => frame.get(*slot).cloned().unwrap_or(Value::None),
                Expr::Input(input) => self.input(*input).await?,
                Expr::HostSet(set) => self.host_set(*set),
                Expr::Here => Value::Host(at.host),
                Expr::StageResult(stage) => self.stage_result(*stage)?,
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
                    self.field(&value, name).map_err(|failure| failure.at(*span))?
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
            None => {
                let name = &self.workflow.stages[stage].name;
                let message =
                    format!("the result of stage `{name}` is needed here, and this run leaves that stage out");
                Err(Failure::step(Code::R0805, message).help(format!("begin with it: `--from {name}`")))
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
                    value => text.push_str(&self.shown(&value)),
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
        let mut values = Vec::with_capacity(arguments.len());
        for argument in arguments {
            values.push(self.expr(at, argument, frame).await?);
        }
        let task = &self.workflow.tasks[task];
        match &task.body {
            TaskBody::Extern(primitive) => self.primitive(at, *primitive, values, span).await,
            TaskBody::Flow(block) => {
                if let Some(needs) = &task.needs {
                    self.cluster.session(at.host).await.map_err(|failure| failure.at(span))?;
                    self.cluster.needs(at.host, needs, &task.name).map_err(|failure| failure.at(span))?;
                }
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
        if left.is_unknown() || right.is_unknown() {
            return Ok(Value::Unknown);
        }
        operate(op, left, right)
    }

    /// Runs a command; `must` it succeed, or is its output an answer whatever its status?
    async fn command(&self, at: At, command: &Command, must: bool, frame: &mut Frame) -> Result<Value, Failure> {
        let span = command.span;
        let Some(prepared) = self.prepare(at, command, frame).await? else {
            self.not_known.set(true);
            if self.dry {
                self.skipped(at, "a command whose values are known in a real run only");
                return Ok(Value::Unknown);
            }
            let message = "a value of this command was never made; this is a fault of flowrun: please report it";
            return Err(Failure::fatal(Code::R0803, message).at(span));
        };
        if self.dry && !command.reads {
            self.skipped(at, &prepared.script);
            return Ok(Value::Unknown);
        }
        let limit = match &command.timeout {
            Some(limit) => self.expr(at, limit, frame).await?,
            None => Value::None,
        };
        let keep = command.used;
        let mut lines = Lines::new(&*self.observer, self.stage_name(at), self.host_name(at), !keep && !at.quiet, keep);
        let work = async {
            let session = self.cluster.session(at.host).await?;
            session.run(&prepared, &mut lines).await.map_err(|error| Failure::transport(&error))
        };
        let exit = self.limited(at, &limit, span, work).await;
        lines.finish();
        let exit = exit.map_err(|failure| failure.at(span))?;
        if must && !exit.success() {
            return Err(self.command_failed(at, exit.code, &lines.tail()).at(span));
        }
        if lines.stdout.overflowed || lines.stderr.overflowed {
            let message = format!(
                "the output on {} is larger than {}",
                self.host_name(at),
                crate::place::human_size(LARGEST_VALUE as u64)
            );
            return Err(Failure::step(Code::R0803, message)
                .at(span)
                .help("write it to a file there, or filter it on the host"));
        }
        if at.counted {
            self.cluster.count(at.host, |counts| counts.ok += 1);
        }
        let output = Output {
            stdout: lines.stdout.text().trim_end_matches(['\n', '\r']).into(),
            stderr: lines.stderr.text().trim_end_matches(['\n', '\r']).into(),
            code: exit.code,
        };
        Ok(Value::Output(Rc::new(output)))
    }

    /// A dry run says what it leaves out.
    pub(super) fn skipped(&self, at: At, what: &str) {
        self.not_known.set(true);
        if !at.quiet {
            self.event(&Event::Skipped { stage: self.stage_name(at), host: self.host_name(at), what: what.trim() });
        }
    }

    fn command_failed(&self, at: At, code: i32, tail: &str) -> Failure {
        let host = self.host_name(at);
        let why = match code {
            127 => " (the shell found no such program)".to_owned(),
            126 => " (the program cannot be executed)".to_owned(),
            137 => " (killed: by the kernel for want of memory, or by hand)".to_owned(),
            129..=192 => format!(" (ended by signal {})", code - 128),
            _ => String::new(),
        };
        let failure = Failure::step(Code::R0803, format!("the command failed on {host} with exit status {code}{why}"));
        if tail.trim().is_empty() {
            failure.note("it printed nothing")
        } else {
            failure.note(format!("it printed:\n{tail}"))
        }
    }

    /// The command with its values spliced in; none where a value is known in a real run only.
    async fn prepare(
        &self,
        at: At,
        command: &Command,
        frame: &mut Frame,
    ) -> Result<Option<transport::Command>, Failure> {
        let mut script = String::new();
        for part in &command.parts {
            match part {
                CommandPart::Text(text) => script.push_str(text),
                CommandPart::Raw(value) => script.push_str(&self.text(at, value, frame).await?),
                CommandPart::Value(value, quoting) => {
                    let value = self.expr(at, value, frame).await?;
                    if value.is_unknown() {
                        return Ok(None);
                    }
                    self.is_here(at, &value).map_err(|failure| failure.at(command.span))?;
                    let quoted = match &value {
                        Value::List(items) => {
                            let items: Vec<Rc<str>> = items.iter().map(|item| self.shown(item)).collect();
                            shell::quote_list(&items, *quoting)
                        }
                        value => shell::quote(&self.shown(value), *quoting),
                    };
                    let quoted =
                        quoted.map_err(|error| Failure::step(Code::R0803, error.to_string()).at(command.span))?;
                    script.push_str(&quoted);
                }
            }
        }
        let mut prepared = transport::Command::new(script);
        if let Some(cwd) = &command.cwd {
            prepared.cwd = self.optional_text(at, cwd, frame).await?;
        }
        if let Some(user) = &command.user {
            prepared.user = self.optional_text(at, user, frame).await?;
        }
        if let Some(stdin) = &command.stdin {
            prepared.stdin = self.optional_text(at, stdin, frame).await?.map(String::into_bytes);
        }
        if let Some(env) = &command.env
            && let Value::Map(variables) = self.expr(at, env, frame).await?
        {
            for (name, value) in variables.iter() {
                if value.is_unknown() {
                    return Ok(None);
                }
                prepared.env.push((name.clone(), self.revealed(value)));
            }
        }
        Ok(Some(prepared))
    }

    /// A path means nothing on another host than its own.
    fn is_here(&self, at: At, value: &Value) -> Result<(), Failure> {
        let (Value::File(located) | Value::Socket(located)) = value else { return Ok(()) };
        if located.host == at.host {
            return Ok(());
        }
        let (there, here) = (&located.host_name, self.host_name(at));
        let across = if matches!(value, Value::Socket(_)) { "forward(…)" } else { "copy(…, to: \"…\")" };
        let message = format!("{} is on {there}, and the command runs on {here}", located.path);
        Err(Failure::step(Code::R0803, message).help(format!("`{across}` takes it across")))
    }

    async fn optional_text(&self, at: At, expr: &Expr, frame: &mut Frame) -> Result<Option<String>, Failure> {
        let value = self.expr(at, expr, frame).await?;
        Ok((!matches!(value, Value::None)).then(|| self.revealed(&value)))
    }

    /// The text of a value, a secret's too: on its way to a host by environment or standard input, and nowhere else.
    fn revealed(&self, value: &Value) -> String {
        match value {
            Value::Secret(text) => text.to_string(),
            value => self.shown(value).to_string(),
        }
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

fn element(value: &Value, index: &Value) -> Result<Value, Failure> {
    match (value, index) {
        (Value::List(items), Value::Int(at)) => {
            let found = usize::try_from(*at).ok().and_then(|at| items.get(at));
            found.cloned().ok_or_else(|| {
                Failure::step(Code::R0803, format!("the list has {} elements, and none at {at}", items.len()))
            })
        }
        (Value::Map(entries), Value::Str(key)) => entries.get(&**key).cloned().ok_or_else(|| {
            let names: Vec<&str> = entries.keys().map(String::as_str).collect();
            Failure::step(Code::R0803, format!("there is no entry `{key}`"))
                .note(format!("known are {}", crate::diagnostic::list(&names)))
                .help(format!("give a fallback: `get(…, \"{key}\", …)`"))
        }),
        _ => Ok(Value::Unknown),
    }
}

fn operate(op: BinaryOp, left: Value, right: Value) -> Result<Value, Failure> {
    use Value::{Bool, Duration, Int, Size};
    let too_large = || Failure::step(Code::R0803, "the result is out of range");
    Ok(match (op, left, right) {
        (BinaryOp::And | BinaryOp::Or, _, right) => right,
        (BinaryOp::Compare(Comparison::Eq), left, right) => Bool(left == right),
        (BinaryOp::Compare(Comparison::Ne), left, right) => Bool(left != right),
        (BinaryOp::Compare(op), left, right) => Bool(in_order(op, &left, &right)),
        (BinaryOp::In, left, Value::List(items)) => Bool(items.contains(&left)),
        (BinaryOp::In, Value::Str(key), Value::Map(entries)) => Bool(entries.contains_key(&*key)),
        (BinaryOp::Add, Value::Str(a), Value::Str(b)) => Value::text(format!("{a}{b}")),
        (BinaryOp::Add, Value::List(a), Value::List(b)) => Value::list(a.iter().chain(b.iter()).cloned().collect()),
        (BinaryOp::Div | BinaryOp::Rem, _, Int(0) | Duration(0) | Size(0)) => {
            return Err(Failure::step(Code::R0803, "division by zero"));
        }
        (op, Int(a), Int(b)) => Int(whole(op, a, b).ok_or_else(too_large)?),
        (BinaryOp::Div, Duration(a), Duration(b)) | (BinaryOp::Div, Size(a), Size(b)) => {
            Int(i64::try_from(a / b).map_err(|_| too_large())?)
        }
        (op, Duration(a), Duration(b)) => Duration(natural(op, a, b).ok_or_else(too_large)?),
        (op, Size(a), Size(b)) => Size(natural(op, a, b).ok_or_else(too_large)?),
        (op, Duration(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Duration(a)) => {
            Duration(u64::try_from(b).ok().and_then(|b| natural(op, a, b)).ok_or_else(too_large)?)
        }
        (op, Size(a), Int(b)) | (op @ BinaryOp::Mul, Int(b), Size(a)) => {
            Size(u64::try_from(b).ok().and_then(|b| natural(op, a, b)).ok_or_else(too_large)?)
        }
        _ => Value::Unknown,
    })
}

fn whole(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn natural(op: BinaryOp, a: u64, b: u64) -> Option<u64> {
    match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div => a.checked_div(b),
        _ => a.checked_rem(b),
    }
}

fn in_order(op: Comparison, left: &Value, right: &Value) -> bool {
    let ordering = match (left, right) {
        (Value::Int(a), Value::Int(b)) => a.cmp(b),
        (Value::Duration(a), Value::Duration(b)) | (Value::Size(a), Value::Size(b)) => a.cmp(b),
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => return false,
    };
    match op {
        Comparison::Lt => ordering.is_lt(),
        Comparison::Le => ordering.is_le(),
        Comparison::Gt => ordering.is_gt(),
        Comparison::Ge => ordering.is_ge(),
        Comparison::Eq => ordering.is_eq(),
        Comparison::Ne => ordering.is_ne(),
    }
}
