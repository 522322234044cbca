//! Lints: what a workflow may do and its author would want to know.
//!
//! Each rule is a function over what `index` gathered of the trees, over the typed form and over the hosts, and stands
//! in [`RULES`] under its code. A rule says only what is sure. Of a text that could be read in part it says nothing that
//! the unread rest may refute. Only the user's own files are looked at.
//!
//! Reading order: `tree` and `index` (what there is to look at), `uses`, `programs`; the rules: `names`, `places`, `flow`,
//! `text` and `dollars` (how text is written), `commands` (what it runs); `edits` (fixes), `allow` (suppression), `messages` (all words).

mod allow;
mod commands;
mod dollars;
mod edits;
mod flow;
mod index;
mod messages;
mod names;
mod options;
mod places;
mod programs;
mod text;
mod tree;
mod uses;

use std::cell::OnceCell;

use rustc_hash::FxHashSet as HashSet;

use crate::check::{Modules, Placement, ir::Workflow};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Inventory;
use crate::source::{FileId, SourceMap, Span};

pub use allow::{Long, settle};

use index::Index;
use programs::Programs;
use uses::Uses;

/// What lints are asked of. What the check found out may be missing where it refused the text.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Every text that was read.
    pub sources: &'a SourceMap,
    /// The trees.
    pub modules: &'a Modules,
    /// The typed form.
    pub workflow: Option<&'a Workflow>,
    /// The files that the hosts are from.
    pub inventory_files: &'a [FileId],
    /// The hosts.
    pub inventory: Option<&'a Inventory>,
    /// Where everything would run.
    pub placement: Option<&'a Placement>,
}

/// What a rule has to know to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The text alone.
    Text,
    /// The typed form, which is there where the check refuses nothing.
    Check,
    /// The hosts of an inventory as well.
    Inventory,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The code that it tells under.
    pub code: Code,
    /// What it has to know.
    pub asks: Asks,
    /// None where the checker itself tells of it.
    look: Option<fn(&Context<'_>, &mut Vec<Diagnostic>)>,
}

const fn text(code: Code, look: fn(&Context<'_>, &mut Vec<Diagnostic>)) -> Rule {
    Rule { code, asks: Asks::Text, look: Some(look) }
}

const fn check(code: Code, look: fn(&Context<'_>, &mut Vec<Diagnostic>)) -> Rule {
    Rule { code, asks: Asks::Check, look: Some(look) }
}

const fn inventory(code: Code, look: fn(&Context<'_>, &mut Vec<Diagnostic>)) -> Rule {
    Rule { code, asks: Asks::Inventory, look: Some(look) }
}

/// What the checker itself tells of, as it proves.
const fn checkers(code: Code, asks: Asks) -> Rule {
    Rule { code, asks, look: None }
}

/// All rules, in the order of their codes. Those about `allow` itself are in [`settle`].
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    checkers(Code::W0701, Asks::Check),
    checkers(Code::W0702, Asks::Check),
    checkers(Code::W0703, Asks::Inventory),
    checkers(Code::W0704, Asks::Check),
    check(Code::W0708, names::unused_input),
    check(Code::W0709, names::unused_host),
    check(Code::W0710, names::unused_value),
    check(Code::W0711, names::unused_task),
    check(Code::W0712, names::unused_parameter),
    check(Code::W0713, names::unused_module),
    check(Code::W0714, names::unused_condition),
    check(Code::W0715, names::unused_type),
    text(Code::W0716, names::hidden_name),
    inventory(Code::W0717, places::no_such_host),
    check(Code::W0718, places::says_nothing),
    check(Code::W0719, places::could_be_closed),
    check(Code::W0720, places::all_may_fail),
    check(Code::W0721, places::all_at_once),
    text(Code::W0722, flow::never_reached),
    text(Code::W0723, flow::constant_condition),
    text(Code::W0724, flow::result_dropped),
    text(Code::W0725, flow::failure_dropped),
    text(Code::W0726, flow::empty_rescue),
    text(Code::W0727, flow::vain_fix),
    text(Code::W0728, flow::retried_once),
    text(Code::W0729, commands::no_time_limit),
    text(Code::W0730, flow::outer_limit_first),
    text(Code::W0731, text::bash_only),
    text(Code::W0732, text::unquoted),
    text(Code::W0733, text::failure_lost_in_pipe),
    text(Code::W0734, text::failure_hidden),
    text(Code::W0735, text::failure_passed_over),
    text(Code::W0736, commands::other_user),
    text(Code::W0737, text::changed_directory),
    text(Code::W0738, commands::known_temporary_name),
    text(Code::W0739, text::written_by_shell),
    text(Code::W0740, commands::removes_too_much),
    text(Code::W0741, text::downloaded_code),
    text(Code::W0742, commands::open_to_everybody),
    text(Code::W0743, commands::secret_seen),
    text(Code::W0744, commands::killed_at_once),
    text(Code::W0745, commands::leaves_its_host),
    text(Code::W0746, text::backquotes),
    text(Code::W0747, commands::asks_a_question),
    text(Code::W0748, commands::never_ends),
    text(Code::W0749, dollars::value_as_variable),
];

/// Whether a code is advice on how a workflow is written. What the checker itself warns of is not: a proof may rest on it.
#[must_use]
pub fn is_advice(code: Code) -> bool {
    let about_allow = matches!(code, Code::W0705 | Code::W0706 | Code::W0707);
    about_allow || RULES.iter().any(|rule| rule.code == code && rule.look.is_some())
}

/// What the rules look at.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    given: Given<'a>,
    index: Index<'a>,
    /// For each module what is known of its names; none for those that are not the user's own.
    uses: Vec<Option<Uses<'a>>>,
    /// The files that could be read in part only.
    unread: HashSet<FileId>,
    programs: OnceCell<Programs>,
}

impl Context<'_> {
    fn programs(&self) -> &Programs {
        self.programs.get_or_init(|| Programs::new(self.given.modules))
    }

    /// Whether something in a module could not be read, and may speak of anything.
    fn is_unread(&self, module: usize) -> bool {
        let file = &self.given.modules.all[module].file;
        self.unread.contains(&file.id) || !file.unread.is_empty()
    }
}

/// Whether what a rule asks for is there.
fn is_known(given: &Given<'_>, asks: Asks) -> bool {
    match asks {
        Asks::Text => true,
        // What is called unused may be just what mends an error.
        Asks::Check => given.workflow.is_some(),
        Asks::Inventory => given.placement.is_some(),
    }
}

/// Asks every rule, and takes out what the user allows; `told` is what was found before.
#[must_use]
pub fn lint(given: Given<'_>, mut told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let syntax = told.iter().filter(|diagnostic| matches!(diagnostic.code, Code::E0101 | Code::E0102));
    let unread = syntax.filter_map(|diagnostic| Some(diagnostic.primary_span()?.file)).collect();
    let uses = given.modules.all.iter().map(|module| (!module.is_std).then(|| Uses::of(&module.file)));
    let context =
        Context { given, index: Index::new(given.modules), uses: uses.collect(), unread, programs: OnceCell::new() };
    for rule in RULES.iter().filter(|rule| is_known(&given, rule.asks)) {
        rule.look.into_iter().for_each(|look| look(&context, &mut told));
    }
    keep_comments(&given, &mut told);
    let statements = context.index.short_statements();
    settle(&given, Long { texts: &context.index.long_texts, statements: &statements }, told)
}

/// No fix takes out a comment: what it says may be about something else.
fn keep_comments(given: &Given<'_>, told: &mut [Diagnostic]) {
    let of_file = |span: Span| given.modules.all.iter().filter(move |module| module.file.id == span.file);
    let takes_comment = |(cut, _): &(Span, String)| {
        let within = |comment: Span| comment.file == cut.file && cut.start <= comment.start && comment.start < cut.end;
        of_file(*cut).flat_map(|module| &module.file.comments).any(|comment| within(comment.span))
    };
    for diagnostic in told {
        if diagnostic.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(takes_comment)) {
            diagnostic.fix = None;
        }
    }
}
