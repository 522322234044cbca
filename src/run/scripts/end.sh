# shellcheck shell=sh disable=SC2086,SC2154
# end NAME: ends a durable command with all that it started, TERM first and two seconds later KILL, and forgets it.

_fd_spool=$_fd_home/durable/$1
[ -d "$_fd_spool" ] || exit 0
IFS=' ' read -r _fd_p _fd_t _fd_b _fd_s _fd_user <"$_fd_spool/owner"

if [ "$_fd_b" = "$_fd_boot" ]; then
  # The one who waits is a parent of all of it, and writes down how it ended.
  _fd_of=$_fd_s _fd_since=$_fd_t _fd_but=$_fd_p
  _fd_finish
  while _fd_lives "$_fd_p" "$_fd_t" "$_fd_b" && [ "$_fd_n" -lt 80 ]; do _fd_rest; _fd_n=$((_fd_n + 1)); done
  if _fd_lives "$_fd_p" "$_fd_t" "$_fd_b"; then kill -s KILL "$_fd_p"; fi
fi
if _fd_lives "$_fd_p" "$_fd_t" "$_fd_b"; then exit 1; fi
rm -rf "$_fd_spool"
