import {
  AccessList,
  AddressRanges,
  clientAddress,
  PRIVATE_RANGES,
  type Barred,
  type ForwardedRequest,
  type ForwardedTrust,
} from '#address';
import type { Config } from '#platform';

/** Whose connection it is, and whether they may connect at all. */
export class Gate {
  readonly #trust: ForwardedTrust;
  readonly #list: AccessList;

  constructor({
    trustedProxies,
    forwardedHeader,
    access,
  }: Pick<Config, 'trustedProxies' | 'forwardedHeader' | 'access'>) {
    this.#trust = { trusted: new AddressRanges(trustedProxies ?? PRIVATE_RANGES), header: forwardedHeader };
    this.#list = new AccessList(access);
  }

  /** The client's address of a request over HTTP. */
  address(request: ForwardedRequest): string {
    return clientAddress(request, this.#trust);
  }

  isProxy(address: string): boolean {
    return this.#trust.trusted.has(address);
  }

  /** Why an address may not connect; undefined: it may. */
  bars(address: string): Barred | undefined {
    return this.#list.bars(address);
  }
}
