//! What is found out when flowrun is built, as bytes that it reads when it runs.
//!
//! The bytes are read by the very program that they were made for, so they carry neither names nor a version.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::source::{FileId, Span};

/// Takes values to bytes.
#[derive(Debug, Default)]
pub struct Writer {
    /// What was written but for its texts.
    pub bytes: Vec<u8>,
    /// Its texts, one behind the other: they are known to be text when the program is built, and not looked at again.
    pub texts: String,
    /// Where the last span begins: the next one is near.
    last: u32,
}

/// Takes values from bytes.
#[derive(Debug)]
pub struct Reader {
    bytes: &'static [u8],
    texts: &'static str,
    file: FileId,
    last: u32,
}

impl Reader {
    /// Reads what was written of a file.
    #[must_use]
    pub fn new(bytes: &'static [u8], texts: &'static str, file: FileId) -> Self {
        Reader { bytes, texts, file, last: 0 }
    }

    /// The file that spans are of.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// The next value; none if these are not the bytes of one.
    pub fn take<T: Stored>(&mut self) -> Option<T> {
        T::read(self)
    }

    /// The next byte.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }
}

/// What can be written to bytes, and read from them.
pub trait Stored: Sized {
    /// Writes it.
    fn write(&self, out: &mut Writer);
    /// Reads it.
    fn read(input: &mut Reader) -> Option<Self>;
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

    fn read(input: &mut Reader) -> Option<Self> {
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

    fn read(input: &mut Reader) -> Option<Self> {
        let folded: u64 = input.take()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }
}

impl Stored for usize {
    fn write(&self, out: &mut Writer) {
        (*self as u64).write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        input.take::<u64>()?.try_into().ok()
    }
}

impl Stored for u32 {
    fn write(&self, out: &mut Writer) {
        u64::from(*self).write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        input.take::<u64>()?.try_into().ok()
    }
}

impl Stored for bool {
    fn write(&self, out: &mut Writer) {
        out.bytes.push(u8::from(*self));
    }

    fn read(input: &mut Reader) -> Option<Self> {
        Some(input.byte()? != 0)
    }
}

impl Stored for Span {
    fn write(&self, out: &mut Writer) {
        (i64::from(self.start) - i64::from(out.last)).write(out);
        u64::from(self.end - self.start).write(out);
        out.last = self.start;
    }

    fn read(input: &mut Reader) -> Option<Self> {
        let start = u32::try_from(i64::from(input.last) + input.take::<i64>()?).ok()?;
        let end = u32::try_from(u64::from(start) + input.take::<u64>()?).ok()?;
        input.last = start;
        Some(Span { file: input.file, start, end })
    }
}

/// Text is left where it is: the bytes are part of the program.
impl Stored for Cow<'static, str> {
    fn write(&self, out: &mut Writer) {
        self.len().write(out);
        out.texts.push_str(self);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        let (text, rest) = input.take().and_then(|len| input.texts.split_at_checked(len))?;
        input.texts = rest;
        Some(Cow::Borrowed(text))
    }
}

impl Stored for String {
    fn write(&self, out: &mut Writer) {
        self.len().write(out);
        out.texts.push_str(self);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        input.take::<Cow<'static, str>>().map(Cow::into_owned)
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn write(&self, out: &mut Writer) {
        self.len().write(out);
        self.iter().for_each(|item| item.write(out));
    }

    fn read(input: &mut Reader) -> Option<Self> {
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

    fn read(input: &mut Reader) -> Option<Self> {
        if input.take()? { input.take().map(Some) } else { Some(None) }
    }
}

impl<T: Stored> Stored for Box<T> {
    fn write(&self, out: &mut Writer) {
        (**self).write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        input.take().map(Box::new)
    }
}

impl<T: Stored> Stored for Arc<T> {
    fn write(&self, out: &mut Writer) {
        (**self).write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        input.take().map(Arc::new)
    }
}

impl<T: Stored> Stored for Range<T> {
    fn write(&self, out: &mut Writer) {
        self.start.write(out);
        self.end.write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        Some(input.take()?..input.take()?)
    }
}

impl<A: Stored, B: Stored> Stored for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        Some((input.take()?, input.take()?))
    }
}

/// Fields one after the other.
macro_rules! stored_structs {
    ($($name:ident { $($field:ident),+ })+) => { $(
        impl $crate::stored::Stored for $name {
            fn write(&self, out: &mut $crate::stored::Writer) {
                let $name { $($field),+ } = self;
                $($field.write(out);)+
            }

            fn read(input: &mut $crate::stored::Reader) -> Option<Self> {
                $(let $field = input.take()?;)+
                Some($name { $($field),+ })
            }
        }
    )+ };
}

/// A byte that says which form it is, then its values one after the other.
macro_rules! stored_enums {
    ($($name:ident { $($tag:literal $form:ident $(($($value:ident),+))? $({ $($field:ident),+ })?)+ })+) => { $(
        impl $crate::stored::Stored for $name {
            fn write(&self, out: &mut $crate::stored::Writer) {
                match self {
                    $($name::$form $(($($value),+))? $({ $($field),+ })? => {
                        out.bytes.push($tag);
                        $($($value.write(out);)+)?
                        $($($field.write(out);)+)?
                    })+
                }
            }

            fn read(input: &mut $crate::stored::Reader) -> Option<Self> {
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

pub(crate) use {stored_enums, stored_structs};
