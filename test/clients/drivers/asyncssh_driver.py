import asyncio
import os
import signal
import sys

import asyncssh

import terminal

if sys.argv[1] == "--version":
    print(asyncssh.__version__)
    sys.exit()


async def copy(reader, stream):
    while data := await reader.read(32768):
        terminal.show(data, stream)


async def main():
    host, port, user, key = terminal.target()
    options = dict(known_hosts=None, client_keys=[key] if key else None, agent_path=None, config=None)
    async with asyncssh.connect(host, port, username=user, **options) as connection:
        process = await connection.create_process(
            term_type=terminal.term(), term_size=terminal.size(), encoding=None, request_pty="force"
        )
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGWINCH, lambda: process.change_terminal_size(*terminal.size()))
        loop.add_reader(0, lambda: process.stdin.write(os.read(0, 4096)))
        with terminal.Raw():
            await asyncio.gather(copy(process.stdout, 1), copy(process.stderr, 2))
            await process.wait_closed()
        return process.exit_status


sys.exit(asyncio.run(main()))
