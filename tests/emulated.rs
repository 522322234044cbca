//! cm3 as a machine of its own: kernel.flow with its include server there, and what becomes of a build there.
//!
//! It takes minutes, and programs that most machines do not have, so it is run where FLOWRUN_TEST_EMULATED=1 asks for it.

use std::fmt::Write as _;

use flowrun::lab::{Options, emulated, kernel};

use crate::lab::Cluster;

/// No other test has these addresses.
const SUBNET: u8 = 90;

#[test]
fn an_emulated_cm3_serves_the_pump_and_dies_of_a_build() {
    if std::env::var_os("FLOWRUN_TEST_EMULATED").is_none() {
        println!("skipped: set FLOWRUN_TEST_EMULATED=1 to emulate a Compute Module 3+, which takes minutes");
        return;
    }
    let mut quiet = |_: &str| {};
    let image = match emulated::find_or_make(&mut quiet) {
        Ok(image) => image,
        Err(error) => {
            println!("skipped: {error}: {}", error.help().unwrap_or("it cannot be emulated here"));
            return;
        }
    };
    let cluster = Cluster::with(Options { subnet: SUBNET, cm3: Some(image), ..Options::default() });
    serves_the_pump(&cluster);
    dies_of_a_build(&cluster);
}

/// From hosts that are off to a part of a kernel, every file of it by way of the include server of the emulated machine.
fn serves_the_pump(cluster: &Cluster) {
    let tree = cluster.lab().tree();
    let mut quiet = |_: &str| {};
    kernel::require_tools().unwrap();
    kernel::unpack(&kernel::source().unwrap(), &tree, &mut quiet).unwrap();
    kernel::configure(&tree, &mut quiet).unwrap();
    let run = cluster.kernel_flow(&["--input", "target=init/", "-v"]);
    run.ends(
        0,
        &[
            "aarch64, 913 MiB, 4 cores, debian",
            "changed: cm3 answers over ssh",
            "the include server of cm3 answers",
            "of them pumped (100 %), 0 fell back to builder, 0 failed",
        ],
    );
}

/// The workflow says of one `make` that it builds nothing, which is a lie that flowrun only warns of. The compiler then gets
/// a firmware image as text, and 913 MiB are not enough for it.
fn dies_of_a_build(cluster: &Cluster) {
    cluster.write("firmware.c", &firmware());
    let workflow = cluster.write(
        "doomed.flow",
        r#"
program "make -C /var/tmp/doomed" does change

stage build-on-cm3 on cm3 {
    sh "mkdir -p /var/tmp/doomed"
    upload("firmware.c", "/var/tmp/doomed/firmware.c")
    sh "make -C /var/tmp/doomed firmware.o"
}

stage afterwards after build-on-cm3 on cm3 {
    print "never"
}
"#,
    );
    let run = cluster.flowrun(&workflow, &[]);
    run.ends(
        1,
        &["W0704", "error[R0803]: out of memory on cm3: its kernel killed `cc1`", "all memory of 913 MiB was in use"],
    )
    .does_not_say("exit status 255");

    let still_there = cluster.write("alive.flow", "stage alive on cm3 {\n    print here.arch\n}\n");
    cluster.flowrun(&still_there, &[]).ends(0, &["aarch64"]);
}

/// A small text that is a large array to the compiler: 1 KiB, sixteen times as much with each of five lines.
fn firmware() -> String {
    let mut text = format!("#define A \"{}\"\n", "x".repeat(1024));
    for (part, whole) in ["A", "B", "C", "D", "E"].iter().zip(["B", "C", "D", "E", "F"]) {
        let _ = writeln!(text, "#define {whole} {}", [*part; 16].join(" "));
    }
    text + "const char firmware[] = F;\n"
}
