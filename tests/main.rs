//! The integration tests, in one binary: each further one would link the whole tree again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::test_runner::Config;

mod ansible;
mod cases;
mod ci;
mod doc;
mod editors;
mod emulated;
mod explain;
mod faults;
mod fixes;
mod format;
mod kernel;
mod lab;
mod lints;
mod lsp;
mod manual;
mod outputs;
mod proofs;
mod recorded;
mod reliability;
mod robust;
mod shipped;
mod starter;
mod testing;
mod theorem;

/// So many random cases, or as many as PROPTEST_CASES says: `Config::with_cases` would not ask.
fn random_cases(usual: u32) -> Config {
    let set = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config { failure_persistence: None, ..Config::default() };
    if set { config } else { Config { cases: usual, ..config } }
}
