#!/bin/sh
# distcc-validate.sh: is pump mode active here, and does every worker really compile in it?
#
# Run it by hand after `pumpctl start`, on the host of the include server. It prints a table, one check a line, and
# changes nothing: its canaries are compiled in a directory of its own, which it removes.
#
# It looks at: the environment file and the workers in its DISTCC_HOSTS; the include server's process, socket and
# answers (by `pumpctl health`); and, for each worker, a canary compiled there through distcc, without falling back to
# this host. The canary of a worker with the option cpp must be preprocessed by the worker too.
#
# Environment: PUMP_ENV and PUMP_LIB, as in pumpctl; CC, the compiler to try (default gcc).
#
# exit status: 0 when every check passed, else 1.
set -u

compiler=${CC:-gcc}
env_file=${PUMP_ENV:-$HOME/.distcc/pump.env}
failures=0

row() { # RESULT CHECK WHAT [REMARK]
    printf '%-6s  %-14s  %-34s  %s\n' "$1" "$2" "$3" "${4:-}"
    [ "$1" != failed ] || failures=$((failures + 1))
}

find_pumpctl() {
    for place in "${PUMP_LIB:-}" "$(dirname -- "$0")" "$HOME/scripts"; do
        if [ -n "$place" ] && [ -x "$place/pumpctl" ]; then
            printf '%s\n' "$place/pumpctl"
            return 0
        fi
    done
    command -v pumpctl
}

check_environment() {
    case $env_file in */*) ;; *) env_file=./$env_file ;; esac
    if [ ! -f "$env_file" ]; then
        row failed environment "$env_file" "is missing: run the stage pump-start, or write DISTCC_HOSTS='…' into it"
        return
    fi
    set -a
    # shellcheck source=/dev/null
    . "$env_file"
    set +a
    workers=$(list_workers)
    # shellcheck disable=SC2086
    set -- $workers
    if [ $# -eq 0 ]; then
        row failed environment "$env_file" "DISTCC_HOSTS names no worker"
    else
        row ok environment "$env_file" "$# in DISTCC_HOSTS"
    fi
}

# The entries of DISTCC_HOSTS that name another host.
list_workers() {
    for entry in ${DISTCC_HOSTS:-}; do
        case $entry in localhost | localhost/* | --* | +*) ;; *) printf '%s\n' "$entry" ;; esac
    done
}

check_include_server() {
    if ! pumpctl=$(find_pumpctl); then
        row failed "include server" pumpctl "is missing: install it beside this script, or set PUMP_LIB"
        return
    fi
    socket=$("$pumpctl" status | sed -n 's/^socket //p')
    if said=$("$pumpctl" health 2>&1); then
        row ok "include server" "$("$pumpctl" status | sed -n 's/^pid /process /p')" "answers"
    else
        row failed "include server" "pumpctl health" "$(printf '%s\n' "$said" | sed -n '$s/^pumpctl: //p')"
    fi
    if [ -n "$socket" ] && [ -S "$socket" ]; then
        row ok socket "$socket"
    else
        row failed socket "${socket:-none}" "run 'pumpctl start'"
    fi
}

# What the log of one compile says of how it went.
outcome() { # LOG
    if grep -q 'not in whitelist\|no answer' "$1"; then
        echo "the worker refuses $compiler or this host: see journalctl -u distccd there"
    elif grep -q 'failed to connect\|failed to resolve\|connect to .* failed' "$1"; then
        echo "cannot be reached: is distccd running there?"
    else
        sed -n -e 's/^distcc\[[0-9]*\] //' -e '/ERROR\|Warning/p' "$1" | tail -n 1
    fi
}

check_worker() { # ENTRY
    log=$canary/log
    : >"$log"
    # A directory of its own: distcc's usual one may say that this worker is to be avoided for a minute.
    (
        cd "$canary" && env DISTCC_DIR="$canary/state" DISTCC_HOSTS="$1" DISTCC_FALLBACK=0 DISTCC_SKIP_LOCAL_RETRY=1 \
            DISTCC_NO_REWRITE_CROSS=1 DISTCC_VERBOSE=0 DISTCC_LOG="$log" INCLUDE_SERVER_PORT="${socket:-}" \
            distcc "$compiler" -c canary.c -o canary.o
    ) >/dev/null 2>&1
    if ! grep -q '] compile canary.c on .* completed ok$' "$log"; then
        row failed worker "$1" "$(outcome "$log")"
        return
    fi
    case $1 in
    *,cpp*)
        if grep -q ' bytes from canary.c compiled on ' "$log"; then
            row failed worker "$1" "compiles, but not in pump mode: the include server does not answer"
        else
            row ok worker "$1" "compiles in pump mode"
        fi
        ;;
    *) row ok worker "$1" "compiles in plain mode: it has no option cpp" ;;
    esac
}

check_workers() {
    command -v distcc >/dev/null || {
        row failed workers distcc "is not installed here: apt-get install distcc"
        return
    }
    canary=$(mktemp -d "${TMPDIR:-/tmp}/distcc-validate.XXXXXX") || exit 1
    trap 'rm -rf "$canary"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$canary/state"
    printf '#include <stddef.h>\n#include "canary.h"\nsize_t canary = CANARY;\n' >"$canary/canary.c"
    printf '#define CANARY 1\n' >"$canary/canary.h"
    for worker in $workers; do
        check_worker "$worker"
    done
}

workers=''
row result check what remark
check_environment
check_include_server
check_workers
if [ "$failures" -gt 0 ]; then
    echo "$failures failed"
    exit 1
fi
echo "pump mode is active"
