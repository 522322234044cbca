//! The flow language for [tree-sitter](https://tree-sitter.github.io).

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_flow() -> *const ();
}

/// The language.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_flow) };

/// What is highlighted how, by the names of Neovim.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");

/// Where other languages stand: shell in commands.
pub const INJECTIONS_QUERY: &str = include_str!("../../queries/injections.scm");
