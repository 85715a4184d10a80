import { createHmac, timingSafeEqual } from 'node:crypto';

/** The header that proves an internal call: `TIME.SIGNATURE`. */
export const INTERNAL_HEADER = 'x-shipmate-call';
/** Where edges ask whose an API key is: `{"hash": …}` is answered with `{"user": …}`, or by 404. */
export const FIND_KEY_PATH = '/internal/v1/api-keys/find';

/** A call is refused when it is older, or clocks differ by more. */
const MOST_AGE_MS = 60_000;
/** Keeps these signatures apart from anything else that the fleet's secret signs. */
const PURPOSE = 'shipmate internal call 1';

/** Signs and checks calls between processes of a fleet: each by the fleet's secret, for its path, its body and a minute. */
export class InternalCalls {
  readonly #key: Uint8Array;

  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update(PURPOSE).digest();
  }

  /** The header's value. */
  sign(path: string, body: string, nowMs: number): string {
    return `${nowMs}.${this.#mac(path, body, nowMs).toString('base64url')}`;
  }

  /** Whether a process of this fleet made this call, lately. */
  isGenuine(header: string, path: string, body: string, nowMs: number): boolean {
    const [, stamp, signature] = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(header) ?? [];
    if (stamp === undefined || signature === undefined) return false;
    const given = Buffer.from(signature, 'base64url');
    const genuine = timingSafeEqual(given, this.#mac(path, body, Number(stamp)));
    return genuine && Math.abs(nowMs - Number(stamp)) <= MOST_AGE_MS;
  }

  #mac(path: string, body: string, stamp: number): Buffer {
    return createHmac('sha256', this.#key).update(`${stamp}\n${path}\n${body}`).digest();
  }
}
