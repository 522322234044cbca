//! From plays to stages.

use super::code::{Code, plain, quoted};
use super::keywords::{NEVER, NO_LOG, is_never};
use super::pattern;
use super::read::{Source, fields, items, truth};
use super::translator::{Setting, Translator};
use crate::inventory::Inventory;
use crate::inventory::node::{Node, Value as Yaml};

/// Keywords of a play that are looked at, or that mean nothing to a workflow.
const KEYWORDS: &[&str] = &[
    "name",
    "hosts",
    "vars",
    "vars_files",
    "vars_prompt",
    "tasks",
    "pre_tasks",
    "post_tasks",
    "roles",
    "handlers",
    "become",
    "become_user",
    "become_method",
    "environment",
    "serial",
    "any_errors_fatal",
    "max_fail_percentage",
    "gather_facts",
    "gather_subset",
    "gather_timeout",
    "strategy",
    "order",
    "tags",
    "connection",
    "remote_user",
    "collections",
    "ignore_errors",
    "no_log",
    "become_flags",
    "module_defaults",
    "force_handlers",
    "run_once",
    "when",
];

/// Keywords without which a workflow does no more than the playbook: it stops earlier, or cannot log in.
const ONLY_NOTED: &[&str] = &["max_fail_percentage", "ignore_errors", "remote_user"];

/// Keywords of a block that say nothing of the steps behind `always`.
const OF_A_WHOLE_PLAY: &[&str] = &["name", "block", "always", "tags"];

impl Translator<'_> {
    /// Translates a play: the lines of a stage.
    pub(super) fn play(&mut self, source: &Source, node: &Node) -> Code {
        self.scope = self.scope.of_next_play();
        self.setting = Setting::default();
        let get = |name: &str| node.get(name).filter(|value| !value.is_null());
        let title = get("name").and_then(Node::text).unwrap_or_default();
        let mut body = Code::new();
        let (selector, local) = self.hosts_of(source, node, &mut body);
        if selector.split(' ').any(|word| word == "local") {
            body.append(self.of_local());
        }
        let name = self.stage_name(source, title, &selector);
        if is_never(get("tags")) {
            let mut code = Code::new();
            code.block(format!("stage {name} on {selector}"), self.not_translated(source, node, title, NEVER));
            return code;
        }
        self.keywords(source, node, local, &mut body);
        self.variables(source, node, &mut body);
        for failed in [
            self.set_all_along(node),
            self.become_of(get("become"), get("become_user"), get("become_method")),
            self.environment_of(get("environment")),
        ] {
            if let Err(reason) = failed {
                body.append(self.failing(source, node, &reason));
            }
        }
        self.of_play = self.setting.clone();
        self.handlers =
            get("handlers").into_iter().flat_map(items).map(|node| (source.clone(), node.clone())).collect();
        let may_end = !body.text().contains("fail \"not translated");
        let (tasks, finally) = self.steps(source, node, may_end);
        body.append(tasks);
        let mut code = Code::new();
        let title = plain(title);
        if !title.is_empty() {
            code.push(format!("## {title}"));
        }
        code.block(format!("stage {name} on {selector}{}", self.clauses(node)), body);
        if let Some(finally) = finally {
            code.go_on("finally", finally);
        }
        code
    }

    fn stage_name(&mut self, source: &Source, title: &str, selector: &str) -> String {
        let file = std::path::Path::new(&source.name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let wanted = if title.is_empty() { file.unwrap_or_else(|| selector.to_owned()) } else { title.to_owned() };
        let short: Vec<&str> = wanted.split_whitespace().take(6).collect();
        self.names.free(&short.join(" "), true)
    }

    /// The selector of `hosts:`, and whether it is where flowrun runs.
    fn hosts_of(&mut self, source: &Source, node: &Node, body: &mut Code) -> (String, bool) {
        let hosts = node.get("hosts");
        let patterns: Vec<&str> = hosts.into_iter().flat_map(items).filter_map(Node::text).collect();
        match pattern::selector(&patterns.join(":"), self.inventory) {
            Ok(selector) => {
                let local = selector == "local";
                (selector, local)
            }
            Err(reason) => {
                body.append(self.failing(source, hosts.unwrap_or(node), &format!("`hosts`: {reason}")));
                (String::from("all"), false)
            }
        }
    }

    /// Says what flowrun's `local` is, where the inventory has none: Ansible has a `localhost` without a word of it.
    fn of_local(&self) -> Code {
        let mut code = Code::new();
        if !self.inventory.is_some_and(Inventory::has_local) {
            code.comment("`local` is a host of the inventory: it has to have a line");
            code.comment("`localhost ansible_connection=local`");
        }
        code
    }

    /// A mark in a stage that cannot go on.
    pub(super) fn failing(&mut self, source: &Source, node: &Node, reason: &str) -> Code {
        let mut code = self.remark(source, node, reason);
        code.push(format!(
            "fail {}",
            quoted(&format!("not translated ({}): {}", source.location(node), plain(reason)))
        ));
        code
    }

    fn clauses(&self, node: &Node) -> String {
        match node.get("serial").and_then(Node::text).and_then(|text| text.parse::<u32>().ok()) {
            Some(count) if count > 0 => format!(" at-once {count}"),
            _ => String::new(),
        }
    }

    fn keywords(&mut self, source: &Source, node: &Node, local: bool, body: &mut Code) {
        for (name, value) in fields(node) {
            let said = match name {
                "serial" if value.text().and_then(|text| text.parse::<u32>().ok()).is_none() => {
                    "`serial` by shares or steps: `at-once` takes a number of hosts"
                }
                "max_fail_percentage" => "`max_fail_percentage`: `tolerate` takes a number of hosts",
                "connection" if !(local && value.text() == Some("local")) && value.text() != Some("ssh") => {
                    "`connection`: the inventory says how a host is reached"
                }
                "remote_user" => "`remote_user`: the inventory says who logs in",
                "ignore_errors" | "when" | "run_once" if truth(value) != Some(false) => {
                    "this keyword has no counterpart for a whole play"
                }
                "module_defaults" => "`module_defaults` has no counterpart",
                "no_log" if truth(value) != Some(false) => NO_LOG,
                _ if !KEYWORDS.contains(&name) => "this keyword has no counterpart",
                _ => continue,
            };
            let said = if said.starts_with("this keyword") {
                said.replacen("this keyword", &format!("`{name}`"), 1)
            } else {
                said.to_owned()
            };
            let code = if ONLY_NOTED.contains(&name) {
                self.remark(source, value, &said)
            } else {
                self.failing(source, value, &said)
            };
            body.append(code);
        }
    }

    /// The steps of a play, and what is always done at its end.
    /// The end is run after a failure too: where the play is not translated, nothing may stand there.
    fn steps(&mut self, source: &Source, node: &Node, may_end: bool) -> (Code, Option<Code>) {
        let mut code = Code::new();
        let list = |name: &str| node.get(name).map(items).unwrap_or_default();
        code.append(self.tasks(source, &list("pre_tasks")));
        for role in list("roles") {
            let name = role.text().or_else(|| role.get("role").or_else(|| role.get("name")).and_then(Node::text));
            code.append(self.not_translated(
                source,
                role,
                "",
                &format!("the role `{}`: make a module of it, and `use` it", name.unwrap_or("?")),
            ));
        }
        let tasks = list("tasks");
        // One block that is all of a play may have the stage's own end.
        if let [only] = tasks.as_slice()
            && may_end
            && only.get("always").is_some()
            && fields(only).iter().all(|(name, _)| OF_A_WHOLE_PLAY.contains(name))
            && !is_never(only.get("tags"))
            && list("post_tasks").is_empty()
        {
            let always = only.get("always").map(items).unwrap_or_default();
            let Yaml::Mapping(entries) = &only.value else { return (code, None) };
            let left = entries.iter().filter(|(key, _)| key.text() != Some("always")).cloned().collect();
            let block = Node { value: Yaml::Mapping(left), ..(*only).clone() };
            code.append(self.task(source, &block));
            let finally = self.finally(source, &always);
            return (code, Some(finally));
        }
        code.append(self.tasks(source, &tasks));
        code.append(self.tasks(source, &list("post_tasks")));
        (code, None)
    }

    /// What a stage does at its end knows nothing of what its body bound.
    fn finally(&mut self, source: &Source, nodes: &[&Node]) -> Code {
        let inputs = self.scope.of_inputs(&self.inputs);
        let body = std::mem::replace(&mut self.scope, inputs);
        let code = self.tasks(source, nodes);
        self.scope = body;
        code
    }
}
