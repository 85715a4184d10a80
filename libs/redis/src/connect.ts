import { readFile } from 'node:fs/promises';
import { isShipmateError, ShipmateError, type Clock, type Listener, type Disposable } from '#kernel';
import type { Limiter, PenaltyRule, QuotaStore } from '#access';
import type { Accounts, ChangingVault, EventLog, Housekeeping, WebhookQueue } from '#control';
import type { Directory, DirectoryTimings } from '#directory';
import type { SignInStore } from '#identity';
import type { Bus } from '#relay';
import { parseRedisUrl, type RedisAddress } from './connection/address.js';
import { ClusterTopology } from './topology/cluster-topology.js';
import { Commands } from './connection/commands.js';
import type { Login } from './connection/dial.js';
import { START_TIMEOUT_MS, type RedisContext, type RedisObserver, type RedisSettings } from './connection/options.js';
import { Pulse } from './connection/pulse.js';
import { RedisAccounts } from './stores/redis-accounts.js';
import { RedisBus } from './stores/redis-bus.js';
import { RedisDirectory } from './stores/redis-directory.js';
import { RedisLimiter } from './stores/redis-limiter.js';
import { RedisEvents } from './stores/redis-events.js';
import { RedisHousekeeping } from './stores/redis-housekeeping.js';
import { RedisQuotaStore } from './stores/redis-quota-store.js';
import { RedisSignInStore } from './stores/redis-sign-in-store.js';
import { RedisVault } from './stores/redis-vault.js';
import { RedisWebhooks } from './stores/redis-webhooks.js';
import { Sentinels } from './topology/sentinel.js';
import { Status } from './connection/status.js';
import { SentinelTopology } from './topology/sentinel-topology.js';
import { SingleTopology, type Topology } from './topology/topology.js';

/** Whether Redis can be used. */
export interface RedisStatus {
  readonly up: boolean;
  /** Why not, in words for an operator; undefined while it can. */
  readonly why: string | undefined;
  /** Calls the listener whenever `up` changes. */
  onChange(listener: Listener<boolean>): Disposable;
}

/** One Redis, as the rest of the program uses it. */
export interface RedisBackplane {
  readonly bus: Bus;
  readonly directory: Directory;
  readonly accounts: Accounts;
  readonly events: EventLog;
  readonly webhooks: WebhookQueue;
  /** Counts for all who use this Redis. */
  limiter<R extends string>(rules: Readonly<Record<R, PenaltyRule>>): Limiter<R>;
  /** The counts that the edges on this Redis share. */
  readonly quotas: QuotaStore;
  readonly housekeeping: Housekeeping;
  readonly vault: ChangingVault;
  readonly signIns: SignInStore;
  readonly status: RedisStatus;
  /** Ends the connections; what is under way fails with `unavailable`. */
  close(): void;
}

/** Which Redis to connect to, and as which user. */
export interface ConnectOptions {
  readonly clock: Clock;
  readonly observer?: RedisObserver;
  /** Every process of a fleet must use the same. */
  readonly timings?: DirectoryTimings;
  /** How long to wait for a Redis that does not answer, in ms; 10 s if not said. */
  readonly startTimeoutMs?: number;
}

/**
 * Connects to a Redis: a server, a Cluster, or the master that sentinels name. Resolves once it can be used; after that, lost
 * connections are replaced forever, and calls fail meanwhile. Throws `config` if the settings are wrong: the URL, the password,
 * a server that is too old or of the wrong kind. Throws `unavailable` if it cannot be reached. Neither message contains a
 * secret.
 */
export async function connectRedis(settings: RedisSettings, options: ConnectOptions): Promise<RedisBackplane> {
  const { clock, observer = {}, startTimeoutMs = START_TIMEOUT_MS } = options;
  const context: RedisContext = { clock, observer };
  const topology = await openTopology(context, settings);
  const status = new Status(context, topology);
  const commands = new Commands(context, topology);
  const bus = new RedisBus(context, commands);
  const directory = new RedisDirectory(commands, clock, new Pulse(bus, clock), options.timings);
  const close = (): void => {
    status.close();
    topology.close();
  };
  try {
    topology.start();
    await status.started(startTimeoutMs);
  } catch (error) {
    close();
    throw error;
  }
  return {
    bus,
    directory,
    accounts: new RedisAccounts(commands),
    events: new RedisEvents(commands),
    webhooks: new RedisWebhooks(commands, bus),
    limiter: (rules) => new RedisLimiter(commands, rules),
    quotas: new RedisQuotaStore(commands),
    housekeeping: new RedisHousekeeping(commands, clock),
    vault: new RedisVault(commands),
    signIns: new RedisSignInStore(commands),
    status,
    close,
  };
}

/** What the settings name, not yet connected to. */
export async function openTopology(context: RedisContext, settings: RedisSettings): Promise<Topology> {
  const address = parseRedisUrl(settings.url, settings.cluster);
  const login = await toLogin(address, settings);
  if (address.kind === 'cluster') return new ClusterTopology(context, address.hosts, login);
  if (address.kind === 'standalone') {
    const [where] = address.hosts;
    if (where === undefined) throw new ShipmateError('config', 'the Redis URL is wrong: it has no host');
    return new SingleTopology(context, { login, cluster: false, locate: async () => where });
  }
  const { sentinelUsername: username, sentinelPassword: password } = address;
  const sentinels = new Sentinels(context, address, { ...login, username, password, db: 0 });
  return new SentinelTopology(context, login, sentinels);
}

async function toLogin(address: RedisAddress, { name, ca }: RedisSettings): Promise<Login> {
  const certificates = ca ?? (address.caFile === undefined ? undefined : await readCertificates(address.caFile));
  return {
    username: address.username,
    password: address.password,
    db: address.db,
    // What CLIENT SETNAME takes.
    name: name.replaceAll(/[^\w.:@/-]/g, '-'),
    tls: address.tls ? { ...(certificates !== undefined && { ca: certificates }) } : undefined,
  };
}

async function readCertificates(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = isShipmateError(error) ? error.code : ((error as NodeJS.ErrnoException).code ?? 'unknown');
    throw new ShipmateError('config', `the file of certificates for Redis, ${path}, cannot be read: ${code}`);
  }
}
