import { isShipmateError, NO_TRACER, traced, type Clock, type Tracer } from '#kernel';
import type { Delivery, Letter, WebhookSealer } from '#control';
import { Destinations, RefusedDestination, type Destination } from './destinations.js';
import { post, type PostAnswer } from './post.js';
import { signatureHeaders } from './signature.js';

/** The result of one attempt. `refused`: another attempt would fail too. */
export type Outcome = { readonly result: 'ok' } | { readonly result: 'failed' | 'refused'; readonly why: string };

export interface CourierOptions {
  readonly sealer: Pick<WebhookSealer, 'open'>;
  readonly destinations: Destinations;
  readonly clock: Clock;
  /** `Authorization: Bearer` and the signature's key for what the operator configured; a session's host never sees them. */
  readonly token: string | undefined;
  readonly key: string | undefined;
  /** Whether deliveries that sessions' hosts asked for are made. */
  readonly forSessions: boolean;
  readonly tracer?: Tracer;
}

/** One attempt with all its redirects, in ms: longer than any receiver has reason to take. */
export const ATTEMPT_MS = 10_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 307, 308]);
const GONE = 410;
const USER_AGENT = 'shipmate-webhooks/1';

/** Carries one delivery to its receiver, once. */
export class Courier {
  constructor(private readonly options: CourierOptions) {}

  async carry(delivery: Delivery): Promise<Outcome> {
    const letter = this.options.sealer.open(delivery.id, delivery.sealed);
    const options = {
      parent: 'none',
      links: letter?.trace === undefined ? [] : [letter.trace],
      attributes: {
        'shipmate.delivery.id': delivery.id,
        'shipmate.webhook.kind': delivery.lane.kind,
        'shipmate.webhook.type': delivery.type,
        'shipmate.session.id': delivery.lane.session,
      },
    } as const;
    return await traced(this.options.tracer ?? NO_TRACER, 'webhook.deliver', options, async (span) => {
      const outcome = await this.#carry(delivery, letter, span.traceparent);
      if (outcome.result !== 'ok') span.fail(outcome.result);
      return outcome;
    });
  }

  async #carry(delivery: Delivery, letter: Letter | undefined, traceparent: string | undefined): Promise<Outcome> {
    if (letter === undefined) return { result: 'refused', why: 'it was sealed with another SHIPMATE_SECRET' };
    if (delivery.lane.kind === 'session' && !this.options.forSessions) {
      return { result: 'refused', why: 'webhooks of sessions are switched off' };
    }
    const late = new AbortController();
    const timer = this.options.clock.after(ATTEMPT_MS, () => late.abort());
    try {
      return await this.#follow(delivery, letter, late.signal, traceparent);
    } catch (error) {
      if (error instanceof RefusedDestination) return { result: 'refused', why: error.message };
      if (late.signal.aborted) return { result: 'failed', why: `no answer within ${ATTEMPT_MS / 1000} s` };
      return { result: 'failed', why: failure(error) };
    } finally {
      timer.cancel();
    }
  }

  async #follow(
    delivery: Delivery,
    letter: Letter,
    signal: AbortSignal,
    traceparent: string | undefined,
  ): Promise<Outcome> {
    const time = letter.whole === true ? {} : { timestamp: new Date(delivery.at).toISOString() };
    const body = JSON.stringify({ ...letter.body, ...time });
    let destination = await within(this.options.destinations.find(letter.url, delivery.lane.kind), signal);
    const { origin } = destination.url;
    for (let hop = 0; ; hop++) {
      const atHome = destination.url.origin === origin;
      // The operator's own receivers may go on with the trace; nobody else need know that there is one.
      const traces = atHome && delivery.lane.kind === 'fleet' && traceparent !== undefined ? { traceparent } : {};
      const headers = { ...this.#headers(delivery, letter, body, atHome), ...traces };
      const answer = await post(
        withoutUser(destination),
        { ...headers, ...basic(letter, destination, origin) },
        body,
        signal,
      );
      const next = nextOf(answer, destination.url);
      if (next === undefined) return outcomeOf(answer);
      if (hop >= MAX_REDIRECTS) return { result: 'failed', why: 'it redirects too often' };
      if (destination.url.protocol === 'https:' && next.startsWith('http:')) {
        return { result: 'refused', why: 'it redirects from https to http' };
      }
      try {
        const trusted = URL.canParse(next) && new URL(next).origin === origin ? delivery.lane.kind : 'redirect';
        destination = await within(this.options.destinations.find(next, trusted), signal);
      } catch (error) {
        if (error instanceof RefusedDestination)
          return { result: 'refused', why: `it redirects, and ${error.message}` };
        throw error;
      }
    }
  }

  /** The operator's token goes nowhere but where the operator said. */
  #headers({ id, lane }: Delivery, letter: Letter, body: string, atHome: boolean): Record<string, string> {
    const { token, key, clock } = this.options;
    const own = lane.kind === 'session';
    const plain = { 'content-type': 'application/json', 'user-agent': USER_AGENT };
    if (letter.whole === true) return plain;
    return {
      ...plain,
      ...signatureHeaders(id, body, clock.now(), own ? letter.key : key),
      ...(own || token === undefined || !atHome ? {} : { authorization: `Bearer ${token}` }),
    };
  }
}

/** A receiver's own `user:password@`, if there is no token. */
function basic({ url }: Letter, destination: Destination, origin: string): Record<string, string> {
  const { username, password } = new URL(url);
  if (username === '' || destination.url.origin !== origin) return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function withoutUser({ url, addresses }: Destination): Destination {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return { url: plain, addresses };
}

function nextOf({ status, location }: PostAnswer, from: URL): string | undefined {
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from).href : location;
}

function outcomeOf({ status }: PostAnswer): Outcome {
  if (status >= 200 && status < 300) return { result: 'ok' };
  if (status === GONE) return { result: 'refused', why: 'the receiver answered 410 Gone' };
  return { result: 'failed', why: `the receiver answered ${status}` };
}

/** A code such as `ECONNREFUSED`: an error's text may quote the URL, which may hold a secret. */
function failure(error: unknown): string {
  if (isShipmateError(error)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? `it cannot be reached: ${code}` : 'it cannot be reached';
}

/** Gives up on what cannot be aborted: a name's lookup. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
