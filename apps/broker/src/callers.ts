import { timingSafeEqual } from 'node:crypto';
import { HOST_SECRET_PREFIX, type HostSecrets, type Identity, type Limiter } from '#access';
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
/**
 * A page of ours sends it when a cookie says who calls. Other sites' pages cannot: a browser asks before it sends such a header to another
 * origin, and nobody here says yes.
 */
const PAGE_HEADER = 'x-shipmate-page';

/** Of a request, in lower case. */
type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What tells callers apart. */
export interface CallersOptions {
  readonly hosts: Pick<HostSecrets, 'sessionOf'>;
  /** Operators and users; absent where only hosts may call. */
  readonly people?: { readonly adminToken: string; readonly accounts: Pick<Accounts, 'findCredential'> };
  /** Who has signed in in the browser that calls, by its cookie; absent where nobody calls in that way. */
  readonly signedIn?: {
    readonly find: (headers: Headers) => Promise<Identity | undefined>;
    readonly mayOperate: (who: Identity) => boolean;
  };
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

  /**
   * Undefined without a token, unless one of our pages calls for somebody who has signed in. 401 for a wrong token, 429 after too many of
   * them from one address; 403 for somebody who may not operate the server.
   */
  async identify(headers: Headers, address: string): Promise<Caller | undefined> {
    const { authorization } = headers;
    const token = /^Bearer +(\S+) *$/i.exec(typeof authorization === 'string' ? authorization : '')?.[1];
    if (token === undefined) return authorization === undefined ? await this.#operator(headers, address) : undefined;
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

  async #operator(headers: Headers, address: string): Promise<Caller | undefined> {
    const { signedIn, refusals } = this.options;
    const site = headers['sec-fetch-site'];
    // A cookie comes along with what other sites make a browser send, too: it counts only for a page of ours.
    if (signedIn === undefined || headers[PAGE_HEADER] === undefined) return undefined;
    if (site !== undefined && site !== 'same-origin') return undefined;
    const who = await signedIn.find(headers);
    if (who === undefined) return undefined;
    if (!signedIn.mayOperate(who)) {
      refusals.note('not-operator', address, 'api');
      throw new Problem(403, 'forbidden', `You are signed in as ${who.name}, but may not operate this server`);
    }
    return { scope: 'admin', user: undefined, name: `person:${who.provider}:${who.subject}` };
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
