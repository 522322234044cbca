//! Variables: which of several of one name counts, and when each is evaluated.
//!
//! Ansible evaluates a variable wherever it is asked for. Where nothing that it asks for changes in between, that is a
//! `let` where it is given; else it is kept as it is written, and put in where it is asked for.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::code::Code;
use super::keywords::{Task, loop_var, short};
use super::read::{Source, fields, items, truth};
use super::scope::{Known, Rank, Ty, Words};
use super::translator::Translator;
use super::value::{Reason, Value};
use crate::inventory::node::{Node, Value as Yaml};

/// A variable, with where it is given.
struct Variable {
    name: String,
    source: Source,
    node: Node,
    is_prompt: bool,
}

/// Which names are asked for that tasks give.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// What they set or register, which stays behind them.
    Facts,
    /// Variables and elements of loops.
    Variables,
    /// All of them.
    All,
}

impl Translator<'_> {
    /// `vars`, `vars_prompt`, `vars_files`, each of which Ansible prefers to the one before.
    pub(super) fn variables(&mut self, source: &Source, node: &Node, body: &mut Code) {
        let get = |name: &str| node.get(name).map(items).unwrap_or_default();
        let mut found: Vec<Variable> = Vec::new();
        let mut put = |source: &Source, name: &str, node: &Node, is_prompt: bool| {
            found.retain(|known| known.name != name);
            found.push(Variable { name: name.to_owned(), source: source.clone(), node: node.clone(), is_prompt });
        };
        for (name, value) in get("vars").into_iter().flat_map(fields) {
            put(source, name, value, false);
        }
        for prompt in get("vars_prompt") {
            put(source, prompt.get("name").and_then(Node::text).unwrap_or_default(), prompt, true);
        }
        for file in get("vars_files") {
            match self.variables_of(file) {
                Ok((inner, Some(root))) => {
                    fields(&root).into_iter().for_each(|(name, value)| put(&inner, name, value, false));
                }
                Ok((_, None)) => {}
                Err(reason) => body.append(self.failing(source, file, &format!("`vars_files`: {reason}"))),
            }
        }
        self.spoken_of = found.iter().flat_map(|variable| words_of(&variable.node)).collect();
        self.spoken_of.extend(get("handlers").into_iter().flat_map(words_of));
        self.own_variables = self.given_in(node, Given::Variables);
        let changing = self.given_in(node, Given::All);
        self.bind_all(found, changing, body);
    }

    /// The file of variables: the first of a list that is there, in the folder where Ansible looks first.
    fn variables_of(&mut self, file: &Node) -> Result<(Source, Option<Node>), Reason> {
        let mut missing = String::from("it names no file");
        for name in items(file).into_iter().filter_map(Node::text) {
            if name.contains("{{") {
                return Err(String::from("which file it is is known at run time only"));
            }
            let (within, beside) = (self.folder.join("vars").join(name), self.folder.join(name));
            let path = if self.files.load(&within).is_ok() { within } else { beside };
            match self.load(&path) {
                Ok(found) => return Ok(found),
                Err(reason) => missing = reason,
            }
        }
        Err(missing)
    }

    /// The names that the tasks of a play give.
    fn given_in(&mut self, play: &Node, what: Given) -> BTreeSet<String> {
        let parts = ["pre_tasks", "tasks", "post_tasks", "handlers"];
        parts.iter().filter_map(|name| play.get(name)).flat_map(|node| self.given(node, what)).collect()
    }

    /// What holds for a whole play is evaluated for each of its tasks.
    pub(super) fn set_all_along(&mut self, play: &Node) -> Result<(), Reason> {
        let changing = self.given_in(play, Given::All);
        for name in ["environment", "become_user"] {
            let words = play.get(name).map(words_of).unwrap_or_default();
            if let Some(other) = words.iter().find(|word| changing.contains(*word)) {
                return Err(format!(
                    "`{name}` of the play asks for `{other}`, which its tasks set: say it of each step"
                ));
            }
        }
        Ok(())
    }

    fn bind_all(&mut self, found: Vec<Variable>, mut changing: BTreeSet<String>, body: &mut Code) {
        let nodes: Vec<(&str, &Node)> = found.iter().map(|one| (one.name.as_str(), &one.node)).collect();
        for at in in_order(&nodes) {
            let Some(Variable { name, source, node, is_prompt }) = found.get(at) else { continue };
            if self.scope.hides(name, Rank::Variable) {
                continue;
            }
            let bound = match is_prompt {
                true => self.prompt(node),
                false if is_constant(node) => self.input(name, node),
                false => self.variable(name, node, Rank::Variable, &mut changing),
            };
            match bound {
                Ok(code) => body.append(code),
                Err(reason) => {
                    let reason = format!("the variable `{name}`: {reason}");
                    self.scope.set(name, Known::Lost(reason.clone()), Rank::Variable);
                    body.append(self.remark(source, node, &reason));
                }
            }
        }
    }

    /// A variable that somebody is asked for.
    fn prompt(&mut self, prompt: &Node) -> Result<Code, Reason> {
        let name = prompt.get("name").and_then(Node::text).ok_or("it has no name")?;
        if prompt.get("encrypt").is_some_and(|node| !node.is_null()) {
            return Err(String::from("what is typed in is kept as `encrypt` says: give the hash by an `input`"));
        }
        let is_secret = prompt.get("private").and_then(truth).unwrap_or(true);
        let default = prompt.get("default").filter(|_| !is_secret).and_then(Node::text);
        let default = default.map(|text| self.reader().text(text)).transpose()?.and_then(|text| text.literal());
        let declared = match default {
            _ if is_secret => String::from("Secret"),
            Some(text) => format!("Str = {}", super::code::quoted(&text)),
            None => String::from("Str"),
        };
        self.declare_input(name, declared, Ty::Str, Words::One);
        Ok(Code::new())
    }

    /// A variable that is known before there is a host: an input, which can be set as with `-e`.
    fn input(&mut self, name: &str, node: &Node) -> Result<Code, Reason> {
        let value = self.value(node)?;
        let declared = format!("{} = {}", value.ty.name(), value.text);
        self.declare_input(name, declared, value.ty, Words::most(node));
        self.keep_written(name, node);
        Ok(Code::new())
    }

    fn declare_input(&mut self, name: &str, declared: String, ty: Ty, words: Words) {
        let known = self.inputs.iter().find(|(known, text)| known == name && *text == declared);
        let free = match known {
            Some((known, _)) => known.clone(),
            None => {
                let free = self.names.free(name, false);
                self.inputs.push((free.clone(), declared));
                free
            }
        };
        self.scope.set(name, Known::Value { name: free, ty, words }, Rank::Variable);
    }

    /// A variable with an expression in it, or of one step.
    fn variable(
        &mut self,
        name: &str,
        node: &Node,
        rank: Rank,
        changing: &mut BTreeSet<String>,
    ) -> Result<Code, Reason> {
        let words = words_of(node);
        if words.contains(name) {
            return Err(String::from("it asks for itself"));
        }
        if words.iter().any(|word| changing.contains(word)) {
            changing.insert(name.to_owned());
            self.scope.set(name, Known::Written(Rc::new(node.clone())), rank);
            return Ok(Code::new());
        }
        let mut value = self.value(node)?;
        value.words = value.words.or(Words::most(node));
        let code = self.bind(name, &value, rank);
        self.keep_written(name, node);
        Ok(code)
    }

    /// Keeps the elements of a list, where they are all written down.
    fn keep_written(&mut self, name: &str, node: &Node) {
        if !matches!(node.value, Yaml::Sequence(_)) || !is_constant(node) {
            return;
        }
        let Some(Known::Value { name, .. }) = self.scope.get(name).cloned() else { return };
        let elements = items(node).into_iter().filter_map(Node::text).map(str::to_owned);
        self.scope.written.insert(name, elements.collect());
    }

    /// The variables of a task or a block.
    pub(super) fn vars(&mut self, task: &Task<'_>, rank: Rank) -> Result<Code, Reason> {
        let mut code = Code::new();
        let entries: Vec<(&str, &Node)> =
            task.get("vars").map(items).unwrap_or_default().into_iter().flat_map(fields).collect();
        if entries.is_empty() {
            return Ok(code);
        }
        let own: BTreeSet<&str> = entries.iter().map(|(name, _)| *name).collect();
        let within = super::keywords::without(task.node, &["vars"]);
        let mut changing: BTreeSet<String> = self.given(&within, Given::All).into_iter().collect();
        // What is given again within is looked up there.
        changing.retain(|name| !own.contains(name.as_str()) || task.get("block").is_some());
        for at in in_order(&entries) {
            let Some((name, node)) = entries.get(at) else { continue };
            if !self.scope.hides(name, rank) {
                let bound = self.variable(name, node, rank, &mut changing);
                code.append(bound.map_err(|reason| format!("its variable `{name}`: {reason}"))?);
            }
        }
        Ok(code)
    }

    /// `set_fact` with a condition, of variables that are known: each is the one value or the other.
    pub(super) fn set_either(&mut self, task: &Task<'_>, module: &str, given: &Node) -> Option<Code> {
        const ALONE: &[&str] = &["name", "set_fact", "ansible.builtin.set_fact", "when", "tags"];
        let is_alone = task.fields.iter().all(|(name, _)| ALONE.contains(name));
        if module != "set_fact" || !is_alone {
            return None;
        }
        let condition = super::condition::read(self, task.get("when")?).ok()?.plain()?;
        let mut values = Vec::new();
        for (name, node) in fields(given) {
            let is_known = matches!(self.scope.get(name), Some(Known::Value { .. } | Known::Written(_)));
            // Where it is not set, a variable of a step counts.
            if !is_known || self.own_variables.contains(name) {
                return None;
            }
            let other = self.reader().value(&format!("{{{{ {name} }}}}")).ok()?;
            let value = self.value(node).ok().filter(|value| value.ty == other.ty && value.ty != Ty::Output)?;
            let text = format!("if {condition} {{ {} }} else {{ {} }}", value.text, other.text);
            let words = value.words.or(Words::most(node)).or(other.words);
            values.push((name, Value { words, ..Value::ranked(text, value.ty, super::value::OR) }));
        }
        let mut code = Code::new();
        code.comment(&super::code::plain(task.title()));
        for (name, value) in &values {
            code.append(self.bind(name, value, Rank::Fact));
        }
        (!values.is_empty()).then_some(code)
    }

    /// `include_vars` of a file that is there.
    pub(super) fn load_variables(&mut self, file: &Node) -> Result<Code, Reason> {
        let (_, root) = self.variables_of(file)?;
        let entries: Vec<(String, Node)> =
            root.iter().flat_map(fields).map(|(name, node)| (name.to_owned(), node.clone())).collect();
        let nodes: Vec<(&str, &Node)> = entries.iter().map(|(name, node)| (name.as_str(), node)).collect();
        let mut code = Code::new();
        for at in in_order(&nodes) {
            let Some((name, node)) = nodes.get(at) else { continue };
            if self.scope.hides(name, Rank::Loaded) {
                continue;
            }
            if is_constant(node) || matches!(node.value, Yaml::Mapping(_)) && words_of(node).is_empty() {
                code.append(self.variable(name, node, Rank::Loaded, &mut BTreeSet::new())?);
            } else {
                // What is evaluated wherever it is asked for may change until then.
                self.scope.set(name, Known::Written(Rc::new((*node).clone())), Rank::Loaded);
            }
        }
        Ok(code)
    }

    /// The names that tasks give, those of the files that they take in included.
    pub(super) fn given(&mut self, node: &Node, what: Given) -> Vec<String> {
        let mut names = Vec::new();
        match &node.value {
            Yaml::Sequence(items) => items.iter().for_each(|item| names.extend(self.given(item, what))),
            Yaml::Mapping(_) => {
                let task = Task::of(node);
                if what != Given::Facts {
                    names.extend(variables_of(&task));
                }
                for (name, value) in &task.fields {
                    if what != Given::Variables {
                        names.extend(self.given_by(&short(name), value));
                    }
                    if matches!(*name, "block" | "rescue" | "always") {
                        names.extend(self.given(value, what));
                    }
                    if let Some(file) = taken_in(&short(name), value) {
                        names.extend(self.given_by_file(&file, what));
                    }
                }
            }
            Yaml::Scalar { .. } => {}
        }
        names
    }

    fn given_by(&mut self, name: &str, value: &Node) -> Vec<String> {
        match (name, value.text()) {
            ("register", Some(text)) => vec![text.to_owned()],
            ("set_fact", Some(text)) => {
                let pairs = super::read::words(text);
                pairs.iter().filter_map(|word| Some(word.split_once('=')?.0.to_owned())).collect()
            }
            ("set_fact", None) => fields(value).into_iter().map(|(name, _)| name.to_owned()).collect(),
            ("include_vars", _) => {
                let file = value.get("file").unwrap_or(value);
                let root = self.variables_of(file).ok().and_then(|(_, root)| root);
                root.iter().flat_map(fields).map(|(name, _)| name.to_owned()).collect()
            }
            _ => Vec::new(),
        }
    }

    fn given_by_file(&mut self, file: &str, what: Given) -> Vec<String> {
        let path = self.folder.join(file);
        let Ok((_, Some(root))) = self.load(&path) else { return Vec::new() };
        self.open.push(path);
        let names = self.given(&root, what);
        self.open.pop();
        names
    }

    /// A name of a condition that tasks give, which Ansible asks again before each of them.
    pub(super) fn changed_within(&mut self, when: &Node, nodes: &[&Node]) -> Option<String> {
        let words: BTreeSet<String> = items(when).into_iter().filter_map(Node::text).flat_map(names_in).collect();
        let given: Vec<String> = nodes.iter().flat_map(|node| self.given(node, Given::All)).collect();
        given.into_iter().find(|name| words.contains(name))
    }
}

/// The variables of one task and the element of its loop.
fn variables_of(task: &Task<'_>) -> Vec<String> {
    let vars = task.get("vars").map(items).unwrap_or_default().into_iter().flat_map(fields);
    let mut names: Vec<String> = vars.map(|(name, _)| name.to_owned()).collect();
    if task.fields.iter().any(|(name, _)| *name == "loop" || name.starts_with("with_")) {
        names.push(loop_var(task).to_owned());
    }
    names
}

/// The file of tasks that one takes in.
fn taken_in(name: &str, value: &Node) -> Option<String> {
    let is_one = matches!(name, "include_tasks" | "import_tasks" | "include");
    let file = value.text().or_else(|| value.get("file").and_then(Node::text));
    file.filter(|file| is_one && !file.contains("{{")).map(str::to_owned)
}

/// Variables so that each stands behind those that it asks for.
fn in_order(variables: &[(&str, &Node)]) -> Vec<usize> {
    fn visit(at: usize, variables: &[(&str, &Node)], seen: &mut BTreeSet<usize>, order: &mut Vec<usize>) {
        let Some((_, node)) = variables.get(at).filter(|_| seen.insert(at)) else { return };
        let words = words_of(node);
        for (other, (name, _)) in variables.iter().enumerate() {
            if words.contains(*name) {
                visit(other, variables, seen, order);
            }
        }
        order.push(at);
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    (0..variables.len()).for_each(|at| visit(at, variables, &mut seen, &mut order));
    order
}

/// The words of the texts with expressions in a node: the names that it may ask for.
fn words_of(node: &Node) -> BTreeSet<String> {
    match &node.value {
        Yaml::Scalar { text, .. } if text.contains("{{") => names_in(text).collect(),
        Yaml::Scalar { .. } => BTreeSet::new(),
        Yaml::Sequence(items) => items.iter().flat_map(words_of).collect(),
        Yaml::Mapping(entries) => entries.iter().flat_map(|(_, value)| words_of(value)).collect(),
    }
}

pub(super) fn names_in(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Whether a value is known before there is a host: no Jinja, and nothing that an input cannot be.
fn is_constant(node: &Node) -> bool {
    match &node.value {
        Yaml::Scalar { text, .. } => !text.contains("{{"),
        Yaml::Sequence(items) => {
            !items.is_empty() && items.iter().all(|item| item.text().is_some_and(|text| !text.contains("{{")))
        }
        Yaml::Mapping(_) => false,
    }
}
