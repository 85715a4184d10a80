import { AddressRanges } from './address-ranges.js';

/** Why an address may not connect. */
export type Barred = 'denied' | 'not-allowed';

/** Which addresses may connect. A denied address may not, even if it is allowed too: one entry is enough to shut somebody out. */
export class AccessList {
  readonly #allow: AddressRanges | undefined;
  readonly #deny: AddressRanges;

  /** @throws ShipmateError `config`, naming the text that is not a range */
  constructor({ allow, deny }: { readonly allow: readonly string[] | undefined; readonly deny: readonly string[] }) {
    this.#allow = allow && new AddressRanges(allow);
    this.#deny = new AddressRanges(deny);
  }

  /** Undefined if it may connect. */
  bars(address: string): Barred | undefined {
    if (this.#deny.has(address)) return 'denied';
    return this.#allow === undefined || this.#allow.has(address) ? undefined : 'not-allowed';
  }
}

/** What people read whom the list keeps out. */
export const barredText = (address: string): string =>
  `This server does not accept connections from your address ${address}. Its operator can change that`;
