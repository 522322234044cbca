//! What hosts are measured to be, against what the inventory says and what the workflow asks of them.

use super::cluster::{Cluster, Node};
use super::failure::Failure;
use super::measure::Why;
use crate::diagnostic::{self, Code};
use crate::place::{self, HostFacts, Predicate, Symbol, Truth};
use crate::transport::facts::{Facts, FactsError};

/// Measured memory may be this much less than declared, in percent: firmware and kernel keep some for themselves, more on
/// small machines (a CM3+ of 1 GiB measures 914 MiB).
const MEM_MISSING: u64 = 20;
/// Measured memory may be this much more than declared, in percent.
const MEM_EXCESS: u64 = 5;

impl Cluster {
    /// What was measured of a host, as far as it was; else what the inventory says.
    pub(super) fn facts(&self, host: usize) -> HostFacts {
        let node = &self.hosts[host];
        let measured = node.measured.borrow();
        measured.as_ref().map_or_else(|| node.declared.clone(), |measured| with_measured(&node.declared, measured))
    }

    /// How many processes the host's kernel was last known to have ended for want of memory.
    pub(super) fn oom_kills(&self, host: usize) -> Option<u64> {
        self.hosts[host].measured.borrow().as_ref()?.oom_kills
    }

    /// Remembers how many it has ended by now.
    pub(super) fn note_oom_kills(&self, host: usize, kills: u64) {
        if let Some(facts) = &mut *self.hosts[host].measured.borrow_mut() {
            facts.oom_kills = Some(kills);
        }
    }

    /// Whether a host is in a place. What the inventory says of it counts, as it does for the stage's own place, and what was
    /// measured counts where the inventory is silent: a host of 1 GiB that measures 914 MiB would else be in a stage for
    /// `mem >= 1GiB` and there in `on mem < 1GiB`, a place that by all proofs has no host.
    pub(super) fn is_in(&self, host: usize, place: &Predicate) -> bool {
        let (declared, facts) = (&self.hosts[host].declared, self.facts(host));
        let agreed = HostFacts {
            arch: declared.arch.clone().or(facts.arch),
            os: declared.os.clone().or(facts.os),
            mem: declared.mem.or(facts.mem),
            cores: declared.cores.or(facts.cores),
            ..facts
        };
        place::evaluate(&self.axioms, place, &agreed) == Truth::Yes
    }

    /// Whether a host is in a place. One of which nobody has said enough is measured first.
    pub(super) async fn is_surely_in(&self, host: usize, place: &Predicate) -> Result<bool, Failure> {
        let measured = self.hosts[host].measured.borrow().is_some();
        if !measured && place::evaluate(&self.axioms, place, &self.hosts[host].declared) == Truth::Unknown {
            self.session(host).await?;
        }
        Ok(self.is_in(host, place))
    }

    /// Sees to it that a field of a host is known: what the inventory does not say is measured.
    pub(super) async fn know(&self, host: usize, field: &str) -> Result<(), Failure> {
        let node = &self.hosts[host];
        let declared = &node.declared;
        let is_open = match field {
            "arch" => declared.arch.is_none(),
            "os" => declared.os.is_none(),
            "mem" => declared.mem.is_none(),
            "cores" => declared.cores.is_none(),
            _ => false,
        };
        if is_open && node.measured.borrow().is_none() {
            self.session(host).await?;
        }
        Ok(())
    }

    /// A closed stage holds its hosts to what they were measured to be.
    pub(super) fn admit(&self, host: usize, closed: &Predicate) -> Result<(), Failure> {
        if place::evaluate(&self.axioms, closed, &self.facts(host)) != Truth::No {
            return Ok(());
        }
        let name = &self.hosts[host].name;
        Err(Failure::fatal(
            Code::R0801,
            format!("{name} is measured to be no `{closed}`, and the stage is closed to others"),
        )
        .help(format!("correct the entry of `{name}` in the inventory")))
    }

    /// What a task needs of its host, against what was measured.
    pub(super) fn needs(&self, host: usize, needs: &Predicate, task: &str) -> Result<(), Failure> {
        let facts = self.facts(host);
        if place::evaluate(&self.axioms, needs, &facts) == Truth::Yes {
            return Ok(());
        }
        let measured = facts.mem.map_or(String::new(), |mem| format!(" ({})", diagnostic::about(mem)));
        let message = format!("`{task}` needs `{needs}`, and {}{measured} is not that", self.hosts[host].name);
        Err(Failure::fatal(Code::R0801, message).help(format!("narrow the place: `on {needs} {{ … }}`")))
    }

    /// What was left to be measured, before the first step.
    pub(super) fn meets_needs(&self, host: usize) -> Result<(), Failure> {
        let mut open = self.to_measure.iter().filter(|open| open.host == host && self.is_in(host, &open.place));
        open.try_for_each(|open| {
            let met = match &open.why {
                Why::Needs(task) => self.needs(host, &open.requirement, task),
                Why::Forbidden(effect) => self.is_no_such_class(host, &open.requirement, effect),
            };
            met.map_err(|failure| failure.at(open.span))
        })
    }

    fn is_no_such_class(&self, host: usize, requirement: &Predicate, effect: &str) -> Result<(), Failure> {
        if place::evaluate(&self.axioms, requirement, &self.facts(host)) != Truth::No {
            return Ok(());
        }
        let name = &self.hosts[host].name;
        let looks_like = requirement.clone().not();
        let message =
            format!("{name} has no class, and it is measured to be `{looks_like}`, where `{effect}` is forbidden");
        Err(Failure::fatal(Code::R0801, message)
            .help(format!("say in the inventory what `{name}` is: `class: …`, or a class of its own")))
    }

    /// The measured facts against the inventory's, and against what the class says.
    pub(super) fn compare(&self, node: &Node, measured: &Facts) -> Result<(), Failure> {
        let name = &node.name;
        let mut differences = Vec::new();
        let declared = &node.declared;
        if let Some(arch) = declared.arch.as_ref().filter(|arch| ***arch != *measured.arch) {
            differences.push(format!("arch: the inventory says {arch}, measured is {}", measured.arch));
        }
        if let Some(mem) = declared.mem.filter(|mem| !plausible(*mem, measured.mem)) {
            let (said, found) = (place::human_size(mem), diagnostic::about(measured.mem));
            differences.push(format!("mem: the inventory says {said}, measured is {found}"));
        }
        if let Some(os) = declared.os.as_ref().filter(|os| ***os != *measured.os) {
            differences.push(format!("os: the inventory says {os}, measured is {}", measured.os));
        }
        if let Some(cores) = declared.cores.filter(|cores| measured.cores < *cores) {
            differences.push(format!("cores: the inventory says {cores}, measured is {}", measured.cores));
        }
        if let Some(contradiction) = place::contradiction(&self.axioms, &with_measured(declared, measured)) {
            for violation in &contradiction.violations {
                differences.push(format!(
                    "class: every host of class {} is `{}`, and {name} is measured as {}, {}",
                    contradiction.class,
                    violation.part,
                    measured.arch,
                    diagnostic::about(measured.mem)
                ));
            }
        }
        if differences.is_empty() {
            return Ok(());
        }
        let failure = Failure::fatal(Code::R0801, format!("{name} is not what the inventory says"));
        let failure = differences.into_iter().fold(failure, Failure::note);
        let mut failure = failure
            .help(format!("correct the entry of `{name}` in the inventory, or its address; the proofs rest on it"));
        failure.span = Some(node.inventory.name_span);
        Err(failure)
    }
}

pub(super) fn cannot_measure(error: &FactsError) -> Failure {
    match error {
        FactsError::Transport(error) => Failure::from(error.clone()),
        FactsError::Missing { .. } => Failure::fatal(Code::R0801, error.to_string())
            .help("the host needs a POSIX shell, `uname` and /proc to be measured"),
    }
}

fn plausible(declared: u64, measured: u64) -> bool {
    let percent = |share: u64| declared / 100 * share;
    measured >= percent(100 - MEM_MISSING) && measured <= declared.saturating_add(percent(MEM_EXCESS))
}

fn with_measured(declared: &HostFacts, measured: &Facts) -> HostFacts {
    HostFacts {
        arch: Some(Symbol::from(measured.arch.as_str())),
        os: Some(Symbol::from(measured.os.as_str())),
        mem: Some(measured.mem),
        cores: Some(measured.cores),
        ..declared.clone()
    }
}
