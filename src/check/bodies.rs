//! The bodies of tasks, stages and conditions in their typed form.
//!
//! Of the library only those are read that the workflow comes to: that all of them are right was seen when it was made, and
//! they are more than most workflows.

use rustc_hash::FxHashSet as HashSet;

use super::body::{Body, World};
use super::summary::{Site, What};
use super::tables::{self, Signature};
use super::types::Type;
use super::{ir, messages};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;

/// A body in its typed form, with what it does; nothing, where nobody comes to it.
#[derive(Default)]
pub(super) struct Lowered {
    /// What its parameters are when a call leaves them out.
    pub(super) defaults: Vec<Option<ir::Default>>,
    pub(super) block: ir::Block,
    pub(super) finally: Option<ir::Block>,
    pub(super) locals: usize,
    pub(super) sites: Vec<Site>,
}

impl Lowered {
    fn calls(&self) -> impl Iterator<Item = usize> {
        self.sites.iter().filter_map(|site| match site.what {
            What::Call(task) => Some(task),
            _ => None,
        })
    }
}

/// All bodies, each by its number.
pub(super) struct Bodies {
    pub(super) tasks: Vec<Lowered>,
    pub(super) stages: Vec<Lowered>,
    pub(super) conditions: Vec<Lowered>,
}

/// The typed form of each input's default, which is evaluated before there is a host.
pub(super) fn lower_inputs(world: World<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Option<ir::Expr>> {
    let mut lower = |input: &tables::InputDecl| {
        let mut body = Body::new(world, input.module, None, Type::Unit);
        body.nowhere = true;
        let default = input.ast.default.as_ref().map(|default| body.expect(default, &input.ty));
        diagnostics.append(&mut body.diagnostics);
        default
    };
    world.tables.inputs.iter().map(&mut lower).collect()
}

/// The typed form of all bodies that count, `asked` being the conditions that stages name.
pub(super) fn lower(world: World<'_>, asked: &HashSet<usize>, diagnostics: &mut Vec<Diagnostic>) -> Bodies {
    let tables = world.tables;
    let stages: Vec<Lowered> = (0..tables.stages.len()).map(|number| stage(world, number, diagnostics)).collect();
    let conditions: Vec<Lowered> = (0..tables.conditions.len())
        .map(|number| {
            let counts = asked.contains(&number) || counts(world, tables.conditions[number].module);
            if counts { condition(world, number, diagnostics) } else { Lowered::default() }
        })
        .collect();
    // A call of an `extern` is no call of a body; what it has are defaults.
    let own = |task: &usize| tables.tasks[*task].ast.is_extern || counts(world, tables.tasks[*task].module);
    let own = (0..tables.tasks.len()).filter(own);
    let called = stages.iter().chain(&conditions).flat_map(Lowered::calls);
    let tasks = tasks(world, own.chain(called).collect(), diagnostics);
    Bodies { tasks, stages, conditions }
}

/// Whether the bodies of a module count, whoever comes to them: all of them for those who want to know all.
fn counts(world: World<'_>, module: usize) -> bool {
    !world.modules.all[module].is_std || world.tables.recorder.is_on()
}

/// The bodies of tasks, and of those that they call.
fn tasks(world: World<'_>, mut open: Vec<usize>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Lowered> {
    let mut found: Vec<Option<(Lowered, Vec<Diagnostic>)>> = Vec::new();
    found.resize_with(world.tables.tasks.len(), || None);
    while let Some(number) = open.pop() {
        if found[number].is_none() {
            let mut told = Vec::new();
            let lowered = task(world, &world.tables.tasks[number], &mut told);
            open.extend(lowered.calls());
            found[number] = Some((lowered, told));
        }
    }
    let each = found.into_iter().map(Option::unwrap_or_default);
    each.map(|(lowered, told)| {
        diagnostics.extend(told);
        lowered
    })
    .collect()
}

fn task(world: World<'_>, signature: &Signature, diagnostics: &mut Vec<Diagnostic>) -> Lowered {
    let mut body = Body::new(world, signature.module, None, signature.result.clone());
    for (param, (_, ty)) in signature.ast.params.iter().zip(&signature.params) {
        body.bind(&param.name, ty.clone(), None);
    }
    let block = signature.ast.body.as_ref().map_or_else(Vec::new, |block| body.block(block));
    if let Some(written) = &signature.ast.body {
        promised_value(&mut body, &signature.name, &signature.result, written, signature.ast.name.span);
    }
    let mut lowered = finish(body, block, None, diagnostics);
    lowered.defaults = lower_defaults(world, signature, &mut lowered.sites, diagnostics);
    lowered
}

/// The typed form of each parameter's default. What it does, the task does, whether or not a call leaves it out.
fn lower_defaults(
    world: World<'_>,
    signature: &Signature,
    sites: &mut Vec<Site>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Option<ir::Default>> {
    let mut lower = |(param, (_, ty)): (&ast::Param, &(String, Type))| {
        let default = param.default.as_ref()?;
        let mut body = Body::new(world, signature.module, None, Type::Unit);
        let value = body.expect(default, ty);
        let locals = body.locals();
        sites.append(&mut body.sites);
        diagnostics.append(&mut body.diagnostics);
        Some(ir::Default { value, locals })
    };
    signature.ast.params.iter().zip(&signature.params).map(&mut lower).collect()
}

fn stage(world: World<'_>, number: usize, diagnostics: &mut Vec<Diagnostic>) -> Lowered {
    let stage = &world.tables.stages[number];
    let mut body = Body::new(world, world.modules.entry, Some(number), stage.result.clone());
    let block = body.block(&stage.ast.body);
    promised_value(&mut body, &stage.ast.name.text, &stage.result, &stage.ast.body, stage.ast.name.span);
    let finally = stage.ast.finally.as_ref().map(|finally| body.block(finally));
    finish(body, block, finally, diagnostics)
}

fn condition(world: World<'_>, number: usize, diagnostics: &mut Vec<Diagnostic>) -> Lowered {
    let condition = &world.tables.conditions[number];
    let mut body = Body::new(world, condition.module, None, Type::Unit);
    let block = body.check_block(&condition.ast.probe, condition.ast.name.span);
    finish(body, block, None, diagnostics)
}

fn finish(body: Body<'_>, block: ir::Block, finally: Option<ir::Block>, diagnostics: &mut Vec<Diagnostic>) -> Lowered {
    let locals = body.locals();
    diagnostics.extend(body.diagnostics);
    Lowered { defaults: Vec::new(), block, finally, locals, sites: body.sites }
}

/// A body whose header promises a value has to end in one on every path.
fn promised_value(body: &mut Body<'_>, name: &str, wanted: &Type, block: &ast::Block, span: Span) {
    let optional = matches!(wanted, Type::Unit | Type::Optional(_) | Type::Unknown);
    if !optional && !always_ends(block) {
        body.diagnostics.push(messages::may_end_without(name, wanted, span));
    }
}

fn always_ends(block: &ast::Block) -> bool {
    use ast::{Else, StatementKind as Kind};
    block.statements.iter().any(|statement| match &statement.kind {
        Kind::Return(_) | Kind::Fail(_) => true,
        Kind::If(_, then, Some(other)) => {
            let other = match other.as_ref() {
                Else::Block(block) => always_ends(block),
                Else::If(nested) => {
                    let block = ast::Block { statements: vec![nested.clone()], span: nested.span };
                    always_ends(&block)
                }
            };
            always_ends(then) && other
        }
        Kind::Try(body, _, rescue) => always_ends(body) && always_ends(rescue),
        Kind::Retry(_, _, body) | Kind::Timeout(_, body) | Kind::At(_, body) => always_ends(body),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::check::{self, Loader};
    use crate::source::SourceMap;

    struct Disk;

    impl Loader for Disk {
        fn load(&self, path: &Path) -> Result<String, String> {
            std::fs::read_to_string(path).map_err(|error| error.to_string())
        }

        fn exists(&self, path: &Path) -> bool {
            path.exists()
        }
    }

    /// The tasks that something calls, taken from how it is shown.
    fn called(shown: &str) -> Vec<usize> {
        let number = |rest: &str| rest.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok();
        shown.split("Call(").skip(1).filter_map(number).collect()
    }

    #[test]
    fn what_a_workflow_comes_to_is_read_as_if_all_were() {
        let mut left_out = 0;
        for entry in std::fs::read_dir("workflows").unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "flow") {
                continue;
            }
            let mut sources = SourceMap::new();
            let text = std::fs::read_to_string(&path).unwrap();
            let (modules, _) = check::load(&mut sources, &Disk, &path, &text);
            let reached = check::check(&sources, &Disk, &modules, None).0.unwrap();
            let all = check::check_known(&sources, &Disk, &modules, None).0.unwrap();
            assert_eq!(format!("{:?}", reached.stages), format!("{:?}", all.stages), "{}", path.display());
            let mut open = called(&format!("{:?}", reached.stages));
            for (condition, whole) in reached.conditions.iter().zip(&all.conditions) {
                let condition = format!("{condition:?}");
                if condition == format!("{whole:?}") {
                    open.extend(called(&condition));
                }
            }
            let mut seen = vec![false; all.tasks.len()];
            while let Some(task) = open.pop() {
                if !std::mem::replace(&mut seen[task], true) {
                    let shown = format!("{:?}", reached.tasks[task]);
                    assert_eq!(shown, format!("{:?}", all.tasks[task]), "{}", path.display());
                    open.extend(called(&shown));
                }
            }
            left_out += seen.iter().filter(|seen| !**seen).count();
        }
        assert!(left_out > 0, "no workflow uses all of the library");
    }
}
