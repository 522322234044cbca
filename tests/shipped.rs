//! What is shipped has to pass its own check.

use std::path::Path;

use crate::cases::{checked, files_below};

#[test]
fn every_shipped_workflow_is_accepted_without_a_word() {
    for path in files_below(Path::new("workflows"), "flow") {
        assert_eq!(checked(&path), "", "{}", path.display());
    }
}

/// A module is checked with everything in it only when something uses it.
#[test]
fn every_module_of_the_library_is_accepted_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let uses: String =
        flowrun::library::MODULES.iter().map(|(name, _)| format!("use std/{name}\n")).collect();
    let path = folder.path().join("uses-all.flow");
    std::fs::write(&path, format!("{uses}\nstage one on x86_64 {{\n    print \"hello\"\n}}\n")).unwrap();
    assert_eq!(checked(&path), "");
}

#[test]
fn every_module_beside_the_prelude_is_in_the_table() {
    let mut files: Vec<String> = files_below(Path::new("stdlib"), "flow")
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "prelude")
        .collect();
    files.sort();
    let table: Vec<&str> = flowrun::library::MODULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, table);
}
