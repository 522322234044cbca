//! Ways from a socket of one host to a path of another, in two legs that meet on this machine.

use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use super::cluster::Cluster;
use super::event::Event;
use super::failure::Failure;

/// A way from a socket of one host to a socket of another.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) from: (usize, String),
    pub(super) to: (usize, String),
    /// The directory on this machine in which both legs meet.
    pub(super) meeting: PathBuf,
}

impl Cluster {
    /// Lays a way, which is laid again whenever one of its ends was lost.
    pub(super) async fn lay(self: &Rc<Self>, way: Way) -> Result<(), Failure> {
        if self.ways.borrow().contains(&way) {
            return Ok(());
        }
        self.lay_now(&way).await?;
        let watched = tokio::task::spawn_local(self.clone().watch(way.from.0));
        self.watches.borrow_mut().push(watched.abort_handle());
        self.ways.borrow_mut().push(way);
        Ok(())
    }

    /// The host that a socket is on may have nothing else to do for hours: that its connection is lost is noticed all the
    /// same, so that the way is laid again.
    async fn watch(self: Rc<Self>, host: usize) {
        const EVERY: Duration = Duration::from_secs(10);
        loop {
            tokio::time::sleep(EVERY).await;
            if self.still_connected(host).await {
                continue;
            }
            // When it is not found again, whoever needs it says so.
            let _ = self.session(host).await;
        }
    }

    async fn lay_now(&self, way: &Way) -> Result<(), Failure> {
        let there = self.session(way.from.0).await?;
        let local = there.socket_here(&way.from.1, &way.meeting).await;
        let local = self.noted(way.from.0, &there, local).await?;
        let here = self.session(way.to.0).await?;
        let laid = here.socket_there(&local, &way.to.1).await;
        self.noted(way.to.0, &here, laid).await
    }

    /// Lays the ways of a host again, as far as their other ends are there.
    pub(super) async fn lay_again(&self, host: usize) {
        let ways: Vec<Way> = self.ways.borrow().clone();
        for way in ways.iter().filter(|way| way.from.0 == host || way.to.0 == host) {
            let other = if way.from.0 == host { way.to.0 } else { way.from.0 };
            // The other end, once it is found again, lays the way.
            if self.connected(other).await.is_some()
                && let Err(failure) = self.lay_now(way).await
            {
                let (host, why) = (&self.hosts[host].name, &failure.message);
                self.observer.event(&Event::WayLost { host, why });
            }
        }
    }
}
