//! `flowrun plan`

use super::arguments::{Plan, TextOrJson};
use super::files;
use super::{Exit, give};

pub(super) fn main(options: &Plan) -> Exit {
    let loaded = match files::load(&options.workflow, options.hosts.inventory.as_deref()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    files::show_for_use(&loaded, &options.workflow);
    let (Some(workflow), false) = (&loaded.workflow, loaded.refused()) else { return Exit::Refused };
    let plan = crate::plan::plan(workflow, loaded.inventory.as_ref().zip(loaded.placement.as_ref()));
    match options.format {
        TextOrJson::Human => give(&plan.to_string()),
        TextOrJson::Json => give(&super::as_json(&plan)),
    }
    Exit::Done
}
