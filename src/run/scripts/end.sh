# shellcheck shell=sh disable=SC2086,SC2154
# end NAME: ends a durable command with all that it started, TERM first and two seconds later KILL, and forgets it.

_fd_spool=$_fd_home/durable/$1
[ -d "$_fd_spool" ] || exit 0
IFS=' ' read -r _fd_p _fd_t _fd_b _fd_s _fd_user <"$_fd_spool/owner"

# What lives of its session, or was started by something that does, but for the one who waits: into $_fd_found.
_fd_find() {
  _fd_found=
  for _fd_x in /proc/[0-9]*/stat; do
    IFS= read -r _fd_v 2>/dev/null <"$_fd_x" || continue
    _fd_pid=${_fd_v%% *}
    set -- - - ${_fd_v##*) }
    case $3 in [ZX]) continue ;; esac
    [ "$_fd_pid" != "$_fd_p" ] && [ "${22}" -ge "$_fd_t" ] || continue
    if [ "$6" != "$_fd_s" ]; then
      case " $_fd_known " in *" $_fd_pid "* | *" $4 "*) ;; *) continue ;; esac
    fi
    _fd_known="$_fd_known $_fd_pid" _fd_found="$_fd_found $_fd_pid"
  done
  [ "$_fd_found" ]
}

_fd_send() {
  kill -s "$1" $_fd_found 2>/dev/null || [ "$_fd_user" = : ] ||
    sudo -n -u "$_fd_user" sh -c "kill -s $1 $_fd_found" </dev/null >/dev/null 2>&1
}

if [ "$_fd_b" = "$_fd_boot" ]; then
  # The one who waits is a parent of all of it.
  _fd_known=$_fd_p _fd_n=0
  _fd_find && _fd_send TERM
  while _fd_find && [ "$_fd_n" -lt 20 ]; do _fd_rest; _fd_n=$((_fd_n + 1)); done
  while _fd_find && [ "$_fd_n" -lt 60 ]; do _fd_send KILL; _fd_rest; _fd_n=$((_fd_n + 1)); done
  while _fd_lives "$_fd_p" "$_fd_t" "$_fd_b" && [ "$_fd_n" -lt 80 ]; do _fd_rest; _fd_n=$((_fd_n + 1)); done
  if _fd_lives "$_fd_p" "$_fd_t" "$_fd_b"; then kill -s KILL "$_fd_p"; fi
fi
rm -rf "$_fd_spool"
