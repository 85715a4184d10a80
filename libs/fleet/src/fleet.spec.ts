import { describe, expect, it, vi } from 'vitest';
import { MemoryDirectory } from '#directory';
import { BusRelay, MemoryBus } from '#relay';
import type { Backplane } from './backplanes.js';
import { Fleet, settle } from './fleet.fixture.js';
import { FRAME_INTERVAL_MS } from '#session';
import { onePane, type FakeHost, type FakeTerminal, type Stage } from './stage.fixture.js';

const tokenOf = (host: FakeHost): string => /(\S+)@/.exec(host.env('tmate_ssh') ?? '')?.[1] ?? '';

/** A stock host says after its layout what its panes hold. */
async function comeBack(stage: Stage, data: string, text = ''): Promise<FakeHost> {
  const host = await stage.host({ reconnect: data });
  await settle();
  const cells = Uint32Array.from(text, () => 0x0909);
  const screen = { cursorX: text.length, cursorY: 0, lines: [{ text, cells }] };
  host.say({ type: 'snapshot', panes: [{ paneId: 0, mode: 1, screen, saved: undefined }] });
  return host;
}

const same = (one: FakeTerminal, other: FakeTerminal): void => expect(one.lines).toEqual(other.lines);

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
    same(local, remote);
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
    same(local, remote);
    expect(remote.line(0)).toBe('xxx');
  });

  it('counts, is told of, and limits the size as any other', async () => {
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

  it('may only look where it is a reader', async () => {
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

describe('a stream with holes', () => {
  it('is healed by a snapshot, and the joiner stays', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    let seed = 7;
    fleet.edge(1).faults.loses = () => (seed = (seed * 16807) % 2147483647) % 3 === 0;
    for (let n = 0; n < 200; n++) {
      host.print(`line ${n}\x1b[${30 + (n % 8)}m\r\n`);
      if (n % 50 === 0) host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'status-right', `n${n}`] });
      await fleet.pass(5);
    }
    fleet.edge(1).faults.loses = () => false;
    await fleet.pass(30_000, 100);
    same(local, remote);
    expect(remote.text).toContain('line 199');
    expect(remote.ending).toBeUndefined();
    expect(fleet.faults).toEqual([]);
  });

  it('loses no key and doubles none', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(50);
    host.takeInput();
    let seed = 11;
    for (const { faults } of fleet.edges) faults.loses = () => (seed = (seed * 16807) % 2147483647) % 4 === 0;
    let typed = '';
    for (let n = 0; n < 300; n++) {
      const text = `${n},`;
      typed += text;
      remote.type(text);
      await fleet.pass(10);
      if (n % 40 === 0) for (const { faults } of fleet.edges) faults.interrupt();
    }
    for (const { faults } of fleet.edges) faults.loses = () => false;
    await fleet.pass(10_000, 50);
    expect(host.takeInput().join('')).toBe(typed);
  });

  it.each(['0', '1'])('brings what is typed in the breath of leaving once, at edge %s', async (edge) => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const joiner = await fleet.join(Number(edge), host);
    await fleet.pass(50);
    host.takeInput();
    joiner.type('x\x02d');
    await fleet.pass(5000);
    expect(joiner.ending).toBe('detached');
    expect(host.takeInput()).toEqual(['x']);
  });

  it('does not make the host wait for a relay that is slow, nor the joiner see what is old', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    const { faults } = fleet.edge(0);
    faults.publishMs = 200;
    const before = faults.publishedBytes;
    for (let n = 0; n < 400; n++) {
      host.print(`${'x'.repeat(4000)} ${n}.\r\n`);
      await fleet.pass(10);
    }
    expect(local.text).toContain('399.');
    // 1.6 MB in 4 s, of which a message each 200 ms went out, none larger than what may wait.
    expect(faults.publishedBytes - before).toBeLessThan(22 * 300_000);
    expect(faults.waitingBytes).toBeLessThan(600_000);
    await fleet.pass(5000);
    same(local, remote);
  });

  it('says so when it stays behind for long', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(1).faults.away = true;
    fleet.edge(1).faults.interrupt();
    await fleet.pass(1500);
    expect(remote.line(23)).toContain('The host is reconnecting');
    fleet.edge(1).faults.away = false;
    host.print('here again');
    await fleet.pass(5000);
    expect(remote.line(0)).toBe('here again');
    expect(remote.line(23)).toMatch(/^\[0\]/);
  });
});

describe('a home that dies', () => {
  it('takes no key with it that was typed after its end at the edge that is the next home', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [one, two] = [await fleet.join(1, host), await fleet.join(2, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.takeInput();
    fleet.edge(0).faults.pause();
    fleet.edge(0).faults.leave();
    await fleet.pass(100);
    one.type('typed\x02c');
    one.type('\x02:set -g status-left XYZ\r');
    await fleet.pass(500);
    const back = await comeBack(fleet.edge(1).stage, data, 'after');
    await fleet.pass(5000);
    for (const terminal of [one, two]) expect(terminal.line(23)).toMatch(/^XYZ/);
    one.type('!');
    two.type('?');
    await fleet.pass(100);
    expect(back.takeInput()).toEqual(['t', 'y', 'p', 'e', 'd', 'new-window', '!', '?']);
  });
});

describe('a host that is lost', () => {
  it('is waited for at all edges, and seen again when it comes back to the same', async () => {
    const fleet = await Fleet.start();
    const { stage } = fleet.edge(0);
    const host = await stage.host();
    const [local, remote] = [await fleet.join(0, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(2000);
    for (const terminal of [local, remote]) expect(terminal.line(23)).toContain('9:58 left');
    remote.type('held');
    local.type('here');
    await fleet.pass(1000);
    const back = await comeBack(stage, data, 'after');
    await fleet.pass(3000);
    for (const terminal of [local, remote]) {
      expect(terminal.line(0)).toBe('after');
      expect(terminal.line(23)).toMatch(/^\[0\]/);
    }
    expect(back.takeInput().sort().join('')).toBe('heldhere'.split('').sort().join(''));
    expect(fleet.edge(0).stage.told).not.toContain('tookOver');
  });

  it('comes to another edge when its home is killed, and joiners of a third follow', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    host.print('before');
    const [two, one] = [await fleet.join(2, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    fleet.edge(0).faults.pause();
    await fleet.pass(2000);
    const joining = comeBack(fleet.edge(1).stage, data, 'after');
    await fleet.pass(6000);
    const back = await joining;
    await fleet.pass(1000);
    expect(back.env('tmate_ssh')).toBe(host.env('tmate_ssh'));
    expect(back.env('tmate_num_clients')).toBe('2');
    for (const terminal of [one, two]) {
      expect(terminal.ending).toBeUndefined();
      expect(terminal.line(0)).toBe('after');
      expect(terminal.line(23)).toMatch(/^\[0\]/);
    }
    back.takeInput();
    one.type('1');
    two.type('2');
    await fleet.pass(100);
    expect(back.takeInput().sort()).toEqual(['1', '2']);
    expect(fleet.edge(1).stage.told).toContain('tookOver');
    expect(fleet.edge(1).stage.sessions.size).toBe(1);
  });

  it('does not come back: joiners everywhere are told in time', async () => {
    const fleet = await Fleet.start(3, { hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(0).faults.pause();
    await fleet.pass(25_000, 100);
    expect(remote.line(23)).toContain('The host lost its connection');
    await fleet.pass(60_000, 100);
    expect(remote.ending).toBe('lost');
    // Its home cannot tell of the end: who found it does.
    expect(fleet.edge(1).stage.ended).toEqual(['expired']);
    expect(await fleet.edge(2).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });
});

describe('a home that was paused', () => {
  it('is fenced off, and its joiners follow the new one', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    host.print('old');
    const [zero, two] = [await fleet.join(0, host), await fleet.join(2, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    fleet.edge(0).faults.pause();
    await fleet.pass(20_000, 100);
    const joining = comeBack(fleet.edge(1).stage, data, 'new');
    await fleet.pass(6000);
    const back = await joining;
    await fleet.pass(1000);
    expect(two.line(0)).toBe('new');
    fleet.edge(0).faults.resume();
    host.print('\x1b[2Jghost');
    await fleet.pass(6000);
    expect(fleet.edge(0).stage.told).toContain('leaseLost');
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
    expect(host.closed).toBe(true);
    for (const terminal of [zero, two]) {
      expect(terminal.ending).toBeUndefined();
      expect(terminal.line(0)).toBe('new');
    }
    host.print('\x1b[2Jghost');
    back.takeInput();
    zero.type('z');
    await fleet.pass(1000);
    expect(back.takeInput()).toEqual(['z']);
    expect(two.text).not.toContain('ghost');
    expect(zero.text).not.toContain('ghost');
    expect(back.env('tmate_num_clients') ?? '2').toBe('2');
  });

  it('goes on when nobody took its session', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(0).faults.pause();
    await fleet.pass(25_000, 100);
    expect(remote.line(23)).toContain('Waiting for it to come back');
    fleet.edge(0).faults.resume();
    await fleet.pass(12_000, 100);
    host.print('still here');
    await fleet.pass(2000);
    expect(remote.line(0)).toBe('still here');
    expect(remote.line(23)).toMatch(/^\[0\]/);
    host.takeInput();
    remote.type('x');
    await fleet.pass(500);
    expect(host.takeInput()).toEqual(['x']);
  });
});

describe('regions with a backplane each', () => {
  async function twoRegions(): Promise<{
    fleet: Fleet;
    east: MemoryDirectory;
    west: MemoryDirectory;
    away: Set<string>;
  }> {
    const fleet = new Fleet();
    const [east, west] = [new MemoryDirectory(fleet.clock), new MemoryDirectory(fleet.clock)];
    const buses = { east: new MemoryBus(), west: new MemoryBus() };
    const away = new Set<string>();
    const plane = (region: 'east' | 'west'): Backplane => ({
      region,
      directory: fleet.shared(
        () => (region === 'east' ? east : west),
        () => away.has(region),
      ),
      relay: new BusRelay(buses[region], fleet.clock),
    });
    for (const region of ['east', 'west'] as const) {
      const other = region === 'east' ? 'west' : 'east';
      await fleet.add({ region, bus: buses[region], directory: plane(region).directory, regions: [plane(other)] });
    }
    return { fleet, east, west, away };
  }

  it('find a session in the other region, and carry it', async () => {
    const { fleet } = await twoRegions();
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    await fleet.pass(20_000, 100);
    host.print('from the east');
    await fleet.pass(100);
    expect(remote.line(0)).toBe('from the east');
    host.takeInput();
    remote.type('hi');
    await fleet.pass(100);
    expect(host.takeInput()).toEqual(['h', 'i']);
    await fleet.pass(30_000, 100);
    expect(host.env('tmate_num_clients') ?? '1').toBe('1');
    expect(await fleet.edge(1).stage.sessions.find('2'.repeat(25))).toEqual({ kind: 'unknown' });
  });

  it('go on by themselves when the other one is away', async () => {
    const { fleet, away } = await twoRegions();
    const [east, west] = [await fleet.edge(0).stage.host(), await fleet.edge(1).stage.host()];
    away.add('east');
    const here = await fleet.join(1, west);
    west.print('fine');
    await fleet.pass(100);
    expect(here.line(0)).toBe('fine');
    await expect(fleet.edge(1).stage.sessions.find(tokenOf(east))).rejects.toMatchObject({ code: 'unavailable' });
    away.clear();
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(east))).toMatchObject({ kind: 'session', route: 'relay' });
  });

  it('follow a host that moves to the other region', async () => {
    const { fleet, east, west } = await twoRegions();
    const host = await fleet.edge(0).stage.host();
    const [zero, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    host.connection.closed();
    await fleet.pass(1000);
    const back = await comeBack(fleet.edge(1).stage, data, 'in the west');
    await fleet.pass(15_000, 50);
    for (const terminal of [zero, one]) {
      expect(terminal.ending).toBeUndefined();
      expect(terminal.line(0)).toBe('in the west');
    }
    back.takeInput();
    zero.type('z');
    await fleet.pass(500);
    expect(back.takeInput()).toEqual(['z']);
    expect(fleet.edge(0).stage.sessions.size).toBe(0);
    expect(await west.listSessions({ state: 'live' }, { limit: 9 })).toHaveLength(1);
    expect(await east.listSessions({ state: 'live' }, { limit: 9 })).toHaveLength(0);
    back.say({ type: 'fin' });
    await fleet.pass(5000);
    expect([zero.ending, one.ending]).toEqual(['ended', 'ended']);
    expect(await fleet.edge(0).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });
});

describe('regions with one backplane for all', () => {
  it('notice that a home of another region is gone', async () => {
    const fleet = new Fleet();
    for (const region of ['east', 'west']) await fleet.add({ region, hostGraceMs: 60_000 });
    const host = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, host);
    fleet.edge(0).faults.pause();
    await fleet.pass(25_000, 100);
    expect(remote.line(23)).toContain('The host lost its connection');
    await fleet.pass(60_000, 100);
    expect(remote.ending).toBe('lost');
  });
});

describe('two hosts with the same data', () => {
  it('at two edges: the one that lives keeps the session, the other is told', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const data = host.env('tmate_reconnection_data') ?? '';
    const copying = comeBack(fleet.edge(1).stage, data);
    await fleet.pass(500);
    const copy = await copying;
    expect(copy.env('tmate_ssh')).not.toBe(host.env('tmate_ssh'));
    expect(copy.notices[0]).toContain('Another connection holds your session');
    expect(host.closed).toBe(false);
    host.alive = false;
    const taking = comeBack(fleet.edge(1).stage, data);
    await fleet.pass(500);
    expect((await taking).env('tmate_ssh')).toBe(host.env('tmate_ssh'));
    await fleet.pass(500);
    expect(host.closed).toBe(true);
  });
});

describe('a drained edge', () => {
  it('gives its sessions away and keeps its joiners until they leave', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const [zero, one] = [await fleet.join(0, host), await fleet.join(1, host)];
    const data = host.env('tmate_reconnection_data') ?? '';
    let drained = false;
    void fleet
      .edge(0)
      .stage.sessions.drain(60_000)
      .then(() => (drained = true));
    await fleet.pass(100);
    expect(host.closed).toBe(true);
    for (const terminal of [zero, one]) expect(terminal.line(23)).toContain('Waiting for it to come back');
    zero.type('typed meanwhile');
    const back = await comeBack(fleet.edge(2).stage, data, 'moved');
    await fleet.pass(2000);
    for (const terminal of [zero, one]) expect(terminal.line(0)).toBe('moved');
    expect(back.env('tmate_num_clients')).toBe('2');
    expect(back.takeInput().join('')).toBe('typed meanwhile');
    zero.type('z');
    await fleet.pass(100);
    expect(back.takeInput()).toEqual(['z']);
    expect(drained).toBe(false);
    zero.type('\x02d');
    await fleet.pass(1000);
    expect(drained).toBe(true);
    await fleet.edge(0).stage.sessions.stop();
    expect(await fleet.directory.listEdges()).toHaveLength(2);
  });

  it('that has no joiners stays a little for what was typed elsewhere, and has not come yet', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const one = await fleet.join(1, host);
    let drained = false;
    void fleet
      .edge(0)
      .stage.sessions.drain(60_000)
      .then(() => (drained = true));
    await fleet.pass(100);
    expect(host.closed).toBe(true);
    expect(drained).toBe(false);
    expect(one.line(23)).toContain('Waiting for it to come back');
    await fleet.pass(500);
    expect(drained).toBe(true);
  });

  it('takes no host, and sends the rest away when its time is over', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    const zero = await fleet.join(0, host);
    const draining = fleet.edge(0).stage.sessions.drain(5000);
    await fleet.pass(100);
    const late = await fleet.edge(0).stage.host();
    expect(late.notices.at(-1)).toBe('This server is stopping');
    await fleet.pass(6000);
    await draining;
    await fleet.edge(0).stage.sessions.stop();
    expect(zero.ending).toBe('shutdown');
  });
});

describe('a directory that is away', () => {
  it('costs neither a session nor a joiner of this edge, and is told when it is back', async () => {
    const fleet = await Fleet.start();
    const early = await fleet.edge(0).stage.host();
    const remote = await fleet.join(1, early);
    fleet.directoryAway = true;
    const late = await fleet.edge(0).stage.host();
    const local = await fleet.join(0, late);
    late.print('here');
    await fleet.pass(20_000, 100);
    expect(local.line(0)).toBe('here');
    early.print('there');
    await fleet.pass(100);
    expect(remote.line(0)).toBe('there');
    await expect(fleet.edge(1).stage.sessions.find(tokenOf(late))).rejects.toMatchObject({ code: 'unavailable' });
    // It comes back with nothing in it, as a Redis without a disk does.
    fleet.directory = new MemoryDirectory(fleet.clock);
    fleet.directoryAway = false;
    await Promise.all(fleet.edges.map(async ({ stage }) => await stage.sessions.directoryIsBack()));
    const found = fleet.join(2, late);
    await fleet.pass(500);
    expect((await found).line(0)).toBe('here');
    const view = await fleet.directory.listSessions({}, { limit: 10 });
    expect(view.map(({ state }) => state)).toEqual(['live', 'live']);
  });

  it('is asked again for a token while it is being filled', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    fleet.directory = new MemoryDirectory(fleet.clock);
    await fleet.edge(1).stage.sessions.directoryIsBack();
    const finding = fleet.edge(1).stage.sessions.find(tokenOf(host));
    await fleet.pass(1000);
    await fleet.edge(0).stage.sessions.directoryIsBack();
    await fleet.pass(1000);
    expect(await finding).toMatchObject({ kind: 'session', route: 'relay' });
    const unknown = fleet.edge(1).stage.sessions.find('2'.repeat(25));
    await fleet.pass(10_000);
    expect(await unknown).toEqual({ kind: 'unknown' });
  });

  it('hears of an end that it missed', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    fleet.directoryAway = true;
    host.say({ type: 'fin' });
    await fleet.pass(1000);
    fleet.directoryAway = false;
    await fleet.pass(6000);
    expect(await fleet.edge(1).stage.sessions.find(tokenOf(host))).toMatchObject({ kind: 'closed' });
  });

  it('hears who may join when the host says so after it is ready', async () => {
    const fleet = await Fleet.start(2);
    const host = await fleet.edge(0).stage.host();
    host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'tmate-authorized-keys', 'x'] });
    await fleet.pass(100);
    const target = await fleet.edge(1).stage.sessions.find(tokenOf(host));
    expect(target).toMatchObject({ kind: 'session', route: 'relay', policy: { authorizedKeys: [] } });
  });
});

describe('an edge that dies', () => {
  it('takes its joiners with it', async () => {
    const fleet = await Fleet.start();
    const host = await fleet.edge(0).stage.host();
    host.say({ type: 'sync-layout', layout: onePane(80, 23) });
    await fleet.join(0, host, 'writer', 120, 40);
    await fleet.join(1, host, 'writer', 70, 20);
    await fleet.pass(100);
    expect(host.lastResize).toEqual([70, 19]);
    fleet.edge(1).faults.pause();
    await fleet.pass(30_000, 100);
    expect(host.env('tmate_num_clients')).toBe('1');
    expect(host.lastResize).toEqual([120, 39]);
  });
});
