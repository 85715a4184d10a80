import { AddressRanges } from './address-ranges.js';

/** Why an address may not connect. */
export type Barred = 'denied' | 'not-allowed';

/** Who may connect at all. Who is denied is, also where they are allowed: to shut somebody out takes one entry, whatever else there is. */
export class AccessList {
  readonly #allow: AddressRanges | undefined;
  readonly #deny: AddressRanges;

  /** @throws ShipmateError `config` naming the range that is none */
  constructor({ allow, deny }: { readonly allow: readonly string[] | undefined; readonly deny: readonly string[] }) {
    this.#allow = allow && new AddressRanges(allow);
    this.#deny = new AddressRanges(deny);
  }

  /** Undefined: it may. */
  bars(address: string): Barred | undefined {
    if (this.#deny.has(address)) return 'denied';
    return this.#allow === undefined || this.#allow.has(address) ? undefined : 'not-allowed';
  }
}

/** What somebody is told whom the list bars. */
export const barredText = (address: string): string =>
  `This server does not accept connections from your address ${address}. Its operator can change that`;
