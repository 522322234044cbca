//! Whether what was done may have been done.

use flowrun::diagnostic::Code;

use super::plan::{Plan, Step};
use super::selector::{Host, Selector};

/// A step that was done.
pub(super) struct Done<'p> {
    pub(super) host: &'p Host,
    pub(super) step: &'p Step,
    /// The way that led to it.
    pub(super) way: String,
}

/// The steps among all that was done on hosts; the rest is what flowrun asks hosts for itself.
pub(super) fn steps<'p>(plan: &'p Plan, done: &[(String, String)]) -> Vec<Done<'p>> {
    done.iter().filter_map(|(host, text)| step(plan, host, text)).collect()
}

fn step<'p>(plan: &'p Plan, host: &str, text: &str) -> Option<Done<'p>> {
    let start = text.match_indices('m').find_map(|(at, _)| {
        let digits: String = text[at + 1..].chars().take_while(char::is_ascii_digit).collect();
        let rest = text[at + 1 + digits.len()..].strip_prefix(' ')?;
        Some((digits.parse::<usize>().ok()?, rest))
    });
    let (number, rest) = start?;
    let way: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '\'')).collect();
    let host = plan.hosts.iter().find(|known| known.name == host)?;
    Some(Done { host, step: &plan.steps[number], way: way.replace('\'', "") })
}

/// What is wrong with a step, if anything is.
pub(super) fn fault(plan: &Plan, done: &Done<'_>) -> Option<String> {
    let effects = &done.step.effects;
    let forbidden = plan.forbids.iter().find(|(effect, on)| effects.contains(effect) && on.holds(done.host));
    if let Some((effect, on)) = forbidden {
        return Some(format!("`{effect}` is forbidden on `{}`", on.text()));
    }
    let only_reads = effects.iter().all(|effect| *effect == "read");
    if !only_reads && done.way.split('.').any(|word| word == "k") {
        return Some("a check changes something".to_owned());
    }
    if !only_reads && plan.dry {
        return Some("a dry run changes something".to_owned());
    }
    outside(plan, done)
}

fn outside(plan: &Plan, done: &Done<'_>) -> Option<String> {
    let words: Vec<(&str, usize)> =
        done.way.split('.').map(|word| (&word[..1], word[1..].parse().unwrap_or(0))).collect();
    let root = words[0];
    // What stands outside of the last `at` says nothing of where it went.
    let moved = words.iter().rposition(|(letter, _)| *letter == "a");
    let mut bounds: Vec<(&str, &Selector)> =
        words[moved.unwrap_or(1).min(words.len())..].iter().flat_map(|word| bound(plan, *word)).collect();
    if root.0 == "s" {
        let stage = &plan.stages[root.1];
        bounds.extend(stage.closed.iter().map(|closed| ("the stage is closed to", closed)));
        bounds.extend(moved.is_none().then_some(("the stage is on", &stage.on)));
        if let Some(effect) = stage.forbids.iter().find(|effect| done.step.effects.contains(effect)) {
            return Some(format!("the stage forbids `{effect}`"));
        }
    }
    if root.0 == "c" && moved.is_none() {
        bounds.push(("the condition is on", &plan.conditions[root.1]));
    }
    // What a task needs is asked of the host itself, whatever the inventory says of it.
    let measured = done.host.measured();
    let holds = |what: &str, selector: &Selector| selector.holds(if what == NEEDS { &measured } else { done.host });
    let broken = bounds.into_iter().find(|(what, selector)| !holds(what, selector));
    broken.map(|(what, selector)| format!("{what} `{}`", selector.text()))
}

const NEEDS: &str = "the task needs";

/// The hosts that a block, or a task, is bound to.
fn bound<'p>(plan: &'p Plan, (letter, number): (&str, usize)) -> Vec<(&'static str, &'p Selector)> {
    match letter {
        "o" => vec![("it is within `on`", &plan.narrowed[number])],
        "a" => plan.targets[number].iter().map(|target| ("it is `at` one of", target)).collect(),
        "t" => {
            let task = &plan.tasks[number];
            let guard = task.guard.iter().map(|guard| ("the task is guarded by", guard));
            guard.chain(task.needs.iter().map(|needs| (NEEDS, needs))).collect()
        }
        _ => Vec::new(),
    }
}

/// The forms of the language that a way can lead through: `on`, `at`, a branch, a loop, `retry`, `timeout`, a check, a fix,
/// `rescue`, a task, a comprehension, `finally`, the default of a parameter.
pub(super) const LETTERS: &str = "oailymkxrtgfd";

pub(super) fn letters(way: &str) -> impl Iterator<Item = char> {
    way.trim_start_matches("{{ via }}").split('.').filter_map(|word| word.chars().next())
}

/// Whether a step does what it may not do on some other host.
pub(super) fn is_forbidden_elsewhere(plan: &Plan, done: &Done<'_>) -> bool {
    let forbids = plan.forbids.iter().filter(|(effect, _)| done.step.effects.contains(effect));
    forbids.into_iter().any(|(_, on)| plan.hosts.iter().any(|host| on.holds(host)))
}

/// The forms on the way to the one careless step for which a workflow is refused.
pub(super) fn blamed(plan: &Plan, codes: &[Code]) -> Vec<char> {
    match (plan.careless.as_slice(), codes.iter().all(|code| matches!(code, Code::E0302 | Code::E0401))) {
        ([way], true) => letters(way).collect(),
        _ => Vec::new(),
    }
}
