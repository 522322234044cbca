//! Programs that do work of their own, and by an option or a word of theirs run another program or write a file:
//! `sort -o`, `tar --to-command`, `sed 'e make'`, `git -c alias.x=!make`.

use std::ops::Range;

use super::analysis::Place;
use super::collect::Walker;
use super::decoded::{Decoded, Segment};
use super::options::{self, Options};
use super::parse::Dialect;
use super::scope::{Scope, Stdin};
use super::sed::{self, Deed};
use super::wrappers::Wrapper;

/// Sections of git's configuration of which no key names a program.
const HARMLESS_SECTIONS: &[&str] =
    &["advice.", "author.", "color.", "column.", "committer.", "http.", "init.", "safe.", "transfer.", "user."];

impl Walker<'_> {
    /// Looks after the options of a program that does work of its own.
    pub(super) fn aside(&mut self, name: &str, wrapper: &Wrapper, words: &[Decoded], stdin: &Stdin, scope: &Scope) {
        let options = options::read(wrapper, words, true);
        if options.has(wrapper.stops) {
            return;
        }
        self.no_options(words, &options);
        for (option, value) in options.values_of(wrapper.code) {
            let what = format!("{name} {}", dashed(option));
            match (name, option) {
                ("rsync", "e" | "rsh") | ("scp" | "sftp", "S") => self.remote_shell(value, &what, scope),
                _ => self.code(std::slice::from_ref(value), &what, Dialect::Sh, scope),
            }
        }
        let range = words.first().and_then(|word| word.range.clone());
        for (option, value) in options.given.iter().filter(|(option, _)| wrapper.changes.contains(&option.as_str())) {
            let what = format!("`{name} {}`", dashed(option));
            match value {
                Some(file) => self.write(file, &what),
                None => self.change(&what, range.clone()),
            }
        }
        let operands = operands(words, &options);
        match name {
            "sed" => self.sed(&options, &operands, scope),
            "uniq" => operands.get(1).iter().for_each(|file| self.write(file, "the output of `uniq`")),
            "date" if operands.iter().any(|word| !word.lead().starts_with('+')) => {
                self.change("setting the clock", range);
            }
            "tar" => self.tar(words, &options, scope),
            "scp" | "sftp" => self.ssh_options(&options, scope),
            "apt" | "apt-get" => self.apt(name, words, &options, scope),
            "crontab" => match operands.first() {
                Some(file) if file.literal().as_deref() != Some("-") => {
                    self.file(name, Dialect::Sh, &operands, stdin, scope)
                }
                Some(_) => self.standard_input(name, Dialect::Sh, stdin, scope),
                None => self.standard_input(name, Dialect::Sh, stdin, scope),
            },
            "hash" => options
                .values_of(&["p"])
                .for_each(|(_, path)| self.code(std::slice::from_ref(path), "hash -p", Dialect::Sh, scope)),
            "ip" => self.ip(words, scope),
            "git" => self.git(words, scope),
            _ => {}
        }
    }

    /// A value that takes the place of one of these words must not turn out to be an option.
    fn no_options(&mut self, words: &[Decoded], options: &Options) {
        let dashes = words.iter().position(|word| word.literal().as_deref() == Some("--")).unwrap_or(words.len());
        for (at, word) in words.iter().enumerate().take(dashes) {
            let leads = matches!(word.segments.iter().find(|part| !part.is_empty()), Some(Segment::Splice(_)));
            if options.values.contains(&at) {
                self.place(word, Place::Part);
            } else if leads {
                self.place(word, Place::NoOption);
            }
        }
    }

    fn sed(&mut self, options: &Options, operands: &[Decoded], scope: &Scope) {
        for (_, file) in options.values_of(&["f", "file"]) {
            self.report(std::slice::from_ref(file), false, &scope.through("sed -f"));
        }
        let mut scripts: Vec<&Decoded> = options.values_of(&["e", "expression"]).map(|(_, script)| script).collect();
        if !options.has(&["e", "expression", "f", "file"]) {
            scripts.extend(operands.first());
        }
        for script in &scripts {
            self.spliced_code(script, "sed", scope);
        }
        // What a variable adds to a script is taken for a part of a pattern or of a text.
        let text: Vec<String> = scripts.iter().map(|script| known_text(script, "x")).collect();
        let range = scripts.first().and_then(|script| script.range.clone());
        let deeds = sed::deeds(&text.join("\n")).filter(|_| scripts.iter().all(|script| !script.may_be_empty()));
        let Some(deeds) = deeds else {
            return self.unknown_program("what the script of `sed` runs".to_owned(), range, scope);
        };
        for deed in deeds {
            match deed {
                _ if options.has(&["sandbox"]) => {}
                Deed::Runs(command) => self.code(&[literal(&command, range.clone())], "sed", Dialect::Sh, scope),
                Deed::RunsWhatItReads => {
                    self.unknown_program("what `sed` reads".to_owned(), range.clone(), &scope.through("sed"));
                }
                Deed::Writes(file) => self.write(&literal(&file, range.clone()), "`w` of `sed`"),
            }
        }
    }

    /// A command that is run with a host and a command for it behind it.
    pub(super) fn remote_shell(&mut self, command: &Decoded, what: &str, scope: &Scope) {
        let [host, there] = ["host", ":"].map(|text| literal(text, command.range.clone()));
        self.code(&[command.clone(), host, there], what, Dialect::Sh, scope);
    }

    /// `TAR_OPTIONS`: what could run something is not taken apart.
    pub(super) fn tar_options(&mut self, value: &[Decoded], scope: &Scope) {
        let [value] = value else { return };
        let harmless = |option: &str| {
            ["--exclude", "--no-", "--owner", "--group", "--numeric-owner"]
                .iter()
                .any(|known| option.starts_with(known))
        };
        if !value.literal().is_some_and(|text| text.split_whitespace().all(harmless)) {
            let text = self.readable(&value.raw);
            self.unknown_program(text, value.range.clone(), &scope.through("tar"));
        }
    }

    fn tar(&mut self, words: &[Decoded], options: &Options, scope: &Scope) {
        for (_, action) in options.values_of(&["checkpoint-action"]) {
            if let Some(command) = action.lead().strip_prefix("exec=") {
                let from = action.lead().len() - command.len();
                self.code(&[action.tail(from)], "tar --checkpoint-action", Dialect::Sh, scope);
            } else if action.literal().is_none() {
                self.unknown_program(self.readable(&action.raw), action.range.clone(), scope);
            }
        }
        // `tar cIf gzip a b`: letters without a dash, their values in order behind them.
        let Some(letters) = words.first().filter(|word| !word.lead().starts_with('-')) else { return };
        if letters.lead().contains(['I', 'F']) {
            let text = self.readable(&letters.raw);
            self.unknown_program(text, letters.range.clone(), &scope.through("tar"));
        }
    }

    fn apt(&mut self, name: &str, words: &[Decoded], options: &Options, scope: &Scope) {
        for (_, setting) in options.values_of(&["o", "option"]) {
            let lead = setting.lead().to_ascii_lowercase();
            if ["invoke", "dir::bin", "proxyautodetect", "proxy-auto-detect", "commands"]
                .iter()
                .any(|key| lead.contains(key))
            {
                let text = self.readable(&setting.raw);
                self.unknown_program(text, setting.range.clone(), &scope.through(name));
            }
        }
        let source = words.iter().any(|word| word.literal().as_deref() == Some("source"));
        if source && options.has(&["b", "build", "compile"]) {
            let range = words.first().and_then(|word| word.range.clone());
            self.report(&[literal("dpkg-buildpackage", range)], false, &scope.through(name));
        }
    }

    /// `ip netns exec NAME COMMAND` and `ip vrf exec NAME COMMAND`; every word of `ip` may be abbreviated.
    fn ip(&mut self, words: &[Decoded], scope: &Scope) {
        let begins =
            |word: &Decoded, full: &str| word.literal().is_some_and(|text| text.len() > 1 && full.starts_with(&text));
        let found = words.windows(2).position(|pair| {
            let [object, verb] = pair else { return false };
            (begins(object, "netns") || begins(object, "vrf"))
                && verb.literal().is_some_and(|text| !text.is_empty() && "exec".starts_with(&text))
        });
        let Some(rest) = found.and_then(|at| words.get(at + 2..)) else { return };
        // With `-all` no name stands before the command.
        self.invoke(rest, &Stdin::Unknown, false, &scope.through("ip netns exec").perhaps());
        self.invoke(rest.get(1..).unwrap_or_default(), &Stdin::Unknown, false, &scope.through("ip netns exec"));
    }

    fn git(&mut self, words: &[Decoded], scope: &Scope) {
        let mut rest = words;
        while let Some((word, after)) = rest.split_first().filter(|(word, _)| word.lead().starts_with('-')) {
            rest = after;
            match word.lead().as_str() {
                "-c" => {
                    self.git_setting(after.first(), scope);
                    rest = after.get(1..).unwrap_or_default();
                }
                "-C" | "--git-dir" | "--work-tree" | "--namespace" => rest = after.get(1..).unwrap_or_default(),
                lead if lead.starts_with("--exec-path=") || lead.starts_with("--config-env") => {
                    let text = self.readable(&word.raw);
                    self.unknown_program(text, word.range.clone(), &scope.through("git"));
                }
                _ => {}
            }
        }
        let Some((command, rest)) = rest.split_first() else { return };
        let command = command.literal().unwrap_or_default();
        self.git_options(&command, rest, scope);
        let words_after = |count: usize| rest.get(count..).unwrap_or_default();
        match (command.as_str(), rest.first().and_then(Decoded::literal).as_deref()) {
            ("bisect", Some("run")) => {
                self.invoke(words_after(1), &Stdin::Unknown, false, &scope.through("git bisect run"))
            }
            ("submodule", _) => {
                if let Some(at) = rest.iter().position(|word| word.literal().as_deref() == Some("foreach")) {
                    let options = words_after(at + 1).iter().take_while(|word| word.lead().starts_with('-')).count();
                    self.code(words_after(at + 1 + options), "git submodule foreach", Dialect::Sh, scope);
                }
            }
            _ => {}
        }
    }

    /// `-c KEY=VALUE`: most keys name no program, and those that do are many.
    fn git_setting(&mut self, setting: Option<&Decoded>, scope: &Scope) {
        let Some(setting) = setting else { return };
        let lead = setting.lead().to_ascii_lowercase();
        if !HARMLESS_SECTIONS.iter().any(|section| lead.starts_with(section)) {
            let text = self.readable(&setting.raw);
            self.unknown_program(text, setting.range.clone(), &scope.through("git -c"));
        }
    }

    /// The options of git's commands whose value is a command, and those that write.
    fn git_options(&mut self, command: &str, words: &[Decoded], scope: &Scope) {
        let short = match command {
            "rebase" | "difftool" | "mergetool" => "-x",
            "clone" => "-u",
            "grep" => "-O",
            _ => "\n",
        };
        for (at, word) in words.iter().enumerate() {
            let lead = word.lead();
            let (name, attached) = match lead.split_once('=') {
                Some((name, _)) if name.starts_with("--") => (name.to_owned(), Some(word.tail(name.len() + 1))),
                _ if lead.starts_with(short) && lead.len() > short.len() => {
                    (short.to_owned(), Some(word.tail(short.len())))
                }
                _ => (lead, None),
            };
            let value = attached.as_ref().or(words.get(at + 1));
            let is = |full: &str| name.len() > 3 && full.starts_with(&name);
            let runs = ["--exec", "--extcmd", "--upload-pack", "--receive-pack", "--open-files-in-pager"];
            if name == short || runs.iter().any(|full| is(full)) || name.starts_with("--") && name.ends_with("-filter")
            {
                match value.filter(|_| command != "grep" || attached.is_some()) {
                    Some(value) => {
                        self.code(std::slice::from_ref(value), &format!("git {command} {name}"), Dialect::Sh, scope)
                    }
                    None => self.unknown_program("git's pager".to_owned(), word.range.clone(), scope),
                }
            } else if is("--ext-diff") {
                self.unknown_program("git's external diff".to_owned(), word.range.clone(), scope);
            } else if is("--output")
                && let Some(file) = value
            {
                self.write(file, "`git --output`");
            } else if command == "clone" && (name == "-c" || is("--config")) {
                self.git_setting(value, scope);
            }
        }
    }
}

/// The words that are neither options nor their values.
fn operands(words: &[Decoded], options: &Options) -> Vec<Decoded> {
    let dashes = words.iter().position(|word| word.literal().as_deref() == Some("--")).unwrap_or(words.len());
    let is_option = |at: usize, word: &Decoded| at < dashes && word.lead().starts_with('-') && word.lead().len() > 1;
    let is_operand = |at: usize, word: &Decoded| at != dashes && !options.values.contains(&at) && !is_option(at, word);
    words.iter().enumerate().filter(|(at, word)| is_operand(*at, word)).map(|(_, word)| word.clone()).collect()
}

fn dashed(option: &str) -> String {
    let dashes = if option.len() == 1 { "-" } else { "--" };
    format!("{dashes}{option}")
}

fn known_text(word: &Decoded, unknown: &str) -> String {
    let text = word.segments.iter().map(|segment| match segment {
        Segment::Literal { text, .. } => text.as_str(),
        Segment::Splice(_) | Segment::Dynamic { .. } => unknown,
    });
    text.collect()
}

fn literal(text: &str, range: Option<Range<usize>>) -> Decoded {
    let segment = Segment::Literal { text: text.to_owned(), quoted: true, at: None };
    Decoded { segments: vec![segment], raw: text.to_owned(), range }
}
