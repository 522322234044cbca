//! From trees to the typed form: names, types, effects, places and conditions.
//!
//! [`load`] reads a workflow with its modules, [`check`] refuses it or gives the [`ir::Workflow`] that the runner takes,
//! [`against_inventory`] holds that against the hosts that there are. Everything is a function of texts; files are
//! reached through [`Loader`] alone.

mod bodies;
mod body;
mod call;
mod command;
mod compare;
mod expression;
mod hosts;
pub mod ir;
mod known;
mod located;
mod messages;
mod modules;
pub mod primitive;
mod prove;
mod record;
mod remedy;
mod resolve;
mod stages;
mod summary;
mod tables;
pub mod testing;
pub mod types;

pub use hosts::{Evidence, Placement, against_inventory, evidence, select_hosts, selector};
pub use known::{Declaration, Kind, Known, Target};
pub use modules::{Loader, Module, Modules, Parsed, TESTS, load, tested, tests_of};
pub use record::{Effect, Place};

use std::collections::BTreeSet;

use bodies::Bodies;
use body::World;
use record::Recorder;
use summary::{Site, Summaries, What};
use tables::Tables;

use crate::diagnostic::Diagnostic;
use crate::inventory::Inventory;
use crate::place::{Attribute, Predicate};
use crate::source::SourceMap;
use crate::syntax::ast;

/// Checks a workflow from its text alone; an inventory only lends its hosts as examples to the messages.
///
/// The workflow is there when no diagnostic is an error.
#[must_use]
pub fn check(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    inventory: Option<&Inventory>,
) -> (Option<ir::Workflow>, Vec<Diagnostic>) {
    let (workflow, diagnostics, _) = check_noting(sources, loader, modules, inventory, Recorder::default());
    (workflow, diagnostics)
}

/// [`check`], with what every name stands for.
#[must_use]
pub fn check_known(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    inventory: Option<&Inventory>,
) -> (Option<ir::Workflow>, Vec<Diagnostic>, Known) {
    let (workflow, diagnostics, tables) = check_noting(sources, loader, modules, inventory, Recorder::on());
    (workflow, diagnostics, Known::new(tables, modules))
}

fn check_noting(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    inventory: Option<&Inventory>,
    recorder: Recorder,
) -> (Option<ir::Workflow>, Vec<Diagnostic>, Tables) {
    let (workflow, mut diagnostics, tables) = check_text(sources, loader, modules, inventory, recorder);
    let Some(accepted) = workflow.as_ref().filter(|_| modules.has_tests()) else {
        return (workflow, diagnostics, tables);
    };
    let (_, found) = testing::cases(sources, loader, modules, accepted);
    let refused = found.iter().any(Diagnostic::is_error);
    diagnostics.extend(found);
    (workflow.filter(|_| !refused), diagnostics, tables)
}

/// [`check`], leaving its tests aside.
fn check_without_tests(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    inventory: Option<&Inventory>,
) -> (Option<ir::Workflow>, Vec<Diagnostic>) {
    let (workflow, diagnostics, _) = check_text(sources, loader, modules, inventory, Recorder::default());
    (workflow, diagnostics)
}

fn check_text(
    sources: &SourceMap,
    loader: &dyn Loader,
    modules: &Modules,
    inventory: Option<&Inventory>,
    recorder: Recorder,
) -> (Option<ir::Workflow>, Vec<Diagnostic>, Tables) {
    let mut diagnostics = Vec::new();
    let mut tables = tables::declare(modules, recorder, &mut diagnostics);
    resolve::resolve(sources, modules, &mut tables, &mut diagnostics);
    let order = stages::order(&tables, &mut diagnostics);
    let world = World { sources, modules, tables: &tables, order: &order, loader };
    let inputs = bodies::lower_inputs(world, &mut diagnostics);
    let (expects, leaves) = stage_conditions(&tables, modules, &mut diagnostics);
    let conditions = expects.iter().chain(&leaves).flatten().map(|(condition, _)| *condition).collect();
    let bodies = bodies::lower(world, &conditions, &mut diagnostics);
    testing::note(world, inventory);
    let mut proofs = prove_places(world, &bodies, inventory, &mut diagnostics);
    proofs.obligations.extend(stages::check_conditions(&tables, &order, &expects, &leaves, &mut diagnostics));
    let workflow = diagnostics
        .iter()
        .all(|diagnostic| !diagnostic.is_error())
        .then(|| assemble(world, (expects, leaves), inputs, bodies, proofs));
    (workflow, diagnostics, tables)
}

fn stage_conditions(
    tables: &Tables,
    modules: &Modules,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<stages::Conditions>, Vec<stages::Conditions>) {
    let mut each = |refs: fn(&ast::Stage) -> &[ast::ConditionRef]| -> Vec<stages::Conditions> {
        tables.stages.iter().map(|stage| stages::conditions(tables, modules, refs(&stage.ast), diagnostics)).collect()
    };
    (each(|stage| &stage.expects), each(|stage| &stage.leaves))
}

/// What came of the proofs, for those who want to see them.
#[derive(Default)]
struct Proofs {
    obligations: Vec<ir::Obligation>,
    elsewhere: Vec<Vec<ir::Elsewhere>>,
    /// The effects of each task, and of each stage, by number.
    task_effects: Vec<Vec<String>>,
    stage_effects: Vec<Vec<String>>,
}

fn prove_places(
    world: World<'_>,
    bodies: &Bodies,
    inventory: Option<&Inventory>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Proofs {
    let tables = world.tables;
    let sites: Vec<&[Site]> = bodies.tasks.iter().map(|task| task.sites.as_slice()).collect();
    let order = match summary::call_order(&sites) {
        Ok(order) => order,
        Err(ring) => {
            let steps: Vec<_> = ring.iter().map(|(task, span)| (tables.tasks[*task].name.clone(), *span)).collect();
            diagnostics.push(messages::recursion(&steps));
            return Proofs::default();
        }
    };
    let summaries = Summaries::new(tables, &sites, &order);
    let mut prover = prove::Prover::new(tables, world.sources, inventory);
    prover.host_sets();
    let mut task_effects = Vec::new();
    for (signature, task) in tables.tasks.iter().zip(&bodies.tasks) {
        let occurrences = summaries.compose(tables, &task.sites);
        task_effects.push(effect_names(tables, signature.does.as_ref(), &occurrences));
        undeclared(tables, signature, &occurrences, &mut prover.diagnostics);
        tables.recorder.task(tables, &occurrences);
        // A check is told of in the body that it stands in, and not once more for each caller.
        prover.checks(&own_checks(&occurrences, &task.sites));
    }
    let mut stage_effects = Vec::new();
    for (number, stage) in bodies.stages.iter().enumerate() {
        let occurrences = summaries.compose(tables, &stage.sites);
        stage_effects.push(effect_names(tables, None, &occurrences));
        prover.checks(&own_checks(&occurrences, &stage.sites));
        prover.stage(number, &occurrences);
        tables.recorder.stage(tables, &occurrences);
    }
    for (number, condition) in bodies.conditions.iter().enumerate() {
        let occurrences = summaries.compose(tables, &condition.sites);
        prover.checks(&occurrences);
        prover.condition(number, &occurrences);
    }
    diagnostics.extend(prover.diagnostics);
    let (obligations, elsewhere) = located::check(tables, world.sources, bodies, &order, world.order);
    diagnostics.extend(elsewhere);
    prover.obligations.extend(obligations);
    Proofs { obligations: prover.obligations, elsewhere: prover.elsewhere, task_effects, stage_effects }
}

/// The names of the effects that something has or declares, sorted.
fn effect_names(
    tables: &Tables,
    declared: Option<&Vec<(usize, crate::source::Span)>>,
    occurrences: &[summary::Occurrence],
) -> Vec<String> {
    let found = occurrences.iter().filter_map(|occurrence| match occurrence.what {
        What::Effect(effect, _) => Some(effect),
        _ => None,
    });
    let effects = declared.into_iter().flatten().map(|(effect, _)| *effect).chain(found);
    let names: BTreeSet<&str> = effects.map(|effect| tables.effects[effect].name.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn own_checks(occurrences: &[summary::Occurrence], sites: &[Site]) -> Vec<summary::Occurrence> {
    let own: Vec<crate::source::Span> = sites.iter().filter_map(|site| site.check).collect();
    occurrences
        .iter()
        .filter(|occurrence| occurrence.check.is_some_and(|check| own.contains(&check)))
        .cloned()
        .collect()
}

fn undeclared(
    tables: &Tables,
    signature: &tables::Signature,
    occurrences: &[summary::Occurrence],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(does) = &signature.does else { return };
    let mut missing: Vec<(&str, &[summary::Step])> = Vec::new();
    for occurrence in occurrences {
        let What::Effect(effect, _) = &occurrence.what else { continue };
        let allowed = *effect == tables::READ || does.iter().any(|(declared, _)| declared == effect);
        let name = tables.effects[*effect].name.as_str();
        if !allowed && missing.iter().all(|(told, _)| *told != name) {
            missing.push((name, &occurrence.chain));
        }
    }
    // An effect that does not exist was told of, and may be the one that is missing.
    let written = signature.ast.does.as_ref().map_or(0, Vec::len);
    if !missing.is_empty() && written == does.len() {
        diagnostics.push(messages::undeclared_effects(signature, &missing));
    }
}

fn assemble(
    world: World<'_>,
    conditions: (Vec<stages::Conditions>, Vec<stages::Conditions>),
    inputs: Vec<Option<ir::Expr>>,
    bodies: Bodies,
    mut proofs: Proofs,
) -> ir::Workflow {
    let (expects, leaves) = conditions;
    let World { sources, tables, order, .. } = world;
    let inputs = tables.inputs.iter().zip(inputs).map(|(input, default)| ir::Input {
        name: input.ast.name.text.to_string(),
        ty: input.ty.clone(),
        default,
        span: input.ast.name.span,
    });
    let inputs = inputs.collect();
    let host_sets = tables.host_sets.iter().map(|set| ir::HostSet {
        name: set.ast.name.text.to_string(),
        predicate: set.predicate.clone(),
        single: set.single,
        span: set.ast.name.span,
        own: set.module != modules::PRELUDE,
    });
    let task_effects = std::mem::take(&mut proofs.task_effects);
    let effects = task_effects.into_iter().chain(std::iter::repeat_with(Vec::new));
    let tasks = tables.tasks.iter().zip(bodies.tasks).zip(effects).map(|((signature, task), effects)| ir::Task {
        name: signature.name.clone(),
        span: signature.ast.name.span,
        effects,
        locals: task.locals,
        defaults: task.defaults,
        needs: signature.needs.clone(),
        body: match signature.primitive {
            Some(primitive) => ir::TaskBody::Extern(primitive),
            None => ir::TaskBody::Flow(task.block),
        },
    });
    let probes = tables.conditions.iter().zip(bodies.conditions).map(|(condition, body)| ir::Condition {
        name: condition.ast.name.text.to_string(),
        span: condition.ast.name.span,
        on: condition.on.clone(),
        probe: body.block,
        locals: body.locals,
    });
    let stages = tables.stages.iter().zip(bodies.stages).enumerate().map(|(number, (stage, body))| {
        let closed =
            stage.ast.only.map(|_| stage.guard.clone().map_or(stage.on.clone(), |guard| stage.on.clone().and(guard)));
        ir::Stage {
            name: stage.ast.name.text.to_string(),
            span: stage.ast.name.span,
            on: stage.on.clone(),
            on_text: sources.slice(stage.ast.on.span).to_owned(),
            on_span: stage.ast.on.span,
            effects: proofs.stage_effects.get_mut(number).map(std::mem::take).unwrap_or_default(),
            elsewhere: proofs.elsewhere.get_mut(number).map(std::mem::take).unwrap_or_default(),
            fence: stage.ast.only.map(|_| stage.guard.clone().unwrap_or_else(|| stage.on.clone())),
            closed,
            after: order.after[number].clone(),
            expects: expects[number].clone(),
            leaves: leaves[number].clone(),
            timeout: stage.ast.timeout.map(|timeout| timeout.millis),
            at_once: stage.ast.at_once.map(|count| usize::try_from(count.value.max(1)).unwrap_or(1)),
            tolerate: stage.ast.tolerate.map_or(0, |count| usize::try_from(count.value.max(0)).unwrap_or(0)),
            single: stages::is_one_host(tables, &stage.on),
            body: body.block,
            finally: body.finally,
            locals: body.locals,
        }
    });
    ir::Workflow {
        inputs,
        host_sets: host_sets.collect(),
        axioms: tables.axioms.clone(),
        classes: tables.classes.iter().map(|class| ((&*class.ast.name.text).into(), class.ast.name.span)).collect(),
        tasks: tasks.collect(),
        conditions: probes.collect(),
        stages: stages.collect(),
        forbidden_classes: forbidden_classes(tables),
        obligations: proofs.obligations,
    }
}

fn forbidden_classes(tables: &Tables) -> Vec<ir::ForbiddenClass> {
    let classes = tables.forbids.iter().flat_map(|forbid| {
        forbid.on.tests().filter_map(|test| match test {
            Predicate::Is(Attribute::Class, class) => Some(ir::ForbiddenClass {
                class: class.clone(),
                effect: tables.effects[forbid.effect].name.clone(),
                span: forbid.span,
            }),
            _ => None,
        })
    });
    classes.collect()
}
