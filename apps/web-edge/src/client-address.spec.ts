import { describe, expect, it } from 'vitest';
import { AddressRanges } from '#access';
import { clientAddress } from './client-address.js';

const trusted = new AddressRanges(['127.0.0.0/8', '10.0.0.0/8', '::1/128', 'fc00::/7']);

describe('clientAddress', () => {
  it.each([
    ['without a header', '127.0.0.1', undefined, '127.0.0.1'],
    ['of an IPv4 peer on an IPv6 socket', '::ffff:192.0.2.7', undefined, '192.0.2.7'],
    ['of a proxy', '127.0.0.1', '192.0.2.7', '192.0.2.7'],
    ['of two proxies', '127.0.0.1', '192.0.2.7, 10.1.2.3', '192.0.2.7'],
    ['that a client made up', '127.0.0.1', '1.1.1.1, 192.0.2.7', '192.0.2.7'],
    ['of a peer that is no proxy of ours', '192.0.2.9', '1.1.1.1', '192.0.2.9'],
    ['where all are proxies', '127.0.0.1', '10.0.0.1, 10.0.0.2', '10.0.0.1'],
    ['with ports', '::1', '[2001:DB8::1]:443, 10.0.0.2:80', '2001:db8::1'],
    ['that is no address', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['with something in it that is no address', '127.0.0.1', '192.0.2.7, <script>', '127.0.0.1'],
    ['that is empty', '127.0.0.1', '', '127.0.0.1'],
    ['without a peer', undefined, '192.0.2.7', ''],
  ])('%s', (_what, peer, header, address) => {
    expect(clientAddress(peer, header, trusted)).toBe(address);
  });

  it('looks through a few proxies only', () => {
    const long = Array.from({ length: 1000 }, () => '10.0.0.1');
    expect(clientAddress('127.0.0.1', ['192.0.2.7', ...long].join(','), trusted)).toBe('10.0.0.1');
  });

  it('takes a header that came several times as one', () => {
    expect(clientAddress('127.0.0.1', ['192.0.2.7', '10.0.0.1'], trusted)).toBe('192.0.2.7');
  });
});
