//! One run of a workflow at a time on a host. The lock is on the host and belongs to the connection's remote shell, so that
//! its owner is known to be gone by its process, wherever flowrun itself runs.

use std::rc::Rc;
use std::time::Duration;

use super::cluster::{Cluster, Discard, Node};
use super::failure::{Failure, Kind, NO_SPACE, full};
use super::scripts::Script;
use crate::diagnostic::Code;
use crate::transport::{Answer, Host};

/// How long another run is given to go, before it is told.
const JUST_KILLED: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// What a run locks on its hosts.
#[derive(Clone, Debug)]
pub struct Lock {
    /// The name of the workflow: the name of its file.
    pub key: String,
    /// The name of the run.
    pub run: String,
    /// This process of the run, unlike any other.
    pub part: String,
    /// The workflow's path, who runs it, and on which machine.
    pub owner: String,
}

impl Cluster {
    /// Takes the lock of a host that was just connected.
    pub(super) async fn lock(&self, node: &Node, session: &Rc<dyn Host>) -> Result<(), Failure> {
        let Some(lock) = &self.options.lock else { return Ok(()) };
        let lost = self.hosts.iter().flat_map(|node| node.lost_shells.borrow().clone()).collect::<Vec<_>>().join(" ");
        let script = Script::Lock.on(&[&lock.key, &lock.run, &lock.part, &lost, &lock.owner]);
        let started = tokio::time::Instant::now();
        let said = loop {
            let mut said = Answer::default();
            session.run(&script, &mut said).await?;
            let said = said.text(&node.name)?;
            // One that was just killed ends within a moment.
            if !said.starts_with("held ") || started.elapsed() > JUST_KILLED {
                break said;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        };
        match said.trim().split(' ').collect::<Vec<_>>().as_slice() {
            ["locked", shell] => {
                *node.shell.borrow_mut() = Some((*shell).to_owned());
                Ok(())
            }
            ["held", run, owner @ ..] => {
                let message = format!("another run of {} is at work on {}", lock.key, node.name);
                Err(Failure::fatal(Code::R0808, message)
                    .note(format!("it is run {run} of {}", owner.join(" ")))
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
