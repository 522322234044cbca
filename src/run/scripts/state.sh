# shellcheck shell=sh disable=SC2015,SC2034,SC2086,SC2154
# What the scripts of this folder that deal with processes share. They run in the remote shell.

IFS= read -r _fd_boot </proc/sys/kernel/random/boot_id

# Fields of /proc/PID/stat into $_fd_pid, $_fd_session and $_fd_start; fails for a process that has ended.
_fd_look() {
  IFS= read -r _fd_v 2>/dev/null <"/proc/$1/stat" || return 1
  _fd_pid=${_fd_v%% *}
  set -- - - ${_fd_v##*) }
  case $3 in [ZX]) return 1 ;; esac
  _fd_session=$6 _fd_start=${22}
}

# Whether the process of this pid, start and boot still lives: pids come again, starts within a boot do not.
_fd_lives() { [ "$3" = "$_fd_boot" ] && _fd_look "$1" && [ "$_fd_start" = "$2" ]; }

_fd_rest() { sleep 0.1 2>/dev/null || sleep 1; }

# What lives of the session $_fd_of or was started by something that does, since $_fd_since, but for process $_fd_but:
# into $_fd_found.
_fd_find() {
  _fd_found=
  for _fd_x in /proc/[0-9]*/stat; do
    IFS= read -r _fd_v 2>/dev/null <"$_fd_x" || continue
    _fd_pid=${_fd_v%% *}
    set -- - - ${_fd_v##*) }
    case $3 in [ZX]) continue ;; esac
    if [ "$_fd_pid" = "$_fd_but" ] || [ "${22}" -lt "$_fd_since" ]; then continue; fi
    if [ "$6" != "$_fd_of" ]; then
      case " $_fd_known " in *" $_fd_pid "* | *" $4 "*) ;; *) continue ;; esac
    fi
    _fd_known="$_fd_known $_fd_pid" _fd_found="$_fd_found $_fd_pid"
  done
  [ "$_fd_found" ]
}

# Processes of another user cannot be signalled but by that user.
_fd_send() {
  kill -s "$1" $_fd_found 2>/dev/null || [ "$_fd_user" = : ] ||
    sudo -n -u "$_fd_user" sh -c "kill -s $1 $_fd_found" </dev/null >/dev/null 2>&1
}

# Ends all of it: TERM, and two seconds later KILL.
_fd_finish() {
  _fd_known=$_fd_but _fd_n=0
  _fd_find && _fd_send TERM
  while _fd_find && [ "$_fd_n" -lt 20 ]; do _fd_rest; _fd_n=$((_fd_n + 1)); done
  while _fd_find && [ "$_fd_n" -lt 60 ]; do _fd_send KILL; _fd_rest; _fd_n=$((_fd_n + 1)); done
}
