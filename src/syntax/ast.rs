//! The tree of a `.flow` file: what was written, with its places and comments, and nothing inferred.

use std::borrow::Cow;
use std::sync::Arc;

use crate::source::{FileId, Span};

/// Text of a file. That of the standard library is part of the program and is not copied.
pub type Words = Cow<'static, str>;

/// A word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    /// The word.
    pub text: Words,
    /// Where it stands.
    pub span: Span,
}

/// A dotted name such as `pump.start`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its words, at least one.
    pub words: Vec<Ident>,
    /// The whole of it.
    pub span: Span,
}

impl Path {
    /// The name as written.
    #[must_use]
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.iter().map(|word| &*word.text).collect();
        words.join(".")
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    /// The source it was read from.
    pub id: FileId,
    /// What it declares, in order; a declaration that could not be read is left out.
    pub items: Vec<Item>,
    /// Every comment, in order.
    pub comments: Vec<Comment>,
    /// The names of what could not be read: that nothing is called so is no fault of its own.
    pub unread: Vec<String>,
}

/// A comment, from its `#` to the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// Whether it begins with `##` and so documents the declaration below it.
    pub doc: bool,
}

/// A declaration.
#[derive(Clone, Debug)]
pub struct Item {
    /// The text of the `##` lines directly above it.
    pub doc: Words,
    /// The whole declaration.
    pub span: Span,
    /// What it declares.
    pub kind: ItemKind,
}

/// The declarations of the language.
#[derive(Clone, Debug)]
pub enum ItemKind {
    /// `use std/pump as p`
    Use(Use),
    /// `input tree: Path = "/srv/linux"`
    Input(Input),
    /// `type worker = { host: Str }`
    Type(TypeDecl),
    /// `class cm3 "…" = selector`
    Class(Class),
    /// `effect build "…"`
    Effect(Effect),
    /// `forbid build on cm3 because "…"`
    Forbid(Forbid),
    /// `program "make" does build`
    Program(Program),
    /// `host builder = selector`
    Host(HostDecl),
    /// `hosts workers = selector`
    Hosts(HostDecl),
    /// `condition pump-active on orchestrator { … }`
    Condition(Condition),
    /// `task …` and `extern task …`
    Task(Arc<Task>),
    /// `stage …`
    Stage(Arc<Stage>),
    /// `test "…" { … }`
    Test(Test),
}

/// `use MODULE [as NAME]`
#[derive(Clone, Debug)]
pub struct Use {
    /// `std/pump` or `./lib/net`, as written.
    pub module: Ident,
    /// The name that its declarations are reached by.
    pub alias: Option<Ident>,
}

/// `input NAME: T [= default]`
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
}

/// `type NAME = { field: T = default, … }`
#[derive(Clone, Debug)]
pub struct TypeDecl {
    /// Its name.
    pub name: Ident,
    /// Its fields.
    pub fields: Vec<Param>,
}

/// `class NAME "title" = selector`
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name.
    pub name: Ident,
    /// What people call it.
    pub title: Option<Text>,
    /// What every host of it satisfies.
    pub facts: Option<Selector>,
}

/// `effect NAME "what it means"`
#[derive(Clone, Debug)]
pub struct Effect {
    /// Its name.
    pub name: Ident,
    /// What it means.
    pub title: Option<Text>,
}

/// `forbid EFFECT on SELECTOR because "reason"`
#[derive(Clone, Debug)]
pub struct Forbid {
    /// The effect.
    pub effect: Ident,
    /// The hosts on which nothing may have it.
    pub on: Selector,
    /// Why.
    pub because: Option<Text>,
}

/// `program "a", "b c" does effect, effect`
#[derive(Clone, Debug)]
pub struct Program {
    /// The leading words of the commands.
    pub commands: Vec<Text>,
    /// What running one does.
    pub effects: Vec<Ident>,
}

/// `host NAME = selector` or `hosts NAME = selector`
#[derive(Clone, Debug)]
pub struct HostDecl {
    /// Its name.
    pub name: Ident,
    /// Which hosts it is.
    pub selector: Selector,
}

/// `condition NAME on SELECTOR { probe }`
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its name.
    pub name: Ident,
    /// Where its probe runs.
    pub on: Selector,
    /// The probe.
    pub probe: Block,
}

/// `[extern] task NAME(params) [-> T] [on G only] [needs R] [does E] { body }`
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub name: Ident,
    /// What it takes.
    pub params: Vec<Param>,
    /// The type of what it returns.
    pub result: Option<Type>,
    /// Where it may run at all.
    pub guard: Option<Selector>,
    /// What its hosts must satisfy.
    pub needs: Option<Selector>,
    /// The effects that it declares.
    pub does: Option<Vec<Ident>>,
    /// Its body; none for an `extern` one.
    pub body: Option<Block>,
    /// Whether the interpreter implements it.
    pub is_extern: bool,
}

/// A parameter of a task or a field of a record.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
}

/// `stage NAME on SELECTOR[, GUARD] [only] CLAUSES [-> T] { … } [finally { … }]`
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its name.
    pub name: Ident,
    /// The hosts it runs on.
    pub on: Selector,
    /// What all of them must be proved to be.
    pub guard: Option<Selector>,
    /// The `only` that closes it.
    pub only: Option<Span>,
    /// The stages that it waits for; none written means the one above.
    pub after: Option<Vec<Ident>>,
    /// Effects that nothing in it may have.
    pub forbids: Vec<Ident>,
    /// Conditions that must hold before it.
    pub expects: Vec<ConditionRef>,
    /// Conditions that hold after it.
    pub leaves: Vec<ConditionRef>,
    /// How long it may take on a host.
    pub timeout: Option<DurationLit>,
    /// How many hosts run it at a time.
    pub at_once: Option<IntLit>,
    /// How many hosts may fail.
    pub tolerate: Option<IntLit>,
    /// The type of what it returns.
    pub result: Option<Type>,
    /// Its body.
    pub body: Block,
    /// What runs at its end, however it ends.
    pub finally: Option<Block>,
}

/// `COND` or `not COND` in a stage's clause.
#[derive(Clone, Debug)]
pub struct ConditionRef {
    /// Whether `not` stands before it.
    pub negated: bool,
    /// The condition.
    pub name: Path,
    /// The whole clause.
    pub span: Span,
}

/// A duration with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationLit {
    /// Its length in milliseconds.
    pub millis: u64,
    /// Where it stands.
    pub span: Span,
}

/// A whole number with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntLit {
    /// Its value.
    pub value: i64,
    /// Where it stands.
    pub span: Span,
}

/// `test "…" { … }`
#[derive(Clone, Debug)]
pub struct Test {
    /// What it tests.
    pub title: Text,
    /// Its statements.
    pub body: TestBlock,
}

/// The statements of a test between their braces.
#[derive(Clone, Debug)]
pub struct TestBlock {
    /// The statements that could be read.
    pub statements: Vec<TestStatement>,
    /// Whether there are others.
    pub unread: bool,
    /// From brace to brace.
    pub span: Span,
}

/// A statement of a test.
#[derive(Clone, Debug)]
pub struct TestStatement {
    /// Its form.
    pub kind: TestKind,
    /// The whole of it.
    pub span: Span,
}

/// The statements of a test.
#[derive(Clone, Debug)]
pub enum TestKind {
    /// `host w1 { arch: x86_64, … }`
    Host(Ident, Expr),
    /// `input tree = "/srv/linux"`
    Input(Ident, Expr),
    /// `file "/etc/hosts" on S = "text"`
    File(Text, Option<Selector>, Expr),
    /// `answer "uname *" on S with A then B`
    Answer(Text, Option<Selector>, Vec<Expr>),
    /// `run`, `run stage a, b`, `run on S { … }`
    Run(TestRun),
    /// `expect …`
    Expect(Expectation),
}

/// What a test runs.
#[derive(Clone, Debug)]
pub enum TestRun {
    /// The whole workflow.
    Workflow,
    /// These stages of it.
    Stages(Vec<Ident>),
    /// A block of the test's own, as the body of a stage on these hosts.
    Block(Selector, Block),
}

/// What a test expects of what it ran.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Its form.
    pub kind: ExpectKind,
    /// Whether `no` stands before it.
    pub negated: bool,
    /// The hosts it is about.
    pub on: Option<Selector>,
    /// What the message says.
    pub because: Option<Text>,
}

/// The forms of an expectation.
#[derive(Clone, Debug)]
pub enum ExpectKind {
    /// `command "a" then "b" with { user: "root" }`
    Commands(Vec<Text>, Option<Expr>),
    /// `output "text"`
    Output(Text),
    /// `file "path" = "text"`
    File(Text, Option<Expr>),
    /// `ok "goal"`
    OkGoal(Text),
    /// `changed "goal"`
    ChangedGoal(Text),
    /// `ok stage s`
    Ok(Option<Ident>),
    /// `failed R0803 stage s`
    Failed(Option<Ident>, Option<Ident>),
    /// `refusal E0302 { … }`
    Refusal(Ident, Vec<Item>),
}

/// A type as written.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name.
    pub name: Path,
    /// The `T` of `List[T]`.
    pub argument: Option<Box<Type>>,
    /// Whether `?` stands behind it.
    pub optional: bool,
    /// The whole of it.
    pub span: Span,
}

/// A predicate over hosts, as written.
#[derive(Clone, Debug)]
pub struct Selector {
    /// Its form.
    pub kind: SelectorKind,
    /// The whole of it.
    pub span: Span,
}

/// The forms of a selector.
#[derive(Clone, Debug)]
pub enum SelectorKind {
    /// `S or S …`
    Or(Vec<Selector>),
    /// `S and S …`
    And(Vec<Selector>),
    /// `not S`
    Not(Box<Selector>),
    /// `group(NAME)`
    Group(Ident),
    /// A name: `all`, `local`, a host, hosts, class or architecture.
    Name(Path),
    /// `ATTRIBUTE op VALUE`
    Compare(Path, Comparison, SelectorValue),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// The right side of a comparison in a selector.
#[derive(Clone, Debug)]
pub struct SelectorValue {
    /// Its form.
    pub kind: SelectorValueKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a selector's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorValueKind {
    /// Bytes.
    Size(u64),
    /// A count.
    Int(i64),
    /// A quoted text.
    Str(String),
    /// A bare word.
    Word(String),
}

/// Statements between braces.
#[derive(Clone, Debug)]
pub struct Block {
    /// The statements that could be read.
    pub statements: Vec<Statement>,
    /// From brace to brace.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its form.
    pub kind: StatementKind,
    /// The whole of it.
    pub span: Span,
}

/// The statements of the language.
#[derive(Clone, Debug)]
pub enum StatementKind {
    /// `let x: T = e`
    Let {
        /// The name bound.
        name: Ident,
        /// Its type, where written.
        ty: Option<Type>,
        /// Its value.
        value: Expr,
    },
    /// `return e`
    Return(Option<Expr>),
    /// `print e`
    Print(Expr),
    /// `assert e, "message"`
    Assert(Expr, Option<Expr>),
    /// `fail "message"`
    Fail(Expr),
    /// `if c { … } else { … }`
    If(Expr, Block, Option<Box<Else>>),
    /// `for x in xs { … }`
    For(Ident, Expr, Block),
    /// `on S { … }`
    On(Selector, Block),
    /// `at HOST { … }`
    At(Expr, Block),
    /// `ensure "goal" { check } else { fix }`
    Ensure(Text, Block, Option<Block>),
    /// `retry 5 every 2s { … }`
    Retry(IntLit, Option<DurationLit>, Block),
    /// `timeout 30s { … }`
    Timeout(Expr, Block),
    /// `try { … } rescue e { … }`
    Try(Block, Option<Ident>, Block),
    /// A call.
    Expr(Expr),
}

/// What follows an `else`.
#[derive(Clone, Debug)]
pub enum Else {
    /// `else if …`
    If(Statement),
    /// `else { … }`
    Block(Block),
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Its form.
    pub kind: ExprKind,
    /// The whole of it.
    pub span: Span,
}

/// The expressions of the language.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `"text {{ splice }}"`
    Text(Text),
    /// `42`
    Int(i64),
    /// `true`
    Bool(bool),
    /// `30s`, in milliseconds
    Duration(u64),
    /// `8GiB`, in bytes
    Size(u64),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `[e for x in xs if c]`
    Comprehension(Box<Comprehension>),
    /// `{ key: value }`
    Record(Vec<(Ident, Expr)>),
    /// A name.
    Name(Ident),
    /// `e.field`
    Field(Box<Expr>, Ident),
    /// `e[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `f(a, name: b)`, and `sh "…"`
    Call(Box<Expr>, Vec<Argument>),
    /// `not e`, `-e`
    Unary(UnaryOp, Box<Expr>),
    /// `try e`
    Try(Box<Expr>),
    /// `a + b`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `e as T`
    Cast(Box<Expr>, Box<Type>),
    /// `if c { a } else { b }`
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// `[value for name in list if condition]`
#[derive(Clone, Debug)]
pub struct Comprehension {
    /// What each element becomes.
    pub value: Expr,
    /// The name bound to it.
    pub name: Ident,
    /// Where the elements come from.
    pub list: Expr,
    /// Which of them are taken.
    pub condition: Option<Expr>,
}

/// An argument of a call.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The name before its colon.
    pub name: Option<Ident>,
    /// Its value.
    pub value: Expr,
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum UnaryOp {
    Not,
    Neg,
}

/// An infix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Compare(Comparison),
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// A string with its splices.
#[derive(Clone, Debug)]
pub struct Text {
    /// Its parts, in order.
    pub parts: Vec<TextPart>,
    /// From quote to quote.
    pub span: Span,
}

impl Text {
    /// The text, where nothing is spliced into it.
    #[must_use]
    pub fn literal(&self) -> Option<Words> {
        if let [TextPart::Literal(text, _)] = self.parts.as_slice() {
            return Some(text.clone());
        }
        let literals = self.parts.iter().map(|part| match part {
            TextPart::Literal(text, _) => Some(&**text),
            TextPart::Splice(_) => None,
        });
        literals.collect::<Option<String>>().map(Words::from)
    }
}

/// A part of a string.
#[derive(Clone, Debug)]
pub enum TextPart {
    /// Text as it is. An escape is a part of its own, so that offsets in other parts are offsets in the source.
    Literal(Words, Span),
    /// `{{ e }}`
    Splice(Box<Expr>),
}
