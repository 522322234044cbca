# shellcheck shell=sh disable=SC2016,SC2154
# start NAME KEY USER SHELL: begins a durable command. $_fd_text holds its shell text, which SHELL reads from a line, and
# $_fd_input what it reads itself, both as `printf %b` takes them: on no command line and in no file. Says `started`, `there` when it was begun before, or what
# is wrong.

command -v setsid >/dev/null || { echo 'there is no `setsid`, which a command needs to outlive the connection'; exit 1; }

# In a session of its own. It begins only when all has come through the pipe: a connection that is lost on the way
# begins nothing.
_fd_run='
IFS= read -r text && IFS= read -r input && IFS= read -r last && [ "$last" = go ] || exit 1
mask=$(umask) home=$1 spool=$1/durable/$2 user=$4 shell=$5
umask 077
mkdir -p "$1/durable" || exit 1
mkdir "$spool" 2>/dev/null || {
  if [ -d "$spool" ]; then echo there; else mkdir "$spool"; fi
  exit
}
# Shells say of a full disk no more than that the write failed.
give_up() {
  df -P "$home/durable" 2>/dev/null | {
    read -r head && read -r device blocks used free rest && [ "$free" -lt 8 ] && echo "No space left on device"
  }
  rm -rf "$spool"
  exit 1
}
# Room for the status is taken now: at the end the disk may be full.
echo "$3" >"$spool/key" && echo "... ...." >"$spool/exit" && : >"$spool/out" || give_up
(
  IFS= read -r line </proc/self/stat
  IFS= read -r boot </proc/sys/kernel/random/boot_id
  pid=${line%% *}
  set -- - - ${line##*) }
  echo "$pid ${22} $boot $6 $user" >"$spool/owner" || give_up
  echo started
  exec >/dev/null 2>&1
  trap : INT TERM
  umask "$mask"
  { printf "%s\n" "$text"; printf %b "$input"; } | eval "$shell" >>"$spool/out" 2>&1
  code=$? room=room
  { echo >"$spool/room"; } 2>/dev/null || room=full
  printf "%03d %s" "$code" "$room" 1<>"$spool/exit"
) &
'
# What is said is waited for: it is said in the background.
_fd_said=$(printf '%s\n%s\ngo\n' "$_fd_text" "$_fd_input" | setsid sh -c "$_fd_run" sh "$_fd_home" "$1" "$2" "$3" "$4" 2>&1)
printf "%s\n" "$_fd_said"
