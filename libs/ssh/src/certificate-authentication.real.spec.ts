import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuthPolicy } from './authentication.js';
import { fingerprint } from '#keys';
import { Running, temporaryDirectory, TestServer, until } from './ssh.fixture.js';

const TYPES = { ed25519: '256', ecdsa256: '256', ecdsa521: '521', rsa: '2048' } as const;
let keys: string;
let running: TestServer;
const clients: Running[] = [];
const agents: ChildProcess[] = [];

const file = (name: string): string => path.join(keys, name);
const keygen = (...args: string[]): void => void execFileSync('ssh-keygen', ['-q', ...args], { stdio: 'ignore' });
const fingerprintOf = (name: string): string =>
  fingerprint(Buffer.from(readFileSync(`${file(name)}.pub`, 'utf8').split(' ')[1] ?? '', 'base64'));

beforeAll(async () => {
  keys = await temporaryDirectory();
  keygen('-t', 'ed25519', '-N', '', '-f', file('ca'));
  for (const [name, bits] of Object.entries(TYPES)) {
    keygen('-t', name === 'ecdsa256' || name === 'ecdsa521' ? 'ecdsa' : name, '-b', bits, '-N', '', '-f', file(name));
    keygen('-s', file('ca'), '-I', `id of ${name}`, '-n', 'ann', `${file(name)}.pub`);
  }
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.kill();
  for (const agent of agents.splice(0)) agent.kill();
  await running.stop();
});
afterAll(() => rm(keys, { recursive: true }));

/** Admits only certificates, of any CA. */
const certificatesOnly: AuthPolicy = ({ publicKey }) => (publicKey?.certificate === undefined ? 'reject' : 'accept');

async function ssh(policy: AuthPolicy, ...options: string[]): Promise<Running> {
  running = await TestServer.start({}, { authenticate: policy });
  const client = running.ssh('TOKEN', ['-tt', ...options]);
  clients.push(client);
  return client;
}
const identity = (name: string): string[] => ['-o', 'IdentitiesOnly=yes', '-i', file(name)];

describe('OpenSSH with a certificate', () => {
  it.each(Object.keys(TYPES))('of %s is asked about, signs, and is let in by it', async (name) => {
    await ssh(certificatesOnly, ...identity(name));
    const { info } = await running.joiner();
    expect(info.publicKey).toMatchObject({
      fingerprint: fingerprintOf(name),
      certificate: { keyId: `id of ${name}`, principals: ['ann'], kind: 'user' },
      userVerified: false,
    });
    // The plain key comes first or last, as OpenSSH likes.
    const attempts = running.attempts.filter(({ publicKey }) => publicKey?.certificate !== undefined);
    expect(attempts.map(({ method, signed }) => [method, signed])).toEqual([
      ['publickey', false],
      ['publickey', true],
    ]);
    expect(attempts[0]?.publicKey).not.toHaveProperty('userVerified');
  });

  it.each(['rsa-sha2-256', 'rsa-sha2-512'])('takes %s-cert-v01', async (algorithm) => {
    await ssh(certificatesOnly, ...identity('rsa'), '-o', `PubkeyAcceptedAlgorithms=${algorithm}-cert-v01@openssh.com`);
    await running.joiner();
  });

  it('is asked for no SHA-1', async () => {
    const client = await ssh(
      certificatesOnly,
      ...identity('rsa'),
      '-o',
      'PubkeyAcceptedAlgorithms=ssh-rsa-cert-v01@openssh.com',
    );
    expect(await client.exit).toBe(255);
    expect(running.attempts.some(({ publicKey }) => publicKey !== undefined)).toBe(false);
  });

  it('that is refused, by the plain key that it certifies', async () => {
    await ssh(
      ({ publicKey: key }) => (key && key.certificate === undefined ? 'accept' : 'reject'),
      ...identity('ed25519'),
    );
    const { info } = await running.joiner();
    expect(info.publicKey).toMatchObject({ type: 'ssh-ed25519', fingerprint: fingerprintOf('ed25519') });
    expect(info.publicKey?.certificate).toBeUndefined();
  });

  it('in an agent behind nine others, with certificates of their own, is found', async () => {
    const socket = file('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    agents.push(agent);
    await until('the agent', () => existsSync(socket));
    const env = { ...process.env, SSH_AUTH_SOCK: socket };
    for (let n = 0; n < 10; n++) {
      const name = `agent-${n}`;
      keygen('-t', 'ed25519', '-N', '', '-C', name, '-f', file(name));
      keygen('-s', file('ca'), '-I', name, '-n', name, `${file(name)}.pub`);
      execFileSync('ssh-add', ['-q', file(name)], { env, stdio: 'ignore' });
    }
    const last: AuthPolicy = ({ publicKey }) => (publicKey?.certificate?.keyId === 'agent-9' ? 'accept' : 'reject');
    await ssh(last, '-o', `IdentityAgent=${socket}`);
    const { info } = await running.joiner();
    expect(info.publicKey?.fingerprint).toBe(fingerprintOf('agent-9'));
  });

  it('of another key, which it cannot sign for, stays out', async () => {
    copyFileSync(`${file('ed25519')}-cert.pub`, `${file('stolen')}-cert.pub`);
    keygen('-t', 'ed25519', '-N', '', '-f', file('stolen'));
    const client = await ssh(
      certificatesOnly,
      ...identity('stolen'),
      '-o',
      `CertificateFile=${file('ed25519')}-cert.pub`,
    );
    expect(await client.exit).toBe(255);
    expect(running.attempts.some(({ signed }) => signed)).toBe(false);
    expect(running.joined).toHaveLength(0);
  });
});
