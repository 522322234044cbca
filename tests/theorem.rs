//! No workflow that the checker accepts does, on a host, what its text forbids there (docs/soundness.md): random workflows
//! are checked, and run on simulated hosts that record what is done to them.

mod body;
mod commands;
mod commands_tests;
mod generate;
mod judge;
mod place;
mod plan;
mod running;
mod script;
mod selector;
pub(crate) mod tape;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use plan::{Plan, Stage, Step};
use running::Outcome;
use selector::{Host, Selector};

/// How often each thing happened over all cases.
type Tally = BTreeMap<String, usize>;

/// The same cases each time, so that what they have to cover is covered or is not.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig { max_shrink_iters: 0, ..crate::random_cases(300) };
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}

#[test]
fn what_is_accepted_does_nothing_where_it_is_forbidden() {
    let tally = RefCell::new(Tally::new());
    let choices = prop::collection::vec(any::<u32>(), 60..900);
    let outcome = TestRunner::new(config()).run(&choices, |choices| {
        judged(&generate::workflow(&choices), &mut tally.borrow_mut()).map_err(TestCaseError::fail)
    });
    match outcome {
        Err(TestError::Fail(_, choices)) => panic!("{}", smallest(choices)),
        other => other.unwrap(),
    }
    covered(&tally.borrow());
}

/// A host of 1 GiB measures less. It is still in one place: either for 1 GiB or for less, whoever asks.
#[test]
fn a_host_is_never_where_no_host_can_be() {
    let step = || Step { effects: Vec::new() };
    let main = "\
task inner(via: Str) {
    on mem < 1GiB {
        sh \": m0 {{ via }}\"
    }
    on mem == 1GiB {
        sh \": m1 {{ via }}\"
    }
}
stage s0 on mem >= 1GiB {
    inner(\"s0\")
}
";
    let host = Host { usable: 90, ..generate::plain_host() };
    let inventory = "hosts:\n  h0: { arch: x86_64, mem: 1GiB }\n".to_owned();
    let stage = Stage { on: Selector::All, closed: None, forbids: Vec::new() };
    let plan = Plan {
        main: main.to_owned(),
        inventory,
        hosts: vec![host],
        steps: vec![step(), step()],
        stages: vec![stage],
        ..Plan::default()
    };
    let Outcome::Ran(done) = running::outcome(&plan) else { panic!("it is refused") };
    let scripts: Vec<&str> =
        done.iter().map(|(_, script)| script.as_str()).filter(|text| text.starts_with(':')).collect();
    assert_eq!(scripts, [": m1 's0'"]);
}

/// The smallest workflow that is found near a faulty one, and its fault. A workflow hangs together too much for choices to
/// be left out one by one, as the library would do it.
fn smallest(mut choices: Vec<u32>) -> String {
    let fault = |choices: &[u32]| judged(&generate::workflow(choices), &mut Tally::new()).err();
    let mut size = choices.len();
    while size > 0 {
        let mut at = 0;
        while at < choices.len() {
            let end = (at + size).min(choices.len());
            let mut removed = choices.clone();
            removed.drain(at..end);
            let mut simpler = choices.clone();
            simpler[at..end].fill(0);
            match [removed, simpler].into_iter().find(|fewer| *fewer != choices && fault(fewer).is_some()) {
                Some(fewer) => choices = fewer,
                None => at = end,
            }
        }
        size /= 2;
    }
    let plan = generate::workflow(&choices);
    format!("{}\n{}", fault(&choices).unwrap_or_default(), shown(&plan))
}

fn shown(plan: &Plan) -> String {
    let library = plan.library.as_ref().map_or_else(String::new, |text| format!("# lib.flow\n{text}\n"));
    format!("{}\n{library}{}", plan.main, plan.inventory)
}

/// Checks and runs a workflow, and says what it did that it must not.
fn judged(plan: &Plan, tally: &mut Tally) -> Result<(), String> {
    let mut count = |what: &str| *tally.entry(what.to_owned()).or_default() += 1;
    count("cases");
    let done = match running::outcome(plan) {
        Outcome::Refused(codes, errors) => {
            if let Some(code) = codes.iter().find(|code| code.as_str() < "E0300") {
                return Err(format!("the generator does not write the language: {}\n{errors}", code.as_str()));
            }
            codes.iter().map(|code| code.as_str()).collect::<BTreeSet<_>>().into_iter().for_each(&mut count);
            judge::blamed(plan, &codes).iter().for_each(|word| count(&format!("refused by way of {word}")));
            return Ok(());
        }
        Outcome::Ran(done) => done,
    };
    count("accepted");
    let done = judge::steps(plan, &done);
    if done.iter().any(|done| judge::is_forbidden_elsewhere(plan, done)) {
        count("does what is forbidden elsewhere");
    }
    for done in done {
        if let Some(fault) = judge::fault(plan, &done) {
            return Err(format!("on {}, by {}: {fault}", done.host.name, done.way));
        }
        judge::letters(&done.way).for_each(|letter| count(&format!("done by way of {letter}")));
    }
    Ok(())
}

/// What has to happen among so many cases for the property to mean something.
fn covered(tally: &Tally) {
    let often = |what: &str| tally.get(what).copied().unwrap_or(0);
    let cases = often("cases");
    if cases < 300 {
        return;
    }
    for share in ["does what is forbidden elsewhere", "E0302"] {
        assert!(often(share) * 100 > cases * 15, "{share}: {} of {cases}", often(share));
    }
    for letter in judge::LETTERS.chars() {
        for kind in ["done by way of", "refused by way of"] {
            assert!(often(&format!("{kind} {letter}")) > 0, "nothing is {kind} `{letter}`: {tally:#?}");
        }
    }
}
