//! The pages of `flowrun explain`: every example on them is what its page says it is.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use flowrun::check::Loader;
use flowrun::diagnostic::Code;
use flowrun::run::inputs::{self, Given};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::cases::{Checked, check_with, files_below};
use crate::lab::program;

const WORKFLOW: &str = "workflow.flow";
const INVENTORY: &str = "inventory.yml";

struct Page {
    code: Code,
    refused: Example,
    accepted: Example,
}

/// A workflow and the files that it needs, by their names. They are all that there is.
struct Example(BTreeMap<PathBuf, String>);

impl Loader for Example {
    fn load(&self, path: &Path) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        self.0.contains_key(path)
    }
}

impl Page {
    /// Reads a page, which keeps strictly to its form.
    fn of(code: Code) -> Page {
        let text = code.page();
        let form = "has the sections `## Refused` and `## Accepted`";
        let Some((about, examples)) = text.split_once("\n\n## Refused\n\n") else { panic!("{code} {form}") };
        let Some((refused, accepted)) = examples.split_once("\n\n## Accepted\n\n") else { panic!("{code} {form}") };
        let heading = format!("# {code}: {}\n\n", code.title());
        let Some(about) = about.strip_prefix(&heading) else { panic!("{code} does not begin with {heading:?}") };
        let paragraphs = about.split("\n\n").count();
        assert!((1..=3).contains(&paragraphs), "{code} has {paragraphs} paragraphs above its examples");
        assert!(!about.contains("```"), "{code} has an example above `## Refused`");
        Page { code, refused: Example::of(code, refused), accepted: Example::of(code, accepted) }
    }

    fn is_of_a_run(&self) -> bool {
        self.code.as_str().starts_with('R')
    }

    fn is_of_a_test(&self) -> bool {
        self.code.as_str().starts_with('T')
    }
}

impl Example {
    /// The blocks of a section: the workflow, the inventory, and other files with their names.
    fn of(code: Code, section: &str) -> Example {
        assert!(section.starts_with("```flow\n"), "{code}: a section begins with its workflow");
        let parts: Vec<&str> = section.split("```").collect();
        assert!(parts.len() % 2 == 1, "{code}: a block is not closed");
        let mut files = BTreeMap::new();
        for (number, part) in parts.iter().enumerate() {
            if number % 2 == 0 {
                assert!(!part.contains("\n#"), "{code}: a heading stands in a section");
                continue;
            }
            let (info, text) = part.split_once('\n').unwrap();
            let name = match info {
                "flow" => WORKFLOW,
                "yaml" => INVENTORY,
                info => info.split_once(' ').unwrap_or_else(|| panic!("{code}: a block of `{info}` has no name")).1,
            };
            assert!(files.insert(PathBuf::from(name), text.to_owned()).is_none(), "{code} has two blocks of {name}");
        }
        Example(files)
    }

    /// The check, and then the inputs of a run that gives none.
    fn checked(&self, lints: bool) -> Checked {
        let inventory = Path::new(INVENTORY);
        let mut checked = check_with(self, Path::new(WORKFLOW), self.exists(inventory).then_some(inventory));
        if let Some(workflow) = &checked.workflow
            && let Err(found) = inputs::resolve(workflow, &Given::default())
        {
            checked.diagnostics.extend(found);
        }
        // A page about an error is a sketch; what lints would say of it is told on their own pages.
        if lints { checked } else { checked.without_lints() }
    }

    /// What is wrong when the check finds anything but these codes.
    fn finds(&self, what: &str, codes: &[Code], lints: bool) -> Option<String> {
        let checked = self.checked(lints);
        let found: Vec<Code> = checked.diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        (found != codes).then(|| format!("{what} finds {found:?} and not {codes:?}\n{}", checked.rendered()))
    }

    /// A folder with the example's files, which is the home directory too.
    fn folder(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in &self.0 {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    fn run(&self) -> Output {
        let folder = self.folder();
        program(folder.path()).current_dir(folder.path()).args([WORKFLOW, "-i", INVENTORY]).output().unwrap()
    }

    fn tested(&self) -> Output {
        let folder = self.folder();
        program(folder.path()).current_dir(folder.path()).args(["test", WORKFLOW]).output().unwrap()
    }

    /// Starts it, and waits until its command has printed something.
    fn started(folder: &Path) -> Started {
        let mut command = program(folder);
        command.current_dir(folder).args([WORKFLOW, "-i", INVENTORY, "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut events = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        while !told.contains("\"event\":\"line\"") && events.read_line(&mut told).unwrap() > 0 {}
        Started { child, events, told }
    }

    /// Runs it, and interrupts it once its command has printed something. Events come as JSON, whose lines name codes that
    /// people are told in words.
    fn run_interrupted(&self) -> Output {
        let folder = self.folder();
        Example::started(folder.path()).ended_by(Signal::INT)
    }

    /// Runs it, kills flowrun once its command has printed something, changes the workflow, and takes the run up.
    fn run_cut_off_and_resumed(&self, change: impl Fn(&str) -> String) -> Output {
        let folder = self.folder();
        Example::started(folder.path()).ended_by(Signal::KILL);
        let workflow = folder.path().join(WORKFLOW);
        std::fs::write(&workflow, change(&std::fs::read_to_string(&workflow).unwrap())).unwrap();
        program(folder.path()).current_dir(folder.path()).arg("resume").output().unwrap()
    }

    /// Runs it while it runs already.
    fn run_beside_itself(&self) -> Output {
        let folder = self.folder();
        let first = Example::started(folder.path());
        let second = program(folder.path()).current_dir(folder.path()).args([WORKFLOW, "-i", INVENTORY]).output();
        first.ended_by(Signal::INT);
        second.unwrap()
    }

    /// Runs it where no file can grow beyond eight kilobytes.
    fn run_without_room(&self) -> Output {
        let folder = self.folder();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!(
            "trap '' XFSZ; ulimit -f 16; exec \"{}\" {WORKFLOW} -i {INVENTORY}",
            env!("CARGO_BIN_EXE_flowrun")
        ));
        command.current_dir(folder.path()).env("HOME", folder.path()).env_remove("XDG_STATE_HOME").output().unwrap()
    }
}

/// A run that goes on, with the events that it has told.
struct Started {
    child: Child,
    events: BufReader<ChildStdout>,
    told: String,
}

impl Started {
    fn ended_by(mut self, signal: Signal) -> Output {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
        self.events.read_to_string(&mut self.told).unwrap();
        let ended = self.child.wait_with_output().unwrap();
        Output { stdout: self.told.into_bytes(), ..ended }
    }
}

fn pages() -> impl Iterator<Item = Page> {
    Code::ALL.iter().map(|code| Page::of(*code))
}

/// Fails with everything that is wrong, each under the name of its page.
fn all_right(faults: impl Iterator<Item = (Code, String)>) {
    let told: Vec<String> = faults.map(|(code, fault)| format!("docs/codes/{code}.md: {fault}")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

/// What is wrong with how a run ended.
fn ends(what: &str, ended: &Output, code: i32, says: &str) -> Option<String> {
    let text = [&*ended.stdout, &*ended.stderr].map(String::from_utf8_lossy).join("\n");
    let right = ended.status.code() == Some(code) && text.contains(says);
    (!right).then(|| format!("{what} ends with {} and not {code} and {says:?}\n{text}", ended.status))
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut codes: Vec<String> = pages().map(|page| format!("docs/codes/{}.md", page.code)).collect();
    codes.sort();
    let files: Vec<String> =
        files_below(Path::new("docs/codes"), "md").iter().map(|path| path.display().to_string()).collect();
    assert_eq!(files, codes);
}

#[test]
fn the_check_finds_the_code_in_what_its_page_calls_refused_and_nothing_in_what_it_calls_accepted() {
    let faults = pages().flat_map(|page| {
        // What only a run finds out is accepted by the check.
        let expected = if page.is_of_a_run() || page.is_of_a_test() { Vec::new() } else { vec![page.code] };
        let lints = page.code.as_str().starts_with('W');
        let faults = [page.refused.finds("Refused", &expected, lints), page.accepted.finds("Accepted", &[], lints)];
        faults.into_iter().flatten().map(move |fault| (page.code, fault))
    });
    all_right(faults);
}

#[test]
fn a_run_ends_with_the_code_where_its_page_says_so() {
    let faults = pages().filter(Page::is_of_a_run).flat_map(|page| {
        let refused = match page.code {
            Code::R0806 => ends("Refused", &page.refused.run_interrupted(), 130, "\"code\":\"R0806\""),
            Code::R0807 => {
                ends("Refused", &page.refused.run_cut_off_and_resumed(|text| text.to_owned()), 1, "error[R0807]")
            }
            Code::R0808 => ends("Refused", &page.refused.run_beside_itself(), 1, "error[R0808]"),
            Code::R0809 => {
                let changed = |text: &str| text.replace("echo waiting", "echo still waiting");
                ends("Refused", &page.refused.run_cut_off_and_resumed(changed), 3, "error[R0809]")
            }
            Code::R0810 => ends("Refused", &page.refused.run_without_room(), 1, "error[R0810]"),
            Code::R0802 => ends("Refused", &page.refused.run(), 4, "error[R0802]"),
            code => ends("Refused", &page.refused.run(), 1, &format!("error[{code}]")),
        };
        let accepted = ends("Accepted", &page.accepted.run(), 0, "");
        [refused, accepted].into_iter().flatten().map(move |fault| (page.code, fault))
    });
    all_right(faults);
}

#[test]
fn a_test_ends_with_the_code_where_its_page_says_so() {
    let faults = pages().filter(Page::is_of_a_test).flat_map(|page| {
        let refused = ends("Refused", &page.refused.tested(), 1, &format!("error[{}]", page.code));
        let accepted = ends("Accepted", &page.accepted.tested(), 0, "");
        [refused, accepted].into_iter().flatten().map(move |fault| (page.code, fault))
    });
    all_right(faults);
}

fn explain(arguments: &[&str]) -> (Option<i32>, String, String) {
    let home = tempfile::tempdir().unwrap();
    let ended = program(home.path()).arg("explain").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

#[test]
fn a_code_is_explained_by_its_page_in_either_case() {
    for name in ["E0302", "e0302"] {
        assert_eq!(explain(&[name]), (Some(0), Code::E0302.page().to_owned(), String::new()));
    }
}

#[test]
fn without_a_code_all_are_listed() {
    let (status, out, err) = explain(&[]);
    assert_eq!((status, &*err), (Some(0), ""));
    let expected: Vec<String> = Code::ALL.iter().map(|code| format!("{code}  {}", code.title())).collect();
    assert_eq!(out.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn an_unknown_code_is_told_with_the_nearest_one() {
    let (status, out, err) = explain(&["E0399"]);
    assert_eq!((status, &*out), (Some(2), ""));
    assert!(err.starts_with("error: there is no code E0399: did you mean E030"), "{err}");
}
