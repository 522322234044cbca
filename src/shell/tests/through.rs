//! Programs that run another program.

use super::*;

#[test]
fn environment_and_priority() {
    assert_programs(&[
        ("env make", "env make"),
        ("env A=1 B='2 3' make", "env make"),
        ("env -i -u X -C /tmp A=1 make", "env make"),
        ("env - PATH=/bin make", "env make"),
        ("env --unset=X --chdir /tmp make", "env make"),
        ("env -S 'make -j4'", "env make"),
        ("env", "env"),
        ("env A=$x make", "env <A=$x> make"),
        ("env A=\"$x\" make", "env make"),
        ("nice make", "nice make"),
        ("nice -n 10 make", "nice make"),
        ("nice -n10 make", "nice make"),
        ("nice -10 make", "nice make"),
        ("nice --adjustment=5 make", "nice make"),
        ("ionice -c 3 make", "ionice make"),
        ("ionice -c3 -n7 nice make", "ionice nice make"),
        ("ionice -c 3 -p 1234", "ionice"),
        ("nohup make", "nohup make"),
        ("setsid -w make", "setsid make"),
        ("timeout 5 make", "timeout make"),
        ("timeout -k 5 -s KILL 10m make", "timeout make"),
        ("timeout --signal=KILL --foreground 5 make", "timeout make"),
        ("timeout {{0}} make", "timeout make"),
        ("stdbuf -oL make", "stdbuf make"),
        ("stdbuf -o L -e 0 make", "stdbuf make"),
        ("taskset -c 0-3 make", "taskset make"),
        ("taskset 0x3 make", "taskset make"),
        ("taskset -p 1234", "taskset"),
        ("chrt -f 50 make", "chrt make"),
        ("chrt -i make", "chrt make"),
        ("numactl --cpunodebind=0 -m 0 make", "numactl make"),
        ("unbuffer make", "unbuffer make"),
        ("setarch x86_64 -R make", "setarch make"),
        ("nice -n{{0}} 5 make", "nice 5 make?"),
        ("nice -n'' 5 make", "nice make"),
        ("env {{0}}", "env {0}"),
        ("env {{0}}=1 make", "env make"),
        ("nice -n {{0}} {{1}}", "nice {1}"),
    ]);
}

#[test]
fn the_shells_own() {
    assert_programs(&[
        ("command make", "command make"),
        ("command -p make", "command make"),
        ("command -v make", "command"),
        ("exec make", "exec make"),
        ("exec -a x make", "exec make"),
        ("exec >log", "exec"),
        ("builtin cd x", "builtin cd"),
        ("eval make", "eval make"),
        ("eval 'cd x;' make", "eval cd make"),
        ("eval \"make $x\"", "eval make <$x>"),
        ("eval \"$x\"", "eval <$x>"),
        ("trap 'make' EXIT", "trap make"),
        ("trap \"rm -f $x; make\" 0", "trap rm make <$x>"),
        ("trap - EXIT", "trap"),
        ("trap '' INT", "trap"),
        (". ./env.sh", ". env.sh"),
        ("source {{0}}/setup", "source setup"),
        (". env", ". env"),
        (". /dev/stdin <<E\nmake\nE", ". make"),
    ]);
}

#[test]
fn shells() {
    assert_programs(&[
        ("sh -c make", "sh make"),
        ("sh -c 'cd x && make'", "sh cd make"),
        ("sh -ec 'make'", "sh make"),
        ("sh -e -c 'make'", "sh make"),
        ("sh -c -e 'make'", "sh make"),
        ("bash -o pipefail -c 'a | make'", "bash a make"),
        ("bash --norc -euo pipefail -c 'make'", "bash make"),
        ("bash +e -c 'make'", "bash make"),
        ("/bin/sh -c make", "sh make"),
        ("busybox sh -c make", "busybox sh make"),
        ("busybox make", "busybox make"),
        ("sh -c \"sh -c 'make'\"", "sh sh make"),
        ("sh -c 'echo \"$1\"' sh make", "sh echo"),
        ("sh -c \"make $x\"", "sh make <$x>"),
        ("sh -c \"$x\"", "sh <$x>"),
        ("sh -c {{0}}", "sh {0}"),
        ("sh -c 'make {{0}}'", "sh make"),
        ("sh ./build.sh", "sh build.sh"),
        ("sh {{0}}", "sh {0}"),
        ("sh -c '\\'{make,a}", "sh {make,a} <'\\'{make,a}>"),
        ("echo make | sh", "echo sh <what `sh` reads>"),
        ("sh -c 'echo \"a'", "sh error: a double quote is not closed"),
    ]);
}

#[test]
fn users_roots_and_hosts() {
    assert_programs(&[
        ("sudo make", "sudo make"),
        ("sudo -n -u builder -E make", "sudo make"),
        ("sudo -nu builder -- make", "sudo make"),
        ("sudo --user=builder A=1 make", "sudo make"),
        ("sudo -l", "sudo"),
        ("sudo --unknown a make", "sudo a make?"),
        ("sudo -n sh -c 'make'", "sudo sh make"),
        ("doas -u builder make", "doas make"),
        ("su -c make", "su make"),
        ("su - builder -c 'make -j4'", "su make"),
        ("su builder --command=make", "su make"),
        ("runuser -u builder -- make", "runuser make"),
        ("runuser builder -c make", "runuser make"),
        ("chroot /mnt make", "chroot make"),
        ("chroot --userspec=a:b /mnt make", "chroot make"),
        ("unshare -r -m make", "unshare make"),
        ("unshare --map-root-user --mount make", "unshare make"),
        ("nsenter -t 1 -m -- make", "nsenter make"),
        ("systemd-run --unit=x -p A=b --wait make", "systemd-run make"),
        ("systemd-run --unit x make", "systemd-run make"),
        ("ssh host make", "ssh make"),
        ("ssh -p 22 -o A=b user@host cd x '&&' make", "ssh cd make"),
        ("ssh host -p 22 'cd x; make'", "ssh cd make"),
        ("ssh {{0}} make", "ssh make"),
        ("ssh -O check host", "ssh"),
        ("ssh -o ProxyCommand='nc -x p %h' host make", "ssh nc make"),
    ]);
}

#[test]
fn locks_repetition_and_tracing() {
    assert_programs(&[
        ("flock /tmp/l make", "flock make"),
        ("flock -n -w 5 /tmp/l make -j4", "flock make"),
        ("flock /tmp/l -c 'cd x; make'", "flock cd make"),
        ("xargs make", "xargs make"),
        ("xargs -n 1 -P4 -I{} make {}", "xargs make"),
        ("xargs -0 --max-args 1 make", "xargs make"),
        ("xargs sh -c 'make \"$1\"'", "xargs sh make"),
        ("xargs -I{} sh -c 'make {}'", "xargs sh make <{}>"),
        ("xargs -I% sh -c '% %'", "xargs sh <%>"),
        ("xargs -I% %", "xargs <%>"),
        ("xargs env", "xargs env <what `xargs` reads>"),
        ("xargs flock l -c", "xargs flock <what `xargs` reads>"),
        ("xargs", "xargs"),
        ("find . -name a -exec make {} \\;", "find make"),
        ("find . -exec make {} + -execdir gcc {} ';' -print", "find make gcc"),
        ("find . -exec sh -c 'make' \\; -ok ls {} \\;", "find sh make ls"),
        ("find . -name make", "find"),
        ("find . -exec {} \\;", "find <{}>"),
        ("parallel make {} ::: a b", "parallel make <{>"),
        ("parallel -j4 'cd {}; make' ::: a", "parallel cd make <{>"),
        ("watch -n 2 make", "watch make"),
        ("watch 'cd x; make'", "watch cd make"),
        ("watch -x make", "watch make"),
        ("strace -f -o log make", "strace make"),
        ("ltrace -S make", "ltrace make"),
        ("script -qc make log", "script make"),
        ("script log -c 'cd x; make'", "script cd make"),
        ("valgrind --tool=x make", "valgrind make"),
        ("chronic --x a make", "chronic a make?"),
        ("echo make | at now", "echo at <what `at` reads>"),
    ]);
}

#[test]
fn compilers() {
    assert_programs(&[
        ("distcc gcc -c a.c", "distcc gcc"),
        ("distcc -c a.c", "distcc"),
        ("distcc --show-hosts", "distcc"),
        ("ccache gcc -c a.c", "ccache gcc"),
        ("ccache distcc gcc a.c", "ccache distcc gcc"),
        ("pump make -j8", "pump make"),
        ("pump --startup", "pump"),
        ("CC='distcc gcc' pump make", "pump make"),
        ("bear -- make", "bear make"),
    ]);
}

#[test]
fn chains_are_recorded() {
    let analysis = analyse(&template("sudo env A=1 nice sh -c 'cd x && make'"));
    let make = analysis.programs.last().unwrap();
    assert_eq!(make.program, Program::Known("make".to_owned()));
    assert_eq!(make.via, ["sudo", "env", "nice", "sh -c"]);
}
