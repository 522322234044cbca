//! The arguments that an inventory gives to `ssh`.

/// The variables that hold them.
pub(super) const NAMES: &[&str] = &["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"];

/// What of them has a counterpart.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// `-F FILE`
    pub(super) config: Option<String>,
    /// `-i FILE`
    pub(super) identity: Option<String>,
}

impl Options {
    /// Takes what has a counterpart out of some arguments. The rest is given as lines of an SSH configuration.
    pub(super) fn take(&mut self, arguments: &str) -> Vec<String> {
        let Some(words) = shlex::split(arguments) else { return vec![format!("# {arguments}")] };
        let mut left = Vec::new();
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            let (flag, joined) = word.split_at(word.char_indices().nth(2).map_or(word.len(), |(at, _)| at));
            let takes_value = matches!(flag, "-F" | "-i" | "-J" | "-o" | "-p" | "-l");
            let value = match joined {
                "" if takes_value => words.next().unwrap_or_default(),
                joined => joined.to_owned(),
            };
            match flag {
                "-F" => self.config = Some(value),
                "-i" => self.identity = Some(value),
                "-J" => left.push(format!("ProxyJump {value}")),
                "-p" => left.push(format!("Port {value}")),
                "-l" => left.push(format!("User {value}")),
                "-o" => left.extend(setting(&value)),
                "-C" | "-q" | "-v" | "-T" if joined.is_empty() => {}
                _ => left.push(format!("# {word}")),
            }
        }
        left
    }
}

/// `ProxyJump=gate` as a line of a configuration. How connections are shared is flowrun's own affair.
fn setting(text: &str) -> Option<String> {
    let (name, value) = text.split_once(['=', ' ']).unwrap_or((text, ""));
    let is_shared = name.to_ascii_lowercase().starts_with("control");
    (!is_shared).then(|| format!("{} {}", name.trim(), value.trim()).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_a_configuration() {
        let mut options = Options::default();
        let left =
            options.take("-F ssh/config -o ControlMaster=auto -C -o 'ProxyCommand=ssh -W %h:%p gate' -Jother -x");
        assert_eq!(options.config.as_deref(), Some("ssh/config"));
        assert_eq!(left, ["ProxyCommand ssh -W %h:%p gate", "ProxyJump other", "# -x"]);
    }
}
