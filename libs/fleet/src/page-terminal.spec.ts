import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { participantId } from '#kernel';
import {
  FRAME_INTERVAL_MS,
  type JoinerSink,
  type SeatEnding,
  type SessionStatus,
  type Seat,
  STATUS_DELAY_MS,
} from '#session';
import { onePane, Stage, type FakeHost } from './stage.fixture.js';

/** A page: takes any size that it is told, and shows the session's status. */
class Page implements JoinerSink {
  readonly ready = true;
  /** What came, in order: sizes as `80x24`, and `draws` for bytes. */
  readonly came: string[] = [];
  statuses: SessionStatus[] = [];
  ending: SeatEnding | undefined;
  seat!: Seat;

  write(): void {
    if (this.came.at(-1) !== 'draws') this.came.push('draws');
  }

  resized(cols: number, rows: number): void {
    this.came.push(`${cols}x${rows}`);
  }

  status(status: SessionStatus): void {
    this.statuses.push(status);
  }

  onReady(): void {
    // It always is.
  }

  end(ending: SeatEnding): void {
    this.ending = ending;
  }
}

async function open(stage: Stage, host: FakeHost, { role = 'writer', follows = true, cols = 40, rows = 12 } = {}) {
  const token = /(\S+)@/.exec(host.env(role === 'writer' ? 'tmate_ssh' : 'tmate_ssh_ro') ?? '')?.[1] ?? '';
  const target = await stage.sessions.find(token);
  if (target.kind !== 'session') throw new Error(`the token leads to ${target.kind}`);
  const page = new Page();
  const proofs = { transport: 'web', address: '192.0.2.5', keys: [] } as const;
  const request = { id: participantId(randomUUID()), role: target.role, proofs };
  const terminal = { cols, rows, term: 'xterm-256color', colorTerm: 'truecolor', utf8: true, follows };
  page.seat = await target.join(request, terminal, page);
  return page;
}

const layout = (cols: number, rows: number) => ({ type: 'sync-layout', layout: onePane(cols, rows) }) as const;

describe('a terminal that takes the size of the window', () => {
  it('is drawn at that size, with the status line, and limits nobody', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const page = await open(stage, host);
    expect(page.seat.size).toEqual({ cols: 80, rows: 24 });
    expect(host.lastResize).toBeUndefined();
    await stage.join(host, 'writer', 70, 20);
    expect(host.lastResize).toEqual([70, 19]);
  });

  it('gets another size before anything is drawn for it', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const page = await open(stage, host);
    page.came.length = 0;
    host.say(layout(100, 29));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(page.came).toEqual(['100x30', 'draws']);
    host.say({ type: 'exec-cmd', args: ['set-option', '-g', 'status', 'off'] });
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(page.came.slice(2)).toEqual(['100x29', 'draws']);
  });

  it('may claim a size of its own, and give it up again', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const page = await open(stage, host);
    page.came.length = 0;
    page.seat.resize({ cols: 50, rows: 20 });
    expect(page.came[0]).toBe('50x20');
    expect(host.lastResize).toEqual([50, 19]);
    host.say(layout(50, 19));
    stage.clock.advance(FRAME_INTERVAL_MS);
    page.seat.resize({ cols: 50, rows: 20 }, true);
    expect(host.lastResize).toEqual([-1, -1]);
    host.say(layout(80, 23));
    stage.clock.advance(FRAME_INTERVAL_MS);
    expect(page.seat.size).toEqual({ cols: 80, rows: 24 });
  });
});

describe('who can show a status', () => {
  it('is told at once, and of others soon after they come and go', async () => {
    const stage = new Stage();
    const host = await stage.host();
    const page = await open(stage, host);
    expect(page.statuses).toHaveLength(1);
    expect(page.statuses[0]).toMatchObject({ phase: 'live', leftMs: 0, cols: 80, rows: 23 });
    expect(page.statuses[0]?.people.listed.map(({ id }) => id)).toEqual([page.seat.info.id]);
    const mates = await Promise.all([1, 2, 3].map(async () => await stage.join(host)));
    stage.clock.advance(STATUS_DELAY_MS);
    expect(page.statuses).toHaveLength(2);
    expect(page.statuses[1]?.people.listed.map(({ transport }) => transport)).toEqual(['web', 'ssh', 'ssh', 'ssh']);
    mates[0]?.seat.leave('detached');
    stage.clock.advance(STATUS_DELAY_MS);
    expect(page.statuses.at(-1)?.people.count).toBe(3);
  });

  it('gets the state of the host: lost, for how long, and back', async () => {
    const stage = new Stage({ hostGraceMs: 60_000 });
    const host = await stage.host();
    const page = await open(stage, host);
    host.connection.closed();
    expect(page.statuses.at(-1)).toMatchObject({ phase: 'reconnecting', leftMs: 60_000 });
    stage.clock.advance(20_000);
    expect(page.statuses.at(-1)).toMatchObject({ phase: 'reconnecting', leftMs: 40_000 });
    await stage.host({ reconnect: host.env('tmate_reconnection_data') ?? '' });
    expect(page.statuses.at(-1)).toMatchObject({ phase: 'live', leftMs: 0 });
  });

  it("gets the window's size", async () => {
    const stage = new Stage();
    const host = await stage.host();
    const page = await open(stage, host, { follows: false });
    host.say(layout(40, 11));
    stage.clock.advance(STATUS_DELAY_MS);
    expect(page.statuses.at(-1)).toMatchObject({ cols: 40, rows: 11 });
  });
});

describe('what a host is told about pages', () => {
  it('is nothing if there are none', async () => {
    const stage = new Stage();
    const host = await stage.host();
    expect(host.env('tmate_web')).toBeUndefined();
    expect(host.notices.join('\n')).not.toContain('web session');
  });
});
