//! What is shipped has to pass its own check.

use std::path::Path;

use flowrun::check::primitive::Primitive;

use crate::cases::{check_beside, checked, files_below};

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
    let uses: String = flowrun::library::MODULES.iter().map(|(name, _)| format!("use std/{name}\n")).collect();
    let path = folder.path().join("uses-all.flow");
    std::fs::write(&path, format!("{uses}\nstage one on x86_64 {{\n    print \"hello\"\n}}\n")).unwrap();
    assert_eq!(check_beside(&path).without_lints().rendered(), "");
}

/// What is shipped is not looked at by lints where it is used, so here it is, as if it were the user's own.
#[test]
fn every_module_of_the_library_is_free_of_lints() {
    let folder = tempfile::tempdir().unwrap();
    let names = || flowrun::library::MODULES.iter();
    for (name, text) in names() {
        std::fs::write(folder.path().join(name).with_extension("flow"), text).unwrap();
    }
    let uses: String =
        names().map(|(name, _)| format!("use ./{name}    # allow(W0713) it is there to be read\n")).collect();
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

/// What the prelude declares and the interpreter has are the same tasks.
#[test]
fn every_extern_task_is_a_primitive() {
    let texts =
        std::iter::once(flowrun::library::PRELUDE).chain(flowrun::library::MODULES.iter().map(|(_, text)| *text));
    let lines = texts.flat_map(str::lines).filter_map(|line| line.strip_prefix("extern task "));
    let mut declared: Vec<&str> = lines.filter_map(|rest| rest.split('(').next()).collect();
    let mut known: Vec<&str> = Primitive::ALL.iter().map(|primitive| primitive.name()).collect();
    declared.sort_unstable();
    known.sort_unstable();
    assert_eq!(declared, known);
}

/// What the README shows as flow is flow.
#[test]
fn every_workflow_in_the_readme_is_accepted_without_a_word() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let blocks: Vec<&str> = readme.split("```flow\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 2, "the README shows no workflow");
    let folder = tempfile::tempdir().unwrap();
    for (number, block) in blocks.iter().enumerate() {
        let path = folder.path().join(format!("block-{number}.flow"));
        std::fs::write(&path, block).unwrap();
        assert_eq!(checked(&path), "", "block {number}");
    }
}

/// The demo's refusal in the README is a picture; this is what it is a picture of.
#[test]
fn kernel_flow_with_its_build_on_the_cm3_is_refused_as_the_readme_shows() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = std::fs::read_to_string("workflows/kernel.flow").unwrap();
    let moved = workflow.replace("stage kernel-build on builder, x86_64 only", "stage kernel-build on cm3 only");
    let path = folder.path().join("kernel.flow");
    std::fs::write(&path, moved).unwrap();
    std::fs::copy("tests/cases/place/E0302-build-on-cm3.yml", path.with_extension("yml")).unwrap();
    let rendered = checked(&path).replace(&format!("{}/", folder.path().display()), "");
    insta::assert_snapshot!(rendered);
}

/// Words that no file of the project has.
#[test]
fn nothing_unfinished_is_committed() {
    let words = [concat!("FIX", "ME"), concat!("to", "do!("), concat!("db", "g!("), concat!("unimple", "mented!(")];
    let mut files: Vec<_> = ["src", "tests"].iter().flat_map(|folder| files_below(Path::new(folder), "rs")).collect();
    files.extend(files_below(Path::new("stdlib"), "flow"));
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

/// The data goes one way, and each border is crossed in one place.
#[test]
fn borders_are_kept() {
    let owners = [
        ("openssh::", "src/transport/ssh"),
        ("pest::", "src/syntax src/inventory/ansible/ini.rs src/import/jinja"),
        ("brush_parser::", "src/shell"),
        ("clap::", "src/cli"),
        ("codespan_reporting::", "src/diagnostic/render.rs"),
    ];
    let back = [
        ("src/syntax", &["check", "place", "run", "inventory", "transport", "cli"][..]),
        ("src/diagnostic", &["syntax", "check", "run"]),
        ("src/place", &["syntax", "check", "diagnostic", "inventory", "run"]),
        ("src/shell", &["syntax", "check", "run"]),
        ("src/check", &["lint", "run", "plan", "transport", "report", "lab", "cli"]),
        ("src/transport", &["check", "run", "syntax", "report", "cli"]),
        ("src/lint", &["run", "plan", "transport", "report", "lab", "cli"]),
        ("src/plan", &["run", "transport", "report"]),
        ("src/doc", &["check", "run", "inventory", "transport", "library", "cli"]),
        ("src/inventory", &["syntax", "check", "run", "transport", "cli"]),
        ("src/import", &["check", "place", "run", "transport", "cli"]),
        ("src/run", &["report", "cli", "lab", "syntax::parse"]),
        ("src/lab", &["run", "check", "cli", "syntax"]),
    ];
    for file in files_below(Path::new("src"), "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for (name, owner) in owners {
            assert!(
                !text.contains(name) || owner.split(' ').any(|owner| file.to_string_lossy().starts_with(owner)),
                "{} names {name}",
                file.display()
            );
        }
        for (folder, later) in &back {
            for module in *later {
                let reaches = file.starts_with(folder) && text.contains(&format!("crate::{module}"));
                assert!(!reaches, "{} reaches back to {module}", file.display());
            }
        }
    }
}
