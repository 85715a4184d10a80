"""What the drivers in Python share: this terminal, raw, at one end of a session."""

import os
import select
import signal
import sys
import termios
import tty


def target():
    """HOST PORT USER [KEYFILE] of the command line."""
    host, port, user, *key = sys.argv[1:]
    return host, int(port), user, key[0] if key else None


def term():
    return os.environ.get("TERM", "xterm")


def size():
    columns, rows = os.get_terminal_size(0)
    return columns, rows


class Raw:
    """The terminal without echo and line editing, until the end."""

    def __enter__(self):
        self.before = termios.tcgetattr(0)
        tty.setraw(0)

    def __exit__(self, *_):
        termios.tcsetattr(0, termios.TCSADRAIN, self.before)


def show(data, stream=1):
    while data:
        data = data[os.write(stream, data) :]


def pump(socket, read, write, resize):
    """Carries bytes until `read` says None: it gives what has come, perhaps nothing. `resize` is called with columns and rows."""
    woken, wake = os.pipe()
    signal.signal(signal.SIGWINCH, lambda *_: os.write(wake, b"r"))
    with Raw():
        while True:
            data = read()
            if data is None:
                return
            if data:
                show(data)
                continue
            ready, _, _ = select.select([0, socket, woken], [], [], 0.2)
            if woken in ready:
                os.read(woken, 100)
                resize(*size())
            if 0 in ready:
                write(os.read(0, 4096))
