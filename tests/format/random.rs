//! Random texts: every form of the language, in a layout that nobody would choose, with comments wherever one may stand.

use proptest::prelude::*;

use super::assert_keeps;
use crate::theorem::tape::Tape;

proptest! {
    #![proptest_config(crate::random_cases(400))]

    #[test]
    fn a_random_text_keeps_its_meaning_and_its_comments(choices in prop::collection::vec(any::<u32>(), 0..600)) {
        assert_keeps(&text(&choices));
    }
}

fn text(choices: &[u32]) -> String {
    let mut ugly = Ugly { tape: Tape::new(choices), out: String::new(), comments: 0 };
    ugly.file();
    ugly.out
}

struct Ugly<'t> {
    tape: Tape<'t>,
    out: String,
    comments: usize,
}

/// A word, and what stands behind it.
type Clause<U> = (&'static str, fn(&mut U));

const NAMES: &[&str] =
    &["a", "b-c", "x_1", "on-all", "a-name-that-is-rather-long-for-a-name", "another-name-of-some-length"];
const STRINGS: &[&str] = &[
    "\"s\"",
    "\"\"",
    "\"# no comment {{ x }} \\\" }\"",
    "\"{{ # a comment in a splice\n  x }}\"",
    "\"a text that is so long that it takes most of a line and is followed by what does not fit any more\"",
    "\"{{ join([w.host for w in expected], \", \") }}\"",
    "\"\"\"\n      a\n        b {{ x }}\n      \"\"\"",
    "\"\"\"  one\n\n\ttwo # three\n\"\"\"",
];
const INFIX: &[&str] = &["or", "and", "in", "==", "!=", "<=", ">=", "<", ">", "+", "- ", "*", "/", "%"];
const LITERALS: &[&str] = &["42", "1_000", "true", "false", "500ms", "6h", "512MiB", "-5", "- 5s"];

impl Ugly<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn word(&mut self, words: &[&'static str]) {
        let word = self.tape.word(words);
        self.put(word);
    }

    fn name(&mut self) {
        self.word(NAMES);
    }

    /// Between two words of a line.
    fn blank(&mut self) {
        self.word(&[" ", "  ", "\t", "      "]);
    }

    /// Between two tokens of a line, at least one of which is no word.
    fn gap(&mut self) {
        self.word(&["", " ", "   "]);
    }

    fn comment(&mut self) {
        let kind = self.tape.word(&["# ", "## ", "#", "# allow(W0702) ", "#   "]);
        self.comments += 1;
        let comment = format!("{kind}comment {}", self.comments);
        self.put(&comment);
        self.word(&["", "  ", "\t"]);
    }

    /// Where a new line may begin.
    fn line(&mut self) {
        self.blank();
        while self.tape.chance(12) {
            if self.tape.chance(40) {
                self.comment();
            }
            self.word(&["\n", "\n\n", "\r\n", "\n  "]);
            self.blank();
        }
    }

    /// Where a new line has to begin.
    fn end(&mut self) {
        self.gap();
        if self.tape.chance(15) {
            self.comment();
        }
        self.put("\n");
        while self.tape.chance(25) {
            self.gap();
            if self.tape.chance(50) {
                self.comment();
            }
            self.put("\n");
        }
        self.gap();
    }

    fn between(&mut self, most: usize, part: fn(&mut Self), separator: fn(&mut Self)) {
        for at in 0..=self.tape.below(most) {
            if at > 0 {
                separator(self);
            }
            part(self);
        }
    }

    fn comma(&mut self) {
        self.gap();
        self.put(",");
        self.line();
    }

    fn comma_in_brackets(&mut self) {
        self.line();
        self.put(",");
        self.line();
    }

    fn bracketed(&mut self, open: &str, close: &str, part: fn(&mut Self)) {
        self.put(open);
        self.line();
        if self.tape.chance(85) {
            self.between(4, part, Self::comma_in_brackets);
            self.line();
            if self.tape.chance(20) {
                self.put(",");
                self.line();
            }
        }
        self.put(close);
    }

    fn file(&mut self) {
        while self.tape.chance(30) {
            self.end();
        }
        for _ in 0..=self.tape.below(6) {
            self.declaration();
            self.end();
        }
        if self.tape.chance(20) {
            self.comment();
        }
    }

    fn declaration(&mut self) {
        match self.tape.below(14) {
            0 => self.words("use", Self::module),
            1 => self.words("input", Self::param),
            2 => {
                self.words("type", Self::name);
                self.gap();
                self.put("=");
                self.line();
                self.bracketed("{", "}", Self::param);
            }
            3 => {
                self.words("class", Self::name);
                self.blank();
                self.put("\"title\" =");
                self.line();
                self.selector();
            }
            4 => self.put("effect e \"what it does\""),
            5 => {
                self.words("forbid", Self::name);
                self.words(" on", Self::selector);
                self.line();
                self.words("because", Self::plain);
            }
            6 => {
                self.put("program ");
                self.between(4, Self::plain, Self::comma);
                self.line();
                self.words("does", Self::names);
            }
            7 => {
                self.words("hosts", Self::name);
                self.put("=");
                self.line();
                self.selector();
            }
            8 => {
                self.words("condition", Self::name);
                self.words(" on", Self::selector);
                self.block();
            }
            9 => {
                self.words("test", Self::plain);
                self.put(" {");
                self.line();
                self.put("run on ");
                self.selector();
                self.block();
                self.line();
                self.put("}");
            }
            10 | 11 => self.task(),
            _ => self.stage(),
        }
    }

    /// A word, and what stands behind it on its line.
    fn words(&mut self, word: &str, then: fn(&mut Self)) {
        self.put(word);
        self.blank();
        then(self);
    }

    fn module(&mut self) {
        self.word(&["std/pump", "./lib/net as n", "../x"]);
    }

    fn plain(&mut self) {
        self.word(&["\"a\"", "\"what is said in some words\"", "\"words # 2\""]);
    }

    fn names(&mut self) {
        self.between(2, Self::name, Self::comma);
    }

    fn ty(&mut self) {
        self.word(&["Int", "List [ Str ]", "m.Pair?", "Map[ List[Str] ] ?", "List[\n # of what\n Str]"]);
    }

    fn param(&mut self) {
        self.name();
        self.gap();
        self.put(":");
        self.line();
        self.ty();
        if self.tape.chance(40) {
            self.blank();
            self.put("=");
            self.line();
            self.expr(2);
        }
    }

    fn task(&mut self) {
        if self.tape.chance(30) {
            self.put("extern ");
        }
        self.words("task", Self::name);
        self.bracketed("(", ")", Self::param);
        let clauses: [Clause<Self>; 4] =
            [("->", Self::ty), ("on", Self::guard), ("needs", Self::selector), ("does", Self::names)];
        self.clauses(&clauses);
        if self.tape.chance(70) {
            self.block();
        }
    }

    fn guard(&mut self) {
        self.selector();
        self.put(" only");
    }

    /// Some of the clauses, each once: what stands twice is refused.
    fn clauses(&mut self, clauses: &[Clause<Self>]) {
        for (word, then) in clauses {
            if self.tape.chance(40) {
                self.line();
                self.words(word, *then);
            }
        }
    }

    fn stage(&mut self) {
        self.words("stage", Self::name);
        self.line();
        self.words("on", Self::selector);
        if self.tape.chance(30) {
            self.comma();
            self.selector();
        }
        if self.tape.chance(30) {
            self.put(" only");
        }
        let clauses: [Clause<Self>; 7] = [
            ("after", Self::names),
            ("forbids", Self::names),
            ("expects", Self::condition),
            ("leaves", Self::condition),
            ("timeout", |ugly| ugly.put("6h")),
            ("at-once", |ugly| ugly.put("2")),
            ("->", Self::ty),
        ];
        self.clauses(&clauses);
        self.block();
        if self.tape.chance(20) {
            self.put(" finally");
            self.block();
        }
    }

    fn condition(&mut self) {
        self.word(&["up", "not up", "not  m . up"]);
    }

    fn selector(&mut self) {
        self.between(2, Self::sel_part, |ugly| {
            ugly.blank();
            ugly.word(&["or", "and"]);
            ugly.line();
        });
    }

    fn sel_part(&mut self) {
        match self.tape.below(6) {
            0 => self.name(),
            1 => self.words("not", Self::name),
            2 => self.put("group( builders )"),
            3 => self.put("mem>=8GiB"),
            4 => self.put("name == \"a-host-of-the-inventory-with-a-long-name\""),
            _ => {
                self.put("(");
                self.line();
                self.selector();
                self.line();
                self.put(")");
            }
        }
    }

    fn block(&mut self) {
        self.line();
        self.put("{");
        self.line();
        if self.tape.chance(80) {
            for _ in 0..=self.tape.below(3) {
                self.statement();
                self.end();
            }
        }
        self.put("}");
    }

    fn statement(&mut self) {
        match self.tape.below(16) {
            0 | 1 => {
                self.words("let", Self::name);
                self.put(" =");
                self.line();
                self.expr(3);
            }
            2 => self.words("return", |ugly| ugly.expr(3)),
            3 => self.words("print", |ugly| ugly.expr(3)),
            4 => {
                self.words("assert", |ugly| ugly.expr(2));
                self.comma();
                self.expr(1);
            }
            5 => self.words("if", Self::branches),
            6 => {
                self.words("for x in", |ugly| ugly.expr(2));
                self.block();
            }
            7 => {
                self.words("on", Self::selector);
                self.block();
            }
            8 => {
                self.words("at", Self::name);
                self.block();
            }
            9 => {
                self.words("ensure", Self::plain);
                self.block();
                self.words(" else", Self::block);
            }
            10 => {
                self.put("retry 5 every 2s");
                self.block();
            }
            11 => {
                self.put("try");
                self.block();
                self.put(" rescue e");
                self.block();
            }
            12 => self.words("sh", |ugly| ugly.word(STRINGS)),
            _ => self.call(3),
        }
    }

    fn branches(&mut self) {
        self.expr(2);
        self.block();
        if self.tape.chance(30) {
            self.words(" else if", |ugly| ugly.expr(1));
            self.block();
        }
        if self.tape.chance(30) {
            self.put(" else");
            self.block();
        }
    }

    fn expr(&mut self, depth: usize) {
        self.term(depth);
        while depth > 0 && self.tape.chance(25) {
            self.blank();
            self.word(INFIX);
            self.line();
            self.term(depth - 1);
        }
    }

    fn term(&mut self, depth: usize) {
        if self.tape.chance(8) {
            self.put("not ");
        }
        match self.tape.below(if depth == 0 { 3 } else { 12 }) {
            0 => self.name(),
            1 => self.word(LITERALS),
            2 => self.word(STRINGS),
            3 => self.bracketed("[", "]", |ugly| ugly.expr(1)),
            4 => self.bracketed("{", "}", |ugly| {
                ugly.name();
                ugly.put(":");
                ugly.line();
                ugly.expr(1);
            }),
            5 => {
                self.put("(");
                self.line();
                self.expr(depth - 1);
                self.line();
                self.put(")");
            }
            6 => self.comprehension(depth - 1),
            7 => self.if_expr(depth - 1),
            8 => {
                self.name();
                self.put(" . field [ ");
                self.expr(depth - 1);
                self.line();
                self.put("] as ");
                self.ty();
            }
            _ => self.call(depth),
        }
    }

    fn call(&mut self, depth: usize) {
        self.name();
        if self.tape.chance(20) {
            self.put(".run");
        }
        match depth {
            0 => self.put("()"),
            1 => self.bracketed("(", ")", |ugly| ugly.argument(0)),
            2 => self.bracketed("(", ")", |ugly| ugly.argument(1)),
            _ => self.bracketed("(", ")", |ugly| ugly.argument(2)),
        }
        if self.tape.chance(10) {
            self.put(".stdout");
        }
    }

    fn argument(&mut self, depth: usize) {
        if self.tape.chance(30) {
            self.word(&["cwd :", "name:", "a-long-name-of-an-argument:"]);
            self.line();
        }
        self.expr(depth);
    }

    fn comprehension(&mut self, depth: usize) {
        self.put("[");
        self.line();
        self.expr(depth);
        self.line();
        self.put("for x in");
        self.line();
        self.expr(depth);
        self.line();
        if self.tape.chance(40) {
            self.put("if");
            self.line();
            self.expr(depth);
            self.line();
        }
        self.put("]");
    }

    fn if_expr(&mut self, depth: usize) {
        self.words("if", |ugly| ugly.name());
        for word in [" else", ""] {
            self.line();
            self.put("{");
            self.line();
            self.expr(depth);
            self.line();
            self.put("}");
            self.put(word);
        }
    }
}
