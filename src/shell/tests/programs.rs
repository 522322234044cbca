//! Every command position of the shell's grammar.

use super::*;

#[test]
fn simple_commands() {
    assert_programs(&[
        ("", ""),
        ("make", "make"),
        ("make -j4 bzImage", "make"),
        ("/usr/bin/make", "make"),
        ("./configure", "configure"),
        ("~/bin/make", "make"),
        ("\"make\"", "make"),
        ("'make'", "make"),
        ("ma\"ke\"", "make"),
        ("\\make", "make"),
        ("m\\ake", "make"),
        ("ma\\\nke", "make"),
        ("$'make'", "make"),
        ("CC=gcc make", "make"),
        ("CC=gcc", ""),
        (">log make", "make"),
        ("make 2>&1 >log", "make"),
        ("echo make", "echo"),
        ("echo 'make'", "echo"),
        ("echo \"; make\"", "echo"),
        ("grep make f", "grep"),
        ("test -x make", "test"),
        ("[ -x /usr/bin/make ]", "["),
        ("# make", ""),
        ("echo a # make", "echo"),
        ("echo a#b; make", "echo make"),
        ("echo '# ' ; make", "echo make"),
    ]);
}

#[test]
fn lists_and_pipelines() {
    assert_programs(&[
        ("cd x && make", "cd make"),
        ("cd x || make", "cd make"),
        ("cd x; make", "cd make"),
        ("cd x\nmake", "cd make"),
        ("cd x & make", "cd make"),
        ("make | tee log", "make tee"),
        ("yes | make", "yes make"),
        ("! make", "make"),
        ("a &&\n\n  make", "a make"),
        ("a |\nmake", "a make"),
        ("time make", "time make"),
        ("time -p make", "time make"),
        ("time ! make", "time make"),
        ("time A=1 make", "time make"),
        ("time ./a=b/make", "time make"),
    ]);
}

#[test]
fn compound_commands() {
    assert_programs(&[
        ("(make)", "make"),
        ("( (make) )", "make"),
        ("{ make; }", "make"),
        ("{ make; } >log", "make"),
        ("(cd x; make) | cat", "cd make cat"),
        ("if make; then a; fi", "make a"),
        ("if a; then make; fi", "a make"),
        ("if a; then b; else make; fi", "a b make"),
        ("if a; then b; elif make; then c; else d; fi", "a b make c d"),
        ("while make; do a; done", "make a"),
        ("until a; do make; done", "a make"),
        ("for x in a b; do make; done", "make"),
        ("for x in $(make); do a; done", "make a"),
        ("for x; do make; done", "make"),
        ("case x in a) make;; esac", "make"),
        ("case x in a|b) c;; *) make; esac", "c make"),
        ("case $(make) in a) b;; esac", "make b"),
        ("case x in $(make)) b;; esac", "make b"),
        ("f() { make; }", "make"),
        ("f() ( make )", "make"),
        ("f() { make; }; f", "make f?"),
        ("f; f() { :; }", "f? :"),
        ("make() { :; }; env make", ": env make"),
        ("function f { make; }; f", "make f?"),
        ("alias m=make; m", "alias make m?"),
    ]);
}

#[test]
fn expansions() {
    assert_programs(&[
        ("x=$(make)", "make"),
        ("echo $(make)", "make echo"),
        ("echo a$(make)b", "make echo"),
        ("echo \"$(make)\"", "make echo"),
        ("echo \"a $(b \"$(make)\")\"", "make b echo"),
        ("echo `make`", "make echo"),
        ("echo \"`make`\"", "make echo"),
        ("echo `a \\`make\\``", "make a echo"),
        ("echo `echo \\$(make)`", "make echo echo"),
        ("echo '$(make)'", "echo"),
        ("echo \"\\$(make)\"", "echo"),
        ("echo \\`make\\`", "echo"),
        ("echo ${x:-$(make)}", "make echo"),
        ("echo \"${x:-$(make)}\"", "make echo"),
        ("echo ${x:=`make`}", "make echo"),
        ("echo ${x:+\"$(make)\"}", "make echo"),
        ("echo ${x:?$(make)}", "make echo"),
        ("echo ${x%$(make)} ${y##$(make)}", "make make echo"),
        ("echo ${x/$(make)/b}", "make echo"),
        ("echo ${a[$(make)]}", "make echo"),
        ("echo ${x:-a b (c)}", "echo"),
        ("echo $((1 + $(make)))", "make echo"),
        ("echo $((1 << 2)); make", "echo make"),
        ("echo $( (make) )", "make echo"),
        ("echo $((make) | cat)", "make cat echo"),
        ("a >$(make)", "make a"),
        ("a >\"$(make)\"", "make a"),
        ("cat <(make)", "make cat"),
        ("a > >(make)", "make a"),
        ("cat <<<$(make)", "make cat"),
        ("echo $(a # )\nmake)", "a make echo"),
        ("echo $(a  # it's )\nmake)", "a make echo"),
    ]);
}

#[test]
fn here_documents() {
    assert_programs(&[
        ("cat <<E\n$(make)\nE", "make cat"),
        ("cat <<E\n`make`\nE\n", "make cat"),
        ("cat <<E\n${x:-$(make)}\nE\n", "make cat"),
        ("cat <<'E'\n$(make)\nE", "cat"),
        ("cat <<\\E\n$(make)\nE", "cat"),
        ("cat <<E\nmake\nE", "cat"),
        ("cat <<E\nit's \"$(make)\nE\n", "make cat"),
        ("cat <<E && make\nx\nE", "cat make"),
        ("cat <<A; cat <<B\n$(a)\nA\n$(b)\nB\nmake", "a cat b cat make"),
        ("cat <<A <<B\na\nA\n$(b)\nB\nmake", "b cat make"),
        ("cat <<-E\n\t$(make)\n\tE\nls", "make cat ls"),
        ("x=$(cat <<E\n$(make)\nE\n)", "make cat"),
        ("echo \"$(cat <<E\n)\"'\nE\n)\"; make", "cat echo make"),
        ("(cat <<E)\nx\nE\nmake", "cat make"),
        ("cat <<E\n$(cat <<F\n$(make)\nF\n)\nE\n", "make cat cat"),
        ("echo '<<E'; make", "echo make"),
        ("sh <<E\nmake\nE", "sh make"),
        ("sh -s a <<'E'\ncd x && make\nE", "sh cd make"),
        ("sudo sh <<E\nmake\nE", "sudo sh make"),
        ("ssh host <<E\nmake\nE", "ssh make"),
        ("sh <<E\necho $x\nE", "sh echo <$x>"),
        ("sh <script.sh", "sh script.sh"),
    ]);
}

#[test]
fn unknown_programs() {
    assert_programs(&[
        ("$CC -c a.c", "<$CC>"),
        ("\"$CC\" a.c", "<\"$CC\">"),
        ("$SUDO make install", "<$SUDO> make?"),
        ("\"$@\"", "<\"$@\">"),
        ("\"$@\" make", "<\"$@\"> make?"),
        ("$(which make) all", "which <$(which make)> all?"),
        ("${MAKE:-make} all", "<${MAKE:-make}> all?"),
        ("ma$x", "<ma$x>"),
        ("$HOME/bin/make", "make"),
        ("\"$d\"/make", "make"),
        ("/usr/*/make", "make"),
        ("/usr/bin/mak?", "</usr/bin/mak?>"),
        ("{make,all}", "<{make,all}>"),
        ("{{0}}", "{0}"),
        ("{{0}} -j4", "{0}"),
        ("{{0}}-foo", "{0}"),
        ("\"{{0}}\"", "{0}"),
        ("{{0}}/pumpctl health", "pumpctl"),
        ("\"{{0}}/pumpctl\" health", "pumpctl"),
        ("{{0}}/{{1}}", "{1}"),
        ("/opt/{{0}}", "{0}"),
        ("{{0}}/", "{0}"),
        ("cd {{0}} && make", "cd make"),
    ]);
}

#[test]
fn texts_that_cannot_be_read() {
    assert_programs(&[
        ("echo 'a", "error: a single quote is not closed"),
        ("if a; then b", "error: the text ends in the middle of a command"),
        ("a | | b", "error: `|` is not expected here"),
        ("((make))", "error: shells disagree about `((`: put a blank between, or use `$((…))`"),
        ("[[ -x make ]]", "[[ error: `[[` is of bash, and the host's `sh` may be another shell"),
        ("[[ -x $(make) && -y ]]", "make [[ -y error: `[[` is of bash, and the host's `sh` may be another shell"),
        ("bash -c '[[ -x $(make) && -n z ]]'", "bash make"),
        ("bash -c '((x = $(make)))'", "bash make"),
        ("echo $[1]", "error: `$[…]` is not of every shell: write `$((…))`"),
        ("echo $'a\\'; make #'", r"error: shells disagree about `\'` in `$'…'`"),
        ("echo \"${x:-'}\" ; make ; echo \"'}\"", "error: shells disagree about a `'` in `\"${…}\"`"),
        ("read 'a[$(make)]'", "read error: bash runs what stands in the index of a variable"),
        ("a &>log make", "error: shells disagree about `&>`: write `>… 2>&1`"),
        ("bash -c 'a &>log make'", "bash a"),
        ("a >&'$(make)'", "a error: bash expands the file after `>&` again"),
        ("cat <<E\na\\\nE\nmake\nE", "error: the here-document's last line ends in a backslash"),
        ("cat <<$x\nmake\n$x", "error: the delimiter of a here-document has to be a plain word"),
        ("echo $(cat <<E)\nmake\nE", "error: the here-document has to begin before this bracket closes"),
        ("echo $(a # b)", "error: a bracket is not closed"),
        ("make\r\n", "error: the text contains a carriage return or another control character"),
    ]);
}

#[test]
fn words_are_shown_without_quotes() {
    let analysis = analyse(&template("/bin/systemctl 'is-active' \"dist\"ccd {{0}} a{{1}} $x"));
    let literal = |text: &str| Word::Literal(text.to_owned());
    let dynamic = |text: &str| Word::Dynamic(text.to_owned());
    let expected = [
        literal("systemctl"),
        literal("is-active"),
        literal("distccd"),
        Word::Spliced(0),
        dynamic("a{{…}}"),
        dynamic("$x"),
    ];
    assert_eq!(analysis.programs[0].words, expected);
}

#[test]
fn builtins_and_wrappers_are_marked() {
    let analysis = analyse(&template("cd x; sudo make; exec make"));
    let marks: Vec<_> = analysis.programs.iter().map(|program| (program.wrapper, program.builtin)).collect();
    assert_eq!(marks, [(false, true), (true, false), (false, false), (true, true), (false, false)]);
}

#[test]
fn commands_in_quotes_that_bash_evaluates() {
    assert_programs(&[
        ("x='a[$(make)]'; echo $((x))", "make? echo"),
        ("x=\"a[\\$(make)]\"", "make?"),
        ("declare -a 'x=(`make`)'", "declare make?"),
        ("for x in 'a[$(make)]'; do echo $((x)); done", "make? echo"),
        ("bash -c \"[[ 'a[\\$(make)]' -eq 1 ]]\"", "bash make?"),
        ("set -- 'a[$(make)]'", "set make?"),
        ("x='$(' y='`' z='$x )'", ""),
        ("echo 'a[$(make)]'", "echo"),
    ]);
}
