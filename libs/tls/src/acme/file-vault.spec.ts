import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Stage, tempDir } from '#testing';
import { FileVault } from './file-vault.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

function make() {
  const dir = tempDir('smv');
  stage.onClear(() => dir.dispose());
  const clock = new FakeClock();
  return { dir, clock, vault: new FileVault(dir.file('acme'), clock) };
}

describe('a vault in files', () => {
  it('keeps what lasts in files that nobody else may read', async () => {
    const { dir, clock, vault } = make();
    expect(await vault.get('account')).toBeUndefined();
    await vault.put('account', 'one');
    await vault.put('account', 'two');
    expect(await new FileVault(dir.file('acme'), clock).get('account')).toBe('two');
    expect(readdirSync(dir.file('acme'))).toEqual(['account.json']);
    expect(statSync(dir.file('acme/account.json')).mode & 0o777).toBe(0o600);
    expect(statSync(dir.file('acme')).mode & 0o777).toBe(0o700);
    await vault.drop('account');
    expect(await vault.get('account')).toBeUndefined();
  });

  it('keeps what has an end in memory, until then', async () => {
    const { dir, clock, vault } = make();
    mkdirSync(dir.file('acme'));
    await vault.put('http-abc', 'answer', 1_000);
    expect(await vault.get('http-abc')).toBe('answer');
    clock.advance(1_000);
    expect(await vault.get('http-abc')).toBeUndefined();
    await vault.put('http-abc', 'answer', 1_000);
    await vault.drop('http-abc');
    expect(await vault.get('http-abc')).toBeUndefined();
    expect(readdirSync(dir.file('acme'))).toEqual([]);
  });

  it('reads no file of a name that is not one of its own', async () => {
    const { vault } = make();
    await vault.put('account', 'secret');
    for (const name of ['http-../acme/account', '../acme/account', 'account.json/..', 'alpn-account'])
      expect(await vault.get(name)).toBeUndefined();
  });

  it('says which file cannot be used', async () => {
    const { dir, vault } = make();
    mkdirSync(dir.file('acme/account.json'), { recursive: true });
    await expect(vault.get('account')).rejects.toThrow(/account\.json cannot be used \(EISDIR\)/);
  });
});
