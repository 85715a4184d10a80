import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { edgeId, sessionId } from '#kernel';
import { controlChannel } from '#control';
import { channels } from '#relay';
import { hashToken, type TokenHash } from '#directory';
import { DUE_CHANNEL, KEY_PATTERNS, keys, pulseChannel } from './keys.js';
import { leastRights } from '../least-rights.fixture.js';
import { PROBED_COMMANDS } from '../rights-probe.js';
import { slotOf } from '../connection/slot.js';

const page = readFileSync(new URL('../../../../docs/redis.md', import.meta.url), 'utf8');
const ID = sessionId('ID');

describe('keys and channels', () => {
  const { state, dead, wills, groups } = keys.webhooks;
  const webhooks = [state, dead, wills, groups('fleet'), groups('session')];
  const held = [keys.held.leases, keys.held.sums, keys.held.of('EDGE')];
  const allKeys = [
    keys.session(ID),
    keys.token('HASH' as TokenHash),
    keys.name('NAME'),
    keys.sessions,
    keys.names,
    keys.events,
    keys.limit('RULE', 'KEY'),
    keys.refusals,
    ...Object.values(keys.reaper),
    keys.vault.turn,
    keys.vault.text('NAME'),
    ...(['code', 'answer', 'browser', 'key', 'ended'] as const).map((kind) => keys.signIn(kind, 'HASH')),
    ...Object.values(keys.accounts),
    ...webhooks,
    ...held,
    keys.leases,
    keys.records,
  ];
  const allChannels = [...Object.values(channels(ID)), pulseChannel(edgeId('EDGE')), controlChannel('ID'), DUE_CHANNEL];

  it('are all in docs/redis.md, and no others are', () => {
    const rows = [...page.matchAll(/^\| `((?:shipmate|relay):[^`]+)`/gm)].map(([, name]) => name);
    // The accounts' keys have one row together, as have the webhooks' and what is held.
    const known = [...allKeys, ...allChannels].map((name) =>
      name.replace(/^(shipmate:(?:\{(?:accounts|webhooks|held)\}|sign-in):).*/, '$1…'),
    );
    expect(new Set(rows)).toEqual(new Set(known));
  });

  it('are matched by the patterns, which match nothing else', () => {
    const real: string[] = [keys.session(ID), keys.token(hashToken('x')), keys.name('ann/x'), keys.sessions];
    real.push(
      keys.limit('wrong-token', '2001:db8:0:1::/64'),
      keys.leases,
      keys.events,
      keys.refusals,
      ...Object.values(keys.reaper),
      keys.vault.turn,
      keys.vault.text('certificate'),
      ...Object.values(keys.accounts),
      ...webhooks,
      ...held,
    );
    real.push('shipmate:{webhooks}:due:fleet:a-receiver-00000', 'shipmate:{webhooks}:lane:session:a-receiver-00000:ID');
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

  it('need commands that the least rights have, each of which `shipmate doctor` tries', () => {
    // What a connection needs to come about at all need not be tried.
    const atStart = ['ping', 'select', 'client|setname', 'asking', 'cluster|slots'];
    const allowed = leastRights().flatMap((rule) => (rule.startsWith('+') ? rule.slice(1) : []));
    expect([...PROBED_COMMANDS, ...atStart].sort()).toEqual(allowed.sort());
  });

  it('lie in one slot where one script or one stream needs it', () => {
    expect(slotOf(keys.leases)).toBe(slotOf(keys.records));
    expect(new Set(Object.values(keys.accounts).map(slotOf)).size).toBe(1);
    expect(new Set([...webhooks, DUE_CHANNEL].map(slotOf)).size).toBe(1);
    expect(new Set(held.map(slotOf)).size).toBe(1);
    const { out, in: back, snapshot } = channels(ID);
    expect(new Set([out, back, snapshot].map(slotOf)).size).toBe(1);
  });
});
