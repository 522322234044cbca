# shellcheck shell=sh disable=SC2154
# rest NAME FROM: what is there of a durable command's output from that byte on.

tail -c "+$(($2 + 1))" "$_fd_home/durable/$1/out"
