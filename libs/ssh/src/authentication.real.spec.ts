import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ssh2, { type ParsedKey } from 'ssh2';
import { afterEach, beforeAll, afterAll, describe, expect, it } from 'vitest';
import { rm } from 'node:fs/promises';
import { MAX_USER_BYTES, type AuthPolicy } from './authentication.js';
import { fingerprint } from '#keys';
import { connectSsh2, Running, temporaryDirectory, TestServer, until } from './ssh.fixture.js';

let keys: string;
let running: TestServer | undefined;
const clients: Running[] = [];

const keyFile = (name: string): string => path.join(keys, name);
const publicKey = (name: string): [string, string] => {
  const [type = '', base64 = ''] = readFileSync(`${keyFile(name)}.pub`, 'utf8').split(' ');
  return [type, fingerprint(Buffer.from(base64, 'base64'))];
};

beforeAll(async () => {
  keys = await temporaryDirectory();
  const makes: [string, string[]][] = [
    ['ed25519', ['-t', 'ed25519']],
    ['ecdsa256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa384', ['-t', 'ecdsa', '-b', '384']],
    ['ecdsa521', ['-t', 'ecdsa', '-b', '521']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['rsa1024', ['-t', 'rsa', '-b', '1024']],
    ['other', ['-t', 'ed25519']],
  ];
  for (const [name, args] of makes) execFileSync('ssh-keygen', ['-q', '-N', '', ...args, '-f', keyFile(name)]);
});
afterAll(() => rm(keys, { recursive: true }));

afterEach(async () => {
  for (const client of clients.splice(0)) await client.kill();
  await running?.stop();
  running = undefined;
});

async function start(authenticate: AuthPolicy): Promise<TestServer> {
  running = await TestServer.start({}, { authenticate });
  return running;
}

/** `ssh` with these keys and no others. */
function sshWith(server: TestServer, names: string[], ...options: string[]): Running {
  const identities = names.flatMap((name) => ['-i', keyFile(name)]);
  const client = server.ssh('TOKEN', ['-tt', '-o', 'IdentitiesOnly=yes', ...identities, ...options]);
  clients.push(client);
  return client;
}

/** Lets nobody in without a key of this fingerprint. */
const only =
  (wanted: string): AuthPolicy =>
  ({ publicKey: key }) =>
    key?.fingerprint === wanted ? 'accept' : 'reject';

describe('publickey', () => {
  it.each(['ed25519', 'ecdsa256', 'ecdsa384', 'ecdsa521', 'rsa'])(
    'lets in who signs with the right %s key',
    async (name) => {
      const [type, wanted] = publicKey(name);
      const server = await start(only(wanted));
      sshWith(server, ['other', name]);
      const { info } = await server.joiner();
      expect(info.publicKey).toMatchObject({ type, fingerprint: wanted });
      expect(server.attempts.map(({ method, signed }) => [method, signed])).toEqual([
        ['none', false],
        ['publickey', false],
        ['publickey', false],
        ['publickey', true],
      ]);
    },
  );

  it.each(['rsa-sha2-256', 'rsa-sha2-512'])('takes %s', async (algorithm) => {
    const server = await start(only(publicKey('rsa')[1]));
    sshWith(server, ['rsa'], '-o', `PubkeyAcceptedAlgorithms=${algorithm}`);
    await server.joiner();
  });

  it('accepts no SHA-1 signature, and no RSA key of 1024 bits', async () => {
    const server = await start(({ method }) => (method === 'publickey' ? 'accept' : 'reject'));
    const sha1 = ['-o', 'PubkeyAcceptedAlgorithms=ssh-rsa', '-o', 'RequiredRSASize=1024'];
    expect(await sshWith(server, ['rsa'], ...sha1).exit).toBe(255);
    expect(await sshWith(server, ['rsa1024'], '-o', 'RequiredRSASize=1024').exit).toBe(255);
    expect(server.joined).toHaveLength(0);
    expect(server.attempts.some(({ signed }) => signed)).toBe(false);
  });

  it('refuses somebody with another key, with a sentence if the policy has one', async () => {
    const server = await start(({ method }) => (method === 'none' ? 'reject' : { reject: 'This key may not join.' }));
    const client = sshWith(server, ['other'], '-o', 'LogLevel=INFO');
    expect(await client.exit).toBe(255);
    expect(client.stderr).toContain('This key may not join.');
    expect(client.stderr).toContain('Permission denied (publickey');
    expect(await server.end()).toBe('auth-failed');
  });

  it('says the same sentence once, of however many keys', async () => {
    const server = await start(({ method }) => (method === 'none' ? 'reject' : { reject: 'These keys may not join.' }));
    const client = sshWith(server, ['other', 'ed25519', 'rsa'], '-o', 'LogLevel=INFO');
    expect(await client.exit).toBe(255);
    expect(server.attempts).toHaveLength(4);
    expect(client.stderr.match(/These keys may not join/g)).toHaveLength(1);
  });

  it('does not believe a key without its signature', async () => {
    const server = await start(only(publicKey('ed25519')[1]));
    await expect(connectSsh2(server, 'TOKEN', { agent: new ForgingAgent() })).rejects.toThrow();
    expect(server.attempts.map(({ method, signed }) => [method, signed])).toEqual([
      ['none', false],
      ['publickey', false],
    ]);
    expect(server.attempts.some(({ signed }) => signed)).toBe(false);
    expect(server.joined).toHaveLength(0);
  });
});

describe('the policy', () => {
  it('may take its time, and may ask the user', async () => {
    running = await TestServer.start(
      { authMethods: ['keyboard-interactive'] },
      {
        authenticate: async ({ method, ask }) => {
          await Promise.resolve();
          if (method !== 'keyboard-interactive' || ask === undefined) return 'reject';
          const [code] = await ask([{ text: 'Code: ', echo: false }], 'Prove it.');
          return code === '1234' ? 'accept' : 'reject';
        },
      },
    );
    const client = await connectSsh2(running, 'TOKEN', { tryKeyboard: true }, (prompts) => {
      expect(prompts).toMatchObject([{ prompt: 'Code: ', echo: false }]);
      return ['1234'];
    });
    client.destroy();
    await expect(connectSsh2(running, 'TOKEN', { tryKeyboard: true }, () => ['4321'])).rejects.toThrow();
  });

  it('that throws ends only that connection', async () => {
    const server = await start(({ user }) => {
      if (user === 'BAD') throw new Error('the directory is away');
      return 'accept';
    });
    const bad = server.ssh('BAD', ['-tt']);
    expect(await bad.exit).toBe(255);
    expect(bad.stderr).toContain('cannot let anyone in right now');
    expect(await server.end()).toBe('internal');
    clients.push(server.ssh('GOOD', ['-tt']));
    await server.joiner();
  });
});

describe('limits', () => {
  it('takes a user name of 1 KiB, and none longer', async () => {
    const server = await start(() => 'accept');
    (await connectSsh2(server, 'x'.repeat(MAX_USER_BYTES))).destroy();
    expect(server.attempts).toHaveLength(1);
    await expect(connectSsh2(server, 'x'.repeat(MAX_USER_BYTES + 1))).rejects.toThrow();
    await until('the limit', () => server.ends.some(({ reason }) => reason === 'limit'));
    expect(server.attempts).toHaveLength(1);
  });

  it('ends a connection that sends a name of 10 MB before it has it', async () => {
    const server = await start(() => 'accept');
    await expect(connectSsh2(server, 'x'.repeat(10_000_000))).rejects.toThrow();
    await until('the end', () => server.ends.length === 1);
    expect(server.ends[0]?.reason).toMatch(/^(protocol|reset|closed-by-peer)$/);
    expect(server.attempts).toHaveLength(0);
  });

  it('ends a connection that tries without end', async () => {
    const server = await start(() => 'reject');
    const tries = (_: unknown, __: unknown, next: (method: unknown) => void): void =>
      next({ type: 'publickey', username: 'TOKEN', key: readFileSync(keyFile('other')) });
    await expect(connectSsh2(server, 'TOKEN', { authHandler: tries as never })).rejects.toThrow();
    expect(await server.end()).toBe('auth-failed');
    expect(server.attempts.length).toBeLessThanOrEqual(32);
  });
});

/** Shows one key and signs with another. */
class ForgingAgent extends ssh2.BaseAgent {
  readonly #shown = parsed(readFileSync(keyFile('ed25519')));
  readonly #signer = parsed(readFileSync(keyFile('other')));

  override getIdentities(done: (error: Error | undefined, keys: ParsedKey[]) => void): void {
    done(undefined, [this.#shown]);
  }

  override sign(_: unknown, data: Buffer, options: unknown, done?: unknown): void {
    const callback = (done ?? options) as (error: Error | undefined, signature: Buffer) => void;
    callback(undefined, this.#signer.sign(data));
  }
}

function parsed(file: Buffer): ParsedKey {
  const key = ssh2.utils.parseKey(file);
  if (key instanceof Error) throw key;
  return key;
}
