# shellcheck shell=sh disable=SC2154
# follow NAME FROM: the output of a durable command from that byte on, until it ends. Then on stderr how it ended and the
# number of bytes that there are: `end STATUS ROOM BYTES`, where ROOM is `full` or `room` as the disk was at its end,
# `died BYTES` when nobody wrote a status, `rebooted BYTES`, `none`.

_fd_spool=$_fd_home/durable/$1
[ -d "$_fd_spool" ] || { echo none >&2; exit; }
# It was begun and did not get as far as to say by whom.
[ -f "$_fd_spool/owner" ] || { echo "died 0" >&2; exit; }
# shellcheck disable=SC2034
IFS=' ' read -r _fd_p _fd_t _fd_b _fd_r <"$_fd_spool/owner"
tail -c "+$(($2 + 1))" -f "$_fd_spool/out" 2>/dev/null &
_fd_tail=$!
_fd_word=died
while :; do
  # Alive first: it writes its status before it ends.
  _fd_lives "$_fd_p" "$_fd_t" "$_fd_b" && _fd_alive=1 || _fd_alive=
  IFS= read -r _fd_code <"$_fd_spool/exit"
  case $_fd_code in
  [0-9]*) _fd_word="end ${_fd_code}"; break ;;
  esac
  [ "$_fd_alive" ] || { [ "$_fd_b" = "$_fd_boot" ] || _fd_word=rebooted; break; }
  sleep 0.2 2>/dev/null || sleep 1
done
kill "$_fd_tail"
wait "$_fd_tail" 2>/dev/null
echo "$_fd_word $(wc -c <"$_fd_spool/out")" >&2
