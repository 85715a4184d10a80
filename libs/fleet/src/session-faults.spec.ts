import { describe, expect, it, vi } from 'vitest';
import { COST_LIMITS, Ledger, ShipmateError } from '#kernel';
import { FRAME_INTERVAL_MS, type HomeSession, type SessionFault } from '#session';
import type { HostMessage } from '#tmate-protocol';
import { QUIET_MS } from './sweep-rounds.js';
import { Fleet } from './fleet.fixture.js';
import { FakeHost, onePane, Stage, type FakeTerminal } from './stage.fixture.js';

/** The word is nowhere but in what the broken session shows. */
const SECRET = 'hunter2';

interface Faulty {
  readonly stage: Stage;
  readonly faults: SessionFault[];
  /** Hosts that faults were counted for, by their addresses. */
  readonly counted: string[];
  readonly host: FakeHost;
  readonly mate: FakeTerminal;
  readonly session: HomeSession;
  /** The session next to it. */
  readonly innocent: { readonly host: FakeHost; readonly mate: FakeTerminal };
}

async function faulty(): Promise<Faulty> {
  const faults: SessionFault[] = [];
  const counted: string[] = [];
  const stage = new Stage({
    sessionFault: (_, fault) => void faults.push(fault),
    hostFaults: { happened: ({ address }) => void counted.push(address), check: async () => undefined },
  });
  await stage.sessions.start();
  const host = await stage.host();
  const [session] = [...stage.sessions.sessions];
  if (session === undefined) throw new Error('no session');
  const mate = await stage.join(host);
  host.print(SECRET);
  const other = await stage.host();
  const innocent = { host: other, mate: await stage.join(other) };
  return { stage, faults, counted, host, mate, session, innocent };
}

const fail = (): never => {
  throw new TypeError('undefined is not a function');
};

/** How each way into a session is made to fail, and what then goes that way. */
const WAYS: Readonly<Record<string, (at: Faulty) => void>> = {
  'a message of its host': ({ session, host }) => {
    vi.spyOn(session.model.windows, 'apply').mockImplementation(fail);
    host.say({ type: 'sync-layout', layout: onePane(90, 23) });
  },
  'drawing, at once': ({ session, host }) => {
    vi.spyOn(session.model.display, 'compose').mockImplementation(fail);
    host.print('x');
  },
  'drawing, by a timer': ({ session, host, stage }) => {
    for (let n = 0; n < 20; n++) host.print('x');
    vi.spyOn(session.model.display, 'compose').mockImplementation(fail);
    stage.clock.advance(FRAME_INTERVAL_MS);
  },
  'a key': ({ session, mate }) => {
    vi.spyOn(session.traffic, 'send').mockImplementation(fail);
    mate.type('x');
  },
  'another size of a terminal': ({ session, mate }) => {
    vi.spyOn(session.model.display, 'compose').mockImplementation(fail);
    mate.resize(100, 30);
  },
  'a terminal that reads again': ({ session, host, mate, stage }) => {
    mate.ready = false;
    host.print('x');
    stage.clock.advance(FRAME_INTERVAL_MS);
    vi.spyOn(session.model.display, 'italicsAreStandout', 'get').mockImplementation(fail);
    mate.becomeReady();
  },
  'a sweep': ({ session, mate, stage }) => {
    mate.seat.leave('detached');
    stage.clock.advance(QUIET_MS);
    vi.spyOn(session.model, 'packing').mockImplementation(fail);
    stage.clock.advance(10_000);
  },
};

describe('a fault in one session', () => {
  it.each(Object.entries(WAYS))('ends that session alone: in %s', async (_, breaks) => {
    const all = await faulty();
    const { stage, faults, counted, host, mate, innocent } = all;
    const isThere = mate.ending === undefined;
    breaks(all);
    expect(stage.ended).toEqual(['fault']);
    expect(host.closed).toBe(true);
    expect(host.notices.at(-1)).toMatch(/^A server error ended your session/);
    expect(counted).toEqual([host.address]);
    if (isThere && mate.ending !== 'detached') {
      expect(mate.ending).toBe('fault');
      expect(mate.text).toContain('[a server error ended the session]');
    }
    // Once, whatever comes after it.
    mate.type('y');
    stage.clock.advance(60_000);
    expect(faults).toHaveLength(1);
    expect(stage.sessions.size).toBe(1);
    innocent.host.print('still here');
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(innocent.mate.text).toContain('still here');
    innocent.host.takeInput();
    innocent.mate.type('ls');
    expect(innocent.host.takeInput()).toEqual(['l', 's']);
  });

  it('is told with what it takes to do the same once more, without what the terminal shows', async () => {
    const { session, host, faults } = await faulty();
    vi.spyOn(session.model.display, 'compose').mockImplementation(fail);
    host.print('x');
    const [fault] = faults;
    expect(fault?.what).toBe('frame');
    expect(fault?.error).toBeInstanceOf(TypeError);
    expect(fault?.state).toMatchObject({
      host: '2.4.0, protocol 6',
      window: '80x23',
      windows: 1,
      panes: ['0: 80x23+0+0'],
      joiners: ['ssh writer 80x24'],
    });
    const { messages } = fault?.state ?? {};
    expect(messages).toEqual(['header', 'uname', 'ready', 'sync-layout', `pty-data ${SECRET.length}`, 'pty-data 1']);
    expect(JSON.stringify(fault?.state)).not.toContain(SECRET);
  });

  it('at an edge that follows the session ends the stays there, and not the session', async () => {
    const faults: SessionFault[] = [];
    const fleet = new Fleet();
    const home = await fleet.add();
    const other = await fleet.add({ sessionFault: (_, fault) => void faults.push(fault) });
    const host = await home.stage.host();
    const here = await fleet.join(0, host);
    const there = await fleet.join(1, host);
    const [room] = [...other.stage.sessions.rooms];
    if (room === undefined) throw new Error('nobody is there');
    vi.spyOn(room.model.display, 'compose').mockImplementation(fail);
    host.print('hello');
    await fleet.pass(100);
    expect(faults).toHaveLength(1);
    expect(there.ending).toBe('fault');
    expect([...other.stage.sessions.rooms]).toEqual([]);
    expect(here.ending).toBeUndefined();
    expect(here.text).toContain('hello');
    expect(host.closed).toBe(false);
  });

  it('makes a host wait that causes it again and again', async () => {
    const check = async (): Promise<void> => {
      throw new ShipmateError('limit', 'try again in 30 seconds');
    };
    const stage = new Stage({ hostFaults: { happened: () => undefined, check } });
    const host = await stage.host();
    expect(host.closed).toBe(true);
    expect(host.notices).toEqual(['try again in 30 seconds']);
  });
});

describe('what a host costs before it has a session', () => {
  const HEADER: HostMessage = { type: 'header', protocolVersion: 6, clientVersion: '2.4.0' };

  it('is next to nothing until it says that it is ready', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host({ before: [] });
    expect(ledger.total).toBeLessThan(100_000);
    const other = new FakeHost(stage.sessions);
    other.say(HEADER);
    other.connection.data(new Uint8Array([0x92, 0x02, 0xc6, 0x00, 0x1e, 0x00, 0x00]));
    const piece = new Uint8Array(64 * 1024);
    for (let n = 0; n < 20; n++) other.connection.data(piece);
    expect(other.closed).toBe(true);
    expect(other.notices.at(-1)).toMatch(/\(host-before-ready\)$/);
    expect(ledger.held('parsers')).toBe(0);
    expect(host.closed).toBe(false);
  });

  it('is given back when it goes, and when its session is over', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    host.print('x'.repeat(50_000));
    const mate = await stage.join(host);
    expect(ledger.held('screens')).toBeGreaterThan(80 * 23 * 12);
    expect(ledger.held('pictures')).toBeGreaterThan(80 * 24 * 12);
    mate.seat.leave('detached');
    expect(ledger.held('pictures')).toBe(0);
    host.say({ type: 'fin' });
    expect(ledger.total).toBe(0);
    const early = new FakeHost(stage.sessions);
    early.say(HEADER);
    early.connection.closed();
    expect(ledger.total).toBe(0);
  });

  it('is not taken where this process has no room for a new one; one that comes back is let in', async () => {
    let full = false;
    const stage = new Stage({
      hasRoom: () => {
        if (full) throw new ShipmateError('unavailable', 'no room');
      },
    });
    const host = await stage.host();
    full = true;
    const refused = await stage.host();
    expect([refused.closed, refused.notices]).toEqual([true, ['no room']]);
    host.connection.closed();
    const reconnect = host.env('tmate_reconnection_data') ?? '';
    const again = await stage.host({ reconnect });
    expect(again.notices).toEqual(['Reconnected']);
  });
});

describe('what joiners see', () => {
  it('is drawn for a further size where there is room, else for one that fits', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    host.print('hello');
    const mates: FakeTerminal[] = [];
    for (let n = 0; n < 12; n++) mates.push(await stage.join(host, 'reader', 1000 - n, 500));
    expect(ledger.held('pictures')).toBeLessThanOrEqual(COST_LIMITS['session-pictures'].most);
    for (const mate of mates) expect(mate.line(0)).toMatch(/^hello\b/);
    const small = await stage.join(host, 'writer', 20, 5);
    expect(small.line(0)).toMatch(/^hello\b/);
    host.print(' world');
    stage.clock.advance(FRAME_INTERVAL_MS);
    for (const mate of mates) expect(mate.line(0)).toMatch(/^hello world\b/);
    expect(host.lastResize).toEqual([20, 4]);
  });

  it('is forgotten for terminals that do not read, if there is no room for all they show; they are redrawn', async () => {
    const ledger = new Ledger();
    const stage = new Stage({ ledger });
    const host = await stage.host();
    const mates: FakeTerminal[] = [];
    for (let n = 0; n < 14; n++) mates.push(await stage.join(host, 'reader', 1000, 400));
    for (const [n, mate] of mates.entries()) {
      host.print(`${n} `);
      stage.clock.advance(FRAME_INTERVAL_MS);
      mate.ready = false;
    }
    expect(ledger.held('pictures')).toBeLessThanOrEqual(COST_LIMITS['session-pictures'].most);
    host.print('and all');
    stage.clock.advance(FRAME_INTERVAL_MS);
    for (const mate of mates) mate.becomeReady();
    for (const mate of mates) expect(mate.line(0)).toMatch(/^0 1 2 3 4 5 6 7 8 9 10 11 12 13 and all\b/);
  });
});
