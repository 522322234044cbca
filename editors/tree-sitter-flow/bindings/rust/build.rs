//! Compiles the generated parser.

fn main() {
    for file in ["src/parser.c", "src/scanner.c"] {
        println!("cargo::rerun-if-changed={file}");
    }
    // What is generated is not ours to mend.
    cc::Build::new().std("c11").include("src").files(["src/parser.c", "src/scanner.c"]).warnings(false).compile("flow");
}
