//! Calls: which task, which argument for which parameter, and what the call does.

use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;

use super::body::Body;
use super::ir::{self, Literal};
use super::messages;
use super::primitive::Primitive;
use super::record::Meant;
use super::summary::{Shift, Site, What};
use super::tables::{CHANGE, POWER, Signature};
use super::types::Type;
use crate::place::Predicate;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

/// The argument written for each parameter, in the order of the parameters.
pub(super) type Matched<'e> = Vec<Option<&'e ast::Expr>>;

impl Body<'_> {
    pub(super) fn call(&mut self, callee: &ast::Expr, arguments: &[ast::Argument], span: Span) -> (ir::Expr, Type) {
        let used = std::mem::replace(&mut self.used, true);
        let Some(task) = self.callee(callee) else {
            for argument in arguments {
                self.infer(&argument.value);
            }
            return (ir::Expr::Literal(Literal::None), Type::Unknown);
        };
        let signature = &self.world.tables.tasks[task];
        let matched = self.match_arguments(signature, arguments, callee.span);
        if signature.primitive == Some(Primitive::Sh) {
            if self.nowhere {
                self.diagnostics.push(messages::no_host_yet("`sh`", span));
            }
            return (self.command(&matched, span, used), Type::Output);
        }
        if signature.primitive == Some(Primitive::Raw) {
            self.diagnostics.push(messages::raw_outside(span));
        }
        self.look_at_literals(signature, &matched);
        let (lowered, result) = self.typed_arguments(task, &matched);
        self.note_call(task, callee.span);
        self.note_elsewhere(signature.primitive, &matched, callee.span);
        (ir::Expr::Call(task, lowered, span), result)
    }

    fn callee(&mut self, callee: &ast::Expr) -> Option<usize> {
        match &callee.kind {
            ExprKind::Name(name) => {
                let found = self.tables().task(self.module, &name.text);
                self.record_task(name, found);
                if found.is_none() && !self.tables().is_unread(self.module, &name.text) {
                    let diagnostic = self.no_such_task(name);
                    self.diagnostics.push(diagnostic);
                }
                found
            }
            ExprKind::Field(module, name) => match self.module_named(module) {
                Some(number) => {
                    let found = self.tables().names[number].tasks.get(&*name.text).copied();
                    self.tables().recorder.name(module.span, Meant::Module(number));
                    self.record_task(name, found);
                    if found.is_none() && !self.tables().is_unread(number, &name.text) {
                        let known = self.tables().names[number].tasks.keys().map(|name| &**name);
                        let module = &self.world.modules.all[number].name;
                        let diagnostic = messages::unknown_task_in(module, &name.text, name.span, known);
                        self.diagnostics.push(diagnostic);
                    }
                    found
                }
                None if self.is_lost_module(module) => None,
                None => {
                    let diagnostic = self.not_a_module(module, name);
                    self.diagnostics.push(diagnostic);
                    None
                }
            },
            _ => {
                self.diagnostics.push(messages::not_callable(callee.span));
                None
            }
        }
    }

    fn record_task(&self, name: &ast::Ident, task: Option<usize>) {
        if let Some(task) = task {
            self.tables().recorder.declared(name.span, self.tables().tasks[task].ast.name.span);
        }
    }

    fn no_such_task(&self, name: &ast::Ident) -> crate::diagnostic::Diagnostic {
        let names = &self.tables().names;
        let prelude = names[super::modules::PRELUDE].tasks.keys();
        let known: Vec<&str> = names[self.module].tasks.keys().chain(prelude).map(|name| &**name).collect();
        let uses = self.world.modules.all[self.module].uses.iter();
        let elsewhere = uses
            .filter(|(_, module)| names[**module].tasks.contains_key(&*name.text))
            .map(|(alias, _)| format!("{alias}.{}", name.text))
            .min();
        messages::unknown_task(&name.text, name.span, &known, elsewhere)
    }

    fn not_a_module(&mut self, module: &ast::Expr, name: &ast::Ident) -> crate::diagnostic::Diagnostic {
        match &module.kind {
            ExprKind::Name(written) if !self.is_value(&written.text) => {
                let uses = &self.world.modules.all[self.module].uses;
                let shipped = crate::library::module(&written.text).is_some();
                messages::unknown_module(&written.text, written.span, uses.keys().map(String::as_str), shipped)
            }
            _ => messages::no_methods(&name.text, name.span),
        }
    }

    fn is_value(&self, name: &str) -> bool {
        name == "here" || self.local(name).is_some() || self.tables().value(self.module, name).is_some()
    }

    /// Positional arguments first, then named ones.
    fn match_arguments<'e>(
        &mut self,
        signature: &Signature,
        arguments: &'e [ast::Argument],
        callee: Span,
    ) -> Matched<'e> {
        let mut matched: Matched<'e> = vec![None; signature.params.len()];
        let (mut named, mut stray) = (false, false);
        for (at, argument) in arguments.iter().enumerate() {
            let slot = match &argument.name {
                Some(name) => {
                    named = true;
                    let slot = signature.params.iter().position(|(param, _)| *param == name.text);
                    if let Some(param) = slot.and_then(|slot| signature.ast.params.get(slot)) {
                        self.tables().recorder.declared(name.span, param.name.span);
                    }
                    if slot.is_none() {
                        stray = true;
                        self.diagnostics.push(messages::unknown_argument(signature, name));
                    }
                    slot
                }
                None if named => {
                    stray = true;
                    self.diagnostics.push(messages::positional_after_named(argument.value.span));
                    None
                }
                None if at >= matched.len() => {
                    if at == matched.len() {
                        self.diagnostics.push(messages::too_many_arguments(signature, argument.value.span));
                    }
                    None
                }
                None => Some(at),
            };
            match slot {
                Some(slot) if matched[slot].is_some() => {
                    self.diagnostics.push(messages::argument_twice(&signature.params[slot].0, argument.value.span));
                }
                Some(slot) => matched[slot] = Some(&argument.value),
                None => {
                    self.infer(&argument.value);
                }
            }
        }
        let missing = signature.ast.params.iter().zip(&matched);
        let missing: Vec<&ast::Param> = missing
            .filter(|(param, given)| given.is_none() && param.default.is_none())
            .map(|(param, _)| param)
            .collect();
        // What is missing may be what has no name, or a misspelt one.
        if !missing.is_empty() && !stray {
            self.diagnostics.push(messages::missing_arguments(signature, &missing, callee));
        }
        matched
    }

    fn typed_arguments(&mut self, task: usize, matched: &Matched<'_>) -> (Vec<ir::Expr>, Type) {
        let signature = &self.world.tables.tasks[task];
        let mut open: HashMap<Rc<str>, Type> = HashMap::default();
        let mut lowered = Vec::new();
        for (at, (given, (name, ty))) in matched.iter().zip(&signature.params).enumerate() {
            let value = match given {
                Some(value) => self.typed_argument(signature, at, name, ty, value, &mut open),
                None => ir::Expr::Default(task, at),
            };
            lowered.push(value);
        }
        (lowered, close(&signature.result, &open))
    }

    fn typed_argument(
        &mut self,
        signature: &Signature,
        at: usize,
        name: &str,
        ty: &Type,
        value: &ast::Expr,
        open: &mut HashMap<Rc<str>, Type>,
    ) -> ir::Expr {
        let wanted = close(ty, open);
        let (lowered, found) = self.infer_for(value, Some(&wanted));
        bind(ty, &found, open);
        let wanted = close(ty, open);
        if !found.fits(&wanted) {
            let param = signature.ast.params.get(at).map(|param| param.name.span.to(param.ty.span));
            self.diagnostics.push(messages::argument_mismatch(
                &signature.name,
                name,
                &wanted,
                &found,
                value.span,
                param,
            ));
        }
        lowered
    }

    fn note_call(&mut self, task: usize, span: Span) {
        let signature = &self.world.tables.tasks[task];
        if self.nowhere && signature.primitive.is_none_or(Primitive::needs_a_host) {
            self.diagnostics.push(messages::no_host_yet(&format!("`{}`", signature.name), span));
        }
        if signature.ast.is_extern {
            let effects: Vec<usize> = signature.does.iter().flatten().map(|(effect, _)| *effect).collect();
            self.note_effects(&effects, &format!("`{}`", signature.name), span);
            return;
        }
        self.note(What::Call(task), span);
        if signature.guard.is_some() {
            self.note(What::Guard(task), span);
        }
        if signature.needs.is_some() {
            self.note(What::Needs(task), span);
        }
    }

    /// What a primitive does on another host than the one that it is called on.
    fn note_elsewhere(&mut self, primitive: Option<Primitive>, matched: &Matched<'_>, span: Span) {
        let (effect, there) = match (primitive, matched.first().copied().flatten()) {
            (Some(Primitive::Download), _) => (CHANGE, Predicate::Local),
            (Some(Primitive::PowerOn), Some(host)) if !self.is_here(host) => {
                (POWER, self.hosts_of(host).unwrap_or(Predicate::All))
            }
            _ => return,
        };
        let name = format!("`{}`", primitive.map_or("", Primitive::name));
        let shift = self.shift.then(&Shift::Replace(there));
        self.sites.push(Site { what: What::Effect(effect, name), shift, span, check: self.check });
    }

    fn is_here(&self, value: &ast::Expr) -> bool {
        matches!(&value.kind, ExprKind::Name(name) if name.text == "here") && self.local("here").is_none()
    }

    /// The files of the folder in which one was looked for, as a workflow would write them.
    fn files_beside(&self, name: &str) -> Vec<String> {
        let folder = name.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let names = self.world.loader.names(&self.world.modules.folder.join(&folder));
        names.into_iter().map(|name| format!("{folder}{name}")).collect()
    }

    /// Local files and shipped files that are named by the text itself can be looked for now.
    fn look_at_literals(&mut self, signature: &Signature, matched: &Matched<'_>) {
        let Some(Some(value)) = matched.first() else { return };
        let ExprKind::Text(text) = &value.kind else { return };
        let Some(name) = text.literal() else { return };
        match signature.primitive {
            Some(Primitive::Upload) if !self.world.loader.exists(&self.world.modules.folder.join(&*name)) => {
                let path = self.world.modules.folder.join(&*name);
                let beside = self.files_beside(&name);
                self.diagnostics.push(messages::local_file_missing(&name, &path, &beside, value.span));
            }
            Some(Primitive::Shipped) if crate::library::file(&name).is_none() => {
                self.diagnostics.push(messages::not_shipped(&name, value.span));
            }
            _ => {}
        }
    }
}

/// Learns what the open types of a signature stand for in this call.
fn bind(wanted: &Type, found: &Type, open: &mut HashMap<Rc<str>, Type>) {
    match (wanted, found) {
        (Type::Var(name), found) => {
            let known = open.entry(name.clone()).or_insert(Type::Unknown);
            if let Some(joined) = known.join(found) {
                *known = joined;
            }
        }
        (Type::List(wanted), Type::List(found))
        | (Type::Map(wanted), Type::Map(found))
        | (Type::Optional(wanted), Type::Optional(found)) => bind(wanted, found, open),
        (Type::Optional(wanted), found) => bind(wanted, found, open),
        _ => {}
    }
}

/// A signature's type with the open types that are known filled in.
fn close(ty: &Type, open: &HashMap<Rc<str>, Type>) -> Type {
    match ty {
        Type::Var(name) => open.get(name).cloned().unwrap_or(Type::Unknown),
        Type::List(element) => Type::list(close(element, open)),
        Type::Map(element) => Type::Map(close(element, open).into()),
        Type::Optional(inner) => Type::optional(close(inner, open)),
        other => other.clone(),
    }
}
