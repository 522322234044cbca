//! Words and signs of other languages and tools, and what stands for them here.

use super::errors::{DECLARATIONS, STATEMENTS, first_word};
use crate::diagnostic::did_you_mean;

const COMMENT: &str = "a comment begins with `#`";
const PLAYBOOK: &str = "a playbook is turned into a workflow by `flowrun import PLAYBOOK`";
const UNCHANGING: &str = "values do not change: the result gets a name of its own";

/// Where reading stopped.
pub(super) struct Stop<'t> {
    /// What could not be read, from its beginning up to here, without the blanks before here.
    pub(super) before: &'t str,
    /// All from here on.
    pub(super) rest: &'t str,
    /// The word or sign that stands here.
    pub(super) found: &'t str,
    /// The word that all of it begins with.
    pub(super) first: &'t str,
}

impl<'t> Stop<'t> {
    /// The rest of the line, without a comment behind it.
    fn line(&self) -> &'t str {
        let line = self.rest.split('\n').next().unwrap_or("");
        line.split(" #").next().unwrap_or(line).trim_end()
    }

    /// The same, where it can be written again within other text.
    fn short(&self) -> Option<&'t str> {
        Some(self.line()).filter(|line| !line.is_empty() && !line.contains(['{', '}', '`']))
    }

    fn begins(&self) -> bool {
        self.before.is_empty()
    }

    fn is_behind_first(&self) -> bool {
        self.before == self.first
    }

    fn last_word(&self) -> &'t str {
        self.before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or("")
    }

    /// What is written so far of the splice that this stands in.
    fn splice(&self) -> Option<&'t str> {
        let (text, inner) = self.before.rsplit_once("{{")?;
        (!inner.contains("}}") && !text.ends_with('\\') && text.contains('"')).then(|| inner.trim_start())
    }
}

/// What a habit of another language is written as here.
pub(super) fn remedy(stop: &Stop<'_>) -> Option<String> {
    comment(stop)
        .or_else(|| in_splice(stop))
        .or_else(|| in_header(stop))
        .or_else(|| behind_command(stop))
        .or_else(|| changed(stop))
        .or_else(|| sign(stop))
        .or_else(|| statement(stop))
        .or_else(|| called_without_brackets(stop))
}

fn comment(stop: &Stop<'_>) -> Option<String> {
    let slashes = stop.rest.starts_with("//") || stop.rest.starts_with("/*");
    let within = matches!(stop.found, "/" | "*") && stop.before.ends_with('/');
    let dashes = stop.rest.starts_with("-- ");
    (slashes || within || dashes).then(|| COMMENT.to_owned())
}

/// Filters and conditions of templates, and braces that are meant as they stand.
fn in_splice(stop: &Stop<'_>) -> Option<String> {
    let value = stop.splice()?;
    if value.is_empty() && !stop.found.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '\'' | '“' | '‘')) {
        return Some("`{{` that stands for itself is written `\\{{`".to_owned());
    }
    let value = if value.contains(['"', '\'', '{', '`']) { "VALUE" } else { value };
    match stop.found {
        "|" => Some(filter(value, stop.rest.trim_start_matches(['|', ' ']))),
        "}" => Some(format!("what is spliced ends in `}}}}`: `{{{{ {value} }}}}`")),
        "if" => Some(format!("a value that depends: `{{{{ if CONDITION {{ {value} }} else {{ OTHER }} }}}}`")),
        _ => None,
    }
}

/// `value | name(…)`
fn filter(value: &str, rest: &str) -> String {
    match first_word(rest) {
        "default" | "d" => format!("there are no filters: where it may be missing, `or-else({value}, \"…\")`"),
        "join" => format!("there are no filters: a task is called, `join({value}, \", \")`"),
        "length" | "count" => format!("there are no filters: a task is called, `len({value})`"),
        "basename" => format!("there are no filters: a task is called, `file-name({value})`"),
        "dirname" => format!("there are no filters: a task is called, `parent({value})`"),
        name @ ("trim" | "int" | "first" | "last" | "sum" | "lines" | "len") => {
            format!("there are no filters: a task is called, `{name}({value})`")
        }
        "quote" => "a spliced value is quoted anyway: leave the filter out".to_owned(),
        name @ ("upper" | "lower") => {
            let class = if name == "upper" { "'a-z' 'A-Z'" } else { "'A-Z' 'a-z'" };
            format!("there are no filters: a program does it, `sh(\"tr {class}\", stdin: {value}).stdout`")
        }
        _ => "there are no filters: call a task of the standard library or one of your own, `{{ NAME(VALUE) }}`"
            .to_owned(),
    }
}

/// Clauses of stages and tasks.
fn in_header(stop: &Stop<'_>) -> Option<String> {
    let Stop { before, found, first, .. } = stop;
    if *found == "\"" && stop.last_word() == "on" {
        let name = stop.rest[1..].split('"').next().unwrap_or("");
        return Some(format!("a host is `name == \"{name}\"`, the hosts of a group are `group(\"{name}\")`"));
    }
    if *first == "task" {
        let (_, guard) = before.rsplit_once(" on ").or_else(|| before.rsplit_once("\non "))?;
        return (*found == "{").then(|| format!("a task's guard is `on {} only`", guard.trim()));
    }
    if *first != "stage" || before.contains('{') {
        return None;
    }
    match *found {
        "serial" | "throttle" | "forks" => {
            let count = first_word(stop.rest[found.len()..].trim_start_matches([':', ' ']));
            let count = if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) { "1" } else { count };
            Some(format!("how many hosts at once: `at-once {count}`"))
        }
        "become" | "become_user" | "become-user" | "user" | "as" | "sudo" => {
            Some("each command says as whom it runs: `sh(\"…\", user: \"root\")`".to_owned())
        }
        "," => Some("several selectors are joined by `or`".to_owned()),
        "{" if !before.contains(" on ") => Some(format!("say where it runs: `{before} on all {{ … }}`")),
        ":" => Some("a clause has no `:`".to_owned()),
        _ => None,
    }
}

/// What is said of a command behind it, or of a place before a statement.
fn behind_command(stop: &Stop<'_>) -> Option<String> {
    if matches!(stop.first, "on" | "at") && !stop.before.contains('{') && is_statement(stop.found) {
        let line = stop.short().unwrap_or("…");
        return Some(format!("what is done there stands in braces: `{} {{ {line} }}`", stop.before));
    }
    let command = command_before(stop.before)?;
    match stop.found {
        "," => {
            let more = stop.short().map_or_else(|| ", …".to_owned(), str::to_owned);
            Some(format!("with arguments it stands in brackets: `sh({command}{more})`"))
        }
        name @ ("cwd" | "env" | "stdin" | "user" | "timeout" | "durable") => {
            let value = stop.short().map_or("…", |line| line[name.len()..].trim_start_matches([':', '=', ' ']));
            Some(format!("with arguments it stands in brackets: `sh({command}, {name}: {value})`"))
        }
        "on" | "at" => {
            let place = stop.short().unwrap_or("on …");
            Some(format!("where it runs stands before it: `{place} {{ sh {command} }}`"))
        }
        "if" => {
            let condition = stop.short().unwrap_or("if CONDITION");
            Some(format!("the condition stands before it: `{condition} {{ sh {command} }}`"))
        }
        "|" | ">" => Some("what the shell is to do stands in its text: `sh \"A | B\"`".to_owned()),
        _ => None,
    }
}

fn is_statement(word: &str) -> bool {
    STATEMENTS.contains(&word)
}

/// The text of a command that ends here: `"…"` of `sh "…"`.
fn command_before(before: &str) -> Option<&str> {
    let text = &before[before.rfind("sh \"")? + "sh ".len()..];
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.replace("\\\"", "").contains(['"', '\n', '`'])).then_some(text)
}

/// `n += 1` and `n++`
fn changed(stop: &Stop<'_>) -> Option<String> {
    let name = stop.first;
    let all = [stop.before, stop.rest].concat();
    let change = all.strip_prefix(name)?.trim_start();
    let mut signs = change.chars();
    let sign = signs.next().filter(|sign| "+-*/%".contains(*sign) && !name.is_empty())?;
    let operand = match signs.next()? {
        '=' => signs.as_str().split(['\n', '#', '`']).next().unwrap_or("").trim(),
        second if second == sign && signs.as_str().trim_start_matches(' ').starts_with(['\n', '}', '#']) => "1",
        second if second == sign && signs.as_str().is_empty() => "1",
        _ => return None,
    };
    Some(format!("{UNCHANGING}, `let new-{name} = {name} {sign} {operand}`"))
}

/// Signs that mean nothing here.
fn sign(stop: &Stop<'_>) -> Option<String> {
    match stop.found {
        "“" | "”" | "„" | "‟" | "‘" | "’" | "«" | "»" => {
            Some("strings stand between straight quotes: `\"` and `\"`".to_owned())
        }
        "-" if stop.begins() => Some(PLAYBOOK.to_owned()),
        ":" if stop.rest.starts_with(":=") && stop.is_behind_first() => {
            Some(format!("a value gets its name by `let {} = …`", stop.first))
        }
        "=" if stop.before.ends_with(':') && stop.first == "let" => Some("a `let` has one `=`".to_owned()),
        ":" if stop.is_behind_first() && is_statement(stop.first) => {
            Some(format!("`{}` stands without `:`", stop.first))
        }
        ":" if stop.is_behind_first() => Some(PLAYBOOK.to_owned()),
        "?" => Some("a value that depends: `if CONDITION { A } else { B }`".to_owned()),
        "|" => {
            let line = stop.before.rsplit(['=', '(', ',', ' ']).next().unwrap_or("VALUE");
            Some(filter(line, stop.rest.trim_start_matches(['|', ' '])))
        }
        _ => None,
    }
}

/// Words that begin a statement elsewhere, and those that go on with one.
fn statement(stop: &Stop<'_>) -> Option<String> {
    match stop.found {
        "catch" | "except" => return Some("write `try { … } rescue problem { … }`".to_owned()),
        "then" if stop.first == "ensure" => return Some("what mends it stands in `else { … }`".to_owned()),
        "of" if stop.first == "for" => return Some("write `for NAME in LIST { … }`".to_owned()),
        _ => {}
    }
    if !(stop.is_behind_first() || stop.found == "{") {
        return None;
    }
    let text = if stop.found == "\"" { stop.short().unwrap_or("\"…\"") } else { "\"…\"" };
    Some(match stop.first {
        "while" | "until" | "loop" | "repeat" => {
            "`retry 5 every 2s { … }` tries until it succeeds, and `for x in xs { … }` goes over a list".to_owned()
        }
        "foreach" => "write `for NAME in LIST { … }`".to_owned(),
        "unless" => "write `if not CONDITION { … }`".to_owned(),
        "when" => "write `if CONDITION { … }`".to_owned(),
        "var" | "const" | "set" | "val" | "mut" | "variable" | "local" | "set_fact" => {
            let name = Some(stop.found).filter(|found| found.starts_with(|c: char| c.is_ascii_alphabetic()));
            format!("a value gets its name by `let {} = …`", name.unwrap_or("NAME"))
        }
        "function" | "def" | "fn" | "func" => {
            "what is done in several places is a task, beside the stages: `task NAME(x: Str) { … }`".to_owned()
        }
        "throw" | "raise" | "die" | "panic" | "abort" => format!("write `fail {text}`"),
        "echo" | "puts" | "println" | "log" | "debug" | "say" => format!("write `print {text}`"),
        "import" | "include" | "require" | "from" => "`use MODULE` stands at the top of the file".to_owned(),
        _ => return None,
    })
}

/// `t "a"`, `retun x`: a misspelt statement, or a call as the shell has it.
fn called_without_brackets(stop: &Stop<'_>) -> Option<String> {
    let begins_value = stop.found.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '"' | '_'));
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !begins_value || stop.begins() || !stop.before.chars().all(is_name) || DECLARATIONS.contains(&stop.first) {
        return None;
    }
    if let Some(meant) = did_you_mean(stop.first, STATEMENTS.iter().copied()).filter(|_| stop.is_behind_first()) {
        return Some(format!("did you mean `{meant}`?"));
    }
    if matches!(stop.first, "shell" | "command" | "cmd" | "run" | "exec") && stop.found == "\"" {
        return Some("a command is `sh \"…\"`".to_owned());
    }
    // The words of tests are read by rules of their own.
    if is_statement(stop.first) || matches!(stop.first, "answer" | "expect" | "file" | "run") {
        return None;
    }
    let (task, value) = (stop.before, stop.short().unwrap_or("…"));
    let program =
        if stop.is_behind_first() { format!("; a program is run by `sh \"{task} …\"`") } else { String::new() };
    Some(format!("a task is called with brackets: `{task}({value})`{program}"))
}

/// What begins no declaration here and one elsewhere; `region` goes on to the next declaration.
pub(super) fn declaration(word: &str, region: &str) -> Option<String> {
    let line = region.split('\n').next().unwrap_or("").trim_end();
    let behind = line[word.len()..].trim_start();
    let second = first_word(behind);
    let named = |or: &'static str| if second.is_empty() { or.to_owned() } else { second.to_owned() };
    if line == "---" || line.starts_with("- ") || (!word.is_empty() && behind.starts_with(':')) {
        return Some(PLAYBOOK.to_owned());
    }
    if ["//", "/*", "--", ";"].iter().any(|sign| line.starts_with(sign)) {
        return Some(COMMENT.to_owned());
    }
    Some(match word {
        "import" | "include" | "require" | "from" | "using" => {
            let module = behind.split(' ').next().unwrap_or("").trim_matches(['"', '\'', ';']);
            let is_module = module.starts_with("std/") || module.starts_with("./");
            format!("write `use {}`", if is_module { module } else { "std/NAME` or `use ./NAME" })
        }
        "function" | "def" | "fn" | "func" => format!("write `task {}(x: Str) {{ … }}`", named("NAME")),
        "let" | "var" | "const" | "variable" | "val" | "set" => format!(
            "what is set from outside is `input {}: Str = \"…\"`; other values stand by `let` in a stage or a task",
            named("NAME")
        ),
        "job" | "play" | "step" => format!("write `stage {} on all {{ … }}`", named("NAME")),
        "group" => format!("the hosts of a group are `hosts NAME = group({})`", named("NAME")),
        "on" => {
            let selector = behind.trim_end_matches('{').trim_end();
            let selector = selector.strip_suffix(" only").unwrap_or(selector);
            format!("a task's guard is `on {selector} only`, and a stage begins `stage NAME on {selector}`")
        }
        word if is_statement(word) || matches!(word, "echo" | "while" | "shell" | "command" | "run") => {
            "statements stand in a stage: `stage NAME on all { … }`".to_owned()
        }
        _ => return None,
    })
}

/// `name = value`, where an argument or a field gets its value by `:`; `input NAME = value`, where the type is missing.
pub(super) fn equals(stop: &Stop<'_>) -> Option<String> {
    if stop.first == "input" && stop.before.split_whitespace().count() == 2 {
        let value = stop.short().map_or("", |line| line[1..].trim_start());
        let shown = if value.is_empty() { "…" } else { value };
        return Some(format!("say of what type it is: `{}: {} = {shown}`", stop.before, type_of(value)));
    }
    let (opener, key) = begun(stop.before)?;
    let is_word = |text: &str| !text.is_empty() && first_word(text) == text;
    let bare = key.trim_matches('"');
    let key = if is_word(bare) { bare } else { key };
    let is_key = is_word(key) || key.starts_with('"') && key.ends_with('"') && key.len() > 1;
    let is_call = |before: &str| match last_word(before) {
        "sh" => true,
        word => !word.is_empty() && !is_statement(word) && before.ends_with(word),
    };
    let value = stop.rest[1..].split([',', ')', '}', '\n', '{', '(']).next().unwrap_or("").trim();
    let value = if value.is_empty() || value.starts_with('[') { "…" } else { value };
    match opener {
        Opener::Call(before) if is_call(before) && is_word(key) => {
            Some(format!("an argument gets its value by `:`, `{key}: {value}`"))
        }
        Opener::Record if is_key => Some(format!("a field gets its value by `:`, `{{ {key}: {value} }}`")),
        _ => None,
    }
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).next().unwrap_or("")
}

/// The bracket that is open, with what stands before it.
enum Opener<'t> {
    Call(&'t str),
    Record,
    Other,
}

/// The innermost bracket that is open, and what stands since it or since the last comma in it.
fn begun(before: &str) -> Option<(Opener<'_>, &str)> {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for (at, byte) in before.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'(' | b'[' | b'{' => open.push((byte, at, at + 1)),
            b')' | b']' | b'}' => drop(open.pop()),
            b',' => open.iter_mut().last().into_iter().for_each(|(_, _, since)| *since = at + 1),
            _ => {}
        }
    }
    let (byte, at, since) = open.pop()?;
    let opener = match byte {
        b'(' => Opener::Call(&before[..at]),
        b'{' => Opener::Record,
        _ => Opener::Other,
    };
    Some((opener, before[since..].trim()))
}

fn type_of(value: &str) -> &'static str {
    let digits = value.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
    match digits {
        _ if value.starts_with('[') && value.contains('"') => "List[Str]",
        _ if value.starts_with('[') => "List[Int]",
        _ if value == "true" || value == "false" => "Bool",
        _ if digits.len() == value.len() => "Str",
        "" => "Int",
        "B" | "KiB" | "MiB" | "GiB" | "TiB" => "Size",
        _ => "Duration",
    }
}
