import {
  AccessList,
  AddressRanges,
  clientAddress,
  plainAddress,
  type Barred,
  type ForwardedRequest,
  type ForwardedTrust,
} from '#address';
import type { Config } from '#platform';
import type { UntrustedProxies } from './untrusted-proxies.js';

const FORWARDED = ['x-forwarded-for', 'forwarded'] as const;

/** The addresses of clients, and whether they may connect. */
export class ClientAddresses {
  readonly #trust: ForwardedTrust;
  readonly #list: AccessList;

  constructor(
    { trustedProxies, forwardedHeader, access }: Pick<Config, 'trustedProxies' | 'forwardedHeader' | 'access'>,
    private readonly untrusted?: UntrustedProxies,
  ) {
    this.#trust = { trusted: new AddressRanges(trustedProxies), header: forwardedHeader };
    this.#list = new AccessList(access);
  }

  /** The client's address of a request over HTTP. */
  of(request: ForwardedRequest): string {
    const header = FORWARDED.find((name) => request.headers[name] !== undefined);
    const peer = plainAddress(request.socket.remoteAddress ?? '');
    if (header !== undefined && !this.isProxy(peer)) this.untrusted?.note(peer, header);
    return clientAddress(request, this.#trust);
  }

  isProxy(address: string): boolean {
    return this.#trust.trusted.has(address);
  }

  /** An SSH connection of this peer was ended for its PROXY header. */
  proxyHeaderRefused(peer: string): void {
    if (!this.isProxy(peer)) this.untrusted?.note(peer, 'PROXY');
  }

  /** Why an address may not connect; undefined if it may. */
  bars(address: string): Barred | undefined {
    return this.#list.bars(address);
  }
}
