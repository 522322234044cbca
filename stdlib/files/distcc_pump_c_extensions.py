"""A stand-in, in plain Python, for the C extension of distcc's include server.

The extension that Debian 12 ships raises "PY_SSIZE_T_CLEAN macro must be defined" under Debian 12's own Python, which
ends the include server at its first request. Placed before it in the module search path, this one does the same work:

- strings travel as four letters, a length in eight hexadecimal digits, and the bytes;
- lists of strings as `ARGC` and their number, then an `ARGV` string each;
- sources are handed to the workers in the LZO1X format. A stream that holds one literal run and the end mark is valid
  there, so nothing is really compressed: the workers read it as any other, and the files of a compile are small.
"""
import os
import stat


class Error(Exception):
    """The peer broke off, or did not keep to the protocol."""


error = Error  # both names are in use

_LZO_END = b'\x11\x00\x00'
_LZO_SHORT_RUN = 238  # the longest literal run whose length fits into the first byte


def _read(fd, count):
    data = bytearray()
    while len(data) < count:
        part = os.read(fd, count - len(data))
        if not part:
            raise Error('the connection was closed')
        data += part
    return bytes(data)


def _read_number(fd, token):
    head = _read(fd, 12)
    if head[:4] != token.encode():
        raise Error('expected %s, got %r' % (token, head))
    return int(head[4:], 16)


def _write(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def RTokenString(fd, token):
    """Read one string that is announced by the token."""
    return os.fsdecode(_read(fd, _read_number(fd, token)))


def RCwd(fd):
    """Read the client's current directory."""
    return RTokenString(fd, 'CDIR')


def RArgv(fd):
    """Read a list of strings."""
    return [RTokenString(fd, 'ARGV') for _ in range(_read_number(fd, 'ARGC'))]


def XArgv(fd, words):
    """Send a list of strings."""
    parts = [b'ARGC%08x' % len(words)]
    for word in words:
        data = os.fsencode(word)
        parts += [b'ARGV%08x' % len(data), data]
    _write(fd, b''.join(parts))
    return True


def OsPathExists(path):
    """Whether the path leads to anything."""
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def OsPathIsFile(path):
    """Whether the path leads to a regular file."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except OSError:
        return False


def Realpath(path):
    """The path without symbolic links; the path itself when it leads nowhere, as realpath(3) is used there."""
    try:
        return os.path.realpath(path, strict=True)
    except OSError:
        return path


def CompressLzo1xAlloc(source):
    """The source as a valid LZO1X stream of one literal run."""
    # Sources are read as latin-1 by the caller, so that this gives the file's very bytes back.
    data = source.encode('latin-1') if isinstance(source, str) else bytes(source)
    if not data:
        return _LZO_END
    if len(data) <= _LZO_SHORT_RUN:
        return bytes([17 + len(data)]) + data + _LZO_END
    # A longer run: a zero, then 18 less than its length in base 255, a zero byte for each 255, never ending in zero.
    zeros, rest = divmod(len(data) - 19, 255)
    return b'\x00' + b'\x00' * zeros + bytes([rest + 1]) + data + _LZO_END
