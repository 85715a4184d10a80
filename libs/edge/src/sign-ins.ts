import { isShipmateError, type Clock } from '#kernel';
import { Sealer, type EventWriter, type Refusals } from '#control';
import { Machines, Providers, SignInFault, SignIns, type SignedIn, type SignedOut, type SignInsDeps } from '#identity';
import { fleetSecret, type Config, type Log, type Metrics } from '#platform';
import type { SharedBackplane } from './backplane.js';

/** What `openSignIns` needs. */
export interface SignInParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly backplane: Pick<SharedBackplane, 'signIns' | 'signOuts'>;
  readonly events: Pick<EventWriter, 'note'>;
  readonly refusals: Pick<Refusals, 'note'>;
  /** Which process it is, for the events. */
  readonly by: string;
}

/** Signing in, at one process. Without a provider, nobody can. */
export class EdgeSignIns extends SignIns {
  constructor(
    deps: SignInsDeps,
    readonly report: SignInReports,
  ) {
    super(deps);
  }
}

/** Somebody of whom an event tells. */
type Person = Pick<SignedIn, 'provider' | 'subject' | 'name'>;

/** Reports sign-ins to metrics, events and the log. */
export class SignInReports {
  constructor(private readonly parts: SignInParts) {}

  /** A browser has signed in. */
  signedIn(who: Person, address: string): void {
    this.parts.metrics.signIns.add({ provider: who.provider, result: 'ok' });
    this.parts.events.note('signed-in', { by: this.parts.by }, { ...detailsOf(who), address });
  }

  /** A person, or their provider, has signed them out. */
  signedOut(who: Person | SignedOut, why: 'person' | 'provider'): void {
    const { provider, subject = '' } = who;
    const details = 'name' in who ? detailsOf(who) : { provider, subject };
    this.parts.events.note('signed-out', { by: this.parts.by }, { ...details, why });
  }

  /** Somebody has said in a browser whether an SSH login is theirs. */
  login(who: Person, answer: 'confirmed' | 'refused', about: Readonly<Record<string, string>>): void {
    this.parts.events.note('login-answered', { by: this.parts.by }, { ...detailsOf(who), answer, ...about });
  }

  /** Returns the sentence for the person. Throws what is no failure of a sign-in. */
  failed(provider: string, error: unknown, address: string): SignInFault {
    const { metrics, refusals, log } = this.parts;
    const fault =
      isShipmateError(error) && error.temporary
        ? new SignInFault('unavailable', 'Nobody can sign in right now: try again in a moment', { cause: error })
        : error;
    if (!(fault instanceof SignInFault)) throw error;
    metrics.signIns.add({ provider, result: fault.reason });
    refusals.note(`sign-in-${fault.reason}`, address, 'web');
    log.debug('sign-in-failed', { provider, reason: fault.reason, address, error: fault });
    return fault;
  }
}

const detailsOf = ({ provider, subject, name }: Person): Readonly<Record<string, string>> => ({
  person: name,
  provider,
  subject,
});

/** Builds what a process needs to sign people in. */
export function openSignIns(parts: SignInParts): EdgeSignIns {
  const { config, log, metrics, clock, backplane } = parts;
  const isUp = new Map<string, boolean>();
  const providers = new Providers(config.signIn.providers, clock, {
    provider(name, up) {
      metrics.signInProviderUp.set({ provider: name }, up ? 1 : 0);
      if (isUp.get(name) !== up && (!up || isUp.has(name))) {
        if (up) log.info('provider-back', { provider: name });
        else
          log.warn(
            'provider-away',
            { provider: name },
            'Nobody can sign in there; whoever is signed in stays signed in.',
          );
      }
      isUp.set(name, up);
    },
  });
  return new EdgeSignIns(depsOf(config, clock, backplane, providers), new SignInReports(parts));
}

/** The same for a process that has no edge: it knows machines, and keys that are remembered. */
export function makeSignIns(
  config: Config,
  clock: Clock,
  backplane: Pick<SharedBackplane, 'signIns' | 'signOuts'>,
): SignIns {
  const providers = new Providers([], clock, { provider: () => undefined });
  return new SignIns(depsOf(config, clock, backplane, providers));
}

function depsOf(
  config: Config,
  clock: Clock,
  { signIns: store, signOuts }: Pick<SharedBackplane, 'signIns' | 'signOuts'>,
  providers: Providers,
): SignInsDeps {
  const { machines, countsForMs, rememberKeysMs } = config.signIn;
  const accepted = config.acceptedSecrets.map((one) => one.reveal());
  return {
    providers,
    store,
    signOuts,
    sealer: new Sealer(fleetSecret(config).reveal(), accepted, 'shipmate sign-ins 1'),
    clock,
    countsForMs,
    rememberKeysMs,
    machines: machines && new Machines(machines, machines.audience ?? config.webUrl, clock),
  };
}
