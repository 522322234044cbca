//! Where programs and errors are said to stand.

use super::*;

/// The text of a template between two positions of one part.
fn shown(template: &Template, range: &Option<std::ops::Range<Position>>) -> String {
    let Some(range) = range else { return "everything".to_owned() };
    match &template.parts[range.start.part] {
        Part::Text(text) if range.end.part == range.start.part => {
            let text = &text[range.start.offset..range.end.offset];
            if text.contains('\n') { "several lines".to_owned() } else { text.to_owned() }
        }
        _ => "several parts".to_owned(),
    }
}

fn positions(text: &str) -> Vec<String> {
    let template = template(text);
    let analysis = analyse(&template);
    let programs = analysis.programs.iter().map(|program| shown(&template, &program.position));
    programs.chain(analysis.errors.iter().map(|error| shown(&template, &error.position))).collect()
}

#[test]
fn programs_are_pointed_at() {
    assert_eq!(positions("cd é && /bin/make"), ["cd", "/bin/make"]);
    assert_eq!(positions("cd {{0}} && make"), ["cd", "make"]);
    assert_eq!(positions("echo \"$(make)\""), ["make", "echo"]);
    assert_eq!(positions("sh -c 'cd x && make'"), ["sh", "cd", "make"]);
    assert_eq!(positions("sh -c \"cd x && make\""), ["sh", "cd", "make"]);
    assert_eq!(positions("sh -c \"cd \\$x && make\""), ["sh", "\"cd \\$x && make\"", "\"cd \\$x && make\""]);
    assert_eq!(positions("a # b\nmake"), ["a", "make"]);
    assert_eq!(positions("cat <<E\n$(make)\nE\nls"), ["make", "cat", "ls"]);
    assert_eq!(positions("echo \"$(cat <<E\nx\nE\ngcc)\"; ls"), ["several lines", "several lines", "echo", "ls"]);
    assert_eq!(positions("sh <<'E'\nls\nmake\nE\n"), ["sh", "ls", "make"]);
    assert_eq!(positions("{{0}}/make"), ["several parts"]);
    assert_eq!(positions("curl x | sudo bash -s -- -y"), ["curl", "sudo", "bash", "bash"]);
    assert_eq!(positions("ls | xargs env"), ["ls", "xargs", "env", "xargs"]);
}

#[test]
fn errors_are_pointed_at() {
    assert_eq!(positions("make ; ; a"), [";"]);
    assert_eq!(positions("echo {{0}} 'a"), ["'"]);
    assert_eq!(positions("make $(a | | b)"), ["make", "|"]);
}
