import {
  mayHost,
  NO_POLICY,
  PersonLocks,
  type PersonLock,
  readOperatorPolicy,
  rulesFor,
  SignOuts,
  type Identity,
  type SignOut,
} from '#access';
import { Sealer } from '#control';
import { forLogin, MemorySignInStore, Providers, SignIns } from '#identity';
import { Emitter, type Clock } from '#kernel';
import { cookiesOf } from '#nest';
import { Visitors } from './sign-in/visitors.js';

/** What the operator demands; the model changes it. */
export class Operator {
  readonly #changed = new Emitter<undefined>();
  #policy = NO_POLICY;

  mayHost(host: Identity | undefined): boolean {
    return mayHost(this.#policy, host);
  }

  rulesFor(host: Identity | undefined) {
    return rulesFor(this.#policy, host);
  }

  onChange(listener: () => void) {
    return this.#changed.on(listener);
  }

  demand(text: string): void {
    const read = readOperatorPolicy(text);
    if ('faults' in read) throw new Error(read.faults.join());
    this.#policy = read.policy;
    this.#changed.fire(undefined);
  }
}

const COOKIES = cookiesOf('http://localhost');

/** Who was signed out; the model changes it. */
export class Outs {
  readonly #changed = new Emitter<undefined>();
  list = new SignOuts();

  onChange(listener: () => void) {
    return this.#changed.on(listener);
  }

  async add(...outs: readonly SignOut[]): Promise<void> {
    this.list = this.list.with(outs);
    this.#changed.fire(undefined);
    await Promise.resolve();
  }
}

/** Whom the operator has locked out; the model changes it. */
export class Locks {
  readonly #changed = new Emitter<undefined>();
  list = new PersonLocks();

  onChange(listener: () => void) {
    return this.#changed.on(listener);
  }

  set(...locks: readonly PersonLock[]): void {
    this.list = new PersonLocks(locks);
    this.#changed.fire(undefined);
  }
}

/** The joiner of the model, and where they sign in. */
export class BrowserJoiner {
  readonly visitors: Visitors;
  /** What their browser sends. */
  cookie = '';
  readonly #signIns: SignIns;

  constructor(
    private readonly clock: Clock,
    signOuts: Outs,
  ) {
    this.#signIns = new SignIns({
      providers: new Providers([], clock, { provider: () => undefined }),
      store: new MemorySignInStore(clock),
      signOuts,
      sealer: new Sealer('a secret of the model', [], 'model'),
      clock,
      countsForMs: 365 * 86_400_000,
      rememberKeysMs: undefined,
    });
    this.visitors = new Visitors(this.#signIns, COOKIES);
  }

  /** Signs in with their browser; for an SSH login, the answer is who they are. */
  async signIn(): Promise<Identity | undefined> {
    const { browsers } = this.#signIns;
    const secret = await browsers.add({ provider: 'corp', subject: '1', name: 'ann', groups: [] });
    this.cookie = `${COOKIES.session}=${secret}`;
    const identity = await browsers.find(secret);
    return identity && forLogin(identity);
  }

  /** Their provider signs them out. */
  async signOut(): Promise<void> {
    await this.#signIns.browsers.end({ provider: 'corp', subject: '1', sid: undefined, at: this.clock.now() });
  }
}
