# shellcheck shell=sh disable=SC2154
# unlock KEY: gives the lock of a workflow up, where this connection has it.

IFS= read -r _fd_name </proc/sys/kernel/hostname
_fd_lock=$_fd_home/locks/$1@$_fd_name
_fd_old=$(readlink "$_fd_lock") && [ "${_fd_old%% *}" = "$_fr_o" ] && rm -f "$_fd_lock"
:
