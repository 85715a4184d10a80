import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  Inject,
  Injectable,
  Module,
  UseFilters,
  type BeforeApplicationShutdown,
  type INestApplication,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { HostSecrets, MemoryLimiter, Quotas, type Identity } from '#access';
import { barredText } from '#address';
import { InternalCalls, Refusals } from '#control';
import { ClientAddresses, turnedAway, UntrustedProxies } from '#edge';
import { BACKPLANE, ClientModule, cookiesOf, readCookie, PLATFORM, type Answer, type Platform } from '#nest';
import { fleetSecret, isDecodable, keptSecret, listening } from '#platform';
import { OperationGuard } from './api/operation.guard.js';
import { answerProblem, Problem, ProblemFilter } from './api/problem.js';
import { isApiPath, requestLog } from './api/request-log.js';
import { API_LIMITS, API_REQUESTS } from './api-limits.js';
import { acceptedSecrets, BROKER, openBroker, type Broker } from './broker.js';
import { Callers, type CallersOptions } from './callers.js';
import { API_CONTROLLERS, DescriptionController, HOST_API_CONTROLLERS } from './controllers/description.controller.js';
import { OperatorPageController } from './controllers/operator-page.controller.js';
import { InternalServer } from './internal-server.js';
import { DirectoryWatch } from './reaper/directory-watch.js';
import { Reaper } from './reaper/reaper.js';
import { makePostOffice } from './webhooks/make-post-office.js';
import type { PostOffice } from './webhooks/post-office.js';

const DEFAULT_BROKER_PORT = 8079;

/** The broker's part of a process: its internal port, its background work, and its shutdown. */
@Injectable()
export class BrokerService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #postOffice: PostOffice;
  readonly #reaper: Reaper;
  #internal: InternalServer | undefined;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(BROKER) private readonly broker: Broker,
  ) {
    this.#postOffice = makePostOffice({ ...platform, queue: broker.webhooks, sealer: broker.sealer });
    this.#reaper = makeReaper(platform, broker);
  }

  onApplicationBootstrap(): void {
    this.#postOffice.start();
    this.#reaper.start();
  }

  /** Listens for the edges of the fleet. Where all is one process, nobody need ask. */
  async listenForEdges(): Promise<void> {
    const { config, log, clock, tracer } = this.platform;
    const { bind, brokerPort: port = DEFAULT_BROKER_PORT } = config;
    const failed = (error: unknown): void => log.error('broker-fault', { error });
    const calls = new InternalCalls(fleetSecret(config).reveal(), acceptedSecrets(config));
    const server = new InternalServer(calls, this.broker.accounts, clock, failed, tracer);
    await listening(async () => await server.listen(port, bind), { bind, port, variable: 'SHIPMATE_BROKER_PORT' });
    this.#internal = server;
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#postOffice.dispose();
    this.#reaper.dispose();
    this.broker.fleet.dispose();
    await this.#internal?.close();
  }
}

function makeReaper({ config, clock, log, metrics }: Platform, broker: Broker): Reaper {
  return new Reaper({
    ...broker,
    hostGraceMs: config.hostGraceMs,
    eventsKeptMs: config.audit.keptMs,
    watch: new DirectoryWatch(broker.directory, clock),
    otherRegions: new Set(broker.regions.map(({ region }) => region)),
    reaped(report) {
      for (const [kind, count] of Object.entries({ orphan: report.orphans, will: report.wills, ...report.leftovers })) {
        if (count > 0) metrics.reaped.add({ kind }, count);
      }
      if (report.faults.length > 0) log.warn('reaper-trouble', { ...report });
      else log.info('reaped', { ...report });
    },
  });
}

/** The API below `/v1`, and the operator's page. Needs `BackplaneModule`, and `useApi` for the application. */
@Module({
  imports: [ClientModule],
  controllers: [...API_CONTROLLERS, OperatorPageController, DescriptionController],
  providers: [{ provide: BROKER, inject: [PLATFORM, BACKPLANE], useFactory: openBroker }, BrokerService],
  exports: [BrokerService],
})
export class BrokerModule {}

/** Ends what hosts' calls have opened. */
@Injectable()
class HostApiService implements BeforeApplicationShutdown {
  constructor(@Inject(BROKER) private readonly broker: Broker) {}

  beforeApplicationShutdown(): void {
    this.broker.fleet.dispose();
  }
}

/**
 * The API's operations on sessions, for hosts alone: a web edge has them, so that the host's page works wherever it is served, also
 * while no broker runs. Needs `BackplaneModule`, and `useHostApi` for the application.
 */
@Module({
  controllers: HOST_API_CONTROLLERS,
  providers: [{ provide: BROKER, inject: [PLATFORM, BACKPLANE], useFactory: openBroker }, HostApiService],
})
export class HostApiModule {}

/** Checks the API's requests and turns its errors into problems; call it before the application is initialised. */
export function useApi(app: INestApplication): void {
  const { config } = app.get<Platform>(PLATFORM);
  const { accounts, policies } = app.get<Broker>(BROKER);
  const adminToken = (config.adminToken ?? keptSecret(join(config.dataDir, 'admin-token'))).reveal();
  const signedIn = { find: finder(app), mayOperate: (who: Identity) => policies.mayOperate(who) };
  guardApi(app, [...API_CONTROLLERS, DescriptionController], { people: { adminToken, accounts }, signedIn });
}

/** As `useApi`, where only hosts may call, and whoever has a link to decide. */
export function useHostApi(app: INestApplication): void {
  guardApi(app, HOST_API_CONTROLLERS, { signedIn: { find: finder(app) } });
}

/** Finds who has signed in in the browser that calls. */
function finder(app: INestApplication): NonNullable<CallersOptions['signedIn']>['find'] {
  const { session } = cookiesOf(app.get<Platform>(PLATFORM).config.webUrl);
  const { browsers } = app.get<Broker>(BROKER).signIns;
  return async ({ cookie }) => {
    const secret = readCookie(typeof cookie === 'string' ? cookie : undefined, session);
    return secret === undefined ? undefined : await browsers.find(secret);
  };
}

function guardApi(
  app: INestApplication,
  controllers: readonly Type[],
  others: Pick<CallersOptions, 'people' | 'signedIn'>,
): void {
  const { config, log, metrics, health, clock, tracer } = app.get<Platform>(PLATFORM);
  const { audit } = app.get<Broker>(BROKER);
  const limiter = new MemoryLimiter(clock, API_LIMITS);
  const refusals = new Refusals(audit, clock, 'api');
  const untrusted = new UntrustedProxies(clock, log);
  health.notice('api-proxies', () => untrusted.notice);
  const addresses = new ClientAddresses(config, untrusted);
  const tell = turnedAway(log, metrics, refusals);
  const hosts = new HostSecrets(fleetSecret(config).reveal(), acceptedSecrets(config));
  const callers = new Callers({ hosts, limiter, refusals, ...others });
  const guard = new OperationGuard(callers, new Quotas({ clock, rules: API_REQUESTS }), addresses);
  const failed = (error: unknown): void => log.error('api-fault', { error });
  app.use(requestLog(log, clock, addresses, tracer));
  app.use((request: IncomingMessage, response: Answer, next: () => void) => {
    const address = addresses.of(request);
    // Responses contain keys, and who is where: no cache may keep them.
    if (isApiPath(request.url)) response.set({ 'cache-control': 'no-store' });
    const why = isApiPath(request.url) ? addresses.bars(address) : undefined;
    if (why === undefined) next();
    else {
      tell(why, address, 'api');
      answerProblem(response, new Problem(403, why, barredText(address)), failed);
    }
  });
  app.useGlobalGuards(guard);
  const filter = new ProblemFilter(failed);
  for (const controller of controllers) UseFilters(filter)(controller);
  // An address whose escapes are broken fails before any controller is found. Those of other roles in this process are theirs.
  app.use((request: { url: string }, response: Answer, next: () => void) => {
    if (!isApiPath(request.url) || isDecodable(request.url)) next();
    else answerProblem(response, new URIError(), failed);
  });
}
