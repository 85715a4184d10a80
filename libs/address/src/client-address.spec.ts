import { describe, expect, it } from 'vitest';
import { AddressRanges, clientAddress, type ForwardedHeader } from '#address';

const trusted = new AddressRanges(['127.0.0.0/8', '10.0.0.0/8', '::1/128', 'fc00::/7']);

const of = (
  peer: string | undefined,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  header: ForwardedHeader = 'x-forwarded-for',
): string => clientAddress({ socket: { remoteAddress: peer }, headers }, { trusted, header });

describe('whose request it is, by X-Forwarded-For', () => {
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
  ])('%s', (_what, peer, text, address) => {
    expect(of(peer, { 'x-forwarded-for': text })).toBe(address);
  });

  it('looks through a few proxies only', () => {
    const long = Array.from({ length: 1000 }, () => '10.0.0.1');
    expect(of('127.0.0.1', { 'x-forwarded-for': ['192.0.2.7', ...long].join(',') })).toBe('10.0.0.1');
  });

  it('takes a header that came several times as one', () => {
    expect(of('127.0.0.1', { 'x-forwarded-for': ['192.0.2.7', '10.0.0.1'] })).toBe('192.0.2.7');
  });

  it('does not look at the other header, which may be the client’s own', () => {
    expect(of('127.0.0.1', { forwarded: 'for=1.1.1.1' })).toBe('127.0.0.1');
    expect(of('127.0.0.1', { forwarded: 'for=1.1.1.1', 'x-forwarded-for': '192.0.2.7' })).toBe('192.0.2.7');
  });
});

describe('whose request it is, by Forwarded', () => {
  it.each([
    ['for=192.0.2.7', '192.0.2.7'],
    ['for=192.0.2.7;proto=https;by=203.0.113.43', '192.0.2.7'],
    ['proto=http; For="192.0.2.7:5678"', '192.0.2.7'],
    ['For="[2001:db8:cafe::17]:4711"', '2001:db8:cafe::17'],
    ['for=1.1.1.1, for=192.0.2.7, for=10.0.0.1', '192.0.2.7'],
    ['for=_hidden', '127.0.0.1'],
    ['for=unknown', '127.0.0.1'],
    ['by=192.0.2.7', '127.0.0.1'],
    ['for="', '127.0.0.1'],
    ['xfor=192.0.2.7', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('%s', (text, address) => {
    expect(of('127.0.0.1', { forwarded: text, 'x-forwarded-for': '198.51.100.1' }, 'forwarded')).toBe(address);
  });

  it('is the peer where that is no proxy of ours', () => {
    expect(of('192.0.2.9', { forwarded: 'for=1.1.1.1' }, 'forwarded')).toBe('192.0.2.9');
  });
});
