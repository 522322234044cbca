//! A workflow's plan and lints as one text, to be kept beside the workflow and read in a review.
//!
//! The same workflow and inventory give the same text wherever they are: no path of this machine, no time, no order that
//! does not matter. What belongs to different hosts or proofs stands on different lines, and nothing is aligned to anything
//! else, so that a difference shows what moved and no more.

use std::borrow::Cow;

use super::narrow::Narrowing;
use super::{ConditionPlan, Known, Level, Named, Plan, StagePlan, plan};
use crate::analysis::Analysis;
use crate::check::Modules;
use crate::check::ir::{HostSet, Stage, Workflow};
use crate::diagnostic::{Diagnostic, Severity, clean, duration, plural};
use crate::inventory::{Host, Inventory};
use crate::output::Checked;
use crate::place::human_size;
use crate::source::{SourceMap, Span};
use crate::syntax::ast::{self, ItemKind};

/// Writes down what was found out; `workflow` and `inventory` are the names to call them by.
#[must_use]
pub fn snapshot(workflow: &str, inventory: Option<&str>, found: &Analysis) -> String {
    let checked = Checked {
        workflow: workflow.into(),
        inventory: inventory.map(Into::into),
        sources: &found.sources,
        diagnostics: &found.diagnostics,
        deny_warnings: false,
    };
    let mut out = Text::default();
    out.line(0, "# What this workflow does where, and how that is known. Written by `flowrun snapshot --accept`.");
    out.heading(&format!("workflow {workflow}"));
    out.entry("inventory", &[inventory.unwrap_or("none: from the text alone").to_owned()]);
    out.entry("check", &[outcome(&checked)]);
    if let (Some(checked), false) = (&found.workflow, checked.refused()) {
        out.inputs(&found.sources, &found.modules);
        out.hosts(found.inventory.as_ref());
        out.plan(checked, &plan(checked, found.inventory.as_ref().zip(found.placement.as_ref())));
    }
    out.diagnostics(found);
    out.0
}

/// What two snapshots are compared by: where a workflow was accepted and is refused now, that its plan is gone says nothing,
/// and the diagnostics say it all.
#[must_use]
pub fn to_compare<'a>(before: &'a str, after: &str) -> Cow<'a, str> {
    if is_refused(before) || !is_refused(after) {
        return before.into();
    }
    let sections = before.split("\n\n").enumerate();
    let kept = sections.filter(|(number, section)| *number < 2 || section.starts_with(DIAGNOSTICS));
    let text = kept.map(|(_, section)| section).collect::<Vec<_>>().join("\n\n");
    format!("{}\n", text.trim_end()).into()
}

fn is_refused(snapshot: &str) -> bool {
    snapshot.lines().any(|line| line.starts_with("  check ") && line.contains(REFUSED))
}

const DIAGNOSTICS: &str = "diagnostics";
const REFUSED: &str = "refused: ";

fn outcome(checked: &Checked<'_>) -> String {
    let (errors, warnings) = (checked.count(Severity::Error), checked.count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => "accepted".to_owned(),
        (0, warnings) => format!("accepted, with {}", plural(warnings, "warning")),
        (errors, _) => format!("{REFUSED}{}", plural(errors, "error")),
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, indent: usize, text: &str) {
        self.0.push_str(&" ".repeat(indent));
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// What a difference below it is said to be in.
    fn heading(&mut self, text: &str) {
        self.0.push('\n');
        self.line(0, text);
    }

    /// A word and what it has, one a line; nothing where there is none.
    fn entry(&mut self, word: &str, items: &[String]) {
        for (number, item) in items.iter().enumerate() {
            let word = if number == 0 { word } else { "" };
            self.line(2, &format!("{word:11}{item}"));
        }
    }

    fn inputs(&mut self, sources: &SourceMap, modules: &Modules) {
        let items = modules.all.iter().filter(|module| !module.is_std).flat_map(|module| &module.file.items);
        let inputs: Vec<&ast::Input> = items
            .filter_map(|item| match &item.kind {
                ItemKind::Input(input) => Some(input),
                _ => None,
            })
            .collect();
        if !inputs.is_empty() {
            self.heading("inputs");
        }
        for input in inputs {
            let end = input.default.as_ref().map_or(input.ty.span, |default| default.span);
            let written = sources.slice(input.name.span.to(end));
            self.line(2, &written.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }

    fn hosts(&mut self, inventory: Option<&Inventory>) {
        let Some(inventory) = inventory else { return };
        self.heading("inventory");
        let mut hosts: Vec<&Host> = inventory.hosts.iter().collect();
        hosts.sort_by_key(|host| &host.name);
        for host in hosts {
            self.line(2, format!("{}: {}", host.name, facts(host)).trim_end_matches([':', ' ']));
        }
    }

    fn plan(&mut self, workflow: &Workflow, plan: &Plan) {
        let own = workflow.host_sets.iter().filter(|set| set.own);
        for (set, named) in own.zip(&plan.names) {
            self.named(set, named);
        }
        for (stage, planned) in workflow.stages.iter().zip(&plan.stages) {
            self.stage(stage, planned);
        }
        for condition in &plan.conditions {
            self.condition(condition);
        }
    }

    fn named(&mut self, set: &HostSet, named: &Named) {
        self.heading(&format!("{} {}", if named.one { "host" } else { "hosts" }, named.name));
        self.entry("selector", &[set.predicate.to_string()]);
        self.resolved(named.hosts.as_deref());
    }

    fn stage(&mut self, stage: &Stage, planned: &StagePlan) {
        self.heading(&format!("stage {}", planned.name));
        self.entry("selector", std::slice::from_ref(&planned.selector));
        self.resolved(planned.hosts.as_deref());
        self.entry("goes to", &planned.elsewhere);
        let within: Vec<String> = planned.within.iter().map(narrowed).collect();
        self.entry("within", &within);
        self.entry("closed to", planned.closed.as_slice());
        self.entry("effects", Some(stage.effects.join(", ")).filter(|effects| !effects.is_empty()).as_slice());
        self.entry("after", &planned.after);
        self.entry("expects", &planned.expects);
        self.entry("leaves", &planned.leaves);
        self.entry("timeout", planned.timeout.map(duration).as_slice());
        self.entry("at once", stage.at_once.map(|count| count.to_string()).as_slice());
        self.entry("tolerates", Some(stage.tolerate).filter(|count| *count > 0).map(|n| n.to_string()).as_slice());
        self.entry("finally", stage.finally.as_ref().map(|_| "yes".to_owned()).as_slice());
        self.known(&planned.obligations, planned.hosts.as_deref());
    }

    fn condition(&mut self, condition: &ConditionPlan) {
        self.heading(&format!("condition {}", condition.name));
        self.resolved(condition.hosts.as_deref());
        self.known(&condition.obligations, condition.hosts.as_deref());
    }

    /// The hosts of an inventory that a selector comes to.
    fn resolved(&mut self, hosts: Option<&[String]>) {
        match hosts {
            None => {}
            Some([]) => self.entry("hosts", &["none".to_owned()]),
            Some(hosts) => self.entry("hosts", &sorted(hosts)),
        }
    }

    /// What had to be shown, a line each, with its level first.
    fn known(&mut self, known: &[Known], own: Option<&[String]>) {
        let lines: Vec<String> = known.iter().map(|known| fact(known, own.unwrap_or_default())).collect();
        self.entry("known", &lines);
    }

    fn diagnostics(&mut self, found: &Analysis) {
        if !found.diagnostics.is_empty() {
            self.heading(DIAGNOSTICS);
        }
        for diagnostic in &found.diagnostics {
            let place = diagnostic.primary_span().map_or_else(|| "-".to_owned(), |span| place(found, span));
            let Diagnostic { severity, code, message, .. } = diagnostic;
            let message = clean(message).replace('\n', " ");
            self.line(2, &format!("{place}: {}[{code}]: {message}", severity.word()));
        }
    }
}

/// Where a diagnostic is, by the declaration that it is in: numbers of lines would change with every line above.
fn place(found: &Analysis, span: Span) -> String {
    let file = found.sources.get(span.file).map_or("-", |source| source.name());
    let items = found.modules.all.iter().flat_map(|module| &module.file.items);
    let item = items
        .filter(|item| item.span.file == span.file)
        .find(|item| item.span.range().contains(&(span.start as usize)));
    let header = item.map(|item| found.sources.slice(item.span).split(['(', ':', '{', '=']).next().unwrap_or_default());
    let words: Vec<&str> = header.into_iter().flat_map(str::split_whitespace).take(2).collect();
    if words.is_empty() { file.to_owned() } else { format!("{file}, {}", words.join(" ")) }
}

/// What the inventory says of a host that places may depend on.
fn facts(host: &Host) -> String {
    let facts = host.facts();
    let mut said: Vec<String> = Vec::new();
    said.extend(facts.class.map(|class| format!("class {class}")));
    said.extend(facts.arch.map(|arch| arch.to_string()));
    said.extend(facts.os.map(|os| os.to_string()));
    said.extend(facts.mem.map(human_size));
    said.extend(facts.cores.map(|cores| plural(cores as usize, "core")));
    said.extend(facts.local.then(|| "local".to_owned()));
    said.extend(facts.groups.iter().map(|group| format!("group {group}")));
    said.join(", ")
}

/// An obligation: how it is known, what it is, on which hosts where these are not the stage's own, and why it arises.
fn fact(known: &Known, own: &[String]) -> String {
    let level = match known.evidence {
        Level::Text => "text",
        Level::Inventory => "inventory",
        Level::ToBeMeasured => "to be measured",
        Level::Open => "left to an inventory",
    };
    let hosts = Some(known.hosts.as_slice()).filter(|hosts| !hosts.is_empty() && *hosts != own);
    let hosts = hosts.map_or_else(String::new, |hosts| format!(", on {}", sorted(hosts).join(", ")));
    let by = if known.by.is_empty() { String::new() } else { format!(": {}", known.by) };
    format!("{level}: {}{hosts}{by}", known.claim)
}

/// An `on` block: its selector, the calls down to it, and its hosts where there is an inventory.
fn narrowed(on: &Narrowing) -> String {
    let by = if on.by.is_empty() { String::new() } else { format!(" by {}", on.by) };
    let hosts = match on.hosts.as_deref() {
        None => String::new(),
        Some([]) => ": none".to_owned(),
        Some(hosts) => format!(": {}", sorted(hosts).join(", ")),
    };
    format!("`on {}`{by}{hosts}", on.selector)
}

fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}
