//! From tasks to statements: the keywords around a module.

use std::path::PathBuf;

use super::code::{Code, Text, key, plain, quoted};
use super::condition;
use super::modules;
use super::params::Params;
use super::read::{Source, fields, items, truth};
use super::scope::{Known, Ty, Words};
use super::step::{Call, Step};
use super::translator::Translator;
use super::value::{Reason, Value};
use crate::inventory::node::{Node, Value as Yaml};

/// Keywords that mean nothing to a workflow, or are looked at elsewhere.
const KEYWORDS: &[&str] = &[
    "name",
    "when",
    "loop",
    "loop_control",
    "register",
    "become",
    "become_user",
    "become_method",
    "become_flags",
    "ignore_errors",
    "failed_when",
    "changed_when",
    "delegate_to",
    "run_once",
    "environment",
    "notify",
    "tags",
    "vars",
    "until",
    "retries",
    "delay",
    "args",
    "no_log",
    "listen",
    "check_mode",
    "diff",
    "any_errors_fatal",
    "async",
    "poll",
    "throttle",
    "timeout",
    "delegate_facts",
    "module_defaults",
    "connection",
    "remote_user",
    "local_action",
    "action",
    "collections",
    "ignore_unreachable",
    "port",
    "debugger",
    "block",
    "rescue",
    "always",
];

/// Keywords that ask for something that flow says otherwise, with what it says.
const REFUSED: &[(&str, &str)] = &[
    ("async", "`async`: a command that outlives the connection is `durable: true`"),
    ("run_once", "`run_once`: give the step a stage of its own on one `host`"),
    ("throttle", "`throttle`: the stage's `at-once` says how many hosts run at a time"),
    ("connection", "`connection`: the inventory says how a host is reached"),
    ("remote_user", "`remote_user`: the inventory says who logs in"),
    ("check_mode", "`check_mode`: an `ensure` looks before it changes"),
    ("delegate_facts", "`delegate_facts` has no counterpart"),
    ("debugger", "`debugger` has no counterpart"),
    ("port", "`port`: the inventory says it"),
    ("module_defaults", "`module_defaults` has no counterpart"),
    ("become_flags", "`become_flags` has no counterpart"),
    ("ignore_unreachable", "`ignore_unreachable`: the stage's `tolerate` says how many hosts may fail"),
];

/// A task's keywords by their names.
struct Task<'n> {
    node: &'n Node,
    fields: Vec<(&'n str, &'n Node)>,
}

impl<'n> Task<'n> {
    fn of(node: &'n Node) -> Self {
        Task { node, fields: fields(node) }
    }

    fn get(&self, name: &str) -> Option<&'n Node> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&'n str> {
        self.get(name).and_then(Node::text)
    }

    fn is_on(&self, name: &str) -> Option<bool> {
        self.get(name).and_then(truth)
    }

    fn title(&self) -> &'n str {
        self.text("name").unwrap_or_default()
    }

    /// The module with what it is given; its name without its collection.
    fn module(&self) -> Result<(String, Node), Reason> {
        if let Some(local) = self.get("local_action") {
            return action(local);
        }
        if let Some(other) = self.get("action") {
            return action(other);
        }
        let mut modules = self.fields.iter().filter(|(name, _)| !KEYWORDS.contains(name) && !name.starts_with("with_"));
        match (modules.next(), modules.next()) {
            (Some((name, node)), None) => Ok((short(name), (*node).clone())),
            (Some((first, _)), Some((second, _))) => {
                Err(format!("`{first}` and `{second}` are two modules, or one is misspelt"))
            }
            (None, _) => Err(String::from("it names no module")),
        }
    }
}

/// `local_action: command ls`, and the same as a mapping.
fn action(node: &Node) -> Result<(String, Node), Reason> {
    if let Some(text) = node.text() {
        let (name, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
        let value = Yaml::Scalar { text: rest.trim().to_owned(), plain: rest.trim().is_empty() };
        return Ok((short(name), Node { value, ..node.clone() }));
    }
    let name = node.get("module").and_then(Node::text).ok_or("it names no module")?;
    let Yaml::Mapping(entries) = &node.value else { return Err(String::from("it names no module")) };
    let rest = entries.iter().filter(|(key, _)| key.text() != Some("module")).cloned().collect();
    Ok((short(name), Node { value: Yaml::Mapping(rest), ..node.clone() }))
}

fn short(name: &str) -> String {
    const COLLECTIONS: &[&str] = &["ansible.builtin.", "ansible.legacy.", "ansible.posix.", "community.general."];
    let known = COLLECTIONS.iter().find_map(|collection| name.strip_prefix(collection));
    known.unwrap_or(name).to_owned()
}

/// What holds for several steps in a row.
struct Loop {
    head: String,
    name: String,
    element: Ty,
    words: Words,
}

impl Translator<'_> {
    /// Translates tasks. Those in a row that ask for the same are put into one block, so that what one registers is
    /// known to the next.
    pub(super) fn tasks(&mut self, source: &Source, nodes: &[&Node]) -> Code {
        let mut code = Code::new();
        let mut rest = nodes;
        while let Some((first, _)) = rest.split_first() {
            let alike = rest.iter().take_while(|node| is_alike(first, node)).count().max(1);
            let (these, others) = rest.split_at(alike);
            let translated = if alike > 1 { self.together(source, these) } else { self.task(source, first) };
            code.append(translated);
            rest = others;
        }
        code
    }

    fn together(&mut self, source: &Source, nodes: &[&Node]) -> Code {
        let condition = nodes.first().and_then(|first| first.get("when"));
        let Some(read) = condition.and_then(|when| condition::read(self, when).ok()) else {
            let mut code = Code::new();
            nodes.iter().for_each(|node| code.append(self.task(source, node)));
            return code;
        };
        self.scope.enter();
        let mut body = Code::new();
        for node in nodes {
            let without = without(node, &["when"]);
            body.append(self.task(source, &without));
        }
        self.scope.leave(Some("by a step that may be skipped"));
        read.around(body)
    }

    /// Translates one task; what cannot be translated fails where it stands.
    pub(super) fn task(&mut self, source: &Source, node: &Node) -> Code {
        let task = Task::of(node);
        let (marks, setting) = (self.marks.len(), self.setting.clone());
        let result = if task.get("block").is_some() { self.block(source, &task) } else { self.single(source, &task) };
        self.setting = setting;
        let code = match result {
            Ok(code) if super::is_flow(&code) => code,
            Ok(_) => {
                self.marks.truncate(marks);
                self.refused(source, &task, "what came of it cannot be read: please report this playbook")
            }
            Err(reason) => self.refused(source, &task, &reason),
        };
        if task.get("block").is_none() {
            self.done.insert(source.span(node));
        }
        code
    }

    fn refused(&mut self, source: &Source, task: &Task<'_>, reason: &str) -> Code {
        if let Some(name) = task.text("register") {
            let why = format!("`{name}` is the result of a step that is not translated");
            self.scope.set(name, Known::Lost(why));
        }
        for (_, facts) in task.fields.iter().filter(|(name, _)| short(name) == "set_fact") {
            for (name, _) in fields(facts) {
                self.scope.set(name, Known::Lost(format!("`{name}` is set by a step that is not translated")));
            }
        }
        let mut code = self.not_translated(source, task.node, task.title(), reason);
        let condition = task.get("when").filter(|_| task.get("loop").is_none());
        if let Some(Ok(read)) = condition.map(|when| condition::read(self, when)) {
            code = read.around(code);
        }
        code
    }

    fn single(&mut self, source: &Source, task: &Task<'_>) -> Result<Code, Reason> {
        refuse_keywords(task)?;
        let (module, given) = task.module()?;
        let delegated = self.delegated(task, &module, &given);
        if let Some(code) = self.taken_in(source, task, &module, &given)? {
            return Ok(code);
        }
        self.set(task)?;
        let mut before = self.vars(task)?;
        let turns = self.turns(task)?;
        self.scope.enter();
        if let Some(turns) = &turns {
            let known = Known::Value { name: turns.name.clone(), ty: turns.element.clone(), words: turns.words };
            self.scope.set(loop_var(task), known);
        }
        let read = task.get("when").map(|when| condition::read(self, when)).transpose();
        let limit = task
            .text("timeout")
            .map(|text| text.parse::<u32>().map_err(|_| String::from("`timeout` is no number of seconds")));
        let body = read.and_then(|read| {
            let body = self.placed(delegated.as_deref(), |this| this.body(source, task, &module, &given))?;
            Ok((read, limited(limit.transpose()?, body)))
        });
        let is_bare = turns.is_none()
            && task.get("when").is_none()
            && delegated.is_none()
            && !is_repeated(task)
            && task.get("timeout").is_none();
        let why = if turns.is_some() { "in a loop" } else { "by a step that may be skipped, or that ends before" };
        self.leave(is_bare, why);
        let (read, mut body) = body?;
        if let Some(read) = read {
            body = read.around(body);
        }
        if let Some(turns) = turns {
            let mut around = Code::new();
            around.block(&turns.head, body);
            body = around;
        }
        before.append(body);
        Ok(before)
    }

    /// Leaves what a task is read in. Where nothing stands around it, what it binds is known to the tasks behind it.
    fn leave(&mut self, is_bare: bool, why: &str) {
        if is_bare { self.scope.merge() } else { self.scope.leave(Some(why)) }
    }

    /// Where a task is delegated to.
    fn local_host(&self, task: &Task<'_>) -> Option<String> {
        match task.get("local_action") {
            Some(_) => Some(String::from("localhost")),
            None => task.text("delegate_to").map(str::to_owned).filter(|host| host != "{{ inventory_hostname }}"),
        }
    }

    /// Statements on the host that they are delegated to. What they say of a host, they say of the one that the stage is
    /// on, which has a name of its own within.
    fn placed(
        &mut self,
        delegated: Option<&str>,
        read: impl FnOnce(&mut Self) -> Result<Code, Reason>,
    ) -> Result<Code, Reason> {
        let Some(delegated) = delegated else { return read(self) };
        let host = self.host(delegated)?;
        let origin = self.names.free("origin", true);
        let outer = std::mem::replace(&mut self.here, origin.clone());
        let body = read(self);
        self.here = outer;
        let body = body?;
        let mut code = Code::new();
        if body.text().contains(&format!("{origin}.")) {
            code.push(format!("let {origin} = {}", self.here));
        }
        code.block(format!("at {host}"), body);
        Ok(code)
    }

    /// Where a task is delegated to. Whether a host answers is asked from where flowrun runs anyway.
    fn delegated(&self, task: &Task<'_>, module: &str, given: &Node) -> Option<String> {
        let host = self.local_host(task)?;
        let asked = given.get("host").and_then(Node::text).is_some_and(modules::waits::is_own_address);
        let is_own = module == "wait_for" && asked || module == "wakeonlan";
        (!(is_own && matches!(host.as_str(), "localhost" | "127.0.0.1"))).then_some(host)
    }

    /// A host that steps are delegated to is declared.
    fn host(&mut self, name: &str) -> Result<String, Reason> {
        if name.contains("{{") {
            return Err(String::from("`delegate_to` a host that is known at run time only"));
        }
        let selector = match super::pattern::one(name, self.inventory)? {
            group if group.starts_with("group(") => format!("name == {}", quoted(name)),
            selector => selector,
        };
        let declared = format!("host = {selector}");
        if let Some((known, _)) = self.hosts.iter().find(|(_, known)| *known == declared) {
            return Ok(known.clone());
        }
        let free = self
            .names
            .free(&if selector == "local" { String::from("controller") } else { format!("{name}-host") }, true);
        self.hosts.push((free.clone(), declared));
        Ok(free)
    }

    /// Whose the steps are, and their environment.
    fn set(&mut self, task: &Task<'_>) -> Result<(), Reason> {
        self.become_of(task.get("become"), task.get("become_user"), task.get("become_method"))?;
        let environment = task.get("environment");
        self.environment_of(environment)
    }

    pub(super) fn become_of(
        &mut self,
        on: Option<&Node>,
        user: Option<&Node>,
        method: Option<&Node>,
    ) -> Result<(), Reason> {
        if let Some(method) = method.and_then(Node::text).filter(|method| *method != "sudo") {
            return Err(format!("`become_method: {method}`: flowrun knows `sudo` alone"));
        }
        let on = match on {
            None => self.setting.user.is_some(),
            Some(node) => truth(node).ok_or("`become` is known at run time only")?,
        };
        let user = user.and_then(Node::text);
        self.setting.user = match (on, user) {
            (false, _) => None,
            (true, Some(user)) => Some(self.string(user)?),
            (true, None) => self.setting.user.take().or_else(|| Some(quoted("root"))),
        };
        Ok(())
    }

    pub(super) fn environment_of(&mut self, node: Option<&Node>) -> Result<(), Reason> {
        for node in node.into_iter().flat_map(items) {
            let entries = fields(node);
            if entries.is_empty() {
                return Err(String::from("`environment` is known at run time only"));
            }
            for (name, value) in entries {
                let text = value.text().ok_or_else(|| format!("`{name}` of `environment` is {}", value.kind()))?;
                let value = self.string(text)?;
                self.setting.env.retain(|(known, _)| known != &key(name));
                self.setting.env.push((key(name), value));
            }
        }
        Ok(())
    }

    fn vars(&mut self, task: &Task<'_>) -> Result<Code, Reason> {
        let mut code = Code::new();
        for (name, node) in task.get("vars").map(fields).unwrap_or_default() {
            let value = self.value(node).map_err(|reason| format!("its variable `{name}`: {reason}"))?;
            code.append(self.bind(name, &value));
        }
        Ok(code)
    }

    /// The loop around a task.
    fn turns(&mut self, task: &Task<'_>) -> Result<Option<Loop>, Reason> {
        let with = task.fields.iter().find(|(name, _)| name.starts_with("with_"));
        let node = match (task.get("loop"), with) {
            (Some(node), _) => node,
            (None, Some(("with_items" | "with_list", node))) => node,
            (None, Some((name, _))) => return Err(format!("the loop `{name}` has no counterpart")),
            (None, None) => return Ok(None),
        };
        let control = task.get("loop_control").map(fields).unwrap_or_default();
        let known = ["loop_var", "label", "pause", "extended"];
        if let Some((other, _)) = control.iter().find(|(name, _)| !known[..2].contains(name)) {
            return Err(format!("`{other}` of `loop_control` has no counterpart"));
        }
        let list = self.value(node).map_err(|reason| format!("what it loops over: {reason}"))?;
        let Ty::List(element) = list.ty else {
            return Err(String::from("what it loops over is no list that flow knows of"));
        };
        let name = self.names.free(loop_var(task), false);
        let texts = items(node).into_iter().filter_map(Node::text).map(Words::of);
        let words = texts.fold(Words::One, |most, words| match (most, words) {
            (Words::Code, _) | (_, Words::Code) => Words::Code,
            (Words::Several, _) | (_, Words::Several) => Words::Several,
            _ => Words::One,
        });
        let words = if node.text().is_some() { Words::One } else { words };
        Ok(Some(Loop { head: format!("for {name} in {}", list.text), name, element: *element, words }))
    }

    /// The module, with what is done about its result.
    fn body(&mut self, source: &Source, task: &Task<'_>, module: &str, given: &Node) -> Result<Code, Reason> {
        let params = Params::of(module, given, task.get("args"))?;
        let steps = modules::translate(self, module, params)
            .map_err(|reason| if reason.contains(module) { reason } else { format!("`{module}`: {reason}") })?;
        let mut code = Code::new();
        self.comments(source, task, &steps, &mut code);
        let notified = self.notified(task)?;
        let ignores = task.is_on("ignore_errors").unwrap_or(false)
            || task.text("failed_when").is_some_and(|text| text.eq_ignore_ascii_case("false"));
        let steps = match steps.as_slice() {
            [Step::Command(call)] => return self.command(source, task, call, ignores, code, notified),
            [Step::Value(value, ty)] => return self.registered(task, value, ty, code),
            _ => steps,
        };
        if is_repeated(task) || task.get("failed_when").is_some() && !ignores {
            return Err(String::from("`until` and `failed_when` of what is no command"));
        }
        if let Some(name) = task.text("register") {
            self.scope.set(name, Known::Lost(format!("`{name}` is what a module returned that is no command")));
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
    fn comments(&mut self, source: &Source, task: &Task<'_>, steps: &[Step], code: &mut Code) {
        let goals = steps.iter().filter(|step| matches!(step, Step::Ensure { .. })).count();
        if goals != 1 || self.reader().text(task.title()).is_err() {
            code.comment(&plain(task.title()));
        }
        if let Some(tags) = task.get("tags") {
            let tags: Vec<&str> = items(tags).into_iter().filter_map(Node::text).collect();
            code.comment(&format!("tags: {}", tags.join(", ")));
        }
        if task.is_on("no_log").unwrap_or(false) {
            let told = "`no_log`: what commands print is shown; a secret is an `input …: Secret`, and reaches them by `env` or `stdin`";
            code.append(self.remark(source, task.node, told));
        }
        let never_changes = task.text("changed_when").is_none_or(|text| text.eq_ignore_ascii_case("false"));
        if !never_changes {
            code.comment(&format!("changed_when: {}", task.text("changed_when").unwrap_or_default()));
        }
    }

    fn command(
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
        let is_used = name.is_some_and(|name| source.speaks_of(name, task.node)) || fails.or(changes).is_some();
        let tried = if ignores || fails.is_some() { "try " } else { "" };
        let sh = format!("{tried}{}", call.code());
        match name.or(fails.or(changes).map(|_| "result")).filter(|_| is_used) {
            Some(name) => code.append(self.bind(name, &Value::new(sh, Ty::Output))),
            None => code.push(sh),
        }
        if let Some(fails) = fails {
            code.append(self.failing_when(task, fails)?);
        }
        match changes {
            _ if is_silent => {}
            Some(node) => code.block(format!("if {}", self.all_of(node)?), notified),
            None => code.append(notified),
        }
        Ok(code)
    }

    fn failing_when(&mut self, task: &Task<'_>, conditions: &Node) -> Result<Code, Reason> {
        let title = if task.title().is_empty() { "the step failed" } else { task.title() };
        let fail = Code::line(format!("fail {}", self.string(title).unwrap_or_else(|_| quoted(title))));
        let mut code = Code::new();
        code.block(format!("if {}", self.all_of(conditions)?), fail);
        Ok(code)
    }

    /// Conditions that have to hold together, as one.
    fn all_of(&mut self, node: &Node) -> Result<String, Reason> {
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
    fn repeated(&mut self, task: &Task<'_>, value: &str, ty: Ty) -> Result<Code, Reason> {
        let number = |name: &str, usual: i64| match task.text(name) {
            None => Ok(usual),
            Some(text) => text.parse::<i64>().map_err(|_| format!("`{name}` is known at run time only")),
        };
        // Ansible counts what is done again, flow what is done at all.
        let (times, pause) = (number("retries", 3)?.clamp(0, 1_000_000) + 1, number("delay", 5)?.clamp(0, 86_400));
        let name = task.text("register").unwrap_or("result");
        self.scope.enter();
        let tried = if ty == Ty::Output { format!("try {value}") } else { value.to_owned() };
        let mut inner = self.bind(name, &Value::new(tried, ty.clone()));
        let conditions = task.get("until").map(|until| self.conditions(until)).transpose();
        let fails = task.get("failed_when").filter(|node| truth(node) != Some(false));
        let fails = fails.map(|fails| self.failing_when(task, fails)).transpose();
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

    fn registered(&mut self, task: &Task<'_>, value: &str, ty: &Ty, mut code: Code) -> Result<Code, Reason> {
        if task.get("failed_when").is_some() {
            return Err(String::from("`failed_when` of what is no command"));
        }
        if is_repeated(task) {
            code.append(self.repeated(task, value, ty.clone())?);
            return Ok(code);
        }
        match task.text("register") {
            Some(name) => code.append(self.bind(name, &Value::new(value, ty.clone()))),
            None => code.comment("nothing was made of what this found"),
        }
        Ok(code)
    }

    /// The handlers that a task notifies, in the place where they would be run if nothing came between.
    fn notified(&mut self, task: &Task<'_>) -> Result<Code, Reason> {
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
                self.scope.enter();
                code.append(self.task(&source, &node));
                self.scope.leave(None);
            }
        }
        Ok(code)
    }

    /// `block`, `rescue`, `always`.
    fn block(&mut self, source: &Source, task: &Task<'_>) -> Result<Code, Reason> {
        refuse_keywords(task)?;
        refuse_around(task, "a block", OF_ONE_STEP)?;
        if self.local_host(task).is_some() && (task.get("rescue").is_some() || task.get("always").is_some()) {
            return Err(String::from("`delegate_to` of a block with `rescue` or `always`"));
        }
        self.set(task)?;
        let mut before = self.vars(task)?;
        let read = task.get("when").map(|when| condition::read(self, when)).transpose()?;
        let is_plain = task.get("rescue").is_none() && task.get("always").is_none();
        let is_bare = is_plain && read.is_none() && self.local_host(task).is_none();
        let delegated = self.local_host(task);
        let inner = self.placed(delegated.as_deref(), |this| Ok(this.part(source, task, "block", is_bare)))?;
        let mut code = Code::new();
        if is_bare || !task.title().is_empty() {
            code.comment(&plain(task.title()));
        }
        if is_plain {
            code.append(if task.is_on("ignore_errors") == Some(true) { ignored(inner) } else { inner });
        } else {
            code.append(self.rescued(source, task, inner));
        }
        if let Some(read) = read {
            code = read.around(code);
        }
        before.append(code);
        Ok(before)
    }

    fn part(&mut self, source: &Source, task: &Task<'_>, name: &str, is_bare: bool) -> Code {
        let nodes = task.get(name).map(items).unwrap_or_default();
        self.scope.enter();
        let code = self.tasks(source, &nodes);
        self.leave(is_bare, "within a block");
        code
    }

    /// What is always done is done behind a failure and behind a success: flow's `finally` is of stages alone.
    fn rescued(&mut self, source: &Source, task: &Task<'_>, inner: Code) -> Code {
        let failure = self.names.free("failure", true);
        let mut code = Code::new();
        code.block("try", inner);
        let mut rescue = match task.get("rescue") {
            Some(_) => self.part(source, task, "rescue", false),
            None => Code::new(),
        };
        let always = self.part(source, task, "always", false);
        if task.get("rescue").is_none() {
            rescue.append(always.clone());
            rescue.push(format!("fail {failure}"));
        } else if !always.is_empty() {
            let again = self.names.free("failure", true);
            let mut guarded = Code::new();
            guarded.block("try", rescue);
            let mut last = always.clone();
            last.push(format!("fail {again}"));
            guarded.go_on(&format!("rescue {again}"), last);
            rescue = guarded;
        }
        code.go_on(&format!("rescue {failure}"), rescue);
        code.append(always);
        code
    }

    /// `include_tasks` and `import_tasks`, where the file is there.
    fn taken_in(
        &mut self,
        source: &Source,
        task: &Task<'_>,
        module: &str,
        given: &Node,
    ) -> Result<Option<Code>, Reason> {
        if !matches!(module, "include_tasks" | "import_tasks" | "include") {
            return Ok(None);
        }
        if task.get("loop").is_some() || task.fields.iter().any(|(name, _)| name.starts_with("with_")) {
            return Err(format!("`{module}` in a loop has no counterpart"));
        }
        refuse_around(task, module, OF_ONE_STEP)?;
        refuse_around(task, module, &["delegate_to", "local_action", "ignore_errors"])?;
        let file = given.text().or_else(|| given.get("file").and_then(Node::text)).ok_or("it names no file")?;
        if file.contains("{{") {
            return Err(String::from("which tasks it takes in is known at run time only"));
        }
        let path: PathBuf = self.folder.join(file);
        let (inner, root) = self.load(&path)?;
        self.set(task)?;
        let mut code = self.vars(task)?;
        let read = task.get("when").map(|when| condition::read(self, when)).transpose()?;
        let _ = source;
        self.open.push(path);
        self.scope.enter();
        let nodes: Vec<&Node> = root.as_ref().map(items).unwrap_or_default();
        let body = self.tasks(&inner, &nodes);
        self.leave(read.is_none(), "by a step that may be skipped");
        self.open.pop();
        code.comment(&format!("{} ({file})", if task.title().is_empty() { module } else { task.title() }));
        match read {
            Some(read) => code.append(read.around(body)),
            None => code.append(body),
        }
        Ok(Some(code))
    }
}

fn refuse_keywords(task: &Task<'_>) -> Result<(), Reason> {
    if task.get("ignore_errors").is_some_and(|node| truth(node).is_none()) {
        return Err(String::from("`ignore_errors` is known at run time only"));
    }
    for (name, reason) in REFUSED {
        let is_off = task.get(name).is_none_or(|node| truth(node) == Some(false));
        if !is_off {
            return Err((*reason).to_owned());
        }
    }
    Ok(())
}

/// Keywords that say something of one step.
const OF_ONE_STEP: &[&str] =
    &["register", "until", "retries", "loop", "notify", "failed_when", "changed_when", "timeout"];

/// Refuses what would have to be handed down to several steps.
fn refuse_around(task: &Task<'_>, what: &str, names: &[&str]) -> Result<(), Reason> {
    match names.iter().find(|name| task.get(name).is_some()) {
        Some(name) => Err(format!("`{name}` of {what} has no counterpart: say it of each step")),
        None => Ok(()),
    }
}

/// Statements with a limit to how long they take.
fn limited(limit: Option<u32>, body: Code) -> Code {
    let Some(limit) = limit.filter(|limit| *limit > 0) else { return body };
    let mut code = Code::new();
    code.block(format!("timeout {limit}s"), body);
    code
}

fn is_repeated(task: &Task<'_>) -> bool {
    task.get("until").is_some() || task.get("retries").is_some()
}

fn loop_var<'n>(task: &Task<'n>) -> &'n str {
    task.get("loop_control").and_then(|control| control.get("loop_var")).and_then(Node::text).unwrap_or("item")
}

/// Whether two tasks have one condition, and nothing that could make it another one.
fn is_alike(first: &Node, other: &Node) -> bool {
    let when = |node: &Node| node.get("when").map(|when| when.value.clone());
    let is_plain = |node: &Node| {
        let sets = fields(node).iter().any(|(name, _)| short(name) == "set_fact");
        node.get("loop").is_none() && !fields(node).iter().any(|(name, _)| name.starts_with("with_")) && !sets
    };
    when(first).is_some() && when(first) == when(other) && is_plain(first) && is_plain(other)
}

fn without(node: &Node, names: &[&str]) -> Node {
    let Yaml::Mapping(entries) = &node.value else { return node.clone() };
    let left = entries.iter().filter(|(key, _)| !key.text().is_some_and(|key| names.contains(&key)));
    Node { value: Yaml::Mapping(left.cloned().collect()), ..node.clone() }
}

/// Steps whose failure is told, and is none.
fn ignored(inner: Code) -> Code {
    let mut code = Code::new();
    code.block("try", inner);
    code.go_on("rescue failure", Code::line("print \"ignored: {{ failure }}\""));
    code
}

/// A condition beside others.
pub(super) fn bracketed(condition: &str) -> String {
    if condition.contains(" or ") || condition.starts_with("if ") {
        format!("({condition})")
    } else {
        condition.to_owned()
    }
}
