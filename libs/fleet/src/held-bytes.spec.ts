import { describe, expect, it } from 'vitest';
import { COST_LIMITS, Ledger } from '#kernel';
import { FRAME_INTERVAL_MS } from '#session';
import { Fleet } from './fleet.fixture.js';
import { onePane, Stage, type FakeTerminal } from './stage.fixture.js';

/** What fills a screen with as many bytes as it can: each cell of another colour than the one before. */
const colours = (cells: number, seed: number): string =>
  Array.from({ length: cells }, (_, n) => `\x1b[38;2;${n % 256};${seed % 256};${(n >> 8) % 256}m#`).join('');

describe('what waits for a joiner who does not read', () => {
  it('is counted, and is not any more when they read again or go', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    const [reads, stalls] = [await stage.join(host), await stage.join(host)];
    stalls.stalls = true;
    host.print('x'.repeat(500));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(ledger.held('queues')).toBe(stalls.held);
    expect(stalls.held).toBeGreaterThan(500);
    expect(reads.line(0)).toContain('xxxx');
    stalls.becomeReady();
    expect(ledger.held('queues')).toBe(0);
    stalls.stalls = true;
    host.print('y'.repeat(500));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(ledger.held('queues')).toBeGreaterThan(0);
    stalls.seat.leave('detached');
    expect(ledger.held('queues')).toBe(0);
  });

  it('is so much in all: whoever would make it more is disconnected, and nobody else notices', async () => {
    const room = 40_000;
    const ledger = new Ledger(200_000_000);
    const stage = new Stage({ ledger });
    const host = await stage.host();
    host.print(colours(80 * 22, 1));
    const reads = await stage.join(host);
    const crowd: FakeTerminal[] = [];
    for (let n = 0; n < 30; n++) crowd.push(await stage.join(host, 'reader'));
    for (const mate of crowd) mate.stalls = true;
    ledger.hold('history').set(200_000_000 - ledger.total - room);
    host.print(`\x1b[H${colours(80 * 22, 2)}`);
    stage.clock.advance(FRAME_INTERVAL_MS);
    const gone = crowd.filter(({ ending }) => ending === 'over-limit');
    expect(gone.length).toBeGreaterThan(0);
    expect(gone.length).toBeLessThan(30);
    expect(ledger.held('queues')).toBeLessThanOrEqual(room);
    host.print('\x1b[Hstill here');
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect([reads.ending, reads.line(0).slice(0, 10)]).toEqual([undefined, 'still here']);
  });
});

describe('what waits for a host that does not read', () => {
  it('is counted with what it is sent and what it says, and given back when it goes', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    const mate = await stage.join(host);
    host.backlog = 1000;
    mate.type('x');
    expect(ledger.held('queues')).toBe(1000);
    host.backlog = 10;
    host.print('x');
    expect(ledger.held('queues')).toBe(10);
    host.backlog = 1000;
    mate.type('x');
    host.connection.closed();
    expect(ledger.held('queues')).toBe(0);
  });

  it('holds up those who type before it costs the host its connection', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const mate = await stage.join(host);
    host.takeInput();
    host.backlog = 64 * 1024;
    mate.type('held');
    expect(host.takeInput()).toEqual([]);
    host.backlog = 0;
    stage.clock.advance(1_000);
    expect(host.takeInput().join('')).toBe('held');
    expect(host.closed).toBe(false);
  });

  it('disconnects it where there is too much', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    const mate = await stage.join(host);
    host.backlog = COST_LIMITS['host-queue'].most + 1;
    mate.resize(70, 20);
    expect(host.closed).toBe(true);
  });
});

describe('copies that copy mode keeps at seats', () => {
  it('are counted with their history, and given back when the mode is left', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    for (let n = 0; n < 1000; n++) host.print(`line ${n}\r\n`);
    const mate = await stage.join(host, 'reader');
    mate.type('\x02[');
    expect(mate.text).toContain('[0/9');
    expect(ledger.held('copies')).toBeGreaterThan(80 * 23 * 12 + ledger.held('history') - 1);
    mate.type('q');
    expect(ledger.held('copies')).toBe(0);
    mate.type('\x02[');
    mate.seat.leave('detached');
    expect(ledger.held('copies')).toBe(0);
  });

  it('are not made where there is no room: the joiner is told, and sees the session as before', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    host.say({ type: 'sync-layout', layout: onePane(1000, 1000) });
    host.print('hello');
    const mates: FakeTerminal[] = [];
    for (let n = 0; n < 3; n++) mates.push(await stage.join(host, 'reader'));
    for (const mate of mates) mate.type('\x02[');
    expect(ledger.held('copies')).toBeLessThanOrEqual(COST_LIMITS['session-copies'].most);
    expect(mates[0]?.text).not.toContain('Too much');
    expect(mates[2]?.text).toContain('Too much for this server: the frozen panes');
    expect(mates[2]?.line(0)).toMatch(/^hello/);
  });
});

describe('a snapshot for another edge', () => {
  it('is counted at the home until it is sent', async () => {
    const ledger = new Ledger();
    const fleet = new Fleet();
    const home = await fleet.add({ ledger });
    await fleet.add();
    const host = await home.stage.host();
    host.print('x'.repeat(500));
    home.faults.publishMs = 50;
    const counted: number[] = [];
    const { bus } = fleet;
    const publish = bus.publish.bind(bus);
    bus.publish = async (channel, bytes) => {
      counted.push(ledger.held('snapshots'));
      return await publish(channel, bytes);
    };
    const mate = await fleet.join(1, host);
    expect(mate.line(0)).toContain('xxx');
    expect(Math.max(...counted)).toBeGreaterThan(500);
    await fleet.pass(1_000);
    expect(ledger.held('snapshots')).toBe(0);
  });
});
