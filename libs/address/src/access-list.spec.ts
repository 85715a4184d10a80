import { describe, expect, it } from 'vitest';
import { AccessList, barredText } from '#address';

const ALL = { allow: undefined, deny: [] };

describe('who may connect at all', () => {
  it('is everybody, unless something is said', () => {
    const list = new AccessList(ALL);
    for (const address of ['192.0.2.1', '2001:db8::1', '', 'no address']) expect(list.bars(address)).toBeUndefined();
  });

  it('is not a denied address, in whatever form it comes', () => {
    const list = new AccessList({ ...ALL, deny: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const address of ['192.0.2.1', '::ffff:192.0.2.255', '2001:db8::1', '2001:DB8:ffff::1']) {
      expect(list.bars(address)).toBe('denied');
    }
    for (const address of ['192.0.3.1', '2001:db9::1', '::1']) expect(list.bars(address)).toBeUndefined();
  });

  it('is an allowed address, and nothing that is not an address', () => {
    const list = new AccessList({ allow: ['192.0.2.0/24', '::1'], deny: [] });
    for (const address of ['192.0.2.1', '::ffff:192.0.2.9', '::1']) expect(list.bars(address)).toBeUndefined();
    for (const address of ['192.0.3.1', '::2', '', 'x']) expect(list.bars(address)).toBe('not-allowed');
  });

  it('is not an address in both lists, whichever entry is narrower', () => {
    const wide = new AccessList({ allow: ['192.0.2.7'], deny: ['192.0.2.0/24'] });
    const narrow = new AccessList({ allow: ['192.0.2.0/24'], deny: ['192.0.2.7'] });
    expect([wide.bars('192.0.2.7'), narrow.bars('192.0.2.7')]).toEqual(['denied', 'denied']);
    expect(narrow.bars('192.0.2.8')).toBeUndefined();
  });

  it('is told in a sentence with their address', () => {
    expect(barredText('192.0.2.7')).toBe(
      'This server does not accept connections from your address 192.0.2.7. Its operator can change that',
    );
  });

  it('refuses invalid ranges', () => {
    expect(() => new AccessList({ ...ALL, deny: ['x'] })).toThrow('"x" is not a range of addresses');
  });
});
