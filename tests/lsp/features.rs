//! What an editor's user sees.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::workspace::{opened, write};

/// Diagnostics, a line each.
fn lines(diagnostics: &Value) -> String {
    let line = |found: &Value| {
        let start = &found["range"]["start"];
        let (line, column) = (start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap());
        format!("{line}:{column} {} {}\n", found["code"].as_str().unwrap(), found["message"].as_str().unwrap())
    };
    diagnostics.as_array().unwrap().iter().map(line).collect()
}

fn labels(items: &Value) -> String {
    let labels: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect();
    labels.join(" ")
}

#[test]
fn a_broken_stage_does_not_blind_the_others() {
    let (_folder, mut client) = opened();
    assert_eq!(lines(&client.diagnostics("main.flow")), "");
    client.replace("main.flow", "    let port = 3632\n", "    let port == 3632\n");
    client.replace("main.flow", "builder, x86_64 only", "all");
    let found = client.diagnostics("main.flow");
    assert_snapshot!("lsp_broken", client.shown(&found));
}

#[test]
fn a_module_and_the_inventory_are_told_of_in_their_own_files() {
    let (_folder, mut client) = opened();
    client.diagnostics("main.flow");
    client.open("lib/net.flow");
    client.open("inventory.yml");
    client.replace("lib/net.flow", "timeout: wait", "timeout: 5");
    client.replace("inventory.yml", "class: cm3, arch: aarch64", "class: cm3, arch: x86_64");
    assert_snapshot!(
        "lsp_other_files",
        format!(
            "main.flow\n{}lib/net.flow\n{}inventory.yml\n{}",
            lines(&client.diagnostics("main.flow")),
            lines(&client.diagnostics("lib/net.flow")),
            lines(&client.diagnostics("inventory.yml")),
        )
    );
}

#[test]
fn a_changed_inventory_is_checked_again_and_moves_the_hints() {
    let (folder, mut client) = opened();
    assert_eq!(lines(&client.diagnostics("main.flow")), "");
    let root = folder.path().canonicalize().unwrap();
    write(&root, "inventory.yml", &super::workspace::INVENTORY.replace("[builders]", "[]"));
    let change = json!({ "uri": client.uri("inventory.yml"), "type": 2 });
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    client.until("main.flow", &["E0305"]);
    assert!(client.asked.iter().any(|asked| asked["method"] == "workspace/inlayHint/refresh"));
}

#[test]
fn hints_name_the_hosts_of_each_place() {
    let (_folder, mut client) = opened();
    let params = client.whole("main.flow");
    let hints = client.ask("textDocument/inlayHint", params);
    let line = |hint: &Value| {
        let line = hint["position"]["line"].as_u64().unwrap();
        let text = client.text("main.flow").lines().nth(usize::try_from(line).unwrap()).unwrap();
        format!("{text}\n    {}\n", hint["label"].as_str().unwrap())
    };
    let shown: String = hints.as_array().unwrap().iter().map(line).collect();
    assert_snapshot!("lsp_hints", shown);
}

#[test]
fn hover_says_type_effects_place_and_hosts() {
    let (_folder, mut client) = opened();
    let mut told = String::new();
    for needle in [
        "net.reach|able",
        "stage bui|ld",
        "workers = group(dis|tcc)",
        "host bui|lder",
        "let po|rt",
        "he|re.name",
        "\"worker|-1\"",
        "pump.hea|lth",
        "found.te|xt",
        "sh \"ma|ke",
        "wait|: 5s",
        "tree: Pa|th",
        "pump-act|ive on",
        "use std/pu|mp",
        "file-|at",
        "[|3632",
        "= cm|3",
    ] {
        let known = client.text("main.flow").contains(&needle.replace('|', ""));
        if !known {
            continue;
        }
        let hover = client.ask_at("textDocument/hover", "main.flow", needle);
        told.push_str(&format!("──── {needle}\n{}\n", hover["contents"]["value"].as_str().unwrap_or("nothing")));
    }
    assert_snapshot!("lsp_hover", told);
}

#[test]
fn definitions_are_found_across_modules_library_and_inventory() {
    let (_folder, mut client) = opened();
    let mut found = String::new();
    for needle in [
        "net.reach|able",
        "ne|t.reachable",
        "pump.hea|lth",
        "group(dis|tcc)",
        "\"worker|-1\"",
        "found.te|xt",
        "label|: \"image\"",
        "expects not pump-|active",
        "{{ po|rt",
        "use ./lib/re|port",
    ] {
        let place = client.ask_at("textDocument/definition", "main.flow", needle);
        found.push_str(&format!("──── {needle}\n{}\n", client.shown(&place)));
    }
    // What is shipped is a file that an editor can open.
    let library = client.ask_at("textDocument/definition", "main.flow", "pump.hea|lth");
    let path = library[0]["uri"].as_str().unwrap().strip_prefix("file://").unwrap().to_owned();
    let (text, line) =
        (std::fs::read_to_string(&path).unwrap(), library[0]["range"]["start"]["line"].as_u64().unwrap());
    found.push_str(text.lines().nth(usize::try_from(line).unwrap()).unwrap());
    assert_snapshot!("lsp_definition", found);

    client.open_text(&format!("file://{path}"), &text);
    let hover = client.ask_at("textDocument/hover", &format!("file://{path}"), "task hea|lth");
    assert!(hover["contents"]["value"].as_str().unwrap().contains("task health"), "{hover}");
}

#[test]
fn references_are_found_in_files_that_are_not_open() {
    let (_folder, mut client) = opened();
    let mut found = String::new();
    for needle in ["out.li|ne", "group(dis|tcc)", "host bui|lder", "found.te|xt"] {
        let mut params = client.at("main.flow", needle);
        params["context"] = json!({ "includeDeclaration": true });
        let places = client.ask("textDocument/references", params);
        found.push_str(&format!("──── {needle}\n{}\n", client.shown(&places)));
    }
    assert_snapshot!("lsp_references", found);
}

#[test]
fn names_are_renamed_everywhere_or_not_at_all() {
    let (_folder, mut client) = opened();
    let mut told = String::new();
    for (needle, new) in [
        ("out.li|ne", "entry-of"),
        ("group(dis|tcc)", "compilers"),
        ("\"worker|-1\"", "node-1"),
        ("let po|rt", "number"),
        ("label|: \"image\"", "title"),
        ("host bui|lder", "workers"),
        ("host bui|lder", "cm3"),
        ("host bui|lder", "not"),
        ("host bui|lder", "here"),
        ("let po|rt", "here"),
        ("host bui|lder", "2nd"),
        ("let po|rt", "tree"),
        ("pump.hea|lth", "healthy"),
        ("ne|t.reachable", "wires"),
        ("on x|", "all"),
        ("sh \"ma|ke", "ninja"),
    ] {
        if client.text("main.flow").contains(&needle.replace('|', "")) {
            told.push_str(&format!("──── {needle} → {new}\n{}\n", client.rename("main.flow", needle, new)));
        }
    }
    assert_snapshot!("lsp_rename", told);
}

#[test]
fn completion_knows_what_may_stand_at_the_cursor() {
    let (_folder, mut client) = opened();
    let mut told = String::new();
    for (written, cursor) in [
        ("    pump.|\n", "a module's tasks"),
        ("    net.reachable(port, |\n", "named arguments"),
        ("    print here.|\n", "a host's fields"),
        ("    on |\n", "a selector"),
        ("    on gr|\n", "a selector begun"),
        ("    on group(|\n", "groups"),
        ("    on name == |\n", "hosts"),
        ("    on name == \"|\"\n", "hosts in quotes"),
        ("    |\n", "a statement"),
        ("    print \"{{ p|\n", "a splice"),
        ("    let found: |\n", "a type"),
        ("    sh \"|\"\n", "programs"),
        ("}\n\nstage s on cm3 forbids |\n", "effects"),
        ("}\n\nstage s on cm3 expects |\n", "conditions"),
        ("}\n\nstage s on cm3 after |\n", "stages"),
        ("}\n\nuse |\n", "modules"),
        ("}\n\nuse ./lib/|\n", "modules below"),
        ("}\n\n|\n", "a declaration"),
        ("    # on |\n", "a comment"),
    ] {
        let anchor = "    net.reachable(port, wait: 5s)\n";
        let plain = written.replace('|', "");
        client.replace("main.flow", anchor, &plain);
        let needle = format!("    let port = 3632\n{written}");
        let items = client.ask_at("textDocument/completion", "main.flow", &needle);
        client.replace("main.flow", &needle.replace('|', ""), &format!("    let port = 3632\n{anchor}"));
        let all = labels(&items);
        let (shown, more) = all.char_indices().nth(400).map_or((&*all, ""), |(at, _)| (&all[..at], " …"));
        told.push_str(&format!("──── {cursor}: {}\n{shown}{more}\n", written.trim()));
    }
    assert_snapshot!("lsp_completion", told);
}

#[test]
fn signature_help_marks_the_parameter_at_the_cursor() {
    let (_folder, mut client) = opened();
    client.replace("main.flow", "net.reachable(port, wait: 5s)", "net.reachable(port, wait: ");
    let help = client.ask_at("textDocument/signatureHelp", "main.flow", "net.reachable(port, wait: |");
    assert_snapshot!("lsp_signature", client.shown(&help));
}

#[test]
fn symbols_are_outlined_and_found() {
    let (_folder, mut client) = opened();
    let params = json!({ "textDocument": { "uri": client.uri("main.flow") } });
    let outline = client.ask("textDocument/documentSymbol", params);
    let found = client.ask("workspace/symbol", json!({ "query": "rea" }));
    assert_snapshot!("lsp_symbols", format!("{}\n{}", client.shown(&outline), client.shown(&found)));
}

/// The text with each marked word followed by what it is.
#[test]
fn words_are_marked_by_what_they_stand_for() {
    let (_folder, mut client) = opened();
    client.replace("main.flow", "    return file-at", "    retrun file-at");
    let params = json!({ "textDocument": { "uri": client.uri("main.flow") } });
    let tokens = client.ask("textDocument/semanticTokens/full", params);
    let legend = [
        "namespace",
        "type",
        "class",
        "parameter",
        "variable",
        "property",
        "enumMember",
        "event",
        "function",
        "keyword",
        "comment",
        "string",
        "number",
        "struct",
    ];
    let numbers: Vec<usize> =
        tokens["data"].as_array().unwrap().iter().map(|n| usize::try_from(n.as_u64().unwrap()).unwrap()).collect();
    let lines: Vec<&str> = client.text("main.flow").lines().collect();
    let (mut line, mut column, mut shown) = (0, 0, String::new());
    for token in numbers.chunks(5) {
        column = if token[0] > 0 { token[1] } else { column + token[1] };
        if token[0] > 0 {
            shown.push('\n');
        }
        line += token[0];
        let units: Vec<u16> = lines[line].encode_utf16().skip(column).take(token[2]).collect();
        shown.push_str(&format!("{}:{} ", String::from_utf16(&units).unwrap(), legend[token[3]]));
    }
    let shown: Vec<&str> = shown.lines().map(str::trim_end).collect();
    assert_snapshot!("lsp_tokens", shown.join("\n"));
}

#[test]
fn blocks_comments_and_uses_fold_in_broken_text_too() {
    let (_folder, mut client) = opened();
    client.replace("main.flow", "    let port = 3632\n", "    let port = (\n");
    let params = json!({ "textDocument": { "uri": client.uri("main.flow") } });
    let ranges = client.ask("textDocument/foldingRange", params);
    let line = |range: &Value| format!("{}-{} {}\n", range["startLine"], range["endLine"], range["kind"]);
    let shown: String = ranges.as_array().unwrap().iter().map(line).collect();
    assert_snapshot!("lsp_folding", shown);
}

#[test]
fn actions_mend_close_and_explain() {
    let (_folder, mut client) = opened();
    client.replace("main.flow", "builder, x86_64 only", "group(builders), x86_64 only");
    client.replace("main.flow", "## Looks", "task touch() does read {\n    sh \"touch x\"\n}\n\n## Looks");
    let mut params = client.whole("main.flow");
    params["context"] = json!({ "diagnostics": [] });
    let actions = client.ask("textDocument/codeAction", params);
    let shown: Vec<Value> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| json!({ "title": action["title"], "kind": action["kind"], "edit": action["edit"], "command": action["command"], "isPreferred": action["isPreferred"] }))
        .collect();
    let page = client.ask("workspace/executeCommand", json!({ "command": "flowrun.explain", "arguments": ["E0302"] }));
    assert!(page.as_str().unwrap().contains("E0302"), "{page}");
    let showed = client.asked.iter().find(|asked| asked["method"] == "window/showDocument").cloned();
    let showed = showed.map_or(Value::Null, |asked| asked["params"].clone());
    assert_snapshot!("lsp_actions", format!("{}\n{}", client.shown(&Value::Array(shown)), client.shown(&showed)));
}
