//! All words of the checker: a function for each diagnostic, a file for each thing that it is about.

mod arguments;
mod commands;
mod declarations;
mod effects;
mod hosts;
mod located;
mod places;
mod selectors;
mod stages;
mod testing;
mod values;

pub(super) use arguments::*;
pub(super) use commands::*;
pub(super) use declarations::*;
pub(super) use effects::*;
pub(super) use hosts::*;
pub(super) use located::*;
pub(super) use places::*;
pub(super) use selectors::*;
pub(super) use stages::*;
pub(super) use testing::*;
pub(super) use values::*;

use crate::diagnostic::did_you_mean;

/// The help for a misspelt name.
fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    did_you_mean(name, known).map(|found| format!("did you mean `{found}`?"))
}
