//! Trees as bytes. The standard library is read by the parser once, when flowrun is built; a program that starts takes its
//! trees from what was stored then.
//!
//! The bytes are read by the very program that they were made for, so they carry neither names nor a version.

use std::rc::Rc;

use super::ast::{
    Argument, BinaryOp, Block, Class, Comment, Comparison, Comprehension, Condition, ConditionRef, DurationLit, Effect,
    Else, Expr, ExprKind, File, Forbid, HostDecl, Ident, Input, IntLit, Item, ItemKind, Param, Path, Program, Selector,
    SelectorKind, SelectorValue, SelectorValueKind, Stage, Statement, StatementKind, Task, Test, Text, TextPart, Type,
    TypeDecl, UnaryOp, Use,
};
use crate::source::{FileId, Span};

/// The bytes of a tree.
#[must_use]
pub fn write(file: &File) -> Vec<u8> {
    let mut out = Writer::default();
    file.items.write(&mut out);
    file.comments.write(&mut out);
    out.bytes
}

/// The tree of a file of which everything could be read; none if these are not the bytes of one.
#[must_use]
pub fn read(bytes: &[u8], id: FileId) -> Option<File> {
    let mut input = Reader { bytes, id, last: 0 };
    Some(File { id, items: input.take()?, comments: input.take()?, unread: Vec::new() })
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    /// Where the last span begins: the next one is near.
    last: u32,
}

struct Reader<'b> {
    bytes: &'b [u8],
    id: FileId,
    last: u32,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn take<T: Stored>(&mut self) -> Option<T> {
        T::read(self)
    }
}

/// What can be written to bytes, and read from them.
trait Stored: Sized {
    fn write(&self, out: &mut Writer);
    fn read(input: &mut Reader<'_>) -> Option<Self>;
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
impl Stored for u64 {
    fn write(&self, out: &mut Writer) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        out.bytes.push(rest.to_le_bytes()[0]);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = input.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Small ones are short, whatever their sign.
impl Stored for i64 {
    fn write(&self, out: &mut Writer) {
        ((self << 1) ^ (self >> 63)).cast_unsigned().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let folded: u64 = input.take()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

impl Stored for usize {
    fn write(&self, out: &mut Writer) {
        (*self as u64).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.take::<u64>()?.try_into().ok()
    }
}

impl Stored for bool {
    fn write(&self, out: &mut Writer) {
        out.bytes.push(u8::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(input.byte()? != 0)
    }
}

impl Stored for Span {
    fn write(&self, out: &mut Writer) {
        (i64::from(self.start) - i64::from(out.last)).write(out);
        u64::from(self.end - self.start).write(out);
        out.last = self.start;
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let start = u32::try_from(i64::from(input.last) + input.take::<i64>()?).ok()?;
        let end = u32::try_from(u64::from(start) + input.take::<u64>()?).ok()?;
        input.last = start;
        Some(Span { file: input.id, start, end })
    }
}

impl Stored for String {
    fn write(&self, out: &mut Writer) {
        self.len().write(out);
        out.bytes.extend(self.as_bytes());
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (text, rest) = input.take().and_then(|len| input.bytes.split_at_checked(len))?;
        input.bytes = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write(&self, out: &mut Writer) {
        self.len().write(out);
        self.iter().for_each(|item| item.write(out));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let len: usize = input.take()?;
        // Each takes a byte at least, so that no length makes room for more than there is.
        let mut items = Vec::with_capacity(len.min(input.bytes.len()));
        for _ in 0..len {
            items.push(input.take()?);
        }
        Some(items)
    }
}

impl<T: Stored> Stored for Option<T> {
    fn write(&self, out: &mut Writer) {
        self.is_some().write(out);
        self.iter().for_each(|value| value.write(out));
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        if input.take()? { input.take().map(Some) } else { Some(None) }
    }
}

impl<T: Stored> Stored for Box<T> {
    fn write(&self, out: &mut Writer) {
        (**self).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.take().map(Box::new)
    }
}

impl<T: Stored> Stored for Rc<T> {
    fn write(&self, out: &mut Writer) {
        (**self).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        input.take().map(Rc::new)
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some((input.take()?, input.take()?))
    }
}

/// Fields one after the other.
macro_rules! structs {
    ($($name:ident { $($field:ident),+ })+) => { $(
        impl Stored for $name {
            fn write(&self, out: &mut Writer) {
                let $name { $($field),+ } = self;
                $($field.write(out);)+
            }

            fn read(input: &mut Reader<'_>) -> Option<Self> {
                $(let $field = input.take()?;)+
                Some($name { $($field),+ })
            }
        }
    )+ };
}

/// A byte that says which form it is, then its values one after the other.
macro_rules! enums {
    ($($name:ident { $($tag:literal $form:ident $(($($value:ident),+))? $({ $($field:ident),+ })?)+ })+) => { $(
        impl Stored for $name {
            fn write(&self, out: &mut Writer) {
                match self {
                    $($name::$form $(($($value),+))? $({ $($field),+ })? => {
                        out.bytes.push($tag);
                        $($($value.write(out);)+)?
                        $($($field.write(out);)+)?
                    })+
                }
            }

            fn read(input: &mut Reader<'_>) -> Option<Self> {
                Some(match input.byte()? {
                    $($tag => {
                        $($(let $value = input.take()?;)+)?
                        $($(let $field = input.take()?;)+)?
                        $name::$form $(($($value),+))? $({ $($field),+ })?
                    })+
                    _ => return None,
                })
            }
        }
    )+ };
}

structs! {
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

enums! {
    ItemKind {
        0 Use(a) 1 Input(a) 2 Type(a) 3 Class(a) 4 Effect(a) 5 Forbid(a) 6 Program(a) 7 Host(a) 8 Hosts(a) 9 Condition(a)
        10 Task(a) 11 Stage(a) 12 Test(a)
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
