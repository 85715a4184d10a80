import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Identity } from '#access';
import { participantId } from '#kernel';
import { NotAdmitted } from '#session';
import { Fleet, tmateSet } from './fleet.fixture.js';
import { Operator } from './operator.fixture.js';
import { FakeTerminal, type FakeHost } from './stage.fixture.js';

const ANN: Identity = { provider: 'corp', subject: '1', name: 'ann', groups: ['sre'], proved: 'sign-in', until: 9e15 };
const BOB: Identity = { ...ANN, subject: '2', name: 'bob', groups: ['guests'] };

async function fleet(text: string): Promise<{ made: Fleet; host: FakeHost; operator: Operator }> {
  const operator = new Operator();
  operator.demand(text);
  const made = await Fleet.start(3, { operator });
  const host = await made.edge(0).stage.host();
  await made.pass(10);
  return { made, host, operator };
}

const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';

async function join(made: Fleet, n: number, host: FakeHost, identity?: Identity): Promise<FakeTerminal> {
  const target = await made.edge(n).stage.sessions.find(tokenOf(host));
  if (target.kind !== 'session') throw new Error(target.kind);
  const terminal = new FakeTerminal(80, 24);
  const shape = { cols: 80, rows: 24, term: 'xterm', colorTerm: undefined, utf8: true };
  const proofs = { transport: 'ssh', address: '192.0.2.9', keys: [], identity } as const;
  const seat = target.join({ id: participantId(randomUUID()), role: target.role, proofs }, shape, terminal);
  const state = { done: false };
  const finish = (): void => void (state.done = true);
  void seat.then(finish, finish);
  for (let turn = 0; turn < 500 && !state.done; turn++) await made.pass(10);
  terminal.seat = await seat;
  return terminal;
}

describe("an operator's policy", () => {
  it.each([0, 1])('counts for whoever joins at edge %i, whatever the host wants', async (n) => {
    const { made, host } = await fleet(
      'every-session: {sign-in: true}\npeople: [{who: anyone, may: host}, {who: group:guests, may: look}]',
    );
    expect(host.notices).toContain(
      "This server's operator requires of your session: joiners sign in; only certain people may join, or type. You can be stricter, but not less strict",
    );
    host.say(tmateSet('sign-in=off'));
    await made.pass(100);
    await expect(join(made, n, host)).rejects.toEqual(
      expect.objectContaining({ reason: 'sign-in-required' }) as NotAdmitted,
    );
    await expect(join(made, n, host, ANN)).rejects.toEqual(
      expect.objectContaining({ reason: 'not-allowed' }) as NotAdmitted,
    );
    expect((await join(made, n, host, BOB)).seat.info).toMatchObject({
      role: 'reader',
      name: 'bob',
      provider: 'corp',
      proved: 'sign-in',
    });
  });

  it.each([0, 1])('that changes applies to whoever is inside at edge %i', async (n) => {
    const { made, host, operator } = await fleet('');
    const [ann, bob, nobody] = [
      await join(made, n, host, ANN),
      await join(made, n, host, BOB),
      await join(made, n, host),
    ];
    operator.demand('people: [{who: group:sre, may: [type, moderate]}, {who: group:guests, may: look}]');
    await made.pass(500);
    expect([ann.ending, bob.ending, nobody.ending]).toEqual([undefined, undefined, 'sign-in-required']);
    expect([ann.seat.info.role, bob.seat.info.role]).toEqual(['writer', 'reader']);
    operator.demand('people: [{who: group:sre, may: look}]\nevery-session: {addresses: [192.0.2.0/24]}');
    await made.pass(500);
    expect([ann.ending, ann.seat.info.role, bob.ending]).toEqual([undefined, 'reader', 'not-allowed']);
    operator.demand('every-session: {addresses: [10.0.0.0/8]}');
    await made.pass(500);
    expect(ann.ending).toBe('address-not-allowed');
    operator.demand('');
    await made.pass(500);
    expect(host.notices.at(-1)).toMatch(/^A mate has left|no longer requires anything of your session$/);
    expect((await join(made, n, host)).seat.info.role).toBe('writer');
  });

  it('applies to sessions whose host is away, and to the time that they last', async () => {
    const { made, host, operator } = await fleet('');
    const mate = await join(made, 1, host, ANN);
    host.connection.closed();
    await made.pass(1_000);
    operator.demand('every-session: {expires: 1m}');
    await made.pass(70_000, 1_000);
    expect(mate.ending).toBe('time-over');
  });

  it.each([0, 1])('ends the stay of people at edge %i whose proof has expired', async (n) => {
    const { made, host } = await fleet('every-session: {sign-in: true}');
    const mate = await join(made, n, host, { ...ANN, until: made.clock.now() + 60_000 });
    await made.pass(40_000, 1_000);
    expect(mate.ending).toBeUndefined();
    await made.pass(40_000, 1_000);
    expect(mate.ending).toBe('sign-in-required');
  });

  it.each([0, 1])('lets people type at edge %i only while a moderator is there, whatever the host wants', async (n) => {
    const people = 'people: [{who: anyone, may: [host, type]}, {who: group:sre, may: moderate}]';
    const { made, host, operator } = await fleet(`${people}\nevery-session: {moderated: true}`);
    expect(host.notices.join()).toContain('joiners may type only while a moderator is in the session');
    host.say(tmateSet('moderated=off'));
    const mate = await join(made, n, host);
    await made.pass(100);
    expect(mate.line(23)).toBe('No moderator is in this session: nobody may type until one joins');
    const types = async (): Promise<boolean> => {
      const before = host.sent.length;
      mate.type('x');
      await made.pass(300);
      return host.sent.slice(before).some(({ type }) => type === 'pane-key');
    };
    expect(await types()).toBe(false);
    const ann = await join(made, 1 - n, host, { ...ANN, until: made.clock.now() + 60_000 });
    await made.pass(300);
    expect(await types()).toBe(true);
    // She stays, and nobody knows any more who she is.
    await made.pass(80_000, 1_000);
    expect([ann.ending, await types()]).toEqual([undefined, false]);
    operator.demand(people);
    await made.pass(500);
    expect(await types()).toBe(true);
  });

  it('says who may host', async () => {
    const operator = new Operator();
    operator.demand('people: [{who: group:sre, may: host}]');
    const made = await Fleet.start(1, { operator });
    const host = await made.edge(0).stage.host();
    expect(host.closed).toBe(true);
    expect(host.notices).toEqual(['This server requires hosts to sign in']);
  });
});
