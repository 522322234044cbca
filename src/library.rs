//! The standard library, as it is shipped inside the program.

/// The text of the prelude, which every file uses.
pub const PRELUDE: &str = include_str!("../stdlib/prelude.flow");

/// The modules that `use std/NAME` finds, with their texts.
pub const MODULES: &[(&str, &str)] = &[
    ("distcc", include_str!("../stdlib/distcc.flow")),
    ("kernel", include_str!("../stdlib/kernel.flow")),
    ("mounts", include_str!("../stdlib/mounts.flow")),
    ("net", include_str!("../stdlib/net.flow")),
    ("power", include_str!("../stdlib/power.flow")),
    ("pump", include_str!("../stdlib/pump.flow")),
    ("systemd", include_str!("../stdlib/systemd.flow")),
    ("toolchain", include_str!("../stdlib/toolchain.flow")),
];

/// Their trees, as build.rs stored them.
const TREES: &[(&str, &[u8])] = &[
    ("distcc", include_bytes!(concat!(env!("OUT_DIR"), "/distcc.tree"))),
    ("kernel", include_bytes!(concat!(env!("OUT_DIR"), "/kernel.tree"))),
    ("mounts", include_bytes!(concat!(env!("OUT_DIR"), "/mounts.tree"))),
    ("net", include_bytes!(concat!(env!("OUT_DIR"), "/net.tree"))),
    ("power", include_bytes!(concat!(env!("OUT_DIR"), "/power.tree"))),
    ("prelude", include_bytes!(concat!(env!("OUT_DIR"), "/prelude.tree"))),
    ("pump", include_bytes!(concat!(env!("OUT_DIR"), "/pump.tree"))),
    ("systemd", include_bytes!(concat!(env!("OUT_DIR"), "/systemd.tree"))),
    ("toolchain", include_bytes!(concat!(env!("OUT_DIR"), "/toolchain.tree"))),
];

/// The files that the library installs on hosts, for `shipped(NAME)`.
pub const FILES: &[(&str, &str)] = &[
    ("distcc-share", include_str!("../stdlib/files/distcc-share")),
    ("distcc-validate.sh", include_str!("../stdlib/files/distcc-validate.sh")),
    ("distcc_pump_c_extensions.py", include_str!("../stdlib/files/distcc_pump_c_extensions.py")),
    ("pump-health.py", include_str!("../stdlib/files/pump-health.py")),
    ("pumpctl", include_str!("../stdlib/files/pumpctl")),
];

/// The text of a module of the standard library.
#[must_use]
pub fn module(name: &str) -> Option<&'static str> {
    MODULES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The tree of the prelude or of a module, for [`stored::read`](crate::syntax::stored::read).
#[must_use]
pub fn tree(name: &str) -> Option<&'static [u8]> {
    TREES.iter().find(|(known, _)| *known == name).map(|(_, tree)| *tree)
}

/// The text of a shipped file.
#[must_use]
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::syntax::{self, stored};

    /// What was stored when this was built is what the parser reads now, places and comments included.
    #[test]
    fn trees_are_those_of_the_texts() {
        for (name, text) in MODULES.iter().chain([&("prelude", PRELUDE)]) {
            let mut sources = SourceMap::new();
            let id = sources.add(*name, text);
            let (parsed, diagnostics) = syntax::parse(&sources, id);
            assert!(diagnostics.is_empty(), "{name}: {diagnostics:?}");
            let taken = tree(name).and_then(|bytes| stored::read(bytes, id));
            assert_eq!(format!("{taken:?}"), format!("{:?}", Some(parsed)), "{name}");
        }
    }
}
