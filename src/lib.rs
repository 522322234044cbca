//! flowrun: a small typed pipeline language, the checker that proves where each of its steps may run, and its runner.
//!
//! The data goes one way:
//!
//! ```text
//! .flow text ─ syntax ─▶ AST ─ check ─▶ typed IR ─ plan ─▶ stages × hosts ─ run ─▶ events ─▶ report, journal
//! inventory ──────────────────▲                                   transport ──▲
//! ```
//!
//! In the order in which to read them:
//!
//! | modules | what they own |
//! | --- | --- |
//! | [`source`], [`diagnostic`], [`syntax`] | texts and places in them, what is wrong with them, trees, the formatter |
//! | [`shell`], [`compiled`], [`library`], [`stored`] | what shell text runs; the standard library, read when this is built |
//! | [`inventory`], [`place`] | hosts, flowrun's way and Ansible's; predicates over hosts and their proofs |
//! | [`check`], [`lint`], [`analysis`] | from trees to the typed form; advice; all that is known before a run |
//! | [`plan`], [`output`], [`doc`], [`lsp`] | that, told: what runs where, for CI, as a reference, in an editor |
//! | [`transport`], [`run`], [`journal`], [`report`], [`testing`] | hosts, the interpreter and its events, on disk, on the screen, simulated |
//! | [`import`] | from Ansible's playbooks |
//! | [`lab`], [`cli`] | the embedded cluster; the command line, over all |
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
