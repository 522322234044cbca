//! `sh "…"`: what its text runs, and how each spliced value has to be quoted.

use std::sync::Arc;

use super::body::Body;
use super::call::Matched;
use super::ir::{self, CommandPart};
use super::messages;
use super::summary::What;
use super::tables::{CHANGE, END, READ};
use super::types::Type;
use crate::compiled;
use crate::shell::{self, Invocation, Program, SpliceContext, Word};
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, TextPart};

impl Body<'_> {
    pub(super) fn command(&mut self, matched: &Matched<'_>, span: Span, used: bool) -> ir::Expr {
        let argument = |at: usize| matched.get(at).copied().flatten();
        let noted = self.sites.len();
        let parts = match argument(0).map(|command| (&command.kind, command.span)) {
            Some((ExprKind::Text(text), _)) => self.command_text(text),
            Some((_, span)) => {
                self.diagnostics.push(messages::command_not_literal(span));
                Vec::new()
            }
            None => Vec::new(),
        };
        if let Some(ExprKind::Record(variables)) = argument(2).map(|env| &env.kind) {
            for (name, _) in variables.iter().filter(|(name, _)| shell::runs_its_value(&name.text)) {
                self.note(What::Spliced(format!("${}", name.text)), name.span);
            }
        }
        let secrets = Type::Map(Type::Secret.into());
        let mut optional =
            |at: usize, ty: &Type| argument(at).map(|value| self.expect(value, &Type::optional(ty.clone())));
        let mut command = ir::Command {
            parts,
            cwd: optional(1, &Type::Path),
            env: optional(2, &secrets),
            stdin: optional(3, &Type::Secret),
            user: optional(4, &Type::Str),
            timeout: optional(5, &Type::Duration),
            durable: argument(6).map(|value| self.expect(value, &Type::Bool)),
            used,
            reads: true,
            span,
        };
        command.reads = self.sites[noted..].iter().all(|site| matches!(site.what, What::Effect(READ, _)));
        ir::Expr::Command(Box::new(command))
    }

    fn command_text(&mut self, text: &ast::Text) -> Vec<CommandPart> {
        let known = self.world.modules.all[self.module].command(text);
        let analysis = known.cloned().unwrap_or_else(|| Arc::new(shell::analyse(&compiled::template(text))));
        for error in &analysis.errors {
            let span = compiled::place_in(text, error.position.as_ref());
            self.diagnostics.push(messages::bad_shell(&error.message, span));
        }
        for invocation in &analysis.programs {
            // What seems to be a program of a text that could not be read may be none.
            let is_read = analysis.errors.is_empty();
            self.invocation(invocation, &analysis.splices, text, is_read);
        }
        for write in &analysis.writes {
            let span = compiled::place_in(text, write.position.as_ref());
            self.note_effects(&[CHANGE], &write.what, span);
        }
        let mut number = 0;
        let mut parts = Vec::new();
        for part in &text.parts {
            match part {
                TextPart::Literal(literal, _) => parts.push(CommandPart::Text((&**literal).into())),
                TextPart::Splice(value) => {
                    let context = analysis.splices.get(number).cloned().unwrap_or(SpliceContext::Unknown);
                    // A text that could not be read was told already.
                    if analysis.errors.is_empty() {
                        parts.extend(self.command_splice(value, &context));
                    }
                    number += 1;
                }
            }
        }
        parts
    }

    fn invocation(&mut self, invocation: &Invocation, splices: &[SpliceContext], text: &ast::Text, is_read: bool) {
        let span = compiled::place_in(text, invocation.position.as_ref());
        match &invocation.program {
            Program::Known(name) => {
                let words = leading_words(name, &invocation.words);
                if words.len() < invocation.words.len() {
                    let effects = self.effects_beyond(&words);
                    self.note_effects(&effects, &format!("program `{name}`"), span);
                }
                if let Some(entry) = self.tables().program_entry(&words) {
                    self.tables().recorder.declared(span, entry);
                }
                match self.tables().program(&words) {
                    Some(effects) => {
                        let effects = effects.to_vec();
                        self.note_effects(&effects, &format!("program `{name}`"), span);
                    }
                    None if invocation.builtin || invocation.wrapper || invocation.possible => {}
                    None if is_read => self.note(What::Unlisted(name.clone()), span),
                    None => {}
                }
            }
            // Where no value can be spliced at all, that is what is told.
            Program::Spliced(number) if splices.get(*number).is_some_and(|splice| splice.quoting().is_none()) => {}
            Program::Spliced(number) => {
                let splices = text.parts.iter().filter_map(|part| match part {
                    TextPart::Splice(value) => Some(value),
                    TextPart::Literal(..) => None,
                });
                let value = splices.into_iter().nth(*number);
                let span = value.map_or(span, |value| value.span);
                self.note(What::Spliced(format!("{{{{ {} }}}}", self.world.sources.slice(span))), span);
            }
            Program::Dynamic(_) if invocation.possible => {}
            Program::Dynamic(written) => self.note(What::Spliced(unknown(written, &invocation.via)), span),
        }
    }

    /// The word behind these is known at run time only and may be any: so whatever the table says of commands that go on
    /// from here may happen, options aside.
    fn effects_beyond(&self, words: &[ast::Words]) -> Vec<usize> {
        let commands = self.tables().programs.range(words.to_vec()..).map(|(command, _)| command);
        let longer = commands
            .take_while(|command| command.starts_with(words))
            .filter(|command| command.get(words.len()).is_some_and(|next| !next.starts_with('-')));
        longer.filter_map(|command| self.tables().program(command)).flatten().copied().collect()
    }

    fn command_splice(&mut self, value: &ast::Expr, context: &SpliceContext) -> Option<CommandPart> {
        if let Some(code) = raw_argument(value) {
            let lowered = self.expect(code, &Type::Str);
            self.diagnostics.push(messages::raw(value.span));
            self.note(What::Spliced("raw(…)".to_owned()), value.span);
            return Some(CommandPart::Raw(lowered));
        }
        let (lowered, ty) = self.infer(value);
        match &ty {
            Type::Secret => self.diagnostics.push(messages::secret_in_command(value.span)),
            Type::List(element) if element.is_text() && context.takes_list() => {}
            Type::List(element) if element.is_text() => self.diagnostics.push(messages::list_not_here(value.span)),
            ty if ty.is_text() => {}
            ty => self.diagnostics.push(messages::not_text(ty, value.span)),
        }
        let Some(quoting) = context.quoting() else {
            let inside = match context {
                SpliceContext::Code { inside } => Some(inside.as_str()),
                _ => None,
            };
            self.diagnostics.push(messages::splice_not_here(&context.describe(), inside, value.span));
            return None;
        };
        Some(CommandPart::Value { value: lowered, quoting, dash: !context.refuses_leading_dash(), span: value.span })
    }
}

/// What is run and not known. What a command prints is a program in one place, and the text of a shell in another.
fn unknown(written: &str, via: &[String]) -> String {
    let is_output = ["$(", "`", "<("].iter().any(|sign| written.starts_with(sign));
    match via.last() {
        Some(shell) if is_output && messages::reads_text(shell) => format!("what `{shell}` reads"),
        _ => written.to_owned(),
    }
}

/// The `x` of `raw(x)`.
fn raw_argument(value: &ast::Expr) -> Option<&ast::Expr> {
    let ExprKind::Call(callee, arguments) = &value.kind else { return None };
    match (&callee.kind, arguments.as_slice()) {
        (ExprKind::Name(name), [only]) if name.text == "raw" => Some(&only.value),
        _ => None,
    }
}

/// The words of a command up to the first that is not known; behind the last word of one that is known, its end.
fn leading_words(name: &str, words: &[Word]) -> Vec<ast::Words> {
    let literal = |word: &Word| match word {
        Word::Literal(literal) => Some(literal.clone().into()),
        Word::Spliced(_) | Word::Dynamic(_) => None,
    };
    let rest: Vec<ast::Words> = words.iter().skip(1).map_while(literal).collect();
    let end = (rest.len() + 1 == words.len()).then_some(END.into());
    std::iter::once(name.to_owned().into()).chain(rest).chain(end).collect()
}
