//! What a body does and where, relative to the place that it is called from; composed through calls.
//!
//! A task is summarised once: each thing that it does, with the way its place moves, and one chain of calls down to it.
//! Callers compose these summaries, so that the depth and number of calls cost nothing.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use super::messages;
use super::tables::Tables;
use crate::place::Predicate;
use crate::source::Span;

/// How the place of something relates to the place that its body was entered with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shift {
    /// The same hosts.
    Same,
    /// Those of them that satisfy it.
    Narrow(Predicate),
    /// Other hosts, whatever the body was entered with.
    Replace(Predicate),
}

impl Shift {
    /// The shift of something that lies `inner` within a body that is entered with this shift.
    pub(super) fn then(&self, inner: &Shift) -> Shift {
        match (self, inner) {
            (Shift::Same, inner) => inner.clone(),
            (outer, Shift::Same) => outer.clone(),
            (_, Shift::Replace(predicate)) => Shift::Replace(predicate.clone()),
            (Shift::Narrow(a), Shift::Narrow(b)) => Shift::Narrow(a.clone().and(b.clone())),
            (Shift::Replace(a), Shift::Narrow(b)) => Shift::Replace(a.clone().and(b.clone())),
        }
    }

    /// The same, whatever it narrows to.
    pub(super) fn widest(&self) -> Shift {
        match self {
            Shift::Same | Shift::Narrow(_) => Shift::Same,
            Shift::Replace(_) => Shift::Replace(Predicate::All),
        }
    }

    /// The hosts it comes to, from those of `place`.
    pub(super) fn apply(&self, place: &Predicate) -> Predicate {
        match self {
            Shift::Same => place.clone(),
            Shift::Narrow(predicate) => place.clone().and(predicate.clone()),
            Shift::Replace(predicate) => predicate.clone(),
        }
    }
}

/// One thing that a body does itself.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) what: What,
    pub(super) shift: Shift,
    pub(super) span: Span,
    /// The goal of the check block that it stands in.
    pub(super) check: Option<Span>,
}

/// What a body can do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum What {
    /// Has an effect; the words say by what.
    Effect(usize, String),
    /// Runs a program that cannot be known before the run.
    Spliced(String),
    /// Runs a program that no table lists.
    Unlisted(String),
    /// Goes to other hosts.
    Leaves,
    /// Calls a task.
    Call(usize),
    /// Calls a task that may run on some hosts only.
    Guard(usize),
    /// Calls a task that asks something of its hosts.
    Needs(usize),
}

/// Something that happens at a site or in a task called there.
#[derive(Clone, Debug)]
pub(super) struct Occurrence {
    pub(super) what: What,
    pub(super) shift: Shift,
    /// From the outermost call down to the thing itself.
    pub(super) chain: Vec<Step>,
    pub(super) check: Option<Span>,
}

/// A step of a chain of calls.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) span: Span,
}

/// The number of places in which a body does one thing; of more the widest is kept.
pub(super) const MAX_PLACES: usize = 128;

/// The number of call levels that a chain keeps; deeper ones are shown by their ends.
pub(super) const MAX_CHAIN: usize = 32;

/// The summaries of all tasks, by number.
pub(super) struct Summaries(Vec<Vec<Occurrence>>);

impl Summaries {
    /// Composes the tasks' own sites; `order` has callees before their callers.
    pub(super) fn new(tables: &Tables, sites: &[&[Site]], order: &[usize]) -> Self {
        let mut summaries = Summaries(vec![Vec::new(); sites.len()]);
        for task in order {
            let mut occurrences = summaries.compose(tables, sites[*task]);
            occurrences.extend(declared(tables, *task));
            bound_places(&mut occurrences);
            let mut seen = HashSet::default();
            occurrences.retain(|occurrence| seen.insert((key(&occurrence.what), occurrence.shift.clone())));
            summaries.0[*task] = occurrences;
        }
        summaries
    }

    /// Everything that happens in a body with these sites.
    pub(super) fn compose(&self, tables: &Tables, sites: &[Site]) -> Vec<Occurrence> {
        let mut occurrences = Vec::new();
        for site in sites {
            match site.what {
                What::Call(task) => occurrences.extend(self.called(tables, site, task)),
                _ => occurrences.push(Occurrence {
                    what: site.what.clone(),
                    shift: site.shift.clone(),
                    chain: vec![Step { name: site_name(tables, &site.what), span: site.span }],
                    check: site.check,
                }),
            }
        }
        occurrences
    }

    fn called(&self, tables: &Tables, site: &Site, task: usize) -> Vec<Occurrence> {
        let step = Step { name: tables.tasks[task].name.clone(), span: site.span };
        let inner = self.0[task].iter().map(|occurrence| {
            let deeper = occurrence.chain.iter().take(MAX_CHAIN).cloned();
            Occurrence {
                what: occurrence.what.clone(),
                shift: site.shift.then(&occurrence.shift),
                chain: std::iter::once(step.clone()).chain(deeper).collect(),
                check: site.check.or(occurrence.check),
            }
        });
        inner.collect()
    }
}

/// What a task says of itself counts, besides what is found in it.
fn declared(tables: &Tables, task: usize) -> Vec<Occurrence> {
    let does = tables.tasks[task].does.iter().flatten();
    does.map(|(effect, span)| {
        let name = format!("`does {}`", tables.effects[*effect].name);
        Occurrence {
            what: What::Effect(*effect, name.clone()),
            shift: Shift::Same,
            chain: vec![Step { name, span: *span }],
            check: None,
        }
    })
    .collect()
}

/// Tasks that each call the next in two narrowed places make twice as many places with each call. Of something that is
/// done in more places than anybody writes, only the widest is kept: what is proved there holds in all of them.
fn bound_places(occurrences: &mut [Occurrence]) {
    let mut places: HashMap<What, HashSet<&Shift>> = HashMap::default();
    for occurrence in occurrences.iter() {
        places.entry(key(&occurrence.what)).or_default().insert(&occurrence.shift);
    }
    let many: HashSet<What> =
        places.into_iter().filter(|(_, places)| places.len() > MAX_PLACES).map(|(what, _)| what).collect();
    for occurrence in occurrences.iter_mut().filter(|occurrence| many.contains(&key(&occurrence.what))) {
        occurrence.shift = occurrence.shift.widest();
    }
}

/// Effects are told apart by which they are, not by the program that has them.
fn key(what: &What) -> What {
    match what {
        What::Effect(effect, _) => What::Effect(*effect, String::new()),
        other => other.clone(),
    }
}

fn site_name(tables: &Tables, what: &What) -> String {
    match what {
        What::Effect(_, name) => name.clone(),
        What::Spliced(text) => messages::unknown_words(text),
        What::Unlisted(text) => format!("program `{text}`"),
        What::Leaves => "`at`".to_owned(),
        What::Call(task) | What::Guard(task) | What::Needs(task) => tables.tasks[*task].name.clone(),
    }
}

/// The tasks in an order with callees first, or the ring in which they call each other.
pub(super) fn call_order(sites: &[&[Site]]) -> Result<Vec<usize>, Vec<(usize, Span)>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; sites.len()];
    let mut order = Vec::new();
    for root in 0..sites.len() {
        // A stack of our own: a chain of calls may be longer than the thread's stack is deep.
        let mut stack: Vec<(usize, usize)> = Vec::new();
        if marks[root] == Mark::New {
            marks[root] = Mark::Open;
            stack.push((root, 0));
        }
        while let Some((task, at)) = stack.pop() {
            let Some(site) = sites[task].get(at) else {
                marks[task] = Mark::Done;
                order.push(task);
                continue;
            };
            stack.push((task, at + 1));
            let What::Call(callee) = site.what else { continue };
            match marks[callee] {
                Mark::New => {
                    marks[callee] = Mark::Open;
                    stack.push((callee, 0));
                }
                Mark::Open => return Err(ring(sites, &stack, callee)),
                Mark::Done => {}
            }
        }
    }
    Ok(order)
}

fn ring(sites: &[&[Site]], stack: &[(usize, usize)], callee: usize) -> Vec<(usize, Span)> {
    let from = stack.iter().position(|(task, _)| *task == callee).unwrap_or(0);
    stack[from..].iter().map(|(task, next)| (*task, sites[*task][next - 1].span)).collect()
}
