import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { PtyJoiner, Shipmate, Stage, SyntheticHost, SyntheticJoiner, until, WebJoiner } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { crowd, type ReturningJoiner, type Share } from '../fleet/fleet-crowd.fixture.js';
import { allToShow, Fleet, toMatch } from '../fleet/fleet.fixture.js';
import { faultsOf, OLDER, PRESENT } from './builds.fixture.js';

/** Edges of the two builds in turn: who joins at the next one is at the other build. */
const BUILDS = [OLDER, PRESENT, OLDER, PRESENT];
const HOMES = [
  ['the older build', 0],
  ['the present build', 1],
] as const;

/** Typed while an edge is replaced, two a second. */
const DIGITS = '0123456789';

const own = new Stage();
const stage = new Stage();
let fleet: Fleet;
/** Every process that ever ran. */
const ran = new Set<Shipmate>();
const figures = { floods: 0, floodBytes: 0, keys: 0, lost: 0, rolls: 0, returns: 0 };

beforeAll(async () => {
  fleet = await Fleet.start(own, stage, { builds: BUILDS, count: 4, env: { SHIPMATE_DRAIN_SECONDS: '2' } });
  note();
}, 300_000);
afterEach(async () => await stage.clear());
afterAll(async () => await own.clear());

function note(): void {
  for (const edge of fleet.edges) ran.add(edge);
}

/** At each edge a host that says much without end, watched by somebody at each of the others: the load of all that follows. */
async function flood(): Promise<() => Promise<void>> {
  const floods = await Promise.all(
    fleet.edges.map(async ({ sshPort }) => {
      const host = await stage.add(SyntheticHost.start({ port: sshPort }));
      const token = await host.token();
      const mates = await Promise.all(
        fleet.edges.map(
          async (edge) => await stage.add(SyntheticJoiner.start({ port: edge.sshPort, token, cols: 80, rows: 24 })),
        ),
      );
      let n = 0;
      const timer = setInterval(() => host.output(`${n++} ${'~'.repeat(500)}\r\n`), 40);
      return { host, mates, timer, last: () => n };
    }),
  );
  stage.onClear(() => floods.forEach(({ timer }) => clearInterval(timer)));
  return async () => {
    for (const { timer, host } of floods) {
      clearInterval(timer);
      host.output('that is all\r\n');
    }
    for (const { mates, last } of floods) {
      expect(last()).toBeGreaterThan(10);
      for (const mate of mates) {
        await mate.screen.toShow('that is all', 30_000);
        figures.floodBytes += mate.bytes;
      }
    }
    figures.floods += floods.length;
  };
}

describe('edges of two builds on one Redis', { timeout: 600_000 }, () => {
  it.each(HOMES)('show and take everything of a session at home at %s, under load', async (_, home) => {
    const unflood = await flood();
    fleet.prefer(home);
    const { host, token } = await fleet.host();
    const mates = await Promise.all([0, 1, 2, 3].map(async (n) => await fleet.join(n, token)));
    const [first, ...others] = mates as [PtyJoiner, ...PtyJoiner[]];
    const pages = await Promise.all(
      fleet.edges.map(async ({ httpPort }) => await stage.add(WebJoiner.start({ port: httpPort, token }))),
    );
    const reader = await fleet.join(home === 0 ? 1 : 0, await host.token('read'));
    const all = [...mates, ...pages, reader];
    await allToShow(all, '$');
    for (const [n, joiner] of [...mates, ...pages].entries()) {
      await joiner.type(`echo from-${n} $((${n}+40))\r`);
      await allToShow(all, `from-${n} ${n + 40}`);
    }
    for (const letter of 'abcdefgh') for (const one of mates) await one.type(letter);
    // Each letter arrives once; which of several edges is faster is not said.
    await until(
      async () => {
        const line = /\$ ([a-h]{8,})\s*$/m.exec((await host.capture()).trimEnd())?.[1] ?? '';
        expect(line.split('').toSorted().join('')).toBe('aaaabbbbccccddddeeeeffffgggghhhh');
        return true;
      },
      { what: 'all letters to arrive once' },
    );
    const arrivedLetters = (/\$ ([a-h]{32})/.exec(await host.capture())?.[1] ?? '').split('');
    expect([...new Set(arrivedLetters)].join('')).toBe('abcdefgh');
    for (const one of mates) expect(one.exit).toBeUndefined();
    await first.type('\u0003\u0002%');
    await allToShow(all, '│');
    await others[0]?.type('echo right $((1+1))\r');
    await allToShow(all, 'right 2');
    await others[1]?.type('\u0002c');
    await allToShow(all, '1:bash*');
    await others[2]?.type('\u0002p');
    await allToShow(all, '0:bash*');
    await toMatch(first, ...others);
    // Who comes now gets all of it by a snapshot of the other build.
    const late = await fleet.join(home === 0 ? 3 : 2, token);
    await toMatch(first, late);
    await unflood();
  });

  it.each(HOMES)('know names, people and an operator of the other build; home: %s', async (build, home) => {
    const other = home === 0 ? 1 : 0;
    const [api, mine] = [Api.of(fleet.edge(other)), Api.of(fleet.edge(home))];
    const user = `ada${home}`;
    const key = await api.userWithKey(user);
    fleet.prefer(home);
    const { host, token } = await fleet.host({ args: ['-k', key, '-n', 'site', '-r', 'look'], mode: 'attached' });
    expect([token, await host.token('read')], build).toEqual([`${user}/site`, `${user}/look`]);
    const mates = await Promise.all([0, 1, 2, 3].map(async (n) => await fleet.join(n, token)));
    await allToShow(mates, '$');
    const [row] = await api.list(`/sessions?user=${user}&state=live`);
    const path = `/sessions/${String(row?.['id'])}`;
    const people = async (of: Api): Promise<Record<string, unknown>[]> =>
      (await of.call('GET', path)).body['participants'] as Record<string, unknown>[];
    for (const of of [api, mine]) {
      await until(async () => (await people(of)).length === 4, { what: 'all four to be seen' });
      const names = await of.list(`/names?user=${user}`);
      expect(new Set(names.map(({ name }) => name))).toEqual(new Set([`${user}/look`, `${user}/site`]));
      expect(await of.list('/edges')).toHaveLength(4);
    }
    // An operator's acts at one build, on people at both.
    for (const kicked of (await people(api)).slice(0, 2)) {
      const { status } = await api.call('DELETE', `${path}/participants/${String(kicked['id'])}`);
      expect(status).toBeLessThan(300);
    }
    await until(() => mates.filter(({ exit }) => exit !== undefined).length === 2, { what: 'two to be kicked' });
    const events = await mine.list('/events?limit=200');
    expect(events.length).toBeGreaterThan(4);
    expect((await api.call('DELETE', path)).status).toBeLessThan(300);
    await until(() => mates.every(({ exit }) => exit !== undefined), { what: 'the session to be closed' });
    // A key that one build revokes is worth nothing at the other.
    await api.call('DELETE', `/users/${user}`);
    await until(async () => (await mine.call('GET', `/users/${user}`)).status === 404, { what: 'the user to be gone' });
  });

  it.each([
    ['an upgrade', PRESENT],
    ['going back', OLDER],
    ['another upgrade', PRESENT],
  ])('lose no session, token or screen in a roll: %s', async (_, build) => {
    const shares = await crowd(fleet, stage, { stock: 3, synthetic: 13 });
    const typed = shares.map((__, n) => `before-${n}.`);
    // From the last to the first: whoever is sent on comes to an edge whose turn is over.
    for (const n of [3, 2, 1, 0]) {
      const typing = shares.map(async ({ joiners }, at) => {
        const typist = joiners.find((joiner) => joiner.at !== n);
        for (const digit of typist === undefined ? '' : DIGITS) {
          await typist?.terminal.type(digit);
          typed[at] += digit;
          figures.keys += 1;
          await delay(500);
        }
      });
      fleet.prefer((n + 1) % 4, (n + 2) % 4);
      expect(await fleet.edge(n).halt('SIGTERM', 30_000)).toEqual({ status: 0, signal: null });
      await fleet.restart(n, build);
      note();
      figures.rolls += 1;
      await Promise.all(typing);
      for (const [at, { joiners }] of shares.entries()) {
        const line = await arrived(joiners[0], typed[at] ?? '');
        for (const joiner of joiners) await joiner.toShow(line);
        figures.lost += (typed[at] ?? '').length - line.length;
        typed[at] = line;
      }
      for (const { departures } of shares.flatMap((share) => share.joiners)) {
        figures.returns += departures.length;
        for (const departure of departures.splice(0)) expect(departure).toEqual({ edge: n, status: 1 });
      }
    }
    await allSame(shares);
  });

  it('have nothing to complain of', () => {
    expect([...ran].flatMap(faultsOf)).toEqual([]);
    expect(figures.lost).toBeLessThan(figures.keys / 50);
    console.log(`Two builds side by side: ${JSON.stringify(figures)}`);
  });
});

/**
 * What has arrived of a line that was typed, when its last key has: all of it, in order and nothing twice, but for keys of which
 * nobody can tell whether a home that stopped had passed them on. Those are given up, and the joiner is told.
 */
async function arrived(joiner: ReturningJoiner | undefined, typed: string): Promise<string> {
  const [head = '', tail = ''] = typed.split('.');
  const all = new RegExp(
    `${head}\\.${tail
      .split('')
      .map((key) => `${key}?`)
      .join('')}(?!\\d)`,
  );
  return await until(
    async () => {
      const seen = all.exec((await joiner?.terminal.screen.text()) ?? '')?.[0];
      return seen?.at(-1) === typed.at(-1) ? seen : undefined;
    },
    { what: `${typed} to arrive`, deadlineMs: 30_000, everyMs: 50 },
  );
}

async function allSame(shares: readonly Share[]): Promise<void> {
  for (const { token, tokenNow, joiners } of shares) {
    const [one, two] = joiners.map(({ terminal }) => terminal);
    if (one !== undefined && two !== undefined) await toMatch(one, two);
    expect(await tokenNow()).toBe(token);
  }
}
