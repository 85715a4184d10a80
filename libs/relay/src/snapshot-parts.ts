import type { SnapshotEnvelope } from './envelope.js';

/** Puts the parts of a snapshot together. One snapshot at a time: a part of another one starts again. Bounded by the envelope. */
export class SnapshotParts {
  #id: number | undefined;
  #got: Uint8Array[] = [];

  /** The whole, once `envelope` brought the last part. A hole spoils it: then nothing comes until the next one. */
  add({ id, part, parts, payload }: SnapshotEnvelope): Uint8Array | undefined {
    if (part === 0) {
      this.#id = id;
      this.#got = [];
    }
    if (this.#id !== id || part !== this.#got.length) return undefined;
    this.#got.push(payload);
    if (this.#got.length < parts) return undefined;
    const whole = this.#got;
    this.#id = undefined;
    this.#got = [];
    return whole.length === 1 ? whole[0] : Buffer.concat(whole);
  }
}
