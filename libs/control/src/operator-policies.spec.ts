import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { MemoryBus } from '#relay';
import { Stage, tempDir, type TempDir } from '#testing';
import { OperatorPolicies, policyFileFaults } from './operator-policies.js';
import { filePolicyStore, type PolicyStore } from './policy-store.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

function dir(): TempDir {
  const made = tempDir('policy');
  stage.onClear(() => made.dispose());
  return made;
}

const APPROVE = 'every-session: {approve: true}';

class Shared implements PolicyStore {
  text: string | undefined;
  away = false;

  async read(): Promise<string | undefined> {
    if (this.away) throw new Error('away');
    return await Promise.resolve(this.text);
  }

  async write(text: string): Promise<void> {
    this.text = await Promise.resolve(text);
  }
}

function world(file?: string) {
  const [clock, bus, store, told] = [new FakeClock(), new MemoryBus(), new Shared(), [] as string[]];
  const observer = {
    changed: () => void told.push('changed'),
    refused: (faults: readonly string[]) => void told.push(`refused ${faults.join()}`),
    failed: () => void told.push('failed'),
  };
  const open = async () => await OperatorPolicies.open({ file, store, bus, clock, observer });
  return { clock, bus, store, told, open };
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('a policy in a file', () => {
  it('is read again when it changes; a wrong one leaves the one before in force', async () => {
    const file = dir().file('policy.yaml');
    writeFileSync(file, APPROVE);
    const { clock, told, open } = world(file);
    const policies = await open();
    expect([policies.source, policies.rulesFor(undefined).approve]).toEqual(['file', true]);
    writeFileSync(file, 'every-session: {approve: maybe}');
    clock.advance(1_000);
    expect(told).toEqual([]);
    clock.advance(5_000);
    expect(told).toEqual(['refused line 1, column 26: every-session.approve: expected true or false']);
    expect(policies.faults).toHaveLength(1);
    expect(policies.rulesFor(undefined).approve).toBe(true);
    expect(policyFileFaults(file)).toEqual(policies.faults);
    writeFileSync(file, '');
    clock.advance(2_000);
    expect([told.at(-1), policies.faults, policies.rulesFor(undefined).approve]).toEqual(['changed', [], false]);
    await expect(policies.put('')).rejects.toMatchObject({ code: 'conflict' });
    policies.dispose();
  });

  it('must be right at the start', async () => {
    const file = dir().file('policy.yaml');
    await expect(world(file).open()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('ENOENT') as string,
    });
    writeFileSync(file, 'peple: []');
    await expect(world(file).open()).rejects.toMatchObject({
      code: 'config',
      message: expect.stringContaining('peple: is not known') as string,
    });
  });
});

describe('a policy that the API stores', () => {
  it('is followed by every process, at once, and one that is wrong is not stored', async () => {
    const { clock, store, told, open } = world();
    const [one, other] = [await open(), await open()];
    expect([one.source, await one.put('peple: 1')]).toEqual(['none', ['line 1, column 8: peple: is not known']]);
    expect([store.text, one.faults]).toEqual([undefined, []]);
    expect(await one.put(APPROVE)).toEqual([]);
    await settled();
    expect([one, other].map(({ source, rulesFor }) => [source, typeof rulesFor])).toEqual([
      ['api', 'function'],
      ['api', 'function'],
    ]);
    expect(other.rulesFor(undefined).approve).toBe(true);
    const third = await open();
    expect(third.text).toBe(APPROVE);
    await other.put('');
    await settled();
    expect([one.source, third.source]).toEqual(['none', 'none']);
    expect(told.filter((text) => text !== 'changed')).toEqual([]);
    for (const each of [one, other, third]) each.dispose();
    expect(clock.pending).toBe(0);
  });

  it('is read without a message, too; while the store is away, the one before stays', async () => {
    const { clock, store, told, open } = world();
    const policies = await open();
    store.text = APPROVE;
    clock.advance(30_000);
    await settled();
    expect(policies.rulesFor(undefined).approve).toBe(true);
    store.away = true;
    clock.advance(30_000);
    await settled();
    expect([told.at(-1), policies.rulesFor(undefined).approve]).toEqual(['failed', true]);
    store.away = false;
    store.text = '';
    clock.advance(30_000);
    await settled();
    expect(policies.rulesFor(undefined).approve).toBe(false);
    policies.dispose();
  });

  it('is kept in a file by a single process', async () => {
    const store = filePolicyStore(dir().file('data/policy.yaml'));
    expect(await store.read()).toBeUndefined();
    await store.write(APPROVE);
    expect(await store.read()).toBe(APPROVE);
  });
});
