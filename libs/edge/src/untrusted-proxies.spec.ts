import { describe, expect, it } from 'vitest';
import { FakeClock } from '#kernel';
import { loadConfig } from '#platform';
import { ClientAddresses } from './client-addresses.js';
import { UntrustedProxies } from './untrusted-proxies.js';

function world() {
  const clock = new FakeClock();
  const logged: string[] = [];
  const untrusted = new UntrustedProxies(clock, {
    warn: (event, fields, message) => void logged.push(`${event} ${JSON.stringify(fields)} ${message}`),
  });
  return { clock, logged, untrusted };
}

const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({ socket: { remoteAddress }, headers });

describe('a peer that says for whom it speaks', () => {
  it('is not believed by default, wherever it is, and the log says what to set', () => {
    const { logged, untrusted } = world();
    const addresses = new ClientAddresses(loadConfig({}), untrusted);
    for (const peer of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', '203.0.113.1']) {
      expect(addresses.of(from(peer, { 'x-forwarded-for': '192.0.2.7' }))).toBe(peer);
      expect(addresses.isProxy(peer)).toBe(false);
      expect(logged.at(-1)).toContain(`SHIPMATE_TRUSTED_PROXIES=${peer}`);
    }
    addresses.of(from('10.0.0.2', { forwarded: 'for=192.0.2.7' }));
    addresses.proxyHeaderRefused('10.0.0.3');
    expect(logged.slice(-2)).toEqual([
      expect.stringContaining('"header":"forwarded"'),
      expect.stringContaining('SHIPMATE_PROXY_PROTOCOL=required'),
    ]);
  });

  it('is logged once a minute', () => {
    const { clock, logged, untrusted } = world();
    for (let n = 0; n < 120; n++) {
      untrusted.note('10.0.0.1', 'x-forwarded-for');
      clock.advance(1_000);
    }
    expect(logged).toHaveLength(2);
  });

  it('is not logged among a thousand others', () => {
    const { clock, logged, untrusted } = world();
    const flood = (): void => {
      for (let n = 0; n < 5_000; n++) untrusted.note(`2001:db8::${n.toString(16)}`, 'forwarded');
    };
    flood();
    flood();
    expect(logged).toHaveLength(1_000);
    clock.advance(60_000);
    untrusted.note('10.0.0.1', 'forwarded');
    expect(logged).toHaveLength(1_001);
  });

  it('is nothing where nobody does, or the peer is trusted', () => {
    const { clock, logged, untrusted } = world();
    const addresses = new ClientAddresses(loadConfig({ SHIPMATE_TRUSTED_PROXIES: '10.0.0.0/8' }), untrusted);
    addresses.of(from('192.0.2.1'));
    addresses.of(from('10.0.0.1', { 'x-forwarded-for': '192.0.2.7', forwarded: 'for=x' }));
    addresses.proxyHeaderRefused('10.0.0.1');
    expect([logged, untrusted.notice]).toEqual([[], undefined]);
    addresses.of(from('192.0.2.1', { 'x-forwarded-for': '192.0.2.7' }));
    expect(untrusted.notice).toContain('SHIPMATE_TRUSTED_PROXIES');
    clock.advance(3_600_001);
    expect(untrusted.notice).toBeUndefined();
  });
});
