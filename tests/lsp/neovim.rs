//! A real editor: Neovim without a screen, by its own client.

use std::process::Command;

use super::workspace::{MAIN, folder, write};

#[test]
fn neovim_is_served() {
    let folder = folder();
    let root = folder.path().canonicalize().unwrap();
    write(&root, "main.flow", &MAIN.replace("let port = 3632", "let port = "));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/editors/neovim.lua");
    let editor = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-c", &format!("luafile {script}")])
        .current_dir(&root)
        .env("FLOWRUN", env!("CARGO_BIN_EXE_flowrun"))
        .env("WORKFLOW", "main.flow")
        .env("HOME", &root)
        .env("XDG_CACHE_HOME", root.join("cache"))
        .env_remove("FLOWRUN_INVENTORY")
        .output()
        .expect("Neovim is installed by scripts/test");
    let told = String::from_utf8_lossy(&editor.stdout);
    assert!(editor.status.success(), "{told}\n{}", String::from_utf8_lossy(&editor.stderr));
    insta::assert_snapshot!("lsp_neovim", told.replace(root.to_str().unwrap(), "/w"));
}
