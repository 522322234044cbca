//! What a test expects, compared with what a run told.

use super::glob;
use super::messages;
use super::record::{Record, Told};
use super::world::{Ran, Where, World};
use crate::check::testing::{Expectation, Expected, Manner};
use crate::diagnostic::{Code, Diagnostic};
use crate::run::Status;
use crate::run::event::Ensured;
use crate::run::failure::Failure;
use crate::source::Span;

/// A run, and what its hosts are called.
pub(super) struct Seen<'a> {
    pub(super) record: &'a Record,
    pub(super) world: &'a World,
}

impl Seen<'_> {
    /// What is not as it is expected. What is expected to be refused is not asked of a run.
    pub(super) fn check(&self, expected: &Expected) -> Vec<Diagnostic> {
        let (on, span) = (expected.on.as_deref(), expected.span);
        match &expected.kind {
            Expectation::Commands(commands, manner) if expected.negated => self.no_command(commands, manner, on, span),
            Expectation::Commands(commands, manner) => {
                self.each(on, |host| self.commands(commands, manner, host, span))
            }
            Expectation::Output(text) if expected.negated => self.no_output(text, on, span),
            Expectation::Output(text) => self.each(on, |host| self.output(text, host, span)),
            Expectation::File(path, text) => self.files(path, text.as_deref(), expected.negated, on, span),
            Expectation::OkGoal(goal) => self.each(on, |host| self.goal(goal, host, Ensured::Ok, span)),
            Expectation::ChangedGoal(goal) => self.each(on, |host| self.goal(goal, host, Ensured::Changed, span)),
            Expectation::Ok(stage) => self.done(*stage, on, span),
            Expectation::Failed(code, stage) => {
                self.each(on, |host| self.failed(*code, *stage, expected.because.as_deref(), host, span))
            }
            Expectation::Refusal(..) => Vec::new(),
        }
    }

    /// Asks of each host, or once of all.
    fn each(&self, on: Option<&[usize]>, ask: impl Fn(Where) -> Option<Diagnostic>) -> Vec<Diagnostic> {
        match on {
            None => ask(None).into_iter().collect(),
            Some(hosts) => hosts.iter().filter_map(|host| ask(Some(*host))).collect(),
        }
    }

    fn host_name(&self, host: Where) -> Option<&str> {
        host.map(|host| self.world.name(Some(host)))
    }

    fn is_on(&self, told: &Told, host: Where) -> bool {
        self.host_name(host).is_none_or(|name| told.host().is_none_or(|host| host == name))
    }

    /// The commands of a host, or of all.
    fn ran(&self, host: Where) -> Vec<Ran> {
        let ran = self.record.commands(self.world).into_iter();
        ran.filter(|ran| host.is_none() || ran.host == host).collect()
    }

    fn commands(&self, commands: &[String], manner: &Manner, host: Where, span: Span) -> Option<Diagnostic> {
        let ran = self.ran(host);
        let mut rest = ran.iter();
        let mut before: Option<&str> = None;
        for (number, command) in commands.iter().enumerate() {
            let is_last = number + 1 == commands.len();
            let asked = rest.clone();
            let found = rest.any(|ran| glob::is_command(command, &ran.command) && (!is_last || is_so(manner, ran)));
            if !found {
                let otherwise: Vec<&Ran> = asked.filter(|ran| glob::is_command(command, &ran.command)).collect();
                let told: Vec<(&str, &Ran)> = ran.iter().map(|ran| (self.world.name(ran.host), ran)).collect();
                return Some(match otherwise.as_slice() {
                    [] => messages::did_not_run(command, self.host_name(host), before, &told, span),
                    otherwise => messages::ran_otherwise(command, self.host_name(host), otherwise, span),
                });
            }
            before = Some(command);
        }
        None
    }

    fn no_command(&self, commands: &[String], manner: &Manner, on: Option<&[usize]>, span: Span) -> Vec<Diagnostic> {
        let ran = self.record.commands(self.world).into_iter();
        let here = ran.filter(|ran| on.is_none_or(|on| ran.host.is_some_and(|host| on.contains(&host))));
        let is_one = |ran: &Ran| commands.iter().any(|command| glob::is_command(command, &ran.command));
        let same = here.filter(|ran| is_one(ran) && is_so(manner, ran));
        same.map(|ran| messages::did_run(&ran.command, self.world.name(ran.host), span)).take(1).collect()
    }

    fn outputs(&self, host: Where) -> impl Iterator<Item = (&str, &str)> {
        self.record.told.iter().filter(move |told| self.is_on(told, host)).filter_map(|told| match told {
            Told::Output { host, text } => Some((host.as_str(), text.as_str())),
            Told::Goal { .. } | Told::Done { .. } | Told::Failed { .. } => None,
        })
    }

    fn output(&self, wanted: &str, host: Where, span: Span) -> Option<Diagnostic> {
        if self.outputs(host).any(|(_, text)| glob::is_in(wanted, text)) {
            return None;
        }
        let printed: Vec<String> = self
            .outputs(host)
            .flat_map(|(host, text)| text.lines().map(move |line| format!("{host}: {line}")))
            .collect();
        Some(messages::not_printed(wanted, self.host_name(host), &printed, span))
    }

    fn no_output(&self, unwanted: &str, on: Option<&[usize]>, span: Span) -> Vec<Diagnostic> {
        self.each(on, |host| {
            let (at, text) = self.outputs(host).find(|(_, text)| glob::is_in(unwanted, text))?;
            Some(messages::printed(text, at, span))
        })
    }

    /// Without hosts it is a file of any, the machine that flowrun runs on among them.
    fn files(
        &self,
        path: &str,
        text: Option<&str>,
        negated: bool,
        on: Option<&[usize]>,
        span: Span,
    ) -> Vec<Diagnostic> {
        let asked = |host: &Where| self.file(path, text, negated, *host, span);
        if let Some(hosts) = on {
            return hosts.iter().filter_map(|host| asked(&Some(*host))).collect();
        }
        let all = std::iter::once(None).chain((0..self.world.names.len()).map(Some));
        let having: Vec<Where> = all.filter(|host| self.world.file(*host, path).is_some()).collect();
        let faults: Vec<Diagnostic> = having.iter().filter_map(asked).collect();
        match having.is_empty() {
            true if negated => Vec::new(),
            true => vec![messages::no_file_anywhere(path, span)],
            // One that is as it should be is enough.
            false if !negated && faults.len() < having.len() => Vec::new(),
            false => faults,
        }
    }

    fn file(&self, path: &str, text: Option<&str>, negated: bool, host: Where, span: Span) -> Option<Diagnostic> {
        let (name, found) = (self.world.name(host), self.world.file(host, path));
        let holds = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let same = |holds: &str| text.is_none_or(|text| glob::is_whole(text, holds));
        match holds {
            None => (!negated).then(|| messages::no_file(path, name, span)),
            Some(holds) if negated => same(&holds).then(|| messages::a_file(path, name, span)),
            Some(holds) => (!same(&holds)).then(|| messages::other_file(path, name, text, &holds, span)),
        }
    }

    fn goal(&self, wanted: &str, host: Where, outcome: Ensured, span: Span) -> Option<Diagnostic> {
        let goals = self.record.told.iter().filter(|told| self.is_on(told, host)).filter_map(|told| match told {
            Told::Goal { host, goal, outcome } => Some((host, goal, *outcome)),
            Told::Output { .. } | Told::Done { .. } | Told::Failed { .. } => None,
        });
        let goals: Vec<(&String, &String, Ensured)> = goals.collect();
        let mut same = goals.iter().filter(|(_, goal, _)| glob::matches(wanted, goal)).peekable();
        if same.peek().is_none() {
            let seen = goals.iter().map(|(host, goal, was)| format!("{host}: {goal} ({})", word(*was)));
            return Some(messages::goal_unseen(wanted, self.host_name(host), &seen.collect::<Vec<_>>(), span));
        }
        let (host, goal, was) = same.find(|(_, _, was)| *was != outcome)?;
        Some(messages::goal_other(goal, host, word(*was), word(outcome), span))
    }

    fn done(&self, stage: Option<usize>, on: Option<&[usize]>, span: Span) -> Vec<Diagnostic> {
        let stage = stage.and_then(|stage| self.record.stages.get(stage));
        let (what, status) = match stage {
            Some((name, status)) => (format!("stage `{name}`"), *status),
            None => ("the run".to_owned(), self.record.status),
        };
        let Some(hosts) = on else {
            let not = status != Status::Done;
            return not.then(|| messages::not_done(&what, status.name(), span)).into_iter().collect();
        };
        let done = |wanted: &str, name: &str| {
            self.record.told.iter().any(|told| match told {
                Told::Done { stage, host } => host == name && stage == wanted,
                Told::Output { .. } | Told::Goal { .. } | Told::Failed { .. } => false,
            })
        };
        // Without a stage it is every one that the host has, and there has to be one.
        let ended = |name: &str| match stage {
            Some((stage, _)) => done(stage, name),
            None => {
                let mut own = self.record.places.iter().filter(|(_, hosts)| hosts.iter().any(|host| host == name));
                own.clone().next().is_some() && own.all(|(stage, _)| done(stage, name))
            }
        };
        let names = hosts.iter().map(|host| self.world.name(Some(*host)));
        let missing = names.filter(|name| !ended(name));
        missing.map(|name| messages::not_done_on(&what, name, span)).collect()
    }

    fn failed(
        &self,
        code: Option<Code>,
        stage: Option<usize>,
        because: Option<&str>,
        host: Where,
        span: Span,
    ) -> Option<Diagnostic> {
        if self.meant(code, stage, because, host).next().is_some() {
            return None;
        }
        let failures: Vec<&Failure> = self.record.failures().collect();
        let stage = stage.and_then(|stage| self.record.stages.get(stage)).map(|(name, _)| name);
        let what = stage.map_or_else(|| "the run".to_owned(), |stage| format!("stage `{stage}`"));
        let on = self.host_name(host).map(|host| format!(" on {host}")).unwrap_or_default();
        Some(messages::not_failed(&format!("{what}{on}"), &failures, span))
    }

    /// Which of what was told are the failures that are expected.
    pub(super) fn excused(&self, expected: &Expected) -> Vec<usize> {
        let Expectation::Failed(code, stage) = &expected.kind else { return Vec::new() };
        let hosts = expected.on.as_ref().map_or_else(|| vec![None], |on| on.iter().copied().map(Some).collect());
        let because = expected.because.as_deref();
        hosts.into_iter().flat_map(|host| self.meant(*code, *stage, because, host)).collect()
    }

    fn meant(
        &self,
        code: Option<Code>,
        stage: Option<usize>,
        because: Option<&str>,
        host: Where,
    ) -> impl Iterator<Item = usize> {
        let stage = stage.and_then(|stage| self.record.stages.get(stage)).map(|(name, _)| name);
        let says = move |failure: &Failure| {
            let texts = || std::iter::once(&failure.message).chain(&failure.notes);
            because.is_none_or(|because| texts().any(|text| glob::is_in(because, text)))
        };
        let meant = move |told: &Told| match told {
            Told::Failed { stage: failed, failure, .. } => {
                let of_stage = stage.is_none_or(|stage| failed.as_ref().is_none_or(|failed| failed == stage));
                of_stage && code.is_none_or(|code| code == failure.code) && says(failure)
            }
            Told::Output { .. } | Told::Goal { .. } | Told::Done { .. } => false,
        };
        let told = self.record.told.iter().enumerate();
        let found = told.filter(|(_, told)| self.is_on(told, host) && meant(told)).map(|(number, _)| number);
        found.collect::<Vec<_>>().into_iter()
    }
}

/// Whether a command ran as a test asks.
fn is_so(wanted: &Manner, ran: &Ran) -> bool {
    let same = |wanted: &Option<String>, was: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| was.as_ref().is_some_and(|was| glob::matches(wanted, was)))
    };
    let was = &ran.manner;
    let has = |(name, wanted): &(String, String)| {
        was.env.iter().any(|(known, value)| known == name && glob::matches(wanted, value))
    };
    wanted.env.iter().all(has)
        && same(&wanted.user, &was.user)
        && same(&wanted.cwd, &was.cwd)
        && same(&wanted.stdin, &was.stdin)
}

fn word(outcome: Ensured) -> &'static str {
    match outcome {
        Ensured::Ok => "ok",
        Ensured::Changed => "changed",
        Ensured::WouldChange => "left as it was",
        Ensured::NotKnown => "not known",
    }
}
