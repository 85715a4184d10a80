import { timingSafeEqual } from 'node:crypto';
import { HOST_SECRET_PREFIX, type HostSecrets, type Limiter } from '#access';
import type { SessionId } from '#kernel';
import { hashSecret, type Accounts, type Refusals, type Scope } from '#control';
import { Problem } from './api/problem.js';
import type { ApiLimit } from './api-limits.js';

/** What a caller may do: as a token's scope says, or what a host may do with its own session. */
export type CallerScope = Scope | 'host';

/** A caller of the API. */
export interface Caller {
  readonly scope: CallerScope;
  /** Of scope `user`: whose API key it is. */
  readonly user: string | undefined;
  /** Of scope `host`: the one session that it may see. */
  readonly session?: SessionId;
  /** For the events: `admin`, `token:ID`, `user:ada`, `host`. */
  readonly name: string;
}

const MAX_TOKEN = 256;

/** What tells callers apart. */
export interface CallersOptions {
  readonly hosts: Pick<HostSecrets, 'sessionOf'>;
  /** Operators and users; absent where only hosts may call. */
  readonly people?: { readonly adminToken: string; readonly accounts: Pick<Accounts, 'findCredential'> };
  readonly limiter: Limiter<ApiLimit>;
  readonly refusals: Pick<Refusals, 'note'>;
}

/** Tells who calls by the bearer token. */
export class Callers {
  readonly #adminHash: Buffer | undefined;

  constructor(private readonly options: CallersOptions) {
    const { people } = options;
    this.#adminHash = people === undefined ? undefined : Buffer.from(hashSecret(people.adminToken));
  }

  /** Undefined without a token. 401 for a wrong one, 429 after too many of them from one address. */
  async identify(authorization: string | undefined, address: string): Promise<Caller | undefined> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const { limiter, refusals } = this.options;
    const verdict = await limiter.check('wrong-bearer', address);
    if (!verdict.allowed) {
      refusals.note('too-many', address, 'api');
      const { retryAfterMs } = verdict;
      throw new Problem(429, 'too-many', 'Too many wrong tokens came from your address', { retryAfterMs });
    }
    const caller = token.length > MAX_TOKEN ? undefined : await this.#find(token);
    if (caller !== undefined) return caller;
    refusals.note('bearer', address, 'api');
    await limiter.failed('wrong-bearer', address);
    throw new Problem(401, 'unauthorized', 'The token is not valid');
  }

  async #find(token: string): Promise<Caller | undefined> {
    const { hosts, people } = this.options;
    const session = token.startsWith(HOST_SECRET_PREFIX) ? hosts.sessionOf(token) : undefined;
    if (session !== undefined) return { scope: 'host', user: undefined, session, name: 'host' };
    const hash = hashSecret(token);
    if (this.#adminHash !== undefined && timingSafeEqual(Buffer.from(hash), this.#adminHash)) {
      return { scope: 'admin', user: undefined, name: 'admin' };
    }
    const found = await people?.accounts.findCredential(hash);
    if (found === undefined) return undefined;
    const name = found.user === undefined ? `token:${found.id}` : `user:${found.user}`;
    return { scope: found.scope, user: found.user, name };
  }
}
