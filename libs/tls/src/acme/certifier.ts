import { Backoff, isShipmateError, Timeout, type Clock, type Disposable } from '#kernel';
import type { Vault } from '#control';
import { readCertificate, type Certificate } from '../certificate.js';
import type { ChallengeKind } from './challenges.js';
import { OrderFailed, type Issued } from './order.js';

/** How often the vault is looked at: whether another process has a new certificate, or a turn is over. In ms. */
const LOOK_MS = 30_000;
/** The same while there is no certificate at all. */
const FIRST_LOOK_MS = 2_000;
/** How long an order may take, in ms; then it has failed. */
const ORDER_MS = 300_000;
/** A turn is longer than an order, so that no two processes order at once. */
const TURN_MS = ORDER_MS + 60_000;
/** Let's Encrypt takes five failures an hour for a name: so few come of these waits, in ms. */
const FIRST_RETRY_MS = 300_000;
const MAX_RETRY_MS = 43_200_000;
/** A certificate is renewed when a third of its time is left, and up to a thirtieth of it earlier, so that not all are at once. */
const RENEW_SHARE = 1 / 3;
const JITTER_SHARE = 1 / 30;

const KINDS: readonly [ChallengeKind, ChallengeKind] = ['tls-alpn-01', 'http-01'];

/** Who hears of certificates. */
export interface CertifierObserver {
  /** Another certificate is in use: ordered by this process, or found in the vault. */
  renewed(certificate: Certificate): void;
  /** An order came to nothing; the next one is in `retryMs`. The certificate before stays. */
  failed(why: string, retryMs: number): void;
}

/** What a certifier needs. */
export interface CertifierOptions {
  readonly clock: Clock;
  readonly names: readonly string[];
  /** The ACME server: a certificate of another one is not ours. */
  readonly directoryUrl: string;
  readonly vault: Vault;
  /** This process, for turns. */
  readonly holder: string;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly makeAccountKey: () => Promise<string>;
  /** Orders a certificate. */
  readonly order: (accountKey: string, prefer: ChallengeKind) => Promise<Issued>;
  readonly observer: CertifierObserver;
}

/** What the vault keeps of a certificate. */
interface Kept extends Issued {
  readonly directoryUrl: string;
}

/**
 * A certificate from an ACME server, renewed in time. Of the processes that share a vault one orders, and all use what it got. While
 * orders fail, the certificate before stays, and the waits between them grow.
 */
export class Certifier implements Disposable {
  #certificate: Certificate | undefined;
  #chain = '';
  #renewAtMs = 0;
  #retryAtMs = 0;
  /** Orders so far, which take turns with the kinds of challenge. */
  #failures = 0;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, MAX_RETRY_MS);
  readonly #nextStep: Timeout;
  #disposed = false;

  constructor(private readonly options: CertifierOptions) {
    this.#nextStep = new Timeout(options.clock);
  }

  /** Undefined: there is none yet. */
  get certificate(): Certificate | undefined {
    return this.#certificate;
  }

  /** Reads what the vault has. `unavailable`: it could not be read. */
  async open(): Promise<void> {
    await this.#load();
  }

  /** Orders from now on when it is time: challenges can be answered. */
  begin(): void {
    this.#nextStep.start(0, () => void this.#step());
  }

  dispose(): void {
    this.#disposed = true;
    this.#nextStep.cancel();
  }

  async #step(): Promise<void> {
    let nextMs = LOOK_MS;
    try {
      await this.#load();
      if (this.#isDue && this.options.clock.now() >= this.#retryAtMs) await this.#takeTurn();
      if (this.#certificate === undefined && this.#retryAtMs === 0) nextMs = FIRST_LOOK_MS;
    } catch (error) {
      // The vault is away: what is in use stays.
      this.options.observer.failed(error instanceof Error ? error.message : String(error), LOOK_MS);
    }
    if (this.#disposed) return;
    this.#nextStep.start(nextMs, () => void this.#step());
  }

  get #isDue(): boolean {
    return this.#certificate === undefined || this.options.clock.now() >= this.#renewAtMs;
  }

  /** Uses the vault's certificate where that is another one, and for these names. */
  async #load(): Promise<void> {
    const text = await this.options.vault.get('certificate');
    const kept = text === undefined ? undefined : parse(text);
    if (kept === undefined || kept.chain === this.#chain || kept.directoryUrl !== this.options.directoryUrl) return;
    const certificate = usable(kept, this.options.names);
    if (certificate !== undefined) this.#use(kept.chain, certificate);
  }

  #use(chain: string, certificate: Certificate): void {
    this.#chain = chain;
    this.#certificate = certificate;
    this.#renewAtMs = renewalMs(certificate, JITTER_SHARE * this.options.random());
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.#backoff.reset();
    this.options.observer.renewed(certificate);
  }

  async #takeTurn(): Promise<void> {
    const { vault, holder, clock, observer } = this.options;
    if (!(await vault.takeTurn(holder, TURN_MS))) return;
    try {
      const issued = await this.#order();
      const certificate = readCertificate(issued.chain, issued.key);
      const missing = this.options.names.filter((name) => !certificate.covers(name));
      if (missing.length > 0) throw new OrderFailed(`the certificate is not for ${missing.join(', ')}`, 0);
      // Or it would be ordered again at once, and again.
      if (clock.now() >= renewalMs(certificate)) throw new OrderFailed('the new certificate is too old', 0);
      const kept: Kept = { ...issued, directoryUrl: this.options.directoryUrl };
      await vault.put('certificate', JSON.stringify(kept));
      this.#use(issued.chain, certificate);
      await vault.endTurn(holder);
    } catch (error) {
      const retryMs = Math.max(this.#backoff.next(), error instanceof OrderFailed ? error.retryAfterMs : 0);
      this.#failures += 1;
      this.#retryAtMs = clock.now() + retryMs;
      observer.failed(error instanceof Error ? error.message : String(error), retryMs);
      // Nobody else tries before.
      await vault.takeTurn(holder, retryMs);
    }
  }

  async #order(): Promise<Issued> {
    const accountKey = await this.#accountKey();
    const prefer = KINDS[this.#failures % KINDS.length] ?? KINDS[0];
    const limit = new Timeout(this.options.clock);
    const tooLate = new Promise<never>((_, reject) => {
      limit.start(ORDER_MS, () =>
        reject(new OrderFailed(`the ACME server did not finish within ${ORDER_MS / 60_000} minutes`, 0)),
      );
    });
    try {
      return await Promise.race([this.options.order(accountKey, prefer), tooLate]);
    } finally {
      limit.cancel();
    }
  }

  async #accountKey(): Promise<string> {
    const { vault, makeAccountKey } = this.options;
    const kept = await vault.get('account');
    if (kept !== undefined) return kept;
    const key = await makeAccountKey();
    await vault.put('account', key);
    return key;
  }
}

/** When a certificate is to be renewed, `earlier` by that share of its time. */
const renewalMs = ({ validFrom, validTo }: Certificate, earlier = 0): number =>
  validTo - (validTo - validFrom) * (RENEW_SHARE + earlier);

function parse(text: string): Kept | undefined {
  try {
    const { chain, key, directoryUrl } = JSON.parse(text) as Partial<Kept>;
    return chain === undefined || key === undefined || directoryUrl === undefined
      ? undefined
      : { chain, key, directoryUrl };
  } catch {
    return undefined; // Damaged: another one is ordered.
  }
}

function usable(kept: Kept, names: readonly string[]): Certificate | undefined {
  try {
    const certificate = readCertificate(kept.chain, kept.key);
    return names.every((name) => certificate.covers(name)) ? certificate : undefined;
  } catch (error) {
    if (isShipmateError(error, 'config')) return undefined;
    throw error;
  }
}
