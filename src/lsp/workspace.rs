//! The workflows of the folders worked in.

use std::path::{Path, PathBuf};

/// More files are not looked at for a question about all of them, nor deeper folders.
const MOST_FILES: usize = 2_000;
const DEEPEST: usize = 10;
/// Folders that hold what others made.
const OTHERS: &[&str] = &["target", "node_modules", "vendor"];

/// All `.flow` files below some folders.
pub(super) fn workflows(roots: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for root in roots {
        below(root, DEEPEST, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // A link may lead round in a ring.
        let Ok(kind) = entry.file_type() else { continue };
        if found.len() >= MOST_FILES {
            return;
        } else if kind.is_dir() && depth > 0 && !name.starts_with('.') && !OTHERS.contains(&name.as_str()) {
            below(&path, depth - 1, found);
        } else if kind.is_file() && name.ends_with(".flow") {
            found.push(path);
        }
    }
}
