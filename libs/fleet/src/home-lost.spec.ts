import { describe, expect, it } from 'vitest';
import { Fleet, tokenOf, comeBack } from './fleet.fixture.js';
import { onePane } from './stage.fixture.js';

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
    // Its home cannot report the end: whoever found it does.
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

  it('continues when nobody took its session', async () => {
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
