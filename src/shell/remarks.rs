//! How a text is written, where a lint may have a word on it. Nothing here decides what the text runs.
//!
//! All of it errs on the side of silence: a remark is made only of what is certain from the text itself.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use brush_parser::ast::{self, CompoundCommand};
use brush_parser::word::{Parameter, ParameterExpr, WordPiece, WordPieceWithSource};

use super::analysis::{Manner, Place, Remark};
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::parse::Dialect;
use super::scope::{Origin, Scope};
use super::walk::Reader;

/// The variables that only bash sets.
const OF_BASH: &[&str] =
    &["RANDOM", "SECONDS", "UID", "EUID", "HOSTNAME", "PIPESTATUS", "FUNCNAME", "OSTYPE", "MACHTYPE", "SRANDOM"];
/// The variables whose values have neither blanks nor patterns.
const PLAIN: &[&str] =
    &["HOME", "USER", "LOGNAME", "PWD", "OLDPWD", "SHELL", "PPID", "OPTIND", "LINENO", "UID", "EUID"];
/// The programs that print a single plain word, or words that are meant to be several.
const PLAIN_OUTPUT: &[&str] = &[
    "nproc",
    "id",
    "uname",
    "date",
    "getconf",
    "hostname",
    "wc",
    "stat",
    "pgrep",
    "pidof",
    "mktemp",
    "dpkg",
    "arch",
    "seq",
    "tput",
    "lsb_release",
    "expr",
];

/// What was remarked on so far.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    found: Vec<Remark>,
    /// The unquoted variables among them, to be judged once all assignments are known.
    variables: Vec<(String, Remark)>,
    /// The variables of the text, and whether every value of theirs is plain.
    assigned: HashMap<String, bool>,
    /// The words that are being read are the list of a `for`, which is there to be split.
    pub(super) splits_on_purpose: bool,
}

impl Remarks {
    /// Notes what a variable is set to.
    pub(super) fn assigned(&mut self, name: &str, plain: bool) {
        let known = self.assigned.entry(name.to_owned()).or_insert(true);
        *known &= plain;
    }

    pub(super) fn finish(mut self) -> Vec<Remark> {
        let assigned = self.assigned;
        let open = self.variables.into_iter().filter(|(name, _)| !assigned.get(name).copied().unwrap_or(false));
        self.found.extend(open.map(|(_, remark)| remark));
        // Some texts are read in two ways; once is enough.
        let mut seen = HashSet::new();
        self.found.retain(|remark| seen.insert(remark.clone()));
        self.found
    }
}

impl Walker<'_> {
    fn remark(&mut self, manner: Manner, range: Option<Range<usize>>) {
        let remark = Remark { manner, position: self.locate(range) };
        self.remarks.found.push(remark);
    }

    /// Remarks on what only bash knows, unless bash reads it.
    pub(super) fn remark_bash(&mut self, what: &str, range: Option<Range<usize>>, scope: &Scope) {
        if scope.dialect == Dialect::Sh {
            self.remark(Manner::Bash(what.to_owned()), range);
        }
    }

    pub(super) fn remark_passed(&mut self, before: usize) {
        let programs = before..self.program_count();
        if !programs.is_empty() {
            self.remark(Manner::Passed { programs }, None);
        }
    }

    /// `… || true`, where the programs before it begin with this one.
    pub(super) fn remark_hidden(&mut self, nothing: &ast::Pipeline, before: usize, reader: &Reader<'_>) {
        let [ast::Command::Simple(simple)] = nothing.seq.as_slice() else { return };
        let Some(name) = simple.word_or_name.as_ref().filter(|name| matches!(&*name.value, "true" | ":")) else {
            return;
        };
        let programs = before..self.program_count();
        if simple.suffix.is_none() && !nothing.bang {
            let range = name.loc.as_ref().and_then(|at| reader.range(at));
            self.remark(Manner::Hidden { programs }, range);
        }
    }

    /// A pipe, whose commands' programs begin with these.
    pub(super) fn remark_pipe(&mut self, starts: &[usize], scope: &Scope) {
        // Within an inner shell's text, that shell's options count.
        if scope.dialect == Dialect::Bash {
            return;
        }
        let end = self.program_count();
        for pair in starts.windows(2) {
            if let [start, next] = pair {
                self.remark(Manner::Piped { programs: *start..*next, into: *next..end }, None);
            }
        }
    }

    pub(super) fn remark_function(&mut self, function: &ast::FunctionDefinition, reader: &Reader<'_>) {
        let Some(at) = &function.fname.loc else { return };
        let written = reader.around(at);
        let keyword = written.is_some_and(|(before, from)| {
            before.trim_end().ends_with("function") || from.starts_with("function ") || from.starts_with("function\t")
        });
        if keyword {
            self.remark_bash("function", reader.range(at), reader.scope);
        }
    }

    pub(super) fn remark_group(&mut self, command: &CompoundCommand, reader: &Reader<'_>) {
        match command {
            CompoundCommand::Arithmetic(group) => self.remark_bash("((…))", reader.range(&group.loc), reader.scope),
            CompoundCommand::ArithmeticForClause(group) => {
                self.remark_bash("for ((…))", reader.range(&group.loc), reader.scope);
            }
            CompoundCommand::Coprocess(_) => self.remark_bash("coproc", None, reader.scope),
            _ => {}
        }
    }

    pub(super) fn remark_assignment(&mut self, assignment: &ast::Assignment, reader: &Reader<'_>) {
        let what = match (&assignment.name, &assignment.value) {
            (_, ast::AssignmentValue::Array(_)) | (ast::AssignmentName::ArrayElementName(..), _) => "an array",
            _ if assignment.append => "+=",
            _ => return,
        };
        self.remark_bash(what, reader.range(&assignment.loc), reader.scope);
    }

    /// Looks at a piece of a word; `bare` says that no quotes are around it.
    pub(super) fn remark_piece(
        &mut self,
        piece: &WordPieceWithSource,
        written: &str,
        bare: bool,
        place: Place,
        scope: &Scope,
    ) {
        let range = || scope.origin.range(piece.start_index..piece.end_index);
        let splits = bare
            && !self.remarks.splits_on_purpose
            && matches!(place, Place::Argument | Place::Part | Place::Redirection);
        match &piece.piece {
            WordPiece::ParameterExpansion(parameter) => {
                if let Some(what) = bash_expansion(parameter) {
                    self.remark_bash(&what, range(), scope);
                }
                if let Some(name) = splitting_variable(parameter).filter(|_| splits) {
                    let remark =
                        Remark { manner: Manner::Unquoted(self.readable(written)), position: self.locate(range()) };
                    self.remarks.variables.push((name, remark));
                }
            }
            WordPiece::CommandSubstitution(text) if splits && !prints_plain(text) => {
                self.remark(Manner::Unquoted(self.readable(written)), range());
            }
            // A pair within a pair becomes plain with the outer one.
            WordPiece::BackquotedCommandSubstitution(_) if matches!(scope.origin, Origin::Exact(_)) => {
                self.remark(Manner::Backquotes, range());
            }
            WordPiece::AnsiCQuotedText(_) => self.remark_bash("$'…'", range(), scope),
            WordPiece::GettextDoubleQuotedSequence(_) => self.remark_bash("$\"…\"", range(), scope),
            _ => {}
        }
    }
}

/// Whether nothing looks at the exit status of a command that others follow.
pub(super) fn is_passed(item: &ast::CompoundListItem) -> bool {
    let ast::CompoundListItem(list, separator) = item;
    let only_simple =
        |pipeline: &ast::Pipeline| !pipeline.bang && matches!(pipeline.seq.as_slice(), [ast::Command::Simple(_)]);
    let ends = |pipeline: &ast::Pipeline| match pipeline.seq.as_slice() {
        [ast::Command::Simple(simple)] => simple
            .word_or_name
            .as_ref()
            .is_some_and(|name| matches!(&*name.value, "exit" | "return" | "break" | "continue" | "exec")),
        _ => false,
    };
    matches!(separator, ast::SeparatorOperator::Sequence)
        && only_simple(&list.first)
        && !ends(&list.first)
        && list.additional.iter().all(|next| match next {
            ast::AndOr::And(pipeline) => only_simple(pipeline) && !ends(pipeline),
            ast::AndOr::Or(_) => false,
        })
}

/// Whether the value of an assignment has neither blanks nor patterns.
pub(super) fn is_plain_value(word: &Decoded) -> bool {
    let value = word.tail(word.lead().split_once('=').map_or(0, |(name, _)| name.len() + 1));
    value.segments.iter().all(|segment| match segment {
        Segment::Literal { text, .. } => is_plain_text(text),
        Segment::Dynamic { text, .. } => is_plain_expansion(text),
        Segment::Splice(_) => false,
    })
}

/// Whether an element of the list of a `for` has neither once it is split.
pub(super) fn is_plain_item(word: &Decoded) -> bool {
    word.segments.iter().all(|segment| match segment {
        Segment::Literal { text, .. } => is_plain_text(text),
        Segment::Dynamic { text, splits } => *splits || is_plain_expansion(text),
        Segment::Splice(_) => false,
    })
}

fn is_plain_text(text: &str) -> bool {
    !text.contains([' ', '\t', '\n', '*', '?', '['])
}

fn is_plain_expansion(text: &str) -> bool {
    let command = text.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    text.starts_with("$((") || matches!(text, "$?" | "$#" | "$$" | "$!") || command.is_some_and(prints_plain)
}

fn prints_plain(command: &str) -> bool {
    // The number in such a file is one word.
    let number = command.starts_with("cat ") && command.trim_end_matches('"').ends_with("pid");
    let last = command.rsplit('|').next().unwrap_or_default();
    let name = last.split_whitespace().next().unwrap_or_default();
    let plain = number || PLAIN_OUTPUT.contains(&name.rsplit('/').next().unwrap_or_default());
    plain && !command.contains([';', '&', '\n'])
}

/// The variable that an expansion splits the value of.
fn splitting_variable(expression: &ParameterExpr) -> Option<String> {
    use ParameterExpr as E;
    let (E::Parameter { parameter, .. }
    | E::UseDefaultValues { parameter, .. }
    | E::RemoveSmallestSuffixPattern { parameter, .. }
    | E::RemoveLargestSuffixPattern { parameter, .. }
    | E::RemoveSmallestPrefixPattern { parameter, .. }
    | E::RemoveLargestPrefixPattern { parameter, .. }) = expression
    else {
        return None;
    };
    match parameter {
        Parameter::Named(name) => {
            (!PLAIN.contains(&name.as_str()) && !OF_BASH.contains(&name.as_str())).then(|| name.clone())
        }
        Parameter::Positional(number) => (*number > 0).then(|| number.to_string()),
        Parameter::Special(brush_parser::word::SpecialParameter::AllPositionalParameters { .. }) => {
            Some("@".to_owned())
        }
        _ => None,
    }
}

/// What in an expansion only bash knows.
fn bash_expansion(expression: &ParameterExpr) -> Option<String> {
    use ParameterExpr as E;
    let form = match expression {
        E::Parameter { indirect: true, .. } => "${!name}",
        E::Parameter { parameter: Parameter::Named(name), .. } if OF_BASH.contains(&name.as_str()) => {
            return Some(format!("${name}"));
        }
        E::Parameter { parameter: Parameter::Named(name), .. } if name.starts_with("BASH") => {
            return Some(format!("${name}"));
        }
        E::Parameter {
            parameter: Parameter::NamedWithIndex { .. } | Parameter::NamedWithAllIndices { .. }, ..
        } => "an array",
        E::Substring { .. } => "${name:from:length}",
        E::ReplaceSubstring { .. } => "${name/from/to}",
        E::UppercaseFirstChar { .. }
        | E::UppercasePattern { .. }
        | E::LowercaseFirstChar { .. }
        | E::LowercasePattern { .. } => "${name^^}",
        E::Transform { .. } => "${name@Q}",
        E::VariableNames { .. } | E::MemberKeys { .. } => "${!name*}",
        _ => return None,
    };
    Some(form.to_owned())
}
