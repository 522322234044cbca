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
