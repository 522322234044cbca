//! What is remarked on, and where.

use super::*;

/// The remarks on a text as `manner: what is pointed at`; pipes and the like with the programs that they are about.
fn remarks(text: &str) -> Vec<String> {
    let template = template(text);
    let analysis = analyse(&template);
    let names = |range: &std::ops::Range<usize>| {
        let programs = analysis.programs[range.clone()].iter().map(|invocation| match &invocation.program {
            Program::Known(name) | Program::Dynamic(name) => name.clone(),
            Program::Spliced(index) => format!("{{{index}}}"),
        });
        programs.collect::<Vec<_>>().join(" ")
    };
    let pointed_at = |remark: &Remark| match &remark.position {
        Some(range) if range.start.part == range.end.part => match &template.parts[range.start.part] {
            Part::Text(text) => text[range.start.offset..range.end.offset].to_owned(),
            Part::Splice(index) => format!("{{{index}}}"),
        },
        Some(_) => "several parts".to_owned(),
        None => "everything".to_owned(),
    };
    let shown = analysis.remarks.iter().map(|remark| match &remark.manner {
        Manner::Bash(what) => format!("bash {what}: {}", pointed_at(remark)),
        Manner::Unquoted(what) => format!("unquoted {what}: {}", pointed_at(remark)),
        Manner::Backquotes => format!("backquotes: {}", pointed_at(remark)),
        Manner::Piped { programs, into } => format!("piped {} into {}", names(programs), names(into)),
        Manner::Hidden { programs } => format!("hidden {}: {}", names(programs), pointed_at(remark)),
        Manner::Passed { programs } => format!("passed {}", names(programs)),
    });
    shown.collect()
}

#[test]
fn what_is_unquoted_is_pointed_at_exactly() {
    assert_eq!(remarks("cp é $a \"$b\"/${c}d"), ["unquoted $a: $a", "unquoted ${c}: ${c}"]);
    assert_eq!(remarks("cp {{0}} $a/{{1}}"), ["unquoted $a: $a"]);
    assert_eq!(remarks("ls > $a"), ["unquoted $a: $a"]);
    assert_eq!(remarks("ls $(cat $a)"), ["unquoted $(cat $a): $(cat $a)", "unquoted $a: $a"]);
    assert_eq!(remarks("ls \"$(cat $a)\""), ["unquoted $a: $a"]);
    assert_eq!(remarks("sh -c 'ls $1' sh {{0}}"), ["unquoted $1: $1"]);
    // The same once more is no second fault where it stands only once.
    assert_eq!(remarks("ls $a $a").len(), 2);
}

#[test]
fn what_need_not_be_quoted_is_passed_over() {
    for text in [
        "a=$b",
        "export a=\"$b\"",
        "case $a in b) ls ;; esac",
        "for a in $b; do ls \"$a\"; done",
        "n=1; ls $n",
        "for n in 1 2; do ls $n; done",
        "n=$(ls | wc -l); ls $n",
        "ls $? $# $$ $HOME $(nproc)",
        "echo $((a + 1))",
        "cat <<E\n$a\nE",
        "ls '$a' \\$a",
        "ls {{0}}",
    ] {
        assert!(!remarks(text).iter().any(|remark| remark.starts_with("unquoted")), "{text}");
    }
    assert!(remarks("n=1; n=$(cat a); ls $n").contains(&"unquoted $n: $n".to_owned()));
}

#[test]
fn bash_is_pointed_at_where_bash_does_not_read_it() {
    assert_eq!(remarks("a=(b c)"), ["bash an array: a=(b c)"]);
    assert_eq!(remarks("echo \"${a/b/c}\""), ["bash ${name/from/to}: ${a/b/c}"]);
    assert_eq!(remarks("echo \"$RANDOM\""), ["bash $RANDOM: $RANDOM"]);
    assert_eq!(remarks("function f { ls; }"), ["bash function: f"]);
    assert_eq!(remarks("f() { ls; }"), [""; 0]);
    assert_eq!(remarks("bash -c 'a=(b c); echo \"${a[0]}\"'"), [""; 0]);
}

#[test]
fn failures_that_nobody_sees_are_told_with_their_programs() {
    assert_eq!(remarks("a | b | c"), ["piped a into b c", "piped b into c"]);
    assert_eq!(remarks("a && b || true"), ["hidden a b: true"]);
    assert_eq!(remarks("a || b || :"), ["hidden a b: :"]);
    assert_eq!(remarks("a || true && b"), [""; 0]);
    assert_eq!(remarks("a; b && c\nd"), ["passed a", "passed b c"]);
    assert_eq!(remarks("a || exit 1\nb && exit 2\n! c\nd &\nif e; then f; fi\ng"), [""; 0]);
    assert_eq!(remarks("x=`a`"), ["backquotes: `a`"]);
}
