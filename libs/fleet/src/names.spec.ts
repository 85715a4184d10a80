import { describe, expect, it } from 'vitest';
import { ShipmateError } from '#kernel';
import { MemoryDirectory, type Directory } from '#directory';
import type { HostMessage } from '#tmate-protocol';
import { asking, RANDOM, set, ssh, Town } from './names.fixture.js';
import { Stage } from './stage.fixture.js';

describe('named sessions', () => {
  it('are told to the host as its tokens would be, before it is ready', async () => {
    const stage = await new Town().edge();
    const host = await stage.host({ before: asking('KEY-ADA', 'site', 'look') });
    expect(host.env('tmate_ssh')).toBe('ssh -p2222 ada/site@localhost');
    expect(host.env('tmate_ssh_ro')).toBe('ssh -p2222 ada/look@localhost');
    expect(host.notices).toContain('ssh session: ssh -p2222 ada/site@localhost');
    expect(host.notices.filter((text) => text.startsWith('ssh session:'))).toHaveLength(1);
    expect(host.notices).toContainEqual(expect.stringContaining('Anyone who guesses ada/site can join'));
    const ready = host.sent.findIndex(({ type }) => type === 'ready');
    expect(ready).toBeGreaterThan(host.sent.findLastIndex(({ type }) => type === 'set-env'));
  });

  it('are joined by name, as writer and as reader, at every edge', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    await one.host({ before: asking('KEY-ADA', 'site', 'look') });
    for (const stage of [one, two]) {
      expect(await stage.sessions.find('ada/site')).toMatchObject({ kind: 'session', role: 'writer' });
      expect(await stage.sessions.find('ada/look')).toMatchObject({ kind: 'session', role: 'reader' });
      expect(await stage.sessions.find('bob/site')).toEqual({ kind: 'unknown' });
    }
  });

  it('say who holds a name, and give the second host a random token', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    const first = await one.host({ before: asking('KEY-ADA', 'site') });
    for (let beats = 0; beats < 24; beats++) await town.beat();
    const second = await two.host({ before: asking('KEY-ADA', 'site', 'mine') });
    expect(ssh(first)).toBe('ssh -p2222 ada/site@localhost');
    expect(ssh(second)).toMatch(RANDOM);
    expect(second.env('tmate_ssh_ro')).toBe('ssh -p2222 ada/mine@localhost');
    expect(second.notices).toContain(
      'The name ada/site is held by a session from 192.0.2.1, for 2 minutes: you have a random token',
    );
  });

  it('stay with a lost host for ten minutes, and then go to whoever asks', async () => {
    const town = new Town();
    const stage = await town.edge();
    const first = await stage.host({ before: asking('KEY-ADA', 'site') });
    first.connection.closed();
    await town.beat();
    const other = { before: asking('KEY-ADA', 'site'), nodename: 'another' };
    const early = await stage.host(other);
    expect(ssh(early)).toMatch(RANDOM);
    expect(early.notices).toContainEqual(expect.stringMatching(/which is disconnected and keeps it for 9 minutes/));
    for (let beats = 0; beats < 120; beats++) await town.beat();
    expect(ssh(await stage.host(other))).toBe('ssh -p2222 ada/site@localhost');
  });

  it('are free again at once when the session has ended, and tell late joiners so until then', async () => {
    const town = new Town();
    const stage = await town.edge();
    const first = await stage.host({ before: asking('KEY-ADA', 'site') });
    first.say({ type: 'fin' });
    await town.settle();
    expect(await stage.sessions.find('ada/site')).toMatchObject({ kind: 'closed' });
    expect(ssh(await stage.host({ before: asking('KEY-ADA', 'site') }))).toBe('ssh -p2222 ada/site@localhost');
  });

  it('follow the host to another edge, without a word more than that it is back', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    const before = asking('KEY-ADA', 'site');
    const host = await one.host({ before });
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    const again = await two.host({ before, reconnect });
    await town.settle();
    expect(again.notices).toEqual(['Reconnected']);
    expect(ssh(again)).toBe('ssh -p2222 ada/site@localhost');
    expect(await one.sessions.find('ada/site')).toMatchObject({ kind: 'session', role: 'writer' });
  });

  it('are renamed during the session, and the old name is given back', async () => {
    const town = new Town();
    const stage = await town.edge();
    const host = await stage.host({ before: asking('KEY-ADA', 'site') });
    host.say(set('tmate-session-name', 'shop'));
    await town.settle();
    expect(ssh(host)).toBe('ssh -p2222 ada/shop@localhost');
    expect(host.notices).toContain('ssh session: ssh -p2222 ada/shop@localhost');
    expect(await stage.sessions.find('ada/site')).toEqual({ kind: 'unknown' });
    expect(ssh(await stage.host({ before: asking('KEY-ADA', 'site') }))).toBe('ssh -p2222 ada/site@localhost');
  });

  it('write whose they are into the record, and never the key', async () => {
    const town = new Town();
    const stage = await town.edge();
    await stage.host({ before: asking('KEY-ADA', 'site') });
    await town.settle();
    const [view] = await town.directory.listSessions({}, { limit: 1 });
    expect(view?.session.labels['user']).toBe('ada');
    expect(JSON.stringify(view)).not.toContain('KEY-ADA');
  });
});

describe('what became of a name', () => {
  it('is told: claimed, refused, given back, lost', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    const host = await one.host({ before: asking('KEY-ADA', 'site') });
    const second = await two.host({ before: asking('KEY-ADA', 'site', 'mine') });
    expect([one.noted, two.noted]).toEqual([['claimed ada/site'], ['claimed ada/mine', 'refused ada/site']]);
    second.say(set('tmate-session-name', 'shop'));
    await town.settle();
    host.say(set('tmate-session-name', ''));
    await town.settle();
    expect([one.noted.at(-1), two.noted.at(-1)]).toEqual(['released ada/site', 'claimed ada/shop']);
    // An operator gives it to another session.
    const [session] = [...one.sessions.sessions];
    const [other] = [...two.sessions.sessions];
    if (session === undefined || other === undefined) throw new Error('no session');
    const { directory } = town;
    const view = await directory.lookup(session.id);
    if (view?.session.edgeId === undefined) throw new Error('no home');
    const { id, edgeId, generation } = view.session;
    const owner = { sessionId: id, edgeId, generation };
    await directory.claimName(owner, { name: 'ada/shop', role: 'writer', steal: true });
    two.sessions.namesChanged(other);
    await town.settle();
    expect(two.noted.at(-1)).toBe('lost ada/shop');
  });

  it('is told once, however often it is asked for, and not of a key that is nobody’s to know', async () => {
    const town = new Town();
    const [one, two] = [await town.edge(), await town.edge()];
    await one.host({ before: asking('KEY-ADA', 'site') });
    const second = await two.host({ before: asking('KEY-ADA', 'site') });
    for (let n = 0; n < 4; n++) {
      for (const session of two.sessions.sessions) two.sessions.namesChanged(session);
      await town.settle();
    }
    expect(two.noted).toEqual(['refused ada/site']);
    second.say(set('tmate-api-key', 'KEY-EVE'));
    await town.settle();
    expect(two.noted).toEqual(['refused ada/site', 'refused site']);
    for (let n = 0; n < 200; n++) {
      second.say(set('tmate-api-key', 'KEY-ADA'), set('tmate-session-name', `name-${n}`));
      await town.settle();
    }
    expect(two.noted).toHaveLength(64);
  });
});

describe('a name that is not available', () => {
  const cases: readonly [string, HostMessage[], RegExp][] = [
    ['without an API key', asking('', 'site'), /needs an API key: tmate -k KEY -n NAME/],
    ['with a key of nobody', asking('KEY-EVE', 'site'), /The API key is not valid/],
    [
      'by a text that is no name',
      asking('KEY-ADA', 'my_site'),
      /"my_site" cannot be a session's name: 1 to 50 letters/,
    ],
  ];
  it.each(cases)('leaves the tokens in force %s', async (_, before, notice) => {
    const stage = await new Town().edge();
    const host = await stage.host({ before });
    expect(ssh(host)).toMatch(RANDOM);
    expect(host.notices).toContainEqual(expect.stringMatching(notice));
    expect(await stage.join(host)).toBeDefined();
  });

  it('is told so by a server that knows of none', async () => {
    const stage = await new Town().edge({ known: false });
    const host = await stage.host({ before: asking('KEY-ADA', 'site') });
    expect(host.notices[0]).toMatch(/This server does not support named sessions/);
  });

  it('needs no key where the operator leaves names open', async () => {
    const town = new Town();
    town.openUser = 'team';
    const host = await (await town.edge()).host({ before: asking('', 'site') });
    expect(ssh(host)).toBe('ssh -p2222 team/site@localhost');
    expect(town.asked).toBe(0);
  });

  it('costs nothing but the name while the broker is away, and comes by itself when that is back', async () => {
    const town = new Town();
    town.away = true;
    const stage = await town.edge();
    const host = await stage.host({ before: asking('KEY-ADA', 'site') });
    expect(ssh(host)).toMatch(RANDOM);
    expect(host.notices).toContainEqual(expect.stringMatching(/You will be notified when you get the names/));
    await town.beat();
    await town.beat();
    expect(host.notices.filter((text) => text.includes('will be notified'))).toHaveLength(1);
    town.away = false;
    await town.beat();
    expect(ssh(host)).toBe('ssh -p2222 ada/site@localhost');
    expect(host.notices.at(-1)).toMatch(/Anyone who guesses ada\/site/);
    expect(host.notices).toContain('ssh session: ssh -p2222 ada/site@localhost');
    const asked = town.asked;
    await town.beat();
    expect(town.asked).toBe(asked);
  });
});

describe('a directory that has lost its memory', () => {
  it('is told the names again, and they can be joined meanwhile', async () => {
    const town = new Town();
    /** Stands for a store that was emptied. */
    let store = new MemoryDirectory(town.clock);
    const directory = new Proxy(town.directory, {
      get: (_, key) => {
        const value: unknown = Reflect.get(store, key);
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(store) : value;
      },
    });
    const stage = await town.edge({ directory });
    const host = await stage.host({ before: asking('KEY-ADA', 'site') });
    store = new MemoryDirectory(town.clock);
    expect(await store.lookupByName('ada/site')).toBeUndefined();
    await town.beat();
    await town.settle();
    expect(town.faults).toEqual([]);
    expect(await store.lookupByName('ada/site')).toMatchObject({ role: 'writer' });
    expect(ssh(host)).toBe('ssh -p2222 ada/site@localhost');
  });
});

describe('a directory that has a session under its former home still', () => {
  it('is asked for its names again when the session is written', async () => {
    const town = new Town();
    let [isAway, isFull] = [false, false];
    const directory = new Proxy(town.directory, {
      get:
        (store, key: keyof Directory) =>
        async (...args: unknown[]) => {
          const fails = isAway || (isFull && (key === 'restore' || key === 'update'));
          if (fails) throw new ShipmateError('unavailable', 'the directory is away');
          return await (Reflect.apply(store[key], store, args) as Promise<unknown>);
        },
    });
    const stage = await town.edge({ directory });
    const before = asking('KEY-ADA', 'site');
    const host = await stage.host({ before });
    isAway = true;
    host.connection.closed();
    const back = await stage.host({ before, reconnect: host.env('tmate_reconnection_data') ?? '' });
    await town.settle();
    [isAway, isFull] = [false, true];
    for (let n = 0; n < 3; n++) await town.beat();
    isFull = false;
    for (let n = 0; n < 3; n++) await town.beat();
    expect(ssh(back)).toBe('ssh -p2222 ada/site@localhost');
    expect(back.notices).not.toContainEqual(expect.stringContaining('refused'));
  });
});

describe('a directory that took a session for dead', () => {
  it('is asked for its names again when its home has refuted that', async () => {
    const town = new Town();
    const stage = await town.edge();
    const host = await stage.host({ before: asking('KEY-ADA', 'site') });
    const [session] = [...stage.sessions.sessions];
    const view = await town.directory.lookup(session!.id);
    // As if the edge had been cut off.
    await town.directory.removeEdge(view!.session.edgeId!);
    await town.directory.closeOrphan(session!.id, session!.generation, 'expired');
    stage.sessions.namesChanged(session!);
    await town.settle();
    expect(host.notices).not.toContainEqual(expect.stringContaining('refused'));
    for (let n = 0; n < 3; n++) await town.beat();
    expect(await stage.sessions.find('ada/site')).toMatchObject({ kind: 'session', id: session!.id });
    expect(ssh(host)).toBe('ssh -p2222 ada/site@localhost');
  });
});

describe('many hosts for one name', () => {
  it('leave it with exactly one of them', async () => {
    const town = new Town();
    const edges = await Promise.all(Array.from({ length: 3 }, async () => await town.edge()));
    const before = asking('KEY-ADA', 'site');
    const hosts = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => await (edges[i % 3] ?? new Stage()).host({ before })),
    );
    await town.settle();
    const holders = hosts.filter((host) => ssh(host) === 'ssh -p2222 ada/site@localhost');
    expect(holders).toHaveLength(1);
    expect(hosts.filter((host) => RANDOM.test(ssh(host) ?? ''))).toHaveLength(29);
  });
});
