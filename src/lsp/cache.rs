//! What was read already and stands there still.

use std::collections::HashMap;

use crate::check::Parsed;
use crate::source::{FileId, SourceMap};
use crate::syntax::incremental::Reading;

/// The files that were read, each with its text.
#[derive(Debug, Default)]
pub(super) struct Cache {
    readings: HashMap<(String, FileId), Reading>,
}

impl Cache {
    /// More than so many files are not kept: those of workflows that were looked at once.
    const MOST: usize = 256;

    /// Reads a file of `sources`: what is as it was when it was last read is not read again.
    pub(super) fn parse(&mut self, sources: &SourceMap, file: FileId) -> Parsed {
        let Some(source) = sources.get(file) else { return Parsed::new(sources, file) };
        if self.readings.len() > Self::MOST {
            self.readings.clear();
        }
        let reading = self.readings.entry((source.name().to_owned(), file)).or_default();
        reading.update(source.text(), file);
        let (file, diagnostics, commands) = reading.parts(file);
        Parsed { file, diagnostics, commands }
    }
}
