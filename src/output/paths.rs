//! Names of files as programs take them.

use std::path::{Component, Path, PathBuf};

/// The name without `.` steps, and relative to `root` where it is below it.
pub(super) fn relative(name: &str, root: &Path) -> String {
    let path: PathBuf = Path::new(name).components().filter(|step| *step != Component::CurDir).collect();
    let below = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or(path);
    below.to_string_lossy().into_owned()
}

/// The name as a reference that SARIF takes: relative to `root` where it is below it, percent-encoded.
pub(super) fn uri(name: &str, root: &Path) -> String {
    let path = relative(name, root);
    let encoded: String = path.bytes().map(encode).collect();
    if path.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

fn encode(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_relative_reference_where_it_can_be() {
        let root = Path::new("/srv/repo");
        assert_eq!(uri("./my flows/ü:1.flow", root), "my%20flows/%C3%BC%3A1.flow");
        assert_eq!(uri("/srv/repo/flows/./a.flow", root), "flows/a.flow");
        assert_eq!(uri("/etc/100%.yml", root), "file:///etc/100%25.yml");
        assert_eq!(uri("../a.flow", root), "../a.flow");
    }
}
