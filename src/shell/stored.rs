//! An analysis as bytes.

use super::analysis::{Analysis, Invocation, Place, Program, ShellError, SpliceContext, Word, Write};
use super::template::Position;
use crate::stored::{Reader, Stored, Writer, stored_enums, stored_structs};

/// Without its remarks: what is shipped is looked through by a test, and by no user.
impl Stored for Analysis {
    fn write(&self, out: &mut Writer) {
        let Analysis { programs, writes, splices, errors, remarks: _ } = self;
        programs.write(out);
        writes.write(out);
        splices.write(out);
        errors.write(out);
    }

    fn read(input: &mut Reader) -> Option<Self> {
        let (programs, writes) = (input.take()?, input.take()?);
        let (splices, errors) = (input.take()?, input.take()?);
        Some(Analysis { programs, writes, splices, errors, remarks: Vec::new() })
    }
}

stored_structs! {
    Invocation { program, words, position, via, wrapper, builtin, possible }
    Write { what, position }
    ShellError { message, position }
    Position { part, offset }
}

stored_enums! {
    Program { 0 Known(a) 1 Spliced(a) 2 Dynamic(a) }
    Word { 0 Literal(a) 1 Spliced(a) 2 Dynamic(a) }
    Place { 0 Argument 1 Part 2 Command 3 Assignment 4 Redirection 5 Operand 6 NoOption 7 Syntax }
    SpliceContext {
        0 Unquoted(a) 1 DoubleQuoted(a) 2 SingleQuoted(a) 3 AnsiQuoted 4 HereDocument 5 Comment 6 Arithmetic
        7 ParameterExpansion 8 VariableName 9 FunctionName 10 Backquoted 11 Escaped 12 Code { inside } 13 Unknown
    }
}
