import sys

import paramiko

import terminal

if sys.argv[1] == "--version":
    print(paramiko.__version__)
    sys.exit()

host, port, user, key = terminal.target()
transport = paramiko.Transport((host, port))
transport.start_client(timeout=20)
if key is None:
    transport.auth_none(user)
else:
    transport.auth_publickey(user, paramiko.Ed25519Key.from_private_key_file(key))
channel = transport.open_session()
columns, rows = terminal.size()
channel.get_pty(terminal.term(), columns, rows)
channel.invoke_shell()


def read():
    if channel.recv_stderr_ready():
        terminal.show(channel.recv_stderr(32768), 2)
    if channel.recv_ready():
        return channel.recv(32768)
    return None if channel.exit_status_ready() and channel.closed else b""


terminal.pump(channel, read, channel.sendall, lambda columns, rows: channel.resize_pty(columns, rows))
status = channel.recv_exit_status()
transport.close()
sys.exit(status)
