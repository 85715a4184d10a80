import { timingSafeEqual } from 'node:crypto';
import type { Limiter } from '#access';
import { hashSecret, type Accounts, type Refusals, type Scope } from '#control';
import { Problem } from './api/problem.js';
import type { ApiLimit } from './api-limits.js';

/** A caller of the API. */
export interface Caller {
  readonly scope: Scope;
  /** Of scope `user`: whose API key it is. */
  readonly user: string | undefined;
  /** For the events: `admin`, `token:ID`, `user:ada`. */
  readonly name: string;
}

const MAX_TOKEN = 256;

/** Tells who calls by the bearer token. */
export class Callers {
  readonly #adminHash: Buffer;

  constructor(
    adminToken: string,
    private readonly accounts: Accounts,
    private readonly limiter: Limiter<ApiLimit>,
    private readonly refusals: Pick<Refusals, 'note'>,
  ) {
    this.#adminHash = Buffer.from(hashSecret(adminToken));
  }

  /** Undefined without a token. 401 for a wrong one, 429 after too many of them from one address. */
  async identify(authorization: string | undefined, address: string): Promise<Caller | undefined> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const verdict = await this.limiter.check('wrong-bearer', address);
    if (!verdict.allowed) {
      this.refusals.note('too-many', address, 'api');
      const { retryAfterMs } = verdict;
      throw new Problem(429, 'too-many', 'Too many wrong tokens came from your address', { retryAfterMs });
    }
    const caller = token.length > MAX_TOKEN ? undefined : await this.#find(token);
    if (caller !== undefined) return caller;
    this.refusals.note('bearer', address, 'api');
    await this.limiter.failed('wrong-bearer', address);
    throw new Problem(401, 'unauthorized', 'The token is not valid');
  }

  async #find(token: string): Promise<Caller | undefined> {
    const hash = hashSecret(token);
    if (timingSafeEqual(Buffer.from(hash), this.#adminHash)) return { scope: 'admin', user: undefined, name: 'admin' };
    const found = await this.accounts.findCredential(hash);
    if (found === undefined) return undefined;
    const name = found.user === undefined ? `token:${found.id}` : `user:${found.user}`;
    return { scope: found.scope, user: found.user, name };
  }
}
