//! flowrun: a small typed pipeline language, the checker that proves where each of its steps may run, and its runner.
//!
//! The data goes one way, and the modules stand here in the order in which to read them:
//!
//! ```text
//! .flow text ─ syntax ─▶ AST ─ check ─▶ typed IR ─ plan ─▶ stages × hosts ─ run ─▶ events ─▶ report
//! inventory ──────────────────▲                                   transport ──▲
//! ```
//!
//! What is deliberately absent: the checker opens no file and no connection; the interpreter checks nothing that the
//! checker proved; a reader of events knows nothing of how they came about.

pub mod analysis;
pub mod check;
pub mod cli;
pub mod compiled;
pub mod diagnostic;
pub mod doc;
pub mod import;
pub mod inventory;
pub mod journal;
pub mod lab;
pub mod library;
pub mod lint;
pub mod lsp;
pub mod output;
pub mod place;
pub mod plan;
pub mod report;
pub mod run;
pub mod shell;
pub mod source;
pub mod stored;
pub mod syntax;
pub mod testing;
pub mod transport;
