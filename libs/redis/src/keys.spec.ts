import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { edgeId, sessionId } from '#kernel';
import { channels } from '#relay';
import { hashToken, type TokenHash } from '#directory';
import { KEY_PATTERNS, keys, pulseChannel } from './keys.js';
import { leastRights } from './least-rights.fixture.js';
import { slotOf } from './slot.js';

const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
const ID = sessionId('ID');

describe('keys and channels', () => {
  const allKeys = [
    keys.session(ID),
    keys.token('HASH' as TokenHash),
    keys.name('NAME'),
    keys.sessions,
    keys.names,
    keys.leases,
    keys.records,
  ];
  const allChannels = [...Object.values(channels(ID)), pulseChannel(edgeId('EDGE'))];

  it('are all in docs/redis.md, and no others are', () => {
    const rows = [...page.matchAll(/^\| `((?:shipmate|relay):[^`]+)`/gm)].map(([, name]) => name);
    expect(new Set(rows)).toEqual(new Set([...allKeys, ...allChannels]));
  });

  it('are matched by the patterns, which match nothing else', () => {
    const real = [keys.session(ID), keys.token(hashToken('x')), keys.name('ann/x'), keys.sessions, keys.leases];
    for (const key of real) expect(KEY_PATTERNS.some((pattern) => pattern.test(key))).toBe(true);
    for (const key of ['session:ID', 'shipmate:', 'shipmate:sessions2', keys.token('short' as TokenHash)]) {
      expect(KEY_PATTERNS.some((pattern) => pattern.test(key))).toBe(false);
    }
  });

  it('are within the least rights', () => {
    const starts = (sign: string): string[] =>
      leastRights().flatMap((rule) => (rule.startsWith(sign) ? rule.slice(1).replace('*', '') : []));
    for (const key of allKeys) expect(starts('~').some((start) => key.startsWith(start))).toBe(true);
    for (const channel of allChannels) expect(starts('&').some((start) => channel.startsWith(start))).toBe(true);
  });

  it('lie in one slot where one script or one stream needs it', () => {
    expect(slotOf(keys.leases)).toBe(slotOf(keys.records));
    const { out, in: back, snapshot } = channels(ID);
    expect(new Set([out, back, snapshot].map(slotOf)).size).toBe(1);
  });
});
