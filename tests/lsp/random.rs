//! Random edits: the server goes on, and what it says at the end is what a fresh check says. `FLOWRUN_LSP_EDITS` says how many.

use std::path::Path;

use fastrand::Rng;
use flowrun::analysis::{self, Text};
use flowrun::check::Loader;
use serde_json::{Value, json};

use super::client::{Client, position};
use super::workspace::{INVENTORY, MAIN, NET, editor, folder};

/// What is written into a text: pieces of workflows and inventories, and the signs on which much depends.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "\"",
    "\"\"\"",
    "#",
    "\n",
    "{{",
    "}}",
    "[",
    "]",
    ",",
    ":",
    ".",
    " ",
    "  ",
    "\r\n",
    "é",
    "𝄞",
    "\\",
    "-",
    "only",
    " on ",
    " and ",
    " not ",
    "cm3",
    "group(distcc)",
    "all",
    "here",
    "pump.",
    "net.",
    "x86_64",
    "sh \"make\"",
    "\nstage a on all {\n    print here.name\n}\n",
    "\nhost b = cm3\n",
    "task t(a: Int) {\n    sh \"make {{ a }}\"\n}\n",
    "\nuse std/kernel\n",
    "\nuse ./lib/report\n",
    "\nuse ./gone\n",
    " finally {\n}\n",
    "    let x = 1\n",
    "    on cm3 {\n    }\n",
    "    ensure \"x\" {\n        true\n    } else {\n        sh \"touch x\"\n    }\n",
    "## doc\n",
    "# allow(W0702)\n",
    "condition pump-active on all {\n}\n",
    "    at builder {\n",
    "\ntest \"t\" {\n    host w1 { arch: x86_64, groups: [a] }\n    run stage look\n    run on w1 {\n        let y = tree\n    }\n}\n",
    "    expect refusal E0302 {\n        stage look on w1 {\n            sh \"make\"\n        }\n    }\n",
    "    expect ok stage build on ",
    "    run stage ",
    "    host ",
    "groups: [a]",
    "hosts:\n",
    "  y: { class: cm3 }\n",
    "mem: 9GiB",
];

/// The texts as the client has them, and the rest from the disk.
struct Buffers<'a>(&'a Client);

impl Loader for Buffers<'_> {
    fn load(&self, path: &Path) -> Result<String, String> {
        let name = path.strip_prefix(&self.0.root).unwrap().to_str().unwrap();
        let open = FILES.contains(&name).then(|| self.0.text(name).to_owned());
        open.map_or_else(|| std::fs::read_to_string(path).map_err(|_| "there is no such file".to_owned()), Ok)
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    fn names(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

const FILES: &[&str] = &["main.flow", "lib/net.flow", "inventory.yml"];

/// A diagnostic by its code, its place and its message.
type Told = (String, String, String);

/// What a fresh check says of a file, by a workflow.
fn checked(client: &Client, workflow: &str, with_inventory: bool, about: &str) -> Vec<Told> {
    let (path, hosts) = (client.root.join(workflow), client.root.join("inventory.yml"));
    let hosts = with_inventory.then(|| Text { path: &hosts, text: client.text("inventory.yml") });
    let found = analysis::analyse(&Buffers(client), Text { path: &path, text: client.text(workflow) }, hosts);
    let about_path = client.root.join(about);
    let told = found.diagnostics.iter().filter_map(|diagnostic| {
        let span = diagnostic.primary_span();
        let source = span.and_then(|span| Some((span, found.sources.get(span.file)?)));
        let source = source.filter(|(_, source)| Path::new(source.name()).is_absolute());
        let (file, range) = match source {
            Some((span, source)) => {
                let text = source.text();
                let whole = [span.start, span.end].iter().all(|at| text.is_char_boundary(*at as usize));
                assert!(whole, "{diagnostic:?} begins or ends within a sign of {}:\n{text}", source.name());
                let place = |at: u32| position(text, at as usize);
                (source.name().to_owned(), format!("{}-{}", place(span.start), place(span.end)))
            }
            None => (path.display().to_string(), format!("{0}-{0}", json!({ "line": 0, "character": 0 }))),
        };
        let message = diagnostic.message.clone();
        (Path::new(&file) == about_path).then(|| (diagnostic.code.as_str().to_owned(), range, message))
    });
    told.collect()
}

/// What the server said of a file last. Of its message what the check says first.
fn said(diagnostics: &Value, expected: &[Told]) -> Vec<Told> {
    let told = diagnostics.as_array().unwrap().iter().map(|found| {
        let text = |key: &str| found[key].as_str().unwrap().to_owned();
        let (code, message) = (text("code"), text("message"));
        let range = format!("{}-{}", found["range"]["start"], found["range"]["end"]);
        let known = expected.iter().find(|told| told.0 == code && told.1 == range && message.starts_with(&told.2));
        known.cloned().unwrap_or((code, range, message))
    });
    let mut told: Vec<Told> = told.collect();
    told.sort();
    told.dedup();
    told
}

fn agree(client: &mut Client) {
    let diagnostics: Vec<Value> = FILES.iter().map(|name| client.diagnostics(name)).collect();
    // A question is answered when all that came before it was looked at.
    client.ask("workspace/symbol", json!({ "query": "" }));
    let diagnostics: Vec<Value> = FILES.iter().zip(diagnostics).map(|(name, _)| client.diagnostics(name)).collect();
    for (name, diagnostics) in FILES.iter().zip(diagnostics) {
        let mut expected = checked(client, "main.flow", true, name);
        expected.extend(checked(client, "lib/net.flow", false, name));
        expected.sort();
        expected.dedup();
        let said = said(&diagnostics, &expected);
        assert!(
            said == expected,
            "{name}\nsaid {said:#?}\nexpected {expected:#?}\n{}",
            FILES.iter().map(|name| format!("──── {name}\n{}\n", client.text(name))).collect::<String>()
        );
    }
}

fn edit(client: &mut Client, random: &mut Rng) {
    let name = FILES[random.choice([0, 0, 0, 0, 1, 1, 2]).unwrap()];
    let text = client.text(name);
    // Between `\r` and `\n` there is no place that an editor could name.
    let is_place =
        |at: &usize| text.is_char_boundary(*at) && !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n'));
    let floor = |at: usize| (0..=at.min(text.len())).rev().find(is_place).unwrap();
    if text.len() > 12_000 || random.u8(..) < 8 {
        let original = match name {
            "main.flow" => MAIN,
            "lib/net.flow" => NET,
            _ => INVENTORY,
        };
        let all = text.len();
        client.edit(name, 0, all, original);
        return;
    }
    let start = floor(random.usize(..=text.len()));
    let most = if random.u8(..) < 20 { 300 } else { 6 };
    let end = floor(start + random.usize(..=most)).max(start);
    let written = match random.u8(..4) {
        0 => String::new(),
        1 => {
            let from = floor(random.usize(..=text.len()));
            text[from..floor(from + random.usize(..200)).max(from)].to_owned()
        }
        _ => PIECES[random.usize(..PIECES.len())].to_owned(),
    };
    client.edit(name, start, end - start, &written);
}

fn question(client: &mut Client, random: &mut Rng) -> i64 {
    const PLACES: &[&str] = &[
        "hover",
        "definition",
        "references",
        "completion",
        "signatureHelp",
        "documentHighlight",
        "prepareRename",
        "rename",
    ];
    const WHOLES: &[&str] =
        &["documentSymbol", "foldingRange", "semanticTokens/full", "inlayHint", "codeAction", "semanticTokens/range"];
    let name = FILES[random.usize(..FILES.len())];
    let mut params = client.whole(name);
    params["context"] = json!({ "includeDeclaration": true, "diagnostics": [] });
    params["newName"] = json!(["a", "builder", "x-y", "9", ""][random.usize(..5)]);
    params["position"] = json!({ "line": random.u32(..60), "character": random.u32(..40) });
    let all = PLACES.len() + WHOLES.len();
    let at = random.usize(..all);
    let method = PLACES.iter().chain(WHOLES).nth(at).unwrap();
    client.begin(&format!("textDocument/{method}"), params)
}

#[test]
fn random_edits_end_in_what_a_fresh_check_says() {
    let edits = std::env::var("FLOWRUN_LSP_EDITS").ok().and_then(|edits| edits.parse().ok()).unwrap_or(500);
    let seed = std::env::var("FLOWRUN_LSP_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7);
    let folder = folder();
    let mut client = Client::start(&folder.path().canonicalize().unwrap(), editor());
    FILES.iter().for_each(|name| client.open(name));
    let mut random = Rng::with_seed(seed);
    for number in 1..=edits {
        edit(&mut client, &mut random);
        if random.u8(..) < 40 {
            let id = question(&mut client, &mut random);
            client.response(id);
        }
        if number % 50 == 0 {
            agree(&mut client);
        }
    }
    agree(&mut client);
    assert_eq!(client.end(), Some(0));
}
