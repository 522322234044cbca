//! What commands run.

use rustc_hash::FxHashSet as HashSet;

use super::index::{Around, Command, Owner, literals, written};
use super::{Context, messages, options};
use crate::diagnostic::Diagnostic;
use crate::shell::{Invocation, Manner, Program, Word};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, TextPart};

/// Every program that is surely run, with its command and its place.
fn runs<'a>(context: &'a Context<'_>) -> impl Iterator<Item = (&'a Command<'a>, &'a str, &'a Invocation)> {
    let commands = context.index.commands.iter();
    commands.flat_map(|command| command.programs().map(move |(name, invocation)| (command, name, invocation)))
}

fn place(command: &Command<'_>, invocation: &Invocation) -> Span {
    command.place(invocation.position.as_ref())
}

fn has(invocation: &Invocation, wanted: &[&str]) -> bool {
    literals(invocation).any(|word| wanted.contains(&word))
}

/// Whether one of the letters stands among the short options.
fn has_letter(invocation: &Invocation, letters: &[char]) -> bool {
    literals(invocation).any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letters))
}

/// A task, by its module and its name.
type Task<'t> = (usize, &'t str);

pub(super) fn no_time_limit(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut untimed = None;
    for command in context.index.commands.iter().filter(|command| !command.around.timed) {
        let own = command.argument("timeout", 5).is_some();
        let long = command
            .programs()
            .find(|(name, invocation)| !own && is_long(name, invocation) && context.programs().may_act(invocation));
        let Some((name, invocation)) = long else { continue };
        let reached = match command.around.owner {
            Owner::Stage | Owner::Condition => true,
            Owner::Task(task) => {
                let untimed = untimed.get_or_insert_with(|| untimed_tasks(context));
                untimed.contains(&(command.around.module, &*task.name.text))
            }
            Owner::Other => false,
        };
        if reached {
            found.push(messages::no_time_limit(name, place(command, invocation)));
        }
    }
}

/// Whether a program is known to take long, or for ever where a server does not answer.
fn is_long(name: &str, invocation: &Invocation) -> bool {
    let first = literals(invocation).find(|word| !word.starts_with('-')).unwrap_or_default();
    let long = match name {
        "make" | "gmake" | "ninja" | "scons" | "rsync" | "scp" | "dd" | "wget" | "debootstrap" | "bitbake"
        | "dpkg-buildpackage" | "rpmbuild" | "mvn" | "gradle" => !has(invocation, &["--version", "-v", "-V", "--help"]),
        "curl" => !has(invocation, &["--max-time", "-m", "--version"]),
        "apt-get" | "apt" | "dnf" | "yum" | "zypper" | "apk" => matches!(
            first,
            "update" | "upgrade" | "install" | "dist-upgrade" | "full-upgrade" | "add" | "makecache" | "build-dep"
        ),
        "pip" | "pip3" | "npm" | "cargo" => matches!(first, "install" | "build" | "ci" | "test" | "download" | "fetch"),
        "git" => matches!(first, "clone" | "fetch" | "pull" | "push"),
        "docker" | "podman" => matches!(first, "build" | "pull" | "push"),
        _ => false,
    };
    long && invocation.via.iter().all(|via| via != "timeout")
}

/// The tasks that some stage calls without a limit of time.
fn untimed_tasks<'a>(context: &'a Context<'_>) -> HashSet<Task<'a>> {
    let calls: Vec<(Around<'a>, Task<'a>)> = context
        .index
        .calls
        .iter()
        .filter(|call| !call.around.timed)
        .filter_map(|call| {
            let modules = &context.given.modules.all;
            let module = match call.alias {
                None => call.around.module,
                Some(alias) => *modules[call.around.module].uses.get(alias)?,
            };
            Some((call.around, (module, call.name)))
        })
        .collect();
    let mut untimed: HashSet<Task<'a>> = HashSet::default();
    let mut callers: std::collections::HashMap<Task<'a>, Vec<Task<'a>>> = std::collections::HashMap::default();
    let mut open = Vec::new();
    for (around, called) in calls {
        match around.owner {
            Owner::Stage | Owner::Condition => open.push(called),
            Owner::Task(task) => callers.entry((around.module, &*task.name.text)).or_default().push(called),
            Owner::Other => {}
        }
    }
    while let Some(task) = open.pop() {
        if untimed.insert(task) {
            open.extend(callers.get(&task).into_iter().flatten().copied());
        }
    }
    untimed
}

pub(super) fn other_user(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        if matches!(name, "sudo" | "doas") && invocation.wrapper {
            found.push(messages::other_user(name, place(command, invocation)));
        }
    }
}

pub(super) fn known_temporary_name(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for command in &context.index.commands {
        for write in &command.analysis.writes {
            let span = command.place(write.position.as_ref());
            if write.position.is_some() && is_known_name(context.slice(span).trim_matches(['"', '\'', '\\'])) {
                found.push(messages::known_temporary_name(context.slice(span), span));
            }
        }
        for (name, invocation) in command.programs() {
            if let Some(file) = written_files(name, invocation).into_iter().find(|file| is_known_name(file)) {
                found.push(messages::known_temporary_name(file, place(command, invocation)));
            }
        }
    }
}

/// The files that a program makes, as far as its words say.
fn written_files<'a>(name: &str, invocation: &'a Invocation) -> Vec<&'a str> {
    let words: Vec<&str> = invocation.words.iter().skip(1).map(written).collect();
    match name {
        "tee" => words,
        // Without `-p` it fails where something is there already.
        "mkdir" if words.contains(&"-p") => words,
        "cp" | "mv" | "install" | "ln" => words.last().copied().into_iter().collect(),
        "dd" => words.iter().filter_map(|word| word.strip_prefix("of=")).collect(),
        "curl" | "wget" => {
            words.windows(2).filter(|pair| matches!(pair[0], "-o" | "-O" | "--output")).map(|pair| pair[1]).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether everybody on the host can tell a file's name before it is there.
fn is_known_name(file: &str) -> bool {
    let file = file.trim_matches('"');
    let below = file.strip_prefix("/tmp/").or_else(|| file.strip_prefix("/var/tmp/"));
    below.is_some_and(|name| {
        let name = name.replace("$$", "").replace("${$}", "");
        !name.contains(['$', '`', '{']) && !name.is_empty() || file.contains("$$") && !name.contains(['$', '`', '{'])
    })
}

pub(super) fn removes_too_much(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        let recursive = has_letter(invocation, &['r', 'R']) || has(invocation, &["--recursive"]);
        if name != "rm" || !recursive {
            continue;
        }
        let words = invocation.words.iter().skip(1).filter_map(|word| match word {
            Word::Dynamic(text) => Some(text.as_str()),
            Word::Literal(_) | Word::Spliced(_) => None,
        });
        if let Some(word) = words.into_iter().find(|word| is_root_without_its_value(word)) {
            let word = with_value(context, command, word);
            found.push(messages::removes_too_much(&word, place(command, invocation)));
        }
    }
}

/// A word as written, where it can only be one splice that it holds.
fn with_value(context: &Context<'_>, command: &Command<'_>, word: &str) -> String {
    let splices: Vec<Span> = command
        .text
        .parts
        .iter()
        .filter_map(|part| match part {
            TextPart::Splice(value) => Some(value.span),
            TextPart::Literal(..) => None,
        })
        .collect();
    match splices.as_slice() {
        [only] => word.replace("{{…}}", &format!("{{{{ {} }}}}", context.slice(*only))),
        _ => word.to_owned(),
    }
}

/// Whether a word is the root, or a directory that every system has, once what it begins with is empty.
fn is_root_without_its_value(word: &str) -> bool {
    const SYSTEM: &[&str] = &[
        "", "*", ".", ".*", "bin", "boot", "dev", "etc", "home", "lib", "opt", "root", "sbin", "srv", "tmp", "usr",
        "var",
    ];
    let word: String = word.chars().filter(|c| *c != '"').collect();
    let rest = if let Some(rest) = word.strip_prefix("{{…}}") {
        rest
    } else if let Some(braced) = word.strip_prefix("${") {
        match braced.split_once('}') {
            Some((name, rest)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => rest,
            _ => return false,
        }
    } else if let Some(name) = word.strip_prefix('$') {
        name.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_')
    } else {
        return false;
    };
    rest.strip_prefix('/')
        .is_some_and(|rest| SYSTEM.contains(&rest.trim_end_matches(['/', '*'])) || SYSTEM.contains(&rest))
}

pub(super) fn open_to_everybody(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        let mode = match name {
            "chmod" => literals(invocation).find(|word| is_open_mode(word)),
            "install" | "mkdir" => {
                options::values(invocation, 'm', "--mode").into_iter().find(|mode| is_open_mode(mode))
            }
            _ => None,
        };
        if let Some(mode) = mode {
            found.push(messages::open_to_everybody(mode, place(command, invocation)));
        }
    }
    for call in
        context.index.calls.iter().filter(|call| call.alias.is_none() && matches!(call.name, "write-file" | "upload"))
    {
        let Some(mode) = call.argument("mode", 2) else { continue };
        if let ExprKind::Text(text) = &mode.kind
            && let Some(literal) = text.literal().filter(|literal| is_open_mode(literal))
        {
            found.push(messages::open_to_everybody(&literal, mode.span));
        }
    }
}

/// Whether a mode lets everybody write; a directory may, where each can remove only what is theirs.
fn is_open_mode(mode: &str) -> bool {
    let digits = !mode.is_empty() && mode.len() <= 4 && mode.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if digits {
        let sticky = mode.len() == 4 && mode.starts_with(['1', '3', '5', '7']);
        return mode.len() >= 3 && mode.ends_with(['2', '3', '6', '7']) && !sticky;
    }
    mode.split(',').any(|part| {
        let to_all = part.split_once(['+', '=']).filter(|(who, _)| who.contains(['o', 'a']));
        to_all.is_some_and(|(who, what)| {
            who.chars().all(|c| "ugoa".contains(c)) && what.contains('w') && what.chars().all(|c| "rwxX".contains(c))
        })
    })
}

pub(super) fn secret_seen(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        let words: Vec<&str> = invocation.words.iter().skip(1).map(written).collect();
        if let Some(option) = secret_option(name, &words) {
            found.push(messages::secret_seen(option, place(command, invocation)));
        }
    }
}

fn secret_option<'a>(name: &str, words: &[&'a str]) -> Option<&'a str> {
    const OPTIONS: &[&str] = &[
        "--password",
        "--passwd",
        "--passphrase",
        "--token",
        "--secret",
        "--api-key",
        "--http-password",
        "--ftp-password",
        "--proxy-password",
        "--auth-token",
        "--secret-key",
        "--access-token",
    ];
    let given = |at: usize| words.get(at + 1).is_some_and(|value| !value.is_empty() && !value.starts_with('-'));
    words.iter().enumerate().find_map(|(at, word)| {
        let (option, value) = word.split_once('=').map_or((*word, None), |(option, value)| (option, Some(value)));
        let named = OPTIONS.contains(&option) && value.map_or_else(|| given(at), |value| !value.is_empty());
        let of_program = match (name, *word) {
            ("sshpass", "-p") => given(at),
            ("curl", "-u" | "--user") => words.get(at + 1).is_some_and(|user| user.contains(':')),
            _ if name.starts_with("mysql") || name.starts_with("mariadb") => word.starts_with("-p") && word.len() > 2,
            ("docker" | "podman" | "buildah" | "helm", _) if words.contains(&"login") => {
                *word == "-p" && given(at) || word.starts_with("-p") && word.len() > 2
            }
            _ => false,
        };
        let option = if option.starts_with("-p") { "-p" } else { option };
        (named || of_program).then_some(option)
    })
}

pub(super) fn killed_at_once(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // Once something was asked to end, here or before in the same body, it may be made to.
    let mut asked = None;
    for (command, name, invocation) in runs(context) {
        let verb = if name == "systemctl" { options::verb(invocation) } else { "" };
        if !matches!((name, verb), ("kill" | "pkill" | "killall", _) | ("systemctl", "kill" | "stop")) {
            continue;
        }
        let body = Some(command.around.item);
        if !is_killing(invocation) {
            asked = body;
        } else if asked != body {
            found.push(messages::killed_at_once(name, place(command, invocation)));
        }
    }
}

fn is_killing(invocation: &Invocation) -> bool {
    let named = |signal: &&str| matches!(*signal, "KILL" | "SIGKILL" | "9");
    has(invocation, &["-9", "-KILL", "-SIGKILL"]) || options::values(invocation, 's', "--signal").iter().any(named)
}

pub(super) fn leaves_its_host(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        let remote = |word: &Word| {
            let text = written(word);
            text.split_once(':')
                .is_some_and(|(host, path)| !host.is_empty() && !host.contains('/') && !path.starts_with("//"))
        };
        let leaves = match name {
            "ssh" | "sftp" | "mosh" => invocation.words.len() > 1 && !has(invocation, &["-V", "-G", "-Q"]),
            "scp" => true,
            "rsync" => invocation.words.iter().skip(1).filter(|word| !written(word).starts_with('-')).any(remote),
            _ => false,
        };
        if leaves {
            found.push(messages::leaves_its_host(name, place(command, invocation)));
        }
    }
}

pub(super) fn asks_a_question(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (command, name, invocation) in runs(context) {
        let first = literals(invocation).find(|word| !word.starts_with('-')).unwrap_or_default();
        let changes = matches!(
            first,
            "install"
                | "upgrade"
                | "dist-upgrade"
                | "full-upgrade"
                | "remove"
                | "purge"
                | "autoremove"
                | "update"
                | "build-dep"
        );
        let (asks, answer) = match name {
            "apt-get" | "apt" => (first != "update", "-y"),
            "dnf" | "yum" => (true, "-y"),
            "zypper" => (true, "--non-interactive"),
            _ => continue,
        };
        let answered = match name {
            "apt-get" | "apt" => options::apt_is_answered(invocation),
            _ => has_letter(invocation, &['y']),
        };
        let answered = answered
            || has(invocation, &["--yes", "--assume-yes", "--assumeyes", "--dry-run", "--simulate", "--download-only"])
            || has(invocation, &["--non-interactive", "-n"]) && name == "zypper"
            || command.programs().any(|(other, _)| other == "yes")
            || command.argument("stdin", 3).is_some();
        if changes && asks && !answered {
            found.push(messages::asks_a_question(&format!("{name} {first}"), answer, place(command, invocation)));
        }
    }
}

pub(super) fn never_ends(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for command in &context.index.commands {
        // What reads it may end it.
        let piped =
            |number: usize| {
                command.analysis.remarks.iter().any(
                    |remark| matches!(&remark.manner, Manner::Piped { programs, .. } if programs.contains(&number)),
                )
            };
        let limited = command.argument("timeout", 5).is_some();
        for (number, invocation) in command.analysis.programs.iter().enumerate() {
            let Program::Known(name) = &invocation.program else { continue };
            let bounded = limited || invocation.possible || invocation.via.iter().any(|via| via == "timeout");
            if runs_for_ever(name, invocation) && !bounded && !piped(number) {
                found.push(messages::never_ends(name, place(command, invocation)));
            }
        }
    }
}

fn runs_for_ever(name: &str, invocation: &Invocation) -> bool {
    match name {
        // It ends with the process.
        "tail" if literals(invocation).any(|word| word.starts_with("--pid")) => false,
        "tail" => has_letter(invocation, &['f', 'F']) || has(invocation, &["--follow"]),
        "journalctl" => {
            has_letter(invocation, &['f']) && !has(invocation, &["--no-follow"]) || has(invocation, &["--follow"])
        }
        "dmesg" => has_letter(invocation, &['w', 'W']) || has(invocation, &["--follow"]),
        "watch" => true,
        "top" | "htop" => !has_letter(invocation, &['n', 'b']),
        "ping" => !has_letter(invocation, &['c', 'w']),
        "sleep" => has(invocation, &["infinity", "inf"]),
        _ => false,
    }
}
