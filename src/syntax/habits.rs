//! What people bring along from other languages: how it is recognised where reading stopped, and how it is written here.

use super::errors::{DECLARATIONS, STATEMENTS, first_word};
use super::foreign::{self, Stop};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

/// A `;` behind a declaration or statement; `behind` is the rest of its line.
pub(super) fn semicolon(span: Span, behind: &str) -> Diagnostic {
    let refused = Diagnostic::error(Code::E0101, NO_SEMICOLON, span, "");
    let next = behind.trim_start();
    if next.is_empty() || next.starts_with(['#', '}']) {
        refused.help("leave it out").fixed_by("leave out the `;`", vec![(span, String::new())])
    } else {
        refused.help("let what follows begin a line of its own")
    }
}

const NO_SEMICOLON: &str = "a statement ends with its line and needs no `;`";

/// How it is written here, where reading stopped at `found`, which stands at `at`.
pub(super) fn remedy(region: &str, at: usize, found: &str) -> Option<String> {
    let before = region.get(..at).unwrap_or("").trim_end();
    let rest = region.get(at..).unwrap_or("");
    let first = first_word(region.trim_start());
    let stop = Stop { before: before.trim_start(), rest, found, first };
    foreign::remedy(&stop).or_else(|| of_sign_or_word(&stop))
}

fn of_sign_or_word(stop: &Stop<'_>) -> Option<String> {
    let Stop { before, rest, found, first } = *stop;
    match found {
        "{" if before.ends_with('{') => {
            Some("`{{ … }}` stands within a string; elsewhere a value stands bare".to_owned())
        }
        "when" => Some("write `if CONDITION { … }` around it".to_owned()),
        "always" => Some("what runs at the end of a stage stands in `finally { … }`".to_owned()),
        "else" => Some("`else` stands on the line of the `}` before it".to_owned()),
        "=" | "==" => equals(stop),
        "&&" | "||" => Some(and_or(before, rest, first)),
        "!" => Some("write `not`".to_owned()),
        "'" => Some("strings stand between `\"` and `\"`".to_owned()),
        "$(" | "`" => Some("what a command prints is `sh(\"…\").stdout`".to_owned()),
        "$" => Some("a value stands bare, as `name`, and within a string as `{{ name }}`".to_owned()),
        ";" if is_within_brackets(before) => Some("values within brackets are parted by `,`".to_owned()),
        ";" => Some(NO_SEMICOLON.to_owned()),
        option if option.starts_with('-') => test_of_shell(before, rest, option),
        number if mistaken_unit(number).is_some() => mistaken_unit(number),
        "elif" | "elsif" => Some("write `else if`".to_owned()),
        "then" => Some("write `if CONDITION { … }`".to_owned()),
        _ if before == "sh" && first == "sh" => Some("a command stands in quotes: `sh \"…\"`".to_owned()),
        _ if before.ends_with("only") && before.contains("stage") => {
            Some("write `on SELECTOR only`, then the other clauses".to_owned())
        }
        _ => None,
    }
}

fn equals(stop: &Stop<'_>) -> Option<String> {
    let Stop { before, found, first, .. } = *stop;
    match found {
        "=" if before == first && (first == "let" || DECLARATIONS.contains(&first)) => {
            Some(format!("give it a name: `{first} NAME = …`"))
        }
        "==" if DECLARATIONS.contains(&first) => Some("a declaration has one `=`".to_owned()),
        "==" if first == "let" => Some("a `let` has one `=`".to_owned()),
        "=" if before == first => Some(format!("a value gets its name by `let {first} = …`")),
        "=" if condition(before).starts_with('[') => {
            Some("a comparison is written `==`, and a condition stands without brackets".to_owned())
        }
        "=" => foreign::equals(stop).or_else(|| {
            let is_compared = !DECLARATIONS.contains(&first) || before.contains(" = ") || before.contains(" on ");
            is_compared.then(|| "a comparison is written `==`".to_owned())
        }),
        _ => None,
    }
}

/// `a && b` joins conditions, or says what is done after a command went well or wrong.
fn and_or(before: &str, rest: &str, first: &str) -> String {
    let (word, not) = if rest.starts_with("&&") { ("and", "") } else { ("or", "not ") };
    let (left, right) = (condition(before), rest[2..].trim_start());
    let is_command = |text: &str| first_word(text) == "sh";
    let is_within_condition = left != before.trim_start();
    if before.is_empty() {
        format!("write `{word}`, at the end of the line before: there a condition goes on")
    } else if is_within_condition && (is_command(left) || is_command(right)) {
        format!("write `{word}`, and `(try sh \"…\").ok` for whether a command succeeds")
    } else if DECLARATIONS.contains(&first) || (is_within_condition && !STATEMENTS.contains(&first_word(right))) {
        "write `and`, `or` and `not`".to_owned()
    } else if !is_command(left) {
        format!("what is done under a condition: `if {not}CONDITION {{ … }}`")
    } else if word == "and" {
        "write what follows on a line of its own: it is done where the command succeeds; or give both to the shell: \
         `sh \"A && B\"`"
            .to_owned()
    } else {
        "what is done where it fails: `if not (try sh \"A\").ok { … }`; or give both to the shell: `sh \"A || B\"`"
            .to_owned()
    }
}

/// The text of a condition or value that is begun, without the words before it that make a statement of it.
fn condition(before: &str) -> &str {
    let line = before.rsplit('\n').next().unwrap_or("").trim_start();
    let line = line.rsplit_once('{').map_or(line, |(_, inner)| inner).trim_start();
    match first_word(line) {
        word @ ("if" | "assert" | "return" | "print" | "not") => condition(&line[word.len()..]),
        "let" => line.split_once('=').map_or("", |(_, value)| value.trim_start()),
        _ => line,
    }
}

/// `[ -f x ]`, `[[ -f x ]]`, `test -f x` and `[ x -gt 3 ]`.
fn test_of_shell(before: &str, rest: &str, option: &str) -> Option<String> {
    let comparison = match option {
        "-eq" => "==",
        "-ne" => "!=",
        "-lt" => "<",
        "-le" => "<=",
        "-gt" => ">",
        "-ge" => ">=",
        _ => "",
    };
    if !comparison.is_empty() {
        return Some(format!("a comparison is written `{comparison}`, and a condition stands without brackets"));
    }
    let opener = condition(before);
    let is_test = option.len() == 2 && (opener.is_empty() || opener.ends_with('[') || opener == "test");
    if !is_test {
        return None;
    }
    let operand = operand(rest[option.len()..].trim_start());
    let asked = format!("(try sh \"test {option} {operand}\").ok");
    // What begins a statement decides about what stands behind it.
    let line = rest.split('\n').next().unwrap_or("");
    let (is_alone, is_not) = (opener == before.trim_start(), line.contains("||"));
    let written = |condition: &str| match (is_alone, is_not) {
        (false, _) => format!("`{condition}`"),
        (true, true) => format!("`if not {condition} {{ … }}`"),
        (true, false) => format!("`if {condition} {{ … }}`"),
    };
    let is_empty = (option == "-z") != (is_alone && is_not);
    Some(match option {
        "-e" | "-f" => {
            let exists = written(&format!("file-exists(\"{operand}\")"));
            format!("write {exists}; what else the shell can test: `{asked}`")
        }
        "-z" | "-n" => {
            let comparison = if is_empty { "VALUE == \"\"" } else { "VALUE != \"\"" };
            if is_alone { format!("write `if {comparison} {{ … }}`") } else { format!("write `{comparison}`") }
        }
        _ => format!("the shell is asked by {}", written(&asked)),
    })
}

/// The word that is tested, where it can stand in a string as it is.
fn operand(rest: &str) -> &str {
    let end = rest.find([' ', '\t', '\n', ']', ')', '{']).unwrap_or(rest.len());
    let word = rest[..end].trim_matches(['"', '\'']);
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '~');
    if !word.is_empty() && word.chars().all(is_plain) { word } else { "PATH" }
}

/// Whether a `(` or `[` is open. What stands in strings is no bracket.
fn is_within_brackets(before: &str) -> bool {
    let code = before.split('"').step_by(2).flat_map(str::bytes);
    let depth = code.fold(0_i32, |depth, byte| match byte {
        b'(' | b'[' => depth + 1,
        b')' | b']' => depth - 1,
        _ => depth,
    });
    depth > 0
}

/// `8GB` and `30sec` as they are written here.
fn mistaken_unit(found: &str) -> Option<String> {
    let digits = found.find(|c: char| !(c.is_ascii_digit() || c == '_')).filter(|at| *at > 0)?;
    let (number, unit) = found.split_at(digits);
    let meant = match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => "KiB",
        "mb" | "mib" => "MiB",
        "g" | "gb" | "gib" => "GiB",
        "t" | "tb" | "tib" => "TiB",
        "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hour" | "hours" => "h",
        "day" | "days" => "d",
        _ => return None,
    };
    Some(format!("write `{number}{meant}`"))
}
