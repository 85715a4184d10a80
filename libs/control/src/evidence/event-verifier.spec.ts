import { beforeEach, describe, expect, it } from 'vitest';
import type { AuditEvent, StoredEvent } from '../events.js';
import { MemoryEvents } from '../memory-events.js';
import { EventChains } from './event-chain.js';
import { exportLines } from './event-file.js';
import { EventSigner } from './event-keys.js';
import { EventVerifier, type Verdict } from './event-verifier.js';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const signer = new EventSigner('the secret of a fleet');
const keys = [signer.publicKey];

let log: MemoryEvents;
let chains: EventChains;
let at: number;

beforeEach(() => {
  [log, chains, at] = [new MemoryEvents(), new EventChains(signer), NOW];
});

const event = (type: string, details: AuditEvent['details'] = {}): AuditEvent => ({
  at: (at += 1_000),
  type,
  by: 'e1',
  details,
});

function withoutId({ id: _id, ...event }: StoredEvent): AuditEvent {
  return event;
}

async function write(types: readonly string[], own = chains): Promise<void> {
  for (const type of types) await log.append(own.add(event(type, { b: 'ä "x"', a: '\u{1f600}' })));
}

async function exported(range = {}, by = signer, known = keys): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(log, { signer: by, keys: known }, range, at))
    lines.push(line.replace(/\n$/, ''));
  return lines;
}

function verdictOf(
  lines: readonly string[],
  trusted: readonly string[] | 'those of the file' = keys,
  before?: Verdict,
): Verdict {
  const verifier = new EventVerifier(trusted === 'those of the file' ? undefined : trusted);
  for (const line of lines) verifier.line(line);
  return verifier.verdict(before);
}

/** What is found first in a file whose end nobody signed: of a log that was changed, the server signs the end itself. */
async function firstFinding(change: (events: AuditEvent[]) => AuditEvent[]): Promise<string> {
  const events = (await log.oldest(undefined, 100)).map(withoutId);
  log = new MemoryEvents();
  for (const one of change(events)) await log.append(one);
  const [first] = verdictOf(await exported()).findings;
  return first === undefined ? 'nothing' : `${first.kind}: ${first.text.replaceAll(/chain [\w-]{16}/g, 'chain C')}`;
}

describe('an export of events that nobody touched', () => {
  it('is found to be genuine by the public key alone, over several processes and their restarts', async () => {
    await write(['session-opened', 'joined', 'refused', 'left', 'refused']);
    await write(['joined', 'left'], new EventChains(signer));
    await write(['session-closed']);
    const verdict = verdictOf(await exported());
    expect(verdict).toMatchObject({ findings: [], events: 8, unsigned: 0, lost: 0, key: signer.publicKey });
    expect(verdict.chains.size).toBe(3);
  });

  it('may begin anywhere, for a log forgets its oldest events and a range leaves some out', async () => {
    await write(['a', 'refused', 'b', 'c', 'refused', 'd']);
    const half = { from: NOW + 3_000, until: NOW + 5_000 };
    expect(verdictOf(await exported(half))).toMatchObject({ findings: [], events: 3 });
    await log.forgetBefore(NOW + 4_000);
    expect(verdictOf(await exported())).toMatchObject({ findings: [], events: 3 });
  });

  it('has events twice that were stored twice, and says how many were lost', async () => {
    const twice = chains.add(event('joined'));
    await log.append(twice);
    await log.append(twice);
    await log.append(chains.add(event('events-lost', { count: '12' })));
    expect(verdictOf(await exported())).toMatchObject({ findings: [], events: 3, lost: 12 });
  });

  it('may begin with events of a version that signed none', async () => {
    await log.append(event('joined'));
    await write(['left']);
    expect(verdictOf(await exported())).toMatchObject({ findings: [], events: 2, unsigned: 1 });
  });

  it('is signed by the key of another secret too, if the fleet accepts that one', async () => {
    await write(['joined']);
    const next = new EventSigner('the next secret');
    const lines = await exported({}, next, [signer.publicKey]);
    expect(verdictOf(lines, [next.publicKey, signer.publicKey]).findings).toEqual([]);
    expect(verdictOf(lines, [next.publicKey]).findings).toMatchObject([{ kind: 'changed' }]);
    expect(verdictOf(lines, 'those of the file').findings).toEqual([]);
  });
});

describe('a log that somebody changed', () => {
  beforeEach(async () => await write(['session-opened', 'joined', 'refused', 'let-in', 'left', 'session-closed']));

  it.each<[string, (events: AuditEvent[]) => AuditEvent[], RegExp]>([
    ['nothing', (events) => events, /^nothing$/],
    [
      'a detail',
      (events) => events.map((one) => (one.type === 'let-in' ? { ...one, details: {} } : one)),
      /^changed: .*let-in.*number 3 /,
    ],
    [
      'a time',
      (events) => events.map((one) => (one.type === 'joined' ? { ...one, at: one.at + 1 } : one)),
      /^changed: .*joined/,
    ],
    [
      'a session',
      (events) => events.map((one) => (one.type === 'left' ? { ...one, session: 's' } : one)),
      /^changed: .*left/,
    ],
    [
      'an event away',
      (events) => events.filter(({ type }) => type !== 'joined'),
      /^missing: Number 2 of chain C is missing before .*let-in/,
    ],
    [
      'two events away',
      (events) => events.filter(({ type }) => !/joined|let-in/.test(type)),
      /^missing: Numbers 2 to 3 .*left/,
    ],
    [
      'the order',
      ([a, b, c, d, ...rest]) => [a, d, b, c, ...rest].flatMap((one) => one ?? []),
      /^reordered: .*joined.* comes after number 3 /,
    ],
    ['an event in', (events) => [...events, event('kicked')], /^not-signed: .*kicked/],
    [
      'an event of another fleet in',
      (events) => [...events, new EventChains(new EventSigner('another')).add(event('kicked'))],
      /^changed: .*kicked.* was not written by this server/,
    ],
    [
      'a place',
      (events) =>
        events.map((one) => (one.chain && one.type === 'left' ? { ...one, chain: { ...one.chain, number: 9 } } : one)),
      /^changed: .*left/,
    ],
  ])('is found out: %s', async (_, change, found) => {
    expect(await firstFinding(change)).toMatch(found);
  });

  it('is found out if the first events of a process are gone, and older ones of others are not', async () => {
    const late = new EventChains(signer);
    at += 600_000;
    await write(['user-added', 'key-added', 'user-removed'], late);
    expect(await firstFinding((events) => events.filter(({ type }) => type !== 'user-added'))).toMatch(
      /^missing: Number 1 /,
    );
  });

  it('is found out by an older export if its newest events are gone', async () => {
    const older = verdictOf(await exported());
    const events = await log.oldest(undefined, 100);
    log = new MemoryEvents();
    for (const one of events.slice(0, -1)) await log.append(withoutId(one));
    const lines = await exported();
    expect(verdictOf(lines).findings).toEqual([]);
    expect(verdictOf(lines, keys, older).findings).toMatchObject([
      { kind: 'missing', text: expect.stringContaining('older file') },
    ]);
  });
});

describe('a file that somebody changed', () => {
  beforeEach(async () => await write(['session-opened', 'joined', 'left']));

  it.each<[string, (lines: string[]) => string[], string]>([
    ['is empty', () => [], 'no lines'],
    ['is cut off', (lines) => lines.slice(0, -1), 'cut off'],
    ['lacks the newest event', (lines) => lines.filter((line) => !line.includes('"left"')), 'signed for 3'],
    [
      'says something else about itself',
      ([head = '', ...rest]) => [head.replace('2026-12', '2026-11'), ...rest],
      'changed after it was written',
    ],
    [
      'has a line of something else',
      (lines) => lines.map((line) => (line.includes('"joined"') ? '{"at":1}' : line)),
      'is not an event',
    ],
    ['has a line behind its end', (lines) => [...lines, '{}'], 'after the end'],
    ['is none', () => ['hello', 'world'], 'does not say'],
  ])('%s', async (_, change, found) => {
    const { findings } = verdictOf(change(await exported()));
    expect(findings.map(({ text }) => text).join('\n')).toContain(found);
  });

  it('is not believed for naming a key itself, when one is asked for', async () => {
    const forger = new EventSigner('of a forger');
    log = new MemoryEvents();
    await write(['joined'], new EventChains(forger));
    const lines = await exported({}, forger, []);
    expect(verdictOf(lines, 'those of the file')).toMatchObject({ findings: [], key: forger.publicKey });
    expect(verdictOf(lines).findings).toHaveLength(2);
  });
});
