//! Ends what a run that was cut off has left on hosts.

use std::rc::Rc;
use std::time::Duration;

use super::cluster::{Cluster, Options};
use super::event::{Event, Observer};
use super::failure::Failure;
use super::past::Past;
use super::scripts::Script;
use crate::inventory::Inventory;
use crate::place::Axioms;
use crate::transport::{Command, Connector};

/// Ends the durable commands of a run and undoes what it made for itself alone; tells the observer what is gone. Gives the
/// hosts that still hold something, each with the reason.
pub async fn reap(
    inventory: Inventory,
    connector: Box<dyn Connector>,
    observer: Rc<dyn Observer>,
    past: &Past,
    connect_timeout: Duration,
) -> Vec<(String, Failure)> {
    let options = Options { connect_timeout, reconnect: Duration::ZERO, accept_new_host_keys: false, lock: None };
    let cluster = Rc::new(Cluster::new(inventory, Axioms::default(), connector, observer.clone(), options, Vec::new()));
    let mut left = Vec::new();
    let durables =
        past.durables.iter().map(|durable| (&durable.host, Some(&durable.name), Script::End.on(&[&durable.name])));
    let owed = past.owed.iter().rev().map(|(host, script)| (host, None, Command::new(script.as_str())));
    for (name, durable, command) in durables.chain(owed) {
        // A host that the inventory no longer has cannot be asked.
        let Some(host) = cluster.hosts.iter().position(|host| host.name == *name) else {
            let message = format!("the inventory has no host `{name}` any more");
            left.push((name.clone(), Failure::fatal(crate::diagnostic::Code::R0802, message)));
            continue;
        };
        match (cluster.ask(host, &command).await, durable) {
            (Ok((exit, said)), _) if !exit.success() => {
                let message = format!("it could not be ended there: {}", said.trim());
                left.push((name.clone(), Failure::step(crate::diagnostic::Code::R0803, message)));
            }
            (Ok(_), Some(durable)) => observer.event(&Event::DurableEnded { host: name, name: durable }),
            (Ok(_), None) => observer.event(&Event::Settled { host: name, script: &command.script }),
            (Err(failure), _) => left.push((name.clone(), failure)),
        }
    }
    cluster.close().await;
    left
}
