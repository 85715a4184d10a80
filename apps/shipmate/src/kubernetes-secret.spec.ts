import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { HOST_KEY_FILES } from '#ssh';
import { freePort, Stage, tempDir } from '#testing';
import { hostKeys } from './host-keys.js';
import { httpServer } from './http-server.fixture.js';
import { keepSecret, thisPodsApi } from './kubernetes-secret.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

interface Secret {
  readonly type: string;
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly stringData: Readonly<Record<string, string>>;
}

/** As much of Kubernetes' API as makes Secrets, each once. */
async function api(refusal?: string) {
  const kept = new Map<string, Secret>();
  const calls: string[] = [];
  const port = await httpServer(stage, (request, response) => {
    calls.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const secret = JSON.parse(body) as Secret;
      const status = refusal !== undefined ? 403 : kept.has(secret.metadata.name) ? 409 : 201;
      if (status === 201) kept.set(secret.metadata.name, secret);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message: refusal }));
    });
  });
  return { url: `http://127.0.0.1:${port}`, namespace: 'share', token: 'the-account', kept, calls };
}

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('shipmate-keys-'));

describe('the Secret that is made once', () => {
  it('has usable host keys, their fingerprints, and secrets that nobody is told', { timeout: 60_000 }, async () => {
    const before = leftovers();
    const cluster = await api();
    const told = await keepSecret(cluster, 'fleet');
    const secret = cluster.kept.get('fleet');
    if (secret === undefined) throw new Error('there is no Secret');
    expect(Object.keys(secret.stringData).sort()).toEqual([
      'admin-token',
      'redis-password',
      'secret',
      'ssh_host_ecdsa_key',
      'ssh_host_ed25519_key',
      'ssh_host_rsa_key',
    ]);
    const { secret: signing, 'admin-token': admin, 'redis-password': redis } = secret.stringData;
    expect(new Set([signing, admin, redis]).size).toBe(3);
    for (const made of [signing, admin, redis]) {
      expect(made).toMatch(/^[0-9a-f]{64}$/);
      expect(told).not.toContain(made);
    }
    // What a pod reads of it is a server with just these fingerprints.
    const dir = tempDir('ks');
    stage.onClear(() => dir.dispose());
    mkdirSync(dir.file('keys'));
    for (const name of HOST_KEY_FILES) {
      writeFileSync(dir.file(`keys/${name}`), secret.stringData[name] ?? '');
    }
    const lines = await hostKeys(dir.file('keys'));
    for (const fingerprint of Object.values(secret.metadata.annotations)) {
      expect(lines).toContain(`fingerprint "${fingerprint}"`);
      expect(told).toContain(fingerprint);
    }
    expect(cluster.calls).toEqual(['POST /api/v1/namespaces/share/secrets Bearer the-account']);
    expect(leftovers()).toEqual(before);
  });

  it('stays as it is', { timeout: 60_000 }, async () => {
    const cluster = await api();
    const first = { type: 'Opaque', metadata: { name: 'fleet', annotations: {} }, stringData: {} };
    cluster.kept.set('fleet', first);
    expect(await keepSecret(cluster, 'fleet')).toBe('The Secret fleet already exists and was not changed.\n');
    expect(cluster.kept.get('fleet')).toBe(first);
  });

  it('is not made without the right to, or without an API', { timeout: 60_000 }, async () => {
    const cluster = await api('secrets is forbidden');
    await expect(keepSecret(cluster, 'fleet')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('403 secrets is forbidden') as string,
    });
    const nowhere = { url: `http://127.0.0.1:${await freePort()}`, namespace: 'share', token: 'x' };
    await expect(keepSecret(nowhere, 'fleet')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(thisPodsApi({})).rejects.toMatchObject({ code: 'config' });
  });
});

describe('host-keys', () => {
  it('tells the same of the same folder, as lines of tmate.conf', { timeout: 60_000 }, async () => {
    const dir = tempDir('hk');
    stage.onClear(() => dir.dispose());
    const lines = await hostKeys(dir.file('keys'));
    expect(lines).toMatch(
      /^set -g tmate-server-ed25519-fingerprint "SHA256:[\w+/]{43}"\nset -g tmate-server-ecdsa-fingerprint "SHA256:[\w+/]{43}"\nset -g tmate-server-rsa-fingerprint "SHA256:[\w+/]{43}"\n$/,
    );
    expect(await hostKeys(dir.file('keys'))).toBe(lines);
    expect(readdirSync(join(dir.path, 'keys')).sort()).toEqual([...HOST_KEY_FILES].sort());
  });
});
