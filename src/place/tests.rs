//! Examples, and the sizes that must not hurt.

use std::time::{Duration, Instant};

use super::*;

const GIB: u64 = 1 << 30;

fn mem(comparison: Comparison, bytes: u64) -> Predicate {
    Predicate::Compare(Quantity::Mem, comparison, bytes)
}

fn cores(comparison: Comparison, count: u64) -> Predicate {
    Predicate::Compare(Quantity::Cores, comparison, count)
}

fn arch(name: &str) -> Predicate {
    Predicate::arch(name)
}

fn class(name: &str) -> Predicate {
    Predicate::class(name)
}

fn group(name: impl std::fmt::Display) -> Predicate {
    Predicate::group(name.to_string())
}

fn axioms() -> Axioms {
    let arm = arch("aarch64").or(arch("armv7l"));
    let cm4 = arch("aarch64").and(mem(Comparison::Le, 8 * GIB));
    Axioms::from_iter([("cm3".into(), arm.and(mem(Comparison::Le, GIB))), ("cm4".into(), cm4)])
}

/// `proved`, or the host that shows why not.
fn ask(place: &Predicate, requirement: &Predicate) -> String {
    match entails(&axioms(), place, requirement) {
        Ok(Verdict::Proved) => String::from("proved"),
        Ok(Verdict::Refuted(witness)) => witness.host(),
        Err(hard) => hard.to_string(),
    }
}

fn bare_host() -> HostFacts {
    HostFacts {
        name: "h".into(),
        arch: None,
        class: None,
        os: None,
        mem: None,
        cores: None,
        groups: std::collections::BTreeSet::new(),
        local: false,
    }
}

#[test]
fn what_the_text_alone_proves() {
    let not_cm3 = class("cm3").not();
    let cases = [
        (arch("x86_64"), not_cm3.clone()),
        (mem(Comparison::Ge, 2 * GIB), not_cm3.clone()),
        (class("cm4"), not_cm3.clone()),
        (class("cm3"), mem(Comparison::Lt, 8 * GIB)),
        (class("cm3"), arch("x86_64").not()),
        (class("cm3").and(arch("aarch64").not()), arch("armv7l")),
        (group("a").and(group("b")), group("b").or(group("c"))),
        (Predicate::All, mem(Comparison::Le, u64::MAX)),
        (Predicate::All, cores(Comparison::Ge, 1)),
        (mem(Comparison::Lt, 1), Predicate::Never),
        (mem(Comparison::Gt, u64::MAX), Predicate::Never),
        (cores(Comparison::Ge, 4).and(cores(Comparison::Lt, 5)), cores(Comparison::Eq, 4)),
    ];
    for (place, requirement) in cases {
        assert_eq!(ask(&place, &requirement), "proved", "{place} ⊨ {requirement}");
    }
}

#[test]
fn a_witness_reads_as_a_host() {
    let name = |name: &str| Predicate::Is(Attribute::Name, name.into());
    let cases = [
        (Predicate::All, class("cm3").not(), "a host with class cm3"),
        (class("cm3"), mem(Comparison::Ge, 2 * GIB), "a host with class cm3 and 1 GiB"),
        (class("cm3"), mem(Comparison::Ge, 512 << 20), "a host with class cm3 and 256 MiB"),
        (class("cm4"), mem(Comparison::Lt, 2 * GIB), "a host with class cm4 and 8 GiB"),
        (Predicate::All, arch("x86_64"), "a host with arch aarch64"),
        (class("cm3"), arch("armv7l"), "a host with class cm3 and arch aarch64"),
        (Predicate::All, class("cm3"), "a host with no class"),
        (Predicate::All, group("builders").not(), "a host in group builders"),
        (arch("x86_64"), group("builders"), "a host with arch x86_64, not in group builders"),
        (group("a").and(group("b")), group("c").or(group("d")), "a host in groups a and b and not in groups c or d"),
        (Predicate::All, Predicate::Never, "any host"),
        (Predicate::All, Predicate::Local, "a host other than where flowrun runs"),
        (Predicate::Local, class("cm3"), "a host with no class, where flowrun runs"),
        (arch("x86_64"), cores(Comparison::Ge, 4), "a host with arch x86_64 and 2 cores"),
        (Predicate::All, name("a").or(name("b")), "a host with a name other than a or b"),
        (Predicate::All, mem(Comparison::Ne, 5), "a host with 5 bytes"),
    ];
    for (place, requirement, witness) in cases {
        assert_eq!(ask(&place, &requirement), witness, "{place} ⊨ {requirement}");
    }
}

#[test]
fn a_witness_takes_no_architecture_that_its_class_excludes() {
    let axioms = Axioms::from_iter([("odd".into(), arch("b").not()), ("other".into(), arch("c"))]);
    let verdict = |axioms| match entails(axioms, &class("odd"), &arch("a")) {
        Ok(Verdict::Refuted(witness)) => witness.host(),
        other => panic!("{other:?}"),
    };
    assert_eq!(verdict(&axioms), "a host with class odd and arch c");
    let odd_alone = Axioms::from_iter([("odd".into(), arch("b").not())]);
    assert_eq!(verdict(&odd_alone), "a host with class odd and an arch other than a");
}

#[test]
fn a_named_architecture_may_make_other_attributes_superfluous() {
    let axioms = Axioms::from_iter([("c".into(), arch("a"))]);
    let place = arch("a").or(cores(Comparison::Ne, 1));
    let Ok(Verdict::Refuted(witness)) = entails(&axioms, &place, &arch("b")) else { panic!("refuted") };
    assert_eq!(witness.host(), "a host with arch a");
}

#[test]
fn a_witness_is_data() {
    let place = class("cm3").and(group("a")).and(arch("armv7l").not());
    let requirement = mem(Comparison::Gt, GIB).or(group("b"));
    let Ok(Verdict::Refuted(witness)) = entails(&axioms(), &place, &requirement) else { panic!("refuted") };
    assert_eq!(witness.to_string(), "class cm3, arch aarch64, 1 GiB, in group a and not in group b");
    let json =
        r#"{"class":{"is":"cm3"},"arch":{"is":"aarch64"},"mem":1073741824,"in_groups":["a"],"not_in_groups":["b"]}"#;
    assert_eq!(serde_json::to_string(&witness).unwrap(), json);
}

#[test]
fn predicates_are_written_as_in_the_language() {
    let os = Predicate::Is(Attribute::Os, "debian".into());
    let cases = [
        (arch("x86_64").and(group("builders")), "x86_64 and group(builders)"),
        (mem(Comparison::Ge, 8 * GIB), "mem >= 8GiB"),
        (mem(Comparison::Lt, 1536 << 20).not(), "mem >= 1536MiB"),
        (mem(Comparison::Eq, 1001), "mem == 1001B"),
        (Predicate::Is(Attribute::Name, "node-3".into()), "name == \"node-3\""),
        (os.clone().not(), "not (os == \"debian\")"),
        (arch("a").or(class("b")).and(Predicate::Local), "(a or b) and local"),
        (arch("a").or(class("b").and(Predicate::Local)), "a or b and local"),
        (arch("a").and(arch("b")).not(), "not (a and b)"),
        (class("cm3").not(), "not cm3"),
        (arch("odd arch"), "arch == \"odd arch\""),
        (Predicate::All, "all"),
        (Predicate::Never, "not all"),
        (os.clone().and(os), "os == \"debian\""),
    ];
    for (predicate, text) in cases {
        assert_eq!(predicate.to_string(), text);
    }
}

#[test]
fn sizes_are_written_as_people_say_them() {
    let cases = [(GIB, "1 GiB"), (3 * GIB / 2, "1.5 GiB"), (1000, "1000 bytes"), (1, "1 byte"), (914 << 20, "914 MiB")];
    for (bytes, text) in cases {
        assert_eq!(human_size(bytes), text);
    }
}

#[test]
fn facts_and_the_class_decide_together() {
    let cm3 = HostFacts { class: Some("cm3".into()), ..bare_host() };
    let cases = [
        (mem(Comparison::Le, GIB), Truth::Yes),
        (mem(Comparison::Le, GIB / 2), Truth::Unknown),
        (arch("x86_64"), Truth::No),
        (arch("aarch64"), Truth::Unknown),
        (arch("aarch64").or(arch("armv7l")), Truth::Yes),
        (class("cm4"), Truth::No),
        (group("a"), Truth::No),
        (Predicate::Is(Attribute::Os, "debian".into()), Truth::Unknown),
    ];
    for (predicate, truth) in cases {
        assert_eq!(evaluate(&axioms(), &predicate, &cm3), truth, "{predicate}");
    }
    assert_eq!(evaluate(&axioms(), &class("cm3"), &bare_host()), Truth::No);
}

#[test]
fn a_contradiction_names_the_part_and_the_facts() {
    let host = HostFacts { class: Some("cm3".into()), arch: Some("x86_64".into()), mem: Some(GIB), ..bare_host() };
    let found = contradiction(&axioms(), &host).unwrap();
    let [violation] = found.violations.as_slice() else { panic!("one violation: {found:?}") };
    assert_eq!(violation.part.to_string(), "aarch64 or armv7l");
    assert_eq!(violation.subjects, [Subject::Attribute(Attribute::Arch)].into());

    let both = HostFacts { mem: Some(2 * GIB), ..host.clone() };
    assert_eq!(contradiction(&axioms(), &both).unwrap().violations.len(), 2);
    let fine = HostFacts { arch: Some("armv7l".into()), ..host };
    assert_eq!(contradiction(&axioms(), &fine), None);
}

#[test]
fn an_exclusion_is_found_through_the_axioms() {
    let apart = |left, right| exclusive(&axioms(), &left, &right);
    assert_eq!(apart(class("cm3"), mem(Comparison::Ge, 2 * GIB)), Ok(true));
    assert_eq!(apart(class("cm4"), mem(Comparison::Ge, 2 * GIB)), Ok(false));
    let classless = class("never-heard-of").and(class("cm3"));
    assert_eq!(satisfiable(&axioms(), &classless), Ok(None));
}

/// Tells an exponential search, which would take for ever, from a debug build on a busy machine. A release build
/// takes milliseconds.
const SOON: Duration = Duration::from_secs(20);

fn quickly<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let taken = start.elapsed();
    assert!(taken < SOON, "{what} took {taken:?}");
    result
}

#[test]
fn alternatives_in_another_order_are_the_same() {
    let pair = |i: usize| group(format!("a{i}")).and(group(format!("b{i}")));
    let place = Predicate::any_of((0..200).map(pair));
    let same = Predicate::any_of((0..200).rev().map(pair));
    let fewer = Predicate::any_of((0..199).map(pair));
    let verdict = quickly("200 pairs", || ask(&place, &same));
    assert_eq!(verdict, "proved");
    let verdict = quickly("200 pairs, one missing", || ask(&place, &fewer));
    assert!(verdict.contains("a199"), "{verdict}");
}

#[test]
fn names_by_the_thousand() {
    let name = |i: usize| Predicate::Is(Attribute::Name, format!("node-{i}").into());
    let place = Predicate::any_of((0..1000).map(name));
    let more = Predicate::any_of((0..1001).rev().map(name));
    assert_eq!(quickly("1000 names", || ask(&place, &more)), "proved");
    assert_eq!(quickly("1000 names refuted", || ask(&more, &place)), "a host with name node-1000");
    assert_eq!(quickly("not 1000 names", || ask(&Predicate::All, &place)), "a host with any other name");
}

#[test]
fn thirty_classes_at_once() {
    let name = |i: u64| format!("c{i}");
    let promise = |i: u64| {
        let place = arch(if i.is_multiple_of(2) { "aarch64" } else { "x86_64" });
        let size = mem(Comparison::Le, (i + 1) * GIB).and(mem(Comparison::Ge, i * GIB / 2));
        place.and(size).and(group(format!("g{}", i % 7)).or(cores(Comparison::Ge, i)))
    };
    let axioms: Axioms = (0..30).map(|i| (name(i).into(), promise(i))).collect();
    let any = Predicate::any_of((0..30).map(|i| class(&name(i))));
    let needed = mem(Comparison::Le, 30 * GIB).and(arch("aarch64").or(arch("x86_64")));
    let verdict = quickly("30 classes", || entails(&axioms, &any, &needed));
    assert_eq!(verdict, Ok(Verdict::Proved));
    let verdict = quickly("30 classes refuted", || entails(&axioms, &any, &mem(Comparison::Lt, 30 * GIB)));
    let Ok(Verdict::Refuted(witness)) = verdict else { panic!("{verdict:?}") };
    assert_eq!(witness.host(), "a host with class c29 and 30 GiB");
}

#[test]
fn no_depth_exhausts_the_stack() {
    let deep = |depth: usize| (0..depth).fold(group("base"), |inner, i| inner.and(group(i % 5)).not().or(group(i % 3)));
    let place = deep(20_000);
    let verdict = quickly("depth 20,000", || ask(&place, &group("elsewhere")));
    assert!(verdict.starts_with("a host"), "{verdict}");
    assert!(place.to_string().contains('…'));
    quickly("drop", || drop(place));
    let nested = (0..100_000).fold(group("base"), |inner, _| Predicate::Not(std::sync::Arc::new(inner)));
    assert_eq!(ask(&nested, &group("base")), "proved");
    std::mem::forget(nested);
}

#[test]
fn shared_parts_stay_small() {
    let twice = |inner: Predicate, i: usize| inner.clone().and(group(i)).or(inner.not().and(group(i + 1)));
    let place = (0..2000).fold(group("base"), twice);
    assert_ne!(quickly("2 to the 2000 parts", || ask(&place, &group("elsewhere"))), "proved");
    assert_eq!(place, place.clone());
}

/// So many pigeons that each has a hole of its own, with one hole too few: resolution needs exponentially many steps.
fn pigeons(number: usize) -> Predicate {
    let hole = |pigeon: usize, hole: usize| group(format!("p{pigeon}h{hole}"));
    let holes = number - 1;
    let housed = (0..number).map(|p| Predicate::any_of((0..holes).map(move |h| hole(p, h))));
    let alone =
        (0..holes).flat_map(|h| (0..number).flat_map(move |p| (0..p).map(move |q| hole(p, h).and(hole(q, h)).not())));
    Predicate::all_of(housed.chain(alone))
}

#[test]
fn what_cannot_be_decided_ends() {
    let verdict = quickly("11 pigeons", || satisfiable(&Axioms::new(), &pigeons(11)));
    assert!(verdict == Err(TooHard) || verdict == Ok(None), "{verdict:?}");
}

/// Giving up is an answer of its own, and neither a proof nor a refutation, whoever asks.
#[test]
fn what_is_given_up_is_said_to_be() {
    let many = pigeons(16);
    assert_eq!(satisfiable(&Axioms::new(), &many), Err(TooHard));
    assert_eq!(entails(&Axioms::new(), &many, &class("c")), Err(TooHard));
    assert_eq!(exclusive(&Axioms::new(), &many, &class("c")), Err(TooHard));
    let promised = Axioms::from_iter([("c".into(), many)]);
    assert_eq!(satisfiable(&promised, &class("c")), Err(TooHard));
}

/// The sizes at which a person would still write a selector, together in one question.
#[test]
fn alternatives_depth_and_classes_at_once() {
    let class_name = |i: usize| format!("c{i}");
    let promise = |i: usize| arch("aarch64").and(mem(Comparison::Le, GIB << (i % 8))).and(group(i % 7).not());
    let axioms: Axioms = (0..30).map(|i| (class_name(i).into(), promise(i))).collect();
    let alternative = |i: usize| group(format!("g{i}")).and(class(&class_name(i % 30))).and(cores(Comparison::Ge, 2));
    let alternatives = Predicate::any_of((0..200).map(alternative));
    let place = (0..1000).fold(alternatives, |inner, _| Predicate::Not(std::sync::Arc::new(inner)));
    let ask = |requirement: Predicate| entails(&axioms, &place, &requirement);
    assert_eq!(ask(mem(Comparison::Le, 128 * GIB).and(arch("aarch64"))), Ok(Verdict::Proved));
    let Ok(Verdict::Refuted(witness)) = ask(mem(Comparison::Lt, 128 * GIB)) else { panic!("refuted") };
    assert!(witness.host().contains("128 GiB"), "{}", witness.host());
}
