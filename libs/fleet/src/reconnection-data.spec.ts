import { describe, expect, it } from 'vitest';
import { DATA_LIFETIME_MS } from './host-reconnection.js';
import { Stage, type FakeHost } from './stage.fixture.js';

const HOUR_MS = 3_600_000;
const dataOf = (host: FakeHost): string => host.env('tmate_reconnection_data') ?? '';

/** Time goes on an hour at a time, so that what is due in between happens. */
function hours(stage: Stage, count: number): void {
  for (let n = 0; n < count; n++) stage.clock.advance(HOUR_MS);
}

describe('reconnection data', () => {
  it('does not reopen a session whose end the directory has forgotten', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [data, command] = [dataOf(host), host.env('tmate_ssh')];
    host.say({ type: 'fin' });
    hours(stage, 25);
    const back = await stage.host({ reconnect: data });
    expect(back.env('tmate_ssh')).not.toBe(command);
    expect(back.notices).toContainEqual(expect.stringContaining('has expired: this is a new session'));
  });

  it('is renewed while the host is connected: the newest gives the session back, one that has expired does not', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [first, command] = [dataOf(host), host.env('tmate_ssh')];
    hours(stage, DATA_LIFETIME_MS / HOUR_MS + 1);
    const last = dataOf(host);
    expect(last).not.toBe(first);
    host.connection.closed();
    const thief = await stage.host({ reconnect: first });
    expect(thief.env('tmate_ssh')).not.toBe(command);
    const back = await stage.host({ reconnect: last });
    expect(back.env('tmate_ssh')).toBe(command);
  });

  it('is sent only to a connected host', async () => {
    const stage = new Stage({ hostGraceMs: 10 * HOUR_MS });
    const host = await stage.host();
    host.connection.closed();
    const data = dataOf(host);
    hours(stage, 5);
    expect(dataOf(host)).toBe(data);
  });

  it('lasts as long as a session waits for its host, where that is longer', async () => {
    const stage = new Stage({ hostGraceMs: 48 * HOUR_MS });
    const host = await stage.host();
    const [data, command] = [dataOf(host), host.env('tmate_ssh')];
    host.connection.closed();
    hours(stage, 47);
    const back = await stage.host({ reconnect: data });
    expect(back.env('tmate_ssh')).toBe(command);
  });

  it('does not use that longer time to reopen what the directory has forgotten', async () => {
    const stage = new Stage({ hostGraceMs: 48 * HOUR_MS });
    const host = await stage.host();
    const [data, command] = [dataOf(host), host.env('tmate_ssh')];
    host.say({ type: 'fin' });
    hours(stage, 30);
    expect((await stage.host({ reconnect: data })).env('tmate_ssh')).not.toBe(command);
  });

  it('of a session whose home is an older build, which never renewed it, gives the session back while that is open', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [data, command] = [dataOf(host), host.env('tmate_ssh')];
    hours(stage, 20);
    const [view] = await stage.directory.listSessions({}, { limit: 10 });
    if (view?.session.edgeId === undefined) throw new Error('no session');
    const { session } = view;
    const owner = { sessionId: session.id, edgeId: view.session.edgeId, generation: session.generation };
    const { renewing: _, ...labels } = session.labels;
    await stage.directory.update(owner, { labels });
    const other = new Stage({ clock: stage.clock, directory: stage.directory });
    expect((await other.host({ reconnect: data })).env('tmate_ssh')).toBe(command);
  });
});
