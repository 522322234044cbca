//! The integration tests, in one binary: each further one would link the whole tree again.

mod cases;
mod kernel;
mod lab;
mod shipped;
