# shellcheck shell=sh disable=SC2086,SC2154
# lock KEY RUN PART LOST OWNER: takes the lock of a workflow on this host. It belongs to the remote shell of the connection,
# by pid, start and boot, so that it is known to be stale when that has ended, however it ended. Says `locked PID`,
# `held RUN OWNER`, or `busy RUN` when a durable command of another run goes on. What another PART of the same run has left,
# and a connection of this part that is among LOST, is ended; another one of this part is this machine by another name.

exec 2>&1
umask 077
# Hosts may share a home.
IFS= read -r _fd_name </proc/sys/kernel/hostname
_fd_lock=$_fd_home/locks/$1@$_fd_name
_fd_look "$_fr_o" || exit 1
# A symbolic link is made with its content in one step, or not at all.
_fd_me="$_fr_o $_fd_start $_fd_boot $2 $3 $5"
_fd_tries=0
until mkdir -p "$_fd_home/locks" && ln -s "$_fd_me" "$_fd_lock" 2>/dev/null; do
  _fd_tries=$((_fd_tries + 1))
  [ "$_fd_tries" -lt 50 ] || { ln -s "$_fd_me" "$_fd_lock"; exit 1; }
  _fd_old=$(readlink "$_fd_lock") || continue
  IFS=' ' read -r _fd_p _fd_t _fd_b _fd_r _fd_part _fd_o <<EOF
$_fd_old
EOF
  if _fd_lives "$_fd_p" "$_fd_t" "$_fd_b"; then
    if [ "$_fd_r" != "$2" ]; then echo "held $_fd_r $_fd_o"; exit 0; fi
    if [ "$_fd_part" = "$3" ]; then
      case " $4 " in *" $_fd_p "*) ;; *) break ;; esac
    fi
    # Its sshd may hang, so that it has not seen the end of the connection.
    _fd_of=$_fd_p _fd_since=$_fd_t _fd_but=- _fd_user=:
    _fd_finish
    continue
  fi
  # One at a time takes a stale lock away, and looks once more whether it is the stale one.
  if ln -s "$_fd_me" "$_fd_lock.stale" 2>/dev/null; then
    [ "$(readlink "$_fd_lock")" != "$_fd_old" ] || rm -f "$_fd_lock"
    rm -f "$_fd_lock.stale"
  else
    IFS=' ' read -r _fd_p _fd_t _fd_b _fd_r <<EOF
$(readlink "$_fd_lock.stale")
EOF
    _fd_lives "$_fd_p" "$_fd_t" "$_fd_b" || rm -f "$_fd_lock.stale"
    _fd_rest
  fi
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
