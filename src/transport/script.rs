//! Shell text: quoting, and what a [`Command`] becomes on its way to the remote shell.

use std::fmt::Write as _;

use super::Command;

/// Reads its script, escaped for `printf %b`, from the first line of its input and runs it; the rest of the input is the
/// script's own. So neither the script nor its input is ever on a command line.
const FRESH_SHELL: &str = r#"sh -c 'IFS= read -r _fr_l; eval "unset _fr_l;$(printf %b "$_fr_l")"'"#;

/// Why a command cannot be put into words for a shell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unsayable(pub(super) String);

/// The message that makes the remote shell run `command`: a header with the number of lines, and the lines.
pub(super) fn message(nonce: &str, command: &Command) -> Result<Vec<u8>, Unsayable> {
    let text = text(command)?;
    let lines = text.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let user = command.user.as_deref().unwrap_or(":");
    Ok(format!("{nonce} run {lines} {user}\n{text}\n").into_bytes())
}

/// A command in parts that are put together on the host: for one that outlives its connection.
#[derive(Debug)]
pub(crate) struct Detached {
    /// Its shell text, on one line, as [`Detached::shell`] reads it.
    pub(crate) text: String,
    /// What it reads, on one line, as an argument of `printf %b`.
    pub(crate) input: String,
    /// Shell text that reads the text from the first line of its input and runs it; the rest is the text's own.
    pub(crate) shell: String,
}

/// Takes a command apart.
///
/// # Errors
/// Why it cannot be put into words for a shell.
pub(crate) fn detached(command: &Command) -> Result<Detached, String> {
    let script = format!("{}{}", preamble(command).map_err(|it| it.0)?, command.script);
    if script.contains('\0') {
        return Err("the command contains a NUL byte".into());
    }
    let line = |bytes: &[u8]| escape(bytes).replace('\n', "\\n");
    Ok(Detached {
        text: line(script.as_bytes()),
        input: line(command.stdin.as_deref().unwrap_or_default()),
        shell: fresh_shell(command).map_err(|it| it.0)?,
    })
}

/// What starts a shell of a command's user.
fn fresh_shell(command: &Command) -> Result<String, Unsayable> {
    Ok(match &command.user {
        Some(user) => format!("sudo -n -u {} -- {FRESH_SHELL}", checked_user(user)?),
        None => FRESH_SHELL.to_owned(),
    })
}

/// The shell text of a command, with directory, variables, user and input worked in.
fn text(command: &Command) -> Result<String, Unsayable> {
    let script = format!("{}{}", preamble(command)?, command.script);
    if script.contains('\0') {
        return Err(Unsayable("the command contains a NUL byte".into()));
    }
    if command.user.is_none() && !needs_own_process(&command.script) {
        return Ok(match &command.stdin {
            None => script,
            Some(data) => format!("printf %b {} | eval {}", quote(&escape(data)), quote(&script)),
        });
    }
    let mut input = escape(script.as_bytes()).replace('\n', "\\n").into_bytes();
    input.push(b'\n');
    input.extend_from_slice(command.stdin.as_deref().unwrap_or_default());
    Ok(format!("printf %b {} | exec {}", quote(&escape(&input)), fresh_shell(command)?))
}

/// Variables and directory, on the line on which the script begins, so that the shell's line numbers are the script's.
fn preamble(command: &Command) -> Result<String, Unsayable> {
    let mut text = String::new();
    for (name, value) in &command.env {
        if !is_variable(name) {
            return Err(Unsayable(format!("`{name}` is no name of a variable")));
        }
        let _ = write!(text, "export {name}={}; ", quote(value));
    }
    if let Some(directory) = &command.cwd {
        let _ = write!(text, "CDPATH= cd -- {} || exit; ", quote(directory));
    }
    Ok(text)
}

/// Whether the script could tell that it runs in a fork of the remote shell: `$$` is the pid of a shell that was started,
/// not forked. Starting one for every command would double what a short command costs.
fn needs_own_process(script: &str) -> bool {
    ["$$", "${$", "PPID"].iter().any(|sign| script.contains(sign))
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A user's name goes into the header of a message, where a blank would end it.
fn checked_user(user: &str) -> Result<&str, Unsayable> {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_.@-".contains(&byte);
    if user.is_empty() || user.starts_with('-') || !user.bytes().all(harmless) {
        return Err(Unsayable(format!("`{user}` is no name of a user")));
    }
    Ok(user)
}

/// One word of POSIX shell text.
pub(crate) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Bytes as an argument of `printf %b`: printable ASCII and newlines stand for themselves.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for byte in bytes {
        match byte {
            b'\\' => text.push_str(r"\\"),
            b'\n' | b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, r"\0{byte:03o}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Command)) -> Command {
        let mut command = Command::new("true");
        change(&mut command);
        command
    }

    #[test]
    fn a_plain_command_travels_as_it_is() {
        assert_eq!(message("n", &Command::new("a\nb")).unwrap(), b"n run 2 :\na\nb\n");
    }

    #[test]
    fn values_are_quoted_and_stand_on_the_first_line() {
        let command = with(|it| {
            it.env = vec![("A".into(), "it's $x".into())];
            it.cwd = Some("-d".into());
        });
        assert_eq!(text(&command).unwrap(), r"export A='it'\''s $x'; CDPATH= cd -- '-d' || exit; true");
    }

    #[test]
    fn secrets_are_not_on_the_command_line_of_another_user() {
        let command = with(|it| {
            it.user = Some("builder".into());
            it.env = vec![("TOKEN".into(), "secret".into())];
            it.stdin = Some(b"\0secret".to_vec());
        });
        let text = text(&command).unwrap();
        let (_, started) = text.split_once(" | ").unwrap();
        assert!(started.starts_with("exec sudo -n -u builder -- sh -c "), "{started}");
        assert!(!started.contains("secret"), "{started}");
    }

    #[test]
    fn what_a_shell_cannot_take_is_refused() {
        let refused = [
            with(|it| it.script = "a\0".into()),
            with(|it| it.env = vec![("A B".into(), String::new())]),
            with(|it| it.env = vec![("1A".into(), String::new())]),
            with(|it| it.env = vec![(String::new(), String::new())]),
            with(|it| it.user = Some("a b".into())),
            with(|it| it.user = Some("-s".into())),
            with(|it| it.user = Some(String::new())),
            with(|it| it.cwd = Some("\0".into())),
        ];
        for command in refused {
            assert!(message("n", &command).is_err(), "{command:?}");
        }
    }

    #[test]
    fn escapes_leave_printable_text_readable() {
        assert_eq!(escape(b"a b\n\0\xff\\"), "a b\n\\0000\\0377\\\\");
    }
}
