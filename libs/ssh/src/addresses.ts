import { BlockList, isIP } from 'node:net';
import { ShipmateError } from '#kernel';

/** Loopback, the private ranges of RFC 1918 and 4193, and link-local: where a proxy of one's own would stand. */
export const PRIVATE_RANGES = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
] as const;

/** An address without the IPv6 wrapping that a socket listening on `::` gives IPv4 peers, and without a zone. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  const unwrapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return unwrapped.replace(/%.*$/, '');
}

/** A set of addresses, given as CIDRs (`10.0.0.0/8`) or single addresses. */
export class AddressRanges {
  readonly #list = new BlockList();

  /** @throws ShipmateError `config` naming the range that is none */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', bits, ...rest] = range.split('/');
      const version = isIP(address);
      const width = version === 6 ? 128 : 32;
      const prefix = bits === undefined ? width : Number(bits);
      const wellFormed = version !== 0 && rest.length === 0 && (bits === undefined || /^\d{1,3}$/.test(bits));
      if (!wellFormed || prefix > width) throw new ShipmateError('config', `"${range}" is no range of addresses`);
      this.#list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }
}
