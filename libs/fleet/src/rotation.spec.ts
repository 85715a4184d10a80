import { describe, expect, it } from 'vitest';
import { MemoryDirectory } from '#directory';
import { Fleet, tmateSet } from './fleet.fixture.js';
import type { FakeHost } from './stage.fixture.js';

const ROTATE = tmateSet('rotate=tokens');
const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';
const dataOf = (host: FakeHost): string => host.env('tmate_reconnection_data') ?? '';

/** Three edges, and a host at the first. */
async function fleet(): Promise<{ made: Fleet; host: FakeHost; token: string }> {
  const made = await Fleet.start();
  const host = await made.edge(0).stage.host();
  await made.pass(10);
  return { made, host, token: tokenOf(host) };
}

/** What a token leads to, edge by edge. */
async function ways(made: Fleet, token: string): Promise<string[]> {
  const found: string[] = [];
  for (const { stage } of made.edges) found.push((await stage.sessions.find(token)).kind);
  return found;
}

const EVERYWHERE = ['session', 'session', 'session'];
const NOWHERE = ['unknown', 'unknown', 'unknown'];

describe('tokens that are replaced', () => {
  it('lead nowhere from then on, at any edge, and people inside stay', async () => {
    const { made, host, token } = await fleet();
    const [near, far] = [await made.join(0, host), await made.join(1, host)];
    const readers = /(\S+)@/.exec(host.env('tmate_ssh_ro') ?? '')?.[1] ?? '';
    host.say(ROTATE);
    await made.pass(100);
    const fresh = tokenOf(host);
    expect(fresh).not.toBe(token);
    expect([await ways(made, token), await ways(made, readers), await ways(made, fresh)]).toEqual([
      NOWHERE,
      NOWHERE,
      EVERYWHERE,
    ]);
    expect(host.notices).toEqual(
      expect.arrayContaining([
        'This session has new tokens: the old ones no longer work',
        `ssh session: ssh -p2222 ${fresh}@localhost`,
      ]),
    );
    await made.join(2, host);
    host.takeInput();
    near.type('a');
    far.type('b');
    await made.pass(100);
    expect(host.takeInput()).toEqual(['a', 'b']);
    expect(made.edge(0).stage.noted).toContain('tokens replaced');
  });

  it('send everyone away if the host says so', async () => {
    const { made, host } = await fleet();
    const [near, far] = [await made.join(0, host), await made.join(1, host)];
    host.say(tmateSet('rotate=tokens,leave'));
    await made.pass(100);
    expect([near.ending, far.ending]).toEqual(['kicked', 'kicked']);
    await made.join(1, host);
    expect(host.env('tmate_num_clients')).toBe('1');
  });

  it('are the ones that a host comes back with, at any edge, without being replaced again', async () => {
    for (const n of [0, 1]) {
      const { made, host } = await fleet();
      host.say(ROTATE);
      await made.pass(100);
      const [fresh, data] = [tokenOf(host), dataOf(host)];
      host.connection.closed();
      const again = await made.edge(n).stage.host({ before: [ROTATE], reconnect: data });
      await made.pass(100);
      expect(again.notices).toContain('Reconnected');
      expect([tokenOf(again), await ways(made, fresh)]).toEqual([fresh, EVERYWHERE]);
    }
  });

  it('do not come back by what a host kept from before: it has its session, and is told how it is joined now', async () => {
    for (const n of [0, 1]) {
      const { made, host, token } = await fleet();
      const old = dataOf(host);
      host.say(ROTATE);
      await made.pass(100);
      const between = tokenOf(host);
      host.connection.closed();
      const again = await made.edge(n).stage.host({ before: [ROTATE], reconnect: old });
      await made.pass(100);
      const now = tokenOf(again);
      expect(again.notices).toEqual(
        expect.arrayContaining(['Reconnected', `ssh session: ssh -p2222 ${now}@localhost`]),
      );
      expect([await ways(made, token), await ways(made, now)]).toEqual([NOWHERE, EVERYWHERE]);
      // Its home knows what it replaced them with; another edge does not.
      expect(now === between).toBe(n === 0);
      expect(made.faults).toEqual([]);
      again.connection.closed();
      const last = await made.edge(2).stage.host({ before: [ROTATE], reconnect: dataOf(again) });
      expect(tokenOf(last)).toBe(now);
    }
  });

  it('do not give a copy of what the host kept the session while the host is there', async () => {
    const { made, host } = await fleet();
    const old = dataOf(host);
    host.say(ROTATE);
    await made.pass(100);
    const copy = made.edge(1).stage.host({ reconnect: old });
    await made.pass(20_000, 100);
    expect((await copy).notices).toContain('Another connection holds your session: this is a new one');
    expect(await ways(made, tokenOf(host))).toEqual(EVERYWHERE);
  });

  it('are replaced when the host is back, where it said so while it was away', async () => {
    const { made, host, token } = await fleet();
    const data = dataOf(host);
    host.connection.closed();
    const again = await made.edge(1).stage.host({ before: [ROTATE], reconnect: data });
    await made.pass(100);
    expect([await ways(made, token), await ways(made, tokenOf(again))]).toEqual([NOWHERE, EVERYWHERE]);
  });

  it('are replaced at their home while the directory is away, and everywhere once it is back or has lost all', async () => {
    for (const loses of [false, true]) {
      const { made, host, token } = await fleet();
      made.directoryAway = true;
      host.say(ROTATE);
      await made.pass(100);
      const fresh = tokenOf(host);
      expect(host.notices).toContain(
        'The directory is not available: until it is back, the new tokens work only on this server',
      );
      expect((await made.edge(0).stage.sessions.find(fresh)).kind).toBe('session');
      await expect(made.edge(0).stage.sessions.find(token)).rejects.toMatchObject({ code: 'unavailable' });
      if (loses) made.directory = new MemoryDirectory(made.clock);
      made.directoryAway = false;
      await made.pass(20_000, 100);
      expect([await ways(made, token), await ways(made, fresh)]).toEqual([NOWHERE, EVERYWHERE]);
    }
  });

  it('are replaced so often in a while, and not more often', async () => {
    const { made, host } = await fleet();
    for (let n = 0; n < 9; n++) {
      host.say(ROTATE);
      await made.pass(10);
    }
    const last = tokenOf(host);
    expect(host.notices.at(-1)).toMatch(/^tmate-set rotate: The tokens were replaced too often: try again in/);
    expect(await ways(made, last)).toEqual(EVERYWHERE);
    await made.pass(601_000, 1000);
    host.say(ROTATE);
    await made.pass(100);
    expect(tokenOf(host)).not.toBe(last);
  });

  it('are new already at the beginning: an order in the configuration does nothing', async () => {
    const made = await Fleet.start();
    const host = await made.edge(0).stage.host({ before: [ROTATE] });
    await made.pass(100);
    expect(host.notices.join()).not.toContain('new tokens');
    host.say(tmateSet('rotate=everything'));
    await made.pass(100);
    expect(host.notices.at(-1)).toBe(
      'tmate-set rotate: expected "tokens", or "tokens,leave" to disconnect everyone; nothing was changed',
    );
  });
});
