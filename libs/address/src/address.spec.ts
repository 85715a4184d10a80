import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKey, inCidrs, isCidr, plainAddress } from '#address';
import { matchesFrom, wildcardMatch } from './address-pattern.js';

describe('addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::9', '2001:db8:0:0:ffff::9', '2001:db8:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
    ['::1', '::1', '0:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['nonsense', 'nonsense', 'nonsense'],
  ])('%s is %s and counts as %s', (address, plain, key) => {
    expect(plainAddress(address)).toBe(plain);
    expect(addressKey(address)).toBe(key);
  });

  it('counts all of one /64 as one, in whatever way they are written', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
    fc.assert(
      fc.property(fc.array(group, { minLength: 4, maxLength: 4 }), (low) => {
        expect(addressKey(`2001:db8:7:8:${low.join(':')}`)).toBe('2001:db8:7:8::/64');
      }),
    );
  });

  it('finds addresses in CIDRs', () => {
    expect(inCidrs('10.1.2.3', ['192.168.0.0/16', '10.0.0.0/8'])).toBe(true);
    expect(inCidrs('::ffff:10.1.2.3', ['10.0.0.0/8'])).toBe(true);
    expect(inCidrs('11.1.2.3', ['10.0.0.0/8', 'nonsense', '10.0.0.0/99'])).toBe(false);
    expect(inCidrs('2001:db8::5', ['2001:db8::/32'])).toBe(true);
    expect(inCidrs('10.1.2.3', ['::/0'])).toBe(false);
    expect(inCidrs('nonsense', ['0.0.0.0/0'])).toBe(false);
    expect(['10.0.0.0/8', '::1', '10.0.0.1/32'].every(isCidr)).toBe(true);
    expect(['10.0.0.1/33', '10.0.0/8', '1.2.3.4/', '1.2.3.4/8/8', '', '::1%lo/128'].some(isCidr)).toBe(false);
  });
});

describe('from patterns', () => {
  it.each([
    ['192.0.2.*', '192.0.2.77', true],
    ['192.0.2.?', '192.0.2.77', false],
    ['10.0.0.0/8,192.0.2.1', '192.0.2.1', true],
    ['*,!192.0.2.1', '192.0.2.1', false],
    ['*,!192.0.2.1', '192.0.2.2', true],
    ['!192.0.2.1', '192.0.2.2', false],
    ['2001:db8::/32', '2001:DB8::9', true],
    ['!10.0.0.0/8,10.*', '::ffff:10.0.0.1', false],
    ['host.example', '192.0.2.1', false],
    ['10.0.0.0/99', '10.0.0.1', false],
    ['', '10.0.0.1', false],
  ])('%s holds %s: %s', (list, address, expected) => {
    expect(matchesFrom(list, address)).toBe(expected);
  });

  it('matches as a regular expression of the same meaning would', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?') });
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b', 'c') }), (glob, text) => {
        const same = new RegExp(`^${glob.replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`);
        expect(wildcardMatch(glob, text)).toBe(same.test(text));
      }),
    );
  });

  it('is not slowed by many stars', () => {
    expect(wildcardMatch('*a'.repeat(2_000), 'a'.repeat(1_999))).toBe(false);
  });
});
