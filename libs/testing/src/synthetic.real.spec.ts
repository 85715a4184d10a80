import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { decodeMultiStream, encode } from '@msgpack/msgpack';
import ssh2 from 'ssh2';
import type { ServerChannel } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { RedisServer, Stage, SyntheticHost, SyntheticJoiner, until } from '#testing';

const stage = new Stage();
afterEach(async () => await stage.clear());

/** An SSH server that lets anybody in and hands out their channels. */
async function server(onChannel: (channel: ServerChannel, what: string, user: string) => void): Promise<number> {
  // Of the ed25519 keys that ssh2 makes itself, it cannot read some.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ type: 'sec1', format: 'pem' });
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    let user = '';
    client.on('error', () => undefined);
    client.on('authentication', (attempt) => {
      user = attempt.username;
      attempt.accept();
    });
    client.on('session', (accept) => {
      const session = accept();
      let size = '';
      session.on('pty', (accept, _reject, info) => {
        size = `${info.cols}x${info.rows}`;
        accept();
      });
      session.on('window-change', (accept, _reject, info) => {
        (accept as (() => void) | undefined)?.();
        resized.push(`${info.cols}x${info.rows}`);
      });
      session.on('shell', (accept) => onChannel(accept(), `shell ${size}`, user));
      session.on('subsystem', (accept, _reject, info) => onChannel(accept(), info.name, user));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.onClear(() => server.close());
  return (server.address() as AddressInfo).port;
}
const resized: string[] = [];

describe('SyntheticHost', () => {
  it('introduces itself as tmate does and keeps what it is told', async () => {
    const heard: unknown[] = [];
    const port = await server((channel, what, user) => {
      heard.push(`${user} ${what}`);
      void (async () => {
        for await (const message of decodeMultiStream(channel)) heard.push(message);
      })();
      const answers = [
        [4, 'tmate_ssh', 'ssh -p22 abc@h'],
        [0, 'hello'],
        [6, -1, 0x10000000000c],
        [2, -1, -1],
        [7, 3, 'kill-pane'],
        [5],
      ];
      for (const answer of answers) channel.write(encode(answer));
    });
    const host = await stage.add(SyntheticHost.start({ port }, { commands: [['set-option', '-g', 'prefix', 'C-a']] }));
    expect(await host.token()).toBe('abc');
    expect(host).toMatchObject({
      notices: ['hello'],
      keys: [{ pane: -1, key: 0x10000000000c }],
      sizes: [[-1, -1]],
      commands: [{ client: 3, argv: ['kill-pane'] }],
    });
    host.output(Buffer.alloc(20_000, 'x'));
    await until(() => heard.length >= 8, { what: 'all that the host says' });
    expect(heard.slice(0, 6)).toEqual([
      'tmate tmate',
      [0, 6, '2.4.0'],
      [12, 'set-option', '-g', 'prefix', 'C-a'],
      [13, 'Linux', 'synthetic', '6.1', '#1', 'x86_64'],
      [9],
      [1, 80, 23, [[0, 'bash', [[0, 80, 23, 0, 0]], 0]], 0],
    ]);
    expect(
      (heard.slice(6) as [number, number, Uint8Array][]).map(([type, pane, bytes]) => [type, pane, bytes.length]),
    ).toEqual([
      [2, 0, 16_384],
      [2, 0, 3616],
    ]);
  });

  it('says what the server told before it closed', async () => {
    const port = await server((channel) => {
      channel.write(encode([0, 'not today']));
      channel.exit(1);
      channel.end();
    });
    await expect(SyntheticHost.start({ port })).rejects.toThrow(/closed the channel before it sent READY.*not today/);
  });
});

describe('SyntheticJoiner', () => {
  it('has a terminal, types, resizes, and tells its exit status', async () => {
    const port = await server((channel, what, user) => {
      channel.write(`${user} ${what}\r\n`);
      channel.once('data', (typed: Buffer) => {
        channel.write(`typed ${String(typed)}`);
        channel.exit(3);
        channel.end();
      });
    });
    const joiner = await stage.add(SyntheticJoiner.start({ port, token: 'abc', cols: 90, rows: 20 }));
    await joiner.screen.toShow('abc shell 90x20');
    await joiner.resize(100, 30);
    await until(() => resized.includes('100x30'), { what: 'the new size to arrive' });
    await joiner.type('xyz');
    await joiner.screen.toShow('typed xyz');
    expect(await joiner.toClose()).toBe(3);
  });

  it('can stop reading, and continues where it stopped', async () => {
    const megabytes = 8;
    let held = false;
    const port = await server((channel) => {
      const chunk = Buffer.alloc(megabytes * 1e6, 'x');
      channel.once('data', () => channel.write(chunk, () => (held = false)));
      channel.once('data', () => (held = true));
    });
    const joiner = await stage.add(SyntheticJoiner.start({ port, token: 'abc', blind: true }));
    joiner.pause();
    await joiner.type('go');
    await until(() => held, { what: 'the server to send' });
    expect(joiner.bytes).toBe(0);
    joiner.resume();
    await joiner.toReceive(megabytes * 1e6);
    await until(() => !held, { what: 'the server to have sent all' });
  });
});

describe('RedisServer', () => {
  it('runs on a port of its own, and comes back empty after a crash', async () => {
    const redis = await stage.add(RedisServer.start());
    expect(await redis.cli('set', 'a', '1')).toBe('OK');
    await redis.crash();
    await expect(redis.cli('ping')).rejects.toThrow(/Could not connect|refused/);
    await redis.restart();
    expect(await redis.cli('get', 'a')).toBe('');
  });
});
