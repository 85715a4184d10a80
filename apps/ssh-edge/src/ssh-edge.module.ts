import { readFileSync } from 'node:fs';
import { Inject, Injectable, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { ShipmateError } from '#kernel';
import type { Edge } from '#edge';
import { parseAuthorizedKeys, type AuthorizedKey } from '#keys';
import { EDGE, PLATFORM, type Front, type Platform } from '#nest';
import { listening, type Log } from '#platform';
import { sshEdgeObserver } from './observers.js';
import { SshEdge } from './ssh-edge.js';
import { SshSignIns } from './ssh-sign-ins.js';

/** How long clients may take to read their last line when the process stops. */
const CLOSE_GRACE_MS = 2000;

/** The edge's part of a process: what it is made of, and how it begins and ends. */
@Injectable()
export class SshEdgeService implements BeforeApplicationShutdown {
  readonly ssh: SshEdge;

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(EDGE) readonly edge: Edge,
  ) {
    const { config, log, metrics, health, clock, tracer } = platform;
    this.ssh = new SshEdge({
      ...edge,
      clock,
      tracer,
      observer: sshEdgeObserver(log, metrics, edge.refusals, edge.turnedAway),
      signIns: new SshSignIns({ signIns: edge.signIns, clock, webUrl: config.webUrl }),
      hostAuthorizedKeys: readHostKeys(config.hostAuthorizedKeysFile, log),
      settings: {
        handshakeTimeoutMs: config.loginGraceMs,
        penalties: config.sourcePenalties,
        proxyProtocol: config.proxyProtocol,
        trustedProxies: config.trustedProxies,
      },
    });
    health.add('ready', 'ssh', () => (this.ssh.isListening ? true : 'not listening yet'));
  }

  /** Takes connections by WebSockets from now on, in a process that has no port for ssh. */
  async start(): Promise<void> {
    const { life } = this.edge;
    await life.start();
    life.onStopping(() => this.ssh.refuseNew());
    await this.ssh.start();
  }

  /**
   * Takes connections from now on, of the one port for everything if SSH has none of its own. Throws `unavailable`, with a sentence that
   * says what to do, when the port is taken.
   */
  async listen(front: Front): Promise<void> {
    const { bind, sshPort: port, port: shared } = this.platform.config;
    const { life } = this.edge;
    await life.start();
    life.onStopping(() => this.ssh.refuseNew());
    if (port === shared) await this.ssh.start();
    front.takeSsh((socket, peer) => this.ssh.accept(socket, peer));
    if (port === shared) return;
    const place = { bind, port, variable: 'SHIPMATE_SSH_PORT' };
    await listening(async () => void (await this.ssh.listen(bind, port)), place);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.edge.life.stop();
    await this.ssh.close(CLOSE_GRACE_MS);
  }
}

/** Hosts and joiners over SSH. Needs `EdgeModule`. */
@Module({ providers: [SshEdgeService], exports: [SshEdgeService] })
export class SshEdgeModule {}

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
