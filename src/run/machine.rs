//! The machine that flowrun runs on, as far as a workflow touches it: its files, its environment, and what switches hosts
//! on. A test puts another one in its place.

use std::cell::Cell;
use std::io::Result;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use crate::inventory::MacAddress;
use crate::transport::local::Local;
use crate::transport::{Connector, LocalBoxFuture};

/// What a workflow can reach of the machine that flowrun runs on.
pub trait Machine {
    /// The content of a file.
    ///
    /// # Errors
    /// It cannot be read.
    fn read<'a>(&'a self, path: &'a Path) -> LocalBoxFuture<'a, Result<Vec<u8>>>;

    /// Writes a file in one step.
    ///
    /// # Errors
    /// It cannot be written.
    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()>;

    /// Makes a directory, and those above it.
    ///
    /// # Errors
    /// It cannot be made.
    fn make_dir(&self, path: &Path) -> Result<()>;

    /// A variable of the environment.
    fn variable(&self, name: &str) -> Option<String>;

    /// What runs the commands that switch hosts on.
    fn connector(&self) -> Rc<dyn Connector>;

    /// Sends the packet that a network card wakes up at.
    ///
    /// # Errors
    /// It cannot be sent.
    fn wake(&self, address: MacAddress) -> Result<()>;

    /// A host was told to switch on.
    fn switched_on(&self, _host: &str) {}

    /// Waits, before something is tried again.
    fn rest(&self, time: Duration) -> LocalBoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }

    /// How many values a run may still work on; none where it may work as long as it takes.
    fn values_left(&self) -> Option<&Cell<usize>> {
        None
    }

    /// Whether a durable command has to outlive a connection.
    fn is_durable(&self) -> bool {
        true
    }
}

/// The machine itself.
#[derive(Clone, Copy, Debug)]
pub struct ThisMachine;

impl Machine for ThisMachine {
    fn read<'a>(&'a self, path: &'a Path) -> LocalBoxFuture<'a, Result<Vec<u8>>> {
        Box::pin(tokio::fs::read(path))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        super::write_whole(path, bytes)
    }

    fn make_dir(&self, path: &Path) -> Result<()> {
        std::fs::create_dir_all(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn connector(&self) -> Rc<dyn Connector> {
        Rc::new(Local::new())
    }

    /// Six bytes of ones, then the address sixteen times.
    fn wake(&self, address: MacAddress) -> Result<()> {
        let packet: Vec<u8> = std::iter::repeat_n(0xff, 6).chain(address.0.repeat(16)).collect();
        let socket = std::net::UdpSocket::bind("0.0.0.0:0")?;
        socket.set_broadcast(true)?;
        socket.send_to(&packet, "255.255.255.255:9").map(|_| ())
    }
}
