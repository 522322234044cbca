//! Sees through the programs that run another program.

use std::ops::Range;

use super::analysis::{Invocation, Place, Program, SpliceContext};
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::options::{self, Options};
use super::parse::Dialect;
use super::scope::{Scope, Stdin};
use super::wrappers::{self, Runs, Wrapper};

impl Walker<'_> {
    /// Notes what a command runs. `by_shell` says that the shell looks the name up, so that it may be a function.
    pub(super) fn invoke(&mut self, words: &[Decoded], stdin: &Stdin, by_shell: bool, scope: &Scope) {
        let Some((first, arguments)) = words.split_first() else { return };
        if !self.may_read(scope, 0) {
            return;
        }
        let program = self.report(words, by_shell, scope);
        match &program {
            Program::Known(name) => {
                self.builtin(name, arguments, scope);
                if let Some(wrapper) = wrappers::wrapper(name) {
                    let before = self.program_count();
                    self.wrapped(name, wrapper, arguments, stdin, scope);
                    let silent = self.program_count() == before && wrapper.runs != Runs::Aside;
                    if silent && scope.via.iter().any(|via| via == "xargs") {
                        self.unread("xargs", scope);
                    }
                }
            }
            // `$SUDO make`: without a value, or with two words, the next word counts.
            Program::Dynamic(text) if first.splits() => self.perhaps(arguments, stdin, &scope.through(text)),
            Program::Dynamic(_) | Program::Spliced(_) => {}
        }
    }

    /// Notes a program, and looks no further.
    pub(super) fn report(&mut self, words: &[Decoded], by_shell: bool, scope: &Scope) -> Program {
        let Some(first) = words.first() else { return Program::Dynamic(String::new()) };
        self.place(first, Place::Command);
        let readable = self.readable(&first.raw);
        let program = match first.program(&readable) {
            Program::Known(name) if scope.fills(&name) => Program::Dynamic(readable),
            program => program,
        };
        let name = if let Program::Known(name) = &program { Some(name.as_str()) } else { None };
        let mut shown: Vec<_> = words.iter().map(|word| word.shown(&self.readable(&word.raw))).collect();
        if let (Some(name), Some(first)) = (name, shown.first_mut()) {
            *first = super::analysis::Word::Literal(name.to_owned());
        }
        let invocation = Invocation {
            wrapper: name.and_then(wrappers::wrapper).is_some_and(|wrapper| wrapper.runs != Runs::Aside),
            builtin: name.is_some_and(wrappers::is_builtin),
            words: shown,
            position: self.locate(first.range.clone()),
            via: scope.via.clone(),
            possible: scope.possible,
            program: program.clone(),
        };
        self.found(invocation, by_shell);
        program
    }

    /// Notes a program of which nothing is known, if nothing of it is known yet.
    pub(super) fn unknown_program(&mut self, text: String, range: Option<Range<usize>>, scope: &Scope) {
        let program = Program::Dynamic(text.clone());
        if !self.knows(&program) {
            let word = Decoded { range, ..Decoded::dynamic(&text, None) };
            self.report(&[word], false, scope);
        }
    }

    /// Notes that a program runs what it reads, of which nothing is known. It stands where that program does.
    pub(super) fn unread(&mut self, name: &str, scope: &Scope) {
        let position = self.position_of(name);
        let before = self.program_count();
        self.unknown_program(format!("what `{name}` reads"), None, scope);
        if self.program_count() > before {
            self.place_last(position);
        }
    }

    /// Notes what a command would run if it is one at all.
    fn perhaps(&mut self, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        if words.first().is_some_and(|word| !word.lead().starts_with('-')) {
            self.invoke(words, stdin, false, &scope.perhaps());
        }
    }

    fn wrapped(&mut self, name: &str, wrapper: &'static Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        match wrapper.runs {
            Runs::Command => self.after_options(name, wrapper, words, stdin, scope),
            Runs::Compiler => {
                if words.first().is_some_and(|word| !word.lead().starts_with('-')) {
                    self.run(name, words, stdin, scope);
                }
            }
            Runs::Joined => self.joined(name, wrapper, words, stdin, scope),
            Runs::Option => self.in_option(name, wrapper, words, stdin, scope),
            Runs::Flock => self.flock(name, wrapper, words, stdin, scope),
            Runs::Shell => self.shell(name, wrapper, words, stdin, scope),
            Runs::Find => self.find(words, scope),
            Runs::Trap => self.trap(name, wrapper, words, scope),
            Runs::Alias => self.alias(words, scope),
            Runs::Aside => self.aside(name, wrapper, words, stdin, scope),
            Runs::Source => {
                let dashes = usize::from(words.first().is_some_and(|word| word.lead() == "--"));
                self.file(name, Dialect::Sh, words.get(dashes..).unwrap_or_default(), stdin, scope);
            }
        }
    }

    /// The options of a wrapper; the splices in their values can only be single words.
    fn options(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], anywhere: bool, scope: &Scope) -> Options {
        let options = options::read(wrapper, words, anywhere);
        self.may_split(name, words.get(..options.end).unwrap_or_default(), scope);
        for value in options.values.iter().filter_map(|index| words.get(*index)) {
            self.place(value, Place::Part);
        }
        options
    }

    /// A wrapper whose words after its options are the command.
    fn after_options(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let options = self.options(name, wrapper, words, false, scope);
        if options.has(wrapper.stops) {
            return;
        }
        let rest = words.get(options.end..).unwrap_or_default();
        if options.has(wrapper.code) {
            // `env -S` cuts its value into words, and puts them before the others.
            let value = options.values_of(wrapper.code).map(|(_, value)| value.clone());
            let words: Vec<Decoded> = value.chain(rest.iter().cloned()).collect();
            return self.code(&words, &format!("{name} -S"), Dialect::Sh, scope);
        }
        let rest = self.after_operands(name, wrapper, rest, scope);
        let rest = if name == "setarch" {
            rest.get(self.options(name, wrapper, rest, false, scope).end..).unwrap_or_default()
        } else {
            rest
        };
        let assignments = rest.iter().take_while(|word| wrapper.assignments && is_assignment(name, word)).count();
        let (assignments, rest) = rest.split_at(assignments);
        assignments.iter().for_each(|word| self.place_operand(word));
        assignments.iter().for_each(|word| self.assigned(word, scope));
        self.may_split(name, assignments, scope);
        // Where `time` is a keyword, `!` may follow it.
        let negated = rest.iter().take_while(|word| name == "time" && word.raw == "!").count();
        let rest = rest.get(negated..).unwrap_or_default();
        if rest.is_empty() {
            return self.without_command(name, wrapper, stdin, scope);
        }
        let filled = options.values_of(&["I", "i", "replace"]).map(|(_, value)| value.lead()).last();
        let scope = match filled {
            Some(filled) if name == "xargs" => &scope.clone().filling(&filled),
            None if name == "xargs" && options.has(&["i", "replace"]) => &scope.clone().filling("{}"),
            _ => scope,
        };
        self.run(name, rest, stdin, scope);
        if options.uncertain {
            self.perhaps(rest.get(1..).unwrap_or_default(), stdin, &scope.through(name));
        }
    }

    /// A command that a wrapper runs.
    fn run(&mut self, name: &str, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        // `time` is a keyword of some shells, so functions are looked up behind it.
        self.invoke(words, stdin, name == "time", &scope.through(name));
    }

    /// The words behind a wrapper's operands.
    fn after_operands<'w>(
        &mut self,
        name: &str,
        wrapper: &Wrapper,
        words: &'w [Decoded],
        scope: &Scope,
    ) -> &'w [Decoded] {
        // The policies of `chrt` that know no priority may be given without one.
        let optional = wrapper.names.contains(&"chrt");
        let is_operand = |word: &Decoded| !optional || word.literal().is_none_or(|text| text.parse::<u32>().is_ok());
        let count = words.iter().take(wrapper.operands).take_while(|word| is_operand(word)).count();
        let (operands, rest) = words.split_at(count);
        self.may_split(name, operands, scope);
        operands.iter().for_each(|operand| self.place_operand(operand));
        rest
    }

    /// A word before a wrapper's command must not turn out to be an option.
    pub(super) fn place_operand(&mut self, word: &Decoded) {
        let leads = matches!(word.segments.iter().find(|part| !part.is_empty()), Some(Segment::Splice(_)));
        self.place(word, if leads { Place::Operand } else { Place::Part });
    }

    /// Words before a wrapper's command which, unquoted, may become several: then the second may be its command.
    fn may_split(&mut self, name: &str, words: &[Decoded], scope: &Scope) {
        for word in words.iter().filter(|word| word.splits()) {
            let text = self.readable(&word.raw);
            self.unknown_program(text, word.range.clone(), &scope.through(name));
        }
    }

    /// A wrapper that is given no command: some run a shell.
    fn without_command(&mut self, name: &str, wrapper: &Wrapper, stdin: &Stdin, scope: &Scope) {
        if wrapper.reads_stdin {
            self.standard_input(name, Dialect::Sh, stdin, scope);
        }
    }

    /// A shell that reads a file.
    pub(super) fn file(&mut self, name: &str, dialect: Dialect, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let file = words.first().and_then(Decoded::literal);
        if file.is_some_and(|file| matches!(file.as_str(), "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0")) {
            self.standard_input(name, dialect, stdin, scope);
        } else {
            self.report(words, false, &scope.through(name));
        }
    }

    /// A shell that reads its standard input.
    pub(super) fn standard_input(&mut self, name: &str, dialect: Dialect, stdin: &Stdin, scope: &Scope) {
        match stdin {
            Stdin::Text(text) => self.code(std::slice::from_ref(text), name, dialect, scope),
            Stdin::File(file) => {
                self.report(std::slice::from_ref(file), false, &scope.through(name));
            }
            Stdin::Unknown => {
                self.unread(name, &scope.through(name));
            }
        }
    }

    /// A wrapper that joins its words to text for a shell.
    fn joined(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        if name == "eval" {
            // It takes no options, and some shells know no `--` either.
            let dashes = usize::from(words.first().is_some_and(|word| word.raw == "--"));
            return self.code(words.get(dashes..).unwrap_or_default(), name, Dialect::Sh, scope);
        }
        let options = self.options(name, wrapper, words, false, scope);
        if options.has(wrapper.stops) {
            return;
        }
        let rest = words.get(options.end..).unwrap_or_default();
        let mut rest = self.after_operands(name, wrapper, rest, scope);
        if name == "ssh" {
            // Its options may stand behind the host too.
            rest = rest.get(self.options(name, wrapper, rest, false, scope).end..).unwrap_or_default();
        }
        if name == "parallel" {
            let end = rest.iter().position(|word| word.lead().starts_with(":::")).unwrap_or(rest.len());
            rest = rest.get(..end).unwrap_or_default();
        }
        if name == "ssh" {
            self.ssh_options(&options, scope);
        }
        let filling = scope.clone().filling("{");
        let scope = if name == "parallel" { &filling } else { scope };
        if rest.is_empty() {
            self.without_command(name, wrapper, stdin, scope);
        } else if name == "watch" && options.has(&["x", "exec"]) {
            self.run(name, rest, stdin, scope);
        } else {
            self.code(rest, name, Dialect::Sh, scope);
        }
    }

    /// The options of `ssh` whose value the local shell reads.
    pub(super) fn ssh_options(&mut self, options: &Options, scope: &Scope) {
        for (_, value) in options.values_of(&["o"]) {
            let lead = value.lead();
            let name: String = lead.chars().take_while(char::is_ascii_alphabetic).collect();
            if matches!(name.to_ascii_lowercase().as_str(), "proxycommand" | "localcommand" | "knownhostscommand") {
                self.code(&[value.tail(name.len() + 1)], &format!("ssh -o {name}"), Dialect::Sh, scope);
            }
        }
    }

    /// A wrapper that finds its command in an option, which may stand anywhere.
    fn in_option(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let leading = self.options(name, wrapper, words, false, scope);
        if name == "runuser" && leading.has(&["u", "user"]) {
            return self.after_options(name, wrapper, words, stdin, scope);
        }
        let options = self.options(name, wrapper, words, true, scope);
        if options.has(wrapper.stops) {
            return;
        }
        for (option, value) in options.values_of(wrapper.code) {
            self.code(std::slice::from_ref(value), &format!("{name} -{option}"), Dialect::Sh, scope);
        }
        if !options.has(wrapper.code) {
            self.without_command(name, wrapper, stdin, scope);
        }
    }

    fn flock(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let options = self.options(name, wrapper, words, false, scope);
        let rest = words.get(options.end..).unwrap_or_default();
        let rest = self.after_operands(name, wrapper, rest, scope);
        let after = self.options(name, wrapper, rest, false, scope);
        if after.has(wrapper.code) {
            for (_, value) in after.values_of(wrapper.code) {
                self.code(std::slice::from_ref(value), "flock -c", Dialect::Sh, scope);
            }
        } else {
            self.run(name, rest, stdin, scope);
        }
    }

    fn shell(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let dialect = if matches!(name, "sh" | "dash" | "ash") { Dialect::Sh } else { Dialect::Bash };
        let mut reads_text = false;
        let mut reads_stdin = false;
        let mut rest = words;
        let mut uncertain = false;
        loop {
            let options = self.options(name, wrapper, rest, false, scope);
            reads_text |= options.has(&["c"]);
            reads_stdin |= options.has(&["s"]);
            for (_, file) in options.values_of(&["init-file", "rcfile"]) {
                self.file(name, dialect, std::slice::from_ref(file), &Stdin::Unknown, scope);
            }
            uncertain |= options.uncertain;
            rest = rest.get(options.end..).unwrap_or_default();
            // `+e` turns an option off, and `+o NAME` takes a name.
            match rest.first().map(Decoded::lead) {
                Some(lead) if lead.starts_with('+') => {
                    rest = rest.get(1 + usize::from(lead == "+o")..).unwrap_or_default()
                }
                _ => break,
            }
        }
        if rest.first().and_then(Decoded::literal).is_some_and(|word| word == "-") {
            rest = rest.get(1..).unwrap_or_default();
        }
        match rest.first() {
            Some(text) if reads_text || uncertain => {
                self.place(text, Place::Part);
                self.code(std::slice::from_ref(text), &format!("{name} -c"), dialect, scope);
            }
            Some(_) if !reads_stdin => self.file(name, dialect, rest, stdin, scope),
            _ => self.standard_input(name, dialect, stdin, scope),
        }
    }

    fn find(&mut self, words: &[Decoded], scope: &Scope) {
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            rest = after;
            let test = word.literal();
            if !test.as_ref().is_some_and(|test| matches!(test.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir")) {
                // A splice here could be an `-exec` of its own, and so could a variable.
                if word.whole_splice().is_some() {
                    self.place(word, Place::Operand);
                } else if word.may_be_empty() {
                    let end = command_end(after);
                    self.perhaps(after.get(..end).unwrap_or_default(), &Stdin::Unknown, &scope.through("find"));
                }
                match (test.as_deref(), after.first()) {
                    (Some("-delete"), _) => self.change("`find -delete`", word.range.clone()),
                    (Some(test @ ("-fprint" | "-fprint0" | "-fprintf" | "-fls")), Some(file)) => {
                        self.write(file, &format!("`find {test}`"));
                    }
                    _ => {}
                }
                continue;
            }
            let end = command_end(rest);
            let command = rest.get(..end).unwrap_or_default();
            self.invoke(command, &Stdin::Unknown, false, &scope.through("find -exec").filling("{}"));
            rest = rest.get(end..).unwrap_or_default();
        }
    }

    fn trap(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], scope: &Scope) {
        let options = self.options(name, wrapper, words, false, scope);
        if options.has(wrapper.stops) {
            return;
        }
        let Some([text, _, ..]) = words.get(options.end..) else { return };
        let resets = text.literal().is_some_and(|text| text == "-" || text.bytes().all(|byte| byte.is_ascii_digit()));
        if !resets {
            self.code(std::slice::from_ref(text), "trap", Dialect::Sh, scope);
        }
    }

    fn alias(&mut self, words: &[Decoded], scope: &Scope) {
        for word in words {
            if let Some((name, _)) = word.lead().split_once('=') {
                self.define(name);
                self.code(&[word.tail(name.len() + 1)], "alias", Dialect::Sh, scope);
            } else {
                for index in word.splices() {
                    self.splice(index, SpliceContext::Code { inside: "alias".to_owned() }, scope);
                }
            }
        }
    }
}

/// Whether a word before a wrapper's command is an assignment. Where `time` is a keyword, it is one as for the shell.
fn is_assignment(wrapper: &str, word: &Decoded) -> bool {
    let lead = word.lead();
    let name = lead.split_once('=').map(|(name, _)| name);
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word.has_literal('=') && (wrapper != "time" || name.is_some_and(is_name))
}

/// Where the command of an `-exec` ends.
fn command_end(words: &[Decoded]) -> usize {
    let literal = |index: usize| words.get(index).and_then(Decoded::literal);
    let ends = |index: &usize| match literal(*index).as_deref() {
        Some(";") => true,
        Some("+") => index.checked_sub(1).and_then(literal).is_some_and(|before| before == "{}"),
        _ => false,
    };
    (0..words.len()).find(ends).unwrap_or(words.len())
}
