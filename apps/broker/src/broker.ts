import type { Clock } from '#kernel';
import { EventSigner, WebhookSealer, type EventWriter } from '#control';
import { eventWriter, makeSignIns, type SharedBackplane } from '#edge';
import type { SignIns } from '#identity';
import type { Platform } from '#nest';
import { fleetSecret, type Config } from '#platform';
import { Fleet } from './fleet.js';

/** What the API's handlers and the broker's own work use. Nothing of it is kept in the process. */
export interface Broker extends Pick<
  SharedBackplane,
  'accounts' | 'directory' | 'events' | 'housekeeping' | 'locks' | 'policies' | 'regions' | 'webhooks'
> {
  readonly fleet: Fleet;
  readonly sealer: WebhookSealer;
  /** Notes what was done. */
  readonly audit: EventWriter;
  /** Signs exports of events. `keys` are those of the secrets that the fleet accepts besides its own. */
  readonly exports: { readonly signer: EventSigner; readonly keys: readonly string[] };
  /** People who have signed in in a browser, machines, and keys that are remembered. */
  readonly signIns: Pick<SignIns, 'browsers' | 'machines' | 'keys'>;
  /** Whether people can sign in in a browser. */
  readonly signsIn: boolean;
  /** Counts a machine's sign-in. */
  readonly signInResult: (provider: string, result: string) => void;
  readonly clock: Clock;
}

/** The `Broker` of the process, by `@Inject(BROKER)`. */
export const BROKER = Symbol('shipmate:broker');

/** A broker on a backplane. */
export function openBroker({ config, clock, log, metrics, tracer }: Platform, backplane: SharedBackplane): Broker {
  return {
    ...backplane,
    fleet: new Fleet(backplane.directory, backplane.bus, clock, tracer),
    sealer: new WebhookSealer(fleetSecret(config).reveal(), acceptedSecrets(config)),
    audit: eventWriter(config, backplane, clock, log),
    exports: {
      signer: new EventSigner(fleetSecret(config).reveal()),
      keys: acceptedSecrets(config).map((secret) => new EventSigner(secret).publicKey),
    },
    signIns: makeSignIns(config, clock, backplane),
    signsIn: config.signIn.providers.length > 0,
    signInResult: (provider, result) => metrics.signIns.add({ provider, result }),
    clock,
  };
}

/** The fleet's next secret, or the one before. */
export const acceptedSecrets = (config: Pick<Config, 'acceptedSecrets'>): string[] =>
  config.acceptedSecrets.map((one) => one.reveal());
