//! `flowrun new`

use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::arguments::New;
use super::{Exit, say};

/// A workflow that says what it does, and is called so until it is written.
const WORKFLOW: &str = include_str!("new/starter.flow");
const NAME: &str = "starter";
const INVENTORY: &str = include_str!("new/inventory.yml");

pub(super) fn main(options: &New) -> Exit {
    let Some((workflow, name)) = named(&options.path) else {
        say(&format!(
            "error: {} names no workflow: letters, digits, `-` and `_` make a name\n",
            options.path.display()
        ));
        return Exit::Usage;
    };
    match write(&workflow, &name) {
        Ok(said) => {
            let shown = workflow.display();
            say(&format!("{shown}: a workflow to start from\n{said}\n"));
            say(&format!("flowrun check {shown}    proves where each stage can run\n"));
            say(&format!("flowrun {shown}          runs it\n"));
            Exit::Done
        }
        Err((path, error)) => refused(&path, &error),
    }
}

/// Writes the workflow and its inventory, and says what became of the inventory.
fn write(workflow: &Path, name: &str) -> Result<String, (PathBuf, Error)> {
    let folder = workflow.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).map_err(|error| (folder.to_path_buf(), error))?;
    create(workflow, &WORKFLOW.replace(NAME, name)).map_err(|error| (workflow.to_path_buf(), error))?;
    let inventory = folder.join("inventory.yml");
    let shown = inventory.display();
    match create(&inventory, INVENTORY) {
        Ok(()) => Ok(format!("{shown}: the hosts, of which this machine is one\n")),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(format!(
            "{shown} is there already and is left as it is: the workflow runs on its host with `connection: local`\n"
        )),
        Err(error) => Err((inventory, error)),
    }
}

/// The workflow's file and its name. What is not called `.flow` is a folder for one of that name.
fn named(path: &Path) -> Option<(PathBuf, String)> {
    let name = path.file_stem()?.to_str()?.to_owned();
    let is_word = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let is_file = path.extension().is_some_and(|extension| extension == "flow");
    let is_plain = is_file || path.extension().is_none();
    let file = if is_file { path.to_path_buf() } else { path.join(&name).with_extension("flow") };
    (is_word && is_plain).then_some((file, name))
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn refused(path: &Path, error: &Error) -> Exit {
    let reason = if error.kind() == ErrorKind::AlreadyExists {
        "it is there already, and nothing is overwritten".to_owned()
    } else {
        error.to_string()
    };
    say(&format!("error: cannot write {}: {reason}\n", path.display()));
    Exit::Usage
}
