import { describe, expect, it } from 'vitest';
import { Fleet } from './fleet.fixture.js';
import { hostSecrets, Stage, type FakeHost } from './stage.fixture.js';

const pageOf = (host: FakeHost): string => host.env('tmate_host_page') ?? '';
const dataOf = (host: FakeHost): string => host.env('tmate_reconnection_data') ?? '';

describe("the link of the host's page", () => {
  it('is for this session, and only a variable: tmate shows notices in the shared terminal', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const [, secret = ''] = pageOf(host).split('#');
    const [session] = await stage.directory.listSessions({}, { limit: 2 });
    expect(hostSecrets.sessionOf(secret)).toBe(session?.session.id);
    expect(host.notices.join('\n')).toContain('#{tmate_host_page}');
    expect(host.notices.join('\n')).not.toContain(secret);
    const other = await stage.host();
    expect(pageOf(other)).not.toBe(pageOf(host));
  });

  it('stays the same when the host reconnects, and when its session moves to another edge', async () => {
    const fleet = await Fleet.start(2);
    const [here, there] = [fleet.edge(0), fleet.edge(1)];
    const first = await here.stage.host();
    first.connection.closed();
    const second = await here.stage.host({ reconnect: dataOf(first) });
    expect(pageOf(second)).toBe(pageOf(first));
    second.connection.closed();
    const third = await there.stage.host({ reconnect: dataOf(second) });
    expect(pageOf(third)).toBe(pageOf(first));
    expect(third.env('tmate_ssh')).toBe(first.env('tmate_ssh'));
  });
});
