# shellcheck shell=sh disable=SC2086,SC2154
# lock KEY RUN OWNER SHELLS: takes the lock of a workflow on this host. It belongs to the remote shell of the connection, by pid,
# start and boot, so that it is known to be stale when that has ended, however it ended. Says `locked PID`,
# `held RUN OWNER`, or `busy RUN` when a durable command of another run goes on. What an earlier connection of the same run
# has left is ended, unless it is one of SHELLS: this machine has two names then.

umask 077
mkdir -p "$_fd_home/locks" 2>&1 || exit 1
_fd_lock=$_fd_home/locks/$1
_fd_look "$_fr_o" || exit 1
# A symbolic link is made with its content in one step, or not at all.
_fd_me="$_fr_o $_fd_start $_fd_boot $2 $3"
_fd_tries=0
until ln -s "$_fd_me" "$_fd_lock" 2>/dev/null; do
  _fd_tries=$((_fd_tries + 1))
  [ "$_fd_tries" -lt 20 ] || { ln -s "$_fd_me" "$_fd_lock" 2>&1; exit 1; }
  _fd_old=$(readlink "$_fd_lock") || continue
  IFS=' ' read -r _fd_p _fd_t _fd_b _fd_r _fd_o <<EOF
$_fd_old
EOF
  if _fd_lives "$_fd_p" "$_fd_t" "$_fd_b"; then
    # This connection has it already.
    [ "$_fd_old" = "$_fd_me" ] && break
    if [ "$_fd_r" != "$2" ]; then echo "held $_fd_r $_fd_o"; exit 0; fi
    case " $4 " in *" $_fd_p "*) break ;; esac
    # Its sshd may hang, so that it has not seen the end of the connection.
    _fd_of=$_fd_p _fd_since=$_fd_t _fd_but=- _fd_user=:
    _fd_finish
    continue
  fi
  # Whoever moves a stale one away looks at what was moved: another run may have been quicker and hold it by now.
  mv "$_fd_lock" "$_fd_lock.$_fr_o" 2>/dev/null || continue
  [ "$(readlink "$_fd_lock.$_fr_o")" = "$_fd_old" ] || ln -s "$(readlink "$_fd_lock.$_fr_o")" "$_fd_lock" 2>/dev/null
  rm -f "$_fd_lock.$_fr_o"
done
for _fd_x in "$_fd_home"/durable/*/key; do
  [ -f "$_fd_x" ] || continue
  _fd_spool=${_fd_x%/key}
  _fd_name=${_fd_spool##*/}
  IFS= read -r _fd_v <"$_fd_x" && [ "$_fd_v" = "$1" ] && [ "${_fd_name%.*}" != "$2" ] || continue
  IFS=' ' read -r _fd_p _fd_t _fd_b _fd_o <"$_fd_spool/owner" && _fd_lives "$_fd_p" "$_fd_t" "$_fd_b" || continue
  rm -f "$_fd_lock"
  echo "busy ${_fd_name%.*}"
  exit 0
done
echo "locked $_fr_o"
