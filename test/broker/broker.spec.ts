import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PtyJoiner, Shipmate, Stage, TmateHost, until } from '#testing';
import { Api } from './broker.fixture.js';

const own = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let api: Api;

beforeAll(async () => {
  shipmate = await own.add(Shipmate.start());
  api = Api.of(shipmate);
});
afterEach(async () => {
  await stage.clear();
});
afterAll(async () => {
  await own.clear();
});

const hostWith = async (...args: readonly string[]): Promise<TmateHost> => {
  const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, args, mode: 'attached' }));
  await host.waitReady();
  return host;
};
const join = async (user: string): Promise<PtyJoiner> =>
  await stage.add(new PtyJoiner({ port: shipmate.sshPort, user }));

describe('a named session of a stock tmate', () => {
  it('is joined by its name, and a second host is told who has it', async () => {
    const key = await api.userWithKey('ada');
    const host = await hostWith('-k', key, '-n', 'site', '-r', 'look');
    expect(await host.token()).toBe('ada/site');
    expect(await host.token('read')).toBe('ada/look');
    expect(await host.display('#{tmate_web}')).toBe(`http://127.0.0.1:${shipmate.httpPort}/t/ada/site`);
    await host.typeLine('echo by""name');
    const mate = await join('ada/site');
    await mate.screen.toShow('byname');

    const second = await hostWith('-k', key, '-n', 'site');
    expect(await second.token()).toMatch(/^[0-9A-Za-z]{25}$/);
    expect(await second.messages()).toMatch(/The name ada\/site is held by a session from 127\.0\.0\.1/);

    expect(await api.list('/names')).toMatchObject([{ name: 'ada/look' }, { name: 'ada/site', role: 'writer' }]);
    const other = (await api.list('/sessions?user=ada')).find(({ id }) => id !== undefined && id !== null);
    expect(other).toMatchObject({ user: 'ada', state: 'live' });
  });

  it('is given to another session by the API, and both hosts are told', async () => {
    const key = await api.userWithKey('bob');
    const first = await hostWith('-k', key, '-n', 'shop');
    const second = await hostWith('-k', key, '-n', 'shop');
    const [holder] = await api.list('/names?user=bob');
    const heir = (await api.list('/sessions?user=bob&state=live')).find(({ id }) => id !== holder?.['session']);
    const stolen = await api.as(key).call('POST', '/names/bob/shop/steal', { session: heir?.['id'] });
    expect(stolen).toMatchObject({ status: 200, body: { name: 'bob/shop', session: heir?.['id'] } });
    await until(async () => (await second.token()) === 'bob/shop', { what: 'the heir to have the name' });
    await until(async () => /^\w{25}$/.test(await first.token()), { what: 'the other to have a token' });
  });

  it('does not take a key that was revoked', async () => {
    const key = await api.userWithKey('eve');
    const [{ id } = {}] = await api.list('/users/eve/keys');
    expect((await api.call('DELETE', `/users/eve/keys/${String(id)}`)).status).toBe(204);
    const host = await hostWith('-k', key, '-n', 'site');
    expect(await host.token()).toMatch(/^[0-9A-Za-z]{25}$/);
    expect(await host.messages()).toContain('The API key is not valid');
  });
});

describe('an operator', () => {
  it('sees who is in a session, speaks to them, makes one a reader, sends one away, and ends it', async () => {
    const host = await hostWith();
    const mate = await join(await host.token());
    await mate.screen.toShow('$');
    const [session] = await api.list('/sessions?state=live');
    const path = `/sessions/${String(session?.['id'])}`;
    const people = async (): Promise<Record<string, unknown>[]> =>
      (await api.call('GET', path)).body['participants'] as Record<string, unknown>[];
    const [person] = await people();
    expect(person).toMatchObject({ role: 'writer', transport: 'ssh', address: '127.0.0.1' });

    expect((await api.call('POST', `${path}/messages`, { text: 'Maintenance at noon' })).status).toBe(204);
    await mate.screen.toShow('Maintenance at noon');
    expect(await host.messages()).toContain('Maintenance at noon');

    const there = `${path}/participants/${String(person?.['id'])}`;
    expect((await api.call('POST', `${there}/make-reader`)).status).toBe(204);
    expect((await people())[0]).toMatchObject({ role: 'reader' });
    expect((await api.call('POST', `${there}/make-reader`)).status).toBe(404);
    expect((await api.call('DELETE', there)).status).toBe(204);
    await mate.screen.toShow('you were removed');
    await mate.exited();

    expect((await api.call('DELETE', path)).status).toBe(204);
    expect((await api.call('GET', path)).body).toMatchObject({ state: 'closed', closeReason: 'operator' });
    const types = (await api.list(`/events?limit=200`)).filter((event) => event['session'] === session?.['id']);
    expect(types.map(({ type }) => type).reverse()).toEqual(
      expect.arrayContaining([
        'session-opened',
        'joined',
        'message-sent',
        'made-reader',
        'left',
        'kicked',
        'session-closed',
      ]),
    );
  });
});

describe('a host', () => {
  it('steers its own session by its secret, and no other, and nobody else learns the secret', async () => {
    const host = await hostWith();
    const [, secret = ''] = (await host.display('#{tmate_host_page}')).split('#');
    expect(await host.messages()).toContain("tmate display -p '#{tmate_host_page}'");
    expect(await host.messages()).not.toContain(secret);
    const mate = await join(await host.token());
    await mate.screen.toShow('$');
    const id = /^smh-([^.]+)\./.exec(secret)?.[1] ?? '';
    const [own, path] = [api.as(secret), `/sessions/${id}`];
    const { body } = await own.call('GET', path);
    const [person] = body['participants'] as Record<string, unknown>[];
    expect(person).toMatchObject({ role: 'writer', transport: 'ssh' });
    expect((await own.call('POST', `${path}/messages`, { text: 'Back in a minute' })).status).toBe(204);
    await mate.screen.toShow('Back in a minute');
    const there = `${path}/participants/${String(person?.['id'])}`;
    expect((await own.call('POST', `${there}/make-reader`)).status).toBe(204);
    expect(await own.list(`${path}/bans`)).toMatchObject([{ who: '127.0.0.1', may: 'look' }]);
    expect(await own.list(`${path}/waiting`)).toEqual([]);

    const other = await hostWith();
    const [, otherSecret = ''] = (await other.display('#{tmate_host_page}')).split('#');
    for (const [method, at] of [
      ['GET', path],
      ['DELETE', path],
      ['GET', `${path}/bans`],
      ['DELETE', there],
    ] as const) {
      expect((await api.as(otherSecret).call(method, at)).status, `${method} ${at}`).toBe(404);
    }
    for (const at of ['/sessions', '/users', '/edges', '/events', '/names', '/webhooks']) {
      expect((await own.call('GET', at)).status, at).toBe(403);
    }
    expect((await api.as(`${secret.slice(0, -1)}!`).call('GET', path)).status).toBe(401);

    expect((await own.call('DELETE', path)).status).toBe(204);
    expect((await own.call('GET', path)).body).toMatchObject({ state: 'closed' });
    const events = (await api.list(`/events?limit=50&session=${id}`)).filter(({ by }) => by === 'host');
    expect(events.map(({ type }) => type).reverse()).toEqual(['message-sent', 'made-reader', 'session-closed-by']);
  });
});

describe('the API', () => {
  it('is not for everybody, and tells problems as problems', async () => {
    const without = await api.as(undefined).call('GET', '/users');
    expect(without).toMatchObject({ status: 401, body: { type: 'urn:shipmate:problem:unauthorized', status: 401 } });
    expect(without.headers.get('content-type')).toMatch('application/problem+json');
    expect((await api.as('wrong').call('GET', '/users')).status).toBe(401);
    expect((await api.call('GET', '/nothing')).status).toBe(404);
    expect((await api.call('POST', '/users', '{"name":')).status).toBe(400);
    const wrong = await api.call('POST', '/users', { name: 'a_b', more: 1 });
    expect(wrong.body['errors']).toEqual(expect.arrayContaining([expect.objectContaining({ at: 'body.name' })]));
    expect((await api.call('POST', '/users', { name: 'x'.repeat(20_000) })).status).toBe(413);
  });

  it('gives each scope its rights and no more', async () => {
    const [key, other] = [await api.userWithKey('carl'), await api.userWithKey('dora')];
    const made = await api.call('POST', '/tokens', { scope: 'read', label: 'a dashboard' });
    const reader = api.as(String(made.body['token']));
    expect((await reader.call('GET', '/users')).status).toBe(200);
    expect((await reader.call('POST', '/users', { name: 'zoe' })).status).toBe(403);
    expect((await reader.call('GET', '/tokens')).status).toBe(403);
    const carl = api.as(key);
    expect((await carl.call('GET', '/users/carl/keys')).status).toBe(200);
    expect((await carl.call('GET', '/users/dora')).status).toBe(403);
    expect((await carl.call('GET', '/users')).status).toBe(403);
    expect((await carl.call('GET', '/edges')).status).toBe(403);
    expect(await api.as(other).list('/sessions')).toEqual([]);
    expect(JSON.stringify(await api.list('/users/carl/keys'))).not.toContain(key);
    expect((await api.call('DELETE', '/users/carl')).status).toBe(204);
    expect((await carl.call('GET', '/users/carl')).status).toBe(401);
  });

  it('keeps users and keys over a restart', async () => {
    const key = await api.userWithKey('flo');
    await shipmate.halt();
    shipmate = await own.add(Shipmate.start({ restartOf: shipmate }));
    expect((await api.as(key).call('GET', '/users/flo')).status).toBe(200);
    expect(JSON.stringify(shipmate.log)).not.toContain(key);
  });
});
