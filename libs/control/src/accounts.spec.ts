import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountsContract, tempDir, type TempDir } from '#testing';
import { keptAccounts } from './kept-accounts.js';
import { MemoryAccounts } from './memory-accounts.js';
import { hashSecret, isApiKey, mintApiKey, mintId, mintOperatorToken } from './secrets.js';

accountsContract('MemoryAccounts', async () => {
  const accounts = new MemoryAccounts();
  return { connect: async () => accounts, dispose: async () => undefined };
});

describe('secrets', () => {
  it('are as long as tmate’s, and never the same', () => {
    const keys = Array.from({ length: 50 }, mintApiKey);
    for (const key of keys) {
      expect(key).toHaveLength(30);
      expect(isApiKey(key)).toBe(true);
    }
    expect(new Set(keys).size).toBe(50);
    expect(new Set(Array.from({ length: 50 }, mintId)).size).toBe(50);
    expect(mintOperatorToken()).toMatch(/^smo-[0-9A-Za-z]{40}$/);
    expect(isApiKey(mintOperatorToken())).toBe(false);
    expect(isApiKey('tmk-short')).toBe(false);
  });
});

describe('kept accounts', () => {
  let dir: TempDir;
  beforeEach(() => {
    dir = tempDir('smacc');
  });
  afterEach(() => {
    dir.dispose();
  });

  it('outlive their process, readable only for its user, and contain no secret', async () => {
    const file = dir.file('data/accounts.json');
    const key = mintApiKey();
    const before = keptAccounts(file);
    await before.addUser({ name: 'ada', createdAt: 1 });
    const credential = { id: 'k', hash: hashSecret(key), scope: 'user', user: 'ada', label: '', createdAt: 1 } as const;
    await before.addCredential(credential);
    expect(await keptAccounts(file).findCredential(hashSecret(key))).toEqual(credential);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(key);
    await keptAccounts(file).removeUser('ada');
    expect(await keptAccounts(file).findCredential(hashSecret(key))).toBeUndefined();
  });

  it('change nothing where they cannot be written: what is revoked stays revoked, or is not', async () => {
    const file = dir.file('accounts.json');
    const faults: (string | undefined)[] = [];
    const accounts = keptAccounts(file, (fault) => faults.push(fault?.message));
    await accounts.addUser({ name: 'ada', createdAt: 1 });
    const hash = hashSecret(mintApiKey());
    await accounts.addCredential({ id: 'k', hash, scope: 'user', user: 'ada', label: '', createdAt: 1 });
    // As a full disk does, whoever tests: the directory stands where the new file should.
    mkdirSync(`${file}.new/full`, { recursive: true });
    const refused = expect.objectContaining({ code: 'unavailable' }) as Error;
    await expect(accounts.removeCredential('ada', 'k')).rejects.toThrow(refused);
    await expect(accounts.removeUser('ada')).rejects.toThrow(refused);
    await expect(accounts.addUser({ name: 'bob', createdAt: 1 })).rejects.toThrow(refused);
    for (const each of [accounts, keptAccounts(file)]) {
      expect(await each.findCredential(hash)).toBeDefined();
      expect((await each.listUsers({ limit: 9 })).map(({ name }) => name)).toEqual(['ada']);
    }
    expect(faults).toEqual([
      undefined,
      undefined,
      ...Array<unknown>(3).fill(expect.stringContaining('nothing was changed')),
    ]);
    rmSync(`${file}.new`, { recursive: true });
    expect(await accounts.removeCredential('ada', 'k')).toBe(true);
    expect(await keptAccounts(file).findCredential(hash)).toBeUndefined();
    expect(readdirSync(dir.path)).toEqual(['accounts.json']);
    expect(faults.at(-1)).toBeUndefined();
  });

  it('stop the start where they are damaged: an empty list would let nobody in and be written over them', () => {
    writeFileSync(dir.file('accounts.json'), '{"users":[');
    expect(() => keptAccounts(dir.file('accounts.json'))).toThrow(/cannot be read/);
  });
});
