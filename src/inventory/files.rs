//! The way to files that an inventory consists of: reading an inventory opens none itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where files come from: the disk, an editor, what was kept of a run.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn load(&self, path: &Path) -> Result<String, String>;

    /// The names of what is in a folder, in any order; none where it is no folder.
    fn names(&self, folder: &Path) -> Vec<String>;
}

/// Files that are kept in memory.
#[derive(Clone, Debug, Default)]
pub struct Texts(BTreeMap<PathBuf, String>);

impl Texts {
    /// The text of a file, where it is one of them.
    #[must_use]
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

impl FromIterator<(PathBuf, String)> for Texts {
    fn from_iter<I: IntoIterator<Item = (PathBuf, String)>>(files: I) -> Self {
        Texts(files.into_iter().collect())
    }
}

impl Files for Texts {
    fn load(&self, path: &Path) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| String::from("there is no such file"))
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let below = self.0.keys().filter_map(|path| path.strip_prefix(folder).ok()?.components().next());
        let mut names: Vec<String> = below.map(|name| name.as_os_str().to_string_lossy().into_owned()).collect();
        names.dedup();
        names
    }
}
