import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { edgeId, type Clock } from '#kernel';
import { ReconnectionSigner } from '#access';
import {
  CLOCK,
  CONFIG,
  HEALTH,
  keptSecret,
  LOG,
  METRICS,
  type Config,
  type Health,
  type Log,
  type Metrics,
} from '#platform';
import { EdgeSessions } from '#session';
import { HostKeys } from '#ssh';
import { openBackplane, type SharedBackplane } from './backplane.js';
import { EdgeLife } from './edge-life.js';
import { sessionObserver } from './session-observer.js';
import { joinCommands } from './share-commands.js';
import { BACKPLANE, DIRECTORY, HOST_KEYS, SESSIONS } from './tokens.js';

/** What a process is an edge for. */
export type Transport = 'ssh' | 'web';

/**
 * What every edge's process has one of, whatever comes in over it: sessions, directory, host keys. Global, as the
 * platform is; needs `PlatformModule`.
 */
@Module({})
export class EdgeModule implements OnApplicationShutdown {
  constructor(@Inject(BACKPLANE) private readonly backplane: SharedBackplane) {}

  static of(...transports: readonly Transport[]): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      providers: [
        {
          provide: BACKPLANE,
          inject: [CONFIG, LOG, METRICS, CLOCK, HEALTH],
          useFactory: async (config: Config, log: Log, metrics: Metrics, clock: Clock, health: Health) =>
            await openBackplane({ config, log, metrics, clock, health, role: `${transports.join('-')}-edge` }),
        },
        { provide: DIRECTORY, inject: [BACKPLANE], useFactory: ({ directory }: SharedBackplane) => directory },
        {
          provide: HOST_KEYS,
          inject: [CONFIG],
          useFactory: (config: Config) => HostKeys.load(config.hostKeysDir),
        },
        {
          provide: SESSIONS,
          inject: [CONFIG, LOG, METRICS, CLOCK, BACKPLANE],
          useFactory: (config: Config, log: Log, metrics: Metrics, clock: Clock, backplane: SharedBackplane) =>
            makeSessions(config, log, metrics, clock, backplane, transports),
        },
        {
          provide: EdgeLife,
          inject: [CONFIG, SESSIONS, BACKPLANE],
          // Where there is no other edge, there is nothing to wait for.
          useFactory: ({ drainMs }: Config, sessions: EdgeSessions, { isShared }: SharedBackplane) =>
            new EdgeLife(sessions, isShared ? drainMs : undefined),
        },
      ],
      exports: [DIRECTORY, HOST_KEYS, SESSIONS, EdgeLife],
    };
  }

  onApplicationShutdown(): void {
    this.backplane.dispose();
  }
}

function makeSessions(
  config: Config,
  log: Log,
  metrics: Metrics,
  clock: Clock,
  backplane: SharedBackplane,
  transports: readonly Transport[],
): EdgeSessions {
  const secret = config.secret ?? keptSecret(join(config.dataDir, 'secret'));
  if (config.secret === undefined && backplane.isShared) {
    log.warn('secret-not-shared', {}, 'Without SHIPMATE_SECRET a host can have its session back at this edge only.');
  }
  const { directory, relay, regions } = backplane;
  const withWeb = transports.includes('web') || config.webUrlGiven;
  const sessions: EdgeSessions = new EdgeSessions({
    edgeId: edgeId(randomUUID()),
    region: config.region,
    addresses: { sshHost: config.sshHost, sshPort: config.sshPublicPort, webUrl: withWeb ? config.webUrl : '' },
    clock,
    directory,
    relay,
    regions,
    signer: new ReconnectionSigner(secret.reveal()),
    observer: sessionObserver(log, metrics, clock),
    commands: joinCommands(config, withWeb),
    hostGraceMs: config.hostGraceMs,
    requireAuthorizedKeys: config.requireAuthorizedKeys,
  });
  backplane.onBack(() => void sessions.directoryIsBack());
  metrics.onScrape(() => countSessions(sessions, config.region, metrics));
  return sessions;
}

/** Counted when they are asked for: a session costs nothing at rest. */
function countSessions(sessions: EdgeSessions, region: string, metrics: Metrics): void {
  const states = { live: 0, reconnecting: 0 };
  const participants = { ssh: { writer: 0, reader: 0 }, web: { writer: 0, reader: 0 } };
  for (const session of sessions.sessions) {
    if (session.state !== 'closed') states[session.state] += 1;
  }
  for (const room of sessions.rooms) {
    for (const { info } of room.audience.seats) participants[info.transport][info.role] += 1;
  }
  for (const state of ['live', 'reconnecting'] as const) metrics.sessions.set({ region, state }, states[state]);
  for (const transport of ['ssh', 'web'] as const) {
    for (const role of ['writer', 'reader'] as const) {
      metrics.participants.set({ transport, role }, participants[transport][role]);
    }
  }
}
