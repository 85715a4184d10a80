import { CLOSE_CODES } from '#web-protocol';
import { describe, expect, it } from 'vitest';
import { FIRST_STATUS, type Status } from '../connection/status.js';
import { peopleChange, peopleLines, peopleText, sinceText, stateText, titleText } from './state-text.js';

const NOW = 1_000_000;
const LIVE = { phase: 'live', atMs: 0, cols: 80, rows: 23 } as const;

function text(change: Partial<Status>): ReturnType<typeof stateText> {
  return stateText({ ...FIRST_STATUS, ...change }, NOW);
}

describe('what the bar says', () => {
  it('tells a writer and a reader what they may', () => {
    expect(text({ link: 'joined', role: 'writer', session: LIVE })).toMatchObject({
      mood: 'good',
      more: 'You can type',
    });
    expect(text({ link: 'joined', role: 'reader', session: LIVE })).toMatchObject({
      short: 'Live',
      more: 'Read-only',
    });
  });

  it('counts down while the host is away, and does not speak each second', () => {
    const session = { ...LIVE, phase: 'reconnecting', atMs: NOW + 272_000 } as const;
    const now = text({ link: 'joined', role: 'writer', session });
    const later = stateText({ ...FIRST_STATUS, link: 'joined', session }, NOW + 1000);
    expect(now).toMatchObject({ short: 'The host is away', more: 'Waiting for it, 4:32 left' });
    expect(later.more).toBe('Waiting for it, 4:31 left');
    expect(later.spoken).toBe(now.spoken);
  });

  it('tells a first connection from a lost one', () => {
    expect(text({}).short).toBe('Connecting');
    expect(text({ hadSeat: true }).short).toBe('Reconnecting');
    expect(text({ link: 'waiting', retryAtMs: NOW + 3500 })).toMatchObject({
      short: 'Cannot connect',
      more: 'Next try in 4 s',
      action: 'try-now',
    });
    expect(text({ link: 'waiting', hadSeat: true, retryAtMs: NOW - 5, unsentBytes: 3 })).toMatchObject({
      short: 'Connection lost',
      more: 'Next try in 1 s · Your input is kept',
    });
  });

  it('says why, where the server has said it', () => {
    const { code, text: why } = CLOSE_CODES['too-many'];
    const closing = { code, name: 'too-many', text: why };
    expect(text({ link: 'waiting', retryAtMs: NOW + 1, closing }).more).toContain(why);
  });

  it('says that the network is away, and not when the next try is', () => {
    expect(text({ link: 'waiting', offline: true, retryAtMs: NOW + 9000 }).more).not.toContain('9');
  });

  it('has its own words and a way on for each code that ends the stay', () => {
    for (const { code, name, retry, text: why } of Object.values(CLOSE_CODES)) {
      if (retry) continue;
      const said = text({ link: 'over', closing: { code, name, text: why } });
      expect(said.mood, name).toBe('over');
      expect(said.action, name).not.toBe('none');
      expect(said.action, name).not.toBe('try-now');
      expect(said.short.length, name).toBeLessThanOrEqual(30);
    }
  });

  it('says when a session ended', () => {
    const session = { ...LIVE, phase: 'ended', atMs: NOW - 300_000 } as const;
    const closing = { code: 4001, name: 'ended', text: 'The host ended the session' };
    expect(text({ link: 'over', session, closing })).toMatchObject({
      short: 'Ended',
      more: '5 minutes ago · The host ended the session',
    });
  });
});

describe('times', () => {
  it.each([
    [-1, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [7_200_000, '2 hours ago'],
    [200_000_000, '2 days ago'],
  ])('%s ms ago are %s', (ms, said) => expect(sinceText(ms)).toBe(said));
});

describe('who is here', () => {
  const listed = [
    { role: 'writer', transport: 'ssh' },
    { role: 'reader', transport: 'web' },
  ] as const;

  it('is told in few words', () => {
    expect(peopleText(undefined)).toBe('');
    expect(peopleText({ count: 1, listed: [], self: undefined })).toBe('Only you');
    expect(peopleText({ count: 3, listed: [], self: undefined })).toBe('3 here');
  });

  it('is told in a line each', () => {
    expect(peopleLines({ count: 4, listed, self: 1 })).toEqual([
      'Mate 1 · ssh · can type',
      'You · browser · read-only',
      'and 2 more',
    ]);
    const named = listed.map((person) => ({ ...person, name: 'ann@example.org' }));
    expect(peopleLines({ count: 2, listed: named, self: 1 })).toEqual([
      'ann@example.org · ssh · can type',
      'You, ann@example.org · browser · read-only',
    ]);
  });

  it('is spoken when it changes', () => {
    const one = { count: 1, listed: [], self: undefined };
    const two = { count: 2, listed: [], self: undefined };
    expect(peopleChange(undefined, one)).toBe('');
    expect(peopleChange(one, one)).toBe('');
    expect(peopleChange(one, two)).toBe('Somebody joined. 2 here.');
    expect(peopleChange(two, one)).toBe('Somebody left. Only you.');
  });
});

describe('titleText', () => {
  const state = text({ link: 'joined', session: LIVE });
  it('says what is shown and how it is', () => {
    expect(titleText(state, '', false)).toBe('Live – Shipmate');
    expect(titleText(state, 'vim\u0007\u202E notes', true)).toBe('• vim notes Live – Shipmate');
    expect(titleText(state, 'x'.repeat(500), false).length).toBeLessThan(110);
  });
});
