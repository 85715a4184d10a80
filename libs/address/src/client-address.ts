import { isIP } from 'node:net';
import { plainAddress } from './address.js';
import type { AddressRanges } from './address-ranges.js';

/** Most proxies in a row that are followed; a longer list was made up by somebody. */
const MOST_PROXIES = 16;

/** The header in which proxies report the client's address: the usual one, or that of RFC 7239. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded';

/** The parts of an HTTP request that say where it comes from. */
export interface ForwardedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Which proxies are trusted, and which header they use. */
export interface ForwardedTrust {
  readonly trusted: AddressRanges;
  readonly header: ForwardedHeader;
}

/**
 * The client's address: the peer's, or, if the peer is a trusted proxy, the last address in the header that is not a trusted
 * proxy too. Whatever a client wrote into that header comes before that one, and is ignored. The other header is ignored too: a
 * proxy that does not know it passes on what a client wrote there.
 */
export function clientAddress({ socket, headers }: ForwardedRequest, { trusted, header }: ForwardedTrust): string {
  let address = plainAddress(socket.remoteAddress ?? '');
  const given = headers[header];
  const text = Array.isArray(given) ? given.join(',') : (given ?? '');
  const hops = text.split(',').slice(-MOST_PROXIES);
  while (hops.length > 0 && trusted.has(address)) {
    const hop = bare(header === 'forwarded' ? forOf(hops.pop() ?? '') : (hops.pop() ?? ''));
    if (isIP(hop) === 0) break;
    address = plainAddress(hop);
  }
  return address;
}

/**
 * The `for` of one element of Forwarded: `for="[2001:db8::1]:443";proto=https` (RFC 7239 4). Hidden and unknown values are not
 * addresses.
 */
function forOf(element: string): string {
  for (const pair of element.split(';')) {
    const [, value = ''] = /^\s*for\s*=\s*(.*?)\s*$/i.exec(pair) ?? [];
    if (value !== '') return /^"(.*)"$/.exec(value)?.[1] ?? value;
  }
  return '';
}

/** Without the port that some proxies add: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function bare(hop: string): string {
  const text = hop.trim();
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}
