import { createPrivateKey, createPublicKey, hkdfSync, sign, verify, type KeyObject } from 'node:crypto';

/** Keeps this key apart from everything else that is derived from the fleet's secret. */
const PURPOSE = 'shipmate events 1';
/** PKCS #8 before the 32 bytes of an Ed25519 private key (RFC 8410). */
const PRIVATE_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
/** SubjectPublicKeyInfo before the 32 bytes of an Ed25519 public key (RFC 8410). */
const PUBLIC_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

/** An Ed25519 public key as people copy it: `ed25519:` and 43 characters of base64url. */
export type EventPublicKey = string;

const PUBLIC_KEY = /^ed25519:([A-Za-z0-9_-]{43})$/;
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/** Signs events with an Ed25519 key that follows from the fleet's secret: every process of a fleet has the same. */
export class EventSigner {
  readonly publicKey: EventPublicKey;
  readonly #key: KeyObject;

  constructor(secret: string) {
    const seed = Buffer.from(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES));
    this.#key = createPrivateKey({ key: Buffer.concat([PRIVATE_HEAD, seed]), format: 'der', type: 'pkcs8' });
    const der = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.publicKey = `ed25519:${der.subarray(PUBLIC_HEAD.length).toString('base64url')}`;
  }

  /** The signature, base64url, 86 characters. */
  sign(text: string): string {
    return sign(null, Buffer.from(text), this.#key).toString('base64url');
  }
}

/** Checks what an `EventSigner` signed, with one of several public keys: a fleet's secret may have been replaced. */
export class EventSignatures {
  readonly #keys: readonly KeyObject[];

  /** Texts that are no keys are ignored: see `isEventPublicKey`. */
  constructor(keys: readonly EventPublicKey[]) {
    this.#keys = keys.flatMap((text) => {
      const [, body] = PUBLIC_KEY.exec(text) ?? [];
      if (body === undefined) return [];
      const der = Buffer.concat([PUBLIC_HEAD, Buffer.from(body, 'base64url')]);
      return [createPublicKey({ key: der, format: 'der', type: 'spki' })];
    });
  }

  isGenuine(text: string, signature: string): boolean {
    if (!SIGNATURE.test(signature)) return false;
    const [data, bytes] = [Buffer.from(text), Buffer.from(signature, 'base64url')];
    return this.#keys.some((key) => verify(null, data, key, bytes));
  }
}

/** Whether a text is a public key as `EventSigner` gives it. */
export const isEventPublicKey = (text: string): boolean => PUBLIC_KEY.test(text);
