//! Commands of the shell: values spliced in, run on the host, their output taken.

use std::rc::Rc;

use super::durable::{Ended, SPOOLS};
use super::evaluate::Frame;
use super::event::Event;
use super::failure::{self, Failure, Kind};
use super::out_of_memory::Sign;
use super::output::{LARGEST_VALUE, Lines};
use super::scripts::Script;
use super::state::{At, State};
use super::step::{Begun, Doing};
use super::value::{Output, Value};
use crate::check::ir::{Command, CommandPart, Expr};
use crate::diagnostic::Code;
use crate::shell;
use crate::transport;

impl State {
    /// Runs a command; `must` it succeed, or is its output an answer whatever its status?
    pub(super) async fn command(
        &self,
        at: At,
        command: &Command,
        must: bool,
        frame: &mut Frame,
    ) -> Result<Value, Failure> {
        let span = command.span;
        let Some(prepared) = self.prepare(at, command, frame).await? else {
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
        let durable = match &command.durable {
            Some(durable) => self.expr(at, durable, frame).await? == Value::Bool(true) && self.machine.is_durable(),
            None => false,
        };
        let what = said(&prepared);
        let doing = Doing { what: &what, acts: !command.reads || durable, durable };
        let mut spool = None;
        let outcome = self
            .step(at, &doing, async |begun| {
                if durable {
                    spool = Some(Script::Forget.on(&[&begun.name]).script);
                    return self.run_once(at, command, &prepared, must, &limit, Some(&begun), begun.step).await;
                }
                let run = || self.run_once(at, command, &prepared, must, &limit, None, begun.step);
                self.again_if_lost(doing.acts, run).await
            })
            .await;
        // Only when its status is on record: until then a resumed run asks for it again.
        if let Some(script) = spool {
            match self.kept().await {
                Ok(()) => self.settle(at.host, &script).await,
                Err(_) => self.leave(at.host, &script),
            }
        }
        let outcome = outcome.map_err(|failure| failure.at(span))?;
        self.step_done(at);
        Ok(outcome)
    }

    /// Looks again where the connection was lost under it. What acts may have happened: that is told.
    pub(super) async fn again_if_lost(
        &self,
        acts: bool,
        work: impl AsyncFn() -> Result<Value, Failure>,
    ) -> Result<Value, Failure> {
        const TIMES: usize = 3;
        let mut left = TIMES;
        loop {
            left -= 1;
            match work().await {
                Err(failure) if failure.kind == Kind::Unknown && acts => {
                    let failure = Failure { code: Code::R0807, ..failure };
                    return Err(failure
                        .note("whether it happened is not known; what was left of it there has been ended")
                        .help("look at the host; in an `ensure` or a `retry` it is done again without being told"));
                }
                Err(failure) if matches!(failure.kind, Kind::Unknown | Kind::NotBegun) && left > 0 => {}
                done => return done,
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all of them say how one command runs")]
    async fn run_once(
        &self,
        at: At,
        command: &Command,
        prepared: &transport::Command,
        must: bool,
        limit: &Value,
        durable: Option<&Begun>,
        step: u64,
    ) -> Result<Value, Failure> {
        let (keep, span) = (command.used, command.span);
        let live = !keep && !at.quiet;
        let mut lines = Lines::new(&*self.observer, self.stage_name(at), self.host_name(at), Some(step), live, keep);
        let work = async {
            match durable {
                Some(begun) => self.durable(at, prepared, begun, &mut lines).await,
                None => {
                    let exit = self.cluster.run(at.host, prepared, &mut lines).await;
                    exit.map(|exit| Ended { code: exit.code, full: false })
                }
            }
        };
        let ended = self.limited(at, limit, span, work).await;
        lines.finish();
        let Ended { code, full } = match ended {
            Ok(ended) => ended,
            Err(failure) => {
                // The connection may have been lost with what took all memory.
                let lost = failure.kind == Kind::Unknown && !command.reads;
                let dead = if lost { self.out_of_memory(at, Sign::Lost, &lines.tail()).await } else { None };
                return Err(dead.unwrap_or(failure).at(span));
            }
        };
        if full {
            lines.say(&format!(
                "the disk of {} is full: output may be missing, it is kept in {SPOOLS}",
                self.host_name(at)
            ));
        }
        if must && code != 0 {
            let tail = lines.tail();
            let dead = match Sign::of(code, &tail) {
                Some(sign) => self.out_of_memory(at, sign, &tail).await,
                None => None,
            };
            return Err(dead.unwrap_or_else(|| self.command_failed(at, code, &tail)).at(span));
        }
        if full && keep {
            return Err(failure::full(self.host_name(at), SPOOLS, "the whole output of the command").at(span));
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
        let output = Output {
            stdout: lines.stdout.text().trim_end_matches(['\n', '\r']).into(),
            stderr: lines.stderr.text().trim_end_matches(['\n', '\r']).into(),
            code,
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
        failure.printed(tail)
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
                CommandPart::Value { value, quoting, dash, .. } => {
                    let value = self.expr(at, value, frame).await?;
                    if value.is_unknown() {
                        return Ok(None);
                    }
                    if let Some(option) = self.option_in(&value).filter(|_| !dash) {
                        let message = format!("the value `{option}` would be read as an option here");
                        return Err(Failure::step(Code::R0803, message)
                            .at(command.span)
                            .help("write options into the text; a path can begin with `./`"));
                    }
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
        let mut prepared = transport::Command { of_workflow: true, ..transport::Command::new(script) };
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
            // The checker saw the names of a map that is written in its place, and no others.
            let computed = !matches!(env, Expr::Record(_));
            for (name, value) in variables.iter() {
                if value.is_unknown() {
                    return Ok(None);
                }
                if computed && shell::runs_its_value(name) {
                    let message =
                        format!("programs run the value of `{name}`, and what it holds was not known to the check");
                    return Err(Failure::step(Code::R0803, message)
                        .at(command.span)
                        .help(format!("name it where it is used: `env: {{ {name}: … }}`")));
                }
                prepared.env.push((name.clone(), self.revealed(value)));
            }
        }
        Ok(Some(prepared))
    }

    /// A spliced word that begins as an option does.
    fn option_in(&self, value: &Value) -> Option<Rc<str>> {
        match value {
            Value::List(items) => items.iter().find_map(|item| self.option_in(item)),
            value => Some(self.shown(value)).filter(|word| word.starts_with('-')),
        }
    }

    async fn optional_text(&self, at: At, expr: &Expr, frame: &mut Frame) -> Result<Option<String>, Failure> {
        let value = self.expr(at, expr, frame).await?;
        Ok((!matches!(value, Value::None)).then(|| self.revealed(&value)))
    }

    /// The text of a value, a secret's too: on its way to a host by environment or standard input, and nowhere else.
    fn revealed(&self, value: &Value) -> String {
        match value {
            Value::Secret(text) => {
                self.observer.hide(text);
                text.to_string()
            }
            value => self.shown(value).to_string(),
        }
    }
}

/// A command as the journal names it: its text, where and as whom it runs, and which variables it is given.
fn said(command: &transport::Command) -> String {
    let mut said = String::new();
    if let Some(user) = &command.user {
        said.push_str(&format!("[user {user}] "));
    }
    if let Some(cwd) = &command.cwd {
        said.push_str(&format!("[cwd {cwd}] "));
    }
    for (name, _) in &command.env {
        said.push_str(&format!("[env {name}] "));
    }
    said.push_str(&command.script);
    said
}
