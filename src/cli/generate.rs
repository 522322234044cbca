//! `flowrun completions` and `flowrun man`: both are made from what the command line accepts.

use std::path::Path;

use clap::CommandFactory;

use super::arguments::{Cli, Completions, Man};
use super::{Exit, give, say};

pub(super) fn completions(options: &Completions) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "flowrun", &mut script);
    give(&String::from_utf8_lossy(&script));
    Exit::Done
}

pub(super) fn man(options: &Man) -> Exit {
    let written = match &options.output {
        Some(folder) => pages(folder),
        None => page().map(|page| give(&page)),
    };
    match written {
        Ok(()) => Exit::Done,
        Err(error) => {
            say(&format!("error: cannot write the manual: {error}\n"));
            Exit::Usage
        }
    }
}

/// The page of flowrun itself.
fn page() -> std::io::Result<String> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// A page for flowrun and one for each subcommand.
fn pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
}
