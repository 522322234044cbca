//! What the command line accepts.

use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

/// Typed workflows over SSH, with a proof of where each step may run.
///
/// `flowrun WORKFLOW.flow` runs a workflow. Exit status: 0 done, 1 the workflow failed, 2 usage, 3 the check refused,
/// 4 a host was unreachable, 130 cancelled.
#[derive(Debug, Parser)]
#[command(name = "flowrun", version, disable_help_subcommand = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum Subcommand {
    /// Check a workflow, then run it.
    Run(Run),
    /// Take a run up that was cut off, failed or was cancelled.
    Resume(Resume),
    /// List runs, and what of them goes on; end what they have left.
    Runs(Runs),
    /// Print what the commands of a run wrote.
    Logs(Logs),
    /// Check workflows: syntax, types, places.
    Check(Check),
    /// Format workflows.
    Fmt(Fmt),
    /// Show what would run where.
    Plan(Plan),
    /// Record beside each workflow what runs where and why, or show how that has changed.
    Snapshot(Snapshot),
    /// Prove that a stage never runs on some hosts, or only there; or show a host that says otherwise.
    Prove(Prove),
    /// Run the tests of workflows, against simulated hosts.
    Test(Test),
    /// Show the hosts of an inventory as flowrun reads them: of flowrun's own kind, or of Ansible's.
    Inventory(Inventory),
    /// Turn an Ansible playbook into a workflow.
    Import(Import),
    /// Say what a code means, with an example that fails and one that passes.
    Explain(Explain),
    /// Serve an editor: diagnostics, completion, hover and more, over standard input and output.
    Lsp(Lsp),
    /// The embedded cluster: hosts on loopback addresses of this machine.
    Lab(Lab),
    /// Build a real kernel on the embedded cluster by workflows/kernel.flow.
    Demo(Demo),
    /// Write a commented workflow to start from.
    New(New),
    /// Write the reference of modules and workflows from their doc comments, as Markdown.
    Doc(Doc),
    /// Print completions for a shell.
    Completions(Completions),
    /// Print the manual page, or write one for each command.
    Man(Man),
}

/// Where the hosts are said.
#[derive(Debug, Args)]
pub(super) struct Hosts {
    /// The inventory, of flowrun's kind or of Ansible's [default: inventory.yml, inventory.yaml, inventory.ini, hosts.ini, hosts.yml,
    /// hosts or inventory/ beside the workflow, else $FLOWRUN_INVENTORY].
    #[arg(short, long, value_name = "FILE")]
    pub(super) inventory: Option<PathBuf>,
}

/// Values for the workflow's inputs.
#[derive(Debug, Args)]
pub(super) struct Inputs {
    /// Set an input.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) input: Vec<String>,
    /// Set inputs from a YAML mapping; `--input` goes before it.
    #[arg(long, value_name = "FILE")]
    pub(super) inputs: Option<PathBuf>,
}

/// How a run is told.
#[derive(Debug, Args)]
pub(super) struct Telling {
    /// How events are written: for people on stderr, or as JSON lines on stdout.
    #[arg(long, value_enum, default_value_t = TextOrJson::Human)]
    pub(super) format: TextOrJson,
    /// Say more: the measured facts of each host.
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// How hosts are connected.
#[derive(Debug, Args)]
pub(super) struct Connecting {
    /// How many seconds a host may take to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) connect_timeout: u64,
    /// How many seconds a host that was connected and is lost is sought.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(super) reconnect: u64,
}

#[derive(Debug, Args)]
pub(super) struct Run {
    /// The workflow.
    pub(super) workflow: PathBuf,
    #[command(flatten)]
    pub(super) hosts: Hosts,
    #[command(flatten)]
    pub(super) inputs: Inputs,
    /// Run this stage alone; may be given several times, and has to be for stages whose values it uses.
    #[arg(long, value_name = "STAGE")]
    pub(super) stage: Vec<String>,
    /// Begin with this stage.
    #[arg(long, value_name = "STAGE", conflicts_with = "stage")]
    pub(super) from: Option<String>,
    /// Run only on the hosts of this selector.
    #[arg(long, value_name = "SELECTOR")]
    pub(super) limit: Option<String>,
    /// Run checks alone, and say what would change.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) telling: Telling,
    #[command(flatten)]
    pub(super) connecting: Connecting,
    /// Accept and keep the key of a host that was never seen before; a changed key is refused all the same.
    #[arg(long)]
    pub(super) accept_new_host_keys: bool,
}

/// Take a run up that was cut off, failed or was cancelled: what is done is not done again.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The run, or a part of its name [default: the last one that is not done].
    pub(super) run: Option<String>,
    /// Give an input that is not kept: a secret.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) input: Vec<String>,
    /// Give inputs that are not kept from a YAML mapping.
    #[arg(long, value_name = "FILE")]
    pub(super) inputs: Option<PathBuf>,
    /// Do again what may or may not have happened when the run was cut off.
    #[arg(long)]
    pub(super) again: bool,
    /// Go on although the workflow or the inventory changed what is done.
    #[arg(long)]
    pub(super) accept_changes: bool,
    #[command(flatten)]
    pub(super) telling: Telling,
    #[command(flatten)]
    pub(super) connecting: Connecting,
}

/// List runs, and what of them goes on.
#[derive(Debug, Args)]
pub(super) struct Runs {
    /// How they are listed.
    #[arg(long, value_enum, default_value_t = TextOrJson::Human)]
    pub(super) format: TextOrJson,
    /// End what runs that were cut off have left on hosts: those of this name, or all.
    #[arg(long, value_name = "RUN", num_args = 0..=1, default_missing_value = "")]
    pub(super) reap: Option<String>,
}

/// Print what the commands of a run wrote.
#[derive(Debug, Args)]
pub(super) struct Logs {
    /// The run, or a part of its name [default: the last one].
    pub(super) run: Option<String>,
    /// Of this stage alone.
    pub(super) stage: Option<String>,
    /// On this host alone: then lines are printed as they were written, without stage and host before them.
    pub(super) host: Option<String>,
}

/// Serve an editor over standard input and output, by the language server protocol.
#[derive(Debug, Args)]
pub(super) struct Lsp {
    /// What it does anyway; many editors say it.
    #[arg(long)]
    pub(super) stdio: bool,
}

/// For people, or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TextOrJson {
    Human,
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Check {
    /// The workflows.
    #[arg(required = true)]
    pub(super) workflows: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// How diagnostics are written: for people on stderr, else on stdout: a line each, or one document for all workflows.
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(super) format: CheckFormat,
    /// Refuse a workflow for these too.
    #[arg(long, value_enum)]
    pub(super) deny: Option<Deny>,
    /// Mend in the files what can be mended without moving a stage to other hosts, then check again.
    #[arg(long)]
    pub(super) fix: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For people, with the places in the text.
    Human,
    /// `file:line:column: error[E0302]: message`, a line each.
    Short,
    /// All of it; docs/output.md describes the form.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML, for Jenkins and GitLab.
    Junit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Deny {
    Warnings,
}

/// Format workflows: one layout for all, in which every comment stays and nothing changes its meaning.
///
/// Files are written in place, those that are formatted already are not touched. A file that cannot be read is left as it
/// is, and why is said. Exit status: 0 done, 2 a file is missing or no text, 3 a file cannot be read as a workflow; with
/// `--check` or `--diff` 3 too where a file would change.
#[derive(Debug, Args)]
pub(super) struct Fmt {
    /// Files, directories with all `.flow` files below them, or `-`: stdin, formatted to stdout [default: this directory].
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Write nothing; list the files that would change.
    #[arg(long)]
    pub(super) check: bool,
    /// Write nothing; show what would change, as a unified diff.
    #[arg(long)]
    pub(super) diff: bool,
}

#[derive(Debug, Args)]
pub(super) struct Plan {
    /// The workflow.
    pub(super) workflow: PathBuf,
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// How the plan is written.
    #[arg(long, value_enum, default_value_t = PlanFormat::Human)]
    pub(super) format: PlanFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PlanFormat {
    Human,
    Json,
    /// The graph of stages, for Graphviz.
    Dot,
    /// The graph of stages, as GitHub and GitLab draw it in Markdown.
    Mermaid,
}

/// Record beside each workflow what runs where and why, or show how that has changed.
///
/// `kernel.flow` is recorded in `kernel.flow.snap`, a text to be committed: inputs, hosts, stages with their places and how
/// each is known, diagnostics. A missing record is written; one that has changed is shown as a difference and left as it is.
/// Exit status: 0 as recorded or written, 3 changed.
#[derive(Debug, Args)]
pub(super) struct Snapshot {
    /// The workflows.
    #[arg(required = true)]
    pub(super) workflows: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// Write nothing: a missing record is a change too [default where $CI is set].
    #[arg(long, conflicts_with = "accept")]
    pub(super) check: bool,
    /// Record anew what has changed.
    #[arg(long)]
    pub(super) accept: bool,
}

/// Prove that a stage never runs on some hosts, or only there; or show a host that says otherwise.
///
/// `flowrun prove kernel.flow kernel-build never on cm3`. The proof is by the text alone, for every host that could exist.
/// Exit status: 0 proved, 3 not.
#[derive(Debug, Args)]
#[command(override_usage = "flowrun prove [OPTIONS] [WORKFLOW.flow] STAGE [never] on SELECTOR")]
pub(super) struct Prove {
    /// The workflow [default: the only one in this directory].
    #[arg(short, long, value_name = "FILE")]
    pub(super) workflow: Option<PathBuf>,
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = TextOrJson::Human)]
    pub(super) format: TextOrJson,
    /// The workflow, unless `--workflow` names it, and the question.
    #[arg(required = true, num_args = 1.., value_name = "QUESTION")]
    pub(super) question: Vec<String>,
}

/// Run the tests of workflows: their `test` blocks, and those of `NAME.test.flow` beside a `NAME.flow`.
///
/// Hosts are simulated: nothing is connected, run or written. Exit status: 0 all passed, 1 some failed, 3 a workflow is
/// refused.
#[derive(Debug, Args)]
pub(super) struct Test {
    /// Workflows, files of tests, or folders of them [default: this folder].
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Run the tests whose titles have this text.
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// How outcomes are written: for people on stderr, as JSON or JUnit's XML on stdout.
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(super) format: TestFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    Human,
    Json,
    Junit,
}

/// Show the hosts of an inventory as flowrun reads them.
#[derive(Debug, Args)]
pub(super) struct Inventory {
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// How they are shown.
    #[arg(long, value_enum, default_value_t = TextOrJson::Human)]
    pub(super) format: TextOrJson,
}

/// Turn an Ansible playbook into a workflow.
///
/// A step that cannot be translated fails in the workflow, below a `# TODO` that says why. Exit status: 0 all is
/// translated, 1 something is marked, 3 the playbook cannot be read.
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The playbook.
    pub(super) playbook: PathBuf,
    /// The inventory, which says what is a host and what is a group.
    #[command(flatten)]
    pub(super) hosts: Hosts,
    /// Where the workflow is written [default: stdout].
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The code, for example E0302; without one all codes are listed.
    pub(super) code: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Lab {
    #[command(subcommand)]
    pub(super) command: LabCommand,
}

/// Where the lab is.
#[derive(Debug, Args)]
pub(super) struct LabDir {
    /// The lab's directory; everything of it is there [default: below $XDG_STATE_HOME].
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum LabCommand {
    /// Make the lab; its hosts are off until a workflow or `lab power on` boots them.
    Up {
        #[command(flatten)]
        dir: LabDir,
        /// The N of the hosts' addresses 127.77.N.x.
        #[arg(long, value_name = "N")]
        subnet: Option<u8>,
        /// Boot the hosts too.
        #[arg(long)]
        boot: bool,
        /// Put a configured kernel source tree where workflows/kernel.flow finds it (1.3 GB, from Debian's linux-source).
        #[arg(long)]
        kernel: bool,
        /// What stands for the CM3+.
        #[arg(long, value_enum, default_value_t)]
        cm3: Cm3,
    },
    /// Switch all hosts off and remove the lab.
    Down {
        #[command(flatten)]
        dir: LabDir,
    },
    /// Say which hosts are on.
    Status {
        #[command(flatten)]
        dir: LabDir,
    },
    /// Switch a host on or off.
    Power {
        /// What to do.
        #[arg(value_enum)]
        state: PowerState,
        /// The host.
        host: String,
        #[command(flatten)]
        dir: LabDir,
    },
    /// The first process of a lab's host.
    #[command(hide = true)]
    Init {
        host: String,
        #[command(flatten)]
        dir: LabDir,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Cm3 {
    /// This machine, which says there that it is an aarch64 and gives no process more than 1 GiB.
    #[default]
    Shim,
    /// A machine of its own under QEMU, an aarch64 of 914 MiB; its image is made when it is first needed.
    Emulated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PowerState {
    On,
    Off,
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// The workflow to run in place of the shipped kernel.flow.
    #[arg(long, value_name = "FILE")]
    pub(super) workflow: Option<PathBuf>,
    /// The lab's directory.
    #[command(flatten)]
    pub(super) dir: LabDir,
    /// Keep the lab and the kernel tree afterwards.
    #[arg(long)]
    pub(super) keep: bool,
    /// What stands for the CM3+.
    #[arg(long, value_enum, default_value_t)]
    pub(super) cm3: Cm3,
}

/// Write a commented workflow to start from, and beside it an inventory of this machine. Nothing is overwritten.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The workflow, `NAME.flow`, or a directory for one of its name.
    #[arg(value_name = "NAME.flow")]
    pub(super) path: PathBuf,
}

/// Write the reference of modules and workflows from their doc comments, as Markdown.
///
/// A module of the standard library is named as in `use std/NAME`, the prelude is std/prelude, and `std` is all of them.
#[derive(Debug, Args)]
pub(super) struct Doc {
    /// The modules: files, `std/NAME`, or `std`.
    #[arg(required = true, value_name = "MODULE", value_hint = clap::ValueHint::FilePath)]
    pub(super) modules: Vec<String>,
    /// Write a page for each into this directory, with a list when there are several [default: stdout].
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Write nothing, and say which pages in the directory are not as they would be written. Exit status: 3 if any.
    #[arg(long, requires = "output")]
    pub(super) check: bool,
}

/// Print completions for a shell.
///
/// For bash: `flowrun completions bash > ~/.local/share/bash-completion/completions/flowrun`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

/// Print the manual page, or write one for each command.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Write flowrun.1 and a page for each command into this directory.
    #[arg(short, long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}
