import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { edgeId, ShipmateError, type Clock } from '#kernel';
import { parseAuthorizedKeys, ReconnectionSigner, type AuthorizedKey } from '#access';
import { MemoryDirectory } from '#directory';
import {
  CLOCK,
  CONFIG,
  HEALTH,
  keptSecret,
  listening,
  LOG,
  METRICS,
  type Config,
  type Health,
  type Log,
  type Metrics,
} from '#platform';
import { BusRelay, MemoryBus } from '#relay';
import { EdgeSessions } from '#session';
import { HostKeys } from '#ssh';
import { sshCommand } from './share-commands.js';
import { sessionObserver, sshEdgeObserver } from './observers.js';
import { SshEdge } from './ssh-edge.js';

/** How long a host that was lost is waited for. tmate retries every 2 s: this is for a laptop between two meetings. */
const HOST_GRACE_MS = 10 * 60_000;

/** How long clients may take to read their last line when the process stops. */
const CLOSE_GRACE_MS = 2000;

/** The edge's part of a process: what it is made of, and how it begins and ends. */
export class SshEdgeService implements BeforeApplicationShutdown {
  constructor(
    private readonly config: Config,
    private readonly edge: SshEdge,
    private readonly sessions: EdgeSessions,
    readonly hostKeys: HostKeys,
  ) {}

  /** Takes connections from now on. Throws `unavailable`, with a sentence that says what to do, when the port is taken. */
  async listen(): Promise<void> {
    const { bind, sshPort: port } = this.config;
    await this.sessions.start();
    await listening(async () => void (await this.edge.listen(bind, port)), {
      bind,
      port,
      variable: 'SHIPMATE_SSH_PORT',
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sessions.stop();
    await this.edge.close(CLOSE_GRACE_MS);
  }
}

const HOST_KEYS = Symbol('shipmate:host-keys');
const SESSIONS = Symbol('shipmate:sessions');
const SSH_EDGE = Symbol('shipmate:ssh-edge');

/** Hosts and joiners over SSH, on the embedded directory. Needs `PlatformModule`. */
@Module({})
export class SshEdgeModule {
  static create(): DynamicModule {
    return {
      module: SshEdgeModule,
      providers: [
        {
          provide: HOST_KEYS,
          inject: [CONFIG],
          useFactory: (config: Config) => HostKeys.load(config.hostKeysDir),
        },
        { provide: SESSIONS, inject: [CONFIG, LOG, METRICS, CLOCK], useFactory: makeSessions },
        { provide: SSH_EDGE, inject: [CONFIG, LOG, METRICS, CLOCK, SESSIONS, HOST_KEYS], useFactory: makeEdge },
        {
          provide: SshEdgeService,
          inject: [CONFIG, SSH_EDGE, SESSIONS, HOST_KEYS],
          useFactory: (config: Config, edge: SshEdge, sessions: EdgeSessions, keys: HostKeys) =>
            new SshEdgeService(config, edge, sessions, keys),
        },
      ],
      exports: [SshEdgeService],
    };
  }

  constructor(@Inject(HEALTH) health: Health, @Inject(SSH_EDGE) edge: SshEdge) {
    health.add('ready', 'ssh', () => (edge.isListening ? true : 'not listening yet'));
  }
}

function makeSessions(config: Config, log: Log, metrics: Metrics, clock: Clock): EdgeSessions {
  const secret = config.secret ?? keptSecret(join(config.dataDir, 'secret'));
  const commands = { ssh: (token: string) => sshCommand(config, token) };
  const sessions: EdgeSessions = new EdgeSessions({
    edgeId: edgeId(randomUUID()),
    region: config.region,
    addresses: { sshHost: config.sshHost, sshPort: config.sshPublicPort, webUrl: '' },
    clock,
    directory: new MemoryDirectory(clock),
    relay: new BusRelay(new MemoryBus(), clock),
    signer: new ReconnectionSigner(secret.reveal()),
    observer: sessionObserver(log, metrics),
    commands,
    hostGraceMs: HOST_GRACE_MS,
    requireAuthorizedKeys: config.requireAuthorizedKeys,
  });
  metrics.onScrape(() => countSessions(sessions, config.region, metrics));
  return sessions;
}

function makeEdge(
  config: Config,
  log: Log,
  metrics: Metrics,
  clock: Clock,
  sessions: EdgeSessions,
  hostKeys: HostKeys,
): SshEdge {
  return new SshEdge({
    sessions,
    hostKeys,
    clock,
    observer: sshEdgeObserver(log, metrics),
    hostAuthorizedKeys: readHostKeys(config.hostAuthorizedKeysFile),
    settings: {
      proxyProtocol: config.proxyProtocol,
      ...(config.trustedProxies === undefined ? {} : { trustedProxies: config.trustedProxies }),
    },
  });
}

/** Counted when they are asked for: a session costs nothing at rest. */
function countSessions(sessions: EdgeSessions, region: string, metrics: Metrics): void {
  const states = { live: 0, reconnecting: 0 };
  const participants = { writer: 0, reader: 0 };
  for (const session of sessions.sessions) {
    if (session.state !== 'closed') states[session.state] += 1;
    participants.writer += session.audience.count('writer');
    participants.reader += session.audience.count('reader');
  }
  for (const state of ['live', 'reconnecting'] as const) metrics.sessions.set({ region, state }, states[state]);
  for (const role of ['writer', 'reader'] as const) {
    metrics.participants.set({ transport: 'ssh', role }, participants[role]);
  }
}

function readHostKeys(file: string | undefined): readonly AuthorizedKey[] | undefined {
  if (file === undefined) return undefined;
  const { keys, notices } = parseAuthorizedKeys(readFileSync(file, 'utf8'));
  if (keys.length === 0) {
    const why = notices.length > 0 ? `: ${notices.join('; ')}` : '';
    throw new ShipmateError('config', `SHIPMATE_HOST_AUTHORIZED_KEYS: ${file} has no usable key${why}`);
  }
  return keys;
}
