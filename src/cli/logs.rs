//! `flowrun logs`

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use super::arguments::Logs;
use super::{Exit, execute, give, say};
use crate::journal::record::Record;
use crate::journal::{self, Store};

pub(super) fn main(options: &Logs) -> Exit {
    logs(options).map_or_else(|exit| exit, |()| Exit::Done)
}

fn logs(options: &Logs) -> Result<(), Exit> {
    let store = execute::store()?;
    let run = find(&store, options.run.as_deref())?;
    let head = run.story().map_err(|error| execute::failed(&error))?.head;
    if let Some(stage) = &options.stage
        && !head.stages.contains(stage)
    {
        let stages: Vec<&str> = head.stages.iter().map(String::as_str).collect();
        say(&format!("error: run {} has no stage `{stage}`: it has {}\n", run.name, crate::diagnostic::list(&stages)));
        return Err(Exit::Usage);
    }
    let wanted = |stage: &str, host: &str| {
        options.stage.as_deref().is_none_or(|wanted| wanted == stage)
            && options.host.as_deref().is_none_or(|wanted| wanted == host)
    };
    let bare = options.host.is_some();
    let mut printer = Printer { run: &run, bare };
    let mut open: BTreeMap<u64, (String, String)> = BTreeMap::new();
    let mut printed = Ok(());
    let read = run.read(|record| match record {
        Record::StepStarted { stage, lane, step, .. } if wanted(stage, lane) => {
            open.insert(*step, (stage.clone(), lane.clone()));
        }
        Record::StepEnded { step, .. } => {
            if let Some((stage, host)) = open.remove(step)
                && printed.is_ok()
            {
                printed = printer.log(&stage, &host, *step);
            }
        }
        Record::Printed { stage, host, text } if wanted(stage, host) => {
            crate::diagnostic::clean(text).split('\n').for_each(|line| printer.line(stage, host, line));
        }
        _ => {}
    });
    read.map_err(|error| execute::failed(&error))?;
    printed?;
    open.into_iter().try_for_each(|(step, (stage, host))| printer.log(&stage, &host, step))
}

/// The run of this name, or the last one.
fn find(store: &Store, name: Option<&str>) -> Result<journal::Run, Exit> {
    let found = match name {
        Some(name) => store.find(name).map(Some),
        None => store.runs().map(|mut runs| runs.pop()),
    };
    found.map_err(|error| execute::failed(&error))?.ok_or_else(|| {
        say("error: there are no runs\n");
        Exit::Usage
    })
}

struct Printer<'a> {
    run: &'a journal::Run,
    bare: bool,
}

impl Printer<'_> {
    fn line(&mut self, stage: &str, host: &str, line: &str) {
        match self.bare {
            true => give(&format!("{line}\n")),
            false => give(&format!("{stage} {host} │ {line}\n")),
        }
    }

    fn log(&mut self, stage: &str, host: &str, step: u64) -> Result<(), Exit> {
        let Some(log) = self.run.log(stage, host, step).map_err(|error| execute::failed(&error))? else {
            return Ok(());
        };
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            self.line(stage, host, &line);
        }
        Ok(())
    }
}
