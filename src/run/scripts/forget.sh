# shellcheck shell=sh disable=SC2154
# forget NAME: removes what a durable command left, after its status was told.

rm -rf "$_fd_home/durable/$1"
