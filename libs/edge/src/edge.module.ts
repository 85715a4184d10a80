import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { edgeId, type Clock } from '#kernel';
import { ReconnectionSigner } from '#access';
import { MemoryDirectory, type Directory } from '#directory';
import { CLOCK, CONFIG, keptSecret, LOG, METRICS, type Config, type Log, type Metrics } from '#platform';
import { BusRelay, MemoryBus } from '#relay';
import { EdgeSessions } from '#session';
import { HostKeys } from '#ssh';
import { EdgeLife } from './edge-life.js';
import { sessionObserver } from './session-observer.js';
import { joinCommands } from './share-commands.js';
import { DIRECTORY, HOST_KEYS, SESSIONS } from './tokens.js';

/** How long a host that was lost is waited for. tmate retries every 2 s: this is for a laptop between two meetings. */
const HOST_GRACE_MS = 10 * 60_000;

/** What a process is an edge for. */
export type Transport = 'ssh' | 'web';

/**
 * What every edge's process has one of, whatever comes in over it: sessions, directory, host keys. Global, as the
 * platform is; needs `PlatformModule`.
 */
@Module({})
export class EdgeModule {
  static of(...transports: readonly Transport[]): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      providers: [
        { provide: DIRECTORY, inject: [CLOCK], useFactory: (clock: Clock) => new MemoryDirectory(clock) },
        {
          provide: HOST_KEYS,
          inject: [CONFIG],
          useFactory: (config: Config) => HostKeys.load(config.hostKeysDir),
        },
        {
          provide: SESSIONS,
          inject: [CONFIG, LOG, METRICS, CLOCK, DIRECTORY],
          useFactory: (config: Config, log: Log, metrics: Metrics, clock: Clock, directory: Directory) =>
            makeSessions(config, log, metrics, clock, directory, transports),
        },
        { provide: EdgeLife, inject: [SESSIONS], useFactory: (sessions: EdgeSessions) => new EdgeLife(sessions) },
      ],
      exports: [DIRECTORY, HOST_KEYS, SESSIONS, EdgeLife],
    };
  }
}

function makeSessions(
  config: Config,
  log: Log,
  metrics: Metrics,
  clock: Clock,
  directory: Directory,
  transports: readonly Transport[],
): EdgeSessions {
  const secret = config.secret ?? keptSecret(join(config.dataDir, 'secret'));
  const withWeb = transports.includes('web') || config.webUrlGiven;
  const sessions: EdgeSessions = new EdgeSessions({
    edgeId: edgeId(randomUUID()),
    region: config.region,
    addresses: { sshHost: config.sshHost, sshPort: config.sshPublicPort, webUrl: withWeb ? config.webUrl : '' },
    clock,
    directory,
    relay: new BusRelay(new MemoryBus(), clock),
    signer: new ReconnectionSigner(secret.reveal()),
    observer: sessionObserver(log, metrics),
    commands: joinCommands(config, withWeb),
    hostGraceMs: HOST_GRACE_MS,
    requireAuthorizedKeys: config.requireAuthorizedKeys,
  });
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
