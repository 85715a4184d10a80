import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Where a delivery goes and what it says. */
export interface Letter {
  readonly url: string;
  /** tmate's body without `timestamp`, which follows from the time of the event. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The whole body, for a receiver with a format of its own; it gets no token and no signature. */
  readonly whole?: boolean;
  /** What a session's host wants its deliveries signed with. */
  readonly key?: string;
  /** Where it came from, as a `traceparent`. */
  readonly trace?: string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what waits for delivery: it holds a session's tokens, and where receivers are, and none of that is to lie in Redis
 * to be read. AES-256-GCM by a key of the fleet's secret; the delivery's id is bound in, so that none can be put for another.
 */
export class WebhookSealer {
  readonly #keys: readonly [Uint8Array, ...Uint8Array[]];
  readonly #groups: Uint8Array;

  /** `accepted` are further secrets: opened, but not sealed with. */
  constructor(secret: string, accepted: readonly string[] = []) {
    this.#keys = [letterKey(secret), ...accepted.map(letterKey)];
    this.#groups = createHmac('sha256', secret).update('shipmate webhook groups 1').digest();
  }

  seal(id: string, letter: Letter): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys[0], nonce).setAAD(Buffer.from(id));
    const text = Buffer.concat([cipher.update(JSON.stringify(letter), 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url');
  }

  /** Undefined when it was sealed for another id, with another secret, or is damaged. */
  open(id: string, sealed: string): Letter | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
    for (const key of this.#keys) {
      const letter = openWith(key, id, bytes);
      if (letter !== undefined) return letter;
    }
    return undefined;
  }

  /** The same for all URLs of one server, by which deliveries to it are counted: 16 characters that do not tell which. */
  groupOf(url: string): string {
    return createHmac('sha256', this.#groups).update(new URL(url).origin).digest('base64url').slice(0, 16);
  }
}

const letterKey = (secret: string): Uint8Array =>
  createHmac('sha256', secret).update('shipmate webhook letters 1').digest();

function openWith(key: Uint8Array, id: string, bytes: Buffer): Letter | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(text.toString('utf8')) as Letter;
  } catch (error) {
    // For a wrong tag, Node throws an error without a code.
    if (error instanceof Error) return undefined;
    throw error;
  }
}
