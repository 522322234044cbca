//! Variables whose value a listed program runs: `GIT_EXTERNAL_DIFF=make git diff`.

use super::collect::Walker;
use super::decoded::Decoded;
use super::parse::Dialect;
use super::scope::{Scope, Stdin};

/// Their value is a command.
const COMMANDS: &[&str] = &[
    "BROWSER",
    "EDITOR",
    "GIT_ASKPASS",
    "GIT_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "LESSOPEN",
    "MANPAGER",
    "PAGER",
    "PROMPT_COMMAND",
    "RSYNC_CONNECT_PROG",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "SUDO_EDITOR",
    "SYSTEMD_EDITOR",
    "SYSTEMD_PAGER",
    "VISUAL",
];
/// Their value is a command which a host and a command for it are put behind.
const REMOTE_SHELLS: &[&str] = &["GIT_SSH", "GIT_SSH_COMMAND", "RSYNC_RSH"];
/// Their value is text in which a shell makes expansions.
const EXPANDED: &[&str] = &["PS0", "PS1", "PS2", "PS4"];
/// A shell that is started reads the file that is their value.
const FILES: &[&str] = &["BASH_ENV", "ENV"];
/// Their value is options of a program.
const OPTIONS: &[&str] = &["TAR_OPTIONS"];

/// Their value is configuration, which can name programs.
const CONFIGURATION: &[&str] =
    &["GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_SYSTEM"];

/// Whether some program runs the value of a variable of this name.
pub(super) fn is_run(name: &str) -> bool {
    [COMMANDS, REMOTE_SHELLS, EXPANDED, FILES, OPTIONS, CONFIGURATION].iter().any(|names| names.contains(&name))
}

impl Walker<'_> {
    /// Looks after `NAME=value`.
    pub(super) fn assigned(&mut self, word: &Decoded, scope: &Scope) {
        let lead = word.lead();
        let Some((name, _)) = lead.split_once('=').filter(|(name, _)| is_run(name)) else { return };
        let value = word.tail(name.len() + 1);
        if value.literal().is_some_and(|value| value.is_empty()) {
            return;
        }
        let value = std::slice::from_ref(&value);
        if FILES.contains(&name) {
            self.file(name, Dialect::Sh, value, &Stdin::Unknown, scope);
        } else if OPTIONS.contains(&name) {
            self.tar_options(value, scope);
        } else if EXPANDED.contains(&name) {
            self.spliced_code(&value[0], name, scope);
            if value[0].has_literal('$') || value[0].has_literal('`') {
                let text = self.readable(&word.raw);
                self.unknown_program(text, word.range.clone(), &scope.through(name));
            }
        } else if CONFIGURATION.contains(&name) {
            let text = self.readable(&word.raw);
            self.unknown_program(text, word.range.clone(), &scope.through(name));
        } else if REMOTE_SHELLS.contains(&name) {
            self.remote_shell(&value[0], name, scope);
        } else {
            self.code(value, name, Dialect::Sh, scope);
        }
    }
}
