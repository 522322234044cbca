//! Statements: from tree to typed form, noting what is done where.

use rustc_hash::FxHashMap as HashMap;

use super::ir;
use super::messages;
use super::modules::{Loader, Modules};
use super::primitive::Primitive;
use super::resolve;
use super::stages::Order;
use super::summary::{Shift, Site, What};
use super::tables::{Tables, Value};
use super::types::Type;
use crate::diagnostic::Diagnostic;
use crate::place::Predicate;
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, StatementKind};

/// What all bodies are checked against.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) sources: &'a SourceMap,
    pub(super) modules: &'a Modules,
    pub(super) tables: &'a Tables,
    /// Which stages have ended, and so have results, when another runs.
    pub(super) order: &'a Order,
    pub(super) loader: &'a dyn Loader,
}

/// A local value.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) slot: usize,
    pub(super) ty: Type,
    /// The hosts that a value of type `Host` is one of, where the text says so.
    pub(super) hosts: Option<Predicate>,
    /// Where it is bound.
    pub(super) bound: Span,
}

/// The check of one body: a task's, a stage's, a condition's.
pub(super) struct Body<'a> {
    pub(super) world: World<'a>,
    pub(super) module: usize,
    /// The stage, where it is a stage's.
    pub(super) stage: Option<usize>,
    /// It is evaluated before there is a host that it could run on.
    pub(super) nowhere: bool,
    result: Type,
    scopes: Vec<HashMap<String, Local>>,
    slots: usize,
    pub(super) shift: Shift,
    pub(super) check: Option<Span>,
    pub(super) sites: Vec<Site>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether the value of the expression at hand is looked at by anybody.
    pub(super) used: bool,
}

impl<'a> Body<'a> {
    pub(super) fn new(world: World<'a>, module: usize, stage: Option<usize>, result: Type) -> Self {
        Body {
            world,
            module,
            stage,
            nowhere: false,
            result,
            scopes: vec![HashMap::default()],
            slots: 0,
            shift: Shift::Same,
            check: None,
            sites: Vec::new(),
            diagnostics: Vec::new(),
            used: true,
        }
    }

    pub(super) fn tables(&self) -> &'a Tables {
        self.world.tables
    }

    /// The number of local values that the body needs.
    pub(super) fn locals(&self) -> usize {
        self.slots
    }

    pub(super) fn bind(&mut self, name: &ast::Ident, ty: Type, hosts: Option<Predicate>) -> usize {
        let slot = self.slots;
        self.slots += 1;
        self.tables().recorder.bound(name.span, &ty);
        // A statement would speak of another host than its own, or of none.
        if name.text == "here" {
            self.diagnostics.push(messages::reserved_name(&name.text, name.span));
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.text.to_string(), Local { slot, ty, hosts, bound: name.span });
        }
        slot
    }

    pub(super) fn local(&self, name: &str) -> Option<&Local> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn local_names(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().flat_map(|scope| scope.keys()).map(String::as_str)
    }

    pub(super) fn note(&mut self, what: What, span: Span) {
        self.sites.push(Site { what, shift: self.shift.clone(), span, check: self.check });
    }

    pub(super) fn scoped<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push(HashMap::default());
        let value = inner(self);
        self.scopes.pop();
        value
    }

    pub(super) fn block(&mut self, block: &ast::Block) -> ir::Block {
        self.scoped(|body| {
            let mut lowered = Vec::with_capacity(block.statements.len());
            block.statements.iter().for_each(|statement| lowered.extend(body.statement(statement)));
            lowered
        })
    }

    /// A block that may only look. A bare truth value in it is its verdict.
    pub(super) fn check_block(&mut self, block: &ast::Block, goal: Span) -> ir::Block {
        let outer = self.check.replace(goal);
        let lowered = self.block(block);
        self.check = outer;
        lowered
    }

    fn shifted(&mut self, shift: &Shift, block: &ast::Block) -> ir::Block {
        let moved = self.shift.then(shift);
        let outer = std::mem::replace(&mut self.shift, moved);
        let lowered = self.block(block);
        self.shift = outer;
        lowered
    }

    fn statement(&mut self, statement: &ast::Statement) -> Option<ir::Statement> {
        let span = statement.span;
        Some(match &statement.kind {
            StatementKind::Let { name, ty, value } => self.let_statement(name, ty.as_ref(), value),
            StatementKind::Return(value) => self.return_statement(value.as_ref(), span),
            StatementKind::Print(value) => ir::Statement::Print(self.printable(value)),
            StatementKind::Assert(condition, message) => {
                let text = self.world.sources.slice(condition.span).to_owned();
                let condition = self.expect(condition, &Type::Bool);
                let message = message.as_ref().map(|message| self.expect(message, &Type::Str));
                ir::Statement::Assert { condition, message, text, span }
            }
            StatementKind::Fail(message) => ir::Statement::Fail(self.expect(message, &Type::Str), span),
            StatementKind::If(condition, then, other) => {
                let condition = self.expect(condition, &Type::Bool);
                let then = self.block(then);
                let other = match other.as_deref() {
                    Some(ast::Else::Block(block)) => self.block(block),
                    Some(ast::Else::If(statement)) => self.statement(statement).into_iter().collect(),
                    None => Vec::new(),
                };
                ir::Statement::If(condition, then, other)
            }
            StatementKind::For(name, list, body) => self.for_statement(name, list, body),
            StatementKind::On(selector, body) => {
                let predicate = self.predicate(selector);
                self.narrow_possible(&predicate, selector.span);
                self.record_place(&Shift::Narrow(predicate.clone()), selector.span, body.span);
                let body = self.shifted(&Shift::Narrow(predicate.clone()), body);
                ir::Statement::On(predicate, body)
            }
            StatementKind::At(host, body) => self.at_statement(host, body, span),
            StatementKind::Ensure(goal, check, fix) => self.ensure_statement(goal, check, fix.as_ref(), span),
            StatementKind::Retry(times, every, body) => ir::Statement::Retry {
                times: times.value.max(1).unsigned_abs(),
                every: every.map_or(1_000, |every| every.millis),
                body: self.block(body),
            },
            StatementKind::Timeout(limit, body) => {
                let limit = self.expect(limit, &Type::Duration);
                ir::Statement::Timeout(limit, self.block(body), span)
            }
            StatementKind::Try(body, name, rescue) => self.try_statement(body, name.as_ref(), rescue),
            StatementKind::Expr(value) => self.expr_statement(value),
        })
    }

    fn let_statement(&mut self, name: &ast::Ident, ty: Option<&ast::Type>, value: &ast::Expr) -> ir::Statement {
        let hosts = self.hosts_of(value);
        let (value, ty) = match ty {
            Some(written) => {
                let ty = self.resolve_type(written);
                (self.expect(value, &ty), ty)
            }
            None => self.infer(value),
        };
        if ty == Type::Unit {
            self.diagnostics.push(messages::no_value_to_bind(&name.text, name.span));
        }
        let slot = self.bind(name, ty, hosts);
        ir::Statement::Let(slot, value)
    }

    fn return_statement(&mut self, value: Option<&ast::Expr>, span: Span) -> ir::Statement {
        let wanted = self.result.clone();
        match value {
            Some(value) if wanted == Type::Unit => {
                self.diagnostics.push(messages::returns_nothing(value.span));
                ir::Statement::Return(Some(self.infer(value).0))
            }
            Some(value) => ir::Statement::Return(Some(self.expect(value, &wanted))),
            None => {
                if !matches!(wanted, Type::Unit | Type::Optional(_) | Type::Unknown) {
                    self.diagnostics.push(messages::returns_something(&wanted, span));
                }
                ir::Statement::Return(None)
            }
        }
    }

    fn for_statement(&mut self, name: &ast::Ident, list: &ast::Expr, body: &ast::Block) -> ir::Statement {
        let hosts = self.hosts_of(list);
        let (list_ir, ty) = self.infer(list);
        let element = self.element_type(&ty, list.span);
        self.scoped(|this| {
            let slot = this.bind(name, element, hosts);
            ir::Statement::For(slot, list_ir, this.block(body))
        })
    }

    /// `at HOST`: the place of the block is what the text says of that host, and any host where it says nothing.
    fn at_statement(&mut self, host: &ast::Expr, body: &ast::Block, span: Span) -> ir::Statement {
        let told = self.diagnostics.len();
        let target = match self.no_host(host) {
            Some(diagnostic) => {
                self.diagnostics.push(diagnostic);
                ir::Expr::Literal(ir::Literal::None)
            }
            None => self.expect(host, &Type::Host),
        };
        // A host that is not understood was told of: nothing is held against wherever it is.
        let unread = matches!(&host.kind, ast::ExprKind::Name(name) if self.is_unread_host(&name.text));
        let understood = self.diagnostics.len() == told && !unread;
        let place = if understood { self.hosts_of(host).unwrap_or(Predicate::All) } else { Predicate::Never };
        let shift = Shift::Replace(place.clone());
        self.record_place(&shift, host.span, body.span);
        let moved = self.shift.then(&shift);
        self.sites.push(Site { what: What::Leaves, shift: moved, span: host.span, check: self.check });
        ir::Statement::At { host: target, place, body: self.shifted(&shift, body), span }
    }

    fn ensure_statement(
        &mut self,
        goal: &ast::Text,
        check: &ast::Block,
        fix: Option<&ast::Block>,
        span: Span,
    ) -> ir::Statement {
        let (goal_ir, _) = self.text(goal);
        let check = self.check_block(check, goal.span);
        let fix = fix.map(|fix| self.block(fix));
        ir::Statement::Ensure { goal: goal_ir, check, fix, span }
    }

    fn try_statement(&mut self, body: &ast::Block, name: Option<&ast::Ident>, rescue: &ast::Block) -> ir::Statement {
        let body = self.block(body);
        self.scoped(|this| {
            let slot = name.map(|name| this.bind(name, Type::Str, None));
            ir::Statement::Try(body, slot, this.block(rescue))
        })
    }

    fn expr_statement(&mut self, value: &ast::Expr) -> ir::Statement {
        let outer = std::mem::replace(&mut self.used, false);
        let (lowered, ty) = self.infer(value);
        self.used = outer;
        match ty {
            Type::Bool if self.check.is_some() => ir::Statement::Assert {
                condition: lowered,
                message: None,
                text: self.world.sources.slice(value.span).to_owned(),
                span: value.span,
            },
            Type::Bool => {
                self.diagnostics.push(messages::answer_dropped(value.span, self.world.sources));
                ir::Statement::Expr(lowered)
            }
            _ => {
                if !matches!(value.kind, ast::ExprKind::Call(..) | ast::ExprKind::Try(_)) && ty != Type::Unknown {
                    self.diagnostics.push(messages::does_nothing(value.span));
                }
                ir::Statement::Expr(lowered)
            }
        }
    }

    fn printable(&mut self, value: &ast::Expr) -> ir::Expr {
        let (lowered, ty) = self.infer(value);
        match &ty {
            Type::Secret => self.diagnostics.push(messages::secret_shown("what is printed", value.span)),
            Type::Optional(inner) if inner.is_text() => {}
            Type::List(element) if element.is_text() => {}
            ty if ty.is_text() => {}
            ty => self.diagnostics.push(messages::not_printable(ty, value.span)),
        }
        lowered
    }

    pub(super) fn predicate(&mut self, selector: &ast::Selector) -> Predicate {
        resolve::predicate(self.world.tables, self.world.modules, self.module, selector, &mut self.diagnostics)
    }

    pub(super) fn resolve_type(&mut self, written: &ast::Type) -> Type {
        let world = self.world;
        super::tables::resolve_type(world.tables, world.modules, self.module, written, false, &mut self.diagnostics)
    }

    fn record_place(&self, shift: &Shift, written: Span, block: Span) {
        let entered = self.stage.map_or(&Predicate::All, |stage| &self.world.tables.stages[stage].on);
        let hosts = self.shift.then(shift).apply(entered);
        self.world.tables.recorder.place(written, block, &hosts);
    }

    /// `on S` within a stage must leave some host that could exist.
    fn narrow_possible(&mut self, predicate: &Predicate, span: Span) {
        let Some(stage) = self.stage.filter(|_| *predicate != Predicate::Never) else { return };
        let place = self.shift.apply(&self.world.tables.stages[stage].on);
        let narrowed = place.clone().and(predicate.clone());
        let tables = self.world.tables;
        if tables.possible(&narrowed) == Ok(false) && tables.possible(&place) == Ok(true) {
            let stage = &self.world.tables.stages[stage].ast;
            let why = super::prove::classes_in(&narrowed, self.world.tables);
            self.diagnostics.push(messages::narrowed_to_nothing(span, stage, &why, self.world.sources));
        }
    }

    /// The hosts that a value of type `Host`, or an element of a list of them, is one of.
    pub(super) fn hosts_of(&self, value: &ast::Expr) -> Option<Predicate> {
        use ast::ExprKind as Kind;
        match &value.kind {
            Kind::Name(name) => self.hosts_named(&name.text),
            Kind::Index(list, _) => self.hosts_of(list),
            Kind::If(_, then, other) => Some(self.hosts_of(then)?.or(self.hosts_of(other)?)),
            Kind::List(items) => {
                let hosts: Option<Vec<Predicate>> = items.iter().map(|item| self.hosts_of(item)).collect();
                hosts.map(Predicate::any_of)
            }
            // Some of the elements, as they are.
            Kind::Comprehension(chosen) => match &chosen.value.kind {
                Kind::Name(name) if name.text == chosen.name.text => self.hosts_of(&chosen.list),
                _ => None,
            },
            Kind::Call(callee, arguments) => match (self.primitive_named(callee), arguments.as_slice()) {
                (Some(Primitive::First | Primitive::Last), [only]) => self.hosts_of(&only.value),
                _ => None,
            },
            _ => None,
        }
    }

    fn primitive_named(&self, callee: &ast::Expr) -> Option<Primitive> {
        let ast::ExprKind::Name(name) = &callee.kind else { return None };
        self.tables().tasks[self.tables().task(self.module, &name.text)?].primitive
    }

    fn hosts_named(&self, name: &str) -> Option<Predicate> {
        if let Some(local) = self.local(name) {
            return local.hosts.clone();
        }
        if name == "here" {
            let stage = self.stage?;
            return Some(self.shift.apply(&self.world.tables.stages[stage].on));
        }
        match self.world.tables.value(self.module, name)? {
            Value::HostSet(set) => Some(self.world.tables.host_sets[set].predicate.clone()),
            _ => None,
        }
    }

    fn is_unread_host(&self, name: &str) -> bool {
        let tables = self.world.tables;
        self.local(name).is_none() && tables.value(self.module, name).is_none() && tables.is_unread(self.module, name)
    }

    /// What is usually written behind `at` and is no host.
    fn no_host(&self, value: &ast::Expr) -> Option<Diagnostic> {
        let name = match &value.kind {
            ast::ExprKind::Text(text) => return Some(messages::at_text(&text.literal()?, value.span)),
            ast::ExprKind::Name(name) if !name.text.is_empty() => name,
            _ => return None,
        };
        let tables = self.world.tables;
        if name.text == "here" || self.local(&name.text).is_some() {
            return None;
        }
        match tables.value(self.module, &name.text) {
            Some(Value::HostSet(set)) if !tables.host_sets[set].single => {
                Some(messages::at_takes_one(&name.text, value.span))
            }
            Some(Value::Class(_)) => Some(messages::at_selector(&name.text, value.span)),
            Some(_) => None,
            None if tables.is_unread(self.module, &name.text) => None,
            None if matches!(&*name.text, "local" | "all") => Some(messages::at_selector(&name.text, value.span)),
            None => {
                let values = tables.names[self.module].values.iter();
                let sets = values.filter(|(_, (value, _))| matches!(value, Value::HostSet(_)));
                let known = self.local_names().chain(sets.map(|(name, _)| &**name)).chain(["here"]);
                Some(messages::at_unknown(&name.text, value.span, known))
            }
        }
    }
}
