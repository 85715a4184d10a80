import { describe, expect, it } from 'vitest';
import { readPublicKey } from '#keys';
import { blobOf, ED25519, RSA_2048 } from '#keys/fixtures';
import { Fleet, tmateSet } from './fleet.fixture.js';
import type { FakeHost, FakeTerminal } from './stage.fixture.js';

const KEYS = new Map(
  [ED25519, RSA_2048].map((line) => {
    const key = readPublicKey(blobOf(line));
    if (key === undefined) throw new Error('no key');
    return [key.fingerprint, key] as const;
  }),
);
const [ANN = '', BOB = ''] = KEYS.keys();
const AWAY = 'You were removed from this session';

/** Three edges, and a host at the first that has given these orders. */
async function fleet(...orders: string[]): Promise<{ made: Fleet; host: FakeHost }> {
  const made = await Fleet.start();
  const host = await made.edge(0).stage.host({ before: orders.map(tmateSet) });
  await made.pass(10);
  return { made, host };
}

const join = async (made: Fleet, n: number, host: FakeHost, key = ''): Promise<FakeTerminal> =>
  await made.join(n, host, 'writer', 80, 24, 'xterm-256color', KEYS.get(key));

async function say(made: Fleet, host: FakeHost, ...orders: string[]): Promise<void> {
  host.say(...orders.map(tmateSet));
  await made.pass(100);
}

describe('somebody who is sent away', () => {
  it.each([0, 1])('by key leaves edge %i at once, and comes back nowhere until that is lifted', async (n) => {
    const { made, host } = await fleet();
    const [ann, bob] = [await join(made, n, host, ANN), await join(made, n, host, BOB)];
    await say(made, host, `ban=${ANN}`);
    expect([ann.ending, bob.ending]).toEqual(['kicked', undefined]);
    for (const edge of [0, 1, 2]) await expect(join(made, edge, host, ANN)).rejects.toThrow(AWAY);
    await join(made, 2, host, BOB);
    await say(made, host, `unban=${BOB}`, `unban=${ANN}`);
    await join(made, 1, host, ANN);
    expect(host.notices).toEqual(
      expect.arrayContaining([
        `tmate-set ban: ${ANN} is banned until you lift it`,
        'tmate-set unban: there is no such entry; nothing was changed',
        `tmate-set unban: lifted for ${ANN}`,
      ]),
    );
    expect(made.edge(0).stage.noted).toEqual(
      expect.arrayContaining([`sent away ${ANN} nothing`, `lifted ${ANN} nothing`]),
    );
  });

  it('by address or range takes whoever is there with them', async () => {
    const { made, host } = await fleet();
    const [near, far] = [await join(made, 0, host, ANN), await join(made, 1, host)];
    await say(made, host, 'ban=192.0.2.0/24');
    expect([near.ending, far.ending]).toEqual(['kicked', 'kicked']);
    await expect(join(made, 2, host)).rejects.toThrow(AWAY);
    expect(host.env('tmate_num_clients')).toBe('0');
  });

  it('is kept away for the time that was said: a kick for an hour', async () => {
    const { made, host } = await fleet();
    const ann = await join(made, 1, host, ANN);
    await say(made, host, `kick=${ANN}`, `ban=${BOB} for 30m`);
    expect(ann.ending).toBe('kicked');
    await made.pass(29 * 60_000, 60_000);
    await expect(join(made, 1, host, BOB)).rejects.toThrow(AWAY);
    await made.pass(2 * 60_000, 60_000);
    await join(made, 1, host, BOB);
    await expect(join(made, 0, host, ANN)).rejects.toThrow(AWAY);
    await made.pass(30 * 60_000, 60_000);
    await join(made, 0, host, ANN);
  });

  it('is kept away by the next home as well, and no longer than asked for, however often the host repeats it', async () => {
    const { made, host } = await fleet();
    const before = [tmateSet(`ban=${ANN}`), tmateSet(`kick=${BOB} for 1h`)];
    host.say(...before);
    await made.pass(100);
    let last = host;
    for (const n of [1, 2, 2]) {
      await made.pass(25 * 60_000, 60_000);
      const data = last.env('tmate_reconnection_data') ?? '';
      last.connection.closed();
      last = await made.edge(n).stage.host({ before, reconnect: data });
      await made.pass(6_000);
      expect(last.notices).toContain('Reconnected');
      expect(last.notices.join()).not.toContain('tmate-set');
      await expect(join(made, 0, last, ANN)).rejects.toThrow(AWAY);
    }
    await join(made, 0, last, BOB);
  });

  it('waits no more for the word of the host', async () => {
    const { made, host } = await fleet('approve=true');
    const states = [0, 1].map((n) => {
      const state: { refused?: unknown } = {};
      made
        .edge(n)
        .stage.join(host, 'writer', 80, 24, 'xterm', KEYS.get(ANN))
        .catch((error: unknown) => (state.refused = error));
      return state;
    });
    await made.pass(500);
    await say(made, host, `ban=${ANN}`);
    for (const { refused } of states) expect(refused).toMatchObject({ message: AWAY });
  });
});

describe('somebody who is made a reader', () => {
  it.each([0, 1])('types no more at edge %i, nor when they come again', async (n) => {
    const { made, host } = await fleet();
    const ann = await join(made, n, host, ANN);
    await say(made, host, `reader=${ANN}`);
    const again = await join(made, 2 - n, host, ANN);
    host.takeInput();
    ann.type('x');
    again.type('y');
    await made.pass(100);
    expect(host.takeInput().join()).not.toMatch(/[xy]/);
    expect([ann.ending, ann.seat.info.role, again.seat.info.role]).toEqual([undefined, 'reader', 'reader']);
  });

  it('may type once that is lifted and they have joined again', async () => {
    const { made, host } = await fleet(`reader=${ANN}`, `reader=${BOB}`);
    const bob = await join(made, 1, host, BOB);
    expect([(await join(made, 1, host, ANN)).seat.info.role, bob.seat.info.role]).toEqual(['reader', 'reader']);
    await say(made, host, 'writer=all');
    expect(bob.seat.info.role).toBe('reader');
    for (const key of [ANN, BOB]) expect((await join(made, 2, host, key)).seat.info.role).toBe('writer');
  });
});

describe('orders that cannot be done', () => {
  it('are told to the host with the reason, and change nothing', async () => {
    const { made, host } = await fleet();
    const mate = await join(made, 1, host);
    await say(made, host, 'ban=192.0.2.0/33', 'kick=', 'reader=192.0.2.9 for ever');
    expect(host.notices.slice(-3)).toEqual([
      'tmate-set ban: "192.0.2.0/33" is not a range of addresses: the number after the slash must be from 0 to 32, not "33"; nothing was changed',
      expect.stringContaining('is not an address'),
      expect.stringContaining('after "for", give a time'),
    ]);
    expect([mate.ending, mate.seat.info.role]).toEqual([undefined, 'writer']);
    await say(made, host, ...Array.from({ length: 257 }, (_, n) => `ban=198.51.${n % 200}.${n}`.replace('.256', '.7')));
    expect(host.notices.at(-1)).toContain(
      'a session can ban at most 256 people: lift some bans first; nothing was changed',
    );
  });
});
