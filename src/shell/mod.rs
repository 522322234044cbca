//! Reads the shell text of an `sh` call: which programs it runs, and how each spliced value has to be quoted.
//!
//! Reading order: `template` (the text and its splices), `prepare`, `scan` and `here` (what the shell parser cannot read is
//! taken out), `parse` (the shell parser and its limits), `walk` (every command position), `words` and `decoded` (what a
//! word is once its quotes are gone), `wrappers`, `options` and `through` (programs that run another program), `code`
//! (texts that another shell reads), `aside` and `sed` (programs that run or write by the way), `variables` (whose values are run), `builtins`, `remarks` (how it is
//! written, for lints), `collect` (what was found), `quote`.
//!
//! The analysis errs on one side: what cannot be read is an error, what cannot be known is dynamic, and a splice that is
//! not found in a place known to be safe may not be filled. Absent on purpose: any execution, and any file access.

mod analysis;
mod aside;
mod builtins;
mod code;
mod collect;
mod decoded;
mod here;
mod options;
mod parse;
mod prepare;
mod quote;
mod remarks;
mod scan;
mod scope;
mod sed;
mod stored;
mod template;
mod through;
mod variables;
mod walk;
mod words;
mod wrappers;

#[cfg(test)]
mod tests;

pub use analysis::{Analysis, Invocation, Manner, Place, Program, Remark, ShellError, SpliceContext, Word, Write};
pub use quote::{QuoteError, Quoting, quote, quote_list};
pub use template::{Part, Position, Template};

/// Whether a program of the prelude runs the value of a variable of this name, as git does that of `PAGER`.
#[must_use]
pub fn runs_its_value(variable: &str) -> bool {
    variables::is_run(variable)
}

/// Reads a shell text.
///
/// Text that cannot be read gives errors, never a panic; input that nests deep is refused within bounded time.
#[must_use]
pub fn analyse(template: &Template) -> Analysis {
    walk::analyse(template)
}
