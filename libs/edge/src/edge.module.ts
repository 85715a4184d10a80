import { randomUUID } from 'node:crypto';
import { Module, type DynamicModule } from '@nestjs/common';
import { edgeId, type Clock, type Disposable, type EdgeId, type Tracer } from '#kernel';
import { FleetLimiter, MemoryLimiter, Quotas, ReconnectionSigner, type Limiter, type LimitRule } from '#access';
import { EdgeSessions, type EdgeDeps, type HostFaults, type NameAuthority } from '#fleet';
import { HostKeys } from '#ssh';
import { Refusals, InternalCalls, serveControl, type EventWriter, WebhookSealer, WebhookWriter } from '#control';
import { CLOCK, CONFIG, fleetSecret, HEALTH, LOG, METRICS, TRACER } from '#platform';
import type { Config, Health, Log, Metrics } from '#platform';
import { JoinAttempts } from './join-attempts.js';
import type { SharedBackplane } from './backplane.js';
import { RareLog } from './backplane-observers.js';
import { BackplaneModule } from './backplane.module.js';
import { BrokerNames, openNames, ownNames } from './broker-names.js';
import { audited } from './audit.js';
import { countSessions } from './count-sessions.js';
import { edgeCosts, type Costs } from './costs.js';
import { hostFaults } from './host-faults.js';
import {
  attemptsAtOnce,
  edgeLimits,
  FAULT_LIMITS,
  NO_LIMITER,
  quotaRules,
  type EdgeLimit,
  type FaultLimit,
  type Quota,
} from './limits.js';
import { ClientAddresses } from './client-addresses.js';
import { UntrustedProxies } from './untrusted-proxies.js';
import { sessionLimits } from './session-limits.js';
import { turnedAway, type TurnedAway } from './turned-away.js';
import { EdgeLife } from './edge-life.js';
import { ForgeKeys } from './forge-keys.js';
import { operateEdge } from './operate-edge.js';
import { sessionObserver } from './session-observer.js';
import { eventWriter } from './event-writer.js';
import { joinCommands } from './share-commands.js';
import {
  JOIN_ATTEMPTS,
  BACKPLANE,
  CLIENT_ADDRESSES,
  HOST_KEYS,
  QUOTAS,
  REFUSALS,
  SESSIONS,
  TURNED_AWAY,
} from './tokens.js';
import { WebhookSender } from './webhook-sender.js';

const LIMITER = Symbol('shipmate:limiter');
const FAULTS = Symbol('shipmate:host-faults');
const COSTS = Symbol('shipmate:costs');
const EDGE_ID = Symbol('shipmate:edge-id');
const AUDIT_EVENTS = Symbol('shipmate:audit-events');

/** What a process is an edge for. */
export type Transport = 'ssh' | 'web';

/**
 * What every edge's process has one of, whatever comes in over it: sessions, directory, host keys. Global, as the
 * platform is; needs `PlatformModule`.
 */
@Module({})
export class EdgeModule {
  static of(...transports: readonly Transport[]): DynamicModule {
    return moduleOf(transports, false);
  }

  /** The same in a process that is a broker as well: what edges ask brokers for is at hand. */
  static withBroker(...transports: readonly Transport[]): DynamicModule {
    return moduleOf(transports, true);
  }
}

/** What such a process has one of. */
function moduleOf(transports: readonly Transport[], hasBroker: boolean): DynamicModule {
  return {
    module: EdgeModule,
    global: true,
    imports: [BackplaneModule.as(`${transports.join('-')}-edge`)],
    providers: [
      {
        provide: HOST_KEYS,
        inject: [CONFIG],
        useFactory: (config: Config) => HostKeys.load(config.hostKeysDir),
      },
      {
        provide: LIMITER,
        inject: [CLOCK, BACKPLANE, LOG, CONFIG],
        useFactory: (clock: Clock, backplane: SharedBackplane, log: Log, { limits }: Config): Limiter<EdgeLimit> => {
          const rules = edgeLimits(limits);
          return rules === undefined ? NO_LIMITER : makeLimiter<EdgeLimit>(rules, { clock, backplane, log });
        },
      },
      {
        provide: FAULTS,
        inject: [CLOCK, BACKPLANE, LOG, TURNED_AWAY],
        useFactory: (clock: Clock, backplane: SharedBackplane, log: Log, tell: TurnedAway): HostFaults => {
          const limiter = makeLimiter<FaultLimit>(FAULT_LIMITS, { clock, backplane, log });
          return hostFaults(limiter, tell, (error) => log.error('session-fault', { what: 'faulty hosts', error }));
        },
      },
      {
        provide: COSTS,
        inject: [CONFIG, METRICS],
        useFactory: edgeCosts,
      },
      {
        provide: JOIN_ATTEMPTS,
        inject: [SESSIONS, LIMITER, QUOTAS, CLOCK, TRACER, CONFIG],
        useFactory: (
          sessions: EdgeSessions,
          limiter: Limiter<EdgeLimit>,
          quotas: Quotas<Quota>,
          clock: Clock,
          tracer: Tracer,
          { limits }: Config,
        ) => new JoinAttempts({ sessions, limiter, quotas, clock, tracer, attemptsAtOnce: attemptsAtOnce(limits) }),
      },
      {
        provide: CLIENT_ADDRESSES,
        inject: [CONFIG, CLOCK, LOG, HEALTH],
        useFactory: (config: Config, clock: Clock, log: Log, health: Health): ClientAddresses => {
          const untrusted = new UntrustedProxies(clock, log);
          health.notice('proxies', () => untrusted.notice);
          return new ClientAddresses(config, untrusted);
        },
      },
      {
        provide: QUOTAS,
        inject: [CONFIG, CLOCK, BACKPLANE, LOG, CLIENT_ADDRESSES, EDGE_ID],
        useFactory: makeQuotas,
      },
      { provide: TURNED_AWAY, inject: [LOG, METRICS, REFUSALS], useFactory: turnedAway },
      { provide: EDGE_ID, useFactory: () => edgeId(randomUUID()) },
      {
        provide: AUDIT_EVENTS,
        inject: [CONFIG, BACKPLANE, CLOCK, LOG],
        useFactory: eventWriter,
      },
      {
        provide: REFUSALS,
        inject: [AUDIT_EVENTS, CLOCK, EDGE_ID],
        useFactory: (events: EventWriter, clock: Clock, id: EdgeId) => new Refusals(events, clock, id),
      },
      {
        provide: SESSIONS,
        inject: [
          CONFIG,
          LOG,
          METRICS,
          CLOCK,
          BACKPLANE,
          EDGE_ID,
          AUDIT_EVENTS,
          QUOTAS,
          TURNED_AWAY,
          TRACER,
          FAULTS,
          COSTS,
        ],
        useFactory: (
          config: Config,
          log: Log,
          metrics: Metrics,
          clock: Clock,
          backplane: SharedBackplane,
          id: EdgeId,
          events: EventWriter,
          quotas: Quotas<Quota>,
          tell: TurnedAway,
          tracer: Tracer,
          faults: HostFaults,
          costs: Costs,
        ) => {
          const limits = { limits: sessionLimits(quotas, tell), faults, ...costs };
          return makeSessions(
            config,
            log,
            metrics,
            clock,
            backplane,
            id,
            events,
            limits,
            tracer,
            transports,
            hasBroker,
          );
        },
      },
      {
        provide: EdgeLife,
        inject: [CONFIG, LOG, SESSIONS, BACKPLANE, EDGE_ID, QUOTAS, TRACER],
        // Where there is no other edge, there is nothing to wait for.
        useFactory: (
          { drainMs }: Config,
          log: Log,
          sessions: EdgeSessions,
          { isShared, bus }: SharedBackplane,
          id: EdgeId,
          quotas: Quotas<Quota>,
          tracer: Tracer,
        ) => {
          const failed = (error: unknown): void => log.error('control-fault', { error });
          const begin = async (): Promise<Disposable> => {
            const control = await serveControl(bus, id, operateEdge(sessions, drainMs, failed), failed, tracer);
            quotas.start();
            return disposeAll(control, quotas);
          };
          return new EdgeLife(sessions, isShared ? drainMs : undefined, begin);
        },
      },
    ],
    exports: [HOST_KEYS, SESSIONS, QUOTAS, CLIENT_ADDRESSES, TURNED_AWAY, JOIN_ATTEMPTS, REFUSALS, EdgeLife],
  };
}

/** Counts for this process, and for the fleet where there is one. */
function makeLimiter<R extends string>(
  rules: Readonly<Record<R, LimitRule>>,
  { clock, backplane, log }: { readonly clock: Clock; readonly backplane: SharedBackplane; readonly log: Log },
): Limiter<R> {
  const own = new MemoryLimiter<R>(clock, rules);
  const fleet = backplane.limiter?.<R>(rules);
  if (fleet === undefined) return own;
  const rare = new RareLog(log, clock);
  return new FleetLimiter(own, fleet, clock, (error) => rare.warn('redis-fault', 'limits', error));
}

const disposeAll = (...parts: readonly Disposable[]): Disposable => ({
  dispose: () => {
    for (const part of parts) part.dispose();
  },
});

function makeQuotas(
  { limits }: Config,
  clock: Clock,
  { quotas: store }: SharedBackplane,
  log: Log,
  addresses: ClientAddresses,
  id: EdgeId,
): Quotas<Quota> {
  const rare = new RareLog(log, clock);
  return new Quotas<Quota>({
    clock,
    rules: quotaRules(limits),
    isProxy: (address) => addresses.isProxy(address),
    failed: (error) => rare.warn('redis-fault', 'limits', error),
    ...(store === undefined ? {} : { shared: { edge: String(id), store } }),
  });
}

function makeSessions(
  config: Config,
  log: Log,
  metrics: Metrics,
  clock: Clock,
  backplane: SharedBackplane,
  id: EdgeId,
  events: EventWriter,
  limits: Pick<EdgeDeps, 'limits' | 'faults' | 'ledger' | 'hasRoom'>,
  tracer: Tracer,
  transports: readonly Transport[],
  hasBroker: boolean,
): EdgeSessions {
  const secret = fleetSecret(config);
  if (config.secret === undefined && backplane.isShared) {
    log.warn(
      'secret-not-shared',
      {},
      'Unless the edges share their data directory, a host can have its session back at this edge only.',
    );
  }
  const { directory, relay, regions } = backplane;
  const withWeb = transports.includes('web') || config.webUrlGiven;
  const names = nameAuthority(config, secret.reveal(), backplane, clock, tracer, hasBroker);
  const hooks = webhookSender(config, secret.reveal(), { backplane, clock, log, metrics, tracer, withWeb, hasBroker });
  const sessions: EdgeSessions = new EdgeSessions({
    edgeId: id,
    region: config.region,
    addresses: { sshHost: config.sshHost, sshPort: config.sshPublicPort, webUrl: withWeb ? config.webUrl : '' },
    clock,
    tracer,
    directory,
    relay,
    regions,
    signer: new ReconnectionSigner(
      secret.reveal(),
      config.acceptedSecrets.map((one) => one.reveal()),
    ),
    observer: audited(sessionObserver(log, metrics, clock), events, id),
    commands: joinCommands(config, withWeb),
    hostGraceMs: config.hostGraceMs,
    requireAuthorizedKeys: config.requireAuthorizedKeys,
    ...limits,
    keys: new ForgeKeys(config.keyForges, clock),
    ...(names === undefined ? {} : { names }),
    ...(hooks === undefined ? {} : { onHook: (hook) => hooks.happened(hook) }),
  });
  backplane.onBack(() => void sessions.directoryIsBack());
  metrics.onScrape(() => countSessions(sessions, config.region, metrics));
  return sessions;
}

/** Undefined where there is no broker that would deliver anything. */
function webhookSender(
  config: Config,
  secret: string,
  { backplane, clock, log, metrics, tracer, withWeb, hasBroker }: WebhookSenderDeps,
): WebhookSender | undefined {
  const { urls, forSessions } = config.webhooks;
  const isDelivered = hasBroker || urls.length > 0 || config.brokerUrls.length > 0;
  if (!isDelivered || (urls.length === 0 && !forSessions)) return undefined;
  const lost = (count: number): void => metrics.webhookDeliveries.add({ result: 'lost' }, count);
  const rare = new RareLog(log, clock);
  const writer = new WebhookWriter(backplane.webhooks, clock, lost, (error) =>
    rare.warn('webhooks-wait', 'queue', error),
  );
  const sealer = new WebhookSealer(secret);
  const commands = joinCommands(config, withWeb);
  return new WebhookSender({
    writer,
    sealer,
    clock,
    tracer,
    urls,
    forSessions,
    commands,
    webUrl: withWeb ? config.webUrl : undefined,
  });
}

interface WebhookSenderDeps {
  readonly backplane: SharedBackplane;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly withWeb: boolean;
  readonly hasBroker: boolean;
}

/** In one process the accounts are at hand; in a fleet a broker is asked for them. */
function nameAuthority(
  config: Config,
  secret: string,
  { accounts, isShared }: SharedBackplane,
  clock: Clock,
  tracer: Tracer,
  hasBroker: boolean,
): NameAuthority | undefined {
  const { brokerUrls: urls, openNames: openUser } = config;
  if (hasBroker || !isShared) return ownNames(accounts, openUser);
  if (urls.length > 0) return new BrokerNames({ urls, calls: new InternalCalls(secret), clock, openUser, tracer });
  return openUser === undefined ? undefined : openNames(openUser);
}
