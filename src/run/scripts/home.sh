# shellcheck shell=sh disable=SC2015,SC2034
# Where flowrun keeps what it has on a host: $_fd_home. All names of these scripts begin with _fd_.

_fd_home=${XDG_STATE_HOME:-$HOME/.local/state}/flowrun
# A home that cannot be written, such as that of a read-only root file system: a directory that is ours and nobody else's.
# The mask of the shell is left alone: commands inherit it.
if ! (umask 077 && mkdir -p "$_fd_home") 2>/dev/null || ! [ -w "$_fd_home" ]; then
  _fd_home=/tmp/flowrun-$(id -u)
  mkdir -m 700 "$_fd_home" 2>/dev/null
  # shellcheck disable=SC3067 # dash, busybox ash and bash have it
  [ -O "$_fd_home" ] && [ ! -L "$_fd_home" ] || { echo "$_fd_home belongs to somebody else"; exit 1; }
fi
