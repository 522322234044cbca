//! Which names of a file are spoken of, and which of its local values are not.
//!
//! A word that stands anywhere as a name counts as a use of everything of that name, so that what is called unused is
//! unused whatever the names turn out to mean.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::dollars::{self, Dollar};
use super::tree;
use crate::syntax::ast::{
    Block, ExpectKind, Expr, ExprKind, File, Ident, Item, ItemKind, Param, Path, Selector, SelectorKind,
    SelectorValueKind, Statement, StatementKind, Task, TestKind, TestRun, Type,
};

/// What a local value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'t> {
    Let(&'t Statement),
    Parameter(&'t Task),
    /// The variable of a `for`, a comprehension or a `rescue`: there may be no need for it.
    Bound,
}

/// A local value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local<'t> {
    pub(super) name: &'t Ident,
    pub(super) origin: Origin<'t>,
    used: bool,
}

/// What is known of the names of a file.
#[derive(Debug, Default)]
pub(super) struct Uses<'t> {
    /// Every word that stands for something beyond the body it stands in.
    pub(super) mentioned: HashSet<&'t str>,
    /// The local values that nothing reads.
    pub(super) unused: Vec<Local<'t>>,
    /// A `let` in an inner block, and the local of an outer one that it has the name of.
    pub(super) hiding: Vec<(&'t Ident, &'t Ident)>,
    /// `$name` in a text, where `name` is a value.
    pub(super) dollars: Vec<Dollar>,
    inputs: HashSet<&'t str>,
    scopes: Vec<Scope<'t>>,
}

/// The local values of a block, and the last one of each name.
#[derive(Debug, Default)]
struct Scope<'t> {
    locals: Vec<Local<'t>>,
    names: HashMap<&'t str, usize>,
}

impl<'t> Scope<'t> {
    fn of(locals: impl IntoIterator<Item = Local<'t>>) -> Self {
        let mut scope = Scope::default();
        locals.into_iter().for_each(|local| scope.bind(local));
        scope
    }

    fn bind(&mut self, local: Local<'t>) {
        self.names.insert(&local.name.text, self.locals.len());
        self.locals.push(local);
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Local<'t>> {
        self.names.get(name).and_then(|at| self.locals.get_mut(*at))
    }
}

impl<'t> Uses<'t> {
    pub(super) fn of(file: &'t File) -> Self {
        let inputs = file.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Input(input) => Some(&*input.name.text),
            _ => None,
        });
        let mut uses = Uses { inputs: inputs.collect(), ..Uses::default() };
        file.items.iter().for_each(|item| uses.item(item));
        uses
    }

    fn item(&mut self, item: &'t Item) {
        match &item.kind {
            ItemKind::Input(input) => {
                self.ty(&input.ty);
                input.default.iter().for_each(|default| self.expr(default));
            }
            ItemKind::Type(ty) => self.params(&ty.fields),
            ItemKind::Class(class) => class.facts.iter().for_each(|facts| self.selector(facts)),
            ItemKind::Forbid(forbid) => self.selector(&forbid.on),
            ItemKind::Host(host) | ItemKind::Hosts(host) => self.selector(&host.selector),
            ItemKind::Condition(condition) => {
                self.selector(&condition.on);
                self.block(&condition.probe, []);
            }
            ItemKind::Task(task) => self.task(task),
            ItemKind::Stage(stage) => {
                [Some(&stage.on), stage.guard.as_ref()]
                    .into_iter()
                    .flatten()
                    .for_each(|selector| self.selector(selector));
                stage.expects.iter().chain(&stage.leaves).for_each(|condition| self.path(&condition.name));
                stage.after.iter().flatten().for_each(|name| self.mention(&name.text));
                stage.result.iter().for_each(|ty| self.ty(ty));
                self.block(&stage.body, []);
                stage.finally.iter().for_each(|finally| self.block(finally, []));
            }
            ItemKind::Test(test) => test.body.statements.iter().for_each(|statement| self.test(&statement.kind)),
            ItemKind::Use(_) | ItemKind::Effect(_) | ItemKind::Program(_) => {}
        }
    }

    fn test(&mut self, statement: &'t TestKind) {
        match statement {
            TestKind::Run(TestRun::Block(on, body)) => {
                self.selector(on);
                self.block(body, []);
            }
            TestKind::Expect(expected) => {
                expected.on.iter().for_each(|on| self.selector(on));
                if let ExpectKind::Refusal(_, declared) = &expected.kind {
                    declared.iter().for_each(|item| self.item(item));
                }
            }
            TestKind::File(_, on, _) | TestKind::Answer(_, on, _) => on.iter().for_each(|on| self.selector(on)),
            TestKind::Host(..) | TestKind::Input(..) | TestKind::Run(TestRun::Workflow | TestRun::Stages(_)) => {}
        }
    }

    fn task(&mut self, task: &'t Task) {
        self.params(&task.params);
        task.result.iter().for_each(|ty| self.ty(ty));
        task.guard.iter().chain(&task.needs).for_each(|selector| self.selector(selector));
        if let Some(body) = &task.body {
            let local = |param: &'t Param| Local { name: &param.name, origin: Origin::Parameter(task), used: false };
            self.block(body, task.params.iter().map(local));
        }
    }

    fn params(&mut self, params: &'t [Param]) {
        for param in params {
            self.ty(&param.ty);
            param.default.iter().for_each(|default| self.expr(default));
        }
    }

    /// A block, in which these are known from its beginning.
    fn block(&mut self, block: &'t Block, bound: impl IntoIterator<Item = Local<'t>>) {
        self.scopes.push(Scope::of(bound));
        block.statements.iter().for_each(|statement| self.statement(statement));
        let scope = self.scopes.pop().unwrap_or_default();
        self.unused.extend(scope.locals.into_iter().filter(|local| !local.used));
    }

    fn statement(&mut self, statement: &'t Statement) {
        tree::exprs(statement, &mut |expr| self.expr(expr));
        if let StatementKind::Print(shown) | StatementKind::Fail(shown) = &statement.kind
            && let ExprKind::Text(text) = &shown.kind
        {
            self.meant(dollars::printed(text));
        }
        let bound = |name: &'t Ident| Local { name, origin: Origin::Bound, used: false };
        match &statement.kind {
            StatementKind::Let { name, ty, .. } => {
                ty.iter().for_each(|ty| self.ty(ty));
                self.bind(name, statement);
            }
            StatementKind::For(name, _, body) => self.block(body, [bound(name)]),
            StatementKind::Try(body, name, rescue) => {
                self.block(body, []);
                self.block(rescue, name.as_ref().map(bound));
            }
            StatementKind::On(selector, body) => {
                self.selector(selector);
                self.block(body, []);
            }
            _ => tree::blocks(statement, &mut |block, _| self.block(block, [])),
        }
        tree::else_if(statement).into_iter().for_each(|nested| self.statement(nested));
    }

    fn bind(&mut self, name: &'t Ident, statement: &'t Statement) {
        let outer = self.scopes.iter_mut().rev().skip(1).find_map(|scope| scope.get_mut(&name.text));
        self.hiding.extend(outer.map(|outer| (name, outer.name)));
        if let Some(scope) = self.scopes.last_mut() {
            scope.bind(Local { name, origin: Origin::Let(statement), used: false });
        }
    }

    fn expr(&mut self, expr: &'t Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(&name.text),
            ExprKind::Field(_, field) => self.mention(&field.text),
            ExprKind::Cast(_, ty) => self.ty(ty),
            ExprKind::Call(callee, arguments) if is_command(callee) => self.meant(dollars::in_command(arguments)),
            ExprKind::Comprehension(chosen) => {
                self.expr(&chosen.list);
                self.scopes.push(Scope::of([Local { name: &chosen.name, origin: Origin::Bound, used: true }]));
                self.expr(&chosen.value);
                chosen.condition.iter().for_each(|condition| self.expr(condition));
                self.scopes.pop();
                return;
            }
            _ => {}
        }
        tree::parts(expr, &mut |part| self.expr(part));
    }

    /// A name stands for the innermost local value of that name, else for something beyond the body.
    fn name(&mut self, name: &'t str) {
        match self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(name)) {
            Some(local) => local.used = true,
            None => self.mention(name),
        }
    }

    /// Of what looks like variables of a shell, those that have the name of a value count as a use of that.
    fn meant(&mut self, written: Vec<Dollar>) {
        for dollar in written {
            let local = self.scopes.iter_mut().rev().find_map(|scope| scope.get_mut(&dollar.name));
            let input = self.inputs.get(&*dollar.name).copied();
            match (local, input) {
                (Some(local), _) => local.used = true,
                (None, Some(input)) => self.mention(input),
                (None, None) => continue,
            }
            self.dollars.push(dollar);
        }
    }

    fn mention(&mut self, name: &'t str) {
        self.mentioned.insert(name);
    }

    fn path(&mut self, path: &'t Path) {
        path.words.iter().for_each(|word| self.mention(&word.text));
    }

    fn ty(&mut self, ty: &'t Type) {
        self.path(&ty.name);
        ty.argument.iter().for_each(|argument| self.ty(argument));
    }

    fn selector(&mut self, selector: &'t Selector) {
        match &selector.kind {
            SelectorKind::Or(parts) | SelectorKind::And(parts) => parts.iter().for_each(|part| self.selector(part)),
            SelectorKind::Not(inner) => self.selector(inner),
            SelectorKind::Group(_) => {}
            SelectorKind::Name(path) => self.path(path),
            SelectorKind::Compare(_, _, value) => {
                if let SelectorValueKind::Word(word) = &value.kind {
                    self.mention(word);
                }
            }
        }
    }
}

/// `sh`
fn is_command(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Name(name) if name.text == "sh")
}
