import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { HostMessage } from '#tmate-protocol';
import { NotAdmitted, type Seat } from '#session';
import { participantId, sessionId } from '#kernel';
import { ED25519 } from '#keys/fixtures';
import { Fleet, tmateSet } from './fleet.fixture.js';
import type { JoinTarget } from './session-finder.js';
import { FakeTerminal, type FakeHost } from './stage.fixture.js';

const settings = (...pairs: string[]): { before: HostMessage[] } => ({ before: pairs.map(tmateSet) });

/** Three edges, and a host at the first. */
async function fleet(...pairs: string[]): Promise<{ fleet: Fleet; host: FakeHost }> {
  const made = await Fleet.start();
  const host = await made.edge(0).stage.host(settings(...pairs));
  await made.pass(10);
  return { fleet: made, host };
}

const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';

const command = (host: FakeHost, verb: string): string => {
  const text = host.notices.findLast((notice) => notice.includes(`${verb}-`)) ?? '';
  return new RegExp(`(${verb}-\\S+)@`).exec(text)?.[1] ?? '';
};

/** A join that is not waited for. */
function joining(made: Fleet, n: number, host: FakeHost): { seated?: FakeTerminal; refused?: unknown } {
  const state: { seated?: FakeTerminal; refused?: unknown } = {};
  made
    .edge(n)
    .stage.join(host)
    .then(
      (terminal) => (state.seated = terminal),
      (error: unknown) => (state.refused = error),
    );
  return state;
}

/** Sits down in what was found. */
async function sitting(target: JoinTarget): Promise<Seat> {
  if (target.kind !== 'session') throw new Error(`it is ${target.kind}`);
  const proofs = { transport: 'ssh', address: '192.0.2.9', keys: [] } as const;
  const terminal = { cols: 80, rows: 24, term: 'xterm', colorTerm: undefined, utf8: true };
  const seat = target.join(
    { id: participantId(randomUUID()), role: target.role, proofs },
    terminal,
    new FakeTerminal(80, 24),
  );
  // It is waited for later.
  seat.catch(() => undefined);
  return await seat;
}

describe("a host's rules, at all edges", () => {
  it('are confirmed to it, and invalid ones are reported', async () => {
    const { host } = await fleet('readers-only=true', 'colour=blue', 'expires=soon');
    expect(host.notices).toEqual(
      expect.arrayContaining([
        'tmate-set readers-only: everyone who joins may only watch',
        expect.stringContaining('does not know "colour"'),
        expect.stringContaining('tmate-set expires: expected a time'),
      ]),
    );
  });

  it.each([0, 1])('readers-only makes readers of writers, at edge %i, those who are there too', async (n) => {
    const { fleet: made, host } = await fleet();
    const token = tokenOf(host);
    const joiner = await made.join(n, host);
    joiner.type('a');
    await made.pass(100);
    expect(host.takeInput()).toContain('a');
    host.say(tmateSet('readers-only=true'));
    await made.pass(100);
    joiner.type('b');
    await made.pass(100);
    expect(host.takeInput()).not.toContain('b');
    expect(joiner.seat.info.role).toBe('reader');
    const late = sitting(await made.edge(n).stage.sessions.find(token));
    await made.pass(1000);
    expect((await late).info.role).toBe('reader');
  });

  it('max-joiners counts all edges, and lets the next one in when somebody leaves', async () => {
    const { fleet: made, host } = await fleet('max-joiners=2');
    const first = await made.join(0, host);
    await made.join(1, host);
    await expect(made.join(2, host)).rejects.toThrow(NotAdmitted);
    await expect(made.join(0, host)).rejects.toThrow('This session is full');
    first.seat.leave('detached');
    await made.pass(100);
    const late = await made.join(2, host);
    expect(late.seat.info.role).toBe('writer');
    expect(host.env('tmate_num_clients')).toBe('2');
  });

  it('expires ends the session with a reason for all, the host too, however often it moved', async () => {
    const { fleet: made, host } = await fleet('expires=10m');
    const near = await made.join(0, host);
    const far = await made.join(1, host);
    await made.pass(300_000, 1000);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    const again = await made.edge(2).stage.host({ ...settings('expires=10m'), reconnect: data });
    await made.pass(2000);
    expect(again.notices).toContain('Reconnected');
    await made.pass(290_000, 1000);
    expect([near.ending, far.ending]).toEqual([undefined, undefined]);
    await made.pass(20_000, 1000);
    expect([near.ending, far.ending]).toEqual(['time-over', 'time-over']);
    expect(again.closed).toBe(true);
    expect(again.notices.at(-1)).toMatch(/^This session reached the time limit that you set/);
  });

  it('idle-timeout waits for typing and printing, at any edge', async () => {
    const { fleet: made, host } = await fleet('idle-timeout=1m');
    const far = await made.join(1, host);
    await made.pass(50_000, 1000);
    far.type('x');
    await made.pass(50_000, 1000);
    host.print('y');
    await made.pass(50_000, 1000);
    expect(far.ending).toBeUndefined();
    await made.pass(11_000, 1000);
    expect(far.ending).toBe('idle');
    expect(host.notices.at(-1)).toMatch(/^The session was idle for as long as you set/);
  });

  it('are noted as they are at the beginning, and each change of them', async () => {
    const { fleet: made, host } = await fleet('max-joiners=2', 'web=off');
    const { noted } = made.edge(0).stage;
    expect(noted).toEqual(['opened no key {"max-joiners":"2","web":"false"}']);
    host.say(tmateSet('readers-only=true'), tmateSet('max-joiners=3'), tmateSet('web=on'));
    await made.pass(1000, 100);
    expect(JSON.parse(String(noted.at(-1)).slice('rights '.length))).toEqual({
      'readers-only': 'true',
      'max-joiners': '3',
      web: 'true',
    });
    host.say(tmateSet('max-joiners=4'));
    host.say({ type: 'fin' });
    await made.pass(100);
    expect(noted.slice(2)).toEqual(['rights {"max-joiners":"4"}']);
  });

  it('are in the record, so that an edge that takes the session over holds to them at once', async () => {
    const { fleet: made, host } = await fleet('max-joiners=1', 'web=off', 'approve=false', 'password=x');
    // A password takes real time to be hashed.
    while (host.env('tmate_ssh') === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    const token = tokenOf(host);
    await made.edge(0).stage.sessions.stop();
    const target = await made.edge(1).stage.sessions.find(token);
    expect(target).toMatchObject({ kind: 'session', route: 'relay', policy: { maxJoiners: 1, web: false } });
    expect(target.kind === 'session' && target.policy.password).toMatch(/^(scrypt\$|!)/);
  });
});

const KEY_LINE = `authorized_keys=${ED25519}`;

describe('what was found before somebody sits down', () => {
  it.each([
    [0, KEY_LINE, 'key-required'],
    [1, KEY_LINE, 'key-required'],
    [0, 'max-joiners=1', 'full'],
    [1, 'max-joiners=1', 'full'],
  ])('does not count: joins at edge %i, after %s, are refused', async (n, pair, reason) => {
    const { fleet: made, host } = await fleet();
    await made.join(0, host);
    const target = await made.edge(n).stage.sessions.find(tokenOf(host));
    // The directory does not know it yet.
    host.say(tmateSet(pair));
    const joined = sitting(target);
    await made.pass(1000);
    await expect(joined).rejects.toMatchObject({ reason });
  });

  it.each([0, 1])('does not count: whoever joins at edge %i after approve waits for the host', async (n) => {
    const { fleet: made, host } = await fleet();
    await made.join(0, host);
    const target = await made.edge(n).stage.sessions.find(tokenOf(host));
    host.say(tmateSet('approve=true'));
    const seated = sitting(target);
    await made.pass(1000);
    expect(host.notices).toContain('192.0.2.9 (by ssh without a key, to type) asks to join');
    await made.edge(0).stage.sessions.decide(command(host, 'approve'));
    await made.pass(1000);
    expect((await seated).info.role).toBe('writer');
  });

  it.each([0, 1])(
    'does not count: who waited at edge %i for a host that lets everybody only look may look',
    async (n) => {
      const { fleet: made, host } = await fleet('approve=true');
      const state = joining(made, n, host);
      await made.pass(500);
      host.say(tmateSet('readers-only=true'));
      await made.pass(500);
      await made.edge(0).stage.sessions.decide(command(host, 'approve'));
      await made.pass(500);
      expect(state.seated?.seat.info.role).toBe('reader');
      state.seated?.type('x');
      await made.pass(100);
      expect(host.takeInput()).not.toContain('x');
    },
  );

  it.each([0, 1])('does not count: somebody who waits at edge %i is refused when keys are asked for', async (n) => {
    const { fleet: made, host } = await fleet('approve=true');
    const state = joining(made, n, host);
    await made.pass(500);
    host.say(tmateSet(KEY_LINE));
    await made.pass(500);
    expect(state.refused).toMatchObject({
      reason: 'key-required',
      message: expect.stringContaining('SSH key') as string,
    });
  });
});

describe('whoever comes while no home can be asked', () => {
  it('is seated by the record, and the next home decides once more', async () => {
    const { fleet: made, host } = await fleet();
    const first = await made.join(1, host);
    const data = host.env('tmate_reconnection_data') ?? '';
    await made.edge(0).stage.sessions.stop();
    made.edge(0).faults.leave();
    const target = await made.edge(1).stage.sessions.find(tokenOf(host));
    const seated = sitting(target);
    await made.pass(2000);
    const seat = await seated;
    expect(seat.info.role).toBe('writer');
    const again = await made.edge(2).stage.host({ ...settings(KEY_LINE), reconnect: data });
    await made.pass(8000);
    // Whoever had a seat before keeps it.
    expect(
      [
        ...(made.edge(1).stage.sessions.room(target.kind === 'session' ? target.id : sessionId('x'))?.audience.seats ??
          []),
      ].map(({ info }) => info.id),
    ).toEqual([first.seat.info.id]);
    first.type('y');
    await made.pass(100);
    expect(again.takeInput()).toContain('y');
  });
});

describe('approve', () => {
  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [1, 2],
  ])('lets in at edge %i by a command that reaches edge %i', async (at, by) => {
    const { fleet: made, host } = await fleet('approve=true');
    const state = joining(made, at, host);
    await made.pass(500);
    expect(host.notices).toContain('192.0.2.9 (by ssh without a key, to type) asks to join');
    expect(state.seated).toBeUndefined();
    let decision = '';
    void made
      .edge(by)
      .stage.sessions.decide(command(host, 'approve'))
      .then((result) => (decision = result));
    await made.pass(500);
    expect(decision).toBe('admitted');
    expect(made.edge(0).stage.noted.slice(1)).toEqual(['asked ssh no key', 'admitted by host']);
    expect(state.seated?.seat.info.role).toBe('writer');
    expect(
      await made
        .edge(at)
        .stage.sessions.decide(command(host, 'approve'))
        .catch(() => 'late'),
    ).not.toBe('admitted');
  });

  it.each([0, 1])('refuses at edge %i', async (at) => {
    const { fleet: made, host } = await fleet('approve=true');
    const state = joining(made, at, host);
    await made.pass(500);
    await made.edge(0).stage.sessions.decide(command(host, 'refuse'));
    await made.pass(500);
    expect(state.refused).toMatchObject({ reason: 'refused', message: 'The host did not let you in' });
  });

  it('keeps people waiting at another edge when the host comes back to a third one', async () => {
    const { fleet: made, host } = await fleet('approve=true');
    const state = joining(made, 1, host);
    await made.pass(500);
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    const again = await made.edge(2).stage.host({ ...settings('approve=true'), reconnect: data });
    await made.pass(8000);
    expect(again.notices).toContain('192.0.2.9 (by ssh without a key, to type) asks to join');
    await made.edge(2).stage.sessions.decide(command(again, 'approve'));
    await made.pass(1000);
    expect(state.seated).toBeDefined();
  });

  it('answers those who wait when the session ends', async () => {
    const { fleet: made, host } = await fleet('approve=true');
    const states = [joining(made, 0, host), joining(made, 1, host)];
    await made.pass(500);
    host.say({ type: 'fin' });
    await made.pass(1000);
    for (const { refused } of states) expect(refused).toMatchObject({ code: 'closed' });
  });

  it('knows nothing of codes that it did not make', async () => {
    const { fleet: made, host } = await fleet('approve=true');
    const state = joining(made, 0, host);
    await made.pass(100);
    const code = command(host, 'approve');
    for (const guess of [`${code.slice(0, -1)}2`, 'approve-x', code.replace('approve-', 'approve-A')]) {
      if (guess !== code) expect(await made.edge(0).stage.sessions.decide(guess)).toBe('unknown');
    }
    await made.pass(100);
    expect(state.seated).toBeUndefined();
  });
});
