//! Files to and from a host, each over a process of its own beside the remote shell.
//!
//! Exit statuses cannot be trusted (a connection that ends early looks like an end of file), so both directions speak in
//! the frames of the remote shell, and a file is only renamed into place when all its bytes have arrived.

use super::frames::nonce;
use super::script::quote;
use super::shell::{Conversation, Failure, Pipes, greeting};
use super::{LocalBoxFuture, Sink, Stream, TransportError};

/// Greets, runs the function `work` and says its status.
const FRAME: &str = r#"printf '\036%s hello\n' "$_fr_n"; printf '\036%s hello\n' "$_fr_n" >&2
work "$@"; s=$?
printf '\036%s %s\n' "$_fr_n" "$s"; printf '\036%s %s\n' "$_fr_n" "$s" >&2"#;

/// Arguments: path, temporary path, length, mode or nothing. The temporary file must not exist: in a directory that others
/// can write, a link could stand there.
const UPLOAD: &str = r#"work() {
  case $1 in */*) d=${1%/*}/ ;; *) d=. ;; esac
  [ -d "$d" ] || { echo "the directory \`$d\` does not exist" >&2; return 1; }
  [ ! -d "$1" ] || { echo "\`$1\` is a directory" >&2; return 1; }
  trap 'rm -f -- "$t"' HUP INT TERM
  t=$2
  ( set -C; if [ "$4" ]; then umask 077; fi; cat >"$t" ) || { rm -f -- "$t"; return 1; }
  if [ "$(($(wc -c <"$t")))" -ne "$3" ]; then rm -f -- "$t"; echo "only a part of it arrived" >&2; return 1; fi
  { [ -z "$4" ] || chmod "$4" "$t"; } && mv -f -- "$t" "$1" || { rm -f -- "$t"; return 1; }
}"#;

/// Arguments: path, greatest length.
const DOWNLOAD: &str = r#"work() {
  [ -f "$1" ] || { echo "\`$1\` is no file" >&2; return 1; }
  s=$(($(wc -c <"$1"))) || return 1
  if [ "$s" -gt "$2" ]; then echo "\`$1\` has $s bytes, more than $2" >&2; return 1; fi
  cat <"$1"
}"#;

/// Argument: path.
const REMOVE_SOCKET: &str = r#"work() {
  if [ -S "$1" ] || [ -L "$1" ]; then rm -f -- "$1"; return; fi
  [ ! -e "$1" ] || { echo "\`$1\` is in the way: it is no socket" >&2; return 1; }
}"#;

/// Starts processes on a host beside its remote shell.
pub(super) trait Channel {
    /// The host's name in the inventory.
    fn host(&self) -> &str;

    /// Starts a process that runs [`BOOTSTRAP`](super::shell::BOOTSTRAP).
    fn open(&self) -> LocalBoxFuture<'_, Result<Pipes, TransportError>>;

    /// Says in the user's words why a process did not answer.
    fn explain<'a>(&'a self, failure: Failure) -> LocalBoxFuture<'a, TransportError>;
}

/// Keeps both outputs, standard output up to a limit.
struct Kept {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    limit: usize,
    over: bool,
}

/// Longest message of a host that is kept.
const MESSAGE: usize = 4096;

impl Sink for Kept {
    fn data(&mut self, stream: Stream, bytes: &[u8]) {
        let (kept, limit) = match stream {
            Stream::Stdout => (&mut self.stdout, self.limit),
            Stream::Stderr => (&mut self.stderr, MESSAGE),
        };
        let room = limit.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
        self.over |= stream == Stream::Stdout && room < bytes.len();
    }
}

/// Runs one of the scripts above, with `input` behind it, and gives what it wrote, at most `limit` bytes.
async fn call(
    channel: &dyn Channel,
    work: &str,
    arguments: &[&str],
    input: &[u8],
    limit: usize,
) -> Result<Vec<u8>, TransportError> {
    let other = |reason: String| TransportError::Other { host: channel.host().to_owned(), reason };
    let nonce = nonce().map_err(|error| other(error.to_string()))?;
    let arguments: Vec<String> = arguments.iter().map(|argument| quote(argument)).collect();
    let script = format!("set -- {}\n{work}\n{FRAME}", arguments.join(" "));
    let pipes = channel.open().await?;
    let mut kept = Kept { stdout: Vec::new(), stderr: Vec::new(), limit, over: false };
    match Conversation::new(pipes, &nonce).once(&greeting(&nonce, &script), input, &mut kept).await {
        Ok(0) if kept.over => Err(other(format!("the file grew beyond {limit} bytes"))),
        Ok(0) => Ok(kept.stdout),
        Ok(_) => Err(other(String::from_utf8_lossy(&kept.stderr).trim().to_owned())),
        Err(failure) => Err(channel.explain(failure).await),
    }
}

/// See [`Host::upload`](super::Host::upload).
pub(super) async fn upload(
    channel: &dyn Channel,
    bytes: &[u8],
    path: &str,
    mode: Option<u32>,
) -> Result<(), TransportError> {
    let other = |reason: String| TransportError::Other { host: channel.host().to_owned(), reason };
    let suffix = nonce().map_err(|error| other(error.to_string()))?;
    let temporary = format!("{path}.{}", &suffix[..12]);
    let length = bytes.len().to_string();
    let mode = mode.map(|mode| format!("{mode:04o}")).unwrap_or_default();
    call(channel, UPLOAD, &[path, &temporary, &length, &mode], bytes, 0).await.map(drop)
}

/// See [`Host::download`](super::Host::download).
pub(super) async fn download(channel: &dyn Channel, path: &str, limit: usize) -> Result<Vec<u8>, TransportError> {
    call(channel, DOWNLOAD, &[path, &limit.to_string()], &[], limit).await
}

/// Makes way for a socket at `path`: removes a socket or link that is there, and fails for anything else.
pub(super) async fn remove_socket(channel: &dyn Channel, path: &str) -> Result<(), TransportError> {
    call(channel, REMOVE_SOCKET, &[path], &[], 0).await.map(drop)
}
