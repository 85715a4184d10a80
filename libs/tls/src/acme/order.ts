import type * as Acme from 'acme-client';
import { ShipmateError } from '#kernel';
import type { AcmeChallenge, ChallengeKind, Challenges } from './challenges.js';

/** The longest silence of an ACME server, in ms. */
const REQUEST_MS = 30_000;
/** The longest answer, in bytes: a chain has some 6 KB. */
const MAX_ANSWER_BYTES = 1024 * 1024;
/** How often an ACME server is asked whether it is done, and how long in between, in ms. */
const POLL = { backoffAttempts: 10, backoffMin: 1_000, backoffMax: 10_000 } as const;
/** The longest wait that is believed of an ACME server, in ms: a day. A certificate must not end for a slip of its. */
const MAX_RETRY_AFTER_MS = 86_400_000;
/** Of what an ACME server says, in characters: enough for its sentence. */
const MAX_REASON = 300;

/** The library's types know no tls-alpn-01. */
const KINDS: ReadonlySet<string> = new Set<ChallengeKind>(['http-01', 'tls-alpn-01']);

/** What an ACME server's operator gave to begin an account with (External Account Binding, RFC 8555 7.3.4). */
export interface ExternalAccount {
  readonly keyId: string;
  /** base64url. */
  readonly hmacKey: string;
}

/** Where to get a certificate, for what, and as whom. */
export interface AcmeOrder {
  readonly directoryUrl: string;
  /** Undefined: no address is told. */
  readonly email: string | undefined;
  readonly names: readonly string[];
  /** PEM. */
  readonly accountKey: string;
  /** Connects the account with one that the ACME server's operator has; undefined: the server does not ask for it. */
  readonly externalAccount?: ExternalAccount | undefined;
  /** Tried first where the server offers it. */
  readonly prefer: ChallengeKind;
}

/** A certificate with its chain, and its key, both PEM. */
export interface Issued {
  readonly chain: string;
  readonly key: string;
}

/** An order that came to nothing. `message` may be logged: it has nothing of a key. */
export class OrderFailed extends ShipmateError {
  constructor(
    message: string,
    /** Not before so many ms, says the server; 0: it did not say. */
    readonly retryAfterMs: number,
    options?: ErrorOptions,
  ) {
    super('unavailable', message, options);
  }
}

/** A new key for an account, PEM. */
export async function makeAccountKey(): Promise<string> {
  const acme = await loadAcme();
  return (await acme.crypto.createPrivateEcdsaKey()).toString();
}

/** Orders a certificate. Throws `OrderFailed` when the server is away, refuses or answers nonsense. */
export async function orderCertificate(order: AcmeOrder, challenges: Challenges): Promise<Issued> {
  const acme = await loadAcme();
  retryAfterMs = 0;
  try {
    const { directoryUrl, accountKey, names, email, externalAccount: bound } = order;
    const binding = bound && { externalAccountBinding: { kid: bound.keyId, hmacKey: bound.hmacKey } };
    const client = new acme.Client({ directoryUrl, accountKey, ...binding, ...POLL });
    const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
    await client.createAccount({ termsOfServiceAgreed: true, ...contact });
    const placed = await client.createOrder({ identifiers: names.map((value) => ({ type: 'dns', value })) });
    for (const authorization of await client.getAuthorizations(placed)) {
      if (authorization.status !== 'valid') await authorize(client, authorization, order.prefer, challenges);
    }
    const [key, csr] = await acme.crypto.createCsr({ altNames: [...names] }, await acme.crypto.createPrivateEcdsaKey());
    const chain = await client.getCertificate(await client.finalizeOrder(placed, csr));
    return { chain, key: key.toString() };
  } catch (error) {
    throw new OrderFailed(reasonOf(error), retryAfterMs, { cause: error });
  }
}

/** How long to wait, says what the ACME server has answered to the order that is under way: a process has one at a time. */
let retryAfterMs = 0;
type Library = (typeof Acme)['default'];
let loaded: Promise<Library> | undefined;

/** Loads the library when it is needed first. */
async function loadAcme(): Promise<Library> {
  loaded ??= import('acme-client').then(({ default: acme }) => {
    const { defaults, interceptors } = acme.axios;
    Object.assign(defaults, { timeout: REQUEST_MS, maxContentLength: MAX_ANSWER_BYTES });
    // Whoever orders waits between attempts, and longer than the library would.
    (defaults as unknown as { acmeSettings: { retryMaxAttempts: number } }).acmeSettings.retryMaxAttempts = 0;
    interceptors.response.use(undefined, noteFailure);
    // Before the library's own, which takes every answer for a failure first, and fails itself where there is none.
    const { handlers } = interceptors.response as unknown as { readonly handlers: unknown[] };
    handlers.unshift(handlers.pop());
    return acme;
  });
  return await loaded;
}

function noteFailure(error: {
  config?: unknown;
  response?: { status: number; headers: Record<string, unknown> };
}): never {
  const { response } = error;
  // Without it, the library passes the error on as it is.
  if (response === undefined) delete error.config;
  else if (response.status >= 400) retryAfterMs = Math.max(retryAfterMs, retryAfter(response.headers['retry-after']));
  throw error as Error;
}

async function authorize(
  client: Acme.Client,
  authorization: Acme.Authorization,
  prefer: ChallengeKind,
  challenges: Challenges,
): Promise<void> {
  const offered = authorization.challenges.filter(({ type }) => KINDS.has(type));
  const chosen = offered.find(({ type }) => type === prefer) ?? offered[0];
  const name = authorization.identifier.value;
  if (chosen === undefined) throw new Error(`the server offers neither http-01 nor tls-alpn-01 for ${name}`);
  const challenge: AcmeChallenge = {
    kind: chosen.type as ChallengeKind,
    name,
    token: chosen.token,
    keyAuthorization: await client.getChallengeKeyAuthorization(chosen),
  };
  await challenges.offer(challenge);
  try {
    await client.completeChallenge(chosen);
    await client.waitForValidStatus(chosen);
  } finally {
    await challenges.withdraw(challenge);
  }
}

/** Of a header: seconds or a date. */
export function retryAfter(header: unknown, nowMs = Date.now()): number {
  if (typeof header !== 'string') return 0;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isFinite(seconds) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(0, seconds * 1000)) : 0;
}

/** In one line without control characters. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  const text = message === undefined || message === '' ? (code ?? 'the server did not answer') : message;
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_REASON);
}
