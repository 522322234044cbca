//! What the protocol asks of a server, whoever is at the other end.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::client::Client;
use super::workspace::{editor, folder, opened};

#[test]
fn it_says_what_it_can() {
    let folder = folder();
    let mut client = Client::spawn(&folder.path().canonicalize().unwrap());
    let can = client.ask("initialize", json!({ "capabilities": editor() }));
    assert_snapshot!("lsp_capabilities", client.shown(&can));
    assert_eq!(client.end(), Some(0));
}

#[test]
fn it_ends_well_only_when_it_was_told_to() {
    let (_folder, client) = opened();
    assert_eq!(client.end(), Some(0));
    let (_folder, mut client) = opened();
    client.tell("exit", Value::Null);
    assert_eq!(client.exit_status(), Some(1));
    let (_folder, client) = opened();
    assert_eq!(client.hang_up(), Some(1));
}

#[test]
fn questions_that_cannot_be_answered_are_refused() {
    let folder = folder();
    let mut client = Client::spawn(&folder.path().canonicalize().unwrap());
    let early = client.refused("textDocument/hover", json!({}));
    client.ask("initialize", json!({ "capabilities": {} }));
    let unknown = client.refused("textDocument/dream", json!({}));
    let malformed = client.refused("textDocument/hover", json!({ "textDocument": 5 }));
    let nowhere = client.ask(
        "textDocument/hover",
        json!({ "textDocument": { "uri": "file:///nowhere.flow" }, "position": { "line": 4_000_000_000_u32, "character": 9 } }),
    );
    assert_eq!(nowhere, Value::Null);
    let command = client.refused("workspace/executeCommand", json!({ "command": "rm", "arguments": [] }));
    client.ask("shutdown", Value::Null);
    let late = client.refused("workspace/symbol", json!({ "query": "" }));
    let shown: Vec<String> = [early, unknown, malformed, command, late].iter().map(|told| client.shown(told)).collect();
    assert_snapshot!("lsp_refusals", shown.join("\n"));
}

#[test]
fn what_is_no_message_is_refused_and_the_next_one_is_taken() {
    let (_folder, mut client) = opened();
    client.send_raw("{ \"jsonrpc\": ");
    client.send_raw("[]");
    client.send_raw("{ \"id\": 77 }");
    let null = client.response_to(&Value::Null);
    assert_eq!(null["error"]["code"], -32700, "{null}");
    let other = client.response_to(&Value::Null);
    assert_eq!(other["error"]["code"], -32600, "{other}");
    let named = client.response(77);
    assert_eq!(named["error"]["code"], -32600, "{named}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn news_that_cannot_be_understood_changes_nothing() {
    let (_folder, mut client) = opened();
    client.tell("textDocument/didChange", json!({ "nonsense": true }));
    client.tell("textDocument/didOpen", Value::Null);
    client.tell("$/setTrace", json!({ "value": "off" }));
    client.tell("workspace/didChangeConfiguration", json!({ "settings": 7 }));
    client.tell("textDocument/didChange", json!({
        "textDocument": { "uri": client.uri("main.flow"), "version": 2 },
        "contentChanges": [{ "range": { "start": { "line": 9_000, "character": 3 }, "end": { "line": 2, "character": 1 } }, "text": "" }],
    }));
    let hover = client.ask_at("textDocument/hover", "main.flow", "host bui|lder");
    assert!(hover["contents"]["value"].as_str().unwrap().contains("host builder"), "{hover}");
}

#[test]
fn a_cancelled_question_gets_one_answer() {
    let (_folder, mut client) = opened();
    let params = client.at("main.flow", "host bui|lder");
    let ids: Vec<i64> = (0..20).map(|_| client.begin("textDocument/hover", params.clone())).collect();
    for id in &ids {
        client.tell("$/cancelRequest", json!({ "id": id }));
    }
    for id in ids {
        let response = client.response(id);
        assert!(response.get("result").is_some() || response["error"]["code"] == -32800, "{response}");
    }
    assert_eq!(client.end(), Some(0));
}

#[test]
fn columns_may_be_bytes() {
    let folder = folder();
    let root = folder.path().canonicalize().unwrap();
    let mut client = Client::start(&root, json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }));
    client.open("main.flow");
    let line = client.text("main.flow").lines().position(|line| line.contains("é𝄞")).unwrap();
    let text = client.text("main.flow").lines().nth(line).unwrap().to_owned();
    let place = json!({ "line": line, "character": text.find("port").unwrap() });
    let params = json!({ "textDocument": { "uri": client.uri("main.flow") }, "position": place });
    let hover = client.ask("textDocument/hover", params);
    assert!(hover["contents"]["value"].as_str().unwrap().contains("let port: Int"), "{hover}");
    assert_eq!(hover["range"]["start"]["character"], text.find("port").unwrap());
}

#[test]
fn a_buffer_that_was_never_saved_is_checked_by_its_text_alone() {
    let (_folder, mut client) = opened();
    client.open_text("untitled:Untitled-1", "stage s on all {\n    sh \"make\"\n}\n");
    let found = client.diagnostics("untitled:Untitled-1");
    assert_eq!(found[0]["code"], "E0302", "{found}");
}

#[test]
fn each_root_has_its_own_inventory() {
    let (first, second) = (folder(), folder());
    let root = first.path().canonicalize().unwrap();
    let other = second.path().canonicalize().unwrap();
    super::workspace::write(&other, "inventory.yml", &super::workspace::INVENTORY.replace("[builders]", "[]"));
    let mut client = Client::start(&root, editor());
    let name = format!("file://{}", other.join("main.flow").display());
    client.open("main.flow");
    client.open_text(&name, super::workspace::MAIN);
    assert_eq!(client.diagnostics("main.flow"), json!([]));
    assert_eq!(client.diagnostics(&name)[0]["code"], "E0305");
}

#[test]
fn what_is_closed_counts_as_it_is_on_the_disk() {
    let (_folder, mut client) = opened();
    client.open("lib/net.flow");
    client.replace("lib/net.flow", "task reachable", "task answers");
    client.until("main.flow", &["E0201"]);
    client.close("lib/net.flow");
    client.until("main.flow", &[]);
}

#[test]
fn the_editor_may_say_where_the_inventory_is() {
    let folder = folder();
    let root = folder.path().canonicalize().unwrap();
    super::workspace::write(&root, "other.yml", &super::workspace::INVENTORY.replace("[builders]", "[]"));
    let mut client = Client::start(&root, editor());
    client.open("main.flow");
    assert_eq!(client.diagnostics("main.flow"), json!([]));
    client.tell("workspace/didChangeConfiguration", json!({ "settings": { "flowrun": { "inventory": "other.yml" } } }));
    client.until("main.flow", &["E0305"]);
    assert!(client.said.is_empty(), "{:?}", client.said);
    client.tell("workspace/didChangeConfiguration", json!({ "settings": { "flowrun": { "inventory": "gone.yml" } } }));
    // Without an inventory the text alone speaks.
    client.until("main.flow", &[]);
    client.ask("workspace/symbol", json!({ "query": "" }));
    let expected = format!("flowrun cannot read the inventory that is set: {}", root.join("gone.yml").display());
    assert_eq!(client.said, [expected]);
}
