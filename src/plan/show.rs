//! A plan as text.

use std::fmt::{Display, Formatter, Result};

use super::{Known, Level, Named, Plan, StagePlan};
use crate::diagnostic::{duration, list};

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let width = self.names.iter().map(|named| named.name.chars().count()).max().unwrap_or(0);
        for named in &self.names {
            writeln!(f, "{}", name(named, width))?;
        }
        if !self.names.is_empty() {
            writeln!(f)?;
        }
        for stage in &self.stages {
            writeln!(f, "{stage}")?;
        }
        for condition in self.conditions.iter().filter(|condition| !condition.obligations.is_empty()) {
            writeln!(f, "condition {}{}", condition.name, on(condition.hosts.as_deref()))?;
            obligations(f, &condition.obligations)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

fn name(named: &Named, width: usize) -> String {
    let word = if named.one { "host " } else { "hosts" };
    let level = level(if named.hosts.is_some() { Level::Inventory } else { Level::Open });
    let hosts = named.hosts.as_ref().map_or_else(String::new, |hosts| hosts.join(", "));
    format!("{word} {:width$}  {level:14}  {hosts}", named.name).trim_end().to_owned()
}

fn on(hosts: Option<&[String]>) -> String {
    hosts.map_or_else(String::new, |hosts| format!(" on {}", hosts.join(", ")))
}

impl Display for StagePlan {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{}{}", self.name, on(self.hosts.as_deref()))?;
        writeln!(f, "  selector  {}", self.selector)?;
        for elsewhere in &self.elsewhere {
            writeln!(f, "  goes to   {elsewhere}")?;
        }
        if let Some(closed) = &self.closed {
            writeln!(f, "  closed    to `{closed}`, measured before each host's first step")?;
        }
        for (word, items) in [("after", &self.after), ("expects", &self.expects), ("leaves", &self.leaves)] {
            if !items.is_empty() {
                writeln!(f, "  {word:8}  {}", items.join(", "))?;
            }
        }
        if let Some(timeout) = self.timeout {
            writeln!(f, "  timeout   {}", duration(timeout))?;
        }
        obligations(f, &self.obligations)
    }
}

fn obligations(f: &mut Formatter<'_>, known: &[Known]) -> Result {
    for (number, known) in known.iter().enumerate() {
        let word = if number == 0 { "known" } else { "" };
        writeln!(f, "  {word:8}  {:14}  {}{}", level(known.evidence), known.claim, detail(known))?;
    }
    Ok(())
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Text => "text",
        Level::Inventory => "inventory",
        Level::ToBeMeasured => "to be measured",
        Level::Open => "no inventory",
    }
}

fn detail(known: &Known) -> String {
    match (known.by.as_str(), known.hosts.as_slice()) {
        ("", []) => String::new(),
        ("", hosts) => format!(": {}", list(hosts)),
        (by, []) => format!(": {by}"),
        (by, hosts) => format!(", on {}: {by}", list(hosts)),
    }
}
