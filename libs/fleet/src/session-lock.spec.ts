import { describe, expect, it } from 'vitest';
import type { Identity } from '#access';
import { comeBack, Fleet, tmateSet } from './fleet.fixture.js';
import type { FakeHost, FakeTerminal } from './stage.fixture.js';

const LOCKED = 'This session is locked: nobody may type until it is unlocked';
const HIDDEN = 'This session is locked: nobody may type or watch until it is unlocked';
const LONELY = 'No moderator is in this session: nobody may type until one joins';
const ALLOW = 'allow=ann@example.org:moderate, bob@example.org:type';

const person = (name: string): Identity => ({
  provider: 'corp',
  subject: name,
  name: `${name}@example.org`,
  groups: [],
  proved: 'sign-in',
  until: Number.MAX_SAFE_INTEGER,
});

async function fleet(...orders: string[]): Promise<{ made: Fleet; host: FakeHost }> {
  const made = await Fleet.start();
  const host = await made.edge(0).stage.host({ before: orders.map(tmateSet) });
  host.print('a secret');
  await made.pass(100);
  return { made, host };
}

const join = async (made: Fleet, n: number, host: FakeHost, who?: string): Promise<FakeTerminal> =>
  await made.join(n, host, 'writer', 80, 24, 'xterm-256color', undefined, who === undefined ? undefined : person(who));

async function say(made: Fleet, host: FakeHost, ...orders: string[]): Promise<void> {
  host.say(...orders.map(tmateSet));
  await made.pass(300);
}

/** What these keys make reach the host. */
async function typed(made: Fleet, host: FakeHost, terminal: FakeTerminal, keys = 'x'): Promise<string[]> {
  const before = host.sent.length;
  terminal.type(keys);
  await made.pass(300);
  return host.sent.slice(before).flatMap(({ type }) => (type === 'pane-key' || type === 'exec-cmd' ? [type] : []));
}

describe('a session that its host locks', () => {
  it.each([0, 1])('takes nothing from edge %i, neither keys nor commands, until it is unlocked', async (n) => {
    const { made, host } = await fleet();
    const mate = await join(made, n, host);
    await say(made, host, 'lock=typing');
    expect(mate.line(23)).toBe(LOCKED);
    expect(mate.line(0)).toBe('a secret');
    for (const keys of ['x', '\x02c', '\x02:new-window\r', '\x1b[200~pasted\x1b[201~', '\x02:set -g status off\r'])
      expect(await typed(made, host, mate, keys), keys).toEqual([]);
    // Who comes now finds it locked.
    const late = await join(made, 2, host);
    await made.pass(100);
    expect(late.line(23)).toBe(LOCKED);
    expect(await typed(made, host, late)).toEqual([]);
    await say(made, host, 'lock=off');
    expect(mate.line(23)).toBe('You may type again');
    for (const terminal of [mate, late]) expect(await typed(made, host, terminal)).not.toEqual([]);
    expect(host.notices).toEqual(
      expect.arrayContaining([
        'tmate-set lock: your mates cannot type until you unlock it',
        'tmate-set lock: your mates may type again',
      ]),
    );
    expect(made.edge(0).stage.noted).toEqual(['lock typing by the host', 'lock off by the host']);
    expect(made.faults).toEqual([]);
  });

  it.each([0, 1])('shows nothing at edge %i if that is asked for, and lets nobody in', async (n) => {
    const { made, host } = await fleet();
    const mate = await join(made, n, host);
    mate.type('\x02?');
    await say(made, host, 'lock=all');
    host.print('more secrets');
    await made.pass(300);
    expect(mate.text.trim()).toBe(HIDDEN);
    for (const keys of [
      'x',
      '\x02[',
      '\x02w',
      '\x02s',
      '\x02?',
      '\x02q',
      '\x02i',
      '\x02:list-windows\r',
      '\x02:copy-mode\r',
    ]) {
      expect(await typed(made, host, mate, keys), keys).toEqual([]);
      expect(mate.text, keys).not.toMatch(/secret|bash|bind/);
    }
    await expect(join(made, 2, host)).rejects.toThrow('This session is locked at the moment: try again later');
    await made.pass(10_000);
    await say(made, host, 'lock=off');
    await made.pass(1_000);
    expect(mate.line(0)).toBe('a secretmore secrets');
    await say(made, host, 'lock=all');
    mate.type('\x02d');
    await made.pass(100);
    expect(mate.ending).toBe('detached');
  });

  it('stays locked when its host comes back, at the same edge or at another', async () => {
    const { made, host } = await fleet();
    const [here, there] = [await join(made, 0, host), await join(made, 1, host)];
    await say(made, host, 'lock=typing');
    let last = host;
    for (const n of [0, 2]) {
      const data = last.env('tmate_reconnection_data') ?? '';
      last.connection.closed();
      last = await comeBack(made.edge(n).stage, data, 'here again');
      await made.pass(6_000);
      for (const terminal of [here, there]) {
        expect(terminal.line(23)).toBe(LOCKED);
        expect(await typed(made, last, terminal)).toEqual([]);
      }
    }
    // A client says all that it ever said again.
    await say(made, last, 'lock=typing', 'lock=off');
    for (const terminal of [here, there]) expect(await typed(made, last, terminal)).not.toEqual([]);
  });

  it('is told what is wrong with an order', async () => {
    const { made, host } = await fleet();
    await say(made, host, 'lock=maybe');
    expect(host.notices.at(-1)).toBe(
      'tmate-set lock: expected "typing", "all" to hide the session too, or "off"; nothing was changed',
    );
  });
});

describe('a moderator', () => {
  it.each([0, 1])('locks and unlocks the session from edge %i, and nobody else does', async (n) => {
    const { made, host } = await fleet(ALLOW);
    const [ann, bob] = [await join(made, n, host, 'ann'), await join(made, 1, host, 'bob')];
    bob.type('\x02:lock-session\r');
    await made.pass(300);
    expect(bob.line(23)).toBe('Only the host or a moderator can lock this session');
    ann.type('\x02:lock-session\r');
    await made.pass(300);
    expect(await typed(made, host, bob)).toEqual([]);
    expect(host.notices.at(-1)).toBe('ann@example.org locked this session: your mates cannot type');
    ann.type('\x02:lock-session\r');
    await made.pass(300);
    expect(await typed(made, host, bob)).not.toEqual([]);
    expect(host.notices.at(-1)).toBe('ann@example.org unlocked this session');
    expect(made.edge(0).stage.noted.slice(-2)).toEqual(['lock typing by a mate', 'lock off by a mate']);
  });

  it('comes in though the session is hidden, and can show it again', async () => {
    const { made, host } = await fleet(ALLOW, 'lock=all');
    await expect(join(made, 1, host, 'bob')).rejects.toThrow('This session is locked');
    const ann = await join(made, 0, host, 'ann');
    await made.pass(100);
    expect(ann.text.trim()).toBe(HIDDEN);
    ann.type('\x02:lock-session\r');
    await made.pass(300);
    expect(ann.line(0)).toBe('a secret');
  });
});

describe('a moderated session', () => {
  it.each([0, 1])('takes keys only while a moderator is there, who joins at edge %i', async (n) => {
    const { made, host } = await fleet(ALLOW, 'moderated=true');
    const [here, there] = [await join(made, 0, host, 'bob'), await join(made, 2, host, 'bob')];
    await made.pass(100);
    for (const bob of [here, there]) {
      expect(bob.line(23)).toBe(LONELY);
      expect(await typed(made, host, bob)).toEqual([]);
    }
    const ann = await join(made, n, host, 'ann');
    await made.pass(300);
    for (const terminal of [here, there, ann]) expect(await typed(made, host, terminal)).not.toEqual([]);
    ann.type('\x02d');
    await made.pass(300);
    for (const bob of [here, there]) {
      expect(bob.line(23)).toBe(LONELY);
      expect(await typed(made, host, bob)).toEqual([]);
    }
    expect(host.notices).toEqual(
      expect.arrayContaining([
        'A moderator is in the session: your mates may type',
        'No moderator is in the session: your mates cannot type until one joins',
      ]),
    );
    await say(made, host, 'moderated=off');
    expect(await typed(made, host, there)).not.toEqual([]);
    expect(made.edge(0).stage.noted.filter((one) => /paused|resumed/.test(one))).toEqual([
      'paused',
      'resumed',
      'paused',
      'resumed',
    ]);
  });

  it('does not take for a moderator whoever only says so at another edge', async () => {
    const { made, host } = await fleet(ALLOW, 'moderated=true');
    const bob = await join(made, 1, host, 'bob');
    await made.pass(100);
    bob.type('\x02:lock-session\r');
    expect(await typed(made, host, bob)).toEqual([]);
  });
});
