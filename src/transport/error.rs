//! What can go wrong between flowrun and a host, in words for the user.

use std::fmt;

use super::Endpoint;

/// A host could not be reached, would not let us in, or was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The machine is there but nothing listens on the port.
    Refused {
        /// Name in the inventory.
        host: String,
        /// Where the connection went.
        address: String,
    },
    /// No answer: a timeout, no route, a name that does not resolve.
    Unreachable {
        /// Name in the inventory.
        host: String,
        /// What the SSH client said.
        reason: String,
    },
    /// The host does not accept the key or user.
    Authentication {
        /// Name in the inventory.
        host: String,
        /// What the SSH client said.
        reason: String,
    },
    /// The host's key is not known, or is not the known one.
    HostKey {
        /// Name in the inventory.
        host: String,
        /// The host as `known_hosts` spells it.
        known_as: String,
        /// The key differs from the known one. Otherwise none is known.
        changed: bool,
        /// The file of known hosts that holds the other key, if the SSH client named it.
        file: Option<String>,
    },
    /// The connection, or the shell on the host, ended under a command. Its status will never be known; the host ends what
    /// still runs of it.
    Lost {
        /// Name in the inventory.
        host: String,
        /// What is known about the end.
        reason: String,
    },
    /// The connection had ended before anything was sent, so nothing was begun.
    Dropped {
        /// Name in the inventory.
        host: String,
        /// What is known about the end.
        reason: String,
    },
    /// Anything else.
    Other {
        /// Name in the inventory.
        host: String,
        /// What failed.
        reason: String,
    },
}

impl TransportError {
    /// The host's name in the inventory.
    #[must_use]
    pub fn host(&self) -> &str {
        match self {
            TransportError::Refused { host, .. }
            | TransportError::Unreachable { host, .. }
            | TransportError::Authentication { host, .. }
            | TransportError::HostKey { host, .. }
            | TransportError::Lost { host, .. }
            | TransportError::Dropped { host, .. }
            | TransportError::Other { host, .. } => host,
        }
    }

    /// Whether the host could not be reached at all, or no longer: waiting or another network may help.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            TransportError::Refused { .. }
                | TransportError::Unreachable { .. }
                | TransportError::Lost { .. }
                | TransportError::Dropped { .. }
        )
    }

    /// What the user can do about it; commands in it can be pasted.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            TransportError::Refused { .. } => {
                Some("check that sshd runs there (`ss -ltn` on its console shows the ports) and that the port is right".into())
            }
            TransportError::Unreachable { reason, .. } if reason.contains("resolve") => {
                Some("check the host's `address` in the inventory: its name is not known here".into())
            }
            TransportError::Unreachable { .. } => {
                Some("check that the host is powered on and that this machine has a route to it".into())
            }
            TransportError::Authentication { .. } => Some(
                "a key must be accepted without a question: load it with `ssh-add`, or name it in the inventory, and add \
                 its public half on the host with `ssh-copy-id`"
                    .into(),
            ),
            TransportError::HostKey { known_as, changed: false, .. } => Some(format!(
                "compare the fingerprint that `ssh-keyscan {} | ssh-keygen -lf -` prints with the one on the host's \
                 console, then connect once with `ssh`, or accept new keys with `--accept-new-host-keys`",
                scan_arguments(known_as)
            )),
            TransportError::HostKey { known_as, changed: true, file, .. } => {
                let file = file.as_deref().map(|file| format!(" -f '{file}'")).unwrap_or_default();
                Some(format!(
                    "somebody may be listening in: only if you know why the key is a new one, remove the old one with \
                     `ssh-keygen{file} -R '{known_as}'`"
                ))
            }
            TransportError::Lost { .. } | TransportError::Dropped { .. } => {
                Some("if the host is up, run again: an `ensure` leaves alone what is as it should be".into())
            }
            TransportError::Other { .. } => None,
        }
    }
}

/// `[address]:port` or `address` as arguments of `ssh-keyscan`.
fn scan_arguments(known_as: &str) -> String {
    match known_as.strip_prefix('[').and_then(|rest| rest.split_once("]:")) {
        Some((address, port)) => format!("-p {port} {address}"),
        None => known_as.to_owned(),
    }
}

impl TransportError {
    /// Makes sense of what the OpenSSH client printed when it could not connect.
    pub(super) fn from_client(endpoint: &Endpoint, text: &str) -> Self {
        let host = endpoint.name.clone();
        if let Some(key) = host_key(endpoint, text) {
            return key;
        }
        if line(text, &["Connection refused"]).is_some() {
            TransportError::Refused { host, address: address(endpoint, text) }
        } else if let Some(reason) = line(text, UNREACHABLE) {
            TransportError::Unreachable { host, reason }
        } else if let Some(reason) = line(text, AUTHENTICATION) {
            TransportError::Authentication { host, reason }
        } else {
            let last = text.lines().rfind(|line| !line.trim().is_empty());
            let reason = last.map_or_else(|| "the SSH client gave no reason".into(), tidy);
            TransportError::Other { host, reason }
        }
    }
}

/// What the client says of hosts that do not answer, or not as sshd does.
const UNREACHABLE: &[&str] = &[
    "timed out",
    "No route to host",
    "is unreachable",
    "Host is down",
    "Could not resolve",
    "kex_exchange_identification",
    "ssh_exchange_identification",
    "Connection reset",
    "Connection closed by",
];

/// What it says of keys and users that are not accepted.
const AUTHENTICATION: &[&str] = &["Permission denied (", "Too many authentication failures", "No more authentication"];

/// The first line that holds one of these phrases.
fn line(text: &str, phrases: &[&str]) -> Option<String> {
    text.lines().find(|line| phrases.iter().any(|phrase| line.contains(phrase))).map(tidy)
}

/// A line of the client without its name and without a full stop.
fn tidy(line: &str) -> String {
    let line = line.trim();
    line.strip_prefix("ssh: ").unwrap_or(line).trim_end_matches('.').to_owned()
}

/// Where a refused connection went, by the client's word or else by the inventory's.
fn address(endpoint: &Endpoint, text: &str) -> String {
    let said = text.split_once("connect to host ").and_then(|(_, rest)| rest.split_once(": "));
    match (said, endpoint.port) {
        (Some((address, _)), _) => address.to_owned(),
        (None, Some(port)) => format!("{} port {port}", endpoint.address),
        (None, None) => endpoint.address.clone(),
    }
}

fn host_key(endpoint: &Endpoint, text: &str) -> Option<TransportError> {
    let changed =
        text.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") || text.contains(" has changed and you have ");
    if !changed && !text.contains("Host key verification failed") && !text.contains("host key is known for") {
        return None;
    }
    let between = |before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        let (found, _) = rest.split_once(after)?;
        Some(found.to_owned())
    };
    let by_inventory = || match endpoint.port {
        Some(port) if port != 22 => format!("[{}]:{port}", endpoint.address),
        _ => endpoint.address.clone(),
    };
    let known_as = between("host key is known for ", " and you")
        .or_else(|| between("Host key for ", " has changed"))
        .unwrap_or_else(by_inventory);
    // "Offending ED25519 key in FILE:LINE"
    let file = between("Offending ", "\n")
        .and_then(|line| Some(line.split_once(" key in ")?.1.trim_end().rsplit_once(':')?.0.to_owned()));
    Some(TransportError::HostKey { host: endpoint.name.clone(), known_as, changed, file })
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TransportError::Refused { host, address } => {
                write!(f, "`{host}` refused the connection: nothing listens at {address}")
            }
            TransportError::Unreachable { host, reason } => write!(f, "`{host}` does not answer: {reason}"),
            TransportError::Authentication { host, reason } => write!(f, "`{host}` does not let us in: {reason}"),
            TransportError::HostKey { host, changed: false, known_as, .. } => {
                write!(f, "no key of `{host}` ({known_as}) is known")
            }
            TransportError::HostKey { host, changed: true, known_as, .. } => {
                write!(f, "the key of `{host}` ({known_as}) is not the known one")
            }
            TransportError::Lost { host, reason } => write!(f, "`{host}` was lost under a command: {reason}"),
            TransportError::Dropped { host, reason } => write!(f, "the connection to `{host}` was lost: {reason}"),
            TransportError::Other { host, reason } => write!(f, "`{host}`: {reason}"),
        }
    }
}

impl std::error::Error for TransportError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(known_as: &str, changed: bool) -> TransportError {
        TransportError::HostKey {
            host: "cm3".into(),
            known_as: known_as.into(),
            changed,
            file: changed.then(|| "/home/a b/known".into()),
        }
    }

    #[test]
    fn an_unknown_key_and_a_changed_one_have_different_remedies() {
        let new = unknown("[127.0.0.1]:2222", false).help().unwrap();
        assert!(new.contains("ssh-keyscan -p 2222 127.0.0.1 |") && new.contains("--accept-new-host-keys"), "{new}");
        let changed = unknown("cm3.lan", true).help().unwrap();
        assert!(changed.contains("ssh-keygen -f '/home/a b/known' -R 'cm3.lan'"), "{changed}");
        assert!(!changed.contains("--accept"), "{changed}");
    }
}
