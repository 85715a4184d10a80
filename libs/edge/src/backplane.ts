import { join } from 'node:path';
import { ShipmateError, type Clock, type Disposable } from '#kernel';
import {
  keptAccounts,
  MemoryEvents,
  MemoryHousekeeping,
  MemoryWebhooks,
  FleetLocks,
  OperatorPolicies,
  FleetSignOuts,
  filePolicyStore,
  fileTextStore,
  memoryTextStore,
  vaultPolicyStore,
  vaultTextStore,
  type Accounts,
  type EventLog,
  type Housekeeping,
  type PolicyStore,
  type FleetSignOutsDeps,
  type SignOutsPlace,
  type TextStore,
  type Vault,
  type WebhookQueue,
} from '#control';
import { MemoryDirectory, type Directory } from '#directory';
import { MemorySignInStore, RegionalSignInStore, type SignInStore } from '#identity';
import type { Config, Health, Log, Metrics } from '#platform';
import { connectRedis, type RedisBackplane } from '#redis';
import { BusRelay, MemoryBus, type Bus, type Relay } from '#relay';
import type { Backplane } from '#fleet';
import {
  locksObserver,
  policyObserver,
  RareLog,
  redisObserver,
  RefusedWrites,
  relayObserver,
  Slowness,
} from './backplane-observers.js';
import { LateRedis } from './late-redis.js';

/** What the edges of a fleet share, as one process of it sees it. */
export interface SharedBackplane extends Disposable {
  readonly directory: Directory;
  readonly relay: Relay;
  /** Of this region. */
  readonly bus: Bus;
  /** Users and API keys: a broker's to read and write. */
  readonly accounts: Accounts;
  /** The events of this region. */
  readonly events: EventLog;
  /** The webhooks of this region that wait for delivery. */
  readonly webhooks: WebhookQueue;
  /** Counts for the whole region; undefined if there is only this process. */
  readonly limiter?: RedisBackplane['limiter'];
  /** How edges share their counts; undefined if there is only this process. */
  readonly quotas?: RedisBackplane['quotas'];
  /** What brokers share for cleaning up, in this region. */
  readonly housekeeping: Housekeeping;
  /** What processes share of their certificate; undefined if there is only this process. */
  readonly vault?: Vault;
  /** What the operator demands, as this process follows it. */
  readonly policies: OperatorPolicies;
  /** Whom the operator has locked out, as this process follows it. */
  readonly locks: FleetLocks;
  /** Who was signed out lately, in all regions. */
  readonly signOuts: FleetSignOuts;
  /** What is kept of sign-ins, in all regions. */
  readonly signIns: SignInStore;
  /** The backplanes of the other regions, if each has its own. */
  readonly regions: readonly Backplane[];
  /** Whether there may be other edges: without Redis there are none. */
  readonly isShared: boolean;
  /** Calls the listener when this region's directory can be reached again. */
  onBack(listener: () => void): void;
}

/** What `openBackplane` needs. */
export interface BackplaneDeps {
  readonly config: Pick<Config, 'redis' | 'region' | 'dataDir' | 'policyFile'>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly health: Pick<Health, 'add' | 'degrade' | 'degraded' | 'notice'>;
  /** What this process is, for the names of its connections: `edge`. */
  readonly role: string;
}

/** Whether a process of this role can serve something without Redis: an edge has its hosts, and people who joined them there. */
const servesAlone = (role: string): boolean => role !== 'broker';

/**
 * Connects to what the configuration names: nothing (everything is in this process), one Redis for all regions, or one for
 * each. Throws `unavailable` if this region's Redis is not available at the start; another region's may come later.
 */
export async function openBackplane({
  config,
  log,
  metrics,
  clock,
  health,
  role,
}: BackplaneDeps): Promise<SharedBackplane> {
  const rare = new RareLog(log, clock);
  const relayOf = (bus: Bus): Relay => new BusRelay(bus, clock, relayObserver(rare, metrics));
  const openPolicies = async (store: PolicyStore, bus: Bus): Promise<OperatorPolicies> =>
    await OperatorPolicies.open({
      file: config.policyFile,
      store,
      bus,
      clock,
      observer: policyObserver(log, rare, metrics),
    });
  const openLocks = async (store: TextStore, bus: Bus): Promise<FleetLocks> =>
    await FleetLocks.open({ store, bus, clock, observer: locksObserver(log, rare) });
  const openSignOuts = async (own: SignOutsPlace, others: FleetSignOutsDeps['others']): Promise<FleetSignOuts> =>
    await FleetSignOuts.open({
      ...own,
      others,
      clock,
      failed: (error) => rare.warn('sign-outs-not-read', 'store', error),
    });
  if (config.redis === undefined) {
    const nothing = { regions: [], isShared: false, onBack: () => undefined };
    const bus = new MemoryBus();
    let unwritten: string | undefined;
    health.notice('accounts', () => unwritten);
    const accounts = keptAccounts(join(config.dataDir, 'accounts.json'), (fault) => {
      unwritten = fault?.message;
      if (fault !== undefined) rare.warn('accounts-not-kept', 'accounts', fault);
    });
    const events = new MemoryEvents();
    const webhooks = new MemoryWebhooks(clock);
    const housekeeping = new MemoryHousekeeping();
    const policies = await openPolicies(filePolicyStore(join(config.dataDir, 'policy.yaml')), bus);
    health.notice('policy', () => policies.faults[0]);
    const locks = await openLocks(fileTextStore(join(config.dataDir, 'locks.json'), 'locks'), bus);
    // A restart forgets the sign-ins as well.
    const signOuts = await openSignOuts({ store: memoryTextStore(), bus }, []);
    return {
      directory: new MemoryDirectory(clock),
      relay: relayOf(bus),
      bus,
      accounts,
      events,
      webhooks,
      housekeeping,
      policies,
      locks,
      signOuts,
      signIns: new MemorySignInStore(clock),
      ...nothing,
      dispose() {
        policies.dispose();
        locks.dispose();
        signOuts.dispose();
      },
    };
  }
  const { cluster, regions, url = regions.get(config.region) } = config.redis;
  if (url === undefined) throw new ShipmateError('config', 'SHIPMATE_REDIS_URL is missing');
  const writes = new RefusedWrites(clock);
  health.notice('redis-writes', () => writes.notice);
  const slowness = new Slowness(clock);
  const connect = async (address: string, region?: string): Promise<RedisBackplane> =>
    await connectRedis(
      { url: address, cluster, name: `shipmate:${role}:${config.region}` },
      {
        clock,
        observer: {
          ...redisObserver(log, rare, metrics, region === undefined ? { slowness } : { region }),
          refused: (error) => {
            writes.note(error.message);
            metrics.redisRefused.add({});
            rare.warn('redis-refuses', region ?? 'own', error);
          },
        },
      },
    );
  const own = await connect((regions.get(config.region) ?? url).reveal());
  const why = (): string | undefined => (own.status.up ? undefined : (own.status.why ?? 'away'));
  const policies = await openPolicies(vaultPolicyStore(own.vault), own.bus);
  health.notice('policy', () => policies.faults[0]);
  const locks = await openLocks(vaultTextStore(own.vault, 'locks'), own.bus);
  health.degrade('redis', () => (own.status.up ? slowness.notice : servesAlone(role) ? why() : undefined));
  // A broker can do nothing without it.
  if (!servesAlone(role)) health.add('ready', 'redis', () => why() ?? true);
  metrics.onScrape(() => metrics.degraded.set({}, Object.keys(health.degraded).length > 0 ? 1 : 0));
  const others = [...regions].flatMap(([region, secret]) => {
    if (region === config.region) return [];
    const failed = (error: unknown): void => rare.warn('redis-fault', region, error);
    const late = new LateRedis(
      `the Redis of ${region}`,
      async () => await connect(secret.reveal(), region),
      clock,
      failed,
    );
    return [{ region, late }];
  });
  const signOuts = await openSignOuts(
    { store: vaultTextStore(own.vault, 'sign-outs'), bus: own.bus },
    others.map(({ late }) => ({
      store: vaultTextStore(late.vault, 'sign-outs'),
      bus: late.bus,
      there: late.connected,
    })),
  );
  const signIns = new RegionalSignInStore(
    own.signIns,
    others.map(({ late }) => late.signIns),
    (error) => rare.warn('redis-fault', 'sign-ins of other regions', error),
  );
  return {
    directory: own.directory,
    relay: relayOf(own.bus),
    bus: own.bus,
    accounts: own.accounts,
    events: own.events,
    webhooks: own.webhooks,
    limiter: (rules) => own.limiter(rules),
    quotas: own.quotas,
    housekeeping: own.housekeeping,
    vault: own.vault,
    policies,
    locks,
    signOuts,
    signIns: others.length === 0 ? own.signIns : signIns,
    regions: others.map(({ region, late }) => ({ region, directory: late.directory, relay: relayOf(late.bus) })),
    isShared: true,
    onBack: (listener) => void own.status.onChange((up) => (up ? listener() : undefined)),
    dispose() {
      policies.dispose();
      locks.dispose();
      signOuts.dispose();
      own.close();
      for (const { late } of others) late.dispose();
    },
  };
}
