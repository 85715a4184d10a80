import { describe, expect, it } from 'vitest';
import { createLog, Secret, type Log } from '#platform';
import { prettyLine } from './pretty-line.js';

function collecting(level: 'debug' | 'info' = 'info'): {
  log: Log;
  records: () => Record<string, unknown>[];
  lines: string[];
} {
  const lines: string[] = [];
  const log = createLog({ level, format: 'json' }, { write: (line) => void lines.push(line) });
  return { log, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('createLog', () => {
  it('writes one JSON object a record: level by name, time, event, fields, text', () => {
    const { log, records } = collecting();
    log.info('host-joined', { session: 's1', region: 'nyc1' }, 'A host is here.');
    log.debug('not-told');
    expect(records()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        session: 's1',
        event: 'host-joined',
        region: 'nyc1',
        msg: 'A host is here.',
      },
    ]);
  });

  it('writes an error with its code, stack and causes', () => {
    const { log, records } = collecting();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.error('redis-lost', { error: new Error('no redis', { cause }) });
    expect(records()[0]?.['error']).toMatchObject({
      name: 'Error',
      message: 'no redis',
      stack: expect.stringContaining('log.spec.ts') as string,
      cause: { code: 'ECONNREFUSED', message: 'refused' },
    });
    log.error('odd', { error: 'just a text' });
    expect(records()[1]?.['error']).toContain('just a text');
  });

  it('never writes what is named like a secret, or is one', () => {
    const { log, lines } = collecting();
    log.info('joined', { token: 'hunter2', peer: { password: 'hunter2', name: 'x' }, key: new Secret('hunter2') });
    expect(lines.join()).not.toContain('hunter2');
    expect(lines.join()).toContain('"name":"x"');
  });
});

describe('clients’ addresses', () => {
  const addressesOf = (key?: Secret): unknown[] => {
    const lines: string[] = [];
    const config = { level: 'info', format: 'json', addresses: 'hashed' } as const;
    const log = createLog(config, { write: (line) => void lines.push(line) }, key);
    for (const address of ['192.0.2.7', '192.0.2.7', '2001:db8::7']) log.info('joined', { address });
    expect(lines.join()).not.toMatch(/192\.0|2001:db8/);
    return lines.map((line) => (JSON.parse(line) as { address: unknown }).address);
  };

  it('are the same hash for the same address, by whoever has the same secret', () => {
    const [first, again, other] = addressesOf(new Secret('of the fleet'));
    expect(first).toMatch(/^[\w-]{8}$/);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(addressesOf(new Secret('of the fleet'))[0]).toBe(first);
    expect(addressesOf(new Secret('of another fleet'))[0]).not.toBe(first);
  });

  it('cannot be compared among processes without a secret', () => {
    expect(addressesOf()[0]).not.toBe(addressesOf()[0]);
  });
});

describe('flush', () => {
  it('waits until all is written, but not forever', async () => {
    const done: (() => void)[] = [];
    const sink = { write: () => undefined, flush: (written: () => void) => void done.push(written) };
    const log = createLog({ level: 'info', format: 'json' }, sink);
    let flushed = false;
    const flushing = log.flush().then(() => (flushed = true));
    await Promise.resolve();
    expect(flushed).toBe(false);
    done[0]?.();
    await flushing;
    await log.flush(); // Nobody calls back this time.
    expect(done).toHaveLength(2);
  });
});

describe('prettyLine', () => {
  const record = { level: 'warn', time: '2026-11-21T12:00:01.250Z', event: 'host-lost', msg: 'It may come back.' };

  it('writes a line for people', () => {
    const line = prettyLine(JSON.stringify({ ...record, session: 'abc', note: 'two words', n: 3 }), false);
    expect(line).toBe('12:00:01.250 warn  host-lost: It may come back. session=abc note="two words" n=3\n');
  });

  it('colours on a terminal only', () => {
    expect(prettyLine(JSON.stringify(record), true)).toContain('\u001B[33mwarn');
    expect(prettyLine(JSON.stringify(record), false)).not.toContain('\u001B');
  });

  it("shows a peer's control characters instead of sending them to the terminal", () => {
    const line = prettyLine(JSON.stringify({ ...record, msg: 'a\u001B]2;x\u0007\nb', client: '\u009B31m' }), false);
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    expect(line).toContain(String.raw`a\x1b]2;x\x07\x0ab`);
  });

  it('puts the stack of an error below, and that of its cause', () => {
    const error = { stack: 'Error: a\n    at b', cause: { message: 'c' } };
    const lines = prettyLine(JSON.stringify({ ...record, error }), false).split('\n');
    expect(lines.slice(1)).toEqual(['    Error: a', '        at b', '    c', '']);
  });

  it('does not change what is not a record', () => {
    expect(prettyLine('plain words\n', true)).toBe('plain words\n');
  });
});
