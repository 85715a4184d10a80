import { describe, expect, it } from 'vitest';
import { FakeClock, ShipmateError } from '#kernel';
import { background, createLog, Health, installShutdown, Metrics, runMain, SystemClock, type Log } from '#platform';
import { until } from '#testing';

/** A process that remembers how it would have ended. */
class FakeProcess {
  readonly exits: number[] = [];
  readonly #listeners = new Map<string, (error?: unknown) => void>();
  text = '';
  readonly stderr = { write: (text: string) => (this.text += text) };

  on(event: string, listener: (error?: unknown) => void): void {
    this.#listeners.set(event, listener);
  }

  emit(event: string, error?: unknown): void {
    this.#listeners.get(event)?.(error);
  }

  exit(status: number): void {
    this.exits.push(status);
  }
}

function collecting(): { log: Log; events: string[] } {
  const events: string[] = [];
  const write = (line: string): void => void events.push((JSON.parse(line) as { event: string }).event);
  return { log: createLog({ level: 'info', format: 'json' }, { write }), events };
}

describe('runMain', () => {
  const cases = [
    ['a wrong configuration', new ShipmateError('config', 'SHIPMATE_X must be y'), 78, 'SHIPMATE_X must be y\n'],
    ['a taken port', new ShipmateError('unavailable', 'Port 1 is taken.'), 69, 'Port 1 is taken.\n'],
  ] as const;
  it.each(cases)('ends at %s with its sentence alone', async (_name, error, status, text) => {
    const process = new FakeProcess();
    await runMain(() => Promise.reject(error), process);
    expect(process).toMatchObject({ exits: [status], text });
  });

  it('ends at a fault of ours with 70 and the stack, in the log once there is one', async () => {
    const process = new FakeProcess();
    await runMain(() => Promise.reject(new TypeError('x is undefined')), process);
    expect(process.exits).toEqual([70]);
    expect(process.text).toMatch(/start-failed: TypeError: x is undefined\n {4}at /);

    const { log, events } = collecting();
    const later = new FakeProcess();
    await runMain(async ({ useLog }) => useLog(log), later);
    expect(later.exits).toEqual([]);
    later.emit('unhandledRejection', new Error('nobody caught me'));
    later.emit('uncaughtException', new Error('nor me'));
    await until(() => later.exits.length === 2, { what: 'both ends' });
    expect(later).toMatchObject({ exits: [70, 70], text: '' });
    expect(events).toEqual(['unhandled-rejection', 'uncaught-exception']);
  });
});

describe('installShutdown', () => {
  function setUp(close: (signal?: string) => Promise<void>) {
    const process = new FakeProcess();
    const { log, events } = collecting();
    const health = new Health();
    const metrics = new Metrics();
    const clock = new FakeClock();
    installShutdown({ close }, { log, health, metrics, clock, deadlineMs: 1000, process });
    return { process, events, health, metrics, clock };
  }

  it('is not ready any more, then closes, then ends with 0', async () => {
    const order: string[] = [];
    const { process, events, health, metrics, clock } = setUp(async (signal) => {
      order.push(`closing after ${signal}, draining: ${health.draining}`);
    });
    process.emit('SIGTERM');
    await until(() => process.exits.length > 0, { what: 'the exit' });
    expect(process.exits).toEqual([0]);
    expect(order).toEqual(['closing after SIGTERM, draining: true']);
    expect(events).toEqual(['stopping', 'stopped']);
    expect(await metrics.scrape()).toContain('\nshipmate_draining 1\n');
    expect(clock.pending).toBe(0);
  });

  it('stops in good order when its terminal goes away', async () => {
    const { process, events } = setUp(async () => undefined);
    process.emit('SIGHUP');
    await until(() => process.exits.length > 0, { what: 'the exit' });
    expect([process.exits, events]).toEqual([[0], ['stopping', 'stopped']]);
  });

  it.each(['SIGUSR1', 'SIGUSR2'])('goes on at %s, and says so', (signal) => {
    const { process, events } = setUp(async () => undefined);
    process.emit(signal);
    expect([process.exits, events]).toEqual([[], ['signal-ignored']]);
  });

  it('ends at once at a second signal', async () => {
    const { process, events } = setUp(() => new Promise(() => undefined));
    process.emit('SIGTERM');
    expect(process.exits).toEqual([]);
    process.emit('SIGINT');
    await until(() => process.exits.length > 0, { what: 'the exit' });
    expect(process.exits).toEqual([130]);
    expect(events).toEqual(['stopping', 'stopped-at-once']);
  });

  it('ends at the deadline, drained or not', async () => {
    const { process, events, clock } = setUp(() => new Promise(() => undefined));
    process.emit('SIGTERM');
    clock.advance(999);
    expect(process.exits).toEqual([]);
    clock.advance(1);
    await until(() => process.exits.length > 0, { what: 'the exit' });
    expect(process.exits).toEqual([0]);
    expect(events).toEqual(['stopping', 'stop-too-late']);
  });

  it('tells when closing fails', async () => {
    const { process, events } = setUp(() => Promise.reject(new Error('stuck')));
    process.emit('SIGINT');
    await until(() => process.exits.length > 0, { what: 'the exit' });
    expect(process.exits).toEqual([70]);
    expect(events).toEqual(['stopping', 'stop-failed']);
  });
});

describe('SystemClock', () => {
  it('calls once, keeps no process alive, and can be told not to', async () => {
    const clock = new SystemClock();
    const ran: string[] = [];
    clock.after(1, () => ran.push('never')).cancel();
    clock.after(0x7fffffff + 10, () => ran.push('in 25 days'));
    const startMs = clock.monotonic();
    clock.after(5, () => ran.push('soon'));
    await until(() => ran.length > 0, { what: 'the timer' });
    expect(ran).toEqual(['soon']);
    expect(clock.monotonic()).toBeGreaterThan(startMs);
  });
});

describe('background', () => {
  it('reports a failure before and after the first await', async () => {
    const errors: string[] = [];
    const onError = (error: unknown): void => void errors.push(String(error));
    background(() => {
      throw new Error('at once');
    }, onError);
    background(async () => {
      await Promise.resolve();
      throw new Error('later');
    }, onError);
    background(async () => await Promise.resolve('fine'), onError);
    await until(() => errors.length === 2, { what: 'both failures' });
    expect(errors).toEqual(['Error: at once', 'Error: later']);
  });
});
