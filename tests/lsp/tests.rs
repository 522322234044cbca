//! What an editor's user sees of tests: those in a workflow, and those in the file beside it.

use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Client;
use super::workspace::{editor, write};

const SITE: &str = r#"## Where the sources are.
input tree: Path = "/srv/linux"

host builder = x86_64 and group(builders)

## Says that it is there.
task greet(text: Str) does read {
    print text
}

## Writes it down.
stage config on builder {
    greet("{{ tree }}")
}

test "it is written down" {
    host w1 { arch: x86_64, groups: [builders] }
    input tree = "/srv/other"
    file "/etc/hosts" on w1 = "x"
    run stage config
    expect ok stage config on builder
    run on w1 {
        let words = tree
        greet("{{ words }}")
    }
}
"#;

const BESIDE: &str = r#"test "beside" {
    host w2 { arch: x86_64, groups: [builders] }
    input tree = "/srv/third"
    run stage config
    run on w2 {
        greet("{{ tree }}")
    }
    expect failed stage config on w2
}

test "refused" {
    host w3 { arch: x86_64, groups: [builders] }
    expect refusal E0403 {
        stage config on builder {
            greet(tree)
        }
    }
}
"#;

fn opened() -> (TempDir, Client) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "site.flow", SITE);
    write(folder.path(), "site.test.flow", BESIDE);
    let mut client = Client::start(&folder.path().canonicalize().unwrap(), editor());
    client.open("site.flow");
    (folder, client)
}

/// What comes of an answer for each place.
fn each(client: &mut Client, file: &str, method: &str, needles: &[&str]) -> String {
    let mut told = String::new();
    for needle in needles {
        let mut params = client.at(file, needle);
        params["context"] = json!({ "includeDeclaration": true });
        let answer = client.ask(method, params);
        let shown = answer["contents"]["value"].as_str().map(str::to_owned);
        told.push_str(&format!("──── {needle}\n{}\n", shown.unwrap_or_else(|| client.shown(&answer))));
    }
    told
}

#[test]
fn names_are_used_in_tests_too() {
    let (_folder, mut client) = opened();
    assert_eq!(client.diagnostics("site.flow").as_array().map(Vec::len), Some(0));
    let names = ["input tr|ee", "stage con|fig on", "host buil|der", "host w|1", "task gr|eet", "let wo|rds"];
    assert_snapshot!("lsp_tests_references", each(&mut client, "site.flow", "textDocument/references", &names));
    let uses = ["run stage con|fig", "input tr|ee = \"/srv/other\"", "file \"/etc/hosts\" on w|1", "let words = tr|ee"];
    let defined = each(&mut client, "site.flow", "textDocument/definition", &uses);
    let hovered = each(&mut client, "site.flow", "textDocument/hover", &uses);
    assert_snapshot!("lsp_tests_inline", format!("{defined}{hovered}"));
}

#[test]
fn what_tests_speak_of_is_renamed_in_them() {
    for is_open in [false, true] {
        let (_folder, mut client) = opened();
        if is_open {
            client.open("site.test.flow");
        }
        let mut told = String::new();
        for (needle, new) in [
            ("stage con|fig on", "set-up"),
            ("run stage con|fig", "set-up"),
            ("input tr|ee", "sources"),
            ("host buil|der", "maker"),
            ("task gr|eet", "hail"),
            ("group(buil|ders", "makers"),
            ("host w|1", "one"),
            ("host w|1", "builder"),
        ] {
            told.push_str(&format!("──── {needle} → {new}\n{}\n", client.rename("site.flow", needle, new)));
        }
        assert_snapshot!("lsp_tests_rename", told);
    }
}

#[test]
fn a_host_of_the_inventory_is_the_same_in_a_test() {
    let (folder, _) = opened();
    let root = folder.path().canonicalize().unwrap();
    write(&root, "inventory.yml", "hosts:\n  w1: { arch: x86_64, mem: 8GiB, groups: [builders] }\n");
    let mut client = Client::start(&root, editor());
    client.open("site.flow");
    let told = client.rename("site.flow", "host w|1", "x86");
    let defined = each(&mut client, "site.flow", "textDocument/definition", &["run on w|1"]);
    assert_snapshot!("lsp_tests_inventory", format!("{told}\n{defined}"));
}

#[test]
fn a_name_is_renamed_from_the_file_of_tests() {
    let (_folder, mut client) = opened();
    let from_workflow = client.rename("site.flow", "stage con|fig on", "set-up");
    client.open("site.test.flow");
    assert_eq!(client.rename("site.test.flow", "run stage con|fig", "set-up"), from_workflow);
}

#[test]
fn a_file_of_tests_has_hover_definition_and_outline() {
    let (_folder, mut client) = opened();
    client.open("site.test.flow");
    let places = ["run stage con|fig", "input tr|ee", "run on w|2", "gre|et(\"", "groups: [buil|ders", "arch: x86|_64"];
    let defined = each(&mut client, "site.test.flow", "textDocument/definition", &places);
    let hovered = each(&mut client, "site.test.flow", "textDocument/hover", &places);
    let params = json!({ "textDocument": { "uri": client.uri("site.test.flow") } });
    let outline = client.ask("textDocument/documentSymbol", params);
    let found = client.ask("workspace/symbol", json!({ "query": "beside" }));
    let (outline, found) = (client.shown(&outline), client.shown(&found));
    assert_snapshot!("lsp_tests_beside", format!("{defined}{hovered}{outline}\n{found}"));
}

#[test]
fn completion_knows_what_a_test_says() {
    let (_folder, mut client) = opened();
    client.open("site.test.flow");
    let mut told = String::new();
    for written in [
        "    |\n",
        "    r|\n",
        "    run |\n",
        "    run stage |\n",
        "    expect |\n",
        "    expect ok stage |\n",
        "    expect failed R0803 stage |\n",
        "    input |\n",
        "    run on |\n",
        "    host w9 { |\n",
        "    host w9 { class: |\n",
        "    run on w2 {\n        |\n",
        "    expect refusal E0403 {\n        |\n",
    ] {
        let anchor = "    run stage config\n";
        client.replace("site.test.flow", anchor, &written.replace('|', ""));
        let needle = format!("\"/srv/third\"\n{written}");
        let items: Value = client.ask_at("textDocument/completion", "site.test.flow", &needle);
        client.replace("site.test.flow", &needle.replace('|', ""), &format!("\"/srv/third\"\n{anchor}"));
        let labels: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect();
        told.push_str(&format!("──── {}\n{}\n", written.trim(), labels.join(" ")));
    }
    assert_snapshot!("lsp_tests_completion", told);
}
