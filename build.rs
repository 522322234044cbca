//! Reads the standard library, so that the program need not do so each time it starts.
//!
//! The parsers are the program's own. They know nothing of the rest of it, and so they can be compiled here too.

#![allow(
    dead_code,
    unfulfilled_lint_expectations,
    unreachable_pub,
    unused_imports,
    reason = "they are modules of a library, of which this needs a part"
)]

use std::error::Error;
use std::path::Path;

#[path = "src/compiled.rs"]
mod compiled;
#[path = "src/diagnostic/mod.rs"]
mod diagnostic;
#[path = "src/shell/mod.rs"]
mod shell;
#[path = "src/source.rs"]
mod source;
#[path = "src/stored.rs"]
mod stored;
#[path = "src/syntax/mod.rs"]
mod syntax;

use stored::Stored as _;

const LIBRARY: &str = "stdlib";

/// All that goes into the result.
const INPUTS: &[&str] = &[
    LIBRARY,
    "grammar",
    "src/compiled.rs",
    "src/diagnostic",
    "src/shell",
    "src/source.rs",
    "src/stored.rs",
    "src/syntax",
];

#[expect(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]
fn main() -> Result<(), Box<dyn Error>> {
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = std::env::var("OUT_DIR")?;
    for entry in std::fs::read_dir(LIBRARY)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "flow") {
            let name = path.file_name().unwrap_or_default();
            let (found, file) = (compile(&path)?, Path::new(&out).join(name));
            std::fs::write(file.with_extension("compiled"), found.bytes)?;
            std::fs::write(file.with_extension("texts"), found.texts)?;
        }
    }
    Ok(())
}

fn compile(path: &Path) -> Result<stored::Writer, Box<dyn Error>> {
    let mut sources = source::SourceMap::new();
    let id = sources.add(path.to_string_lossy(), &std::fs::read_to_string(path)?);
    let (file, diagnostics) = syntax::parse(&sources, id);
    if !diagnostics.is_empty() {
        return Err(diagnostic::render_all(&diagnostics, &sources, diagnostic::Style::default()).into());
    }
    let mut out = stored::Writer::default();
    compiled::Compiled::new(file).write(&mut out);
    Ok(out)
}
