import { isIP } from 'node:net';
import { plainAddress, type AddressRanges } from '#access';

/** Proxies in a row that are looked through; a longer list is somebody's own invention. */
const MOST_PROXIES = 16;

/**
 * Whose request it is: the peer's own address, or, where the peer is a trusted proxy, the last address of
 * `X-Forwarded-For` that is not one too. What a client itself wrote into that header stands before, and is not believed.
 */
export function clientAddress(
  peer: string | undefined,
  forwardedFor: string | string[] | undefined,
  trusted: AddressRanges,
): string {
  let address = plainAddress(peer ?? '');
  const text = Array.isArray(forwardedFor) ? forwardedFor.join(',') : (forwardedFor ?? '');
  const hops = text.split(',').slice(-MOST_PROXIES);
  while (hops.length > 0 && trusted.has(address)) {
    const hop = bare(hops.pop() ?? '');
    if (isIP(hop) === 0) break;
    address = plainAddress(hop);
  }
  return address;
}

/** Without the port that some proxies add: `192.0.2.1:5678`, `[2001:db8::1]:5678`. */
function bare(hop: string): string {
  const text = hop.trim();
  return /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1] ?? text;
}
