import { readFileSync } from 'node:fs';
import { Inject, Module, type BeforeApplicationShutdown, type DynamicModule } from '@nestjs/common';
import { ShipmateError, type Clock, type Tracer } from '#kernel';
import type { Quotas } from '#access';
import type { EdgeSessions } from '#fleet';
import { parseAuthorizedKeys, type AuthorizedKey } from '#keys';
import type { HostKeys } from '#ssh';
import type { Refusals } from '#control';
import {
  JOIN_ATTEMPTS,
  EdgeLife,
  CLIENT_ADDRESSES,
  HOST_KEYS,
  QUOTAS,
  REFUSALS,
  SESSIONS,
  TURNED_AWAY,
  type JoinAttempts,
  type ClientAddresses,
  type Quota,
  type TurnedAway,
} from '#edge';
import {
  CLOCK,
  CONFIG,
  HEALTH,
  listening,
  LOG,
  METRICS,
  TRACER,
  type Config,
  type Health,
  type Log,
  type Metrics,
} from '#platform';
import { sshEdgeObserver } from './observers.js';
import { SshEdge } from './ssh-edge.js';

/** How long clients may take to read their last line when the process stops. */
const CLOSE_GRACE_MS = 2000;

/** The edge's part of a process: what it is made of, and how it begins and ends. */
export class SshEdgeService implements BeforeApplicationShutdown {
  constructor(
    private readonly config: Config,
    private readonly edge: SshEdge,
    private readonly life: EdgeLife,
    readonly hostKeys: HostKeys,
  ) {}

  /** Takes connections from now on. Throws `unavailable`, with a sentence that says what to do, when the port is taken. */
  async listen(): Promise<void> {
    const { bind, sshPort: port } = this.config;
    await this.life.start();
    this.life.onStopping(() => this.edge.refuseNew());
    await listening(async () => void (await this.edge.listen(bind, port)), {
      bind,
      port,
      variable: 'SHIPMATE_SSH_PORT',
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.life.stop();
    await this.edge.close(CLOSE_GRACE_MS);
  }
}

const SSH_EDGE = Symbol('shipmate:ssh-edge');

/** Hosts and joiners over SSH. Needs `EdgeModule`. */
@Module({})
export class SshEdgeModule {
  static create(): DynamicModule {
    return {
      module: SshEdgeModule,
      providers: [
        {
          provide: SSH_EDGE,
          inject: [
            CONFIG,
            LOG,
            METRICS,
            CLOCK,
            SESSIONS,
            HOST_KEYS,
            JOIN_ATTEMPTS,
            REFUSALS,
            QUOTAS,
            CLIENT_ADDRESSES,
            TURNED_AWAY,
            TRACER,
          ],
          useFactory: makeEdge,
        },
        {
          provide: SshEdgeService,
          inject: [CONFIG, SSH_EDGE, EdgeLife, HOST_KEYS],
          useFactory: (config: Config, edge: SshEdge, life: EdgeLife, keys: HostKeys) =>
            new SshEdgeService(config, edge, life, keys),
        },
      ],
      exports: [SshEdgeService],
    };
  }

  constructor(@Inject(HEALTH) health: Health, @Inject(SSH_EDGE) edge: SshEdge) {
    health.add('ready', 'ssh', () => (edge.isListening ? true : 'not listening yet'));
  }
}

function makeEdge(
  config: Config,
  log: Log,
  metrics: Metrics,
  clock: Clock,
  sessions: EdgeSessions,
  hostKeys: HostKeys,
  attempts: JoinAttempts,
  refusals: Refusals,
  quotas: Quotas<Quota>,
  addresses: ClientAddresses,
  turnedAway: TurnedAway,
  tracer: Tracer,
): SshEdge {
  return new SshEdge({
    sessions,
    attempts,
    hostKeys,
    clock,
    tracer,
    quotas,
    addresses,
    observer: sshEdgeObserver(log, metrics, refusals, turnedAway),
    hostAuthorizedKeys: readHostKeys(config.hostAuthorizedKeysFile, log),
    settings: {
      handshakeTimeoutMs: config.loginGraceMs,
      penalties: config.sourcePenalties,
      proxyProtocol: config.proxyProtocol,
      trustedProxies: config.trustedProxies,
    },
  });
}

/** Of one file, for the log. */
const MAX_NOTICES = 40;

function readHostKeys(file: string | undefined, log: Log): readonly AuthorizedKey[] | undefined {
  if (file === undefined) return undefined;
  const { keys, notices } = parseAuthorizedKeys(readFileSync(file, 'utf8'));
  if (keys.length === 0) {
    const why = notices.length > 0 ? `: ${notices.join('; ')}` : '';
    throw new ShipmateError('config', `SHIPMATE_HOST_AUTHORIZED_KEYS: ${file} has no usable key${why}`);
  }
  if (notices.length > 0) log.warn('host-key-notices', { file, notices: notices.slice(0, MAX_NOTICES) });
  return keys;
}
