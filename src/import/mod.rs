//! From Ansible's playbooks to workflows.
//!
//! A playbook is read into nodes with their places, each play becomes a stage (`play`), each task a statement
//! (`task`, `modules`), each expression of Jinja one of flow (`value`). What has no counterpart becomes a step that
//! fails, below a comment that says why, and is counted: nothing is left out without a word.

mod argv;
mod blocks;
mod code;
mod condition;
mod fields;
mod filters;
mod jinja;
mod keywords;
mod messages;
mod modules;
mod names;
mod operators;
mod params;
mod pattern;
mod play;
mod read;
mod reader;
mod result;
mod scope;
mod splice;
mod step;
mod task;
mod translator;
mod value;
mod variables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::inventory::node::{Document, Node, Value as Yaml, parse_document};
use crate::inventory::{Files, Inventory};
use crate::source::{SourceMap, Span};
use crate::syntax;
use code::Code;
use keywords::{NEVER, is_never};
use read::Source;
use scope::{Names, Scope};
use translator::{Setting, Translator};

/// Something that is not translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Where it stands in the playbook.
    pub span: Span,
    /// Why, in words.
    pub reason: String,
}

/// What became of a playbook.
#[derive(Debug, Default)]
pub struct Imported {
    /// The workflow; empty where the playbook could not be read.
    pub text: String,
    /// How many tasks there are.
    pub tasks: usize,
    /// What is marked in the workflow, in the order of the playbook.
    pub marks: Vec<Mark>,
    /// Why it could not be read.
    pub diagnostics: Vec<Diagnostic>,
}

/// Translates the playbook at `path`. An inventory says what its names are; without one they are taken for groups.
#[must_use]
pub fn import(
    sources: &mut SourceMap,
    files: &dyn Files,
    path: &Path,
    text: &str,
    inventory: Option<&Inventory>,
) -> Imported {
    let file = sources.add(path.to_string_lossy(), text);
    let text = sources.get(file).map_or("", |source| source.text()).to_owned();
    let source =
        Source { file, name: path.to_string_lossy().into_owned(), text: text.as_str().into(), is_included: false };
    let Document { root, error } = parse_document(&text);
    if let Some(error) = error {
        let diagnostics = vec![messages::syntax(file, &text, &error)];
        return Imported { diagnostics, ..Imported::default() };
    }
    let plays = match plays(&source, root.as_ref()) {
        Ok(plays) => plays,
        Err(diagnostic) => return Imported { diagnostics: vec![*diagnostic], ..Imported::default() },
    };
    let mut to = Translator {
        sources,
        files,
        inventory,
        folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
        names: Names::new(),
        scope: Scope::new(),
        hosts: Vec::new(),
        uses: BTreeSet::new(),
        inputs: Vec::new(),
        marks: Vec::new(),
        done: BTreeSet::new(),
        setting: Setting::default(),
        of_play: Setting::default(),
        here: String::from("here"),
        handlers: Vec::new(),
        spoken_of: BTreeSet::new(),
        own_variables: BTreeSet::new(),
        open: vec![path.to_path_buf()],
    };
    let mut stages = Vec::new();
    plays.iter().for_each(|play| to.play_or_book(&source, play, &mut stages));
    let mut marks = std::mem::take(&mut to.marks);
    marks.sort_by_key(|mark| mark.span);
    Imported { text: laid_out(workflow(&to, path, &stages)), tasks: to.done.len(), marks, diagnostics: Vec::new() }
}

/// The text as `flowrun fmt` would write it.
fn laid_out(text: String) -> String {
    let mut sources = SourceMap::new();
    let file = sources.add("imported.flow", &text);
    syntax::format(&sources, file).unwrap_or(text)
}

/// The plays of a playbook.
fn plays(source: &Source, root: Option<&Node>) -> Result<Vec<Node>, Box<Diagnostic>> {
    let start = Span::new(source.file, 0, 0);
    let Some(root) = root else { return Err(Box::new(messages::empty(start))) };
    let Yaml::Sequence(plays) = &root.value else { return Err(Box::new(messages::no_list(source.span(root), root))) };
    if plays.is_empty() {
        return Err(Box::new(messages::empty(source.span(root))));
    }
    for play in plays {
        let is_book = play.get("import_playbook").or_else(|| play.get("ansible.builtin.import_playbook")).is_some();
        if play.get("hosts").is_none() && !is_book {
            return Err(Box::new(messages::no_play(source.span(play), play)));
        }
    }
    Ok(plays.clone())
}

/// Refuses what would have to be handed down to the plays of another playbook.
fn named_alone(node: &Node) -> Result<(), String> {
    let own = ["name", "import_playbook", "ansible.builtin.import_playbook"];
    match read::fields(node).into_iter().find(|(name, _)| !own.contains(name)) {
        Some((name, _)) => {
            Err(format!("`{name}` of `import_playbook` has no counterpart: say it in the plays themselves"))
        }
        None => Ok(()),
    }
}

impl Translator<'_> {
    /// Translates a play, or the plays of another playbook that stands in its place.
    fn play_or_book(&mut self, source: &Source, node: &Node, stages: &mut Vec<Code>) {
        let book = node.get("import_playbook").or_else(|| node.get("ansible.builtin.import_playbook"));
        let Some(book) = book else {
            stages.push(self.play(source, node));
            return;
        };
        let path: PathBuf = self.folder.join(book.text().unwrap_or_default());
        let refused = if is_never(node.get("tags")) { Err(NEVER.to_owned()) } else { named_alone(node) };
        let loaded =
            refused.and_then(|()| self.load(&path)).and_then(|(inner, root)| match plays(&inner, root.as_ref()) {
                Ok(plays) => Ok((inner, plays)),
                Err(diagnostic) => Err(format!("{}: {}", path.display(), diagnostic.message)),
            });
        match loaded {
            Ok((inner, plays)) => {
                let inner = Source { is_included: false, ..inner };
                let folder = std::mem::replace(&mut self.folder, path.parent().unwrap_or(Path::new("")).to_path_buf());
                self.open.push(path);
                plays.iter().for_each(|play| self.play_or_book(&inner, play, stages));
                self.open.pop();
                self.folder = folder;
            }
            Err(reason) => {
                let name = self.names.free("playbook that is not taken in", true);
                let body = self.not_translated(source, node, "", &reason);
                let mut code = Code::new();
                code.block(format!("stage {name} on all"), body);
                stages.push(code);
            }
        }
    }
}

/// The whole text of a workflow.
fn workflow(to: &Translator<'_>, path: &Path, stages: &[Code]) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut parts = vec![format!("# From the playbook {}.\n", code::plain(&name))];
    parts.push(to.uses.iter().map(|module| format!("use std/{module}\n")).collect());
    parts.push(to.inputs.iter().map(|(name, rest)| format!("input {name}: {rest}\n")).collect());
    let host = |(name, rest): &(String, String)| match rest.split_once(" = ") {
        Some((kind, selector)) => format!("{kind} {name} = {selector}\n"),
        None => String::new(),
    };
    parts.push(to.hosts.iter().map(host).collect());
    parts.extend(stages.iter().map(Code::text));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Whether statements can be read as such.
fn is_flow(code: &Code) -> bool {
    let mut stage = Code::new();
    stage.block("stage it on all", code.clone());
    let mut sources = SourceMap::new();
    let file = sources.add("statements", &stage.text());
    crate::syntax::parse(&sources, file).1.is_empty()
}
