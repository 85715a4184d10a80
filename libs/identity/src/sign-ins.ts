import { randomPKCECodeVerifier, randomState } from 'openid-client';
import type { Clock } from '#kernel';
import type { Sealer } from '#control';
import { BrowserSignIns } from './browser-sign-ins.js';
import { Codes } from './codes.js';
import type { Machines } from './machines.js';
import type { Checks, SignedIn } from './providers/provider.js';
import type { Providers } from './providers/providers.js';
import { EndedSignIns, type SignOutsPort } from './ended-sign-ins.js';
import { RememberedKeys } from './remembered-keys.js';
import { SignInFault } from './sign-in-fault.js';
import { SealedSignInStore } from './store/sealed-sign-in-store.js';
import type { SignInStore } from './store/sign-in-store.js';

/** How long a browser may take at the provider, in ms. */
export const ATTEMPT_MS = 15 * 60_000;

/** What a browser keeps while it is at the provider. */
interface Attempt {
  readonly provider: string;
  readonly checks: Checks;
  /** The path to go to then. */
  readonly to: string;
  readonly until: number;
}

/** What signing in needs. */
export interface SignInsDeps {
  readonly providers: Providers;
  readonly store: SignInStore;
  /** Where sign-outs are told to everybody. */
  readonly signOuts: SignOutsPort;
  readonly sealer: Sealer;
  readonly clock: Pick<Clock, 'now'>;
  /** How long a sign-in counts, in ms. */
  readonly countsForMs: number;
  /** Undefined: keys are never remembered. */
  readonly rememberKeysMs: number | undefined;
  /** Undefined: machines have no identity. */
  readonly machines?: Machines | undefined;
}

/** A browser on its way to a provider. */
export interface BegunSignIn {
  readonly url: URL;
  /** To be kept by the browser, in a cookie, until it comes back. */
  readonly attempt: string;
  readonly state: string;
}

/** Signing in: at providers, in browsers, by codes, by remembered keys. */
export class SignIns {
  readonly browsers: BrowserSignIns;
  readonly codes: Codes;
  readonly keys: RememberedKeys;
  readonly #sealer: Sealer;

  constructor(private readonly deps: SignInsDeps) {
    const { clock, countsForMs, rememberKeysMs, signOuts } = deps;
    const store = new SealedSignInStore(deps.store, deps.sealer);
    const ended = new EndedSignIns({ store, signOuts, clock, forMs: Math.max(countsForMs, rememberKeysMs ?? 0) });
    this.#sealer = deps.sealer;
    this.browsers = new BrowserSignIns({ store, ended, clock, countsForMs });
    this.codes = new Codes({ store, clock });
    this.keys = new RememberedKeys({
      store,
      ended,
      clock,
      forMs: rememberKeysMs,
      machines: deps.machines !== undefined,
    });
  }

  get machines(): Machines | undefined {
    return this.deps.machines;
  }

  get providers(): Providers {
    return this.deps.providers;
  }

  /** Sends a browser to a provider, from where it comes back to `redirectUri` and then goes to the path `to`. */
  async begin(name: string, redirectUri: string, to: string): Promise<BegunSignIn> {
    const checks = { state: randomState(), nonce: randomState(), verifier: randomPKCECodeVerifier() };
    const url = await this.#provider(name).begin(redirectUri, checks);
    const attempt: Attempt = { provider: name, checks, to, until: this.deps.clock.now() + ATTEMPT_MS };
    return { url, state: checks.state, attempt: this.#sealer.seal('attempt', JSON.stringify(attempt)) };
  }

  /** Who has come back from a provider, with what the browser kept. */
  async finish(
    name: string,
    returned: URL,
    kept: string | undefined,
  ): Promise<{ readonly who: SignedIn; readonly to: string }> {
    const text = kept === undefined ? undefined : this.#sealer.open('attempt', kept);
    const attempt = text === undefined ? undefined : (JSON.parse(text) as Attempt);
    if (attempt === undefined || attempt.provider !== name)
      throw new SignInFault('expired', 'This sign-in was started in another browser: start again');
    if (attempt.until <= this.deps.clock.now())
      throw new SignInFault('expired', 'The sign-in took too long: start again');
    const who = await this.#provider(name).finish(returned, attempt.checks);
    return { who, to: attempt.to };
  }

  #provider(name: string) {
    const provider = this.providers.find(name);
    if (provider === undefined) throw new SignInFault('expired', 'There is no such provider here');
    return provider;
  }
}
