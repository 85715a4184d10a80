import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { Quotas } from '#access';
import { loadConfig } from '#platform';
import { ClientAddresses } from './client-addresses.js';
import { EDGE_LIMITS, edgeLimits, NO_LIMITER, quotaRules, type Quota } from './failure-limits.js';
import { sessionLimits } from './session-limits.js';

const limitsOf = (text: string) => loadConfig({ SHIPMATE_LIMITS: text }).limits;

describe('the rules of an edge', () => {
  it('are those of the configuration', () => {
    const limits = limitsOf('hosts-per-key=3,wrong-tokens-per-address=7,bytes-in-all=5/1s');
    expect(edgeLimits(limits)).toEqual({ 'wrong-token': { ...EDGE_LIMITS['wrong-token'], free: 7 } });
    const rules = quotaRules(limits);
    expect(rules['hosts-per-key']).toEqual({ kind: 'level', most: 3, sparesProxies: false });
    expect(rules['bytes-in-all']).toEqual({ kind: 'flow', amount: 5, perMs: 1000, sparesProxies: false });
    expect(rules['hosts-in-all']).toBeUndefined();
    expect(edgeLimits(limitsOf('')) ?? {}).toEqual(EDGE_LIMITS);
  });

  it('spare the addresses of proxies only where nobody asked for the limit', () => {
    const rules = quotaRules(limitsOf('hosts-per-address=1000'));
    expect(rules['hosts-per-address']?.sparesProxies).toBe(false);
    expect(rules['joiners-per-address']?.sparesProxies).toBe(true);
    expect(rules['hosts-per-key']?.sparesProxies).toBe(false);
    expect(rules['wrong-tokens-in-all']?.sparesProxies).toBe(false);
  });

  it('can be none', async () => {
    expect(edgeLimits(limitsOf('wrong-tokens-per-address=off'))).toBeUndefined();
    for (let n = 0; n < 100; n++) expect(await NO_LIMITER.failed('wrong-token', 'a')).toEqual({ allowed: true });
    expect(await NO_LIMITER.check('wrong-token', 'a')).toEqual({ allowed: true });
  });
});

describe('a host or session too many', () => {
  it('is told about the limit, and it is reported', () => {
    const told: string[] = [];
    const quotas = new Quotas<Quota>({ clock: new FakeClock(), rules: quotaRules(limitsOf('hosts-per-address=1')) });
    const limits = sessionLimits(quotas, (...words) => told.push(words.join(' ')));
    const who = { address: '192.0.2.1' };
    const stay = limits.enter('hosts', who, false);
    expect(() => limits.enter('hosts', who, false)).toThrow(
      'The limit is 1 hosts at once from your address: try again when one has left',
    );
    expect(told).toEqual(['hosts-per-address 192.0.2.1 ssh']);
    limits.enter('hosts', who, true).leave();
    stay.leave();
    limits.enter('hosts', who, false);
  });
});

describe('the addresses of clients', () => {
  const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({
    socket: { remoteAddress },
    headers,
  });

  it('come from the headers of configured proxies, and from one header only', () => {
    const usual = new ClientAddresses(loadConfig({ SHIPMATE_TRUSTED_PROXIES: '10.0.0.0/8' }));
    expect(usual.of(from('10.0.0.1', { 'x-forwarded-for': '192.0.2.7' }))).toBe('192.0.2.7');
    expect(usual.of(from('198.51.100.1', { 'x-forwarded-for': '192.0.2.7' }))).toBe('198.51.100.1');
    expect([usual.isProxy('10.0.0.1'), usual.isProxy('127.0.0.1')]).toEqual([true, false]);
    const other = new ClientAddresses(
      loadConfig({ SHIPMATE_TRUSTED_PROXIES: '198.51.100.1', SHIPMATE_FORWARDED_HEADER: 'forwarded' }),
    );
    expect(other.of(from('198.51.100.1', { forwarded: 'for=192.0.2.7' }))).toBe('192.0.2.7');
    expect(other.of(from('10.0.0.1', { forwarded: 'for=192.0.2.7' }))).toBe('10.0.0.1');
  });

  it('are refused where the lists say so', () => {
    const addresses = new ClientAddresses(
      loadConfig({ SHIPMATE_ALLOW_FROM: '192.0.2.0/24', SHIPMATE_DENY_FROM: '192.0.2.7' }),
    );
    expect(['192.0.2.1', '192.0.2.7', '203.0.113.1'].map((address) => addresses.bars(address))).toEqual([
      undefined,
      'denied',
      'not-allowed',
    ]);
  });
});
