import { randomUUID } from 'node:crypto';
import { edgeId, type Clock, type Disposable, type EdgeId, type Tracer, type Work } from '#kernel';
import {
  FleetLimiter,
  HostSecrets,
  MemoryLimiter,
  Quotas,
  ReconnectionSigner,
  type Limiter,
  type PenaltyRule,
} from '#access';
import { EdgeSessions, type EdgeDeps, type NameAuthority } from '#fleet';
import { HostKeys } from '#ssh';
import { Refusals, InternalCalls, serveControl, type EventWriter, WebhookSealer, WebhookWriter } from '#control';
import { fleetSecret, type Config, type Health, type Log, type Metrics } from '#platform';
import { JoinAttempts } from './join-attempts.js';
import type { SharedBackplane } from './backplane.js';
import { RareLog } from './backplane-observers.js';
import { BrokerNames, openNames, ownNames } from './broker-names.js';
import { audited } from './audit.js';
import { countSessions } from './count-sessions.js';
import { edgeCosts, edgeWork } from './costs.js';
import { hostFaults } from './host-faults.js';
import { attemptsAtOnce, edgeLimits, FAULT_LIMITS, NO_LIMITER, quotaRules, type Quota } from './failure-limits.js';
import { ClientAddresses } from './client-addresses.js';
import { UntrustedProxies } from './untrusted-proxies.js';
import { sessionLimits } from './session-limits.js';
import { turnedAway, type TurnedAway } from './turned-away.js';
import { EdgeLife } from './edge-life.js';
import { ForgeKeys } from './forge-keys.js';
import { operateEdge } from './operate-edge.js';
import { withSignIn, type OperatorDemands } from './sign-in-demands.js';
import { openSignIns, type EdgeSignIns } from './sign-ins.js';
import { sessionObserver } from './session-observer.js';
import { eventWriter } from './event-writer.js';
import { hostCommands, joinCommands } from './share-commands.js';
import { WebhookSender } from './webhook-sender.js';

/** How joiners reach an edge. */
export type Transport = 'ssh' | 'web';

/** What the process of an edge is. */
export interface EdgeRoles {
  readonly transports: readonly Transport[];
  /** Whether the process is a broker as well, so that the edge need not call one. Default: false. */
  readonly hasBroker?: boolean;
}

/** What an edge is built on. */
export interface EdgeParts {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly backplane: SharedBackplane;
}

/** What every edge process has once, whatever its transports. */
export interface Edge {
  readonly sessions: EdgeSessions;
  readonly attempts: JoinAttempts;
  readonly hostKeys: HostKeys;
  readonly addresses: ClientAddresses;
  readonly quotas: Quotas<Quota>;
  readonly turnedAway: TurnedAway;
  /** Counts the CPU time that hosts and joiners cost. */
  readonly work: Work;
  readonly refusals: Refusals;
  readonly signIns: EdgeSignIns;
  /** What the operator demands. */
  readonly operator: OperatorDemands;
  readonly life: EdgeLife;
}

/** The parts, with what belongs to this edge. */
interface OwnParts extends EdgeParts {
  readonly id: EdgeId;
  readonly events: EventWriter;
  readonly secret: string;
  readonly hasBroker: boolean;
  /** Whether hosts can connect to it with the stock client. */
  readonly takesHosts: boolean;
  readonly operator: OperatorDemands;
  /** Whether there are pages that joiners can open. */
  readonly withWeb: boolean;
}

/** Builds an edge; `life` starts and stops it. Throws `config` if host keys or secrets cannot be read. */
export async function openEdge(parts: EdgeParts, { transports, hasBroker = false }: EdgeRoles): Promise<Edge> {
  const { config, log, metrics, clock, tracer, backplane } = parts;
  const hostKeys = await HostKeys.load(config.hostKeysDir);
  const own: OwnParts = {
    ...parts,
    id: edgeId(randomUUID()),
    events: eventWriter(config, backplane, clock, log),
    secret: fleetSecret(config).reveal(),
    hasBroker,
    takesHosts: transports.includes('ssh'),
    withWeb: transports.includes('web') || config.webUrlGiven,
    operator: withSignIn(backplane.policies, config.signIn.required),
  };
  const addresses = openAddresses(parts);
  const quotas = makeQuotas(own, addresses);
  const refusals = new Refusals(own.events, clock, own.id);
  const turned = turnedAway(log, metrics, refusals);
  const work = edgeWork(clock, metrics, turned);
  const faultLimiter = makeLimiter(FAULT_LIMITS, parts);
  const sessions = makeSessions(own, {
    limits: sessionLimits(quotas, turned),
    faults: hostFaults(faultLimiter, turned, (error) => log.error('session-fault', { what: 'faulty hosts', error })),
    work,
    ...edgeCosts(config, metrics),
  });
  const rules = edgeLimits(config.limits);
  const limiter = rules === undefined ? NO_LIMITER : makeLimiter(rules, parts);
  const attempts = new JoinAttempts({
    sessions,
    limiter,
    quotas,
    clock,
    tracer,
    work,
    attemptsAtOnce: attemptsAtOnce(config.limits),
  });
  const signIns = openSignIns({ ...own, refusals, by: own.id });
  const life = makeLife(own, sessions, quotas, signIns);
  return {
    sessions,
    attempts,
    hostKeys,
    addresses,
    quotas,
    turnedAway: turned,
    work,
    refusals,
    signIns,
    operator: own.operator,
    life,
  };
}

function openAddresses({ config, clock, log, health }: EdgeParts): ClientAddresses {
  const untrusted = new UntrustedProxies(clock, log);
  health.notice('proxies', () => untrusted.notice);
  return new ClientAddresses(config, untrusted);
}

/** Counts for this process, and for the fleet if there is one. */
function makeLimiter<R extends string>(
  rules: Readonly<Record<R, PenaltyRule>>,
  { clock, backplane, log }: EdgeParts,
): Limiter<R> {
  const own = new MemoryLimiter<R>(clock, rules);
  const fleet = backplane.limiter?.<R>(rules);
  if (fleet === undefined) return own;
  const rare = new RareLog(log, clock);
  return new FleetLimiter(own, fleet, clock, (error) => rare.warn('redis-fault', 'limits', error));
}

function makeQuotas(
  { config, clock, backplane: { quotas: store }, log, id }: OwnParts,
  addresses: ClientAddresses,
): Quotas<Quota> {
  const rare = new RareLog(log, clock);
  return new Quotas<Quota>({
    clock,
    rules: quotaRules(config.limits),
    isProxy: (address) => addresses.isProxy(address),
    failed: (error) => rare.warn('redis-fault', 'limits', error),
    ...(store === undefined ? {} : { shared: { edge: String(id), store } }),
  });
}

/** An edge that is alone has no one to give its sessions to, so it does not drain. */
function makeLife(own: OwnParts, sessions: EdgeSessions, quotas: Quotas<Quota>, { providers }: EdgeSignIns): EdgeLife {
  const { config, log, tracer, id } = own;
  const { bus, isShared } = own.backplane;
  const failed = (error: unknown): void => log.error('control-fault', { error });
  const begin = async (): Promise<Disposable> => {
    const control = await serveControl(bus, id, operateEdge(sessions, config.drainMs, failed), failed, tracer);
    quotas.start();
    providers.start();
    return {
      dispose: () => {
        providers.stop();
        control.dispose();
        quotas.dispose();
      },
    };
  };
  return new EdgeLife(sessions, isShared ? config.drainMs : undefined, begin);
}

type SessionCosts = Pick<EdgeDeps, 'limits' | 'faults' | 'ledger' | 'work' | 'hasRoom'>;

function makeSessions(own: OwnParts, costs: SessionCosts): EdgeSessions {
  const { config, log, metrics, clock, tracer, backplane, id, events, secret, withWeb } = own;
  if (config.secret === undefined && backplane.isShared) {
    log.warn(
      'secret-not-shared',
      {},
      'Unless the edges share their data directory, a host can get its session back at this edge only.',
    );
  }
  const { directory, relay, regions } = backplane;
  const names = nameAuthority(own);
  const hooks = webhookSender(own);
  const accepted = config.acceptedSecrets.map((one) => one.reveal());
  const sessions: EdgeSessions = new EdgeSessions({
    edgeId: id,
    region: config.region,
    addresses: { sshHost: config.sshHost, sshPort: config.sshPublicPort, webUrl: withWeb ? config.webUrl : '' },
    takesHosts: own.takesHosts,
    clock,
    tracer,
    directory,
    relay,
    regions,
    signer: new ReconnectionSigner(secret, accepted),
    observer: audited(sessionObserver(log, metrics, clock), events, id),
    commands: hostCommands(config, withWeb, new HostSecrets(secret, accepted)),
    hostGraceMs: config.hostGraceMs,
    requireAuthorizedKeys: config.requireAuthorizedKeys,
    ...costs,
    keys: new ForgeKeys(config.keyForges, clock),
    operator: own.operator,
    locks: backplane.locks,
    signOuts: backplane.signOuts,
    providers: new Set(config.signIn.providers.map(({ name }) => name)),
    ...(names === undefined ? {} : { names }),
    ...(hooks === undefined ? {} : { onHook: (hook) => hooks.happened(hook) }),
    sendsHooks: hooks !== undefined && config.webhooks.forSessions,
  });
  backplane.onBack(() => void sessions.directoryIsBack());
  metrics.onScrape(() => countSessions(sessions, config.region, metrics));
  return sessions;
}

/** Undefined if no broker would deliver anything. */
function webhookSender(own: OwnParts): WebhookSender | undefined {
  const { config, secret, backplane, clock, log, metrics, tracer, withWeb, hasBroker } = own;
  const { urls, slackUrls, forSessions } = config.webhooks;
  const isWanted = urls.length > 0 || slackUrls.length > 0;
  const isDelivered = hasBroker || isWanted || config.brokerUrls.length > 0;
  if (!isDelivered || (!isWanted && !forSessions)) return undefined;
  const lost = (count: number): void => metrics.webhookDeliveries.add({ result: 'lost' }, count);
  const rare = new RareLog(log, clock);
  const failed = (error: unknown): void => rare.warn('webhooks-wait', 'queue', error);
  return new WebhookSender({
    writer: new WebhookWriter(backplane.webhooks, clock, lost, failed),
    sealer: new WebhookSealer(secret),
    clock,
    tracer,
    urls,
    slackUrls,
    forSessions,
    commands: joinCommands(config, withWeb),
    webUrl: withWeb ? config.webUrl : undefined,
  });
}

/** A process with a broker reads the accounts itself; other edges of a fleet ask a broker. */
function nameAuthority(own: OwnParts): NameAuthority | undefined {
  const { config, secret, clock, tracer, hasBroker } = own;
  const { accounts, isShared } = own.backplane;
  const { brokerUrls: urls, openNames: openUser } = config;
  if (hasBroker || !isShared) return ownNames(accounts, openUser);
  if (urls.length > 0) return new BrokerNames({ urls, calls: new InternalCalls(secret), clock, openUser, tracer });
  return openUser === undefined ? undefined : openNames(openUser);
}
