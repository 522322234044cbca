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

/// The text of a shipped file.
#[must_use]
pub fn file(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
