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

#[test]
fn work_of_their_own() {
    assert_programs(&[
        ("sort -k 2 f", "sort"),
        ("sort --compress-prog='make x' f", "sort make"),
        ("sed -n 's/e/w/p; /a/d' f", "sed"),
        ("sed -ne '1e make' f", "sed make"),
        ("sed -e p -e 's/a/make/e' f", "sed <what `sed` reads>"),
        ("sed --sandbox '1e make' f", "sed"),
        ("sed -f edit.sed f", "sed edit.sed"),
        ("sed \"s/a/$x/\" f", "sed"),
        ("sed \"$x\" f", "sed <what the script of `sed` runs>"),
        ("tar -czf a.tar b", "tar"),
        ("tar -xf a --to-com 'make x'", "tar make"),
        ("tar -cf a b -I make", "tar make"),
        ("tar cIf make a b", "tar <cIf>"),
        ("tar --checkpoint=1 --checkpoint-action=exec=make -cf a b", "tar make"),
        ("tar --checkpoint-action=echo -cf a b", "tar"),
        ("rsync -avze 'ssh -p 22' a b:c", "rsync ssh :"),
        ("rsync --rsync-path=make a b:c", "rsync make"),
        ("scp -S make a b:", "scp make"),
        ("scp -oProxyCommand=make a b:", "scp make"),
        ("install -s --strip-program=make a b", "install make"),
        ("dpkg --pre-invoke make -i x", "dpkg make"),
        ("apt-get install -y x", "apt-get"),
        ("apt-get -o APT::Update::Pre-Invoke::=make update", "apt-get <APT::Update::Pre-Invoke::=make>"),
        ("apt-get -b source x", "apt-get dpkg-buildpackage"),
        ("crontab -l", "crontab"),
        ("crontab - <<E\nmake\nE", "crontab make"),
        ("crontab jobs", "crontab jobs"),
        ("hash -p /usr/bin/make ls; ls", "hash make ls"),
        ("bash -c 'mapfile -C make x'", "bash mapfile make"),
        ("ip netns exec x make", "ip x? make"),
        ("ip -n y netn e x make", "ip x? make"),
        ("ip addr show", "ip"),
        ("git -c user.name=x commit -m make", "git"),
        ("git -c alias.x='!make' x", "git <alias.x='!make'>"),
        ("git -C d bisect run make x", "git make"),
        ("git submodule foreach --recursive 'make x'", "git make"),
        ("git rebase -x make HEAD~3", "git make"),
        ("git rebase --exec=make HEAD~3", "git make"),
        ("git filter-branch --tree-filter make HEAD", "git make"),
        ("git clone -u make x y", "git make"),
        ("git fetch --upload-pack make x", "git make"),
        ("git grep -O make", "git <git's pager>"),
        ("git diff --ext-diff", "git <git's external diff>"),
        ("env --split-str='make x'", "env make"),
        ("flock f --comm make", "flock make"),
        ("find . \"$x\" make \\;", "find make?"),
        ("find \"$x\" -name make", "find"),
    ]);
}

#[test]
fn variables_that_are_run() {
    assert_programs(&[
        ("GIT_EXTERNAL_DIFF='make x' git diff", "make git"),
        ("PAGER=cat git log", "cat git"),
        ("GIT_PAGER= git log", "git"),
        ("export GIT_SSH_COMMAND='ssh -p 22'; git fetch", "export ssh : git"),
        ("env RSYNC_RSH=make rsync a b:", "env make rsync"),
        ("TAR_OPTIONS=--to-command=make tar xf a", "<TAR_OPTIONS=--to-command=make> tar"),
        ("TAR_OPTIONS='--exclude a' tar xf a", "<TAR_OPTIONS='--exclude a'> tar"),
        ("TAR_OPTIONS=--numeric-owner tar xf a", "tar"),
        ("BASH_ENV=./make bash -c ls", "make bash ls"),
        ("PS4='+ ' sh -xc ls", "sh ls"),
        ("PS4='$(make)' bash -xc ls", "<PS4='$(make)'> make? bash ls"),
        ("bash --rcfile ./make -ic ls", "bash make ls"),
        ("X=make ls", "ls"),
    ]);
}

#[test]
fn changes_by_the_way() {
    let changed =
        |text: &str| -> Vec<String> { analyse(&template(text)).writes.into_iter().map(|write| write.what).collect() };
    let table: &[(&str, &[&str])] = &[
        ("ls >f; ls 2>/dev/null", &["a redirection to a file"]),
        ("sort -uo f f", &["`sort -o`"]),
        ("sort --out=f f", &["`sort --output`"]),
        ("sort f", &[]),
        ("sed -n -i.bak p f", &["`sed -i`"]),
        ("sed -n 's/a/b/w f' g", &["`w` of `sed`"]),
        ("sed -n 'w /dev/stdout' g", &[]),
        ("uniq -c f", &[]),
        ("uniq -f 1 f g", &["the output of `uniq`"]),
        ("date -u -Iseconds", &[]),
        ("date -d yesterday +%s", &[]),
        ("date -s 12:00", &["`date -s`"]),
        ("date 01010000", &["setting the clock"]),
        ("journalctl -u x --no-pager", &[]),
        ("journalctl --vacuum-time=1s", &["`journalctl --vacuum-time`"]),
        ("ss -ltn; ss -K", &["`ss -K`"]),
        ("curl --head -o /dev/null x", &[]),
        ("curl --head -so f x", &["`curl -o`"]),
        ("git log -3; git diff --output f", &["`git --output`"]),
        ("find . -name f -delete", &["`find -delete`"]),
        ("find . -fprintf f %p", &["`find -fprintf`"]),
    ];
    for (text, expected) in table {
        assert_eq!(changed(text), *expected, "{text}");
    }
}
