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
  readonly #keys: readonly Uint8Array[];

  /** `accepted` are further secrets: believed, but not signed with. */
  constructor(secret: string, accepted: readonly string[] = []) {
    this.#keys = [secret, ...accepted].map((one) => createHmac('sha256', one).update(PURPOSE).digest());
  }

  /** The header's value. */
  sign(path: string, body: string, nowMs: number): string {
    const [key = new Uint8Array()] = this.#keys;
    return `${nowMs}.${mac(key, path, body, nowMs).toString('base64url')}`;
  }

  /** Whether a process of this fleet made this call, lately. */
  isGenuine(header: string, path: string, body: string, nowMs: number): boolean {
    const [, stamp, signature] = /^(\d{1,15})\.([A-Za-z0-9_-]{43})$/.exec(header) ?? [];
    if (stamp === undefined || signature === undefined) return false;
    const given = Buffer.from(signature, 'base64url');
    const genuine = this.#keys.some((key) => timingSafeEqual(given, mac(key, path, body, Number(stamp))));
    return genuine && Math.abs(nowMs - Number(stamp)) <= MOST_AGE_MS;
  }
}

const mac = (key: Uint8Array, path: string, body: string, stamp: number): Buffer =>
  createHmac('sha256', key).update(`${stamp}\n${path}\n${body}`).digest();
