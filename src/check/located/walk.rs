//! One body: where each of its values lives, and where it is used.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Summary;
use super::loc::{Loc, Origin, Part, Spot, Thing, add, carries, thing, type_at};
use crate::check::ir::{Block, Command, CommandPart, Expr, Literal, Part as TextPart, Statement};
use crate::check::primitive::Primitive;
use crate::check::summary::{MAX_CHAIN, Shift, Step};
use crate::check::tables::Tables;
use crate::check::types::Type;
use crate::place::Predicate;
use crate::source::Span;
use crate::syntax::ast::BinaryOp;

/// On which host something is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::check) enum User {
    /// The host that the body was entered on.
    Entry,
    /// The host of an `at` block of this body.
    Block(usize),
    /// The host of an `at` block of a task that was called.
    Elsewhere,
}

/// A value that has to be where it is used.
#[derive(Clone, Debug)]
pub(in crate::check) struct Use {
    pub(in crate::check) origin: Origin,
    pub(in crate::check) user: User,
    /// How the place of the use relates to the place of the body.
    pub(in crate::check) shift: Shift,
    /// Where it stands in the body: the use itself, or the call that leads to it.
    pub(in crate::check) span: Span,
    /// From the outermost call down to the use.
    pub(in crate::check) chain: Vec<Step>,
}

impl Use {
    /// What makes two uses one question.
    pub(super) fn key(&self) -> (Spot, User, Shift) {
        (self.origin.spot.clone(), self.user, self.shift.clone())
    }

    fn is_trivial(&self) -> bool {
        match (&self.origin.spot, self.user) {
            (Spot::Entry, User::Entry) => true,
            (Spot::Block(made), User::Block(used)) => *made == used,
            _ => false,
        }
    }
}

/// What a body comes to.
pub(super) struct Found {
    pub(super) result: Loc,
    /// What the words of its failures are made of.
    pub(super) raised: Vec<Origin>,
    pub(super) uses: Vec<Use>,
}

pub(super) struct Walk<'a> {
    tables: &'a Tables,
    tasks: &'a [Summary],
    results: &'a [Loc],
    params: Vec<Type>,
    locals: Vec<Loc>,
    here: User,
    shift: Shift,
    /// What is known of the host of each `at` block.
    blocks: Vec<Predicate>,
    result: Loc,
    uses: Vec<Use>,
    /// What the words of failures are made of.
    raised: Vec<Origin>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        tables: &'a Tables,
        tasks: &'a [Summary],
        results: &'a [Loc],
        task: Option<usize>,
        locals: usize,
    ) -> Self {
        let params: Vec<Type> =
            task.iter().flat_map(|task| &tables.tasks[*task].params).map(|(_, ty)| ty.clone()).collect();
        let mut values: Vec<Loc> = params.iter().enumerate().map(|(number, ty)| param(number, ty)).collect();
        values.resize(locals.max(values.len()), Loc::default());
        Walk {
            tables,
            tasks,
            results,
            params,
            locals: values,
            here: User::Entry,
            shift: Shift::Same,
            blocks: Vec::new(),
            result: Loc::default(),
            uses: Vec::new(),
            raised: Vec::new(),
        }
    }

    /// A value that stands by itself: what a body of this expression alone would return.
    pub(super) fn value(&mut self, value: &Expr) {
        self.result = self.expr(value);
    }

    /// Outside of the body its `at` blocks are known by their hosts alone.
    pub(super) fn finish(self) -> Found {
        let blocks = self.blocks;
        let outside = |origin: Origin| match origin.spot {
            Spot::Block(number) => Origin { spot: Spot::Among(blocks[number].clone()), ..origin },
            _ => origin,
        };
        let uses = self.uses.into_iter().map(|used| Use {
            origin: outside(used.origin),
            user: if used.user == User::Entry { User::Entry } else { User::Elsewhere },
            ..used
        });
        let uses = uses.collect();
        let raised = self.raised.into_iter().map(&outside).collect();
        Found { result: self.result.map(&outside), raised, uses }
    }

    pub(super) fn block(&mut self, block: &Block) {
        for statement in block {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(slot, value) => self.locals[*slot] = self.expr(value),
            Statement::Return(value) => {
                let value = value.as_ref().map(|value| self.expr(value)).unwrap_or_default();
                self.result = std::mem::take(&mut self.result).join(value);
            }
            Statement::Print(value) | Statement::Expr(value) => {
                self.expr(value);
            }
            Statement::Fail(message, _) => self.raise(message),
            Statement::Assert { condition, message, .. } => {
                self.expr(condition);
                message.iter().for_each(|message| self.raise(message));
            }
            Statement::If(condition, then, other) => {
                self.expr(condition);
                self.block(then);
                self.block(other);
            }
            Statement::For(slot, list, body) => {
                let list = self.expr(list);
                self.locals[*slot] = self.element(list);
                self.block(body);
            }
            Statement::On(predicate, body) => {
                let moved = self.shift.then(&Shift::Narrow(predicate.clone()));
                self.moved(self.here, moved, body);
            }
            Statement::At { host: Expr::Here, body, .. } => self.block(body),
            Statement::At { host, place, body, .. } => {
                self.expr(host);
                self.blocks.push(place.clone());
                self.moved(User::Block(self.blocks.len() - 1), Shift::Replace(place.clone()), body);
            }
            Statement::Ensure { goal, check, fix, .. } => {
                self.expr(goal);
                self.block(check);
                fix.iter().for_each(|fix| self.block(fix));
            }
            Statement::Retry { body, .. } => self.block(body),
            Statement::Timeout(limit, body, _) => {
                self.expr(limit);
                self.block(body);
            }
            Statement::Try(body, slot, rescue) => {
                let outer = std::mem::take(&mut self.raised);
                self.block(body);
                let raised = std::mem::replace(&mut self.raised, outer);
                slot.iter().for_each(|slot| self.locals[*slot] = Loc::Flat(raised.clone()).spelt());
                self.block(rescue);
            }
        }
    }

    /// The words of a failure, which a `rescue` may take.
    fn raise(&mut self, message: &Expr) {
        let origins = self.expr(message).flat();
        add(&mut self.raised, origins);
    }

    fn moved(&mut self, here: User, shift: Shift, body: &Block) {
        let outer = (std::mem::replace(&mut self.here, here), std::mem::replace(&mut self.shift, shift));
        self.block(body);
        (self.here, self.shift) = outer;
    }

    fn expr(&mut self, expr: &Expr) -> Loc {
        match expr {
            Expr::Literal(_) | Expr::Input(_) | Expr::HostSet(_) | Expr::Here => Loc::default(),
            Expr::Local(slot) => self.locals[*slot].clone(),
            Expr::StageResult(stage, span) => self.stage_result(*stage, *span),
            Expr::Text(parts) => {
                let splices = parts.iter().filter_map(|part| match part {
                    TextPart::Splice(value) => Some(value),
                    TextPart::Literal(_) => None,
                });
                Loc::Flat(splices.fold(Loc::default(), |loc, value| loc.join(self.expr(value))).flat()).spelt()
            }
            Expr::List(items) => {
                let inner = items.iter().fold(Loc::default(), |loc, item| loc.join(self.expr(item)));
                elements(inner).bounded()
            }
            Expr::Record(entries) => {
                Loc::Fields(entries.iter().map(|(key, value)| (key.clone(), self.expr(value))).collect()).bounded()
            }
            // The name of its host is a name wherever it is read.
            Expr::HostName(value) => {
                self.expr(value);
                Loc::default()
            }
            Expr::Field(value, name, _) => {
                let value = self.expr(value);
                self.field(value, name)
            }
            Expr::Index(value, index, _) => {
                let value = self.expr(value);
                self.expr(index);
                self.index(value, index)
            }
            Expr::Not(value) | Expr::Neg(value) => {
                self.expr(value);
                Loc::default()
            }
            Expr::Cast(value, ..) => Loc::Flat(self.expr(value).flat()),
            Expr::Try(value) => self.expr(value),
            Expr::Binary(op, left, right, _) => {
                let (left, right) = (self.expr(left), self.expr(right));
                match op {
                    BinaryOp::Add if matches!(left, Loc::Elements(_)) || matches!(right, Loc::Elements(_)) => {
                        left.join(right)
                    }
                    BinaryOp::Add => left.join(right).spelt(),
                    _ => Loc::default(),
                }
            }
            Expr::If(condition, then, other) => {
                self.expr(condition);
                self.expr(then).join(self.expr(other))
            }
            Expr::Comprehension(comprehension) => {
                let list = self.expr(&comprehension.list);
                self.locals[comprehension.local] = self.element(list);
                comprehension.condition.iter().for_each(|condition| drop(self.expr(condition)));
                elements(self.expr(&comprehension.value))
            }
            Expr::Call(task, arguments, span) => self.call(*task, arguments, *span),
            Expr::Default(task, param) => {
                let here = spot(self.here);
                let default = self.tasks[*task].defaults.get(*param).cloned().unwrap_or_default();
                default.map(&|origin| match origin.spot {
                    Spot::Entry => Origin { spot: here.clone(), ..origin },
                    _ => origin,
                })
            }
            Expr::Command(command) => {
                self.command(command);
                Loc::default()
            }
        }
    }

    fn stage_result(&self, stage: usize, span: Span) -> Loc {
        let single = crate::check::stages::is_one_host(self.tables, &self.tables.stages[stage].on);
        let any = self.result_on(stage, span, None);
        if single { any } else { Loc::Results { stage, named: span, any: Box::new(any) } }
    }

    /// A stage's result on the host at hand, or on whichever of its hosts.
    fn result_on(&self, stage: usize, span: Span, host: Option<Spot>) -> Loc {
        let place = &self.tables.stages[stage].on;
        let named = |origin: Origin| {
            let spot = match (origin.spot, &host) {
                (Spot::Entry, Some(host)) => host.clone(),
                (Spot::Among(place), _) => Spot::Among(place),
                _ => Spot::Among(place.clone()),
            };
            Origin { spot, stage: Some((stage, span)), ..origin }
        };
        self.results[stage].clone().map(&named)
    }

    fn element(&self, loc: Loc) -> Loc {
        match loc {
            Loc::Elements(inner) => *inner,
            Loc::Fields(fields) => fields.into_values().fold(Loc::default(), Loc::join),
            Loc::Results { any, .. } => *any,
            flat => flat.map(&|origin| match origin.spot {
                Spot::Param(number, parts) if parts.last() != Some(&Part::Any) => {
                    Origin { spot: Spot::Param(number, extended(&parts, Part::Element)), ..origin }
                }
                _ => origin,
            }),
        }
    }

    fn index(&self, loc: Loc, index: &Expr) -> Loc {
        match (loc, index) {
            (Loc::Fields(fields), Expr::Literal(Literal::Str(key))) => one_of(fields, key),
            // A stage's results by host: that of the host at hand is here, that of a `host` is there.
            (Loc::Results { stage, named, .. }, Expr::Field(host, name, _)) if name == "name" => match **host {
                Expr::Here => self.result_on(stage, named, Some(spot(self.here))),
                Expr::HostSet(set) if self.tables.host_sets[set].single => {
                    let there = self.tables.host_sets[set].predicate.clone();
                    self.result_on(stage, named, Some(Spot::Among(there)))
                }
                _ => self.result_on(stage, named, None),
            },
            (loc, _) => self.element(loc),
        }
    }

    fn field(&self, loc: Loc, name: &str) -> Loc {
        let origins = match loc {
            Loc::Fields(fields) => return one_of(fields, name),
            loc => loc.flat(),
        };
        Loc::Flat(origins.into_iter().filter_map(|origin| self.origin_of_field(origin, name)).collect())
    }

    fn origin_of_field(&self, origin: Origin, name: &str) -> Option<Origin> {
        let Spot::Param(number, parts) = &origin.spot else {
            return Some(Origin { spelt: name == "path" || origin.spelt, ..origin });
        };
        if parts.last() == Some(&Part::Any) {
            return Some(origin);
        }
        let part = extended(parts, Part::Field(name.to_owned()));
        match type_at(self.params.get(*number)?, &part) {
            Some(ty) => {
                carries(&ty).then(|| Origin { spot: Spot::Param(*number, part), thing: thing(&ty), ..origin.clone() })
            }
            None => Some(origin),
        }
    }

    fn command(&mut self, command: &Command) {
        for part in &command.parts {
            match part {
                CommandPart::Text(_) => {}
                CommandPart::Value { value, span, .. } => self.used(value, "`sh`", *span),
                CommandPart::Raw(value) => self.used(value, "`sh`", command.span),
            }
        }
        let carried = [&command.cwd, &command.env, &command.stdin];
        for value in carried.into_iter().flatten() {
            self.used(value, "`sh`", command.span);
        }
        for value in [&command.user, &command.timeout].into_iter().flatten() {
            self.expr(value);
        }
    }

    fn used(&mut self, value: &Expr, by: &str, span: Span) {
        for origin in self.expr(value).flat() {
            let step = Step { name: by.to_owned(), span };
            let used = Use { origin, user: self.here, shift: self.shift.clone(), span, chain: vec![step] };
            self.note(used);
        }
    }

    fn note(&mut self, used: Use) {
        if !used.is_trivial() {
            self.uses.push(used);
        }
    }

    fn call(&mut self, task: usize, arguments: &[Expr], span: Span) -> Loc {
        let signature = &self.tables.tasks[task];
        if let Some(primitive) = signature.primitive {
            return self.primitive(primitive, arguments, span);
        }
        let arguments: Vec<Loc> = arguments.iter().map(|argument| self.expr(argument)).collect();
        let summary = &self.tasks[task];
        for open in &summary.open {
            let step = Step { name: signature.name.clone(), span };
            for origin in self.in_terms_of_the_caller(&open.origin, &arguments) {
                let chain = std::iter::once(step.clone()).chain(open.chain.iter().take(MAX_CHAIN).cloned()).collect();
                let user = if open.user == User::Entry { self.here } else { User::Elsewhere };
                self.note(Use { origin, user, shift: self.shift.then(&open.shift), span, chain });
            }
        }
        for origin in &summary.raised {
            let raised = self.in_terms_of_the_caller(origin, &arguments);
            add(&mut self.raised, raised);
        }
        self.result_of(&summary.result, &arguments)
    }

    fn in_terms_of_the_caller(&self, origin: &Origin, arguments: &[Loc]) -> Vec<Origin> {
        match &origin.spot {
            Spot::Param(number, parts) => {
                let argument = arguments.get(*number).cloned().unwrap_or_default();
                self.part_of(argument, parts).flat()
            }
            Spot::Entry => vec![Origin { spot: spot(self.here), ..origin.clone() }],
            Spot::Block(_) | Spot::Among(_) => vec![origin.clone()],
        }
    }

    fn part_of(&self, whole: Loc, parts: &[Part]) -> Loc {
        parts.iter().fold(whole, |loc, part| match part {
            Part::Element => self.element(loc),
            Part::Field(name) => self.field(loc, name),
            Part::Any => Loc::Flat(loc.flat()),
        })
    }

    fn result_of(&self, result: &Loc, arguments: &[Loc]) -> Loc {
        match result {
            Loc::Flat(origins) => origins.iter().fold(Loc::default(), |loc, origin| {
                loc.join(match &origin.spot {
                    // A parameter that is returned, or a part of one, keeps the shape of its argument.
                    Spot::Param(number, parts) => {
                        self.part_of(arguments.get(*number).cloned().unwrap_or_default(), parts)
                    }
                    _ => Loc::Flat(self.in_terms_of_the_caller(origin, arguments)),
                })
            }),
            Loc::Elements(inner) => elements(self.result_of(inner, arguments)),
            Loc::Fields(fields) => {
                Loc::Fields(fields.iter().map(|(key, loc)| (key.clone(), self.result_of(loc, arguments))).collect())
            }
            Loc::Results { any, .. } => elements(self.result_of(any, arguments)),
        }
    }

    fn primitive(&mut self, primitive: Primitive, arguments: &[Expr], span: Span) -> Loc {
        use Primitive as P;
        if let (P::ReadFile | P::Download, Some((path, rest))) = (primitive, arguments.split_first()) {
            self.used(path, primitive.name(), span);
            rest.iter().for_each(|argument| drop(self.expr(argument)));
            return Loc::default();
        }
        let mut locs = arguments.iter().map(|argument| self.expr(argument)).collect::<Vec<_>>().into_iter();
        let mut next = || locs.next().unwrap_or_default();
        match primitive {
            P::Upload | P::WriteFile | P::Copy | P::FileAt => self.made(Thing::File, span),
            P::Forward | P::SocketAt => self.made(Thing::Socket, span),
            P::First | P::Last => self.element(next()),
            P::OrElse | P::Merge => next().join(next()),
            P::Get => {
                let (map, _, fallback) = (next(), next(), next());
                let found = arguments.get(1).map_or_else(Loc::default, |key| self.index(map, key));
                found.join(fallback)
            }
            P::Join => {
                let (items, separator) = (next(), next());
                Loc::Flat(items.flat()).join(separator).spelt()
            }
            P::Parent | P::Trim | P::Replace | P::FromYaml | P::FromJson => Loc::Flat(next().flat()).spelt(),
            P::Split | P::Lines => elements(Loc::Flat(next().flat()).spelt()),
            // The last part of a path is a name, and no path any more; `raw` is a part of its command.
            P::FileName | P::Raw => Loc::default(),
            P::Sh | P::ReadFile | P::Download | P::FileExists | P::PowerOn | P::WaitSsh | P::WaitPort => Loc::default(),
            P::Env | P::Progress | P::Shipped => Loc::default(),
            P::StartsWith | P::EndsWith | P::Contains | P::Len | P::Sum | P::Int => Loc::default(),
        }
    }

    fn made(&self, thing: Thing, span: Span) -> Loc {
        Loc::Flat(vec![Origin { spot: spot(self.here), thing, made: Some(span), stage: None, spelt: false }])
    }
}

/// The value of a key; one that is not known to be there may be any of them.
fn one_of(mut fields: BTreeMap<String, Loc>, key: &str) -> Loc {
    match fields.remove(key) {
        Some(found) => found,
        None => fields.into_values().fold(Loc::default(), Loc::join),
    }
}

fn param(number: usize, ty: &Type) -> Loc {
    if !carries(ty) {
        return Loc::default();
    }
    let spot = Spot::Param(number, Rc::from([]));
    Loc::Flat(vec![Origin { spot, thing: thing(ty), made: None, stage: None, spelt: false }])
}

fn spot(user: User) -> Spot {
    match user {
        User::Block(number) => Spot::Block(number),
        User::Entry | User::Elsewhere => Spot::Entry,
    }
}

fn elements(inner: Loc) -> Loc {
    if inner.is_nowhere() { inner } else { Loc::Elements(Box::new(inner)) }
}

fn extended(parts: &Rc<[Part]>, part: Part) -> Rc<[Part]> {
    parts.iter().cloned().chain(std::iter::once(part)).collect()
}
