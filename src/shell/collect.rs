//! Collects what is found on the walk.

use std::collections::BTreeSet;
use std::ops::Range;

use super::analysis::{Analysis, Invocation, Place, Program, ShellError, SpliceContext, Write};
use super::decoded::Decoded;
use super::parse::Failure;
use super::prepare::Document;
use super::remarks::Remarks;
use super::scope::{Origin, Scope};
use super::template::{Marks, Position, Rendered};

/// How deep texts and wrappers may stand in one another: `env sh -c "eval '…'"`, `$(…)` in `$(…)`.
const MAX_TEXTS: usize = 24;
/// How deep groups may stand in groups, in all texts together: the walk recurses for each.
const MAX_GROUPS: usize = 96;
/// The most that is read in all, as some texts are read in two ways.
const MAX_READINGS: usize = 4096;

/// Collects what is found.
pub(super) struct Walker<'t> {
    rendered: &'t Rendered,
    programs: Vec<Found>,
    writes: Vec<Write>,
    contexts: Vec<Option<SpliceContext>>,
    errors: Vec<ShellError>,
    functions: BTreeSet<String>,
    readings: usize,
    groups: usize,
    /// How it is written.
    pub(super) remarks: Remarks,
    /// The here-documents that were taken out of the texts, and where their bodies stand.
    pub(super) documents: Vec<(Document, Origin)>,
    /// What the dynamic marks of inner texts stand for.
    pub(super) expansions: Vec<String>,
}

struct Found {
    invocation: Invocation,
    /// The shell looks the name up, functions first.
    by_shell: bool,
}

impl<'t> Walker<'t> {
    pub(super) fn new(rendered: &'t Rendered) -> Self {
        // A number far beyond the parts is a mistake of the caller, and not worth the memory.
        let splices = rendered.splices.min(1 << 16);
        Self {
            rendered,
            programs: Vec::new(),
            writes: Vec::new(),
            contexts: vec![None; splices],
            errors: Vec::new(),
            functions: BTreeSet::new(),
            readings: 0,
            groups: 0,
            remarks: Remarks::default(),
            documents: Vec::new(),
            expansions: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> Analysis {
        for index in self.rendered.after_backslash() {
            // Between single quotes a backslash is only a backslash.
            if let Some(context) = self.contexts.get_mut(index)
                && !matches!(context, Some(SpliceContext::SingleQuoted(_)))
                && context.as_ref().is_none_or(|context| context.quoting().is_some())
            {
                *context = Some(SpliceContext::Escaped);
            }
        }
        let functions = self.functions;
        let programs = self.programs.into_iter().map(|mut found| {
            if let Program::Known(name) = &found.invocation.program {
                found.invocation.possible |= found.by_shell && functions.contains(name);
            }
            found.invocation
        });
        Analysis {
            programs: programs.collect(),
            writes: self.writes,
            splices: self.contexts.into_iter().map(|context| context.unwrap_or(SpliceContext::Unknown)).collect(),
            errors: self.errors,
            remarks: self.remarks.finish(),
        }
    }

    /// Enters a group, if it is not too deep in others. What is entered has to be left.
    pub(super) fn enter_group(&mut self, scope: &Scope) -> bool {
        let allowed = self.groups < MAX_GROUPS;
        if allowed {
            self.groups += 1;
        } else {
            self.error("the commands in this text nest too deep", scope.origin.range(0..1));
        }
        allowed
    }

    pub(super) fn leave_group(&mut self) {
        self.groups = self.groups.saturating_sub(1);
    }

    pub(super) fn marks(&self) -> &'t Marks {
        &self.rendered.marks
    }

    /// The text as a person would write it.
    pub(super) fn readable(&self, text: &str) -> String {
        self.marks().readable(text, &self.expansions)
    }

    /// The template's position of a range of the outermost text.
    pub(super) fn locate(&self, range: Option<Range<usize>>) -> Option<Range<Position>> {
        range.and_then(|range| self.rendered.locate(&range))
    }

    /// Notes an error, once.
    pub(super) fn error(&mut self, message: &str, range: Option<Range<usize>>) {
        let error = ShellError { message: self.readable(message), position: self.locate(range) };
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Notes a file that is written to.
    pub(super) fn write(&mut self, file: &Decoded, what: &str) {
        const HARMLESS: [&str; 5] = ["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "-"];
        let harmless =
            file.literal().is_some_and(|name| HARMLESS.contains(&name.as_str()) || name.starts_with("/dev/fd/"));
        if !harmless {
            self.change(what, file.range.clone());
        }
    }

    /// Notes something that changes the host.
    pub(super) fn change(&mut self, what: &str, range: Option<Range<usize>>) {
        let position = self.locate(range);
        self.writes.push(Write { what: what.to_owned(), position });
    }

    /// Notes the splices of a word that a program reads as code of a language of its own.
    pub(super) fn spliced_code(&mut self, word: &Decoded, what: &str, scope: &Scope) {
        for index in word.splices() {
            self.splice(index, SpliceContext::Code { inside: what.to_owned() }, scope);
        }
    }

    pub(super) fn fail(&mut self, failure: &Failure, scope: &Scope, length: usize) {
        let range = failure.at.clone().unwrap_or(0..length);
        self.error(&failure.message, scope.origin.range(range));
    }

    /// Notes a name that the text itself gives a meaning.
    pub(super) fn define(&mut self, name: &str) {
        self.functions.insert(name.to_owned());
    }

    /// Notes where a splice stands. What is unsafe is never taken back.
    pub(super) fn splice(&mut self, index: usize, context: SpliceContext, scope: &Scope) {
        let context = scope.forced.clone().unwrap_or(context);
        if let Some(known) = self.contexts.get_mut(index)
            && (known.as_ref().is_none_or(|known| known.quoting().is_some())
                || matches!(context, SpliceContext::Code { .. }))
        {
            *known = Some(context);
        }
    }

    /// Gives a splice that stands in a safe context its place in the command.
    pub(super) fn place(&mut self, word: &Decoded, place: Place) {
        for index in word.splices() {
            if let Some(Some(
                SpliceContext::Unquoted(known)
                | SpliceContext::DoubleQuoted(known)
                | SpliceContext::SingleQuoted(known),
            )) = self.contexts.get_mut(index)
            {
                *known = place;
            }
        }
    }

    /// Notes every splice of a text that is not read as words.
    pub(super) fn splices_in(&mut self, text: &str, context: &SpliceContext, scope: &Scope) {
        for index in self.marks().splices_in(text) {
            self.splice(index, context.clone(), scope);
        }
    }

    /// Notes an invocation. `by_shell` says that the shell looks the name up, and not a wrapper.
    pub(super) fn found(&mut self, invocation: Invocation, by_shell: bool) {
        self.programs.push(Found { invocation, by_shell });
    }

    pub(super) fn program_count(&self) -> usize {
        self.programs.len()
    }

    /// Where the program of this name stands that was reported last.
    pub(super) fn position_of(&self, name: &str) -> Option<Range<Position>> {
        let is_it = |found: &&Found| matches!(&found.invocation.program, Program::Known(known) if known == name);
        self.programs.iter().rev().find(is_it).and_then(|found| found.invocation.position.clone())
    }

    /// Says where the program stands that was reported last.
    pub(super) fn place_last(&mut self, position: Option<Range<Position>>) {
        if let Some(last) = self.programs.last_mut() {
            last.invocation.position = position;
        }
    }

    /// Whether this program was reported already.
    pub(super) fn knows(&self, program: &Program) -> bool {
        self.programs.iter().any(|found| found.invocation.program == *program)
    }

    /// Whether another text, or another wrapper's command, may be read at this depth.
    pub(super) fn may_read(&mut self, scope: &Scope, length: usize) -> bool {
        self.readings += 1;
        let allowed = scope.depth <= MAX_TEXTS && self.readings <= MAX_READINGS;
        if !allowed {
            self.error("the commands in this text nest too deep", scope.origin.range(0..length));
        }
        allowed
    }
}
