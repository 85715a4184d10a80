import type { Identity } from '#access';
import { Sealer } from '#control';
import { forLogin, MemorySignInStore, Providers, SignIns } from '#identity';
import type { Outs } from '#fleet/fleet';
import type { Clock } from '#kernel';
import { cookiesOf } from '#nest';
import { Visitors } from './sign-in/visitors.js';

const COOKIES = cookiesOf('http://localhost');

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
