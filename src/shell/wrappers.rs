//! The programs that run another program, and the commands of the shell itself.
//!
//! Options are written as for `getopt`: `n:` takes a value, `n::` one that is attached or none; of the long ones
//! `user=` takes a value.

/// A program that runs another one.
#[derive(Debug)]
pub(super) struct Wrapper {
    /// The names it goes by.
    pub(super) names: &'static [&'static str],
    pub(super) short: &'static str,
    pub(super) long: &'static [&'static str],
    /// Options with which it runs nothing.
    pub(super) stops: &'static [&'static str],
    /// Options whose value is shell text.
    pub(super) code: &'static [&'static str],
    /// Options by which it writes to the file that is their value, or changes something else.
    pub(super) changes: &'static [&'static str],
    /// How many words stand before the command.
    pub(super) operands: usize,
    /// Words such as `NAME=value` may stand before the command.
    pub(super) assignments: bool,
    /// Without a command, it runs a shell that reads its standard input.
    pub(super) reads_stdin: bool,
    pub(super) runs: Runs,
}

/// What of its arguments a wrapper runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// The words after its operands.
    Command,
    /// The same, if the first of all words is no option: else they are all for the compiler it stands for.
    Compiler,
    /// The words after its operands, joined to text that a shell reads.
    Joined,
    /// The value of an option, wherever that stands.
    Option,
    /// A command, or the text after `-c`.
    Flock,
    /// A shell: the text after `-c`, a file, or its standard input.
    Shell,
    /// What stands between `-exec` and `;`.
    Find,
    /// Its first word, as text that a shell reads.
    Trap,
    /// The text after each `NAME=`.
    Alias,
    /// The commands of a file.
    Source,
    /// Nothing but the values of options, which may stand anywhere: it does work of its own.
    Aside,
}

const PLAIN: Wrapper = Wrapper {
    names: &[],
    short: "",
    long: &[],
    stops: &[],
    code: &[],
    changes: &[],
    operands: 0,
    assignments: false,
    reads_stdin: false,
    runs: Runs::Command,
};

/// Looks a wrapper up by its name.
pub(super) fn wrapper(name: &str) -> Option<&'static Wrapper> {
    WRAPPERS.iter().find(|wrapper| wrapper.names.contains(&name))
}

/// Whether the shell itself provides a command.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.contains(&name)
}

const BUILTINS: &[&str] = &[
    ".",
    ":",
    "[",
    "alias",
    "bg",
    "break",
    "builtin",
    "cd",
    "command",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "kill",
    "let",
    "local",
    "mapfile",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "test",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
];

const PERSONALITY: &str = "BFILRSTXZ3v";
const PERSONALITIES: &[&str] = &[
    "32bit",
    "3gb",
    "4gb",
    "addr-compat-layout",
    "addr-no-randomize",
    "fdpic-funcptrs",
    "mmap-page-zero",
    "read-implies-exec",
    "short-inode",
    "sticky-timeouts",
    "uname-2.6",
    "verbose",
    "whole-seconds",
];

#[rustfmt::skip]
static WRAPPERS: &[Wrapper] = &[
    // The shell's own.
    Wrapper { names: &["command"], short: "pvV", stops: &["v", "V"], ..PLAIN },
    Wrapper { names: &["exec"], short: "a:cl", ..PLAIN },
    Wrapper { names: &["builtin", "coproc"], ..PLAIN },
    Wrapper { names: &["eval"], runs: Runs::Joined, ..PLAIN },
    Wrapper { names: &["trap"], short: "lpP", stops: &["l", "p", "P"], runs: Runs::Trap, ..PLAIN },
    Wrapper { names: &["alias"], short: "p", runs: Runs::Alias, ..PLAIN },
    Wrapper { names: &[".", "source"], runs: Runs::Source, ..PLAIN },
    // Shells.
    Wrapper {
        names: &["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"], short: "abcefhiklmnprstuvxBCDEHPTVo:O:",
        long: &["init-file=", "login", "noediting", "noprofile", "norc", "posix", "rcfile=", "restricted", "verbose"],
        reads_stdin: true, runs: Runs::Shell, ..PLAIN
    },
    Wrapper { names: &["busybox", "toybox"], long: &["install", "list", "list-full"], stops: &["install", "list", "list-full"], ..PLAIN },
    Wrapper {
        names: &["ssh"], short: "46AaB:b:Cc:D:E:e:F:fGgI:i:J:KkL:l:Mm:NnO:o:P:p:Q:qR:S:sTtVvW:w:XxYy",
        stops: &["G", "N", "O", "Q", "V", "W"], operands: 1, reads_stdin: true, runs: Runs::Joined, ..PLAIN
    },
    Wrapper { names: &["sshpass"], short: "d:ef:P:p:v", ..PLAIN },
    // Another user.
    Wrapper {
        names: &["sudo"], short: "ABbC:D:Eeg:HiKklNnPp:R:r:SsT:t:U:u:Vv",
        long: &[
            "askpass", "background", "chdir=", "chroot=", "close-from=", "command-timeout=", "edit", "group=", "host=",
            "list", "login", "no-update", "non-interactive", "other-user=", "preserve-env", "preserve-groups", "prompt=",
            "remove-timestamp", "reset-timestamp", "role=", "set-home", "shell", "stdin", "type=", "user=", "validate",
        ],
        stops: &["e", "edit", "K", "remove-timestamp", "l", "list", "V", "v", "validate"],
        assignments: true, reads_stdin: true, ..PLAIN
    },
    Wrapper { names: &["doas"], short: "a:C:Lnsu:", stops: &["C", "L"], reads_stdin: true, ..PLAIN },
    Wrapper {
        names: &["su"], short: "c:fG:g:lmPps:Tw:",
        long: &[
            "command=", "fast", "group=", "login", "preserve-environment", "pty", "session-command=", "shell=",
            "supp-group=", "whitelist-environment=",
        ],
        code: &["c", "command", "session-command"], reads_stdin: true, runs: Runs::Option, ..PLAIN
    },
    Wrapper {
        names: &["runuser"], short: "c:fG:g:lmPps:Tu:w:",
        long: &[
            "command=", "fast", "group=", "login", "preserve-environment", "pty", "session-command=", "shell=",
            "supp-group=", "user=", "whitelist-environment=",
        ],
        code: &["c", "command", "session-command"], reads_stdin: true, runs: Runs::Option, ..PLAIN
    },
    Wrapper { names: &["gosu", "su-exec", "setuidgid"], operands: 1, ..PLAIN },
    Wrapper {
        names: &["setpriv"],
        long: &[
            "ambient-caps=", "apparmor-profile=", "bounding-set=", "clear-groups", "egid=", "euid=", "groups=",
            "inh-caps=", "init-groups", "keep-groups", "no-new-privs", "nnp", "pdeathsig=", "regid=", "reset-env",
            "reuid=", "rgid=", "ruid=", "securebits=", "selinux-label=",
        ],
        ..PLAIN
    },
    // Environment, priority, limits.
    Wrapper {
        names: &["env"], short: "-0a:C:iS:u:v",
        long: &[
            "argv0=", "block-signal", "chdir=", "debug", "default-signal", "ignore-environment", "ignore-signal",
            "list-signal-handling", "null", "split-string=", "unset=",
        ],
        code: &["S", "split-string"], assignments: true, ..PLAIN
    },
    Wrapper { names: &["nice"], short: "n:0123456789", long: &["adjustment="], ..PLAIN },
    Wrapper {
        names: &["ionice"], short: "c:n:P:p:tu:", long: &["class=", "classdata=", "ignore", "pgid=", "pid=", "uid="],
        stops: &["P", "pgid", "p", "pid", "u", "uid"], ..PLAIN
    },
    Wrapper { names: &["nohup", "eatmydata"], ..PLAIN },
    Wrapper { names: &["setsid"], short: "cfw", long: &["ctty", "fork", "wait"], ..PLAIN },
    Wrapper {
        names: &["timeout"], short: "fk:ps:v", long: &["foreground", "kill-after=", "preserve-status", "signal=", "verbose"],
        operands: 1, ..PLAIN
    },
    Wrapper {
        names: &["time"], short: "af:o:pqv", long: &["append", "format=", "output=", "portability", "quiet", "verbose"], assignments: true, ..PLAIN
    },
    Wrapper { names: &["stdbuf"], short: "e:i:o:", long: &["error=", "input=", "output="], ..PLAIN },
    Wrapper { names: &["unbuffer"], short: "p", ..PLAIN },
    Wrapper { names: &["chronic"], short: "ev", ..PLAIN },
    Wrapper {
        names: &["taskset"], short: "acp", long: &["all-tasks", "cpu-list", "pid"], stops: &["p", "pid"], operands: 1, ..PLAIN
    },
    Wrapper {
        names: &["chrt"], short: "abD:dfimoP:pRrT:v",
        long: &[
            "all-tasks", "batch", "deadline", "fifo", "idle", "max", "other", "pid", "reset-on-fork", "rr",
            "sched-deadline=", "sched-period=", "sched-runtime=", "verbose",
        ],
        stops: &["m", "max", "p", "pid"], operands: 1, ..PLAIN
    },
    Wrapper {
        names: &["numactl"], short: "abC:Hi:lm:N:nP:p:sw:",
        long: &[
            "all", "balancing", "cpunodebind=", "hardware", "interleave=", "localalloc", "membind=", "physcpubind=",
            "preferred-many=", "preferred=", "show", "weighted-interleave=",
        ],
        stops: &["H", "hardware", "s", "show"], ..PLAIN
    },
    Wrapper {
        names: &["prlimit"], short: "c::d::e::f::i::l::m::n::o:p:q::r::s::t::u::v::x::y::",
        long: &["noheadings", "output=", "pid=", "raw", "verbose"], stops: &["p", "pid"], ..PLAIN
    },
    Wrapper { names: &["linux32", "linux64", "i386"], short: PERSONALITY, long: PERSONALITIES, ..PLAIN },
    Wrapper { names: &["setarch"], short: PERSONALITY, long: PERSONALITIES, operands: 1, ..PLAIN },
    // Other roots and namespaces.
    Wrapper { names: &["chroot"], long: &["groups=", "skip-chdir", "userspec="], operands: 1, reads_stdin: true, ..PLAIN },
    Wrapper {
        names: &["unshare"], short: "C::cfG:i::kl:m::n::p::R:rS:T::U::u::w:",
        long: &[
            "boottime=", "cgroup", "fork", "ipc", "keep-caps", "kill-child", "load-interp=", "map-auto",
            "map-current-user", "map-group=", "map-groups=", "map-root-user", "map-user=", "map-users=", "monotonic=",
            "mount", "mount-proc", "net", "pid", "propagation=", "root=", "setgid=", "setgroups=", "setuid=", "time",
            "user", "uts", "wd=",
        ],
        reads_stdin: true, ..PLAIN
    },
    Wrapper {
        names: &["nsenter"], short: "aC::eFG:i::m::n::p::r::S:T::t:U::u::W:w::Z",
        long: &[
            "all", "cgroup", "env", "follow-context", "ipc", "keep-caps", "mount", "net", "net-socket=", "no-fork",
            "pid", "preserve-credentials", "root", "setgid=", "setuid=", "target=", "time", "user", "user-parent",
            "uts", "wd", "wdns=",
        ],
        reads_stdin: true, ..PLAIN
    },
    Wrapper { names: &["fakeroot"], short: "b:f:i:l:s:u", long: &["faked=", "fd-base=", "lib=", "unknown-is-real"], ..PLAIN },
    Wrapper {
        names: &["systemd-run"], short: "dE:GH:M:Pp:qrSs:tu:v",
        long: &[
            "background=", "collect", "description=", "expand-environment=", "gid=", "host=", "ignore-failure",
            "job-mode=", "json=", "machine=", "nice=", "no-ask-password", "no-block", "on-active=", "on-boot=",
            "on-calendar=", "on-clock-change", "on-startup=", "on-timezone-change", "on-unit-active=",
            "on-unit-inactive=", "path-property=", "pipe", "property=", "pty", "quiet", "remain-after-exit",
            "same-dir", "scope", "send-sighup", "service-type=", "setenv=", "shell", "slice-inherit", "slice=",
            "socket-property=", "system", "timer-property=", "uid=", "unit=", "user", "wait", "working-directory=",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["systemd-inhibit"], long: &["list", "mode=", "no-legend", "no-pager", "what=", "who=", "why="],
        stops: &["list"], ..PLAIN
    },
    // Several runs, and runs under conditions.
    Wrapper {
        names: &["flock"], short: "c:E:eFnosuvw:x",
        long: &[
            "close", "command=", "conflict-exit-code=", "exclusive", "nb", "no-fork", "nonblock", "shared", "timeout=",
            "unlock", "verbose", "wait=",
        ],
        code: &["c", "command"], operands: 1, runs: Runs::Flock, ..PLAIN
    },
    Wrapper {
        names: &["xargs"], short: "0a:d:E:e::I:i::L:l::n:oP:prs:tx",
        long: &[
            "arg-file=", "delimiter=", "eof", "exit", "interactive", "max-args=", "max-chars=", "max-lines",
            "max-procs=", "no-run-if-empty", "null", "open-tty", "process-slot-var=", "replace", "show-limits", "verbose",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["parallel"], short: "0a:C:d:E:I:i::j:kL:l::mN:n:P:pqrS:s:tU:uvWXx",
        long: &[
            "arg-file=", "bar", "block=", "cat", "colsep=", "delay=", "delimiter=", "dry-run", "env=", "eta", "fifo",
            "halt-on-error=", "halt=", "joblog=", "jobs=", "keep-order", "lb", "line-buffer", "linebuffer", "load=",
            "max-args=", "max-procs=", "memfree=", "nice=", "no-notice", "no-run-if-empty", "null", "pipe", "plain",
            "plus", "progress", "quote", "recend=", "recstart=", "results=", "resume", "retries=", "semaphore", "shuf",
            "silent", "sshlogin=", "tag", "tagstring=", "timeout=", "tmpdir=", "ungroup", "verbose", "will-cite",
            "workdir=", "xargs",
        ],
        reads_stdin: true, runs: Runs::Joined, ..PLAIN
    },
    Wrapper {
        names: &["watch"], short: "bCcd::egn:pq:rtvwx",
        long: &[
            "beep", "chgexit", "color", "differences", "equexit=", "errexit", "exec", "interval=", "no-color",
            "no-rerun", "no-title", "no-wrap", "precise",
        ],
        runs: Runs::Joined, ..PLAIN
    },
    Wrapper { names: &["find"], runs: Runs::Find, ..PLAIN },
    Wrapper { names: &["at", "batch"], short: "bcdf:lMmq:rt:Vv", stops: &["c", "d", "l", "r", "V"], reads_stdin: true, runs: Runs::Option, ..PLAIN },
    // Watching and recording.
    Wrapper {
        names: &["strace"], short: "a:b:CcDdE:e:FfI:iknO:o:P:p:qrS:s:TtU:u:VvwX:xYyZz",
        long: &[
            "attach=", "columns=", "debug", "env=", "follow-forks", "instruction-pointer", "output-append-mode",
            "output-separately", "output=", "string-limit=", "summary", "summary-only", "trace-path=", "trace=", "user=",
        ],
        ..PLAIN
    },
    Wrapper {
        names: &["ltrace"], short: "A:a:bCcD:e:F:fI:iLl:n:o:p:rSs:Ttu:w:x:",
        long: &["align=", "config=", "demangle", "indent=", "library=", "output="], ..PLAIN
    },
    Wrapper { names: &["valgrind"], short: "dqv", ..PLAIN },
    Wrapper {
        names: &["script"], short: "aB:c:E:efI:m:O:o:qT:t::",
        long: &[
            "append", "command=", "echo=", "flush", "force", "log-in=", "log-io=", "log-out=", "log-timing=",
            "logging-format=", "output-limit=", "quiet", "return", "timing",
        ],
        code: &["c", "command"], reads_stdin: true, runs: Runs::Option, ..PLAIN
    },
    Wrapper { names: &["dbus-run-session"], long: &["config-file=", "dbus-daemon="], ..PLAIN },
    Wrapper {
        names: &["xvfb-run"], short: "ae:f:ln:p:s:w:",
        long: &["auth-file=", "auto-servernum", "error-file=", "listen-tcp", "server-args=", "server-num=", "wait=", "xauth-protocol="],
        ..PLAIN
    },
    // Compilation.
    Wrapper { names: &["distcc", "ccache", "icecc", "sccache"], runs: Runs::Compiler, ..PLAIN },
    Wrapper { names: &["pump"], long: &["shutdown", "startup"], stops: &["shutdown", "startup"], ..PLAIN },
    // What does work of its own, and by some option more than that.
    Wrapper {
        names: &["sort"], short: "bcCdfgGhik:mMno:rRsS:t:T:uVz",
        long: &[
            "batch-size=", "buffer-size=", "check", "compress-program=", "debug", "dictionary-order", "field-separator=",
            "files0-from=", "general-numeric-sort", "human-numeric-sort", "ignore-case", "ignore-leading-blanks",
            "ignore-nonprinting", "key=", "merge", "month-sort", "numeric-sort", "output=", "parallel=", "random-sort",
            "random-source=", "reverse", "sort=", "stable", "temporary-directory=", "unique", "version-sort",
            "zero-terminated",
        ],
        code: &["compress-program"], changes: &["o", "output"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper { names: &["uniq"], short: "cdDf:is:uw:z", long: &["all-repeated", "check-chars=", "count", "group", "ignore-case", "repeated", "skip-chars=", "skip-fields=", "unique", "zero-terminated"], runs: Runs::Aside, ..PLAIN },
    Wrapper {
        names: &["sed"], short: "bEe:f:i::l:nrsuz",
        long: &[
            "binary", "debug", "expression=", "file=", "follow-symlinks", "in-place", "line-length=", "null-data",
            "posix", "quiet", "regexp-extended", "sandbox", "separate", "silent", "unbuffered", "zero-terminated",
        ],
        changes: &["i", "in-place"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["date"], short: "d:f:I::r:Rs:u",
        long: &["date=", "debug", "file=", "iso-8601", "reference=", "resolution", "rfc-3339=", "rfc-email", "set=", "universal", "utc"],
        changes: &["s", "set"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["ss"], short: "A:0abBD:eEf:F:HiKlmnN:OopPrsStTuvwxzZ",
        long: &["diag=", "family=", "filter=", "kill", "net=", "query="],
        changes: &["D", "diag", "K", "kill"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["journalctl"], short: "aD:efg:hkM:mn::N::o:p:qrS:t:u:U:b::c:x",
        long: &[
            "after-cursor=", "all", "boot", "case-sensitive", "catalog", "cursor-file=", "cursor=", "directory=",
            "disk-usage", "dmesg", "dump-catalog", "facility=", "field=", "fields", "file=", "flush", "follow", "force",
            "full", "grep=", "header", "identifier=", "image=", "interval=", "lines", "list-boots", "list-catalog",
            "local", "machine=", "merge", "namespace=", "new-id128", "no-full", "no-hostname", "no-pager", "no-tail",
            "output-fields=", "output=", "pager-end", "priority=", "quiet", "relinquish-var", "reverse", "root=", "rotate",
            "setup-keys", "show-cursor", "since=", "smart-relinquish-var", "sync", "system", "unit=", "until=",
            "update-catalog", "user", "user-unit=", "utc", "vacuum-files=", "vacuum-size=", "vacuum-time=", "verify",
            "verify-key=",
        ],
        changes: &[
            "cursor-file", "flush", "relinquish-var", "rotate", "setup-keys", "smart-relinquish-var", "sync",
            "update-catalog", "vacuum-files", "vacuum-size", "vacuum-time",
        ],
        runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["file"], short: "bcCdeEF:f:hiklLm:nNP:prsSvzZ0",
        long: &["checking-printout", "compile", "exclude=", "files-from=", "magic-file=", "parameter=", "separator="],
        changes: &["C", "compile"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["curl"], short: "0123468aA:b:Bc:C:d:D:e:E:fF:gGh:H:iIjJkK:lLm:MnNo:Oop:P:qQ:r:RsSt:T:u:U:vVw:x:X:Y:y:zZ",
        long: &[
            "cookie-jar=", "dump-header=", "etag-save=", "hsts=", "libcurl=", "output-dir=", "output=", "remote-name",
            "remote-name-all", "config=", "stderr=", "trace-ascii=", "trace=",
        ],
        changes: &[
            "K", "config", "c", "cookie-jar", "D", "dump-header", "etag-save", "hsts", "libcurl", "O", "o", "output", "remote-name",
            "remote-name-all", "stderr", "trace", "trace-ascii",
        ],
        runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["tar"], short: "AacdF:rtuxBb:C:f:g:G:H:hI:iJjK:kL:lMmN:noOPpRSsT:UV:vWwX:ZzE",
        long: &[
            "add-file=", "after-date=", "blocking-factor=", "checkpoint", "checkpoint-action=", "directory=",
            "exclude-from=", "exclude=", "file=", "files-from=", "format=", "group=", "info-script=", "label=",
            "listed-incremental=", "mode=", "mtime=", "new-volume-script=", "newer-mtime=", "newer=", "owner=",
            "rmt-command=", "rsh-command=", "starting-file=", "strip-components=", "suffix=", "tape-length=", "to-command=",
            "transform=", "use-compress-program=", "volno-file=", "warning=", "xform=",
        ],
        code: &[
            "F", "I", "info-script", "new-volume-script", "rmt-command", "rsh-command", "to-command", "use-compress-program",
        ],
        runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["cpio"], short: "0aABb:cC:dD:E:fF:H:I:ikL:lmM:nO:oprR:stuvV",
        long: &["directory=", "file=", "format=", "message=", "owner=", "pattern-file=", "rsh-command="],
        code: &["rsh-command"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["rsync"], short: "048AabB:CcdDEe:Ff:gHhiIJklLM:mnoOPpqRrsStT:uUvVWxXyz@:",
        long: &[
            "address=", "backup-dir=", "bwlimit=", "compare-dest=", "copy-as=", "copy-dest=", "exclude-from=", "exclude=",
            "files-from=", "filter=", "from0", "include-from=", "include=", "link-dest=", "log-file=", "out-format=",
            "password-file=", "port=", "remote-option=", "rsh=", "rsync-path=", "suffix=", "temp-dir=", "timeout=",
        ],
        code: &["e", "rsh", "rsync-path"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["scp", "sftp"], short: "346ABCc:D:F:i:J:l:o:OP:pqRrS:s:TvX:", code: &["D", "S"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["install"], short: "bcCDdg:m:o:psS:t:TvZ",
        long: &["group=", "mode=", "owner=", "strip", "strip-program=", "suffix=", "target-directory="],
        code: &["strip-program"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["wget"], short: "4a:A:B:bcD:dEe:FhHI:i:KkLl:mN:nO:o:P:pQ:qR:rSt:T:U:vVw:X:x",
        long: &["execute=", "input-file=", "output-document=", "use-askpass="], code: &["use-askpass"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["dpkg"], short: "abcCD:eGhiIlLOPprRsSuvVxX",
        long: &["admindir=", "post-invoke=", "pre-invoke=", "root=", "status-logger="],
        code: &["post-invoke", "pre-invoke", "status-logger"], runs: Runs::Aside, ..PLAIN
    },
    Wrapper {
        names: &["apt", "apt-get"], short: "a:bc:dfhmo:P:qst:uvVy",
        long: &["build", "compile", "config-file=", "host-architecture=", "option=", "target-release="], runs: Runs::Aside, ..PLAIN
    },
    Wrapper { names: &["crontab"], short: "eilru:x:", stops: &["e", "l", "r"], reads_stdin: true, runs: Runs::Aside, ..PLAIN },
    Wrapper { names: &["ip", "git"], runs: Runs::Aside, ..PLAIN },
    Wrapper { names: &["hash"], short: "dlp:rt", runs: Runs::Aside, ..PLAIN },
    Wrapper { names: &["mapfile", "readarray"], short: "C:c:d:n:O:s:tu:", code: &["C"], runs: Runs::Aside, ..PLAIN },
    Wrapper { names: &["bear"], short: "ao:v", long: &["append", "config=", "force-preload", "output=", "verbose"], ..PLAIN },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_given_once() {
        let mut seen = BTreeSet::new();
        for name in WRAPPERS.iter().flat_map(|wrapper| wrapper.names) {
            assert!(seen.insert(name), "{name}");
        }
    }

    #[test]
    fn options_are_named_in_the_table() {
        for wrapper in WRAPPERS {
            for option in wrapper.stops.iter().chain(wrapper.code).chain(wrapper.changes) {
                let long = wrapper.long.iter().any(|long| long.trim_end_matches('=') == *option);
                assert!(long || (option.len() == 1 && wrapper.short.contains(option)), "{:?} {option}", wrapper.names);
            }
        }
    }
}
