import { describe, expect, it, vi } from 'vitest';
import { Fleet, tokenOf } from './fleet.fixture.js';
import { FRAME_INTERVAL_MS } from '#session';
import type { FakeTerminal } from './stage.fixture.js';

describe('a joiner at another edge', () => {
  it('sees the session as a local one does, and types into it', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    host.print('before\r\n');
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    expect(remote.line(0)).toBe('before');
    host.print('after');
    await fleet.pass(FRAME_INTERVAL_MS);
    expect(remote.line(1)).toBe('after');
    expect(local.lines).toEqual(remote.lines);
    host.takeInput();
    remote.type('ls\r\x02c');
    await fleet.pass(50);
    expect(host.takeInput()).toEqual(['l', 's', '\r', 'new-window']);
    expect(fleet.edge(1).stage.told).toEqual(['joined relay']);
    expect(fleet.faults).toEqual([]);
  });

  it('is told what the host says before those at home are shown it, when it typed last, and after them else', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    const [published, written] = [vi.spyOn(fleet.edge(0).faults, 'publish'), vi.spyOn(local, 'write')];
    const firstOf = async (typist: FakeTerminal): Promise<string> => {
      typist.type('x');
      await fleet.pass(100);
      for (const spy of [published, written]) spy.mockClear();
      host.print('x');
      const [sent, shown] = [published, written].map(({ mock }) => mock.invocationCallOrder[0] ?? Number.NaN);
      await fleet.pass(100);
      return Number(sent) < Number(shown) ? 'sent' : Number(sent) > Number(shown) ? 'shown' : 'neither';
    };
    expect(await firstOf(remote)).toBe('sent');
    expect(await firstOf(local)).toBe('shown');
    expect(await firstOf(remote)).toBe('sent');
    expect(local.lines).toEqual(remote.lines);
    expect(remote.line(0)).toBe('xxx');
  });

  it('counts, is announced, and limits the size like any other', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host, 'writer', 90, 30);
    await fleet.pass(50);
    expect(host.env('tmate_num_clients')).toBe('1');
    expect(host.notices.at(-1)).toBe('A mate has joined (192.0.2.9) -- 1 client currently connected');
    expect(host.lastResize).toEqual([90, 29]);
    remote.resize(100, 40);
    await fleet.pass(50);
    expect(host.lastResize).toEqual([100, 39]);
    await fleet.join(2, host, 'reader', 60, 10);
    await fleet.pass(50);
    expect(host.lastResize).toEqual([100, 39]);
    remote.type('\x02d');
    await fleet.pass(50);
    expect(remote.ending).toBe('detached');
    expect(host.lastResize).toEqual([-1, -1]);
    expect(host.notices.at(-1)).toBe('A mate has left (192.0.2.9) -- 1 client currently connected');
  });

  it('reads its own failures, and nobody else does', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, one, two] = [await fleet.join(0, host), await fleet.join(1, host), await fleet.join(1, host)];
    await fleet.pass(50);
    host.sent.length = 0;
    two.type('\x02%');
    await fleet.pass(50);
    const sent = host.sent.find((message) => message.type === 'exec-cmd');
    expect(sent).toMatchObject({ args: ['split-window', '-h'] });
    host.say({ type: 'failed-cmd', clientId: sent?.type === 'exec-cmd' ? sent.clientId : 0, cause: 'no space' });
    await fleet.pass(50);
    expect(two.line(23)).toBe('No space');
    for (const other of [local, one]) expect(other.line(23)).toMatch(/^\[0\] 0:bash\*/);
  });

  it('shares keys and options with all joiners', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, one, two] = [await fleet.join(0, host), await fleet.join(1, host), await fleet.join(2, host)];
    one.type('\x02:set -g status-left XYZ\r');
    await fleet.pass(100);
    for (const terminal of [local, one, two]) expect(terminal.line(23)).toMatch(/^XYZ/);
    one.type('\x02:set -g status maybe\r');
    await fleet.pass(100);
    expect(one.line(23)).toContain('ad value');
    local.type('\x02:set -g prefix C-a\r');
    await fleet.pass(100);
    host.takeInput();
    two.type('\x01c');
    await fleet.pass(100);
    expect(host.takeInput()).toEqual(['new-window']);
  });

  it('may only watch where it is a reader', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const reader = await fleet.join(1, host, 'reader');
    await fleet.pass(50);
    host.sent.length = 0;
    reader.type('rm -rf /\r\x02c\x02:kill-server\r\x02:set -g status off\r');
    reader.resize(60, 10);
    await fleet.pass(2000);
    expect(host.sent).toEqual([]);
    expect(reader.line(9)).toMatch(/^\[0\]/);
  });

  it('costs nothing once nobody is there any more', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    await fleet.pass(100);
    const idle = fleet.channels;
    const home = fleet.edge(0).faults;
    host.print('nobody sees this');
    await fleet.pass(100);
    expect(home.published).toBe(0);
    const [one, two] = [await fleet.join(1, host), await fleet.join(2, host)];
    expect(fleet.edge(1).stage.sessions.size).toBe(0);
    one.type('\x02d');
    two.type('\x02d');
    await fleet.pass(30_000);
    expect(fleet.channels).toBe(idle);
    const { published } = home;
    host.print('nor this');
    host.print('nor that');
    await fleet.pass(30_000);
    // The first message shows that nobody listens.
    expect(home.published).toBeLessThanOrEqual(published + 1);
  });

  it('hears of the end', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [one, two] = [await fleet.join(1, host), await fleet.join(2, host)];
    fleet.edge(2).faults.loses = (channel) => channel.endsWith(':out');
    host.say({ type: 'fin' });
    await fleet.pass(100);
    expect(one.ending).toBe('ended');
    fleet.edge(2).faults.loses = () => false;
    await fleet.pass(3000);
    expect(two.ending).toBe('ended');
    expect(fleet.bus.channels).toBeGreaterThan(0);
    await fleet.pass(10_000);
    expect(fleet.bus.channels).toBe(0);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });
});
