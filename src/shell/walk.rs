//! Finds every command position of a text, whatever it stands in.

use std::ops::Range;

use brush_parser::ast::{self, CommandPrefixOrSuffixItem as Item, CompoundCommand, IoFileRedirectTarget, IoRedirect};

use super::analysis::{Analysis, Place, SpliceContext};
use super::collect::Walker;
use super::decoded::Decoded;
use super::parse::{self, Dialect, Parsed};
use super::prepare::{self, Prepared};
use super::remarks;
use super::scope::{Origin, Scope, Stdin};
use super::template::{Rendered, Template};

const REDIRECTION: &str = "a redirection to a file";

/// Reads a template.
pub(super) fn analyse(template: &Template) -> Analysis {
    let rendered = Rendered::new(template);
    let mut walker = Walker::new(&rendered);
    walker.text(&rendered.text, &Scope::outermost());
    walker.finish()
}

impl Walker<'_> {
    /// Reads the text of a program.
    pub(super) fn text(&mut self, text: &str, scope: &Scope) {
        if !self.may_read(scope, text.len()) {
            return;
        }
        let prepared = prepare::commands(text, self.marks(), self.documents.len());
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(failure) => return self.fail(&failure, scope, text.len()),
        };
        self.take_out(text, &prepared, scope);
        let parsed = match parse::program(prepared, scope.dialect) {
            Ok(parsed) => parsed,
            Err(failure) => return self.fail(&failure, scope, text.len()),
        };
        let reader = Reader { text, parsed: &parsed, scope: &scope.deeper() };
        let outermost = scope.depth == 0;
        let mut items = parsed.program.complete_commands.iter().flat_map(|list| &list.0).peekable();
        while let Some(item) = items.next() {
            let before = self.program_count();
            self.and_or(&item.0, &reader);
            if outermost && items.peek().is_some() && remarks::is_passed(item) {
                self.remark_passed(before);
            }
        }
    }

    /// Keeps what was taken out of a text to prepare it.
    fn take_out(&mut self, text: &str, prepared: &Prepared, scope: &Scope) {
        for comment in &prepared.comments {
            self.splices_in(text.get(comment.clone()).unwrap_or_default(), &SpliceContext::Comment, scope);
        }
        for document in &prepared.documents {
            self.documents.push((document.clone(), scope.origin.inner(document.range.clone())));
        }
    }

    fn list(&mut self, list: &ast::CompoundList, reader: &Reader<'_>) {
        for ast::CompoundListItem(and_or, _) in &list.0 {
            self.and_or(and_or, reader);
        }
    }

    fn and_or(&mut self, list: &ast::AndOrList, reader: &Reader<'_>) {
        let before = self.program_count();
        self.pipeline(&list.first, reader);
        for (number, next) in list.additional.iter().enumerate() {
            let (ast::AndOr::And(pipeline) | ast::AndOr::Or(pipeline)) = next;
            let last = number + 1 == list.additional.len();
            if last && matches!(next, ast::AndOr::Or(_)) {
                self.remark_hidden(pipeline, before, reader);
            }
            self.pipeline(pipeline, reader);
        }
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline, reader: &Reader<'_>) {
        let mut starts = Vec::new();
        for command in &pipeline.seq {
            starts.push(self.program_count());
            self.command(command, reader);
        }
        self.remark_pipe(&starts, reader.scope);
    }

    fn command(&mut self, command: &ast::Command, reader: &Reader<'_>) {
        match command {
            ast::Command::Simple(simple) => self.simple(simple, reader),
            ast::Command::Compound(compound, redirects) => {
                self.compound(compound, reader);
                self.redirects(redirects.as_ref(), reader);
            }
            ast::Command::Function(function) => {
                self.remark_function(function, reader);
                self.splices_in(&function.fname.value, &SpliceContext::FunctionName, reader.scope);
                self.define(&function.fname.value);
                self.compound(&function.body.0, reader);
                self.redirects(function.body.1.as_ref(), reader);
            }
            ast::Command::ExtendedTest(test, redirects) => {
                self.only_bash("[[", &test.loc, reader);
                self.test(&test.expr, reader);
                self.redirects(redirects.as_ref(), reader);
            }
        }
    }

    /// Refuses in `sh` what bash alone knows and another shell would read as something else.
    fn only_bash(&mut self, what: &str, location: &brush_parser::SourceSpan, reader: &Reader<'_>) {
        if reader.scope.dialect == Dialect::Sh {
            let message = format!("`{what}` is of bash, and the host's `sh` may be another shell");
            self.error(&message, reader.range(location));
        }
    }

    fn compound(&mut self, command: &CompoundCommand, reader: &Reader<'_>) {
        if self.enter_group(reader.scope) {
            self.group(command, reader);
            self.leave_group();
        }
    }

    fn group(&mut self, command: &CompoundCommand, reader: &Reader<'_>) {
        self.remark_group(command, reader);
        match command {
            CompoundCommand::Arithmetic(arithmetic) => self.arithmetic(Some(&arithmetic.expr), reader),
            CompoundCommand::ArithmeticForClause(clause) => {
                for expression in [&clause.initializer, &clause.condition, &clause.updater] {
                    self.arithmetic(expression.as_ref(), reader);
                }
                self.list(&clause.body.list, reader);
            }
            CompoundCommand::BraceGroup(group) => self.list(&group.list, reader),
            CompoundCommand::Subshell(subshell) => self.list(&subshell.list, reader),
            CompoundCommand::ForClause(clause) => {
                self.splices_in(&clause.variable_name, &SpliceContext::VariableName, reader.scope);
                self.remarks.splits_on_purpose = true;
                for value in clause.values.iter().flatten() {
                    let value = self.word(value, Place::Argument, reader);
                    self.remarks.assigned(&clause.variable_name, remarks::is_plain_item(&value));
                    self.latent(&value, reader.scope);
                }
                self.remarks.splits_on_purpose = false;
                self.list(&clause.body.list, reader);
            }
            CompoundCommand::CaseClause(clause) => self.case(clause, reader),
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition, reader);
                self.list(&clause.then, reader);
                for branch in clause.elses.iter().flatten() {
                    branch.condition.iter().for_each(|condition| self.list(condition, reader));
                    self.list(&branch.body, reader);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0, reader);
                self.list(&clause.1.list, reader);
            }
            CompoundCommand::Coprocess(coprocess) => {
                if let Some(name) = &coprocess.name {
                    self.splices_in(&name.value, &SpliceContext::VariableName, reader.scope);
                }
                self.command(&coprocess.body, reader);
            }
        }
    }

    fn case(&mut self, clause: &ast::CaseClauseCommand, reader: &Reader<'_>) {
        self.word(&clause.value, Place::Syntax, reader);
        for case in &clause.cases {
            for pattern in &case.patterns {
                self.word(pattern, Place::Syntax, reader);
            }
            case.cmd.iter().for_each(|list| self.list(list, reader));
        }
    }

    fn arithmetic(&mut self, expression: Option<&ast::UnexpandedArithmeticExpr>, reader: &Reader<'_>) {
        if let Some(expression) = expression {
            // The parser gives no position for it.
            let origin = Origin::Within(reader.scope.origin.range(0..reader.text.len()));
            let scope = reader.scope.inner(origin).forcing(SpliceContext::Arithmetic);
            self.arithmetic_text(&expression.value, &scope);
        }
    }

    fn test(&mut self, test: &ast::ExtendedTestExpr, reader: &Reader<'_>) {
        match test {
            ast::ExtendedTestExpr::And(left, right) | ast::ExtendedTestExpr::Or(left, right) => {
                self.test(left, reader);
                self.test(right, reader);
            }
            ast::ExtendedTestExpr::Not(inner) | ast::ExtendedTestExpr::Parenthesized(inner) => self.test(inner, reader),
            ast::ExtendedTestExpr::UnaryTest(_, word) => {
                self.word(word, Place::Syntax, reader);
            }
            ast::ExtendedTestExpr::BinaryTest(_, left, right) => {
                for word in [left, right] {
                    let word = self.word(word, Place::Syntax, reader);
                    self.latent(&word, reader.scope);
                }
            }
        }
    }

    fn simple(&mut self, command: &ast::SimpleCommand, reader: &Reader<'_>) {
        let mut words = Vec::new();
        let mut stdin = Stdin::Unknown;
        for item in command.prefix.iter().flat_map(|prefix| &prefix.0) {
            self.item(item, Place::Assignment, &mut words, &mut stdin, reader);
        }
        if let Some(name) = &command.word_or_name {
            if name.value == "[[" {
                self.only_bash("[[", &name.loc.clone().unwrap_or_default(), reader);
            }
            words.push(self.word(name, Place::Command, reader));
        }
        for item in command.suffix.iter().flat_map(|suffix| &suffix.0) {
            self.item(item, Place::Argument, &mut words, &mut stdin, reader);
        }
        self.invoke(&words, &stdin, true, reader.scope);
    }

    /// Reads one item of a simple command; `place` is what an assignment is: a variable before the name, and after it
    /// an argument like any other.
    fn item(&mut self, item: &Item, place: Place, words: &mut Vec<Decoded>, stdin: &mut Stdin, reader: &Reader<'_>) {
        match item {
            Item::IoRedirect(redirect) => {
                if let Some(read) = self.redirect(redirect, reader) {
                    *stdin = read;
                }
            }
            Item::Word(word) => words.push(self.word(word, Place::Argument, reader)),
            Item::AssignmentWord(assignment, word) => {
                let decoded = self.assignment(assignment, word, reader);
                match place {
                    Place::Argument => words.push(decoded),
                    _ => {
                        self.assigned(&decoded, reader.scope);
                        self.latent(&decoded, reader.scope);
                    }
                }
            }
            Item::ProcessSubstitution(_, subshell) => {
                self.remark_bash("<(…)", reader.range(&subshell.loc), reader.scope);
                self.list(&subshell.list, reader);
                words.push(Decoded::dynamic("<(…)", reader.range(&subshell.loc)));
            }
        }
    }

    fn assignment(&mut self, assignment: &ast::Assignment, word: &ast::Word, reader: &Reader<'_>) -> Decoded {
        self.remark_assignment(assignment, reader);
        if let ast::AssignmentValue::Array(elements) = &assignment.value {
            for (key, value) in elements {
                key.iter().for_each(|key| drop(self.word(key, Place::Syntax, reader)));
                self.word(value, Place::Argument, reader);
            }
            return Decoded::dynamic(&word.value, None);
        }
        let decoded = self.word(word, Place::Assignment, reader);
        let (ast::AssignmentName::VariableName(name) | ast::AssignmentName::ArrayElementName(name, _)) =
            &assignment.name;
        self.remarks.assigned(name, remarks::is_plain_value(&decoded));
        self.splices_in(name, &SpliceContext::VariableName, reader.scope);
        if let ast::AssignmentName::ArrayElementName(_, index) = &assignment.name {
            self.splices_in(index, &SpliceContext::Arithmetic, reader.scope);
        }
        decoded
    }

    fn redirects(&mut self, redirects: Option<&ast::RedirectList>, reader: &Reader<'_>) {
        for redirect in redirects.iter().flat_map(|list| &list.0) {
            self.redirect(redirect, reader);
        }
    }

    /// Reads a redirection, and gives what it puts on the standard input.
    fn redirect(&mut self, redirect: &IoRedirect, reader: &Reader<'_>) -> Option<Stdin> {
        match redirect {
            IoRedirect::File(descriptor, kind, target) => {
                if let IoFileRedirectTarget::Filename(word) = target
                    && let Some(index) = self.marks().document_of(&word.value)
                {
                    let document = self.here_document(index, reader.scope);
                    return descriptor.is_none_or(|number| number == 0).then_some(Stdin::Text(document));
                }
                let file = self.redirect_target(target, reader)?;
                if writes(kind, target, &file) {
                    self.write(&file, REDIRECTION);
                }
                let reads =
                    matches!(kind, ast::IoFileRedirectKind::Read) && descriptor.is_none_or(|number| number == 0);
                reads.then_some(Stdin::File(file))
            }
            // They are taken out before the parser reads the text, as it reads them badly.
            IoRedirect::HereDocument(..) => {
                self.error("the shell cannot read this here-document", reader.scope.origin.range(0..reader.text.len()));
                None
            }
            IoRedirect::HereString(_, word) => {
                self.remark_bash("<<<", word.loc.as_ref().and_then(|at| reader.range(at)), reader.scope);
                Some(Stdin::Text(self.word(word, Place::Redirection, reader)))
            }
            IoRedirect::OutputAndError(word, _) => {
                let file = self.word(word, Place::Redirection, reader);
                self.write(&file, REDIRECTION);
                None
            }
        }
    }

    fn redirect_target(&mut self, target: &IoFileRedirectTarget, reader: &Reader<'_>) -> Option<Decoded> {
        match target {
            IoFileRedirectTarget::Filename(word) => Some(self.word(word, Place::Redirection, reader)),
            IoFileRedirectTarget::Duplicate(word) => {
                let descriptor = self.word(word, Place::Redirection, reader);
                self.duplicate(&descriptor, reader.scope);
                Some(descriptor)
            }
            IoFileRedirectTarget::ProcessSubstitution(_, subshell) => {
                self.remark_bash("<(…)", reader.range(&subshell.loc), reader.scope);
                self.list(&subshell.list, reader);
                Some(Decoded::dynamic("<(…)", reader.range(&subshell.loc)))
            }
            IoFileRedirectTarget::Fd(_) => None,
        }
    }

    /// The word after `>&`. If it is a file, bash expands it again, quoted or not.
    fn duplicate(&mut self, word: &Decoded, scope: &Scope) {
        for index in word.splices() {
            self.splice(index, SpliceContext::Code { inside: ">&".to_owned() }, scope);
        }
        if word.has_literal('$') || word.has_literal('`') {
            self.error("bash expands the file after `>&` again", word.range.clone());
        }
    }

    fn here_document(&mut self, index: usize, scope: &Scope) -> Decoded {
        let Some((document, origin)) = self.documents.get(index).cloned() else { return Decoded::default() };
        let scope = scope.inner(origin);
        if !document.expands {
            return self.literal_body(&document.body, &scope);
        }
        match prepare::body(&document.body, self.marks(), self.documents.len()) {
            Ok(prepared) => {
                self.take_out(&document.body, &prepared, &scope);
                let written = prepared.text == document.body;
                let range = scope.origin.range(0..document.body.len());
                let scope = if written { scope } else { scope.inner(Origin::Within(range)) };
                self.expanded_body(&prepared.text, &scope)
            }
            Err(failure) => {
                self.fail(&failure, &scope, document.body.len());
                Decoded::default()
            }
        }
    }

    /// Reads a word of the tree.
    fn word(&mut self, word: &ast::Word, place: Place, reader: &Reader<'_>) -> Decoded {
        let scope = reader.scope.inner(reader.origin(word));
        self.decode(&word.value, place, &scope)
    }
}

/// Whether a redirection writes to a file: `>&2` and `>&-` do not.
fn writes(kind: &ast::IoFileRedirectKind, target: &IoFileRedirectTarget, file: &Decoded) -> bool {
    use ast::IoFileRedirectKind as Kind;
    match (kind, target) {
        (_, IoFileRedirectTarget::ProcessSubstitution(..) | IoFileRedirectTarget::Fd(_)) => false,
        (Kind::Read | Kind::DuplicateInput, _) => false,
        (_, IoFileRedirectTarget::Duplicate(_)) => !file
            .literal()
            .is_some_and(|word| word == "-" || word.trim_end_matches('-').chars().all(|c| c.is_ascii_digit())),
        (Kind::Write | Kind::Append | Kind::ReadAndWrite | Kind::Clobber | Kind::DuplicateOutput, _) => true,
    }
}

/// A text while it is walked over.
pub(super) struct Reader<'r> {
    pub(super) text: &'r str,
    parsed: &'r Parsed,
    pub(super) scope: &'r Scope,
}

impl Reader<'_> {
    /// The range of a node in the outermost text.
    pub(super) fn range(&self, location: &brush_parser::SourceSpan) -> Option<Range<usize>> {
        self.scope.origin.range(self.parsed.bytes(location))
    }

    /// What is written before a node, and from it on.
    pub(super) fn around(&self, location: &brush_parser::SourceSpan) -> Option<(&str, &str)> {
        self.text.split_at_checked(self.parsed.bytes(location).start)
    }

    /// Where a word stands, exactly if it is written in the text as the parser gives it.
    fn origin(&self, word: &ast::Word) -> Origin {
        let Some(location) = &word.loc else {
            return Origin::Within(self.scope.origin.range(0..self.text.len()));
        };
        let range = self.parsed.bytes(location);
        let written = self.text.get(range.start..).unwrap_or_default();
        if same_but_blanks(written, &word.value) {
            self.scope.origin.inner(range)
        } else {
            Origin::Within(self.scope.origin.range(range))
        }
    }
}

/// Whether a text begins with a word, where the parser may have made blanks of tabs.
fn same_but_blanks(text: &str, word: &str) -> bool {
    let Some(text) = text.as_bytes().get(..word.len()) else { return false };
    text.iter().zip(word.as_bytes()).all(|(left, right)| left == right || (*left == b'\t' && *right == b' '))
}
