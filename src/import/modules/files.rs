//! `copy`, `template`, `file`, `stat`, `slurp`.

use std::path::PathBuf;

use super::commands::is_there;
use crate::import::code::{Code, Piece, Text, quoted};
use crate::import::params::Params;
use crate::import::read::truth;
use crate::import::scope::Ty;
use crate::import::step::{Call, Step, text, written};
use crate::import::translator::{Translator, printed};
use crate::import::value::Reason;
use crate::inventory::node::{Node, Value};

/// Arguments that say how Ansible goes about it, and not what is there afterwards.
const WITHOUT_MEANING: &[&str] = &["follow", "unsafe_writes", "decrypt", "local_follow", "checksum"];

/// Whose a path is, and what may be done with it.
#[derive(Default)]
struct Attributes {
    mode: Option<String>,
    owner: Option<String>,
    group: Option<String>,
}

impl Attributes {
    fn take(params: &mut Params) -> Result<Self, Reason> {
        let mode = params.take(&["mode"]);
        let is_decimal = mode.as_ref().is_some_and(is_decimal);
        let mode = match mode.as_ref().map(|node| node.text().ok_or("`mode` is no single value")).transpose()? {
            Some("preserve") => return Err(String::from("`mode: preserve`: write the mode that the file has")),
            None => None,
            Some(text) if is_decimal => {
                return Err(format!(
                    "the mode `{text}` is a decimal number in YAML: write `\"0{text}\"` if that is meant"
                ));
            }
            Some(text) if text.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) && text.len() <= 4 => {
                let digits = text.trim_start_matches('0');
                Some(if digits.is_empty() { String::from("0") } else { digits.to_owned() })
            }
            Some(text) => return Err(format!("the mode `{text}` is none in numbers")),
        };
        Ok(Attributes { mode, owner: params.text(&["owner"])?, group: params.text(&["group"])? })
    }

    fn has_owner(&self) -> bool {
        self.owner.is_some() || self.group.is_some()
    }

    /// Looks at each of them, and sets each.
    fn add(&self, to: &mut Translator<'_>, path: &str, check: &mut Code, fix: &mut Code) -> Result<(), Reason> {
        let all = [(&self.mode, "%a", "chmod"), (&self.owner, "%U", "chown"), (&self.group, "%G", "chgrp")];
        for (wanted, format, program) in all {
            let Some(wanted) = wanted else { continue };
            let asked = to.word(path)?;
            let asked = to.call(text([written(&format!("stat -c {format} ")), asked]));
            check.push(format!("assert {}.stdout == {}", asked.value(), to.string(wanted)?));
            let set = text([written(&format!("{program} ")), to.word(wanted)?, written(" "), to.word(path)?]);
            fix.push(to.call(set).code());
        }
        Ok(())
    }
}

/// Whether a mode stands there as a number that is not octal.
fn is_decimal(mode: &Node) -> bool {
    matches!(&mode.value, Value::Scalar { text, plain: true } if text.starts_with(|c: char| ('1'..='9').contains(&c)))
}

/// What `copy` and `template` have in common: they replace a file that is there already, and keep none of it.
fn replacing(params: &mut Params) -> Result<Attributes, Reason> {
    if params.take(&["force"]).is_some_and(|node| truth(&node) != Some(true)) {
        return Err(String::from("`force: false` has no counterpart: ask `file-exists` around it"));
    }
    params.leave_out(WITHOUT_MEANING);
    if params.take(&["backup", "validate"]).is_some() {
        return Err(String::from("`backup` and `validate` have no counterpart"));
    }
    Attributes::take(params)
}

/// A file beside the playbook: in the folder that Ansible looks into first, or right there.
pub(super) fn local(to: &Translator<'_>, path: &str, folder: &str) -> PathBuf {
    let beside = to.folder.join(path);
    let within = to.folder.join(folder).join(path);
    if to.files.load(&within).is_err() && to.files.load(&beside).is_ok() { beside } else { within }
}

pub(super) fn copy(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let path = params.needed(&["dest"])?;
    let attributes = replacing(params)?;
    if let Some(node) = params.take(&["content"]) {
        params.leave_out(&["src"]);
        let content = node.text().ok_or_else(|| format!("`content` is {}", node.kind()))?;
        let content = to.reader().text(&printed(&node, content)?)?;
        return written_file(to, &path, &content, &attributes);
    }
    let src = params.needed(&["src"])?;
    if params.flag("remote_src", false) {
        return on_the_host(to, &src, &path, &attributes);
    }
    if src.contains("{{") || src.ends_with('/') || path.ends_with('/') {
        return Err(String::from("a folder, or a file that is known at run time only: name each file"));
    }
    uploaded(to, &src, &path, &attributes)
}

fn on_the_host(to: &mut Translator<'_>, src: &str, path: &str, attributes: &Attributes) -> Result<Vec<Step>, Reason> {
    let (from, into) = (to.word(src)?, to.word(path)?);
    let compared = text([written("cmp -s "), from.clone(), written(" "), into.clone()]);
    let mut check = Code::line(to.call(compared).code());
    let mut fix = Code::new();
    if attributes.mode.is_none() {
        // Ansible gives a file that is there the other one's mode; a new one has what the umask leaves.
        let words = [written("test ! -e "), into.clone(), written(" || chmod --reference="), from.clone()];
        fix.push(to.call(text(words.into_iter().chain([written(" "), into.clone()]))).code());
    }
    fix.push(to.call(text([written("cat "), from, written(" > "), into])).code());
    attributes.add(to, path, &mut check, &mut fix)?;
    Ok(vec![Step::Ensure { goal: goal(to, path, " is as it should be")?, check, fix }])
}

/// A file with a text that the workflow holds.
fn written_file(
    to: &mut Translator<'_>,
    path: &str,
    content: &Text,
    attributes: &Attributes,
) -> Result<Vec<Step>, Reason> {
    let target = to.string(path)?;
    let goal = goal(to, path, " is as it should be")?;
    // A short text is written where it is used.
    let is_short = content.literal().is_some_and(|text| !text.trim_end().contains('\n') && text.len() < 40);
    let name = if is_short { content.quoted() } else { to.names.free("content", true) };
    let before = Code::line(format!("let {name} = {}", content.content()));
    let (mut check, mut fix) = (Code::new(), Code::new());
    if to.setting.user.is_none() && !attributes.has_owner() {
        check.push(format!("assert file-exists({target})"));
        check.push(format!("assert read-file({target}) == {name}"));
        fix.append(replaced(to, path, attributes, &format!("write-file({target}, {name}"))?);
        let mode = Attributes { mode: attributes.mode.clone(), ..Attributes::default() };
        mode.add(to, path, &mut check, &mut Code::new())?;
    } else {
        let word = to.word(path)?;
        let with_text = |mut call: Call| {
            call.options.insert(0, ("stdin", name.clone()));
            call.code()
        };
        check.push(with_text(to.call(text([written("cmp -s - "), word.clone()]))));
        fix.push(with_text(to.call(text([written("cat > "), word]))));
        attributes.add(to, path, &mut check, &mut fix)?;
    }
    let ensure = Step::Ensure { goal, check, fix };
    Ok(if is_short { vec![ensure] } else { vec![Step::Plain(before), ensure] })
}

/// A file that is put in the place of another one, by a call that lacks its end. Ansible leaves a file whose it is, and
/// without a `mode` what may be done with it. Who may not give a file away has it afterwards, with Ansible too.
fn replaced(to: &mut Translator<'_>, path: &str, attributes: &Attributes, call: &str) -> Result<Code, Reason> {
    let (word, owner) = (to.word(path)?, to.names.free("owner", true));
    let asked = |format: &str| to.call(text([written(&format!("stat -L -c {format} ")), word.clone()])).value();
    let mode = attributes.mode.as_ref().map(|mode| format!(", mode: {}", quoted(mode)));
    let kept = mode.clone().unwrap_or_else(|| format!(", mode: {}.stdout", asked("%a")));
    let mut there = Code::line(format!("let {owner} = {}.stdout", asked("%u:%g")));
    there.push(format!("{call}{kept})"));
    let given = [written("chown "), vec![Piece::Splice(owner)], written(" "), word.clone()];
    there.push(to.call(text(given.into_iter().chain([written(" || test \"$(id -u)\" != 0")]))).code());
    let mut code = Code::new();
    code.block(format!("if file-exists({})", to.string(path)?), there);
    code.go_on("else", Code::line(format!("{call}{})", mode.unwrap_or_default())));
    Ok(code)
}

/// A file from beside the playbook. As another user it goes by way of a folder that nobody else can read.
fn uploaded(to: &mut Translator<'_>, src: &str, path: &str, attributes: &Attributes) -> Result<Vec<Step>, Reason> {
    let local = local(to, src, "files");
    let local = local.strip_prefix(&to.folder).unwrap_or(&local).to_string_lossy().into_owned();
    if to.setting.user.is_none() && !attributes.has_owner() {
        let upload = format!("upload({}, {}", quoted(&local), to.string(path)?);
        return Ok(vec![Step::Plain(replaced(to, path, attributes, &upload)?)]);
    }
    let folder = to.names.free("folder", true);
    let mut code = Code::line(format!("let {folder} = sh(\"mktemp -d\").stdout"));
    code.push(format!("upload({}, \"{{{{ {folder} }}}}/file\")", quoted(&local)));
    let from = vec![Piece::Splice(folder.clone()), Piece::Written(String::from("/file"))];
    let put = match installed(attributes) {
        Some(install) => text([written(&format!("{install} ")), from, written(" "), to.word(path)?]),
        None => put_in_place(to, from, path, attributes)?,
    };
    code.push(to.call(put).code());
    code.push(format!("sh \"rm -rf {{{{ {folder} }}}}\""));
    Ok(vec![Step::Plain(code)])
}

/// The command that puts a file where nothing of what is there is kept.
fn installed(attributes: &Attributes) -> Option<String> {
    let Attributes { mode: Some(mode), owner: Some(owner), group: Some(group) } = attributes else { return None };
    let install = format!("install -T -m {mode} -o {owner} -g {group}");
    (!install.contains(['{', '\'', '"', '\\'])).then_some(install)
}

/// The commands that put a file in the place of another, of which it has what is not said: in one step, so that nobody
/// reads a half of it, and what runs from it goes on.
fn put_in_place(
    to: &mut Translator<'_>,
    from: Vec<Piece>,
    path: &str,
    attributes: &Attributes,
) -> Result<Text, Reason> {
    let word = to.word(path)?;
    let mut parts = vec![written("set -e\nnew=$(mktemp "), word.clone(), written(".XXXXXX)\ncat "), from];
    parts.extend([written(" > \"$new\"\nif test -e "), word.clone(), written("; then\n")]);
    parts.extend([written("    cp --attributes-only --preserve=mode,ownership "), word.clone()]);
    parts.push(written(" \"$new\"\nelse\n    chmod 644 \"$new\"\nfi\n"));
    let said = [("chown", &attributes.owner), ("chgrp", &attributes.group), ("chmod", &attributes.mode)];
    for (program, wanted) in said {
        let Some(wanted) = wanted else { continue };
        parts.extend([written(&format!("{program} ")), to.word(wanted)?, written(" \"$new\"\n")]);
    }
    parts.extend([written("mv -fT \"$new\" "), word]);
    Ok(text(parts))
}

pub(super) fn template(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let (src, path) = (params.needed(&["src"])?, params.needed(&["dest"])?);
    let attributes = replacing(params)?;
    let file = local(to, &src, "templates");
    let content = to.files.load(&file).map_err(|reason| format!("{} cannot be read: {reason}", file.display()))?;
    let has_tags = content.contains("{#");
    for name in ["trim_blocks", "lstrip_blocks"] {
        if params.take(&[name]).is_some() && has_tags {
            return Err(format!("`{name}` has no counterpart: take the comments out of {}", file.display()));
        }
    }
    if content.starts_with("#jinja2:") {
        return Err(format!("the first line of {} says how Jinja reads the others", file.display()));
    }
    // Jinja ends every line alike.
    let content = content.replace("\r\n", "\n").replace('\r', "\n");
    let content = to.reader().template(&content).map_err(|reason| format!("in {}: {reason}", file.display()))?;
    written_file(to, &path, &content, &attributes)
}

pub(super) fn file(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let path = params.needed(&["path", "dest", "name"])?;
    let state = params.text(&["state"])?;
    let force = params.flag("force", false);
    if force && state.as_deref() == Some("link") {
        return Err(String::from("`force` of a link: remove what is there first"));
    }
    params.leave_out(WITHOUT_MEANING);
    let attributes = Attributes::take(params)?;
    if params.flag("recurse", false) {
        return Err(String::from("`recurse` has no counterpart: write the `chmod -R` or `chown -R` that is meant"));
    }
    let word = to.word(&path)?;
    let run = |to: &Translator<'_>, program: &str, word: Vec<Piece>| to.call(text([written(program), word])).code();
    let (what, mut check, mut fix) = match state.as_deref().unwrap_or("file") {
        "directory" => {
            let check = run(to, "test -d ", word.clone());
            (" is a directory", Code::line(check), Code::line(run(to, "mkdir -p ", word)))
        }
        "absent" => {
            let check = text([written("test ! -e "), word.clone(), written(" && test ! -L "), word.clone()]);
            let fix = Code::line(run(to, "rm -rf ", word));
            (" is gone", Code::line(to.call(check).code()), fix)
        }
        "link" => {
            let src = params.needed(&["src"])?;
            let asked = to.call(text([written("readlink "), word.clone()])).value();
            let check = Code::line(format!("assert {asked}.stdout == {}", to.string(&src)?));
            // What is there and no link is left alone, as Ansible does.
            let guard = text([written("test -L "), word.clone(), written(" || test ! -e "), word.clone()]);
            let link = text([written("ln -sfn "), to.word(&src)?, written(" "), word]);
            let mut fix = Code::line(to.call(guard).code());
            fix.push(to.call(link).code());
            (" is a link", check, fix)
        }
        "touch" => {
            let mut code = Code::line(run(to, "touch ", word));
            attributes.add(to, &path, &mut Code::new(), &mut code)?;
            return Ok(vec![Step::Plain(code)]);
        }
        "file" => {
            let check = Code::line(run(to, "test -e ", word));
            (" has its attributes", check, Code::new())
        }
        other => return Err(format!("the state `{other}` has no counterpart")),
    };
    if state.as_deref() != Some("link") && state.as_deref() != Some("absent") {
        attributes.add(to, &path, &mut check, &mut fix)?;
    }
    let goal = goal(to, &path, what)?;
    if fix.is_empty() {
        check =
            Code::line(format!("assert {}.ok, \"{{{{ {} }}}} is missing\"", run_try(to, &path)?, to.string(&path)?));
        return Ok(vec![Step::Plain(check)]);
    }
    Ok(vec![Step::Ensure { goal, check, fix }])
}

fn run_try(to: &mut Translator<'_>, path: &str) -> Result<String, Reason> {
    let word = to.word(path)?;
    Ok(format!("(try {})", to.call(text([written("test -e "), word])).code()))
}

pub(super) fn stat(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let path = params.needed(&["path", "dest", "name"])?;
    params.leave_out(&["get_checksum", "get_mime", "get_attributes", "follow", "checksum_algorithm"]);
    Ok(vec![Step::Value(is_there(to, &path)?, Ty::Stat)])
}

pub(super) fn slurp(to: &mut Translator<'_>, params: &mut Params) -> Result<Vec<Step>, Reason> {
    let path = params.needed(&["src", "path"])?;
    if to.setting.user.is_none() {
        return Ok(vec![Step::Value(format!("read-file({})", to.string(&path)?), Ty::Slurp)]);
    }
    let word = to.word(&path)?;
    Ok(vec![Step::Value(format!("{}.stdout", to.call(text([written("cat "), word])).value()), Ty::Printed)])
}

fn goal(to: &mut Translator<'_>, path: &str, what: &str) -> Result<Text, Reason> {
    Ok(Text([to.reader().text(path)?.0, written(what)].concat()))
}
