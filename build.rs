//! Reads the standard library, so that the program need not do so each time it starts.
//!
//! The parser is the program's own. It knows nothing of the rest of it, and so it can be compiled here too.

#![allow(
    dead_code,
    unfulfilled_lint_expectations,
    unreachable_pub,
    unused_imports,
    reason = "they are modules of a library, of which this needs a part"
)]

use std::path::Path;

#[path = "src/diagnostic/mod.rs"]
mod diagnostic;
#[path = "src/source.rs"]
mod source;
#[path = "src/syntax/mod.rs"]
mod syntax;

const LIBRARY: &str = "stdlib";

/// All that goes into the trees.
const INPUTS: &[&str] = &[LIBRARY, "grammar", "src/diagnostic", "src/source.rs", "src/syntax"];

#[expect(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = std::env::var("OUT_DIR")?;
    for entry in std::fs::read_dir(LIBRARY)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "flow") {
            let name = path.file_name().unwrap_or_default();
            std::fs::write(Path::new(&out).join(name).with_extension("tree"), tree(&path)?)?;
        }
    }
    Ok(())
}

fn tree(path: &Path) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut sources = source::SourceMap::new();
    let id = sources.add(path.to_string_lossy(), &std::fs::read_to_string(path)?);
    let (file, diagnostics) = syntax::parse(&sources, id);
    if diagnostics.is_empty() {
        Ok(syntax::stored::write(&file))
    } else {
        Err(diagnostic::render_all(&diagnostics, &sources, diagnostic::Style::default()).into())
    }
}
