//! What a translation gathers on its way through a playbook.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Mark;
use super::code::{Code, Piece, Text, plain, quoted};
use super::jinja::{Part, parse_template};
use super::read::{Source, boolean};
use super::reader::Reader;
use super::scope::{Known, Names, Rank, Scope, Words};
use super::step::Call;
use super::value::{Reason, Value, python};
use crate::inventory::node::{Document, Node, Value as Yaml, parse_document};
use crate::inventory::number::{Number, number};
use crate::inventory::{Files, Inventory};
use crate::source::{SourceMap, Span};

/// Where steps run as whom, and with which variables of the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    /// An expression: whose the steps are.
    pub(super) user: Option<String>,
    pub(super) env: Vec<(String, String)>,
}

/// Files within files beyond this are a ring.
const DEPTH: usize = 20;

pub(super) struct Translator<'a> {
    pub(super) sources: &'a mut SourceMap,
    pub(super) files: &'a dyn Files,
    pub(super) inventory: Option<&'a Inventory>,
    pub(super) folder: PathBuf,
    pub(super) names: Names,
    pub(super) scope: Scope,
    /// Declarations of hosts: the name, and what follows.
    pub(super) hosts: Vec<(String, String)>,
    pub(super) uses: BTreeSet<&'static str>,
    pub(super) inputs: Vec<(String, String)>,
    pub(super) marks: Vec<Mark>,
    pub(super) done: BTreeSet<Span>,
    pub(super) setting: Setting,
    /// The setting of the play, which its handlers have.
    pub(super) of_play: Setting,
    /// What the host of the stage is called where a statement stands: `here`, but not within an `at`.
    pub(super) here: String,
    pub(super) handlers: Vec<(Source, Node)>,
    /// The variables of the steps of a play.
    pub(super) own_variables: BTreeSet<String>,
    /// What of a play stands above its tasks and is evaluated after them: words of its variables and handlers.
    pub(super) spoken_of: BTreeSet<String>,
    /// The files that are being read, each within the one before.
    pub(super) open: Vec<PathBuf>,
}

impl Translator<'_> {
    pub(super) fn reader(&mut self) -> Reader<'_> {
        Reader {
            scope: &self.scope,
            names: &mut self.names,
            hosts: &mut self.hosts,
            here: &self.here,
            inventory: self.inventory,
            depth: 0,
        }
    }

    /// Marks a place, once.
    pub(super) fn mark(&mut self, span: Span, reason: &str) {
        if !self.marks.iter().any(|mark| mark.span == span && mark.reason == reason) {
            self.marks.push(Mark { span, reason: reason.to_owned() });
        }
    }

    /// A step that fails, with why it is not translated and what it was.
    pub(super) fn not_translated(&mut self, source: &Source, node: &Node, title: &str, reason: &str) -> Code {
        const LINES: usize = 30;
        self.mark(source.span(node), reason);
        let at = source.location(node);
        let mut code = Code::new();
        code.comment(&format!("TODO {at}: {reason}"));
        let lines = source.lines(node);
        for line in lines.iter().take(LINES) {
            code.push(format!("#     {}", plain(line)).trim_end());
        }
        if lines.len() > LINES {
            code.comment("    …");
        }
        let named = if title.is_empty() { String::new() } else { format!(": {}", plain(title)) };
        code.push(format!("fail {}", quoted(&format!("not translated ({at}){named}"))));
        code
    }

    /// Something about a step that is not translated, while the step is.
    pub(super) fn remark(&mut self, source: &Source, node: &Node, reason: &str) -> Code {
        self.mark(source.span(node), reason);
        let mut code = Code::new();
        code.comment(&format!("TODO {}: {reason}", source.location(node)));
        code
    }

    /// The value of a node.
    pub(super) fn value(&mut self, node: &Node) -> Result<Value, Reason> {
        self.reader().node(node)
    }

    /// A text as an expression: `"…"`, or the name that it consists of.
    pub(super) fn string(&mut self, text: &str) -> Result<String, Reason> {
        let value = self.reader().value(text)?;
        match value.ty {
            super::scope::Ty::Str | super::scope::Ty::Slurp => Ok(value.text),
            _ => Ok(Text(vec![value.piece().map_err(|_| format!("`{}` is no text", text.trim()))?]).quoted()),
        }
    }

    /// A text as one word of a command.
    pub(super) fn word(&mut self, text: &str) -> Result<Vec<Piece>, Reason> {
        let is_safe = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+:,@%=".contains(c));
        // A shell knows whose folder it is only outside of quotes.
        if let Some(rest) = text.strip_prefix("~/") {
            return Ok([vec![Piece::Written(String::from("~/"))], self.word(rest)?].concat());
        }
        let parts = parse_template(text)?;
        if let Some(Part::Expr(expr)) = parts.first()
            && self.reader().expr(expr)?.words == Words::Home
        {
            return Err(String::from("a path that begins with `~`: write whose folder it is in full"));
        }
        let text = self.reader().text(text)?;
        let all_safe = parts.iter().all(|part| match part {
            Part::Text(text) => is_safe(text),
            Part::Expr(_) => true,
        });
        match text.literal() {
            _ if all_safe && !parts.is_empty() => Ok(text.0),
            Some(literal) => Ok(vec![Piece::Written(shell_quoted(&literal))]),
            None => Ok(vec![Piece::Splice(text.quoted())]),
        }
    }

    /// A condition, or several that all have to hold.
    pub(super) fn conditions(&mut self, node: &Node) -> Result<Vec<Value>, Reason> {
        let mut found = Vec::new();
        for item in super::read::items(node) {
            let text = item.text().ok_or_else(|| format!("a condition is {}", item.kind()))?;
            found.push(self.reader().condition(&printed(item, text)?)?);
        }
        Ok(found)
    }

    /// A call of `sh` as the user that steps are run as.
    pub(super) fn call(&self, text: Text) -> Call {
        let user = self.setting.user.clone().map(|user| ("user", user));
        Call { text, options: user.into_iter().collect() }
    }

    /// Keeps a value under a name: a `let` where it stands.
    pub(super) fn bind(&mut self, name: &str, value: &Value, rank: Rank) -> Code {
        let free = self.names.free(name, false);
        let known = Known::Value { name: free.clone(), ty: value.ty.clone(), words: value.words };
        self.scope.set(name, known, rank);
        if value.is_of_inventory() {
            self.scope.of_inventory.insert(free.clone());
        }
        if !value.entries.is_empty() {
            self.scope.entries.insert(free.clone(), Rc::clone(&value.entries));
        }
        Code::line(format!("let {free} = {}", value.text))
    }

    /// The text of a file beside the playbook.
    pub(super) fn load(&mut self, path: &Path) -> Result<(Source, Option<Node>), Reason> {
        if self.open.iter().any(|open| open == path) || self.open.len() > DEPTH {
            return Err(format!("{} takes itself in", path.display()));
        }
        let text = self.files.load(path).map_err(|reason| format!("{} cannot be read: {reason}", path.display()))?;
        let name = path.to_string_lossy().into_owned();
        let file = self.sources.add(name.as_str(), &text);
        let text: Rc<str> = self.sources.get(file).map_or("", |source| source.text()).into();
        let Document { root, error } = parse_document(&text);
        if let Some(error) = error {
            return Err(format!("{name}:{} is no YAML: {}", error.line, error.message));
        }
        Ok((Source { file, name, text, is_included: true }, root))
    }
}

/// The text of a node as Ansible would print it: a number without quotes is read before it is printed.
pub(super) fn printed(node: &Node, text: &str) -> Result<String, Reason> {
    let is_plain = matches!(node.value, Yaml::Scalar { plain: true, .. });
    match number(text).filter(|_| is_plain) {
        Some(Number::Int(number)) => Ok(number.to_string()),
        Some(Number::Float(number)) => Ok(number),
        Some(Number::Odd) => Err(odd(text)),
        None => Ok(match boolean(text).filter(|_| is_plain) {
            Some(truth) => python(truth).to_owned(),
            None => text.to_owned(),
        }),
    }
}

pub(super) fn odd(text: &str) -> Reason {
    format!("`{text}` is a number that YAML prints otherwise: put it in quotes where a text is meant")
}

/// A word for a shell, in quotes where it needs some.
pub(super) fn shell_quoted(text: &str) -> String {
    match shlex::try_quote(text) {
        Ok(quoted) => quoted.into_owned(),
        Err(_) => String::from("''"),
    }
}
