import { describe, expect, it } from 'vitest';
import type { Identity } from '#access';
import { Fleet } from './fleet.fixture.js';
import { Outs } from './operator.fixture.js';
import type { FakeHost, FakeTerminal } from './stage.fixture.js';

const person = (name: string, at: number): Identity => ({
  provider: 'corp',
  subject: name,
  name,
  groups: [],
  proved: 'sign-in',
  until: Number.MAX_SAFE_INTEGER,
  signIn: { at, ids: [name] },
});

const join = async (made: Fleet, n: number, host: FakeHost, who: Identity): Promise<FakeTerminal> =>
  await made.join(n, host, 'writer', 80, 24, 'xterm-256color', undefined, who);

describe('whoever is signed out', () => {
  it.each([0, 1])('leaves the session at edge %i within a second, and nobody else does', async (n) => {
    const signOuts = new Outs();
    const made = await Fleet.start(2, { signOuts });
    const host = await made.edge(0).stage.host();
    await made.pass(10);
    const [ann, bob] = [await join(made, n, host, person('ann', 5)), await join(made, n, host, person('bob', 5))];
    await signOuts.add({ id: 'ann', at: 9 });
    await made.pass(900);
    expect([ann.ending, bob.ending, host.closed]).toEqual(['sign-in-required', undefined, false]);
    await expect(join(made, n, host, person('ann', 9))).rejects.toMatchObject({ reason: 'sign-in-required' });
    expect((await join(made, n, host, person('ann', 10))).seat.info.role).toBe('writer');
  });

  it('waits for the host no more', async () => {
    const signOuts = new Outs();
    const made = await Fleet.start(1, { signOuts });
    const host = await made.edge(0).stage.host();
    host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'tmate-set', 'approve=true'] });
    await made.pass(10);
    const waits = join(made, 0, host, person('ann', 5));
    const refused = expect(waits).rejects.toMatchObject({ reason: 'sign-in-required' });
    await made.pass(10);
    const [session] = made.edge(0).stage.sessions.sessions;
    expect(session?.rules.admissions.waiting).toHaveLength(1);
    await signOuts.add({ id: 'ann', at: 9 });
    await refused;
  });
});
