import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostKeys, toOpenSsh } from './host-keys.js';
import { temporaryDirectory, TestServer } from './ssh.fixture.js';

const keygen = (...args: string[]): string => execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: 'pipe' });

let parent: string;
let directory: string;
const fileOf = (kind: string): string => path.join(directory, `ssh_host_${kind}_key`);

beforeEach(async () => {
  parent = await temporaryDirectory();
  directory = path.join(parent, 'data', 'keys');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('HostKeys', () => {
  it('creates keys that ssh-keygen understands and only their owner can read', async () => {
    const keys = await HostKeys.load(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).sort()).toEqual(['ssh_host_ecdsa_key', 'ssh_host_ed25519_key', 'ssh_host_rsa_key']);
    for (const kind of ['ed25519', 'ecdsa', 'rsa'] as const) {
      expect(statSync(fileOf(kind)).mode & 0o777).toBe(0o600);
      expect(keygen('-l', '-f', fileOf(kind))).toContain(keys.fingerprints[kind]);
      expect(keys.fingerprints[kind]).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    }
    expect(keygen('-l', '-f', fileOf('rsa'))).toMatch(/^3072 /);
    expect(Object.keys(keys.table)).toEqual(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256']);
  });

  it('keeps them', async () => {
    const first = await HostKeys.load(directory);
    const text = readFileSync(fileOf('rsa'), 'utf8');
    expect((await HostKeys.load(directory)).fingerprints).toEqual(first.fingerprints);
    expect(readFileSync(fileOf('rsa'), 'utf8')).toBe(text);
  });

  it('gives all processes that start at once the same keys, and leaves no other files', async () => {
    const loaded = await Promise.all(Array.from({ length: 4 }, () => HostKeys.load(directory)));
    expect(new Set(loaded.map((keys) => JSON.stringify(keys.fingerprints))).size).toBe(1);
    expect(readdirSync(directory)).toHaveLength(3);
  });

  it.each([
    ['OpenSSH', (file: string) => void keygen('-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', file)],
    ['PKCS#1', (file: string) => void keygen('-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', file)],
    [
      'PKCS#8',
      (file: string) => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
        chmodSync(file, 0o600);
      },
    ],
  ])("reads somebody's own key in %s format", async (_, write) => {
    mkdirSync(directory, { recursive: true });
    write(fileOf('rsa'));
    const keys = await HostKeys.load(directory);
    expect(keygen('-l', '-f', fileOf('rsa'))).toContain(keys.fingerprints.rsa);
  });

  it.each([
    [
      'with a passphrase',
      'ed25519',
      (file: string) => keygen('-q', '-t', 'ed25519', '-N', 'secret', '-f', file),
      /passphrase/,
    ],
    ['of another type', 'rsa', (file: string) => keygen('-q', '-t', 'ed25519', '-N', '', '-f', file), /ssh-ed25519/],
    [
      'on another curve',
      'ecdsa',
      (file: string) => keygen('-q', '-t', 'ecdsa', '-b', '384', '-N', '', '-f', file),
      /ecdsa-sha2-nistp384/,
    ],
    ['too small', 'rsa', (file: string) => keygen('-q', '-t', 'rsa', '-b', '1024', '-N', '', '-f', file), /2048 bits/],
    ['that is plain text', 'ed25519', (file: string) => writeFileSync(file, 'hello'), /not a private key/],
    ['that is a directory', 'rsa', (file: string) => mkdirSync(file), /EISDIR/],
  ])('names the file and what is wrong with a key %s', async (_, kind, write, why) => {
    mkdirSync(directory, { recursive: true });
    write(fileOf(kind));
    const failure = HostKeys.load(directory);
    await expect(failure).rejects.toMatchObject({ code: 'config' });
    await expect(failure).rejects.toThrow(why);
    await expect(failure).rejects.toThrow(fileOf(kind));
  });

  it('does without an ECDSA key where it is given the others in a directory that it cannot write to', async () => {
    const { ed25519, rsa } = (await HostKeys.load(directory)).fingerprints;
    const given = path.join(parent, 'given');
    mkdirSync(given);
    for (const kind of ['ed25519', 'rsa']) copyFileSync(fileOf(kind), path.join(given, `ssh_host_${kind}_key`));
    // Nobody can make a file of that name, root included.
    symlinkSync('nowhere', path.join(given, 'ssh_host_ecdsa_key'));
    const keys = await HostKeys.load(given);
    expect(keys.fingerprints).toEqual({ ed25519, rsa });
    expect(Object.keys(keys.table)).toEqual(['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']);
  });

  it('says so when it can make none', async () => {
    writeFileSync(path.join(parent, 'data'), 'in the way');
    await expect(HostKeys.load(directory)).rejects.toMatchObject({ code: 'config' });
    expect(existsSync(directory)).toBe(false);
  });

  it('writes keys of every length of padding', () => {
    for (let n = 0; n < 4; n++) {
      const file = path.join(parent, `key${n}`);
      writeFileSync(file, toOpenSsh(generateKeyPairSync('ed25519').privateKey), { mode: 0o600 });
      expect(keygen('-y', '-f', file)).toMatch(/^ssh-ed25519 /);
    }
  });
});

describe('OpenSSH', () => {
  it.each(['ssh-ed25519', 'ecdsa-sha2-nistp256', 'rsa-sha2-512'])(
    'joins a server that it knows by a host key of %s alone',
    async (algorithm) => {
      const server = await TestServer.start();
      try {
        const known = path.join(parent, 'known_hosts');
        const type = algorithm.startsWith('rsa') ? 'ssh-rsa' : algorithm;
        const blob = server.hostKeys.table[algorithm]?.getPublicSSH().toString('base64');
        mkdirSync(parent, { recursive: true });
        writeFileSync(known, `[127.0.0.1]:${server.port} ${type} ${blob}\n`);
        const strict = ['StrictHostKeyChecking=yes', `UserKnownHostsFile=${known}`, `HostKeyAlgorithms=${algorithm}`];
        const client = server.ssh('TOKEN', ['-tt', ...strict.flatMap((option) => ['-o', option])]);
        const joiner = await server.joiner();
        joiner.channel.exit(0);
        expect(await client.exit).toBe(0);
      } finally {
        await server.stop();
      }
    },
  );
});
