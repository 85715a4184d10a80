import { isIP } from 'node:net';
import { plainAddress } from './address.js';
import type { AddressRanges } from './address-ranges.js';

/** Proxies in a row that are looked through; a longer list is somebody's own invention. */
const MOST_PROXIES = 16;

/** The header in which proxies tell whose request it is: the usual one, or that of RFC 7239. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded';

/** As much of a request over HTTP as tells where it comes from. */
export interface ForwardedRequest {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Which proxies are believed, and by which header. */
export interface ForwardedTrust {
  readonly trusted: AddressRanges;
  readonly header: ForwardedHeader;
}

/**
 * Whose request it is: the peer's own address, or, where the peer is a trusted proxy, the last address of the header that is not
 * one too. What a client itself wrote into that header stands before, and is not believed; the other header is not looked at, for
 * a proxy that does not know it passes on what a client wrote there.
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

/** The `for` of one element of Forwarded: `for="[2001:db8::1]:443";proto=https` (RFC 7239 4). Hidden and unknown ones are no address. */
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
