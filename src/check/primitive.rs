//! The tasks that the interpreter implements. Their signatures stand in the prelude as `extern task`; this table is
//! what the checker and the runner share of them.

macro_rules! primitives {
    ($($name:ident = $text:literal,)*) => {
        /// A task that the interpreter implements.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each is documented where it is declared, in stdlib/prelude.flow")]
        pub enum Primitive { $($name,)* }

        impl Primitive {
            /// All of them.
            pub const ALL: &[Primitive] = &[$(Primitive::$name,)*];

            /// The name that the prelude declares it by.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Primitive::$name => $text,)* }
            }
        }
    };
}

primitives! {
    Sh = "sh",
    Upload = "upload",
    Download = "download",
    ReadFile = "read-file",
    WriteFile = "write-file",
    FileExists = "file-exists",
    Copy = "copy",
    Forward = "forward",
    SocketAt = "socket-at",
    FileAt = "file-at",
    PowerOn = "power-on",
    WaitSsh = "wait-ssh",
    WaitPort = "wait-port",
    FromYaml = "from-yaml",
    FromJson = "from-json",
    Env = "env",
    Progress = "progress",
    Shipped = "shipped",
    Join = "join",
    Split = "split",
    Lines = "lines",
    Trim = "trim",
    Replace = "replace",
    StartsWith = "starts-with",
    EndsWith = "ends-with",
    Contains = "contains",
    Len = "len",
    First = "first",
    Last = "last",
    Sum = "sum",
    Int = "int",
    Parent = "parent",
    FileName = "file-name",
    OrElse = "or-else",
    Get = "get",
    Merge = "merge",
    Raw = "raw",
}

impl Primitive {
    /// The primitive that an `extern task` of this name stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Primitive> {
        Primitive::ALL.iter().copied().find(|primitive| primitive.name() == name)
    }

    /// Whether it looks at more than its arguments: at the host that it is called on, or at the run.
    #[must_use]
    pub fn needs_a_host(self) -> bool {
        use Primitive as P;
        matches!(
            self,
            P::Sh
                | P::Upload
                | P::Download
                | P::ReadFile
                | P::WriteFile
                | P::FileExists
                | P::Copy
                | P::Forward
                | P::SocketAt
                | P::FileAt
                | P::PowerOn
                | P::WaitSsh
                | P::WaitPort
                | P::Progress
        )
    }
}
