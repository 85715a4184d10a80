import { BlockList, isIP } from 'node:net';
import { ShipmateError } from '#kernel';
import { plainAddress } from './address.js';

/** A set of addresses, given as CIDRs (`10.0.0.0/8`) or single addresses. */
export class AddressRanges {
  // Kept separate, because a BlockList also matches the IPv6 address that an IPv4 address maps to.
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() };

  /** @throws ShipmateError `config`, naming the text that is not a range */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const parsed = parseCidr(range);
      if (parsed === undefined) throw new ShipmateError('config', `"${range}" is not a range of addresses`);
      this.#lists[parsed.family].addSubnet(parsed.network, parsed.bits, parsed.family);
    }
  }

  /** Whether the address is in one of them; false for anything that is not an address. */
  has(address: string): boolean {
    const plain = plainAddress(address);
    const version = isIP(plain);
    if (version === 0) return false;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    return this.#lists[family].check(plain, family);
  }
}

/** Whether `cidr` is an address or `address/bits`. */
export function isCidr(cidr: string): boolean {
  return parseCidr(cidr) !== undefined;
}

/** Whether an address is in one of `cidrs`; an entry that is not a CIDR contains nothing. */
export function inCidrs(address: string, cidrs: readonly string[]): boolean {
  return new AddressRanges(cidrs.filter(isCidr)).has(address);
}

interface Cidr {
  readonly network: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parseCidr(cidr: string): Cidr | undefined {
  const [network = '', bits, ...rest] = cidr.split('/');
  const family = isIP(network);
  if (family === 0 || network.includes('%') || rest.length > 0) return undefined;
  const width = family === 4 ? 32 : 128;
  if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= width)) return undefined;
  return { network, bits: bits === undefined ? width : Number(bits), family: family === 4 ? 'ipv4' : 'ipv6' };
}
