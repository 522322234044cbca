//! One run of a workflow at a time on a host. The lock is on the host and belongs to the connection's remote shell, so that
//! its owner is known to be gone by its process, wherever flowrun itself runs.

use std::rc::Rc;

use super::cluster::{Cluster, Discard, Node};
use super::failure::{Failure, Kind, NO_SPACE, full};
use super::scripts::Script;
use crate::diagnostic::Code;
use crate::transport::{Answer, Host};

/// What a run locks on its hosts.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The name of the workflow: the name of its file.
    pub key: String,
    /// The name of the run.
    pub run: String,
    /// Who runs it, and on which machine.
    pub owner: String,
}

impl Cluster {
    /// Takes the lock of a host that was just connected.
    pub(super) async fn lock(&self, node: &Node, session: &Rc<dyn Host>) -> Result<(), Failure> {
        let Some(lock) = &self.options.lock else { return Ok(()) };
        let shells: Vec<String> = self.hosts.iter().filter_map(|node| node.shell.borrow().clone()).collect();
        let script = Script::Lock.on(&[&lock.key, &lock.run, &lock.owner, &shells.join(" ")]);
        let mut said = Answer::default();
        session.run(&script, &mut said).await?;
        let said = said.text(&node.name)?;
        match said.trim().split(' ').collect::<Vec<_>>().as_slice() {
            ["locked", shell] => {
                *node.shell.borrow_mut() = Some((*shell).to_owned());
                Ok(())
            }
            ["held", run, owner @ ..] => {
                let message = format!("another run of {} is at work on {}", lock.key, node.name);
                Err(Failure::fatal(Code::R0808, message)
                    .note(format!("it is run {run}, started by {}", owner.join(" ")))
                    .help("wait until it has ended, or end it where it was started"))
            }
            ["busy", run] => {
                let message = format!("a durable command of another run of {} goes on on {}", lock.key, node.name);
                Err(Failure::fatal(Code::R0808, message).note(format!("it is run {run}")).help(format!(
                    "take it up with `flowrun resume {run}`, or end it with `flowrun runs --reap {run}`, where it was \
                         started"
                )))
            }
            _ if said.contains(NO_SPACE) => {
                let full = full(&node.name, "~/.local/state/flowrun", "the lock of a run");
                Err(Failure { code: Code::R0808, kind: Kind::Fatal, ..full })
            }
            _ => {
                let message = format!("{} cannot be locked for this run", node.name);
                Err(Failure::fatal(Code::R0808, message)
                    .note(format!("it said: {}", said.trim()))
                    .help("the lock is below ~/.local/state/flowrun of the user there, which has to be writable"))
            }
        }
    }

    /// Gives the lock of a host up. When that fails, the end of the connection does it.
    pub(super) async fn unlock(&self, session: &Rc<dyn Host>) {
        if let Some(lock) = &self.options.lock {
            let _ = session.run(&Script::Unlock.on(&[&lock.key]), &mut Discard).await;
        }
    }
}
