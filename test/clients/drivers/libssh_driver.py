import sys

import ssh
from ssh import options
from ssh.exceptions import EOF
from ssh.key import import_privkey_file
from ssh.session import Session

import terminal

if sys.argv[1] == "--version":
    # What libssh calls itself: SSH-2.0-libssh_0.11.1.
    import glob
    import os
    import re

    folder = os.path.join(os.path.dirname(os.path.dirname(ssh.__file__)), "ssh_python.libs")
    for file in glob.glob(os.path.join(folder, "libssh*")):
        with open(file, "rb") as library:
            print(re.search(rb"libssh_(\d+\.\d+\.\d+)", library.read()).group(1).decode())
    sys.exit()

host, port, user, key = terminal.target()
session = Session()
session.options_set(options.HOST, host)
session.options_set_port(port)
session.options_set(options.USER, user)
session.connect()
if key is None:
    session.userauth_none()
else:
    session.userauth_publickey(import_privkey_file(key))
channel = session.channel_new()
channel.open_session()
channel.request_pty_size(terminal.term(), *terminal.size())
channel.request_shell()


def read():
    for is_stderr in (True, False):
        try:
            count, data = channel.read_nonblocking(32768, is_stderr=is_stderr)
        except EOF:
            return None
        if count > 0 and is_stderr:
            terminal.show(data[:count], 2)
        elif count > 0:
            return data[:count]
    return None if channel.is_eof() or channel.is_closed() else b""


terminal.pump(session.get_fd() if session.sock is None else session.sock, read, channel.write, channel.change_pty_size)
status = channel.get_exit_status()
channel.close()
session.disconnect()
sys.exit(status)
