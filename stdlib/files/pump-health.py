#!/usr/bin/python3
"""Ask an include server of distcc's pump mode for the include closure of a canary file.

usage: pump-health.py [--timeout SECONDS] [--cc COMPILER] [--dir DIR] SOCKET

A server whose process and socket are there can still be of no use, and distcc then quietly compiles without it. Only an
answer shows that it works. The canary is a fresh directory, removed at the end; --dir says where it is made, for a
server on another host that shares that directory with this one.

exit status: 0 it answered and named the canary's header; 1 it answered that it cannot analyse the file; 2 no answer.
"""
import argparse
import os
import socket
import sys
import tempfile

SOURCE = '#include <stddef.h>\n#include "canary.h"\nsize_t canary = CANARY;\n'
HEADER = '#define CANARY 1\n'


def token(name, text):
    """A string as the protocol carries it: four letters, its length in eight hexadecimal digits, its bytes."""
    data = os.fsencode(text)
    return b'%s%08x' % (name, len(data)) + data


def read_token(stream, name):
    """The number that a token carries; EOFError when the server hung up, ValueError when it said something else."""
    head = stream.read(12)
    if not head:
        raise EOFError('it closed the connection without an answer')
    if head[:4] != name:
        raise ValueError('it answered %r instead of %r' % (head[:4], name))
    return int(head[4:], 16)


def closure(path, directory, compiler, timeout):
    """The files that the server names for `COMPILER -c canary.c` in the directory."""
    command = [compiler, '-c', 'canary.c', '-o', 'canary.o']
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(timeout)
        server.connect(path)
        server.sendall(token(b'CDIR', directory) + b'ARGC%08x' % len(command)
                       + b''.join(token(b'ARGV', word) for word in command))
        with server.makefile('rb') as stream:
            count = read_token(stream, b'ARGC')
            return [os.fsdecode(stream.read(read_token(stream, b'ARGV'))) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description='check that an include server analyses a file')
    parser.add_argument('--timeout', type=float, default=10)
    parser.add_argument('--cc', default='gcc')
    parser.add_argument('--dir')
    parser.add_argument('socket')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix='pump-health.', dir=options.dir) as directory:
        for name, text in (('canary.c', SOURCE), ('canary.h', HEADER)):
            with open(os.path.join(directory, name), 'w') as file:
                file.write(text)
        try:
            files = closure(options.socket, directory, options.cc, options.timeout)
        except (OSError, EOFError, ValueError) as why:
            print('pump-health: %s: %s' % (options.socket, why), file=sys.stderr)
            return 2
    if not any('/canary.h.lzo' in name for name in files):
        print('pump-health: the include server gave up on a canary file', file=sys.stderr)
        return 1
    print('%d files' % len(files))
    return 0


if __name__ == '__main__':
    sys.exit(main())
