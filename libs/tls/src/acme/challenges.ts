import { createSecureContext, type SecureContext } from 'node:tls';
import type { Vault } from '#control';

/** How an ACME server can check whether names lead here (RFC 8555 8.3, RFC 8737). */
export type ChallengeKind = 'http-01' | 'tls-alpn-01';

/** What an ACME server asks for. */
export interface AcmeChallenge {
  readonly kind: ChallengeKind;
  readonly name: string;
  readonly token: string;
  /** What answers it: no secret. */
  readonly keyAuthorization: string;
}

/** How long an answer is kept if nobody withdraws it, in ms: longer than an order may take. */
const KEPT_MS = 900_000;
/** Answers that are looked up at once; who asks for more is told to come again: a flood must not be one at the store. */
const MOST_LOOKUPS = 16;

/** Answers to challenges, which any process that shares the vault can give. */
export class Challenges {
  #lookups = 0;

  constructor(private readonly vault: Vault) {}

  async offer(challenge: AcmeChallenge): Promise<void> {
    await this.vault.put(entryOf(challenge), challenge.keyAuthorization, KEPT_MS);
  }

  async withdraw(challenge: AcmeChallenge): Promise<void> {
    await this.vault.drop(entryOf(challenge));
  }

  /** What answers http-01; undefined: there is no such challenge. */
  async byToken(token: string): Promise<string | undefined> {
    return await this.#look(`http-${token}`);
  }

  /** What answers tls-alpn-01; undefined: there is no such challenge. */
  async byName(name: string): Promise<SecureContext | undefined> {
    const keyAuthorization = await this.#look(`alpn-${name.toLowerCase()}`);
    if (keyAuthorization === undefined) return undefined;
    const { default: acme } = await import('acme-client');
    const identifier = { type: 'dns', value: name.toLowerCase() };
    const [key, cert] = await acme.crypto.createAlpnCertificate({ identifier } as never, keyAuthorization);
    return createSecureContext({ key, cert });
  }

  async #look(entry: string): Promise<string | undefined> {
    if (this.#lookups >= MOST_LOOKUPS) throw new Error('too many lookups at once');
    this.#lookups += 1;
    try {
      return await this.vault.get(entry);
    } finally {
      this.#lookups -= 1;
    }
  }
}

const entryOf = ({ kind, name, token }: AcmeChallenge): string =>
  kind === 'http-01' ? `http-${token}` : `alpn-${name.toLowerCase()}`;
