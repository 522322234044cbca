//! Shell text of which it is known what it runs.

/// `@` stands for a command, or for what another entry makes of it.
pub(super) struct Shape {
    pub(super) text: &'static str,
    /// Whether the command is run at all.
    pub(super) runs: bool,
    /// What the rest of the text does.
    pub(super) also: Option<&'static str>,
}

const fn runs(text: &'static str) -> Shape {
    Shape { text, runs: true, also: None }
}

const fn keeps(text: &'static str) -> Shape {
    Shape { text, runs: false, also: None }
}

impl Shape {
    const fn also(self, effect: &'static str) -> Shape {
        Shape { also: Some(effect), ..self }
    }

    /// Whether it can be told what it runs: not so of what a shell reads from a pipe.
    pub(super) fn is_clear(&self) -> bool {
        !self.text.contains("| sh")
    }

    /// Whether a text may stand in the place of `@` and mean there what it means alone.
    pub(super) fn takes(&self, inner: &str) -> bool {
        const QUOTES: [char; 7] = ['\'', '"', '`', '\n', '\\', '$', '!'];
        const SYNTAX: [char; 13] = [';', '|', '&', '(', ')', '{', '}', '=', '<', '>', '#', '*', '['];
        let quoted = self.text.contains(['\'', '"', '`']) || self.text.contains("<<");
        let one_command =
            ["echo @", "\\@", "-exec @"].iter().any(|part| self.text.contains(part)) || self.text.ends_with(" @");
        let only_outermost = inner.contains(['\n', '#'])
            || ["trap", "alias", "exec ", "case ", "command "].iter().any(|word| inner.contains(word));
        let split = one_command && (inner.contains(SYNTAX) || inner.contains(QUOTES));
        // `((` is arithmetic.
        let arithmetic = self.text.contains("(@") && inner.starts_with('(');
        let again = quoted && inner.contains(QUOTES);
        inner == inner.trim() && [arithmetic, only_outermost, split, again].iter().all(|reason| !reason)
    }

    pub(super) fn with(&self, inner: &str) -> String {
        self.text.replace('@', inner)
    }
}

pub(super) const SHAPES: &[Shape] = &[
    runs("@"),
    runs("cd /tmp && @"),
    runs("A=b @"),
    runs("env A=b @").also("read"),
    runs("nice -n 5 @"),
    runs("nohup @"),
    runs("timeout 5 @"),
    runs("sudo -n @"),
    runs("sudo -n -u root env A=b nice @").also("read"),
    runs("stdbuf -o0 @"),
    runs("true | @"),
    runs("@ | cat").also("read"),
    runs("echo \"$(@)\""),
    runs("x=$(@)"),
    runs("x=`@`"),
    runs("echo \"${x:-$(@)}\""),
    runs("test -n \"$(@)\""),
    runs("sh -c '@'"),
    runs("sh -c \"@\""),
    runs("env sh -c '@'").also("read"),
    runs("(@)"),
    runs("{ @; }"),
    runs("if true; then @; fi"),
    runs("if false; then :; else @; fi"),
    runs("if @; then :; fi"),
    runs("for i in 1 2; do @; done"),
    runs("while @; do break; done"),
    runs("until @; do break; done"),
    runs("case x in (x) @ ;; esac"),
    runs("f() { @; }; f"),
    runs("sh <<E\n@\nE\n"),
    runs("cat <<E | sh\n@\nE\n").also("read"),
    runs("cat <<E\n$(@)\nE\n").also("read"),
    runs("eval '@'"),
    runs("eval \"@\""),
    runs("trap '@' EXIT"),
    runs("! @"),
    runs("@ || true"),
    runs("false || @"),
    runs("true; @"),
    // In braces, so that a pipe behind it waits as well.
    runs("{ @ & wait; }"),
    runs("exec @"),
    runs("command @"),
    runs("\\@"),
    runs("echo x | xargs @"),
    runs("find / -maxdepth 0 -exec @ \\;").also("read"),
    runs("@ 2>&1"),
    runs("@ >/dev/null"),
    runs("@ >./out").also("change"),
    runs("alias z='@'\nz"),
    runs("set -e; x=1; [ $x = 1 ] && @"),
    keeps("echo '@'"),
    keeps("echo \"@\""),
    keeps("echo @"),
    keeps("printf '%s' '@'"),
    keeps("# @\ntrue"),
    keeps("true # @"),
    keeps("cat <<'E'\n@\nE\n").also("read"),
    keeps("cat <<E\n@\nE\n").also("read"),
    keeps(": '@'"),
    keeps("grep '@' /dev/null").also("read"),
    keeps("x='@'; echo \"$x\""),
    keeps("sh -c 'echo @'"),
    keeps("test '@' = x"),
    keeps("command -v @"),
    keeps("cat '@'").also("read"),
];

/// A command, and what it does.
pub(super) struct Program {
    pub(super) text: &'static str,
    pub(super) effects: &'static [&'static str],
}

const fn program(text: &'static str, effects: &'static [&'static str]) -> Program {
    Program { text, effects }
}

/// What the workflows' own table says; the prelude's table knows `make`, `reboot`, `touch` and `ls`.
pub(super) const TABLE: &str = "\
program \"do-heavy\", \"tool heavy\" does heavy
program \"do-noisy\" does noisy
program \"do-both\" does heavy, noisy
program \"tool\", \"peek\" does read
program \"mend\" does change
";

pub(super) const PROGRAMS: &[Program] = &[
    program("peek now", &["read"]),
    program("do-heavy now", &["heavy"]),
    program("do-noisy now", &["noisy"]),
    program("do-both now", &["heavy", "noisy"]),
    program("tool list", &["read"]),
    program("tool heavy now", &["heavy"]),
    program("mend it", &["change"]),
    program("make all", &["build"]),
    program("reboot now", &["power"]),
    program("ls /tmp", &["read"]),
    program("touch /tmp/x", &["change"]),
    program("'do-heavy' now", &["heavy"]),
    program("do-noi\"sy\" now", &["noisy"]),
    program("w=heavy; tool $w", &["heavy"]),
];

pub(super) const EFFECTS: [&str; 6] = ["heavy", "noisy", "build", "change", "power", "read"];
