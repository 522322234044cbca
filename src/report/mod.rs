//! Readers of a run's events. Each knows events alone.

mod json;
mod terminal;

pub use json::Json;
pub use terminal::Terminal;
