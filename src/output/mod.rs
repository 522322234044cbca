//! What was found in workflows, as other programs take it: editors, code scanning, CI. Each format is a function from
//! [`Checked`] to text.

mod checked;
mod github;
mod json;
mod junit;
mod paths;
mod sarif;
mod short;

pub use checked::Checked;
pub use github::github;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
pub use short::short;
