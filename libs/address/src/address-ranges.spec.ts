import { describe, expect, it } from 'vitest';
import { AddressRanges } from '#address';

const PRIVATE = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7', 'fe80::/10'];

describe('AddressRanges', () => {
  it('knows what is in them, also of IPv4 in IPv6', () => {
    const ranges = new AddressRanges(PRIVATE);
    for (const inside of ['127.0.0.1', '10.9.8.7', '::ffff:192.168.1.1', '::1', 'fd00::1', 'fe80::1%eth0']) {
      expect(ranges.has(inside), inside).toBe(true);
    }
    for (const outside of ['8.8.8.8', '172.32.0.1', '2001:db8::1', '', 'nonsense']) {
      expect(ranges.has(outside), outside).toBe(false);
    }
  });

  it('takes single addresses, and names an invalid range', () => {
    expect(new AddressRanges(['203.0.113.7']).has('203.0.113.7')).toBe(true);
    for (const wrong of ['10.0.0.0/33', '10.0.0/8', 'example.org', '::/129', '10.0.0.0/8/8', '10.0.0.0/']) {
      expect(() => new AddressRanges([wrong]), wrong).toThrow(wrong);
    }
  });
});
