import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals texts (AES-256-GCM, by a key of the fleet's secret; a name is bound in), so that whoever reads the store learns nothing. */
export class Sealer {
  readonly #keys: readonly [Uint8Array, ...Uint8Array[]];

  /** `accepted` are further secrets: opened, but not sealed with. `purpose` keeps the keys of different uses apart. */
  constructor(secret: string, accepted: readonly string[], purpose: string) {
    const keyOf = (one: string): Uint8Array => createHmac('sha256', one).update(purpose).digest();
    this.#keys = [keyOf(secret), ...accepted.map(keyOf)];
  }

  seal(name: string, text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0], nonce).setAAD(Buffer.from(name));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
  }

  /** Undefined if none of the secrets opens it under this name. */
  open(name: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    for (const key of this.#keys) {
      const text = open(key, name, bytes);
      if (text !== undefined) return text;
    }
    return undefined;
  }
}

function open(key: Uint8Array, name: string, bytes: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(name)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (error) {
    // Node tells a wrong tag by an error without a code of its own.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
