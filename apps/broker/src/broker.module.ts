import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  Module,
  UseFilters,
  type BeforeApplicationShutdown,
  type INestApplication,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Clock, Tracer } from '#kernel';
import { MemoryLimiter } from '#access';
import { barredText } from '#address';
import { InternalCalls, Refusals, WebhookSealer, type EventWriter } from '#control';
import { eventWriter, ClientAddresses, turnedAway, UntrustedProxies, type SharedBackplane } from '#edge';
import { BACKPLANE, CLOCK, CONFIG, HEALTH, LOG, METRICS, TRACER } from '#nest';
import {
  fleetSecret,
  isDecodable,
  keptSecret,
  listening,
  type Config,
  type Health,
  type Log,
  type Metrics,
} from '#platform';
import { OperationGuard } from './api/operation.guard.js';
import { Problem, ProblemFilter, sendProblem, type ProblemResponse } from './api/problem.js';
import { isApiPath, requestLog } from './api/request-log.js';
import { Callers } from './callers.js';
import { API_CONTROLLERS, DescriptionController } from './controllers/description.controller.js';
import { Fleet } from './fleet.js';
import { InternalServer } from './internal-server.js';
import { API_LIMITS } from './api-limits.js';
import { ACCOUNTS, AUDIT, EVENTS, FLEET, HOUSEKEEPING, SEALER, WEBHOOKS } from './injected.js';
import { makePostOffice } from './webhooks/make-post-office.js';
import { DirectoryWatch } from './reaper/directory-watch.js';
import { Reaper } from './reaper/reaper.js';
import { PostOffice } from './webhooks/post-office.js';

const DEFAULT_BROKER_PORT = 8079;

const acceptedBy = ({ acceptedSecrets }: Config): string[] => acceptedSecrets.map((one) => one.reveal());

/** The broker's part of a process: its internal port, what it does by itself, and how it ends. */
export class BrokerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #internal: InternalServer | undefined;

  constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly clock: Clock,
    private readonly backplane: SharedBackplane,
    private readonly fleet: Fleet,
    private readonly postOffice: PostOffice,
    private readonly reaper: Reaper,
    private readonly tracer: Tracer,
  ) {}

  onApplicationBootstrap(): void {
    this.postOffice.start();
    this.reaper.start();
  }

  /** Listens for the edges of the fleet. Where all is one process, nobody need ask. */
  async listenForEdges(): Promise<void> {
    const { bind, brokerPort: port = DEFAULT_BROKER_PORT } = this.config;
    const failed = (error: unknown): void => this.log.error('broker-fault', { error });
    const calls = new InternalCalls(fleetSecret(this.config).reveal(), acceptedBy(this.config));
    const server = new InternalServer(calls, this.backplane.accounts, this.clock, failed, this.tracer);
    await listening(async () => await server.listen(port, bind), { bind, port, variable: 'SHIPMATE_BROKER_PORT' });
    this.#internal = server;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.postOffice.dispose();
    this.reaper.dispose();
    this.fleet.dispose();
    await this.#internal?.close();
  }
}

function makeReaper(
  { hostGraceMs, audit: { keptMs: eventsKeptMs } }: Config,
  { directory, housekeeping, webhooks, events, regions }: SharedBackplane,
  audit: EventWriter,
  clock: Clock,
  log: Log,
  metrics: Metrics,
): Reaper {
  return new Reaper({
    directory,
    housekeeping,
    webhooks,
    events,
    audit,
    clock,
    hostGraceMs,
    eventsKeptMs,
    watch: new DirectoryWatch(directory, clock),
    otherRegions: new Set(regions.map(({ region }) => region)),
    reaped(report) {
      for (const [kind, count] of Object.entries({ orphan: report.orphans, will: report.wills, ...report.leftovers })) {
        if (count > 0) metrics.reaped.add({ kind }, count);
      }
      if (report.faults.length > 0) log.warn('reaper-trouble', { ...report });
      else log.info('reaped', { ...report });
    },
  });
}

/** The API below `/v1`. Needs `BackplaneModule`, and `useApi` for the application. */
@Module({
  controllers: [...API_CONTROLLERS, DescriptionController],
  providers: [
    { provide: ACCOUNTS, inject: [BACKPLANE], useFactory: ({ accounts }: SharedBackplane) => accounts },
    { provide: EVENTS, inject: [BACKPLANE], useFactory: ({ events }: SharedBackplane) => events },
    { provide: WEBHOOKS, inject: [BACKPLANE], useFactory: ({ webhooks }: SharedBackplane) => webhooks },
    { provide: HOUSEKEEPING, inject: [BACKPLANE], useFactory: ({ housekeeping }: SharedBackplane) => housekeeping },
    {
      provide: SEALER,
      inject: [CONFIG],
      useFactory: (config: Config) => new WebhookSealer(fleetSecret(config).reveal(), acceptedBy(config)),
    },
    {
      provide: PostOffice,
      inject: [CONFIG, WEBHOOKS, SEALER, CLOCK, LOG, METRICS, TRACER],
      useFactory: (
        config: Config,
        queue: SharedBackplane['webhooks'],
        sealer: WebhookSealer,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        tracer: Tracer,
      ) => makePostOffice({ config, queue, sealer, clock, log, metrics, tracer }),
    },
    {
      provide: AUDIT,
      inject: [CONFIG, BACKPLANE, CLOCK, LOG],
      useFactory: eventWriter,
    },
    {
      provide: FLEET,
      inject: [BACKPLANE, CLOCK, TRACER],
      useFactory: ({ directory, bus }: SharedBackplane, clock: Clock, tracer: Tracer) =>
        new Fleet(directory, bus, clock, tracer),
    },
    {
      provide: Reaper,
      inject: [CONFIG, BACKPLANE, AUDIT, CLOCK, LOG, METRICS],
      useFactory: makeReaper,
    },
    {
      provide: BrokerService,
      inject: [CONFIG, LOG, CLOCK, BACKPLANE, FLEET, PostOffice, Reaper, TRACER],
      useFactory: (
        config: Config,
        log: Log,
        clock: Clock,
        backplane: SharedBackplane,
        fleet: Fleet,
        postOffice: PostOffice,
        reaper: Reaper,
        tracer: Tracer,
      ) => new BrokerService(config, log, clock, backplane, fleet, postOffice, reaper, tracer),
    },
  ],
  exports: [BrokerService],
})
export class BrokerModule {}

/** Has the API's requests checked and its errors told as problems; before the application is initialised. */
export function useApi(app: INestApplication): void {
  const [config, log, clock] = [app.get<Config>(CONFIG), app.get<Log>(LOG), app.get<Clock>(CLOCK)];
  const token = config.adminToken ?? keptSecret(join(config.dataDir, 'admin-token'));
  const limiter = new MemoryLimiter(clock, API_LIMITS);
  const { accounts } = app.get<SharedBackplane>(BACKPLANE);
  const refusals = new Refusals(app.get<EventWriter>(AUDIT), clock, 'api');
  const untrusted = new UntrustedProxies(clock, log);
  app.get<Health>(HEALTH).notice('api-proxies', () => untrusted.notice);
  const addresses = new ClientAddresses(config, untrusted);
  const tell = turnedAway(log, app.get<Metrics>(METRICS), refusals);
  const guard = new OperationGuard(new Callers(token.reveal(), accounts, limiter, refusals), limiter, addresses);
  const failed = (error: unknown): void => log.error('api-fault', { error });
  app.use(requestLog(log, clock, addresses, app.get<Tracer>(TRACER)));
  app.use((request: IncomingMessage, response: ProblemResponse, next: () => void) => {
    const address = addresses.of(request);
    // Answers hold keys, and who is where: no cache is to keep them.
    if (isApiPath(request.url)) response.set({ 'cache-control': 'no-store' });
    const why = isApiPath(request.url) ? addresses.bars(address) : undefined;
    if (why === undefined) next();
    else {
      tell(why, address, 'api');
      sendProblem(response, new Problem(403, why, barredText(address)), failed);
    }
  });
  app.useGlobalGuards(guard);
  const filter = new ProblemFilter(failed);
  for (const controller of [...API_CONTROLLERS, DescriptionController]) UseFilters(filter)(controller);
  // An address whose escapes are broken fails before any controller is found. Those of other roles in this process are theirs.
  app.use((request: { url: string }, response: ProblemResponse, next: () => void) => {
    if (!isApiPath(request.url) || isDecodable(request.url)) next();
    else sendProblem(response, new URIError(), failed);
  });
}
