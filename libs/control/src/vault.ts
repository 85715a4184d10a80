import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/**
 * Short texts that the processes of a fleet share, by name, and whose turn it is to make them. Errors: `unavailable` and `timeout` when
 * the store is away.
 */
export interface Vault {
  /** The value under `name`; undefined if nothing is stored there, or if it has expired. */
  get(name: string): Promise<string | undefined>;
  /** Keeps a text, for `forMs` or, where that is left out, until it is replaced. */
  put(name: string, text: string, forMs?: number): Promise<void>;
  drop(name: string): Promise<void>;
  /** Whether it is `holder`'s turn for the next `forMs`: nobody else has one until then. Its holder may prolong it. */
  takeTurn(holder: string, forMs: number): Promise<boolean>;
  /** Ends a turn early. */
  endTurn(holder: string): Promise<void>;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A vault whose lasting texts are sealed (AES-256-GCM, by a key of the fleet's secret; the name is bound in), since they hold keys.
 * What cannot be opened, with none of the secrets, is not there.
 */
export class SealedVault implements Vault {
  readonly #keys: readonly [Uint8Array, ...Uint8Array[]];

  /** `accepted` are further secrets: opened, but not sealed with. */
  constructor(
    private readonly vault: Vault,
    secret: string,
    accepted: readonly string[] = [],
  ) {
    this.#keys = [keyOf(secret), ...accepted.map(keyOf)];
  }

  async get(name: string): Promise<string | undefined> {
    const sealed = await this.vault.get(name);
    if (sealed === undefined) return undefined;
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    for (const key of this.#keys) {
      const text = open(key, name, bytes);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  async put(name: string, text: string, forMs?: number): Promise<void> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0], nonce).setAAD(Buffer.from(name));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    await this.vault.put(name, Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url'), forMs);
  }

  async drop(name: string): Promise<void> {
    await this.vault.drop(name);
  }

  async takeTurn(holder: string, forMs: number): Promise<boolean> {
    return await this.vault.takeTurn(holder, forMs);
  }

  async endTurn(holder: string): Promise<void> {
    await this.vault.endTurn(holder);
  }
}

const keyOf = (secret: string): Uint8Array => createHmac('sha256', secret).update('shipmate vault 1').digest();

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
