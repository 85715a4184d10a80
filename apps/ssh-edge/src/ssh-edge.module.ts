import { readFileSync } from 'node:fs';
import { Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { ShipmateError, type Clock, type Tracer } from '#kernel';
import type { Edge, EdgeLife } from '#edge';
import { parseAuthorizedKeys, type AuthorizedKey } from '#keys';
import { CLOCK, CONFIG, EDGE, HEALTH, LOG, METRICS, TRACER } from '#nest';
import { listening, type Config, type Health, type Log, type Metrics } from '#platform';
import type { HostKeys } from '#ssh';
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
@Module({
  providers: [
    {
      provide: SSH_EDGE,
      inject: [EDGE, CONFIG, LOG, METRICS, CLOCK, TRACER],
      useFactory: (edge: Edge, config: Config, log: Log, metrics: Metrics, clock: Clock, tracer: Tracer) => {
        const { sessions, attempts, hostKeys, quotas, addresses, refusals, turnedAway, work } = edge;
        return new SshEdge({
          sessions,
          attempts,
          hostKeys,
          clock,
          tracer,
          work,
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
      },
    },
    {
      provide: SshEdgeService,
      inject: [CONFIG, SSH_EDGE, EDGE],
      useFactory: (config: Config, ssh: SshEdge, { life, hostKeys }: Edge) =>
        new SshEdgeService(config, ssh, life, hostKeys),
    },
  ],
  exports: [SshEdgeService],
})
export class SshEdgeModule {
  constructor(@Inject(HEALTH) health: Health, @Inject(SSH_EDGE) edge: SshEdge) {
    health.add('ready', 'ssh', () => (edge.isListening ? true : 'not listening yet'));
  }
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
