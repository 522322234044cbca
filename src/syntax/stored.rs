//! The tree of a file as bytes.

use super::ast::{
    Argument, BinaryOp, Block, Class, Comment, Comparison, Comprehension, Condition, ConditionRef, DurationLit, Effect,
    Else, ExpectKind, Expectation, Expr, ExprKind, File, Forbid, HostDecl, Ident, Input, IntLit, Item, ItemKind, Param,
    Path, Program, Selector, SelectorKind, SelectorValue, SelectorValueKind, Stage, Statement, StatementKind, Task,
    Test, TestBlock, TestKind, TestRun, TestStatement, Text, TextPart, Type, TypeDecl, UnaryOp, Use,
};
use crate::stored::{Reader, Stored, Writer, stored_enums, stored_structs};

/// Only a file of which everything could be read is ever stored.
impl Stored for File {
    fn write(&self, out: &mut Writer) {
        self.items.write(out);
        self.comments.write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        Some(File { id: input.file(), items: input.take()?, comments: input.take()?, unread: Vec::new() })
    }
}

stored_structs! {
    Ident { text, span }
    Path { words, span }
    Comment { span, doc }
    Item { doc, span, kind }
    Use { module, alias }
    Input { name, ty, default }
    TypeDecl { name, fields }
    Class { name, title, facts }
    Effect { name, title }
    Forbid { effect, on, because }
    Program { commands, effects }
    HostDecl { name, selector }
    Condition { name, on, probe }
    Task { name, params, result, guard, needs, does, body, is_extern }
    Param { name, ty, default }
    Stage { name, on, guard, only, after, forbids, expects, leaves, timeout, at_once, tolerate, result, body, finally }
    ConditionRef { negated, name, span }
    DurationLit { millis, span }
    IntLit { value, span }
    Test { title, body }
    TestBlock { statements, unread, span }
    TestStatement { kind, span }
    Expectation { kind, negated, on, because }
    Type { name, argument, optional, span }
    Selector { kind, span }
    SelectorValue { kind, span }
    Block { statements, span }
    Statement { kind, span }
    Expr { kind, span }
    Comprehension { value, name, list, condition }
    Argument { name, value }
    Text { parts, span }
}

stored_enums! {
    ItemKind {
        0 Use(a) 1 Input(a) 2 Type(a) 3 Class(a) 4 Effect(a) 5 Forbid(a) 6 Program(a) 7 Host(a) 8 Hosts(a) 9 Condition(a)
        10 Task(a) 11 Stage(a) 12 Test(a)
    }
    TestKind { 0 Host(a, b) 1 Input(a, b) 2 File(a, b, c) 3 Answer(a, b, c) 4 Run(a) 5 Expect(a) }
    TestRun { 0 Workflow 1 Stages(a) 2 Block(a, b) }
    ExpectKind {
        0 Commands(a, b) 1 Output(a) 2 File(a, b) 3 OkGoal(a) 4 ChangedGoal(a) 5 Ok(a) 6 Failed(a, b) 7 Refusal(a, b)
    }
    SelectorKind { 0 Or(a) 1 And(a) 2 Not(a) 3 Group(a) 4 Name(a) 5 Compare(a, b, c) }
    SelectorValueKind { 0 Size(a) 1 Int(a) 2 Str(a) 3 Word(a) }
    Comparison { 0 Eq 1 Ne 2 Lt 3 Le 4 Gt 5 Ge }
    StatementKind {
        0 Let { name, ty, value } 1 Return(a) 2 Print(a) 3 Assert(a, b) 4 Fail(a) 5 If(a, b, c) 6 For(a, b, c) 7 On(a, b)
        8 At(a, b) 9 Ensure(a, b, c) 10 Retry(a, b, c) 11 Timeout(a, b) 12 Try(a, b, c) 13 Expr(a)
    }
    Else { 0 If(a) 1 Block(a) }
    ExprKind {
        0 Text(a) 1 Int(a) 2 Bool(a) 3 Duration(a) 4 Size(a) 5 List(a) 6 Comprehension(a) 7 Record(a) 8 Name(a)
        9 Field(a, b) 10 Index(a, b) 11 Call(a, b) 12 Unary(a, b) 13 Try(a) 14 Binary(a, b, c) 15 Cast(a, b) 16 If(a, b, c)
    }
    UnaryOp { 0 Not 1 Neg }
    BinaryOp { 0 Or 1 And 2 Compare(a) 3 In 4 Add 5 Sub 6 Mul 7 Div 8 Rem }
    TextPart { 0 Literal(a, b) 1 Splice(a) }
}
