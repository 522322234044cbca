//! `flowrun plan`

use super::arguments::Plan;
use super::files;
use super::{Exit, give, say};

pub(super) fn main(options: &Plan) -> Exit {
    let loaded = match files::load(&options.workflow, options.hosts.inventory.as_deref()) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    files::show(&loaded);
    let (Some(workflow), false) = (&loaded.workflow, loaded.refused()) else { return Exit::Refused };
    let (Some(inventory), Some(placement)) = (&loaded.inventory, &loaded.placement) else {
        say(
            "error: a plan needs an inventory: give one by `-i FILE` or FLOWRUN_INVENTORY, or put inventory.yml beside the workflow\n",
        );
        return Exit::Usage;
    };
    give(&crate::plan::text(workflow, inventory, placement));
    Exit::Done
}
