//! The language server: what editors ask of a workflow, answered from the same analysis that `flowrun check` makes.
//!
//! It is one thread that looks at texts, between two that carry messages. A text that changed is not looked at before
//! everything that waits is read, so that of many changes only the last one counts. What was read of a file and stands there
//! still is not read again (`cache`); everything else is found out anew each time, so that nothing can be out of date.
//! The types of the protocol are known to this folder alone.

mod actions;
mod before;
mod cache;
mod complete;
mod connection;
mod diagnostics;
mod documents;
mod folding;
mod format;
mod hints;
mod hover;
mod in_test;
mod lex;
mod library;
mod names;
mod navigate;
mod place;
mod rename;
mod requests;
mod server;
mod session;
mod settings;
mod signature;
mod symbols;
mod text;
mod tokens;
mod unit;
mod workspace;
mod world;

use std::path::PathBuf;

use crate::check::Loader;

/// What the server is told of where it runs.
pub struct Surroundings {
    /// The way to files that are not open.
    pub disk: Box<dyn Loader>,
    /// Where files may be written that can be made again.
    pub cache: Option<PathBuf>,
    /// The inventory of workflows that have none beside them.
    pub inventory: Option<PathBuf>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Surroundings { disk: _, cache, inventory } = self;
        f.debug_struct("Surroundings").field("cache", cache).field("inventory", inventory).finish_non_exhaustive()
    }
}

/// Serves an editor over standard input and output, until it is done. Whether it said that it was: one that is cut off did
/// not.
#[must_use]
pub fn serve(surroundings: Surroundings) -> bool {
    let Surroundings { disk, cache, inventory } = surroundings;
    let session = session::Session::new(disk, cache, inventory);
    server::Server::new(connection::Peer::stdio(), session).serve()
}
