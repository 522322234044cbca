//! The tasks that the interpreter implements.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::cluster::may_come;
use super::event::Event;
use super::failure::{Failure, Kind};
use super::output::{LARGEST_VALUE, Lines};
use super::state::{At, State};
use super::step::Doing;
use super::value::{Data, Located, Value};
use super::ways::Way;
use crate::check::primitive::Primitive;
use crate::diagnostic::Code;
use crate::inventory::Power;
use crate::library;
use crate::source::Span;
use crate::transport::{Command, Endpoint};

/// How often a host or port that is waited for is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

type Outcome = Result<Value, Failure>;

/// The arguments of a call, in the order of the primitive's parameters.
#[derive(Clone)]
struct Arguments(std::vec::IntoIter<Value>);

impl Arguments {
    /// The call, for the journal. Long texts are known by their beginning and length.
    fn said(&self, state: &State, primitive: Primitive) -> String {
        const LONGEST: usize = 200;
        let mut said = primitive.name().to_owned();
        for value in self.0.as_slice() {
            let shown = if matches!(value, Value::Secret(_)) { "***".into() } else { state.shown(value) };
            let beginning: String = shown.chars().take(LONGEST).collect();
            let rest = shown.len() - beginning.len();
            said.push_str(&format!(" {}", shlex::try_quote(&beginning).unwrap_or_default()));
            if rest > 0 {
                said.push_str(&format!("+{rest}"));
            }
        }
        said
    }

    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::None)
    }

    fn text(&mut self) -> Rc<str> {
        match self.next() {
            Value::Str(text) | Value::Secret(text) => text,
            other => other.spliced().unwrap_or_else(|| "".into()),
        }
    }

    fn list(&mut self) -> Rc<Vec<Value>> {
        match self.next() {
            Value::List(items) => items,
            _ => Rc::new(Vec::new()),
        }
    }
}

impl State {
    pub(super) async fn primitive(&self, at: At, primitive: Primitive, values: Vec<Value>, span: Span) -> Outcome {
        if self.is_too_much_for(primitive, &values) {
            return std::future::pending().await;
        }
        if values.iter().any(Value::is_unknown) {
            self.not_known.set(true);
            return Ok(Value::Unknown);
        }
        let mut arguments = Arguments(values.into_iter());
        let outcome = match pure(primitive, &mut arguments) {
            Some(outcome) => outcome,
            None if primitive == Primitive::Env => self.env(&arguments.text()),
            None if self.dry && changes(primitive) => {
                self.skipped(at, &format!("`{}`", primitive.name()));
                Ok(Value::Unknown)
            }
            None => match steps(primitive) {
                None => self.on_host(at, primitive, &mut arguments, span).await,
                Some(acts) => {
                    let what = arguments.said(self, primitive);
                    let doing = Doing { what: &what, acts, durable: false };
                    let run = async || self.on_host(at, primitive, &mut arguments.clone(), span).await;
                    self.step(at, &doing, async |_| self.again_if_lost(acts, run).await).await
                }
            },
        };
        outcome.map_err(|failure| failure.at(span))
    }

    async fn on_host(&self, at: At, primitive: Primitive, arguments: &mut Arguments, span: Span) -> Outcome {
        match primitive {
            Primitive::Upload => self.upload(at, arguments).await,
            Primitive::Download => self.download(at, arguments).await,
            Primitive::ReadFile => self.read_file(at, &arguments.text()).await,
            Primitive::WriteFile => self.write_file(at, arguments).await,
            Primitive::FileExists => self.file_exists(at, &arguments.text()).await.map(Value::Bool),
            Primitive::FileAt => self.file_at(at, &arguments.text()).await,
            Primitive::SocketAt => Ok(self.located(at, &arguments.text(), Value::Socket)),
            Primitive::Copy => self.copy(at, arguments).await,
            Primitive::Forward => self.forward(at, &arguments.next()).await,
            Primitive::PowerOn => self.power_on(at, &arguments.next()).await,
            Primitive::WaitSsh => self.wait_ssh(at, &arguments.next()).await,
            Primitive::WaitPort => self.wait_port(at, arguments, span).await,
            Primitive::Progress => {
                if let (Value::Int(done), Value::Int(total)) = (arguments.next(), arguments.next())
                    && !self.repeats(at)
                {
                    let (stage, host) = (self.stage_name(at), self.host_name(at));
                    self.event(&Event::Progress { stage, host, done, total });
                }
                Ok(Value::None)
            }
            _ => Ok(Value::None),
        }
    }

    fn env(&self, name: &str) -> Outcome {
        self.machine.variable(name).map(|value| Value::Secret(value.into())).ok_or_else(|| {
            Failure::step(Code::R0803, format!("the environment variable {name} is not set where flowrun runs"))
        })
    }

    fn located(&self, at: At, path: &str, wrap: fn(Rc<Located>) -> Value) -> Value {
        let host_name = self.host_name(at).to_owned();
        wrap(Rc::new(Located { host: at.host, host_name, path: path.to_owned() }))
    }

    async fn file_exists(&self, at: At, path: &str) -> Result<bool, Failure> {
        let path = self.cluster.expand(at.host, path).await?;
        let quoted = crate::shell::quote(&path, crate::shell::Quoting::Word);
        let quoted = quoted.map_err(|error| Failure::step(Code::R0803, error.to_string()))?;
        let look = Command::new(format!("test -e {quoted} || test -L {quoted}"));
        let exit = self.cluster.run(at.host, &look, &mut super::cluster::Discard).await?;
        Ok(exit.success())
    }

    async fn file_at(&self, at: At, path: &str) -> Outcome {
        if !self.file_exists(at, path).await? {
            // A dry run has not made it.
            if self.dry && !at.quiet {
                self.not_known.set(true);
                return Ok(Value::Unknown);
            }
            return Err(Failure::step(Code::R0803, format!("there is no {path} on {}", self.host_name(at))));
        }
        Ok(self.located(at, path, Value::File))
    }

    async fn bytes_of(&self, host: usize, path: &str, limit: usize) -> Result<Vec<u8>, Failure> {
        let path = self.cluster.expand(host, path).await?;
        let session = self.cluster.session(host).await?;
        let bytes = session.download(&path, limit).await;
        self.cluster.noted(host, &session, bytes).await
    }

    async fn read_file(&self, at: At, path: &str) -> Outcome {
        if self.dry && !at.quiet && !self.file_exists(at, path).await? {
            self.not_known.set(true);
            return Ok(Value::Unknown);
        }
        let bytes = self.bytes_of(at.host, path, LARGEST_VALUE).await?;
        String::from_utf8(bytes)
            .map(Value::text)
            .map_err(|_| Failure::step(Code::R0803, format!("{path} on {} is no UTF-8 text", self.host_name(at))))
    }

    async fn write(&self, at: At, path: &str, bytes: &[u8], mode: &Value) -> Outcome {
        let mode = match mode {
            Value::Str(text) => {
                Some(u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777).ok_or_else(|| {
                    Failure::step(Code::R0803, format!("`{text}` is no file mode"))
                        .help("write it in octal: `mode: \"755\"`")
                })?)
            }
            _ => None,
        };
        let full = self.cluster.expand(at.host, path).await?;
        let session = self.cluster.session(at.host).await?;
        let written = session.upload(bytes, &full, mode).await;
        self.cluster.noted(at.host, &session, written).await?;
        self.step_done(at);
        Ok(self.located(at, &full, Value::File))
    }

    async fn write_file(&self, at: At, arguments: &mut Arguments) -> Outcome {
        let (path, text, mode) = (arguments.text(), arguments.text(), arguments.next());
        self.write(at, &path, text.as_bytes(), &mode).await
    }

    async fn upload(&self, at: At, arguments: &mut Arguments) -> Outcome {
        let (src, dest, mode) = (arguments.text(), arguments.text(), arguments.next());
        let local = self.folder.join(&*src);
        let bytes =
            self.machine.read(&local).await.map_err(|error| {
                Failure::step(Code::R0803, format!("cannot read {} here: {error}", local.display()))
            })?;
        self.write(at, &dest, &bytes, &mode).await
    }

    async fn download(&self, at: At, arguments: &mut Arguments) -> Outcome {
        const LARGEST_FILE: usize = 256 * 1024 * 1024;
        let (src, dest) = (arguments.text(), arguments.text());
        let bytes = self.bytes_of(at.host, &src, LARGEST_FILE).await?;
        let local = self.folder.join(&*dest);
        self.machine
            .write(&local, &bytes)
            .map_err(|error| Failure::step(Code::R0803, format!("cannot write {} here: {error}", local.display())))?;
        self.step_done(at);
        Ok(Value::None)
    }

    /// A file crosses by way of this machine.
    async fn copy(&self, at: At, arguments: &mut Arguments) -> Outcome {
        const LARGEST_FILE: usize = 256 * 1024 * 1024;
        let (file, to) = (arguments.next(), arguments.text());
        let Value::File(file) = file else { return Ok(Value::Unknown) };
        let bytes = self.bytes_of(file.host, &file.path, LARGEST_FILE).await?;
        self.write(at, &to, &bytes, &Value::None).await
    }

    /// Two legs: from the socket's host to a path here, from that path to this host.
    async fn forward(&self, at: At, socket: &Value) -> Outcome {
        let Value::Socket(socket) = socket else { return Ok(Value::Unknown) };
        if socket.host == at.host {
            return Ok(Value::Socket(socket.clone()));
        }
        let what = format!("forward {}:{}", socket.host_name, socket.path);
        let doing = Doing { what: &what, acts: false, durable: false };
        // A resumed run gets the path that the run had: a durable command may hold it.
        let made =
            self.step(at, &doing, async |_| self.again_if_lost(false, || self.place_for_socket(at)).await).await?;
        let Value::Socket(end) = &made else { return Ok(made) };
        self.keep_place_for_socket(at, &end.path).await?;
        let number = self.next_socket.replace(self.next_socket.get() + 1);
        let meeting = self.sockets.join(number.to_string());
        self.machine
            .make_dir(&meeting)
            .map_err(|error| Failure::step(Code::R0803, format!("cannot make {} here: {error}", meeting.display())))?;
        let way = Way { from: (socket.host, socket.path.clone()), to: (at.host, end.path.clone()), meeting };
        self.cluster.lay(way).await?;
        Ok(made)
    }

    /// The part of a run that made the place has removed it at its end.
    async fn keep_place_for_socket(&self, at: At, path: &str) -> Result<(), Failure> {
        let Some((dir, _)) = path.rsplit_once('/') else { return Ok(()) };
        let script = format!("rm -rf '{dir}'");
        if self.cleanups.borrow().iter().all(|owed| owed.host != at.host || owed.script != script) {
            self.owe(at.host, script);
            self.cluster.ask(at.host, &Command::new(format!("mkdir -m 700 '{dir}'"))).await?;
        }
        Ok(())
    }

    /// A path on this host for a socket, in a directory of its own.
    async fn place_for_socket(&self, at: At) -> Outcome {
        let (_, made) = self.cluster.ask(at.host, &Command::new("mktemp -d /tmp/flowrun-forward.XXXXXX")).await?;
        let dir = made.trim();
        if dir.is_empty() {
            return Err(Failure::step(
                Code::R0803,
                format!("cannot make a directory below /tmp on {}", self.host_name(at)),
            ));
        }
        self.owe(at.host, format!("rm -rf '{dir}'"));
        // distcc asks that its socket be called so.
        Ok(self.located(at, &format!("{dir}/socket"), Value::Socket))
    }

    async fn power_on(&self, at: At, host: &Value) -> Outcome {
        let Value::Host(host) = host else { return Ok(Value::Unknown) };
        let node = &self.cluster.hosts[*host];
        match &node.inventory.power {
            None => {
                let message = format!("the inventory does not say how to switch {} on", node.name);
                return Err(Failure::step(Code::R0803, message).help(format!(
                    "give `{}` a `power: {{ command: \"…\" }}` or `power: {{ wol: \"MAC\" }}`, or switch it on by hand",
                    node.name
                )));
            }
            Some(Power::Wol(mac)) => self.machine.wake(*mac).map_err(|error| {
                Failure::step(Code::R0803, format!("cannot send a wake-on-LAN packet for {}: {error}", node.name))
            })?,
            Some(Power::Command(command)) => self.power_command(at, &node.name, command).await?,
        }
        self.machine.switched_on(&node.name);
        Ok(Value::None)
    }

    /// The power command runs where flowrun runs: the host itself is off.
    async fn power_command(&self, at: At, name: &str, command: &str) -> Result<(), Failure> {
        let endpoint = Endpoint {
            name: "the machine that flowrun runs on".to_owned(),
            address: String::new(),
            user: None,
            port: None,
            ssh_config: None,
            identity: None,
            connect_timeout: Duration::from_secs(10),
            accept_new_host_keys: false,
            local: true,
        };
        let session = self.machine.connector().connect(&endpoint).await?;
        let mut lines = Lines::new(&*self.observer, self.stage_name(at), self.host_name(at), None, true, false);
        let exit = session.run(&Command::new(command), &mut lines).await;
        lines.finish();
        session.close().await;
        let exit = exit?;
        if !exit.success() {
            let message = format!("the power command of {name} failed with exit status {}", exit.code);
            return Err(Failure::step(Code::R0803, message)
                .note(format!("it is: {command}"))
                .note(format!("it printed:\n{}", lines.tail())));
        }
        Ok(())
    }

    async fn wait_ssh(&self, at: At, timeout: &Value) -> Outcome {
        /// A single attempt gets no longer, so that a host that comes up is soon noticed.
        const ATTEMPT: Duration = Duration::from_secs(5);
        let limit = match timeout {
            Value::Duration(millis) => Duration::from_millis(*millis),
            _ => Duration::from_secs(60),
        };
        let started = tokio::time::Instant::now();
        match tokio::time::timeout(limit, self.cluster.still_connected(at.host)).await {
            Ok(true) => return Ok(Value::None),
            Ok(false) => {}
            Err(_) => self.cluster.give_up(at.host).await,
        }
        loop {
            let left = limit.saturating_sub(started.elapsed());
            match self.cluster.session_within(at.host, left.clamp(Duration::from_secs(1), ATTEMPT)).await {
                Ok(_) => return Ok(Value::None),
                Err(failure) if may_come(&failure) && started.elapsed() < limit => tokio::time::sleep(LOOK_AGAIN).await,
                // That a host does not answer is what was asked; a check may take it for a no.
                Err(failure) if may_come(&failure) => return Err(Failure { kind: Kind::Step, ..failure }),
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn wait_port(&self, at: At, arguments: &mut Arguments, span: Span) -> Outcome {
        let (Value::Int(port), timeout) = (arguments.next(), arguments.next()) else { return Ok(Value::Unknown) };
        let look = Command::new(format!("ss -H -l -t -n sport = :{port} | grep -q ."));
        let wait = async {
            loop {
                let seen = self.cluster.run(at.host, &look, &mut super::cluster::Discard).await;
                match seen?.success() {
                    true => return Ok(Value::None),
                    false => tokio::time::sleep(LOOK_AGAIN).await,
                }
            }
        };
        let waited = self.limited(at, &timeout, span, wait).await;
        waited.map_err(|failure| match failure.code {
            Code::R0804 => {
                Failure { message: format!("nothing listens on port {port} of {}", self.host_name(at)), ..failure }
            }
            _ => failure,
        })
    }
}

/// Whether it is a step, and one that acts. What only makes a way is done anew in a resumed run.
fn steps(primitive: Primitive) -> Option<bool> {
    match primitive {
        Primitive::Upload | Primitive::Download | Primitive::WriteFile | Primitive::Copy | Primitive::PowerOn => {
            Some(true)
        }
        // What was waited for in vain may be there now; what was done about it is done.
        Primitive::ReadFile | Primitive::FileExists | Primitive::FileAt | Primitive::WaitSsh | Primitive::WaitPort => {
            Some(false)
        }
        _ => None,
    }
}

/// Whether a dry run leaves it out.
fn changes(primitive: Primitive) -> bool {
    matches!(
        primitive,
        Primitive::Upload
            | Primitive::Download
            | Primitive::WriteFile
            | Primitive::Copy
            | Primitive::Forward
            | Primitive::PowerOn
    )
}

/// Writes a file of this machine in one step, so that it is the old one or the whole new one. It keeps its permissions;
/// a new one has those that the umask leaves.
pub(crate) fn write_whole(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    // Behind a symbolic link it is the file that changes.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    // A file that must not be written is not replaced either.
    if path.exists() {
        std::fs::OpenOptions::new().append(true).open(&path)?;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    if let Ok(before) = path.metadata() {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.persist(&path).map(|_| ()).map_err(|error| error.error)
}

/// The primitives that look at nothing but their arguments.
fn pure(primitive: Primitive, arguments: &mut Arguments) -> Option<Outcome> {
    let fail = |message: String| Err(Failure::step(Code::R0803, message));
    let texts = |items: &[Value]| -> Vec<Rc<str>> { items.iter().filter_map(Value::spliced).collect() };
    Some(match primitive {
        Primitive::FromYaml => {
            data(&arguments.text(), "YAML", |text| serde_yaml::from_str(text).map_err(|error| error.to_string()))
        }
        Primitive::FromJson => {
            data(&arguments.text(), "JSON", |text| serde_json::from_str(text).map_err(|error| error.to_string()))
        }
        Primitive::Shipped => {
            let name = arguments.text();
            library::file(&name)
                .map_or_else(|| fail(format!("no file `{name}` is shipped")), |text| Ok(Value::text(text)))
        }
        Primitive::Raw => Ok(Value::Str(arguments.text())),
        Primitive::Join => {
            let (items, separator) = (arguments.list(), arguments.text());
            let items = texts(&items);
            Ok(Value::text(items.iter().map(|item| &**item).collect::<Vec<&str>>().join(&separator)))
        }
        Primitive::Split => {
            let (text, separator) = (arguments.text(), arguments.text());
            Ok(match separator.as_ref() {
                // Columns are told apart by any number of blanks.
                " " => Value::list(text.split_whitespace().map(Value::text).collect()),
                separator => Value::list(text.split(separator).map(Value::text).collect()),
            })
        }
        Primitive::Lines => Ok(Value::list(arguments.text().lines().map(Value::text).collect())),
        Primitive::Trim => Ok(Value::text(arguments.text().trim())),
        Primitive::Replace => {
            let (text, from, to) = (arguments.text(), arguments.text(), arguments.text());
            Ok(Value::text(if from.is_empty() { text.to_string() } else { text.replace(&*from, &to) }))
        }
        Primitive::StartsWith => Ok(Value::Bool(arguments.text().starts_with(&*arguments.text()))),
        Primitive::EndsWith => Ok(Value::Bool(arguments.text().ends_with(&*arguments.text()))),
        Primitive::Contains => Ok(Value::Bool(arguments.text().contains(&*arguments.text()))),
        Primitive::Len => Ok(Value::Int(i64::try_from(arguments.list().len()).unwrap_or(i64::MAX))),
        Primitive::First => arguments
            .list()
            .first()
            .cloned()
            .map_or_else(|| fail("the list is empty and has no first element".into()), Ok),
        Primitive::Last => arguments
            .list()
            .last()
            .cloned()
            .map_or_else(|| fail("the list is empty and has no last element".into()), Ok),
        Primitive::Sum => {
            let items = arguments.list();
            let mut numbers = items.iter().map(|item| if let Value::Int(number) = item { *number } else { 0 });
            let sum = numbers.try_fold(0_i64, i64::checked_add);
            sum.map_or_else(|| fail("the sum is out of range".into()), |sum| Ok(Value::Int(sum)))
        }
        Primitive::Int => {
            let text = arguments.text();
            text.trim()
                .parse()
                .map_or_else(|_| fail(format!("`{text}` is no whole number")), |number| Ok(Value::Int(number)))
        }
        Primitive::Parent => {
            let path = arguments.text();
            let parent = std::path::Path::new(&*path).parent().map(|parent| parent.to_string_lossy().into_owned());
            Ok(Value::text(parent.filter(|parent| !parent.is_empty()).unwrap_or_else(|| ".".to_owned())))
        }
        Primitive::FileName => {
            let path = arguments.text();
            let name = std::path::Path::new(&*path).file_name().map(|name| name.to_string_lossy().into_owned());
            Ok(Value::text(name.unwrap_or_default()))
        }
        Primitive::OrElse => match (arguments.next(), arguments.next()) {
            (Value::None, fallback) => Ok(fallback),
            (value, _) => Ok(value),
        },
        Primitive::Get => {
            let (map, key, fallback) = (arguments.next(), arguments.text(), arguments.next());
            match map {
                Value::Map(entries) => Ok(entries.get(&*key).cloned().unwrap_or(fallback)),
                _ => Ok(fallback),
            }
        }
        Primitive::Merge => match (arguments.next(), arguments.next()) {
            (Value::Map(map), Value::Map(over)) => {
                let both = map.iter().chain(over.iter()).map(|(key, value)| (key.clone(), value.clone()));
                Ok(Value::Map(Rc::new(both.collect::<BTreeMap<_, _>>())))
            }
            (map, _) => Ok(map),
        },
        _ => return None,
    })
}

fn data(text: &str, format: &str, read: impl Fn(&str) -> Result<serde_yaml::Value, String>) -> Outcome {
    match read(text) {
        Ok(tree) => Ok(Value::Data(Rc::new(Data { text: text.to_owned(), tree }))),
        Err(reason) => Err(Failure::step(Code::R0803, format!("the text is no {format}: {reason}"))),
    }
}
