//! From tasks to statements: the keywords around a module.

use super::code::{Code, key, quoted};
use super::condition;
use super::keywords::{Task, is_repeated, limited, loop_var, refuse_keywords, without};
use super::modules;
use super::read::{Source, fields, items, truth};
use super::scope::{Entry, Known, Rank, Ty, Words};
use super::translator::{Translator, printed};
use super::value::Reason;
use super::variables::{Given, names_in};
use crate::inventory::node::Node;

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
            let alike = rest.iter().take_while(|node| self.is_alike(first, node)).count().max(1);
            let (these, others) = rest.split_at(alike);
            let translated = if alike > 1 { self.together(source, these) } else { self.task(source, first) };
            code.append(translated);
            rest = others;
        }
        code
    }

    pub(super) fn together(&mut self, source: &Source, nodes: &[&Node]) -> Code {
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
        let own: Vec<(&str, Option<Entry>)> = task
            .get("vars")
            .map(items)
            .unwrap_or_default()
            .into_iter()
            .flat_map(fields)
            .map(|(name, _)| (name, self.scope.own(name)))
            .collect();
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
        self.forget(node, own);
        if task.get("block").is_none() {
            self.done.insert(source.span(node));
        }
        code
    }

    /// Takes the variables of a task away, which are its own; what it set stays.
    fn forget(&mut self, node: &Node, own: Vec<(&str, Option<Entry>)>) {
        if own.is_empty() {
            return;
        }
        let set = self.given(node, Given::Facts);
        for (name, entry) in own {
            if self.scope.own(name).is_some_and(|(_, rank)| matches!(rank, Rank::Loaded | Rank::Fact)) {
                continue;
            }
            self.scope.put_back(name, entry);
            if set.iter().any(|set| set == name) {
                let why = format!("`{name}` is set by a step that has a variable of that name");
                self.scope.set(name, Known::Lost(why), Rank::Fact);
            }
        }
    }

    pub(super) fn refused(&mut self, source: &Source, task: &Task<'_>, reason: &str) -> Code {
        for name in self.given(task.node, Given::Facts) {
            let is_result = task.text("register") == Some(name.as_str());
            let set = if is_result { "the result of" } else { "set by" };
            self.scope.set(&name, Known::Lost(format!("`{name}` is {set} a step that is not translated")), Rank::Fact);
        }
        let mut code = self.not_translated(source, task.node, task.title(), reason);
        let condition = task.get("when").filter(|_| task.get("loop").is_none());
        if let Some(Ok(read)) = condition.map(|when| condition::read(self, when)) {
            code = read.around(code);
        }
        code
    }

    pub(super) fn single(&mut self, source: &Source, task: &Task<'_>) -> Result<Code, Reason> {
        refuse_keywords(task)?;
        let (module, given) = task.module()?;
        let delegated = self.delegated(task, &module, &given);
        if let Some(code) = self.taken_in(source, task, &module, &given)? {
            return Ok(code);
        }
        if let Some(code) = self.set_either(task, &module, &given) {
            return Ok(code);
        }
        let before = self.vars(task, Rank::Variable)?;
        let turns = self.turns(task)?;
        self.scope.enter();
        if let Some(turns) = &turns {
            let known = Known::Value { name: turns.name.clone(), ty: turns.element.clone(), words: turns.words };
            self.scope.set(loop_var(task), known, Rank::Given);
        }
        let set = self.set(task);
        let read = set.and_then(|()| task.get("when").map(|when| condition::read(self, when)).transpose());
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
        let (mut before, within) = self.beside_condition(task, before);
        body = within.followed_by(body);
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

    /// The variables of a task that stand before its condition, and those within: what is skipped need not be known.
    pub(super) fn beside_condition(&self, task: &Task<'_>, vars: Code) -> (Code, Code) {
        let is_asked = |name: &str| {
            let words = task.get("when").map(items).unwrap_or_default().into_iter().filter_map(Node::text);
            words.flat_map(names_in).any(|word| word == name)
        };
        let own = task.get("vars").map(items).unwrap_or_default().into_iter().flat_map(fields);
        let is_loop = task.fields.iter().any(|(name, _)| *name == "loop" || name.starts_with("with_"));
        if task.get("when").is_none() || is_loop || own.into_iter().any(|(name, _)| is_asked(name)) {
            (vars, Code::new())
        } else {
            (Code::new(), vars)
        }
    }

    /// Leaves what a task is read in. Where nothing stands around it, what it binds is known to the tasks behind it.
    pub(super) fn leave(&mut self, is_bare: bool, why: &str) {
        if is_bare { self.scope.merge() } else { self.scope.leave(Some(why)) }
    }

    /// Where a task is delegated to.
    pub(super) fn local_host(&self, task: &Task<'_>) -> Option<String> {
        match task.get("local_action") {
            Some(_) => Some(String::from("localhost")),
            None => task.text("delegate_to").map(str::to_owned).filter(|host| host != "{{ inventory_hostname }}"),
        }
    }

    /// Statements on the host that they are delegated to. What they say of a host, they say of the one that the stage is
    /// on, which has a name of its own within.
    pub(super) fn placed(
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
    pub(super) fn delegated(&self, task: &Task<'_>, module: &str, given: &Node) -> Option<String> {
        let host = self.local_host(task)?;
        let asked = given.get("host").and_then(Node::text).is_some_and(modules::waits::is_own_address);
        let is_own = module == "wait_for" && asked || module == "wakeonlan";
        (!(is_own && matches!(host.as_str(), "localhost" | "127.0.0.1"))).then_some(host)
    }

    /// A host that steps are delegated to is declared.
    pub(super) fn host(&mut self, name: &str) -> Result<String, Reason> {
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
    pub(super) fn set(&mut self, task: &Task<'_>) -> Result<(), Reason> {
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
                let value = self.string(&printed(value, text)?)?;
                self.setting.env.retain(|(known, _)| known != &key(name));
                self.setting.env.push((key(name), value));
            }
        }
        Ok(())
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
        if matches!((&list.ty, with), (Ty::List(of), Some(("with_items", _))) if matches!(**of, Ty::List(_))) {
            return Err(String::from("`with_items` of lists takes each of their elements"));
        }
        let Ty::List(element) = list.ty else {
            return Err(String::from("what it loops over is no list that flow knows of"));
        };
        let name = self.names.free(loop_var(task), false);
        let words = list.words;
        if !list.entries.is_empty() {
            self.scope.entries.insert(name.clone(), list.entries);
        }
        Ok(Some(Loop { head: format!("for {name} in {}", list.text), name, element: *element, words }))
    }
}
