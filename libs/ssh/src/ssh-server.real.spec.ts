import { spawn as spawnPty } from '@lydell/node-pty';
import { afterEach, describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import type { SshHandlers } from './settings.js';
import type { SshServerOptions } from './ssh-server.js';
import { COMMAND_NOT_RUN } from './session.js';
import { Running, TestServer, until } from './ssh.fixture.js';

let running: TestServer | undefined;
const clients: Running[] = [];

async function start(
  options: Partial<Omit<SshServerOptions, 'handlers'>> = {},
  handlers: Partial<SshHandlers> = {},
): Promise<TestServer> {
  running = await TestServer.start(options, handlers);
  return running;
}

function ssh(server: TestServer, ...rest: Parameters<TestServer['ssh']>): Running {
  const client = server.ssh(...rest);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.kill();
  await running?.stop();
  running = undefined;
});

describe('a joiner with OpenSSH and no configuration', () => {
  it('gets in without a prompt or a key, and what each side sends arrives', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt']);
    const joiner = await server.joiner();
    expect(joiner.info).toMatchObject({ user: 'TOKEN', address: '127.0.0.1', publicKey: undefined });
    expect(joiner.info.clientVersion).toMatch(/^OpenSSH_/);
    expect(server.attempts).toMatchObject([{ user: 'TOKEN', method: 'none', signed: false }]);
    joiner.channel.write(Buffer.from('hello'));
    client.type('keys');
    await until('the screen', () => client.stdout === 'hello');
    await until('the keys', () => Buffer.concat(joiner.typed).toString() === 'keys');
  });

  it.each([0, 7])('exits with status %i, after the last bytes', async (status) => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt']);
    const { channel } = await server.joiner();
    channel.write(Buffer.alloc(300_000, 'x'));
    channel.exit(status, { stderr: 'The session is over.\r\n' });
    expect(await client.exit).toBe(status);
    expect(client.stdout).toHaveLength(300_000);
    expect(client.stderr).toBe('The session is over.\r\n');
    expect(await server.end()).toBe('closed');
  });

  it('is reported with its terminal, size and language, and nothing else of its environment', async () => {
    const server = await start();
    const pty = spawnPty('ssh', server.sshArgs('TOKEN', '-o', 'SendEnv=LANG LC_* COLORTERM SECRET'), {
      name: 'xterm-256color',
      cols: 91,
      rows: 33,
      env: {
        PATH: process.env['PATH'] ?? '',
        TERM: 'xterm-256color',
        LANG: 'de_DE.UTF-8',
        COLORTERM: 'truecolor',
        SECRET: 'x',
      },
    });
    const joiner = await server.joiner();
    expect(joiner.info).toMatchObject({ term: 'xterm-256color', ptySize: { cols: 91, rows: 33 } });
    expect(joiner.info.env).toEqual({ LANG: 'de_DE.UTF-8', COLORTERM: 'truecolor' });
    pty.resize(120, 40);
    await until('the new size', () => joiner.sizes.length > 0);
    expect(joiner.sizes.at(-1)).toEqual([120, 40]);
    joiner.channel.exit(0);
    await until('the close', () => joiner.closed);
  });

  it('without a pty is reported as such', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-T']);
    const joiner = await server.joiner();
    expect(joiner.info).toMatchObject({ ptySize: undefined, term: undefined });
    joiner.channel.exit(1, { stderr: 'A terminal is needed.\n' });
    expect(await client.exit).toBe(1);
    expect(client.stderr).toBe('A terminal is needed.\n');
  });

  it('gets no session whose callback throws, and the server continues', async () => {
    let first = true;
    const server = await start(
      {},
      {
        joiner: (channel) => {
          if (first) {
            first = false;
            throw new Error('bug');
          }
          channel.exit(3);
        },
      },
    );
    expect(await ssh(server, 'A', ['-tt']).exit).toBe(255);
    expect(await server.end()).toBe('internal');
    expect(server.errors).toHaveLength(1);
    expect(await ssh(server, 'B', ['-tt']).exit).toBe(3);
  });
});

describe('a listener that throws', () => {
  it.each([
    ['a bug', new TypeError('bug'), 'internal', 1],
    ['a fault of the peer', new ShipmateError('protocol', 'That is no message.'), 'protocol', 0],
  ])('ends its own connection: %s', async (_, error, reason, reported) => {
    const server = await start(
      {},
      {
        joiner: (channel) =>
          channel.listen({
            onData: () => {
              throw error;
            },
            onClose: () => undefined,
          }),
      },
    );
    const client = ssh(server, 'TOKEN', ['-tt']);
    client.type('x');
    expect(await client.exit).toBe(255);
    expect(await server.end()).toBe(reason);
    expect(server.errors).toHaveLength(reported);
    expect(client.stderr).toContain(reported > 0 ? 'Something went wrong here.' : 'That is no message.');
  });
});

describe('what is not offered', () => {
  it('joins with a terminal and a command, and is told that the command was not run', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt'], ['tmux', 'attach']);
    const joiner = await server.joiner();
    expect(joiner.info.ptySize).toBeDefined();
    await until('the line', () => client.stderr.includes(COMMAND_NOT_RUN));
    joiner.channel.exit(0);
    expect(await client.exit).toBe(0);
  });

  it('a command: one sentence and exit status 1', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', [], ['uname', '-a']);
    expect(await client.exit).toBe(1);
    expect(client.stdout).toBe('');
    expect(client.stderr).toMatch(/^This server does not run commands.*\r?\n$/);
    expect(server.joined).toHaveLength(0);
  });

  it('subsystems: sftp for anybody, tmate for a joiner', async () => {
    const server = await start();
    for (const [user, name] of [
      ['TOKEN', 'sftp'],
      ['TOKEN', 'tmate'],
      ['tmate', 'sftp'],
    ] as const) {
      const client = ssh(server, user, ['-s'], [name]);
      expect(await client.exit).toBe(1);
      expect(client.stdout).toBe('');
      expect(client.stderr).toMatch(/^This server has no SFTP .*\r?\n$/);
    }
    expect(server.hosted).toHaveLength(0);
  });

  it('port forwarding, agent and X11: refused, while the session continues', async () => {
    const server = await start();
    const remote = ssh(server, 'TOKEN', ['-tt', '-A', '-R', '0:127.0.0.1:9', '-o', 'LogLevel=INFO']);
    const joiner = await server.joiner();
    await until('the refusal', () => remote.stderr.includes('remote port forwarding failed'));
    joiner.channel.write(Buffer.from('here'));
    await until('the session', () => remote.stdout.includes('here'));
    const strict = ssh(server, 'TOKEN', ['-tt', '-R', '0:127.0.0.1:9', '-o', 'ExitOnForwardFailure=yes']);
    expect(await strict.exit).toBe(255);
    // -W opens a direct-tcpip channel at once, as a use of -L would
    const local = ssh(server, 'TOKEN', ['-W', '127.0.0.1:9', '-o', 'LogLevel=INFO']);
    expect(await local.exit).toBe(255);
    expect(local.stderr).toContain('does not forward ports');
  });
});

describe('the end of a server', () => {
  it('tells those who are left after the grace, and drops newcomers at once', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt', '-o', 'LogLevel=INFO']);
    const joiner = await server.joiner();
    const scanner = server.tcp();
    await until('the scanner', () => server.server.newcomers === 1);
    await server.server.close({ graceMs: 50 });
    expect(joiner.closed).toBe('shutdown');
    expect(await client.exit).toBe(255);
    expect(client.stderr).toContain('The server is stopping.');
    await until('the scanner out', () => scanner.closed);
  });

  it('may begin with refusing newcomers, while existing sessions continue', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt']);
    const joiner = await server.joiner();
    server.server.refuseNew();
    const late = ssh(server, 'TOKEN', ['-tt']);
    expect(await late.exit).toBe(255);
    expect(late.stderr).toContain('Connection refused');
    joiner.channel.write(Buffer.from('still here'));
    await until('the screen', () => client.stdout === 'still here');
    const closed = server.server.close({ graceMs: 60_000 });
    joiner.channel.exit(0);
    await closed;
    expect(await client.exit).toBe(0);
  });

  it('is at once when nobody is there, and when the owner ends the last session', async () => {
    const server = await start();
    const client = ssh(server, 'TOKEN', ['-tt']);
    const joiner = await server.joiner();
    const closed = server.server.close({ graceMs: 60_000 });
    joiner.channel.exit(0);
    await closed;
    expect(await client.exit).toBe(0);
  });
});
