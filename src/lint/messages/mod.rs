//! All words of the lints: a function for each, a file for each thing that they are about.

mod allow;
mod commands;
mod flow;
mod names;
mod places;
mod text;

pub(super) use allow::*;
pub(super) use commands::*;
pub(super) use flow::*;
pub(super) use names::*;
pub(super) use places::*;
pub(super) use text::*;
