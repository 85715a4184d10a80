import { readProxyHeader, type ProxySource } from './proxy-protocol.js';

/** Whether connections begin with a PROXY header. */
export type ProxyMode = 'off' | 'optional' | 'required';

/** The longest identification with its line end (RFC 4253 4.2). */
export const MAX_IDENTIFICATION_BYTES = 255;
const IDENTIFICATION_START = Buffer.from('SSH-');
const LINE_FEED = 10;

export type PrefaceStep =
  | { readonly kind: 'more' }
  /** All is there; `bytes` begin with the identification and are for the transport. */
  | { readonly kind: 'done'; readonly source: ProxySource | undefined; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly reason: 'not-ssh' | 'bad-proxy-header' };

/**
 * The first bytes of a connection, before SSH's transport sees any: a PROXY header if one is allowed, then the client's
 * identification line. Collects them however they are split, because ssh2 loses a line that comes in three pieces, and
 * recognizes a scanner by its first byte. Holds at most a header and a line.
 */
export class Preface {
  #held: Buffer = Buffer.alloc(0);
  #source: ProxySource | undefined;
  #headerDone: boolean;

  /** @param trusted whether the peer's address is one whose header is believed */
  constructor(
    private readonly mode: ProxyMode,
    private readonly trusted: boolean,
  ) {
    this.#headerDone = mode === 'off' || (mode === 'optional' && !trusted);
  }

  /** Where a header is required, nobody without one learns even who we are. */
  get mayGreetFirst(): boolean {
    return this.mode !== 'required';
  }

  push(chunk: Uint8Array): PrefaceStep {
    this.#held = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    if (!this.#headerDone) {
      const step = this.#readHeader();
      if (step !== undefined) return step;
    }
    return this.#readIdentification();
  }

  #readHeader(): PrefaceStep | undefined {
    if (!this.trusted) return refused('bad-proxy-header');
    const header = readProxyHeader(this.#held);
    switch (header.kind) {
      case 'partial':
        return { kind: 'more' };
      case 'malformed':
        return refused('bad-proxy-header');
      case 'absent':
        if (this.mode === 'required') return refused('bad-proxy-header');
        break;
      case 'header':
        this.#source = header.source;
        this.#held = this.#held.subarray(header.length);
    }
    this.#headerDone = true;
    return undefined;
  }

  #readIdentification(): PrefaceStep {
    const start = this.#held.subarray(0, IDENTIFICATION_START.length);
    if (!start.equals(IDENTIFICATION_START.subarray(0, start.length))) {
      // From a peer that is not a trusted proxy: the operator should be told.
      return refused(readProxyHeader(this.#held).kind === 'header' ? 'bad-proxy-header' : 'not-ssh');
    }
    const end = this.#held.subarray(0, MAX_IDENTIFICATION_BYTES).indexOf(LINE_FEED);
    if (end >= 0) return { kind: 'done', source: this.#source, bytes: this.#held };
    return this.#held.length < MAX_IDENTIFICATION_BYTES ? { kind: 'more' } : refused('not-ssh');
  }
}

const refused = (reason: 'not-ssh' | 'bad-proxy-header'): PrefaceStep => ({ kind: 'refused', reason });
