# shellcheck shell=sh disable=SC2034,SC2086,SC2154
# What the scripts of this folder share. They run in the remote shell, and all of their names begin with _fd_.

_fd_home=${XDG_STATE_HOME:-$HOME/.local/state}/flowrun
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
