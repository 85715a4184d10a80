"""libssh2 itself, out of the wheel of ssh2-python, whose own binding cannot say a terminal's size."""

import glob
import os
import socket
import sys
from ctypes import CDLL, byref, c_char_p, c_int, c_long, c_uint, c_void_p, create_string_buffer

import ssh2

import terminal

folder = os.path.join(os.path.dirname(os.path.dirname(ssh2.__file__)), "ssh2_python.libs")
# It does not find the libcrypto beside it by itself.
CDLL(glob.glob(os.path.join(folder, "libcrypto*"))[0])
library = CDLL(glob.glob(os.path.join(folder, "libssh2*"))[0])


def function(name, result, *arguments):
    found = library["libssh2_" + name]
    found.restype, found.argtypes = result, arguments
    return found


if sys.argv[1] == "--version":
    print(function("version", c_char_p, c_int)(0).decode())
    sys.exit()

AGAIN = -37
host, port, user, key = terminal.target()
user = user.encode()
connection = socket.create_connection((host, port))
function("init", c_int, c_int)(0)
session = function("session_init_ex", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)(None, None, None, None)


def must(name, status):
    if status != 0:
        message = c_char_p()
        library.libssh2_session_last_error.argtypes = [c_void_p, c_void_p, c_void_p, c_int]
        library.libssh2_session_last_error(session, byref(message), None, 0)
        sys.exit(f"{name}: {(message.value or b'').decode()} ({status})")


must("handshake", function("session_handshake", c_int, c_void_p, c_int)(session, connection.fileno()))
if key is None:
    # Asks by `none`, which lets in.
    function("userauth_list", c_void_p, c_void_p, c_char_p, c_uint)(session, user, len(user))
    if not function("userauth_authenticated", c_int, c_void_p)(session):
        sys.exit("not let in")
else:
    from_file = function(
        "userauth_publickey_fromfile_ex", c_int, c_void_p, c_char_p, c_uint, c_char_p, c_char_p, c_char_p
    )
    must("key", from_file(session, user, len(user), f"{key}.pub".encode(), key.encode(), None))

open_channel = function(
    "channel_open_ex", c_void_p, c_void_p, c_char_p, c_uint, c_uint, c_uint, c_char_p, c_uint
)
channel = open_channel(session, b"session", 7, 2 * 1024 * 1024, 32768, None, 0)
if not channel:
    must("channel", -1)
name = terminal.term().encode()
pty = function("channel_request_pty_ex", c_int, c_void_p, c_char_p, c_uint, c_char_p, c_uint, c_int, c_int, c_int, c_int)
must("terminal", pty(channel, name, len(name), None, 0, *terminal.size(), 0, 0))
start = function("channel_process_startup", c_int, c_void_p, c_char_p, c_uint, c_char_p, c_uint)
must("shell", start(channel, b"shell", 5, None, 0))
function("session_set_blocking", None, c_void_p, c_int)(session, 0)

read_stream = function("channel_read_ex", c_long, c_void_p, c_int, c_char_p, c_long)
write_stream = function("channel_write_ex", c_long, c_void_p, c_int, c_char_p, c_long)
size_changed = function("channel_request_pty_size_ex", c_int, c_void_p, c_int, c_int, c_int, c_int)
at_end = function("channel_eof", c_int, c_void_p)
buffer = create_string_buffer(32768)


def read():
    for stream in (1, 0):
        count = read_stream(channel, stream, buffer, len(buffer))
        if count > 0 and stream == 1:
            terminal.show(buffer.raw[:count], 2)
        elif count > 0:
            return buffer.raw[:count]
        elif count < 0 and count != AGAIN:
            return None
    return None if at_end(channel) else b""


def write(data):
    while data:
        count = write_stream(channel, 0, data, len(data))
        if count > 0:
            data = data[count:]


def resize(columns, rows):
    while size_changed(channel, columns, rows, 0, 0) == AGAIN:
        pass


terminal.pump(connection, read, write, resize)
function("session_set_blocking", None, c_void_p, c_int)(session, 1)
function("channel_close", c_int, c_void_p)(channel)
sys.exit(function("channel_get_exit_status", c_int, c_void_p)(channel))
