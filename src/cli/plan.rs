//! `flowrun plan`

use super::arguments::{Plan, PlanFormat};
use super::files;
use super::{Exit, give};
use crate::plan::graph;

pub(super) fn main(options: &Plan) -> Exit {
    let loaded = match files::load(&options.workflow, options.hosts.inventory.as_deref()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    files::show_for_use(&loaded, &options.workflow);
    let (Some(workflow), false) = (&loaded.workflow, loaded.refused()) else { return Exit::Refused };
    let plan = crate::plan::plan(workflow, loaded.inventory.as_ref().zip(loaded.placement.as_ref()));
    match options.format {
        PlanFormat::Human => give(&plan.to_string()),
        PlanFormat::Json => give(&super::as_json(&plan)),
        PlanFormat::Dot => give(&graph::dot(&plan)),
        PlanFormat::Mermaid => give(&graph::mermaid(&plan)),
    }
    Exit::Done
}
