//! Real files for what is shipped inside of the program: an editor that goes to `pump.start`, or to what E0302 means, opens
//! a file. They are written where caches are, by the version of the program, and may be deleted at any time.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::Code;
use crate::library;

/// Where such files are written.
#[derive(Debug)]
pub(super) struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    pub(super) fn new(cache: Option<PathBuf>) -> Self {
        Library { folder: cache.map(|cache| cache.join(concat!("flowrun/", env!("CARGO_PKG_VERSION")))) }
    }

    /// The file of a shipped module, by the name that messages call it by: `std/pump.flow`.
    pub(super) fn module(&self, name: &str) -> Option<PathBuf> {
        let module = name.strip_prefix("std/")?.strip_suffix(".flow")?;
        let text = if module == "prelude" { Some(library::PRELUDE) } else { library::module(module) };
        self.file(name, text?)
    }

    /// The page of a code.
    pub(super) fn page(&self, code: Code) -> Option<PathBuf> {
        self.file(&format!("codes/{}.md", code.as_str()), code.page())
    }

    /// The module that a file of the cache is.
    pub(super) fn is_shipped(&self, path: &Path) -> bool {
        self.folder.as_ref().is_some_and(|folder| path.starts_with(folder))
    }

    /// Where a shipped text would be written; it need not be there.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.as_deref().unwrap_or(Path::new("")).join(name)
    }

    /// What a `use` calls the module that a file of the cache is; the prelude is used by everything.
    pub(super) fn name_of(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(self.folder.as_ref()?).ok()?.to_str()?.strip_suffix(".flow")?;
        name.starts_with("std/").then(|| if name == "std/prelude" { "std/power".to_owned() } else { name.to_owned() })
    }

    fn file(&self, name: &str, text: &str) -> Option<PathBuf> {
        let path = self.folder.as_ref()?.join(name);
        let is_there = std::fs::read(&path).is_ok_and(|found| found == text.as_bytes());
        if !is_there {
            write_read_only(&path, text).ok()?;
        }
        Some(path)
    }
}

/// Another server may write the same file: each writes one of its own and puts it in place whole.
fn write_read_only(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    let mut permissions = file.as_file().metadata()?.permissions();
    permissions.set_readonly(true);
    file.as_file().set_permissions(permissions)?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
