import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { agoText, isShipmateError, participantId, type Clock } from '#kernel';
import { mayHost, mayJoin, REFUSAL_TEXT, type AuthorizedKey, type OfferedKey } from '#access';
import {
  SshServer,
  type AuthAnswer,
  type AuthAttempt,
  type HostChannel,
  type HostKeys,
  type JoinerChannel,
  type ServerSettings,
  type SessionInfo,
} from '#ssh';
import type { EdgeSessions, Seat } from '#session';
import { hostLink } from './host-link.js';
import { joinerSink } from './joiner-sink.js';
import { JoinText } from './texts.js';
import type { SshEdgeObserver } from './ssh-edge-observer.js';
import { terminalInfo } from './terminal-info.js';

/** The user that stock tmate clients connect as. */
const HOST_USER = 'tmate';
/**
 * What a joiner may type, in bytes, while its session's home is asked: more than anybody does in those moments. Who sends
 * more is cut off: no key is dropped in silence.
 */
const MAX_EARLY_BYTES = 256 * 1024;

export interface SshEdgeOptions {
  readonly sessions: EdgeSessions;
  readonly hostKeys: HostKeys;
  readonly clock: Clock;
  readonly observer: SshEdgeObserver;
  /** Only these keys may host; undefined: anybody may. */
  readonly hostAuthorizedKeys: readonly AuthorizedKey[] | undefined;
  readonly settings: Partial<ServerSettings>;
}

/** Ends SSH for hosts and joiners, and brings them together in their sessions. */
export class SshEdge {
  readonly #server: SshServer;
  #listening = false;

  constructor(private readonly options: SshEdgeOptions) {
    const { observer } = options;
    this.#server = new SshServer({
      ...options.settings,
      hostKeys: options.hostKeys,
      clock: options.clock,
      handlers: {
        authenticate: (attempt) => this.#authenticate(attempt),
        host: (channel, info) => this.#host(channel, info),
        joiner: (channel, info) => void this.#joiner(channel, info),
        exec: () => JoinText.noCommands,
        onDisconnect: ({ id, address }, reason) => observer.disconnected(id, address, reason),
        onRtt: (seconds) => observer.rtt(seconds),
        onError: (error) => observer.failed(error),
      },
    });
  }

  /** Takes connections from now on. */
  async listen(bind: string, port: number): Promise<AddressInfo> {
    const address = await this.#server.listen(bind, port);
    this.#listening = true;
    return address;
  }

  get isListening(): boolean {
    return this.#listening;
  }

  get connections(): number {
    return this.#server.connections;
  }

  /** Stops taking connections; who is there goes on. */
  refuseNew(): void {
    this.#listening = false;
    this.#server.refuseNew();
  }

  /** Stops taking connections; those with a session may end in good order. */
  async close(graceMs: number): Promise<void> {
    this.#listening = false;
    await this.#server.close({ graceMs });
  }

  /**
   * Lets everybody in who needs no key; a token that leads nowhere is told so once there is a terminal to say it on, so
   * that a wrong one and an ended one look the same until then.
   */
  async #authenticate({ user, publicKey, address }: AuthAttempt): Promise<AuthAnswer> {
    const offered: OfferedKey | undefined = publicKey && { ...publicKey, address, now: this.options.clock.now() };
    const refusal = (admission: ReturnType<typeof mayJoin>): AuthAnswer => {
      if (admission.allowed) return 'accept';
      return admission.reason === 'key-required' ? 'reject' : { reject: REFUSAL_TEXT[admission.reason] };
    };
    if (user === HOST_USER) return refusal(mayHost(this.options.hostAuthorizedKeys, offered));
    const target = await this.options.sessions.find(user);
    if (target.kind !== 'session') return 'accept';
    const answer = refusal(mayJoin(target.policy, offered));
    if (answer !== 'accept' && publicKey !== undefined) this.options.observer.joinRefused('key', address);
    return answer;
  }

  #host(channel: HostChannel, info: SessionInfo): void {
    const { observer, sessions } = this.options;
    const connection = sessions.acceptHost(hostLink(channel, info.address, observer));
    channel.listen({
      onData: (chunk) => {
        observer.bytes('in', 'host', chunk.length);
        connection.data(chunk);
      },
      onClose: () => connection.closed(),
    });
  }

  async #joiner(channel: JoinerChannel, info: SessionInfo): Promise<void> {
    const { clock, observer, sessions } = this.options;
    const began = clock.monotonic();
    const sink = joinerSink(channel, observer);
    const refuse = (reason: Parameters<SshEdgeObserver['joinRefused']>[0], text: string): void => {
      observer.joinRefused(reason, info.address);
      channel.exit(1, { stderr: `${text}\r\n` });
    };
    let seat: Seat | undefined;
    let early: Uint8Array[] = [];
    let earlyBytes = 0;
    let size = info.ptySize;
    let gone = false;
    channel.listen({
      onData: (chunk) => {
        observer.bytes('in', 'joiner', chunk.length);
        if (seat !== undefined) seat.input(chunk);
        else if ((earlyBytes += chunk.length) <= MAX_EARLY_BYTES) early.push(chunk.slice());
        else channel.close();
      },
      onResize: (cols, rows) => {
        size = { cols, rows };
        seat?.resize(size);
      },
      onReady: () => sink.becameReady(),
      onStalled: (stalled) => seat?.setStalled(stalled),
      onClose: () => {
        gone = true;
        seat?.leave('detached');
      },
    });
    try {
      const target = await sessions.find(info.user);
      if (gone) return;
      if (target.kind === 'unknown') refuse('not-found', JoinText.notFound);
      else if (target.kind === 'closed') refuse('closed', JoinText.closed(agoText(target.agoMs)));
      else if (size === undefined) refuse('no-terminal', JoinText.noTerminal);
      else {
        const participant = {
          id: participantId(randomUUID()),
          role: target.role,
          transport: 'ssh',
          address: info.address,
        } as const;
        const joined = await target.join(participant, terminalInfo(info, size), sink);
        seat = joined;
        // What the terminal did while the session's home was asked.
        if (gone) joined.leave('detached');
        else if (size.cols !== joined.size.cols || size.rows !== joined.size.rows) joined.resize(size);
        for (const chunk of early) seat.input(chunk);
        early = [];
        observer.joinSeconds((clock.monotonic() - began) / 1000);
      }
    } catch (error) {
      if (isShipmateError(error, 'closed')) return refuse('closed', JoinText.closed(agoText(0)));
      if (isShipmateError(error) && error.temporary) return refuse('unavailable', JoinText.unavailable);
      observer.failed(error);
      channel.exit(1, { stderr: `${JoinText.failed}\r\n` });
    }
  }
}
