//! The arguments of a module, however they are written.

use std::collections::BTreeMap;

use super::read::{fields, spans, truth, unescaped, unquoted, words};
use super::value::Reason;
use crate::inventory::node::{Node, Value as Yaml};

/// Arguments that may stand among the words of a module that takes a command as it is.
const OF_COMMANDS: &[&str] =
    &["chdir", "creates", "removes", "executable", "stdin", "warn", "stdin_add_newline", "strip_empty_ends"];

/// What a module is given.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// The text of `command: TEXT`.
    pub(super) free: Option<String>,
    named: BTreeMap<String, Node>,
}

impl Params {
    /// Reads what stands behind a module's name, and `args:` beside it.
    pub(super) fn of(module: &str, node: &Node, args: Option<&Node>) -> Result<Params, Reason> {
        let mut params = Params::default();
        let takes_text = matches!(
            module,
            "command" | "shell" | "raw" | "script" | "meta" | "include_tasks" | "import_tasks" | "include_vars"
        );
        match &node.value {
            Yaml::Mapping(_) => params.add(node),
            Yaml::Sequence(_) => return Err(String::from("its arguments are a list")),
            Yaml::Scalar { .. } if node.is_null() => {}
            Yaml::Scalar { text, .. } if takes_text => params.command(text, module != "command")?,
            Yaml::Scalar { text, .. } => params.short(text)?,
        }
        if let Some(args) = args {
            params.add(args);
        }
        Ok(params)
    }

    fn add(&mut self, node: &Node) {
        let entries = fields(node).into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
        self.named.extend(entries);
    }

    /// A command with options among its words, wherever they stand. A backslash that stands alone goes on with the next
    /// line; Ansible takes it out, and a shell reads it as such.
    fn command(&mut self, text: &str, has_shell: bool) -> Result<(), Reason> {
        let is_option = |word: &str| word.split_once('=').is_some_and(|(name, _)| OF_COMMANDS.contains(&name));
        let (mut free, mut behind) = (String::new(), 0);
        for span in spans(text) {
            let word = &text[span.clone()];
            let goes_on = word == "\\" && !(has_shell && text[span.end..].starts_with('\n'));
            match is_option(word) {
                true => self.assign(word)?,
                false if goes_on => {}
                false => continue,
            }
            free.push_str(&text[behind..span.start]);
            behind = span.end + text[span.end..].len() - text[span.end..].trim_start_matches([' ', '\t']).len();
        }
        free.push_str(&text[behind..]);
        self.free = Some(free.trim().to_owned());
        Ok(())
    }

    fn short(&mut self, text: &str) -> Result<(), Reason> {
        for word in words(text) {
            if !word.contains('=') {
                return Err(format!("`{word}` is no `name=value`"));
            }
            self.assign(&word)?;
        }
        Ok(())
    }

    fn assign(&mut self, word: &str) -> Result<(), Reason> {
        let word = unescaped(word)?;
        if let Some((name, value)) = word.split_once('=') {
            let value = Yaml::Scalar { text: unquoted(value).to_owned(), plain: false };
            self.named.insert(name.to_owned(), Node { range: 0..0, line: 0, value });
        }
        Ok(())
    }

    /// Takes what is on or off; what is known at run time only counts as on.
    pub(super) fn flag(&mut self, name: &str, usual: bool) -> bool {
        self.take(&[name]).map_or(usual, |node| truth(&node) != Some(false))
    }

    /// Takes an argument, by any of its names.
    pub(super) fn take(&mut self, names: &[&str]) -> Option<Node> {
        names.iter().filter_map(|name| self.named.remove(*name)).find(|value| !value.is_null())
    }

    /// Takes an argument that is one text.
    pub(super) fn text(&mut self, names: &[&str]) -> Result<Option<String>, Reason> {
        match self.take(names) {
            None => Ok(None),
            Some(node) => match node.text() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(format!("`{}` is {}", names.first().copied().unwrap_or_default(), node.kind())),
            },
        }
    }

    /// Takes an argument that has to be there.
    pub(super) fn needed(&mut self, names: &[&str]) -> Result<String, Reason> {
        let name = names.first().copied().unwrap_or_default();
        self.text(names)?.ok_or_else(|| format!("`{name}` is missing"))
    }

    /// Leaves arguments out that say nothing of what is done.
    pub(super) fn leave_out(&mut self, names: &[&str]) {
        names.iter().for_each(|name| drop(self.named.remove(*name)));
    }

    /// The names of the arguments.
    pub(super) fn names(&self) -> Vec<String> {
        self.named.keys().cloned().collect()
    }

    /// What is left has no counterpart.
    pub(super) fn finish(&self) -> Result<(), Reason> {
        let left: Vec<String> = self.named.keys().map(|name| format!("`{name}`")).collect();
        match left.as_slice() {
            [] => Ok(()),
            left => Err(format!("its {} has no counterpart", crate::diagnostic::list(left))),
        }
    }
}
