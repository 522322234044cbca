//! A tree that stands further on in its text, because something before it was written or taken away.

use std::sync::Arc;

use super::ast::{
    Argument, BinaryOp, Block, Class, Comment, Comparison, Comprehension, Condition, ConditionRef, DurationLit, Effect,
    Else, ExpectKind, Expectation, Expr, ExprKind, Forbid, HostDecl, Ident, Input, IntLit, Item, ItemKind, Param, Path,
    Program, Selector, SelectorKind, SelectorValue, SelectorValueKind, Stage, Statement, StatementKind, Task, Test,
    TestBlock, TestKind, TestRun, TestStatement, Text, TextPart, Type, TypeDecl, UnaryOp, Use, Words,
};
use crate::diagnostic::{Diagnostic, Fix, Label};
use crate::source::Span;

/// What has places in a text.
pub(super) trait Shift {
    /// Moves all its places by so many bytes.
    fn shift(&mut self, by: i64);
}

impl Shift for Span {
    fn shift(&mut self, by: i64) {
        let moved = |at: u32| u32::try_from(i64::from(at).saturating_add(by).max(0)).unwrap_or(u32::MAX);
        (self.start, self.end) = (moved(self.start), moved(self.end));
    }
}

impl<T: Shift> Shift for Vec<T> {
    fn shift(&mut self, by: i64) {
        self.iter_mut().for_each(|item| item.shift(by));
    }
}

impl<T: Shift> Shift for Option<T> {
    fn shift(&mut self, by: i64) {
        self.iter_mut().for_each(|value| value.shift(by));
    }
}

impl<T: Shift> Shift for Box<T> {
    fn shift(&mut self, by: i64) {
        (**self).shift(by);
    }
}

impl<T: Shift + Clone> Shift for Arc<T> {
    fn shift(&mut self, by: i64) {
        Arc::make_mut(self).shift(by);
    }
}

impl<A: Shift, B: Shift> Shift for (A, B) {
    fn shift(&mut self, by: i64) {
        self.0.shift(by);
        self.1.shift(by);
    }
}

/// What has no place.
macro_rules! placeless {
    ($($name:ty),+) => { $(impl Shift for $name { fn shift(&mut self, _by: i64) {} })+ };
}

placeless!(bool, i64, u64, Words, String, Comparison, SelectorValueKind, UnaryOp, BinaryOp);

/// Each field by itself.
macro_rules! shift_structs {
    ($($name:ident { $($field:ident),+ })+) => { $(
        impl Shift for $name {
            fn shift(&mut self, by: i64) {
                let $name { $($field),+ } = self;
                $($field.shift(by);)+
            }
        }
    )+ };
}

/// The values of whichever form it is.
macro_rules! shift_enums {
    ($($name:ident { $($form:ident $(($($value:ident),+))? $({ $($field:ident),+ })?)+ })+) => { $(
        impl Shift for $name {
            fn shift(&mut self, by: i64) {
                match self {
                    $($name::$form $(($($value),+))? $({ $($field),+ })? => {
                        $($($value.shift(by);)+)?
                        $($($field.shift(by);)+)?
                    })+
                }
            }
        }
    )+ };
}

shift_structs! {
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
    Label { span, message, primary }
    Fix { title, edits }
}

shift_enums! {
    ItemKind {
        Use(a) Input(a) Type(a) Class(a) Effect(a) Forbid(a) Program(a) Host(a) Hosts(a) Condition(a) Task(a) Stage(a)
        Test(a)
    }
    TestKind { Host(a, b) Input(a, b) File(a, b, c) Answer(a, b, c) Run(a) Expect(a) }
    TestRun { Workflow Stages(a) Block(a, b) }
    ExpectKind {
        Commands(a, b) Output(a) File(a, b) OkGoal(a) ChangedGoal(a) Ok(a) Failed(a, b) Refusal(a, b)
    }
    SelectorKind { Or(a) And(a) Not(a) Group(a) Name(a) Compare(a, b, c) }
    StatementKind {
        Let { name, ty, value } Return(a) Print(a) Assert(a, b) Fail(a) If(a, b, c) For(a, b, c) On(a, b) At(a, b)
        Ensure(a, b, c) Retry(a, b, c) Timeout(a, b) Try(a, b, c) Expr(a)
    }
    Else { If(a) Block(a) }
    ExprKind {
        Text(a) Int(a) Bool(a) Duration(a) Size(a) List(a) Comprehension(a) Record(a) Name(a) Field(a, b) Index(a, b)
        Call(a, b) Unary(a, b) Try(a) Binary(a, b, c) Cast(a, b) If(a, b, c)
    }
    TextPart { Literal(a, b) Splice(a) }
}

impl Shift for Diagnostic {
    fn shift(&mut self, by: i64) {
        self.labels.shift(by);
        self.fix.shift(by);
    }
}
