import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptSecret, Secret } from '#platform';
import { tempDir, type TempDir } from '#testing';

const beforeLink = vi.hoisted(() => ({ run: () => {} }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const linkSync: typeof fs.linkSync = (from, to) => {
    beforeLink.run();
    fs.linkSync(from, to);
  };
  return { ...fs, linkSync };
});
afterEach(() => void (beforeLink.run = () => {}));

describe('Secret', () => {
  it('shows itself to nobody who does not ask', () => {
    const secret = new Secret('hunter2');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true }),
      Object.keys(secret).join(),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
  });
});

describe('keptSecret', () => {
  let dir: TempDir;
  beforeEach(() => (dir = tempDir()));
  afterEach(() => dir.dispose());

  it('creates one that only the owner can read, and keeps it', () => {
    const file = dir.file('data/secret');
    const first = keptSecret(file).reveal();
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(keptSecret(file).reveal()).toBe(first);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dir.file('data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(dir.file('data'))).toEqual(['secret']);
  });

  it('takes what a person wrote, without the line end', () => {
    writeFileSync(dir.file('secret'), 'a secret of my own\n');
    expect(keptSecret(dir.file('secret')).reveal()).toBe('a secret of my own');
  });

  it('refuses a file that was left empty, and says where', () => {
    writeFileSync(dir.file('secret'), '');
    expect(() => keptSecret(dir.file('secret'))).toThrow(/secret holds fewer than 16 characters/);
  });

  it('says that it cannot write, as a fault of the configuration', () => {
    mkdirSync(dir.file('secret'));
    expect(() => keptSecret(dir.file('secret'))).toThrow(/SHIPMATE_DATA_DIR: cannot keep a secret in .*EISDIR/);
    writeFileSync(dir.file('file'), '');
    expect(() => keptSecret(dir.file('file/secret'))).toThrow(/SHIPMATE_DATA_DIR/);
  });

  it('gives the secret of a process that was a moment faster', async () => {
    vi.resetModules(); // Specs of one worker share their modules: this one is to meet the file system above.
    const { keptSecret } = await import('#platform');
    const file = dir.file('secret');
    beforeLink.run = () => writeFileSync(file, 'what the other process made');
    expect(keptSecret(file).reveal()).toBe('what the other process made');
    expect(readdirSync(dir.path)).toEqual(['secret']);
  });
});
