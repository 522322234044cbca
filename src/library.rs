//! The standard library, as it is shipped inside the program.

use crate::compiled::Compiled;
use crate::source::FileId;
use crate::stored::Reader;

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

macro_rules! stored {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".compiled")),
            include_str!(concat!(env!("OUT_DIR"), "/", $name, ".texts")),
        )
    };
}

/// What build.rs found out of them and of the prelude.
const COMPILED: &[(&str, &[u8], &str)] = &[
    stored!("distcc"),
    stored!("kernel"),
    stored!("mounts"),
    stored!("net"),
    stored!("power"),
    stored!("prelude"),
    stored!("pump"),
    stored!("systemd"),
    stored!("toolchain"),
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

/// Whether a text is one of the library's, the prelude included.
#[must_use]
pub fn is_of_library(text: &str) -> bool {
    text == PRELUDE || MODULES.iter().any(|(_, known)| *known == text)
}

/// The prelude or a module, read when this was built; `file` is what its spans are of.
#[must_use]
pub fn compiled(name: &str, file: FileId) -> Option<Compiled> {
    let (_, bytes, texts) = COMPILED.iter().find(|(known, ..)| *known == name)?;
    Reader::new(bytes, texts, file).take()
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
    use crate::syntax;

    /// What was found out when this was built is what is found out now, places and comments included.
    #[test]
    fn what_is_compiled_are_the_texts() {
        for (name, text) in MODULES.iter().chain([&("prelude", PRELUDE)]) {
            let mut sources = SourceMap::new();
            let id = sources.add(*name, text);
            let (file, diagnostics) = syntax::parse(&sources, id);
            assert!(diagnostics.is_empty(), "{name}: {diagnostics:?}");
            let (taken, mut now) = (compiled(name, id).unwrap(), Compiled::new(file));
            // How its shell text is written is not kept: only the user's files are linted.
            now.commands.values_mut().for_each(|analysis| analysis.remarks.clear());
            assert_eq!(format!("{:?}", taken.file), format!("{:?}", now.file), "{name}");
            assert_eq!(taken.commands, now.commands, "{name}");
        }
    }
}
