//! Tests in their typed form: names are numbers, and values are what they are.

use crate::diagnostic::Code;
use crate::inventory::Inventory;
use crate::source::Span;
use crate::syntax::ast;

/// A test that can be run.
#[derive(Debug)]
pub struct Case {
    /// What it tests.
    pub title: String,
    /// Where its title stands.
    pub span: Span,
    /// Its hosts.
    pub inventory: Inventory,
    /// What its hosts really are, in the order of the inventory.
    pub simulated: Vec<Simulated>,
    /// The inputs that it sets, by their numbers in the workflow.
    pub inputs: Vec<(usize, Constant)>,
    /// What it says of hosts, runs and expects, in the order of the text.
    pub steps: Vec<Step>,
    /// The blocks that it runs, as stages of their own.
    pub(super) blocks: Vec<ast::Item>,
}

/// What a simulated host really is, whatever the inventory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The architecture that is measured.
    pub arch: String,
    /// The memory that is measured, in bytes.
    pub mem: u64,
    /// The cores that are measured.
    pub cores: u32,
    /// The operating system that is measured.
    pub os: String,
    /// Whether it is off until it is switched on.
    pub off: bool,
}

/// A value that a test writes down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// Text, a path or a secret.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Milliseconds.
    Duration(u64),
    /// Bytes.
    Size(u64),
    /// A list.
    List(Vec<Constant>),
    /// A map.
    Map(Vec<(String, Constant)>),
}

/// Hosts of the test by their numbers; none where all are meant, and whatever runs beside them.
pub type Hosts = Option<Vec<usize>>;

/// A statement of a test.
#[derive(Debug)]
pub enum Step {
    /// A file that is there.
    File {
        /// Its path.
        path: String,
        /// Where it is; none on the machine that flowrun runs on.
        on: Hosts,
        /// What it holds.
        text: String,
    },
    /// What a command prints and how it ends.
    Answer(Answers),
    /// Stages of the workflow, or blocks of the test, by their numbers.
    Run {
        /// The stages.
        stages: Vec<usize>,
        /// The statement.
        span: Span,
    },
    /// What is expected.
    Expect(Expected),
}

/// The answers to a command, the last of them for every further time.
#[derive(Clone, Debug)]
pub struct Answers {
    /// The text of the command, with `*` for any text.
    pub command: String,
    /// Who answers so.
    pub on: Hosts,
    /// One for each time that it is run.
    pub answers: Vec<Answer>,
    /// Where its text stands.
    pub span: Span,
}

/// How a command comes out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its exit status.
    pub code: i32,
    /// What it writes to standard output.
    pub stdout: String,
    /// What it writes to standard error.
    pub stderr: String,
    /// How many milliseconds it takes.
    pub after: u64,
    /// How it ends.
    pub end: End,
}

/// How a command ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// With its status.
    #[default]
    Exits,
    /// Not by itself.
    Never,
    /// With the connection.
    Lost,
}

/// What a test expects.
#[derive(Debug)]
pub struct Expected {
    /// Its form.
    pub kind: Expectation,
    /// Whether it must not be so.
    pub negated: bool,
    /// On which hosts.
    pub on: Hosts,
    /// What the message says, with `*` for any text.
    pub because: Option<String>,
    /// The statement.
    pub span: Span,
}

/// How a command ran, as far as a test asks. Texts have `*` for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Variables that it was given.
    pub env: Vec<(String, String)>,
    /// The user it ran as.
    pub user: Option<String>,
    /// The directory it ran in.
    pub cwd: Option<String>,
    /// What it read.
    pub stdin: Option<String>,
}

/// The forms of an expectation. Texts have `*` for any text.
#[derive(Debug)]
pub enum Expectation {
    /// These commands ran, in this order, the last one so.
    Commands(Vec<String>, Manner),
    /// Something was printed.
    Output(String),
    /// A file is there, and holds this.
    File(String, Option<String>),
    /// What an `ensure` is for held already.
    OkGoal(String),
    /// What an `ensure` is for was made to hold.
    ChangedGoal(String),
    /// The run, or a stage of it, was done.
    Ok(Option<usize>),
    /// The run, or a stage of it, failed, perhaps with this code.
    Failed(Option<Code>, Option<usize>),
    /// The workflow is refused when these declarations are part of it.
    Refusal(Code, Vec<ast::Item>),
}
