import { readCookie, type Cookies } from '#nest';
import { isShipmateError } from '#kernel';
import type { Identity } from '#access';
import type { EdgeSignIns } from '#edge';

/** As much of a request as says who sent it. */
export interface Visit {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Who a browser's user is; `unavailable` while that cannot be looked up. */
export type Visitor = Identity | 'unavailable' | undefined;

/** Who has signed in, by the cookies of requests. */
export class Visitors {
  constructor(
    private readonly signIns: Pick<EdgeSignIns, 'browsers'>,
    readonly cookies: Cookies,
  ) {}

  /** The secret in the cookie of a request. */
  secretOf({ headers: { cookie } }: Visit): string | undefined {
    return readCookie(typeof cookie === 'string' ? cookie : undefined, this.cookies.session);
  }

  /** Nobody is signed in any more with the cookie of a request. */
  async forget(visit: Visit): Promise<void> {
    const secret = this.secretOf(visit);
    if (secret !== undefined) await this.signIns.browsers.remove(secret);
  }

  async of(visit: Visit): Promise<Visitor> {
    const secret = this.secretOf(visit);
    if (secret === undefined) return undefined;
    try {
      return await this.signIns.browsers.find(secret);
    } catch (error) {
      if (isShipmateError(error) && error.temporary) return 'unavailable';
      throw error;
    }
  }
}
