import { timingSafeEqual } from 'node:crypto';
import {
  HOST_SECRET_PREFIX,
  LINK_PREFIX,
  parseLink,
  personId,
  type HostSecrets,
  type Identity,
  type Limiter,
} from '#access';
import type { SessionId } from '#kernel';
import { hashSecret, type Accounts, type Refusals, type Scope } from '#control';
import { Problem } from './api/problem.js';
import type { ApiLimit } from './api-limits.js';

/** What a caller may do: as a token's scope says, what a host may do with its own session, or to decide once about one person. */
export type CallerScope = Scope | 'host' | 'link';

/** A caller of the API. */
export interface Caller {
  readonly scope: CallerScope;
  /** Of scope `user`: whose API key it is. */
  readonly user: string | undefined;
  /** Of scope `host`: the one session that it may see. Of scope `link`: the session that somebody waits to join. */
  readonly session?: SessionId;
  /** Of scope `link`: what identifies the person who waits. A secret. */
  readonly code?: string;
  /** For the events: `admin`, `token:ID`, `user:ada`, `host`, `link`, `person:PROVIDER:SUBJECT`. */
  readonly name: string;
}

const MAX_TOKEN = 256;
/** Whoever calls with a link, and has not signed in. */
export const LINK_NAME = 'link';
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
    /** Absent where operators do not call. */
    readonly mayOperate?: (who: Identity) => boolean;
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
    const caller = token.length > MAX_TOKEN ? undefined : await this.#find(token, headers);
    if (caller !== undefined) return caller;
    refusals.note('bearer', address, 'api');
    await limiter.failed('wrong-bearer', address);
    throw new Problem(401, 'unauthorized', 'The token is not valid');
  }

  async #operator(headers: Headers, address: string): Promise<Caller | undefined> {
    const { refusals } = this.options;
    const { mayOperate } = this.options.signedIn ?? {};
    const who = mayOperate && (await this.#visitor(headers));
    if (who === undefined) return undefined;
    if (!mayOperate?.(who)) {
      refusals.note('not-operator', address, 'api');
      throw new Problem(403, 'forbidden', `You are signed in as ${who.name}, but may not operate this server`);
    }
    return { scope: 'admin', user: undefined, name: `person:${personId(who)}` };
  }

  /** Who has signed in in the browser that calls. */
  async #visitor(headers: Headers): Promise<Identity | undefined> {
    const site = headers['sec-fetch-site'];
    // A cookie comes along with what other sites make a browser send, too: it counts only for a page of ours.
    if (headers[PAGE_HEADER] === undefined || (site !== undefined && site !== 'same-origin')) return undefined;
    return await this.options.signedIn?.find(headers);
  }

  async #find(token: string, headers: Headers): Promise<Caller | undefined> {
    const { hosts, people } = this.options;
    const link = token.startsWith(LINK_PREFIX) ? parseLink(token) : undefined;
    if (link !== undefined) {
      const who = await this.#visitor(headers);
      const name = who === undefined ? LINK_NAME : `person:${personId(who)}`;
      return { scope: 'link', user: undefined, session: link.sessionId, code: link.code, name };
    }
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
