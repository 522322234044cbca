//! Ways from a socket of one host to a path of another, in two legs that meet on this machine.

use std::path::PathBuf;

use super::cluster::Cluster;
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
    pub(super) async fn lay(&self, way: Way) -> Result<(), Failure> {
        if self.ways.borrow().contains(&way) {
            return Ok(());
        }
        self.lay_now(&way).await?;
        self.ways.borrow_mut().push(way);
        Ok(())
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
            if self.connected(other).await.is_some() {
                let _ = self.lay_now(way).await;
            }
        }
    }
}
