//! What a host is: measured in one round trip, because the proofs of a workflow rest on it.

use std::fmt;

use super::{Answer, Command, Host, TransportError};

/// What was measured on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The machine's architecture as `uname -m` says it: `x86_64`, `aarch64`.
    pub arch: String,
    /// The memory that a command can use, in bytes: of the machine, or of the control group or `ulimit -v` if that is less.
    pub mem: u64,
    /// Processors that a command can use.
    pub cores: u32,
    /// `ID` of os-release: `debian`, `alpine`; `unknown` without one.
    pub os: String,
    /// How many processes the host's kernel has ended for want of memory since it booted; none where it does not count.
    pub oom_kills: Option<u64>,
}

/// Why a host could not be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactsError {
    /// The host could not be asked.
    Transport(TransportError),
    /// The host's answer lacks a fact.
    Missing {
        /// The host's name in the inventory.
        host: String,
        /// Which fact: `arch`, `mem` or `cores`.
        fact: &'static str,
    },
}

impl fmt::Display for FactsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FactsError::Transport(error) => error.fmt(f),
            FactsError::Missing { host, fact } => write!(f, "`{host}` does not say its `{fact}`"),
        }
    }
}

impl std::error::Error for FactsError {}

impl From<TransportError> for FactsError {
    fn from(error: TransportError) -> Self {
        FactsError::Transport(error)
    }
}

/// Prints `key=value` lines; whatever cannot be found is not printed. Values are as the host has them, so that all
/// arithmetic is here and not in 64 bits of an unknown shell. A group's limit holds for all groups below it.
const SCRIPT: &str = r#"
say() { [ -z "$2" ] || printf '%s=%s\n' "$1" "$2"; }
limits() {
  d=$2
  while :; do
    if [ -r "$1$d/$3" ]; then IFS= read -r v <"$1$d/$3" && say bytes "$v"; fi
    case $d in */*) d=${d%/*} ;; *) break ;; esac
  done
}
say arch "$(uname -m)"
while read -r k v _; do if [ "$k" = MemTotal: ]; then say kib "$v"; break; fi; done </proc/meminfo
say kib "$(ulimit -v)"
while IFS=: read -r _ c p; do
  case ,$c, in
  ,,) limits /sys/fs/cgroup "${p%/}" memory.max ;;
  *,memory,*) limits /sys/fs/cgroup/memory "${p%/}" memory.limit_in_bytes ;;
  esac
done </proc/self/cgroup
say cores "$(nproc || getconf _NPROCESSORS_ONLN)"
say oom_kills "$(sed -n 's/^oom_kill //p' /proc/vmstat)"
while IFS== read -r k v; do [ "$k" != ID ] || say os "$v"; done </etc/os-release
:"#;

/// Measures a host by one command.
///
/// # Errors
///
/// Fails if the host is lost, or does not say its architecture, memory or cores.
pub async fn measure(host: &dyn Host) -> Result<Facts, FactsError> {
    let mut answer = Answer::default();
    host.run(&Command::new(format!("exec 2>/dev/null{SCRIPT}")), &mut answer).await?;
    parse(&answer.text(host.name())?).map_err(|fact| FactsError::Missing { host: host.name().to_owned(), fact })
}

/// Whether a command is the one that measures.
pub(crate) fn is_measuring(command: &Command) -> bool {
    command.script.ends_with(SCRIPT)
}

/// What a host answers that has these facts.
pub(crate) fn answer(facts: &Facts) -> String {
    format!("arch={}\nbytes={}\ncores={}\nos={}\n", facts.arch, facts.mem, facts.cores, facts.os)
}

/// Reads the script's answer, or says which fact is missing.
fn parse(answer: &str) -> Result<Facts, &'static str> {
    let values = |key: &'static str| {
        answer
            .lines()
            .filter_map(move |line| line.split_once('=').filter(|(name, _)| *name == key))
            .map(|(_, v)| v.trim())
    };
    // `unlimited`, `max` and the like are no numbers, and no limit.
    let bytes = |key, unit: u64| values(key).filter_map(move |v| v.parse::<u64>().ok()?.checked_mul(unit));
    let arch = values("arch").next().ok_or("arch")?;
    let mem = bytes("kib", 1024).chain(bytes("bytes", 1)).filter(|bytes| *bytes > 0).min().ok_or("mem")?;
    let cores = values("cores").find_map(|v| v.parse().ok()).filter(|cores| *cores > 0).ok_or("cores")?;
    let os = values("os").next().map(|id| id.trim_matches(['"', '\''])).filter(|id| !id.is_empty());
    let oom_kills = values("oom_kills").find_map(|v| v.parse().ok());
    Ok(Facts { arch: arch.to_owned(), mem, cores, os: os.unwrap_or("unknown").to_owned(), oom_kills })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_memory_counts() {
        let text = "arch=aarch64\nkib=946432\nkib=unlimited\nbytes=max\nbytes=536870912\ncores=4\noom_kills=2\nos=\"debian\"\n";
        let expected =
            Facts { arch: "aarch64".into(), mem: 512 << 20, cores: 4, os: "debian".into(), oom_kills: Some(2) };
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn the_first_control_groups_write_no_limit_as_a_huge_number() {
        let text = "arch=x86_64\nkib=1024\nbytes=9223372036854771712\ncores=1\n";
        let facts = parse(text).unwrap();
        assert_eq!((facts.mem, facts.os.as_str()), (1 << 20, "unknown"));
    }

    #[test]
    fn a_limit_below_the_machine_s_memory_counts_in_kibibytes() {
        assert_eq!(parse("arch=x\nkib=2048\nkib=1024\ncores=1").unwrap().mem, 1 << 20);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(parse(""), Err("arch"));
        assert_eq!(parse("arch=x\nkib=unlimited\ncores=1"), Err("mem"));
        assert_eq!(parse("arch=x\nkib=1\ncores=many"), Err("cores"));
    }

    #[tokio::test]
    async fn this_machine_has_facts() {
        use crate::transport::Connector as _;
        let endpoint = crate::transport::local::tests::endpoint();
        let host = crate::transport::local::Local::new().connect(&endpoint).await.unwrap();
        let facts = measure(&*host).await.unwrap();
        assert_eq!(facts.arch, std::env::consts::ARCH);
        assert!(facts.mem > 1 << 20 && facts.cores > 0, "{facts:?}");
        host.close().await;
    }
}
