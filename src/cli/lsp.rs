//! `flowrun lsp`

use std::path::PathBuf;

use super::Exit;
use super::files::Disk;
use crate::lsp::{self, Surroundings};

pub(super) fn main() -> Exit {
    let surroundings = Surroundings {
        disk: Box::new(Disk),
        cache: cache(),
        inventory: std::env::var_os("FLOWRUN_INVENTORY").and_then(|path| std::path::absolute(path).ok()),
    };
    if lsp::serve(surroundings) { Exit::Done } else { Exit::Failed }
}

/// Where caches are, as the XDG base directory specification says.
fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")))
}
