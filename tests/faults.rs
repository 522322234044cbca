//! Twelve faults that are found by the check here, and by the run elsewhere; see `tests/cases/ansible-faults/README.md`.

use std::path::Path;

use flowrun::diagnostic::Code;

use crate::cases::{check_beside, files_below};
use crate::lab::program;

const FOLDER: &str = "tests/cases/ansible-faults";

/// For each fault its code and the words that name its cause; several where one file shows several ways.
const FAULTS: &[(&str, &[(Code, &str)])] = &[
    ("01-build-on-the-cm3", &[(Code::E0302, "`build` may build on a CM3+")]),
    ("02-misspelt-group", &[(Code::E0306, "`group(distc)`"), (Code::E0306, "did you mean `distcc`?")]),
    ("03-undefined-name", &[(Code::E0201, "nothing is called `tagret` here"), (Code::E0201, "did you mean `target`?")]),
    ("04-misspelt-field", &[(Code::E0201, "`Output` has no field `stdotu`"), (Code::E0201, "did you mean `stdout`?")]),
    ("05-wrongly-typed-duration", &[(Code::E0203, "`timeout` of `power.on` is `Duration`, not `Int`")]),
    ("06-unknown-argument", &[(Code::E0204, "`write-file` takes no argument `owner`")]),
    ("07-local-file-missing", &[(Code::E0210, "there is no file `distcc.cnf` beside the workflow")]),
    ("08-socket-of-another-host", &[(Code::E0308, "the socket of stage `pump-start` is on `orchestrator`")]),
    (
        "09-injected-code",
        &[
            (Code::E0309, "a value cannot be spliced in text that `sh -c` reads as code"),
            (Code::E0309, "a value cannot be spliced in text that `eval` reads as code"),
            (Code::E0309, "a value cannot be spliced in text that `ssh` reads as code"),
            (Code::E0309, "the program `{{ name }}` cannot be known"),
            (Code::E0309, "the command cannot be known before the run"),
        ],
    ),
    (
        "10-unknown-condition",
        &[
            (Code::E0201, "there is no condition `distccd-activ`"),
            (Code::E0201, "there is no stage `restrat`"),
            (Code::E0201, "did you mean `restart`?"),
        ],
    ),
    ("11-result-before-it-is-made", &[(Code::E0201, "the result of `build` is not there yet")]),
    (
        "12-misspelt-at-host",
        &[(Code::E0201, "no host is called `gatway` here"), (Code::E0201, "did you mean `gateway`?")],
    ),
];

#[test]
fn every_fault_is_refused_with_its_cause() {
    for (name, causes) in FAULTS {
        let checked = check_beside(&Path::new(FOLDER).join(name).with_extension("flow"));
        assert!(
            checked.workflow.is_none() || checked.diagnostics.iter().any(|told| told.is_error()),
            "{name} is accepted"
        );
        for (code, words) in *causes {
            let mut told = checked.diagnostics.iter().filter(|told| told.is_error() && told.code == *code);
            let named = |texts: &[String]| texts.iter().any(|text| text.contains(words));
            let found = told.any(|told| told.message.contains(words) || named(&told.helps) || named(&told.notes));
            assert!(found, "{name} does not say {words:?} with {code}:\n{}", checked.rendered());
        }
        let codes: Vec<Code> = causes.iter().map(|(code, _)| *code).collect();
        let others = checked.diagnostics.iter().find(|told| told.is_error() && !codes.contains(&told.code));
        assert!(others.is_none(), "{name} says more than its cause:\n{}", checked.rendered());
    }
}

#[test]
fn every_file_of_the_folder_is_one_of_the_faults() {
    let files = files_below(Path::new(FOLDER), "flow");
    let files: Vec<String> =
        files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    let names: Vec<&str> = FAULTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(files, names);
}

/// What the ninth fault needs cannot be had: in every place where a command takes a value, it is one word.
#[test]
fn a_value_that_looks_like_code_arrives_as_one_word() {
    let workflow = r#"
host me = local

input value: Str
input folder: Path

stage show on me {
    let both = [value, value]
    sh "printf '%s\\0' {{ value }} \"{{ value }}\" '{{ value }}' --name={{ value }} {{ both }} > {{ folder }}/words"
    sh("cat > {{ folder }}/read", stdin: value)
    sh("printf '%s' \"$VALUE\" > {{ folder }}/variable", env: { VALUE: value })
    write-file("{{ folder }}/written", value)
}
"#;
    let values = [
        r#""; touch TRAP; echo ""#,
        "'; touch TRAP; echo '",
        "$(touch TRAP)",
        "`touch TRAP`",
        "a\ntouch TRAP\nb",
        "&& touch TRAP ||",
        "| tee TRAP",
        "> TRAP",
        "*",
        "-n $HOME ~ \\ # {{ value }}",
    ];
    for value in values {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.flow"), workflow).unwrap();
        std::fs::write(folder.path().join("inventory.yml"), "hosts:\n  me: { connection: local }\n").unwrap();
        let into = folder.path().join("into");
        std::fs::create_dir(&into).unwrap();
        let value = value.replace("TRAP", &into.join("trap").to_string_lossy());
        let inputs = [format!("value={value}"), format!("folder={}", into.display())];
        let ended = program(folder.path())
            .current_dir(folder.path())
            .args(["one.flow", "--input", &inputs[0], "--input", &inputs[1]])
            .output()
            .unwrap();
        assert!(ended.status.success(), "{value:?}: {}", String::from_utf8_lossy(&ended.stderr));
        let file = |name: &str| std::fs::read_to_string(into.join(name)).unwrap();
        let words: Vec<String> = file("words").split_terminator('\0').map(str::to_owned).collect();
        let named = format!("--name={value}");
        assert_eq!(words, [&value, &value, &value, &named, &value, &value].map(String::as_str));
        assert_eq!([file("read"), file("variable"), file("written")], [&*value, &*value, &*value]);
        let mut left: Vec<_> = std::fs::read_dir(&into).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["read", "variable", "words", "written"], "{value:?} ran");
    }
}
