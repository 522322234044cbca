//! Tasks that hold other tasks: `block`, `rescue`, `always`, and files of tasks.

use std::path::PathBuf;

use super::code::{Code, plain};
use super::condition;
use super::keywords::{OF_ONE_STEP, Task, ignored, refuse_around, refuse_keywords, short};
use super::read::{Source, fields, items};
use super::scope::Rank;
use super::translator::Translator;
use super::value::Reason;
use crate::inventory::node::Node;

impl Translator<'_> {
    /// `block`, `rescue`, `always`.
    pub(super) fn block(&mut self, source: &Source, task: &Task<'_>) -> Result<Code, Reason> {
        refuse_keywords(task)?;
        refuse_around(task, "a block", OF_ONE_STEP)?;
        if self.local_host(task).is_some() && (task.get("rescue").is_some() || task.get("always").is_some()) {
            return Err(String::from("`delegate_to` of a block with `rescue` or `always`"));
        }
        let parts: Vec<&Node> = ["block", "rescue", "always"].iter().filter_map(|name| task.get(name)).collect();
        self.unchanged(task, &parts)?;
        self.set(task)?;
        let vars = self.vars(task, Rank::Variable)?;
        let read = task.get("when").map(|when| condition::read(self, when)).transpose()?;
        let marks = self.marks.len();
        let is_plain = task.get("rescue").is_none() && task.get("always").is_none();
        let is_bare = is_plain && read.is_none() && self.local_host(task).is_none();
        let delegated = self.local_host(task);
        let inner = self.placed(delegated.as_deref(), |this| Ok(this.part(source, task, "block", is_bare)))?;
        if !is_plain || task.is_on("ignore_errors") == Some(true) {
            self.nothing_swallowed(marks)?;
        }
        let mut code = Code::new();
        if is_bare || !task.title().is_empty() {
            code.comment(&plain(task.title()));
        }
        if is_plain {
            code.append(if task.is_on("ignore_errors") == Some(true) { ignored(inner) } else { inner });
        } else {
            code.append(self.rescued(source, task, inner));
        }
        let (before, within) = self.beside_condition(task, vars);
        code = within.followed_by(code);
        if let Some(read) = read {
            code = read.around(code);
        }
        Ok(before.followed_by(code))
    }

    /// What fails because it is not translated is no failure of a block to be rescued or ignored.
    fn nothing_swallowed(&mut self, marks: usize) -> Result<(), Reason> {
        let Some(first) = self.marks.get(marks) else { return Ok(()) };
        let reason =
            format!("a block that goes on behind failures, with a step that is not translated: {}", first.reason);
        self.marks.truncate(marks);
        Err(reason)
    }

    pub(super) fn part(&mut self, source: &Source, task: &Task<'_>, name: &str, is_bare: bool) -> Code {
        let nodes = task.get(name).map(items).unwrap_or_default();
        self.scope.enter();
        let code = self.tasks(source, &nodes);
        self.leave(is_bare, "within a block");
        code
    }

    /// What is always done is done behind a failure and behind a success: flow's `finally` is of stages alone.
    pub(super) fn rescued(&mut self, source: &Source, task: &Task<'_>, inner: Code) -> Code {
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
    pub(super) fn taken_in(
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
        let other = super::read::fields(given).into_iter().find(|(name, _)| *name != "file");
        if let Some(name) = other.map(|(name, _)| name).or(task.get("args").map(|_| "args")) {
            return Err(format!("`{name}` of `{module}` has no counterpart: say it of each step"));
        }
        let file = given.text().or_else(|| given.get("file").and_then(Node::text)).ok_or("it names no file")?;
        if file.contains("{{") {
            return Err(String::from("which tasks it takes in is known at run time only"));
        }
        let path: PathBuf = self.folder.join(file);
        let (inner, root) = self.load(&path)?;
        if module != "include_tasks" {
            self.unchanged(task, &root.iter().collect::<Vec<_>>())?;
        }
        self.set(task)?;
        let rank = if module == "include_tasks" { Rank::Given } else { Rank::Variable };
        let mut code = self.vars(task, rank)?;
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

    /// Refuses a condition around steps that change it: Ansible asks it again before each of them.
    fn unchanged(&mut self, task: &Task<'_>, within: &[&Node]) -> Result<(), Reason> {
        match task.get("when").and_then(|when| self.changed_within(when, within)) {
            Some(name) => Err(format!("its `when` asks for `{name}`, which a step within sets: say it of each step")),
            None => Ok(()),
        }
    }

    /// Whether two tasks have one condition, and nothing that could make it another one.
    pub(super) fn is_alike(&mut self, first: &Node, other: &Node) -> bool {
        let when = |node: &Node| node.get("when").map(|when| when.value.clone());
        when(first).is_some()
            && when(first) == when(other)
            && self.keeps_condition(first)
            && self.keeps_condition(other)
    }

    fn keeps_condition(&mut self, node: &Node) -> bool {
        let is = |names: &[&str]| fields(node).iter().any(|(name, _)| names.contains(&short(name).as_str()));
        let is_loop = fields(node).iter().any(|(name, _)| *name == "loop" || name.starts_with("with_"));
        let sets = is(&["set_fact", "include_vars", "include_tasks", "import_tasks", "include"]);
        !is_loop && !sets && node.get("when").is_none_or(|when| self.changed_within(when, &[node]).is_none())
    }
}
