//! cm3 as a machine of its own: kernel.flow with its include server there, and what becomes of a build there.
//!
//! It takes minutes, and programs that most machines do not have, so it is run where FLOWRUN_TEST_EMULATED=1 asks for it.

use std::fmt::Write as _;

use flowrun::lab::{Options, emulated, kernel};

use crate::lab::Cluster;

/// No other test has these addresses.
const SUBNET: u8 = 240;

#[test]
fn an_emulated_cm3_kills_a_build_and_serves_the_pump() {
    if std::env::var_os("FLOWRUN_TEST_EMULATED").is_none() {
        return skip("set FLOWRUN_TEST_EMULATED=1 to emulate a Compute Module 3+, which takes minutes");
    }
    let mut quiet = |_: &str| {};
    let image = match emulated::find_or_make(&mut quiet) {
        Ok(image) => image,
        Err(error) => return skip(&format!("{error}: {}", error.help().unwrap_or("it cannot be emulated here"))),
    };
    let cluster = Cluster::made(Options { subnet: SUBNET, cm3: Some(image), ..Options::default() });
    dies_of_a_build(&cluster);
    // It lives on: the kernel ended the compiler and nothing else.
    serves_the_pump(&cluster);
}

#[expect(clippy::print_stdout, reason = "whoever reads the output of the tests has to see what was not tried")]
fn skip(why: &str) {
    println!("skipped: {why}");
}

/// The workflow says of one `make` that it builds nothing, which is a lie that flowrun only warns of. The compiler then gets
/// a firmware image as text, and 913 MiB are not enough for it.
fn dies_of_a_build(cluster: &Cluster) {
    cluster.write("firmware.c", &firmware());
    let workflow = cluster.write(
        "doomed.flow",
        r#"
use std/power

program "make -C /var/tmp/doomed" does change

stage power-on on cm3 {
    power.on()
}

stage build-on-cm3 on cm3 {
    sh "mkdir -p /var/tmp/doomed"
    upload("firmware.c", "/var/tmp/doomed/firmware.c")
    sh "make -C /var/tmp/doomed firmware.o"
}
"#,
    );
    let run = cluster.flowrun(&workflow, &[]);
    run.ends(
        1,
        &[
            "W0704",
            "changed: cm3 answers over ssh",
            "error[R0803]: out of memory on cm3: its kernel killed `cc1`",
            "all memory of 913 MiB was in use",
        ],
    )
    .does_not_say("exit status 255");
}

/// A part of a kernel, every file of it by way of the include server of the emulated machine.
fn serves_the_pump(cluster: &Cluster) {
    let tree = cluster.lab().tree();
    let mut quiet = |_: &str| {};
    kernel::require_tools().unwrap();
    kernel::unpack(&kernel::source().unwrap(), &tree, &mut quiet).unwrap();
    kernel::configure(&tree, &mut quiet).unwrap();
    // Beside other tests, an emulated Python takes longer to start than the shipped workflow waits.
    let shipped = std::fs::read_to_string("workflows/kernel.flow").unwrap();
    let patient = shipped.replace("wait: 1m", "wait: 5m");
    assert_ne!(patient, shipped);
    let workflow = cluster.write("kernel.flow", &patient);
    let inputs = cluster.lab().inputs();
    let run = cluster.flowrun(&workflow, &["--inputs", inputs.to_str().unwrap(), "--input", "target=init/", "-v"]);
    run.ends(
        0,
        &[
            "aarch64, 913 MiB, 4 cores, debian",
            "the include server of cm3 answers",
            "of them pumped (100 %), 0 fell back to builder, 0 failed",
        ],
    );
}

/// A small text that is a large array to the compiler: 1 KiB, sixteen times as much with each of five lines.
fn firmware() -> String {
    let mut text = format!("#define A \"{}\"\n", "x".repeat(1024));
    for (part, whole) in ["A", "B", "C", "D", "E"].iter().zip(["B", "C", "D", "E", "F"]) {
        let _ = writeln!(text, "#define {whole} {}", [*part; 16].join(" "));
    }
    text + "const char firmware[] = F;\n"
}
