//! Names that nothing speaks of, and names that hide others.

use rustc_hash::FxHashSet as HashSet;

use super::uses::{Local, Origin, Uses};
use super::{Context, edits, index, messages};
use crate::check::Module;
use crate::diagnostic::{Diagnostic, Fix};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, Item, ItemKind, Statement, StatementKind};

impl<'a> Context<'a> {
    /// The user's modules of which everything could be read, with what is known of their names.
    fn read_modules(&self) -> impl Iterator<Item = (usize, &'a Module, &Uses<'a>)> {
        let modules = self.given.modules.all.iter().zip(&self.uses).enumerate();
        let own = modules.filter_map(|(number, (module, uses))| Some((number, module, uses.as_ref()?)));
        own.filter(|(number, ..)| !self.is_unread(*number))
    }

    /// The declarations of the workflow itself that nothing speaks of. What a module declares may be for others.
    fn unused(&self) -> impl Iterator<Item = (&'a Item, &'a Ident)> {
        let entry = self.given.modules.entry;
        let workflow = self.read_modules().find(|(number, ..)| *number == entry);
        workflow.into_iter().flat_map(|(_, module, uses)| {
            let declared = module.file.items.iter().filter_map(|item| Some((item, index::declared(&item.kind)?)));
            declared.filter(|(_, name)| !uses.mentioned.contains(&*name.text))
        })
    }
}

pub(super) fn unused_input(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let unused = context.unused().filter(|(item, _)| matches!(item.kind, ItemKind::Input(_)));
    found.extend(unused.map(|(_, name)| messages::unused_input(name)));
}

pub(super) fn unused_host(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (item, name) in context.unused() {
        match item.kind {
            ItemKind::Host(_) => found.push(messages::unused_host("host", name)),
            ItemKind::Hosts(_) => found.push(messages::unused_host("hosts", name)),
            _ => {}
        }
    }
}

pub(super) fn unused_task(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // A file without a stage is a module that is checked by itself.
    let items = &context.given.modules.all[context.given.modules.entry].file.items;
    if items.iter().any(|item| matches!(item.kind, ItemKind::Stage(_))) {
        let unused = context.unused().filter(|(item, _)| matches!(item.kind, ItemKind::Task(_)));
        found.extend(unused.map(|(_, name)| messages::unused_task(name)));
    }
}

pub(super) fn unused_condition(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let unused = context.unused().filter(|(item, _)| matches!(item.kind, ItemKind::Condition(_)));
    found.extend(unused.map(|(_, name)| messages::unused_condition(name)));
}

pub(super) fn unused_type(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let unused = context.unused().filter(|(item, _)| matches!(item.kind, ItemKind::Type(_)));
    found.extend(unused.map(|(_, name)| messages::unused_type(name)));
}

pub(super) fn unused_module(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, module, uses) in context.read_modules() {
        for item in &module.file.items {
            let ItemKind::Use(used) = &item.kind else { continue };
            let last = used.module.text.rsplit('/').next().unwrap_or_default();
            let name = used.alias.as_ref().map_or(last, |alias| &*alias.text);
            // What a module declares of hosts, effects and programs counts without being named.
            let counts = module.uses.get(name).is_none_or(|used| declares_for_all(&context.given.modules.all[*used]));
            if !uses.mentioned.contains(name) && !counts {
                let title = format!("`use {}` is taken out", used.module.text);
                // What stands above it would be taken for a comment on what follows.
                let is_bare = item.doc.is_empty();
                let fix = is_bare.then(|| edits::without_lines(context.given.sources, item.span, title)).flatten();
                found.push(messages::unused_module(&used.module.text, name, used.module.span, fix));
            }
        }
    }
}

/// Whether a module declares something that holds wherever it is used.
fn declares_for_all(module: &Module) -> bool {
    module.file.items.iter().any(|item| {
        matches!(item.kind, ItemKind::Class(_) | ItemKind::Effect(_) | ItemKind::Forbid(_) | ItemKind::Program(_))
    })
}

pub(super) fn unused_value(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, _, uses) in context.read_modules() {
        let hiding: HashSet<Span> = uses.hiding.iter().map(|(inner, _)| inner.span).collect();
        for local in &uses.unused {
            if let Origin::Let(statement) = local.origin
                && !local.name.text.starts_with('_')
            {
                let fix = without_value(context, local, statement);
                found.push(messages::unused_value(local.name, hiding.contains(&local.name.span), fix));
            }
        }
    }
}

/// Takes a value out that nobody reads: a command stays, as it is there for what it does.
fn without_value(context: &Context<'_>, local: &Local<'_>, statement: &Statement) -> Option<Fix> {
    let StatementKind::Let { value, .. } = &statement.kind else { return None };
    let title = format!("`{}` is taken out", local.name.text);
    if is_pure(value) {
        return edits::without_lines(context.given.sources, statement.span, title);
    }
    let is_command = matches!(&value.kind, ExprKind::Call(callee, _) if matches!(&callee.kind, ExprKind::Name(name) if name.text == "sh"));
    is_command.then(|| edits::replace(Span { end: value.span.start, ..statement.span }, "", title))
}

/// Whether nothing happens and nothing can fail when a value is made.
fn is_pure(value: &Expr) -> bool {
    let mut pure = match &value.kind {
        ExprKind::Call(..) | ExprKind::Index(..) | ExprKind::Cast(..) | ExprKind::Try(_) => false,
        ExprKind::Binary(op, ..) => {
            use crate::syntax::ast::BinaryOp;
            !matches!(op, BinaryOp::Div | BinaryOp::Rem)
        }
        _ => true,
    };
    super::tree::parts(value, &mut |part| pure = pure && is_pure(part));
    pure
}

pub(super) fn unused_parameter(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for local in context.read_modules().flat_map(|(_, _, uses)| &uses.unused) {
        if let Origin::Parameter(task) = local.origin
            && !local.name.text.starts_with('_')
        {
            found.push(messages::unused_parameter(local.name, &task.name.text));
        }
    }
}

pub(super) fn hidden_name(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (_, _, uses) in context.read_modules() {
        let unused: HashSet<Span> = uses.unused.iter().map(|local| local.name.span).collect();
        // One that is not read either is told of as that.
        let hiding = uses.hiding.iter().filter(|(inner, _)| !unused.contains(&inner.span));
        found.extend(hiding.map(|(inner, outer)| messages::hidden_name(inner, outer.span)));
    }
}
