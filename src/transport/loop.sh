# shellcheck shell=sh disable=SC1007,SC2086,SC2154,SC2254
# The remote shell. It is sent to `sh` at connection, without these comments, and lives as long as the connection.
# $_fr_n holds the nonce. Three processes: this one only waits; the reader takes lines from standard input, so that it
# notices a `kill` line and the end of the connection while a command runs; the worker runs what the reader hands on.
# One fork a command. No name here may clash with a command's own: all begin with _fr_.

exec 4>&2 2>/dev/null
# Whose this connection is: a lock that it takes names it.
_fr_o=$$
# Commands may signal their whole process group (`kill 0`), which is also ours.
trap : HUP INT QUIT TERM ALRM USR1 USR2

# One line of standard input into $_fr_l. A signal may cut a read short (busybox then leaves the variable as it was):
# that is no end of file.
_fr_line() {
  _fr_l=
  while :; do
    _fr_i= _fr_v=
    if IFS= read -r _fr_v; then _fr_l=$_fr_l$_fr_v; return 0; fi
    _fr_l=$_fr_l$_fr_v
    [ "$_fr_i" ] || return 1
  done
}

# Pid and the fields from the third on of a /proc/PID/stat; the second may hold blanks and brackets.
_fr_stat() {
  IFS= read -r _fr_v <"$1" && _fr_p=${_fr_v%% *} _fr_f=${_fr_v##*) }
}

# The living child of $1 that is not $2: its pid into $_fr_c, its start (clock ticks) into $_fr_t.
_fr_child() {
  _fr_c=
  for _fr_x in /proc/[0-9]*/stat; do
    _fr_stat "$_fr_x" || continue
    set -- "$1" "$2" $_fr_f
    case $3 in [ZX]) continue ;; esac
    if [ "$4" = "$1" ] && [ "$_fr_p" != "$2" ]; then _fr_c=$_fr_p _fr_t=${22}; fi
  done
}

# What lives of the command, into $_fr_a: of its session, or a child of one that was found, and no older than the
# command. A process group is not enough: `timeout` makes its own. Age spares what earlier commands left behind.
_fr_find() {
  _fr_a=
  for _fr_x in /proc/[0-9]*/stat; do
    _fr_stat "$_fr_x" || continue
    set -- '' '' $_fr_f
    case $3 in [ZX]) continue ;; esac
    case $_fr_p in $$ | $_fr_r | $_fr_w) continue ;; esac
    [ "${22}" -ge "$_fr_t" ] || continue
    if [ "$6" != "$_fr_g" ]; then
      case " $_fr_k " in *" $_fr_p "* | *" $4 "*) ;; *) continue ;; esac
    fi
    _fr_k="$_fr_k $_fr_p" _fr_a="$_fr_a $_fr_p"
  done
  [ "$_fr_a" ]
}

# Processes of another user cannot be signalled but by that user.
_fr_send() {
  kill -s "$1" $_fr_a || [ "$_fr_u" = : ] || sudo -n -u "$_fr_u" sh -c "kill -s $1 $_fr_a" </dev/null >/dev/null
}

# Waits a moment and reads the clock, in seconds. Counting moments would not do: on a busy host they are long.
_fr_pause() {
  sleep 0.1 || sleep 1
  IFS=. read -r _fr_m _fr_v </proc/uptime || { sleep 1; _fr_m=$((_fr_m + 1)); }
}

# Ends the command: TERM, two seconds later KILL. Without /proc only the group is known, and KILL ends this shell too.
_fr_end() {
  if [ -z "$_fr_r" ]; then kill -s TERM 0; sleep 2; kill -s KILL 0; fi
  _fr_child $$ "$_fr_r"
  _fr_w=$_fr_c
  _fr_child "$_fr_w" ''
  [ "$_fr_c" ] || return 0
  _fr_k=$_fr_c
  _fr_stop
}

# The same for what $_fr_k and $_fr_t say.
_fr_stop() {
  _fr_find && _fr_send TERM
  _fr_pause
  _fr_y=$((_fr_m + 2))
  while [ "$_fr_m" -le $_fr_y ] && _fr_find; do _fr_pause; done
  _fr_y=$((_fr_m + 5))
  while [ "$_fr_m" -le $_fr_y ] && _fr_find; do _fr_send KILL; _fr_pause; done
}

# Whether the worker is gone, or the shell above it, while the pipe to it is still open: a host that is out of memory may
# kill either alone. Then nobody would ever tell how the command ends.
_fr_lost() {
  [ "$_fr_r" ] || return 1
  if [ "$_fr_w" ] && _fr_stat "/proc/$_fr_w/stat"; then
    set -- '' '' $_fr_f
    case $3 in [ZX]) ;; *) if [ "$4" = $$ ]; then return 1; fi ;; esac
  fi
  _fr_child $$ "$_fr_r"
  _fr_w=$_fr_c
  [ -z "$_fr_c" ]
}

_fr_reader() {
  # The worker may have ended of a broken pipe; there is still something to be done here.
  trap _fr_i=1 HUP INT QUIT TERM ALRM USR1 USR2 PIPE
  exec 4>&-
  _fr_u=: _fr_g=- _fr_r= _fr_w= _fr_b=
  _fr_stat /proc/self/stat && _fr_r=$_fr_p && set -- '' '' $_fr_f
  if [ "$6" = $$ ]; then _fr_g=$$; fi
  while _fr_line; do
    case $_fr_l in
    "$_fr_n kill") _fr_end; printf '%s\n' ended ;;
    "$_fr_n look") if _fr_lost; then break; fi ;;
    "$_fr_n run "*)
      # Now, as /proc counts: in hundredths of a second.
      IFS=' .' read -r _fr_b _fr_v _fr_x </proc/uptime && _fr_b=$_fr_b$_fr_v
      _fr_u=${_fr_l##* } _fr_l=${_fr_l#* }
      printf '%s\n' "${_fr_l% *}"
      ;;
    *) printf '%s\n' "$_fr_l" ;;
    esac
  done
  # A command that lost its worker is known by its age alone.
  if _fr_lost && [ "$_fr_b" ]; then _fr_t=$_fr_b _fr_k=; _fr_stop; fi
  # The worker ends by itself, unless it runs a command or is about to.
  exec >&-
  [ "$_fr_r" ] || _fr_end
  while _fr_child $$ "$_fr_r"; [ "$_fr_c" ]; do _fr_end; _fr_pause; done
  # Locks of runs that have this connection no more.
  for _fr_x in "${XDG_STATE_HOME:-$HOME/.local/state}"/flowrun/locks/* /tmp/flowrun-*/locks/*; do
    _fr_v=$(readlink "$_fr_x") && [ "${_fr_v%% *}" = $$ ] && rm -f "$_fr_x"
  done
}

_fr_worker() {
  trap _fr_i=1 HUP INT QUIT TERM ALRM USR1 USR2
  printf '\036%s hello\n' "$_fr_n"
  printf '\036%s hello\n' "$_fr_n" >&4
  while _fr_line; do
    case $_fr_l in
    ended) printf '\036%s ended\n' "$_fr_n" ;;
    run\ *)
      _fr_x= _fr_c=${_fr_l#run }
      while [ "$_fr_c" -gt 0 ]; do
        _fr_line || exit
        _fr_x="$_fr_x$_fr_l
"
        _fr_c=$((_fr_c - 1))
      done
      (eval "unset _fr_n _fr_l _fr_v _fr_x;$_fr_x") </dev/null 2>&4 4>&-
      _fr_c=$?
      printf '\036%s %s\n' "$_fr_n" "$_fr_c"
      printf '\036%s %s\n' "$_fr_n" "$_fr_c" >&4
      ;;
    esac
  done
}

_fr_reader | _fr_worker
