//! Where splices stand, and which places are refused.

use super::*;
use Place::{Argument, Assignment, Command, NoOption, Operand, Part, Redirection, Syntax};
use SpliceContext as C;

fn contexts(text: &str) -> Vec<SpliceContext> {
    analyse(&template(text)).splices
}

fn code(inside: &str) -> SpliceContext {
    C::Code { inside: inside.to_owned() }
}

#[test]
fn safe_places() {
    let table: &[(&str, SpliceContext)] = &[
        ("echo {{0}}", C::Unquoted(Argument)),
        ("echo a{{0}}", C::Unquoted(Place::Part)),
        ("echo --x={{0}}", C::Unquoted(Place::Part)),
        ("echo \"{{0}}\"", C::DoubleQuoted(Argument)),
        ("echo \"a {{0}} b\"", C::DoubleQuoted(Argument)),
        ("echo '{{0}}'", C::SingleQuoted(Argument)),
        ("echo $(ls {{0}})", C::Unquoted(Argument)),
        ("echo \"$(ls {{0}})\"", C::Unquoted(Argument)),
        ("echo \"$(ls \"{{0}}\")\"", C::DoubleQuoted(Argument)),
        ("A={{0}} make", C::Unquoted(Assignment)),
        ("A=\"{{0}}\"", C::DoubleQuoted(Assignment)),
        ("export A={{0}}", C::Unquoted(Assignment)),
        ("make >{{0}}", C::Unquoted(Redirection)),
        ("{{0}} -x", C::Unquoted(Command)),
        ("{{0}}/make", C::Unquoted(Command)),
        ("sudo {{0}}", C::Unquoted(Command)),
        ("case {{0}} in a) b;; esac", C::Unquoted(Syntax)),
        ("case a in {{0}}) b;; esac", C::Unquoted(Syntax)),
        ("for x in {{0}}; do a; done", C::Unquoted(Argument)),
        ("timeout {{0}} make", C::Unquoted(Operand)),
        ("timeout \"{{0}}\" make", C::DoubleQuoted(Operand)),
        ("timeout 5{{0}} make", C::Unquoted(Place::Part)),
        ("nice -n {{0}} make", C::Unquoted(Place::Part)),
        ("find {{0}} -name x", C::Unquoted(Operand)),
        ("tar -xf {{0}}", C::Unquoted(Part)),
        ("tar -xf a {{0}}", C::Unquoted(NoOption)),
        ("tar -xf a -- {{0}}", C::Unquoted(Argument)),
        ("sed -n p {{0}}", C::Unquoted(NoOption)),
        ("find . -exec rm {{0}} \\;", C::Unquoted(Argument)),
        ("sh -c 'ls \"$1\"' sh {{0}}", C::Unquoted(Argument)),
        ("printf {{0}}", C::Unquoted(Operand)),
        ("printf %s {{0}}", C::Unquoted(Argument)),
        ("[ {{0}} = a ]", C::Unquoted(Argument)),
        ("[ -n {{0}} ]", C::Unquoted(Argument)),
        ("export -p A={{0}}", C::Unquoted(Assignment)),
        ("xargs make {{0}}", C::Unquoted(Argument)),
        ("echo '\\{{0}}'", C::SingleQuoted(Argument)),
        ("echo \"\\\\{{0}}\"", C::DoubleQuoted(Argument)),
    ];
    for (text, expected) in table {
        assert_eq!(contexts(text), std::slice::from_ref(expected), "{text}");
        assert!(expected.quoting().is_some(), "{text}");
    }
}

#[test]
fn refused_places() {
    let table: &[(&str, SpliceContext)] = &[
        ("echo $'{{0}}'", C::AnsiQuoted),
        ("cat <<E\n{{0}}\nE", C::HereDocument),
        ("cat <<'E'\n{{0}}\nE", C::HereDocument),
        ("echo a # {{0}}", C::Comment),
        ("echo $(a  # {{0}}\n)", C::Comment),
        ("echo $((1 + {{0}}))", C::Arithmetic),
        ("echo ${x:-{{0}}}", C::ParameterExpansion),
        ("echo \"${x%{{0}}}\"", C::ParameterExpansion),
        ("echo ${{{0}}}", C::VariableName),
        ("echo ${{0}}", C::VariableName),
        ("{{0}}=1 make", C::VariableName),
        ("for {{0}} in a; do b; done", C::VariableName),
        ("{{0}}() { a; }", C::FunctionName),
        ("echo `ls {{0}}`", C::Backquoted),
        ("echo `ls '{{0}}'`", C::Backquoted),
        ("echo \\{{0}}", C::Escaped),
        ("echo \"\\{{0}}\"", C::Escaped),
        ("sh -c {{0}}", code("sh -c")),
        ("sh -c 'ls {{0}}'", code("sh -c")),
        ("sh -c \"ls '{{0}}'\"", code("sh -c")),
        ("sudo sh -c 'ls {{0}}'", code("sh -c")),
        ("find . -exec sh -c 'ls {{0}}' \\;", code("sh -c")),
        ("sh <<E\nls {{0}}\nE", code("sh")),
        ("eval ls {{0}}", code("eval")),
        ("eval \"x={{0}}\"", code("eval")),
        ("trap 'rm {{0}}' EXIT", code("trap")),
        ("ssh host ls {{0}}", code("ssh")),
        ("ssh host 'ls {{0}}'", code("ssh")),
        ("su -c 'ls {{0}}'", code("su -c")),
        ("watch ls {{0}}", code("watch")),
        ("parallel ls {{0}} ::: a", code("parallel")),
        ("alias l={{0}}", code("alias")),
        ("env -S {{0}}", code("env -S")),
        ("sed \"s/a/{{0}}/\" f", code("sed")),
        ("sed {{0}} f", code("sed")),
        ("rsync -e {{0}} a b:", code("rsync -e")),
        ("make >&{{0}}", code(">&")),
        ("read {{0}}", C::VariableName),
        ("unset {{0}}", C::VariableName),
        ("export {{0}}", C::VariableName),
        ("declare -i x={{0}}", C::Arithmetic),
        ("printf -v {{0}} x", C::VariableName),
        ("test -v {{0}}", C::VariableName),
        ("echo 'a {{0}}", C::Unknown),
    ];
    for (text, expected) in table {
        assert_eq!(contexts(text), std::slice::from_ref(expected), "{text}");
        assert_eq!(expected.quoting(), None, "{text}");
        assert!(!expected.describe().is_empty());
    }
}

#[test]
fn a_delimiter_is_no_place_for_a_splice() {
    let analysis = analyse(&template("cat <<{{0}}\nx\n{{0}}"));
    assert_eq!(analysis.splices, [C::Unknown]);
    assert_eq!(analysis.errors.len(), 1);
}

#[test]
fn each_splice_has_its_own_context() {
    let expected = [C::SingleQuoted(Argument), C::Unquoted(Argument), C::Unknown, C::DoubleQuoted(Argument)];
    assert_eq!(contexts("echo {{1}} '{{0}}' \"{{3}}\""), expected);
}

#[test]
fn lists_stand_as_whole_arguments_only() {
    assert!(contexts("rm {{0}}")[0].takes_list());
    for text in ["A={{0}} b", "rm a{{0}}", "rm \"{{0}}\"", "rm >{{0}}", "timeout {{0}} a", "{{0}} a", "nice -n {{0}} a"]
    {
        assert!(!contexts(text)[0].takes_list(), "{text}");
    }
    assert!(!contexts("$SUDO {{0}}")[0].takes_list(), "an empty `$SUDO` makes it the program");
}

#[test]
fn operands_refuse_options() {
    assert!(contexts("timeout {{0}} make")[0].refuses_leading_dash());
    assert!(!contexts("nice -n {{0}} make")[0].refuses_leading_dash());
    assert!(!contexts("make {{0}}")[0].refuses_leading_dash());
}
