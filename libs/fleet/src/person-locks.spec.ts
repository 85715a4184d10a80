import { describe, expect, it } from 'vitest';
import type { Identity, PersonLock } from '#access';
import { Fleet } from './fleet.fixture.js';
import { Locks } from './operator.fixture.js';
import type { FakeHost, FakeTerminal } from './stage.fixture.js';

const person = (name: string): Identity => ({
  provider: 'corp',
  subject: name,
  name,
  groups: [],
  proved: 'sign-in',
  until: Number.MAX_SAFE_INTEGER,
});
const lock = (by: PersonLock['by'], value: string): PersonLock => ({ by, value, reason: 'left', since: 0 });
const TEXT = 'The operator of this server has locked you out: left';

async function fleet(key?: string): Promise<{ made: Fleet; host: FakeHost; locks: Locks }> {
  const locks = new Locks();
  const made = await Fleet.start(2, { locks });
  const host = await made.edge(0).stage.host(key === undefined ? {} : { key });
  await made.pass(10);
  return { made, host, locks };
}

const join = async (made: Fleet, n: number, host: FakeHost, who: string): Promise<FakeTerminal> =>
  await made.join(n, host, 'writer', 80, 24, 'xterm-256color', undefined, person(who));

describe("an operator's lock on a person", () => {
  it.each([0, 1])('ends their stay at edge %i within a second and keeps them out, and nobody else', async (n) => {
    const { made, host, locks } = await fleet();
    const [ann, bob] = [await join(made, n, host, 'ann'), await join(made, n, host, 'bob')];
    locks.set(lock('person', 'corp:ann'));
    await made.pass(900);
    expect([ann.ending, bob.ending]).toEqual(['locked', undefined]);
    expect(ann.text).toContain('[the operator of this server has locked you out: left]');
    await expect(join(made, n, host, 'ann')).rejects.toMatchObject({ reason: 'locked', message: TEXT });
    locks.set();
    await made.pass(100);
    expect((await join(made, n, host, 'ann')).seat.info.role).toBe('writer');
    expect(host.closed).toBe(false);
  });

  it('holds at another edge while the home is lost', async () => {
    const { made, host, locks } = await fleet();
    host.connection.closed();
    await made.pass(1_000);
    locks.set(lock('person', 'corp:ann'));
    await expect(join(made, 1, host, 'ann')).rejects.toMatchObject({ reason: 'locked' });
  });
});

describe("an operator's lock on a host", () => {
  it('by its key ends its session with a notice, and keeps it out', async () => {
    const { made, host, locks } = await fleet('SHA256:host');
    const mate = await join(made, 1, host, 'ann');
    locks.set(lock('key', 'SHA256:host'));
    await made.pass(900);
    expect([host.closed, host.notices.at(-1), mate.ending]).toEqual([true, TEXT, 'closed']);
    const again = await made.edge(1).stage.host({ key: 'SHA256:host' });
    expect([again.closed, again.notices]).toEqual([true, [TEXT]]);
    const other = await made.edge(1).stage.host({ key: 'SHA256:other' });
    expect(other.closed).toBe(false);
  });
});
