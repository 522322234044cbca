# shellcheck shell=sh disable=SC2154
# unlock KEY: gives the lock of a workflow up, where this connection has it.

_fd_lock=$_fd_home/locks/$1
_fd_old=$(readlink "$_fd_lock") && [ "${_fd_old%% *}" = "$_fr_o" ] && rm -f "$_fd_lock"
rmdir "$_fd_home/locks" 2>/dev/null
rmdir "$_fd_home" 2>/dev/null
:
