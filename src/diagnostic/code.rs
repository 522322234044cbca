//! The stable codes. A code never changes its meaning.

macro_rules! codes {
    ($(#[doc = $doc:literal] $name:ident = $title:literal,)*) => {
        /// The code of a diagnostic or of a failure at run time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $doc] $name,)*
        }

        impl Code {
            /// All codes, in the order of their numbers.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The code as it is printed, for example `E0302`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => stringify!($name),)* }
            }

            /// What the code stands for, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Code::$name => $title,)* }
            }

            /// Its page for `flowrun explain`: what it means, with an example that fails and one that passes.
            #[must_use]
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$name => include_str!(concat!("../../docs/codes/", stringify!($name), ".md")),)*
                }
            }
        }
    };
}

codes! {
    /// The text does not follow the grammar.
    E0101 = "syntax",
    /// A bracket, block or string is not closed.
    E0102 = "unclosed",
    // E0103 said that `test` blocks could not run yet. It is not used again.
    /// A name that nothing declares.
    E0201 = "unknown name",
    /// Two declarations of one name.
    E0202 = "defined twice",
    /// A value of another type is needed.
    E0203 = "type mismatch",
    /// A call's arguments do not fit.
    E0204 = "arguments",
    /// A `use` names no module.
    E0205 = "module not found",
    /// Modules use each other in a ring.
    E0206 = "import cycle",
    /// Stages follow each other in a ring.
    E0207 = "stage cycle",
    /// A task calls itself.
    E0208 = "recursion",
    /// A required input has no value.
    E0209 = "input missing",
    /// A local file that the workflow names does not exist.
    E0210 = "local file missing",
    /// A task's guard is not proved at its call.
    E0301 = "guard not proved",
    /// An effect where a `forbid` holds.
    E0302 = "forbidden effect",
    /// A `needs` that cannot hold.
    E0303 = "needs refuted",
    /// Something in a closed stage runs outside it.
    E0304 = "leaves a closed stage",
    /// A `host` that is not exactly one.
    E0305 = "not exactly one host",
    /// A selector that picks no host.
    E0306 = "no host",
    /// A selector or place that nothing can satisfy.
    E0307 = "can never hold",
    /// A value is used on a host where it is not.
    E0308 = "located elsewhere",
    /// The program that a command runs cannot be known.
    E0309 = "unknown program",
    /// A check block changes something.
    E0401 = "a check that changes",
    /// A task has an effect that its `does` leaves out.
    E0402 = "not declared in `does`",
    /// A secret would be seen.
    E0403 = "secret exposed",
    /// A stage expects a condition that nothing establishes.
    E0501 = "not established",
    /// A stage beside disturbs a condition.
    E0502 = "disturbed by a stage beside",
    /// The inventory cannot be read.
    E0601 = "malformed inventory",
    /// A host contradicts its class.
    E0602 = "contradicts its class",
    /// A host is declared twice.
    E0603 = "host defined twice",
    /// A command runs a program that no table lists, where a `forbid` could apply.
    W0701 = "unlisted program",
    /// `raw` splices text that the shell reads as code.
    W0702 = "raw splice",
    /// A host without a class fits one on which something is forbidden.
    W0703 = "host without a class",
    /// A longer entry of the program table drops an effect that is forbidden somewhere.
    W0704 = "weakened program",
    /// An `allow` does not say why.
    W0705 = "allow without a reason",
    /// An `allow` has nothing to allow.
    W0706 = "unused allow",
    /// An `allow` names a code that is no lint.
    W0707 = "not to be allowed",
    /// Nothing reads an input.
    W0708 = "unused input",
    /// Nothing speaks of a `host` or `hosts`.
    W0709 = "unused host",
    /// Nothing reads a value that a `let` binds.
    W0710 = "unused value",
    /// Nothing calls a task of the workflow.
    W0711 = "unused task",
    /// A task does not read a parameter.
    W0712 = "unused parameter",
    /// Nothing of a module is used.
    W0713 = "unused module",
    /// No stage speaks of a condition.
    W0714 = "unused condition",
    /// Nothing is of a type.
    W0715 = "unused type",
    /// A `let` in a block hides a value of the same name around it.
    W0716 = "hidden name",
    /// An `on` picks none of the stage's hosts of the inventory.
    W0717 = "block that never runs",
    /// A part of a selector changes nothing.
    W0718 = "selector that says nothing",
    /// What a proof says of a stage's hosts could be verified on them.
    W0719 = "stage that could be closed",
    /// A stage tolerates as many failures as it has hosts.
    W0720 = "stage that cannot fail",
    /// `at-once` holds back no host.
    W0721 = "all at once",
    /// A statement stands behind the end of its block.
    W0722 = "never reached",
    /// A condition depends on nothing.
    W0723 = "constant condition",
    /// The result of a call that does nothing else is dropped.
    W0724 = "result dropped",
    /// Nothing looks at what a `try` gives.
    W0725 = "failure dropped",
    /// A `rescue` does nothing.
    W0726 = "silent rescue",
    /// The fix of an `ensure` cannot satisfy its check.
    W0727 = "fix in vain",
    /// A `retry` never tries again.
    W0728 = "retried once",
    /// A command that may take long has no limit of time.
    W0729 = "no time limit",
    /// A limit of time is longer than the one around it.
    W0730 = "limit never reached",
    /// Shell text uses what only bash knows.
    W0731 = "only bash",
    /// The shell splits a value that stands outside of quotes.
    W0732 = "unquoted expansion",
    /// A command whose failure matters stands before a `|`.
    W0733 = "failure lost in a pipe",
    /// `|| true` hides a failure.
    W0734 = "failure hidden",
    /// A script goes on after a command that failed.
    W0735 = "failure passed over",
    /// A command becomes another user by itself.
    W0736 = "sudo",
    /// A command begins with `cd`.
    W0737 = "changed directory",
    /// A file below /tmp has a name that everybody knows beforehand.
    W0738 = "known temporary name",
    /// A command only writes a text to a file.
    W0739 = "file written by the shell",
    /// A recursive `rm` whose path may begin with nothing.
    W0740 = "removes too much",
    /// A download is run by a shell.
    W0741 = "downloaded code",
    /// A file is made writable for every user.
    W0742 = "open to everybody",
    /// A command line seems to hold a secret.
    W0743 = "secret on a command line",
    /// A process is killed without being asked to end.
    W0744 = "killed at once",
    /// A command goes to another host by itself.
    W0745 = "leaves its host",
    /// A command stands between backquotes.
    W0746 = "backquotes",
    /// A command waits for an answer.
    W0747 = "asks a question",
    /// A command does not end by itself.
    W0748 = "never ends",
    /// A text has `$name`, and `name` is a value of the workflow.
    W0749 = "value as a variable",
    /// Measured facts contradict the inventory.
    R0801 = "facts differ from the inventory",
    /// A host cannot be reached.
    R0802 = "unreachable",
    /// A command failed.
    R0803 = "command failed",
    /// Something took longer than allowed.
    R0804 = "timed out",
    /// A condition does not hold.
    R0805 = "condition does not hold",
    /// The run was cancelled.
    R0806 = "cancelled",
    /// A step was begun, and whether it happened is not known.
    R0807 = "outcome not known",
    /// Another run of the workflow is at work on the host.
    R0808 = "held by another run",
    /// A run cannot be resumed, because what it did is no longer what the workflow says.
    R0809 = "cannot be resumed",
    /// The journal cannot be written.
    R0810 = "cannot be recorded",
    /// What a test expects did not happen.
    T0901 = "not as expected",
    /// A test ran a command to which it has no answer.
    T0902 = "unexpected command",
    /// A test has an answer that nothing asked for.
    T0903 = "answer not asked for",
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
