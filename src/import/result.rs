//! What is done about the result of a module: `register`, `failed_when`, `until`, `notify`.

use super::code::{Code, Text, plain, quoted};
use super::keywords::{Task, bracketed, ignored, is_repeated};
use super::modules;
use super::params::Params;
use super::read::{Source, items, truth};
use super::scope::{Known, Rank, Ty};
use super::step::{Call, Step};
use super::translator::Translator;
use super::value::{Reason, Value};
use crate::inventory::node::Node;

impl Translator<'_> {
    /// The module, with what is done about its result.
    pub(super) fn body(
        &mut self,
        source: &Source,
        task: &Task<'_>,
        module: &str,
        given: &Node,
    ) -> Result<Code, Reason> {
        let params = Params::of(module, given, task.get("args"))?;
        let steps = modules::translate(self, module, params)
            .map_err(|reason| if reason.contains(module) { reason } else { format!("`{module}`: {reason}") })?;
        if !self.setting.env.is_empty() && !takes_environment(module) {
            return Err(format!("`environment` of `{module}` has no counterpart"));
        }
        let mut code = Code::new();
        self.comments(task, &steps, &mut code);
        let notified = self.notified(task)?;
        let ignores =
            task.is_on("ignore_errors").unwrap_or(false) || task.get("failed_when").and_then(truth) == Some(false);
        let steps = match steps.as_slice() {
            [Step::Command(call)] => return self.command(source, task, call, ignores, code, notified),
            [Step::Value(value, ty)] => return self.registered(task, value, ty, code),
            _ => steps,
        };
        if is_repeated(task) || task.get("failed_when").is_some() && !ignores {
            return Err(String::from("`until` and `failed_when` of what is no command"));
        }
        if let Some(name) = task.text("register") {
            let lost = Known::Lost(format!("`{name}` is what a module returned that is no command"));
            self.scope.set(name, lost, Rank::Fact);
        }
        if steps.is_empty() {
            code.comment(&format!("`{module}` is nothing that a workflow has to do"));
        }
        let goals = steps.iter().filter(|step| matches!(step, Step::Ensure { .. })).count();
        let mut inner = Code::new();
        let mut is_told = notified.is_empty();
        for step in steps {
            match step {
                Step::Ensure { goal, check, mut fix } => {
                    let titled = if goals == 1 { self.reader().text(task.title()).ok() } else { None };
                    let goal = titled.filter(|title| *title != Text::of("")).unwrap_or(goal);
                    fix.append(notified.clone());
                    is_told = true;
                    inner.block(format!("ensure {}", goal.quoted()), check);
                    inner.go_on("else", fix);
                }
                Step::Plain(lines) => inner.append(lines),
                Step::Command(call) => inner.push(call.code()),
                Step::Value(value, _) => inner.push(format!("print \"{{{{ {value} }}}}\"")),
            }
        }
        if !is_told {
            inner.comment("each time: what stands above does not say whether it changed something");
            inner.append(notified);
        }
        code.append(if ignores { ignored(inner) } else { inner });
        Ok(code)
    }

    /// What is said above a statement.
    pub(super) fn comments(&mut self, task: &Task<'_>, steps: &[Step], code: &mut Code) {
        let goals = steps.iter().filter(|step| matches!(step, Step::Ensure { .. })).count();
        if goals != 1 || self.reader().text(task.title()).is_err() {
            code.comment(&plain(task.title()));
        }
        if let Some(tags) = task.get("tags") {
            let tags: Vec<&str> = items(tags).into_iter().filter_map(Node::text).collect();
            code.comment(&format!("tags: {}", tags.join(", ")));
        }
        let never_changes = task.text("changed_when").is_none_or(|text| text.eq_ignore_ascii_case("false"));
        if !never_changes {
            code.comment(&format!("changed_when: {}", task.text("changed_when").unwrap_or_default()));
        }
    }

    pub(super) fn command(
        &mut self,
        source: &Source,
        task: &Task<'_>,
        call: &Call,
        ignores: bool,
        mut code: Code,
        notified: Code,
    ) -> Result<Code, Reason> {
        if is_repeated(task) {
            let repeated = self.repeated(task, &call.code(), Ty::Output)?;
            code.append(if ignores { ignored(repeated) } else { repeated });
            code.append(notified);
            return Ok(code);
        }
        let name = task.text("register");
        let fails = task.get("failed_when").filter(|_| !ignores);
        let is_silent = task.get("changed_when").and_then(truth) == Some(false);
        let changes = task.get("changed_when").filter(|node| !notified.is_empty() && truth(node).is_none());
        let is_used = name.is_some_and(|name| source.speaks_of(name, task.node) || self.spoken_of.contains(name))
            || fails.or(changes).is_some();
        let tried = if ignores || fails.is_some() { "try " } else { "" };
        let sh = format!("{tried}{}", call.code());
        match name.or(fails.or(changes).map(|_| "result")).filter(|_| is_used) {
            Some(name) => code.append(self.bind(name, &Value::new(sh, Ty::Output), Rank::Fact)),
            None => code.push(sh),
        }
        if let Some(fails) = fails {
            code.append(self.failing_when(task, fails)?);
        }
        if let Some(name) = name.filter(|_| is_used) {
            self.judge(task, name, fails.is_some());
        }
        match changes {
            _ if is_silent => {}
            Some(node) => code.block(format!("if {}", self.all_of(node)?), notified),
            None => code.append(notified),
        }
        Ok(code)
    }

    pub(super) fn failing_when(&mut self, task: &Task<'_>, conditions: &Node) -> Result<Code, Reason> {
        let title = if task.title().is_empty() { "the step failed" } else { task.title() };
        let fail = Code::line(format!("fail {}", self.string(title).unwrap_or_else(|_| quoted(title))));
        let mut code = Code::new();
        code.block(format!("if {}", self.all_of(conditions)?), fail);
        Ok(code)
    }

    /// Keeps what `failed_when` says of a result. A step that fails by it ends its run: behind it there is no failure left.
    fn judge(&mut self, task: &Task<'_>, name: &str, ends: bool) {
        let Some(conditions) = task.get("failed_when") else { return };
        let Some(Known::Value { name: bound, .. }) = self.scope.get(name).cloned() else { return };
        let failure = match truth(conditions) {
            _ if ends => Ok(String::from("false")),
            Some(truth) => Ok(truth.to_string()),
            None => {
                self.all_of(conditions).and_then(|condition| match condition.contains(&format!("{}.", self.here)) {
                    true => Err(format!("whether `{name}` failed depends on the host that it ran on")),
                    false => Ok(condition),
                })
            }
        };
        self.scope.judge(&bound, failure);
    }

    /// Conditions that have to hold together, as one.
    pub(super) fn all_of(&mut self, node: &Node) -> Result<String, Reason> {
        let conditions = self.conditions(node)?;
        match conditions.as_slice() {
            [] => Err(String::from("a condition is empty")),
            [one] => Ok(one.text.clone()),
            several => {
                let texts: Vec<String> = several.iter().map(|condition| bracketed(&condition.text)).collect();
                Ok(texts.join(" and "))
            }
        }
    }

    /// `until`, `retries`, `delay`.
    pub(super) fn repeated(&mut self, task: &Task<'_>, value: &str, ty: Ty) -> Result<Code, Reason> {
        let number = |name: &str, usual: i64| match task.text(name) {
            None => Ok(usual),
            Some(text) => text.parse::<i64>().map_err(|_| format!("`{name}` is known at run time only")),
        };
        // Ansible counts what is done again, flow what is done at all.
        let (times, pause) = (number("retries", 3)?.clamp(0, 1_000_000) + 1, number("delay", 5)?.clamp(0, 86_400));
        let name = task.text("register").unwrap_or("result");
        self.scope.enter();
        let tried = if ty == Ty::Output { format!("try {value}") } else { value.to_owned() };
        let mut inner = self.bind(name, &Value::new(tried, ty.clone()), Rank::Fact);
        let fails = task.get("failed_when").filter(|node| truth(node) != Some(false));
        let fails = fails.map(|fails| self.failing_when(task, fails)).transpose();
        self.judge(task, name, false);
        let conditions = task.get("until").map(|until| self.conditions(until)).transpose();
        let bound = inner.text().trim_start_matches("let ").split(' ').next().unwrap_or_default().to_owned();
        self.scope.leave(Some("by a step that is repeated"));
        let conditions = conditions?.unwrap_or_default();
        let says_ok = |condition: &Value| {
            condition.text == format!("{bound}.ok") || condition.text == format!("{bound}.code == 0")
        };
        let fails = fails?;
        if ty == Ty::Output && fails.is_none() && conditions.iter().all(says_ok) {
            inner = Code::line(value);
        } else {
            conditions.iter().for_each(|condition| inner.push(format!("assert {}", condition.text)));
        }
        if let Some(fails) = fails {
            inner.append(fails);
        }
        let mut code = Code::new();
        code.block(format!("retry {times} every {pause}s"), inner);
        Ok(code)
    }

    pub(super) fn registered(&mut self, task: &Task<'_>, value: &str, ty: &Ty, mut code: Code) -> Result<Code, Reason> {
        if task.get("failed_when").is_some() {
            return Err(String::from("`failed_when` of what is no command"));
        }
        if is_repeated(task) {
            code.append(self.repeated(task, value, ty.clone())?);
            return Ok(code);
        }
        match task.text("register") {
            Some(name) => code.append(self.bind(name, &Value::new(value, ty.clone()), Rank::Fact)),
            None => code.comment("nothing was made of what this found"),
        }
        Ok(code)
    }

    /// The handlers that a task notifies, in the place where they would be run if nothing came between.
    pub(super) fn notified(&mut self, task: &Task<'_>) -> Result<Code, Reason> {
        let mut code = Code::new();
        for node in task.get("notify").into_iter().flat_map(items) {
            let name = node.text().unwrap_or_default();
            let hears = |handler: &Node| {
                let listens = handler.get("listen").into_iter().flat_map(items).any(|topic| topic.text() == Some(name));
                listens || handler.get("name").and_then(Node::text) == Some(name)
            };
            let found: Vec<(Source, Node)> = self.handlers.iter().filter(|(_, node)| hears(node)).cloned().collect();
            if found.is_empty() {
                return Err(format!("there is no handler `{name}`"));
            }
            for (source, node) in found {
                if node.get("notify").is_some() {
                    return Err(format!("the handler `{name}` notifies others"));
                }
                if self.here != "here" {
                    return Err(format!("it notifies the handler `{name}` from another host"));
                }
                self.scope.enter();
                let setting = std::mem::replace(&mut self.setting, self.of_play.clone());
                code.append(self.task(&source, &node));
                self.setting = setting;
                self.scope.leave(None);
            }
        }
        Ok(code)
    }
}

/// Whether a module is given the variables of the environment, or does nothing that they could change.
fn takes_environment(module: &str) -> bool {
    let runs = ["command", "shell", "raw"];
    let looks_at_none = [
        "assert",
        "copy",
        "debug",
        "fail",
        "file",
        "meta",
        "pause",
        "ping",
        "service",
        "set_fact",
        "setup",
        "slurp",
        "stat",
        "systemd",
        "systemd_service",
        "template",
        "wait_for",
        "wait_for_connection",
    ];
    runs.contains(&module) || looks_at_none.contains(&module)
}
