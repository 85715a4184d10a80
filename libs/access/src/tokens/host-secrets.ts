import { createHmac, timingSafeEqual } from 'node:crypto';
import { sessionId, type SessionId } from '#kernel';

/** What the secrets of hosts begin with. */
export const HOST_SECRET_PREFIX = 'smh-';

/** Keeps these apart from anything else that the fleet's secret signs. */
const PURPOSE = 'shipmate host secret 1';
/** 192 bits. */
const MAC_BYTES = 24;
/** `smh-`, the session's id, a dot, 32 characters of base64url. */
const HOST_SECRET = new RegExp(`^${HOST_SECRET_PREFIX}([0-9A-Za-z-]{1,64})\\.[0-9A-Za-z_-]{32}$`);

/**
 * The secrets with which hosts manage their own sessions through the API. A session's secret follows from its id and the fleet's secret:
 * every process knows it, nobody stores it, and it stays the same when the host reconnects or the session moves.
 */
export class HostSecrets {
  readonly #keys: readonly Uint8Array[];

  /** `accepted` are further secrets of the fleet, the next one or the one before: believed, but not used to make new ones. */
  constructor(secret: string, accepted: readonly string[] = []) {
    this.#keys = [secret, ...accepted].map((one) => createHmac('sha256', one).update(PURPOSE).digest());
  }

  /** The secret of a session's host, 101 characters for an id of the usual length; all of them fit into a URL as they are. */
  of(session: SessionId): string {
    return secretOf(this.#keys[0] ?? new Uint8Array(), session);
  }

  /** The session that this is the secret for; undefined for any other text. Whether that session exists is another question. */
  sessionOf(text: string): SessionId | undefined {
    const id = HOST_SECRET.exec(text)?.[1];
    if (id === undefined) return undefined;
    const session = sessionId(id);
    // Every key is tried, so that the time does not tell which one fits. Compared as text: base64url has several forms for the same bytes.
    const genuine = this.#keys.map((key) => timingSafeEqual(Buffer.from(secretOf(key, session)), Buffer.from(text)));
    return genuine.includes(true) ? session : undefined;
  }
}

function secretOf(key: Uint8Array, session: SessionId): string {
  const mac = createHmac('sha256', key).update(session).digest().subarray(0, MAC_BYTES);
  return `${HOST_SECRET_PREFIX}${session}.${mac.toString('base64url')}`;
}
