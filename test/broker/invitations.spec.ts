import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noteSecret, Shipmate, Stage, SyntheticHost, SyntheticJoiner, until } from '#testing';
import { Api } from './broker.fixture.js';

const own = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let api: Api;

beforeAll(async () => {
  shipmate = await own.add(Shipmate.start());
  api = Api.of(shipmate);
});
afterEach(async () => await stage.clear());
afterAll(async () => await own.clear());

/** A host, and the path of its session in the API. */
async function hosting(): Promise<{ host: SyntheticHost; path: string }> {
  const before = new Set((await api.list('/sessions')).map(({ id }) => id));
  const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }));
  await host.token();
  const session = (await api.list('/sessions')).find(({ id }) => !before.has(id));
  return { host, path: `/sessions/${String(session?.['id'])}` };
}

const join = async (token: string): Promise<SyntheticJoiner> =>
  await stage.add(SyntheticJoiner.start({ port: shipmate.sshPort, token }));

describe('an invitation by the API', () => {
  it('is a command for one person, who appears by name, and leaves when it is taken back', async () => {
    const { host, path } = await hosting();
    const made = await api.call('POST', `${path}/invitations`, { name: 'Bob from support', for: '1h' });
    const command = String(made.body['ssh']);
    const token = /(i-\S+)@/.exec(command)?.[1] ?? '';
    noteSecret('an invitation', token);
    expect(made).toMatchObject({ status: 201, body: { name: 'Bob from support', role: 'writer', uses: 1, used: 0 } });
    expect(made.body['link']).toBe(`http://127.0.0.1:${shipmate.httpPort}/t/${token}`);
    await until(() => host.notices.some((text) => text.startsWith('Bob from support was invited to type, by admin')), {
      what: 'the host to be told',
    });

    const mate = await join(token);
    const person = { name: 'Bob from support', provider: 'invitation', subject: made.body['id'], proved: 'invitation' };
    await until(async () => ((await api.call('GET', path)).body['participants'] as unknown[]).length === 1, {
      what: 'them to be in',
    });
    expect((await api.call('GET', path)).body['participants']).toMatchObject([person]);
    expect(await api.list(`${path}/invitations`)).toMatchObject([{ used: 1, uses: 1 }]);
    expect(JSON.stringify(await api.list(`${path}/invitations`))).not.toContain(token);

    const there = `${path}/invitations/${String(made.body['id'])}`;
    expect((await api.call('DELETE', there)).status).toBe(204);
    expect(await mate.toClose()).toBe(1);
    expect((await api.call('DELETE', there)).status).toBe(404);
    const events = await api.list(`/events?limit=50&session=${path.split('/')[2]}`);
    const details = { invitation: made.body['id'], person: 'Bob from support' };
    for (const type of ['invited', 'invitation-revoked']) {
      expect(events.find((event) => event['type'] === type)).toMatchObject({ by: 'admin', details });
    }
    expect(events.find(({ type }) => type === 'joined')).toMatchObject({
      details: { person: person.name, provider: 'invitation', subject: made.body['id'], proved: 'invitation' },
    });
  });
});

describe('a policy by the API', () => {
  it('is in force at once, for people who are inside, too; a wrong one is refused with its places', async () => {
    const { host } = await hosting();
    const mate = await join(await host.token());
    const wrong = await api.call('PUT', '/policy', { text: 'people: 5\nevery-session: {web: maybe}' });
    expect(wrong).toMatchObject({
      status: 400,
      body: {
        errors: [
          { at: 'body.text', message: 'line 1, column 9: people: expected a list of people' },
          { at: 'body.text', message: 'line 2, column 22: every-session.web: expected true or false' },
        ],
      },
    });
    expect((await api.call('POST', '/policy/check', { text: 'every-session: {approve: on}' })).body).toEqual({
      faults: [],
    });
    expect((await api.call('GET', '/policy')).body).toEqual({ text: '', source: 'none', faults: [] });

    const text = 'every-session: {bare-tokens: false, max-joiners: 3}';
    expect((await api.call('PUT', '/policy', { text })).body).toEqual({ text, source: 'api', faults: [] });
    expect(await mate.toClose()).toBe(1);
    const late = await join(await host.token());
    expect(await late.toClose()).toBe(1);
    await late.screen.toShow('the link alone does not admit you');
    await until(() => host.notices.some((told) => told.includes('a token alone admits nobody')), {
      what: 'the host to be told',
    });
    expect((await api.call('DELETE', '/policy')).status).toBe(204);
    expect((await api.call('GET', '/policy')).body).toMatchObject({ source: 'none' });
    await join(await host.token());
  });
});

describe('a lock on people by the API', () => {
  it('ends their stay and their sessions, keeps them out until it is lifted, and is recorded', async () => {
    const { host } = await hosting();
    const mate = await join(await host.token());
    const told = 'The operator of this server has locked you out';
    const who = '127.0.0.0/8';
    const made = await api.call('POST', '/locks', { who, reason: 'a test', for: '1h' });
    expect(made).toMatchObject({ status: 200, body: { who, reason: 'a test' } });
    expect(await mate.toClose()).toBe(1);
    await until(() => host.notices.some((text) => text.includes(told)), { what: 'the host to be told' });
    expect((await api.call('GET', '/locks')).body).toEqual({ items: [made.body] });
    expect((await api.call('DELETE', `/locks?who=${encodeURIComponent(who)}`)).status).toBe(204);
    expect((await api.call('DELETE', `/locks?who=${encodeURIComponent(who)}`)).status).toBe(404);
    const again = await hosting();
    await join(await again.host.token());
    const events = await api.list('/events?limit=50');
    expect(events.find(({ type }) => type === 'person-locked')).toMatchObject({
      by: 'admin',
      details: { who, reason: 'a test' },
    });
    expect(events.find(({ type }) => type === 'person-unlocked')).toMatchObject({ by: 'admin', details: { who } });
  });
});
