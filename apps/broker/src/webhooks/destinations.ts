import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { AddressRanges } from '#address';
import type { HookKind } from '#control';

/** An address that a name resolved to. */
export interface Resolved {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Where a request goes: what was looked at is what is connected to, so that a name cannot change its mind between. */
export interface Destination {
  readonly url: URL;
  readonly addresses: readonly Resolved[];
}

/** A URL that nothing is sent to; the text is for an operator. */
export class RefusedDestination extends Error {}

/** Finds the addresses of a name. Rejects if the name has no address. */
export type Resolve = (name: string) => Promise<readonly Resolved[]>;

/** Addresses that are nobody's in public: IANA's registries of special purposes, and what embeds an IPv4 address. */
const NOT_PUBLIC = new AddressRanges([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's virtual public address of the host that a machine runs on: in no registry, and only within Azure.
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
]);
/** All public IPv6 addresses so far; loopback, mapped, translated, local and multicast ones are outside. */
const PUBLIC_IPV6 = new AddressRanges(['2000::/3']);
/** Below this, only the web's own ports: a host must not make a broker speak to other services. */
const FIRST_FREE_PORT = 1024;

/** Whether an address can be anybody's in public. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || NOT_PUBLIC.has(address)) return false;
  // A list takes an IPv4 address that came mapped for what it maps to; both forms were looked at above.
  return isIP(address) === 4 || PUBLIC_IPV6.has(address);
}

/** As the machine finds names, with its hosts file and search domains: for those that an operator wrote. */
const resolveAsHere: Resolve = async (name) =>
  (await lookup(name, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));

/** Uses DNS directly, which takes none of the process's few threads: a deliberately slow name server delays nobody. */
const resolveByDns: Resolve = async (name) => {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 }) as const) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 }) as const) : []),
  ];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
};

/**
 * Checks where deliveries may go. Those that an operator configured may go anywhere; those that a session's host asked for, and
 * every redirect, only to public addresses, or to hosts that the operator allowed by name.
 */
export class Destinations {
  readonly #allowed: ReadonlySet<string>;

  /** `allowed`: names or addresses of hosts, which may be private. */
  constructor(
    allowed: readonly string[],
    private readonly resolve: { readonly trusted: Resolve; readonly others: Resolve } = {
      trusted: resolveAsHere,
      others: resolveByDns,
    },
  ) {
    this.#allowed = new Set(allowed.map((name) => name.toLowerCase()));
  }

  /** Rejects with `RefusedDestination` if the delivery may not go there; with other errors if the name cannot be resolved now. */
  async find(text: string, trusted: HookKind | 'redirect'): Promise<Destination> {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new RefusedDestination('it is not a URL that begins with http:// or https://');
    }
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const free = trusted === 'fleet' || this.#allowed.has(host);
    if (!free && url.port !== '' && Number(url.port) < FIRST_FREE_PORT && url.port !== '80' && url.port !== '443') {
      throw new RefusedDestination(`webhooks may not use port ${url.port}`);
    }
    const family = isIP(host);
    const addresses =
      family === 0
        ? await this.resolve[free ? 'trusted' : 'others'](host)
        : [{ address: host, family: family === 6 ? 6 : 4 } as const];
    if (!free && !addresses.every(({ address }) => isPublicAddress(address))) {
      throw new RefusedDestination('its address is not public');
    }
    return { url, addresses };
  }
}
