//! What the rules look at, gathered in one walk over each file of the user's.

use super::tree::{self, Role};
use crate::check::{Module, Modules};
use crate::compiled;
use crate::shell::{Analysis, Invocation, Position, Program, Word};
use crate::source::Span;
use crate::syntax::ast::{Argument, Block, Expr, ExprKind, Ident, ItemKind, Statement, StatementKind, Task, Text};

/// Whose body something stands in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Owner<'t> {
    Stage,
    Task(&'t Task),
    Condition,
    /// A default, or a test.
    Other,
}

/// Where something stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'t> {
    /// The number of the module.
    pub(super) module: usize,
    /// The place of the declaration that it stands in.
    pub(super) item: Span,
    pub(super) owner: Owner<'t>,
    /// The innermost limit of time that is known, in milliseconds, and where it is said.
    pub(super) limit: Option<(u64, Span)>,
    /// Whether any limit of time holds.
    pub(super) timed: bool,
    pub(super) in_finally: bool,
    pub(super) in_check: bool,
}

/// A call of anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'t> {
    /// The module that it names.
    pub(super) alias: Option<&'t str>,
    pub(super) name: &'t str,
    pub(super) arguments: &'t [Argument],
    pub(super) around: Around<'t>,
}

/// A command whose text could be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Command<'t> {
    pub(super) text: &'t Text,
    pub(super) analysis: &'t Analysis,
    /// The whole call.
    pub(super) call: &'t Expr,
    pub(super) arguments: &'t [Argument],
    pub(super) around: Around<'t>,
}

/// Everything there is to look at.
#[derive(Debug, Default)]
pub(super) struct Index<'t> {
    pub(super) statements: Vec<(&'t Statement, Around<'t>)>,
    pub(super) blocks: Vec<&'t Block>,
    pub(super) calls: Vec<Call<'t>>,
    pub(super) commands: Vec<Command<'t>>,
    /// Texts of several lines.
    pub(super) long_texts: Vec<Span>,
}

impl Index<'_> {
    /// The statements that hold no others, in the order of the text.
    pub(super) fn short_statements(&self) -> Vec<Span> {
        use StatementKind::{Assert, Expr, Fail, Let, Print, Return};
        let short = self.statements.iter().map(|(statement, _)| statement).filter(|statement| {
            matches!(statement.kind, Let { .. } | Return(_) | Print(_) | Assert(..) | Fail(_) | Expr(_))
        });
        let mut spans: Vec<Span> = short.map(|statement| statement.span).collect();
        spans.sort_unstable_by_key(|span| (span.file, span.start));
        spans
    }
}

impl<'t> Command<'t> {
    /// Where a part of its text stands.
    pub(super) fn place(&self, position: Option<&std::ops::Range<Position>>) -> Span {
        compiled::place_in(self.text, position)
    }

    /// What it surely runs, by name.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&'t str, &'t Invocation)> {
        self.analysis.programs.iter().filter(|invocation| !invocation.possible).filter_map(|invocation| {
            match &invocation.program {
                Program::Known(name) => Some((name.as_str(), invocation)),
                Program::Spliced(_) | Program::Dynamic(_) => None,
            }
        })
    }

    /// An argument of the call, by its name or its place.
    pub(super) fn argument(&self, name: &str, place: usize) -> Option<&'t Expr> {
        argument(self.arguments, name, place)
    }
}

impl<'t> Call<'t> {
    /// An argument, by its name or its place.
    pub(super) fn argument(&self, name: &str, place: usize) -> Option<&'t Expr> {
        argument(self.arguments, name, place)
    }
}

fn argument<'t>(arguments: &'t [Argument], name: &str, place: usize) -> Option<&'t Expr> {
    let named = |argument: &&Argument| argument.name.as_ref().is_some_and(|word| word.text == name);
    let by_place = || arguments.get(place).filter(|argument| argument.name.is_none());
    arguments.iter().find(named).or_else(by_place).map(|argument| &argument.value)
}

/// The words behind the program that are known.
pub(super) fn literals(invocation: &Invocation) -> impl Iterator<Item = &str> {
    invocation.words.iter().skip(1).filter_map(|word| match word {
        Word::Literal(text) => Some(text.as_str()),
        Word::Spliced(_) | Word::Dynamic(_) => None,
    })
}

/// A word as written.
pub(super) fn written(word: &Word) -> &str {
    match word {
        Word::Literal(text) | Word::Dynamic(text) => text,
        Word::Spliced(_) => "{{…}}",
    }
}

impl<'t> Index<'t> {
    /// Walks over the modules that are the user's own.
    pub(super) fn new(modules: &'t Modules) -> Self {
        let mut walk = Walk { index: Index::default(), module: None };
        for (number, module) in modules.all.iter().enumerate().filter(|(_, module)| !module.is_std) {
            walk.module = Some(module);
            for item in &module.file.items {
                walk.item(&item.kind, item.span, number);
            }
        }
        walk.index
    }
}

struct Walk<'t> {
    index: Index<'t>,
    module: Option<&'t Module>,
}

impl<'t> Walk<'t> {
    fn item(&mut self, item: &'t ItemKind, span: Span, module: usize) {
        let mut around = Around {
            module,
            item: span,
            owner: Owner::Other,
            limit: None,
            timed: false,
            in_finally: false,
            in_check: false,
        };
        match item {
            ItemKind::Stage(stage) => {
                around.owner = Owner::Stage;
                around.limit = stage.timeout.map(|timeout| (timeout.millis, timeout.span));
                around.timed = stage.timeout.is_some();
                self.block(&stage.body, around);
                let finally = Around { in_finally: true, ..around };
                stage.finally.iter().for_each(|block| self.block(block, finally));
            }
            ItemKind::Task(task) => {
                task.params
                    .iter()
                    .filter_map(|param| param.default.as_ref())
                    .for_each(|value| self.expr(value, around));
                around.owner = Owner::Task(task);
                task.body.iter().for_each(|body| self.block(body, around));
            }
            ItemKind::Condition(condition) => {
                around.owner = Owner::Condition;
                self.block(&condition.probe, Around { in_check: true, ..around });
            }
            ItemKind::Input(input) => input.default.iter().for_each(|value| self.expr(value, around)),
            ItemKind::Type(ty) => {
                ty.fields.iter().filter_map(|field| field.default.as_ref()).for_each(|value| self.expr(value, around));
            }
            // What is not run yet is not looked at.
            ItemKind::Test(_)
            | ItemKind::Use(_)
            | ItemKind::Class(_)
            | ItemKind::Effect(_)
            | ItemKind::Forbid(_)
            | ItemKind::Program(_)
            | ItemKind::Host(_)
            | ItemKind::Hosts(_) => {}
        }
    }

    fn block(&mut self, block: &'t Block, around: Around<'t>) {
        self.index.blocks.push(block);
        block.statements.iter().for_each(|statement| self.statement(statement, around));
    }

    fn statement(&mut self, statement: &'t Statement, around: Around<'t>) {
        self.index.statements.push((statement, around));
        tree::exprs(statement, &mut |expr| self.expr(expr, around));
        let mut inner = around;
        if let StatementKind::Timeout(limit, _) = &statement.kind {
            inner.timed = true;
            if let ExprKind::Duration(millis) = limit.kind {
                inner.limit = Some((millis, limit.span));
            }
        }
        tree::blocks(statement, &mut |block, role| {
            self.block(block, Around { in_check: inner.in_check || role == Role::Check, ..inner });
        });
        tree::else_if(statement).into_iter().for_each(|nested| self.statement(nested, around));
    }

    fn expr(&mut self, expr: &'t Expr, around: Around<'t>) {
        match &expr.kind {
            ExprKind::Call(callee, arguments) => self.call(expr, callee, arguments, around),
            ExprKind::Text(text) if self.is_long(text) => self.index.long_texts.push(text.span),
            _ => {}
        }
        tree::parts(expr, &mut |part| self.expr(part, around));
    }

    fn is_long(&self, text: &Text) -> bool {
        use crate::syntax::ast::TextPart;
        text.parts.iter().any(|part| matches!(part, TextPart::Literal(literal, _) if literal.contains('\n')))
    }

    fn call(&mut self, call: &'t Expr, callee: &'t Expr, arguments: &'t [Argument], around: Around<'t>) {
        let Some((alias, name)) = tree::callee(callee) else { return };
        self.index.calls.push(Call { alias, name, arguments, around });
        let Some(ExprKind::Text(text)) = arguments.first().map(|first| &first.value.kind) else { return };
        let analysis = self.module.and_then(|module| module.command(text));
        if let Some(analysis) =
            analysis.filter(|analysis| name == "sh" && alias.is_none() && analysis.errors.is_empty())
        {
            self.index.commands.push(Command { text, analysis, call, arguments, around });
        }
    }
}

/// The name that a declaration has.
pub(super) fn declared(item: &ItemKind) -> Option<&Ident> {
    match item {
        ItemKind::Input(input) => Some(&input.name),
        ItemKind::Type(ty) => Some(&ty.name),
        ItemKind::Class(class) => Some(&class.name),
        ItemKind::Host(host) | ItemKind::Hosts(host) => Some(&host.name),
        ItemKind::Condition(condition) => Some(&condition.name),
        ItemKind::Task(task) => Some(&task.name),
        ItemKind::Stage(stage) => Some(&stage.name),
        ItemKind::Use(_) | ItemKind::Effect(_) | ItemKind::Forbid(_) | ItemKind::Program(_) | ItemKind::Test(_) => None,
    }
}
