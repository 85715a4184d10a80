/** Clients besides OpenSSH, each in its own terminal, as people start them. */
import { spawn as spawnPty, type IPty } from '@lydell/node-pty';
import { afterEach, describe, expect, it } from 'vitest';
import { TestServer, until } from './ssh.fixture.js';

let running: TestServer | undefined;
const terminals: IPty[] = [];
afterEach(async () => {
  for (const terminal of terminals.splice(0)) terminal.kill('SIGKILL');
  await running?.stop();
  running = undefined;
});

interface Started {
  readonly terminal: IPty;
  readonly seen: () => string;
  readonly exit: Promise<number>;
}

function run(server: TestServer, program: string, args: readonly string[]): Started {
  const env = { ...process.env, HOME: server.directory, TERM: 'xterm' };
  const terminal = spawnPty(program, [...args], { cols: 90, rows: 30, env });
  terminals.push(terminal);
  let text = '';
  terminal.onData((data) => (text += data));
  const exit = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)));
  return { terminal, seen: () => text, exit };
}

describe.each([
  ['dropbear', 'dbclient', (port: number) => ['-y', '-y', '-p', String(port), 'TOKEN@127.0.0.1']],
  [
    'PuTTY',
    'plink',
    (port: number, hostKey: string) => ['-ssh', '-hostkey', hostKey, '-P', String(port), 'TOKEN@127.0.0.1'],
  ],
] as const)('%s', (name, program, argsFor) => {
  it('joins, sees, types, is resized and leaves', async () => {
    running = await TestServer.start();
    const server = running;
    const args = argsFor(server.port, server.hostKeys.fingerprints.ed25519);
    const { terminal, seen, exit } = run(server, program, args);
    // Protects against servers that imitate a login prompt (docs/joining.md).
    if (name === 'PuTTY') {
      await until('its question', () => seen().includes('Press Return to begin session'));
      terminal.write('\r');
    }
    const joiner = await server.joiner();
    expect(joiner.info).toMatchObject({ user: 'TOKEN', term: 'xterm', ptySize: { cols: 90, rows: 30 } });
    joiner.channel.write(Buffer.from('the screen'));
    await until('the screen', () => seen().includes('the screen'));
    terminal.write('keys');
    await until('the keys', () => Buffer.concat(joiner.typed).toString() === 'keys');
    // plink reads the size of its terminal once, at the start.
    if (name !== 'PuTTY') {
      terminal.resize(100, 40);
      await until('the size', () => joiner.sizes.some(([cols, rows]) => cols === 100 && rows === 40));
    }
    joiner.channel.exit(0);
    expect(await exit).toBe(0);
    expect(server.errors).toEqual([]);
  });
});
