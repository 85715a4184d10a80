import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { ForgeKeys } from './forge-keys.js';

let server: Server;
let base: string;
let asked: string[] = [];
let answer: (response: ServerResponse) => void = () => undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answer = (response) => response.end('ssh-ed25519 AAAA one\r\n\nssh-rsa BBBB two\n');
});

function forge(): { clock: FakeClock; keys: ForgeKeys } {
  const clock = new FakeClock();
  return { clock, keys: new ForgeKeys(new Map([['github', base]]), clock) };
}

describe('keys that a forge publishes', () => {
  it('are its lines, asked for once for a while, by however many', async () => {
    const { clock, keys } = forge();
    const all = await Promise.all([keys.keysOf('github:octocat'), keys.keysOf('github:octocat')]);
    expect(all[0]).toEqual(['ssh-ed25519 AAAA one', 'ssh-rsa BBBB two']);
    expect(all[1]).toEqual(all[0]);
    await keys.keysOf('github:octocat');
    expect(asked).toEqual(['/octocat.keys']);
    clock.advance(5 * 60_000);
    await keys.keysOf('github:octocat');
    expect(asked).toHaveLength(2);
  });

  it.each(['gitlab:octocat', 'github:', 'github:../x', 'github', 'nonsense'])(
    'are nowhere else: %s',
    async (source) => {
      const { keys } = forge();
      await expect(keys.keysOf(source)).rejects.toMatchObject({
        code: 'not-found',
        message: 'keys are available from github',
      });
      expect(asked).toEqual([]);
    },
  );

  it('are empty for somebody who does not exist, or has none', async () => {
    const { keys } = forge();
    answer = (response) => response.writeHead(404).end('Not Found');
    await expect(keys.keysOf('github:nobody')).rejects.toMatchObject({ code: 'not-found' });
    answer = (response) => response.end('\n');
    await expect(keys.keysOf('github:keyless')).rejects.toMatchObject({ code: 'not-found' });
    await expect(keys.keysOf('github:nobody')).rejects.toMatchObject({ code: 'not-found' });
    expect(asked).toHaveLength(2);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['an error', (response) => response.writeHead(500).end()],
    ['another place', (response) => response.writeHead(302, { location: '/other.keys' }).end()],
    ['more than there can be', (response) => response.end('x'.repeat(200_000))],
    [
      'half an answer',
      (response) => response.writeHead(200, { 'content-length': '100' }).write('ssh-', () => response.destroy()),
    ],
  ])('cannot be told when the forge answers with %s', async (_, how) => {
    const { keys } = forge();
    answer = how;
    await expect(keys.keysOf('github:octocat')).rejects.toMatchObject({ code: 'unavailable' });
    expect(asked).toEqual(['/octocat.keys']);
    // It is asked again: a failure is not kept.
    answer = (response) => response.end('ssh-ed25519 AAAA\n');
    expect(await keys.keysOf('github:octocat')).toEqual(['ssh-ed25519 AAAA']);
  });

  it('are waited for no longer than a moment', async () => {
    const { clock, keys } = forge();
    const arrived = new Promise<void>((resolve) => (answer = () => resolve()));
    const asking = expect(keys.keysOf('github:octocat')).rejects.toMatchObject({ code: 'unavailable' });
    await arrived;
    clock.advance(5_000);
    await asking;
  });
});
