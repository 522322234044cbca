//! The integration tests, in one binary: each further one would link the whole tree again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod explain;
mod faults;
mod kernel;
mod lab;
mod proofs;
mod robust;
mod shipped;
