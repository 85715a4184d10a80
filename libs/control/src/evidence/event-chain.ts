import { createHash, randomBytes } from 'node:crypto';
import { REFUSED, type AuditEvent, type ChainLink } from '../events.js';
import type { EventSigner } from './event-keys.js';

/**
 * What is signed of an event: everything, its place in its chain, and the hash of the event before it. The format is fixed:
 * whoever changes it makes what older versions signed unreadable.
 */
export function signedText(event: AuditEvent, link: Omit<ChainLink, 'signature'>): string {
  const details = Object.entries(event.details).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const about = [event.at, event.type, event.session ?? null, event.by ?? null, details];
  return `shipmate event 1\n${JSON.stringify([link.id, link.number, link.before, link.beforeAt, ...about])}`;
}

/** The hash by which the next event names this one: SHA-256, base64url, 43 characters. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/**
 * Signs the events of one process, each with the hash of the one before: a chain. Two chains, because a log forgets refusals sooner than
 * other events. A process begins new chains whenever it starts.
 */
export class EventChains {
  readonly #others: Chain;
  readonly #refusals: Chain;

  constructor(signer: EventSigner) {
    this.#others = new Chain(signer);
    this.#refusals = new Chain(signer);
  }

  /** The event with its place in the chain. Call it once for each event, in the order in which they are stored. */
  add(event: AuditEvent): AuditEvent {
    return (event.type === REFUSED ? this.#refusals : this.#others).add(event);
  }
}

class Chain {
  readonly #id = randomBytes(12).toString('base64url');
  #number = 0;
  #before = '';
  #beforeAt = 0;

  constructor(private readonly signer: EventSigner) {}

  add(event: AuditEvent): AuditEvent {
    const link = { id: this.#id, number: this.#number + 1, before: this.#before, beforeAt: this.#beforeAt };
    const text = signedText(event, link);
    const linked = { ...event, chain: { ...link, signature: this.signer.sign(text) } };
    [this.#number, this.#before, this.#beforeAt] = [link.number, hashOf(text), event.at];
    return linked;
  }
}
