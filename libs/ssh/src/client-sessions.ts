import type { ChannelOpenInfo } from 'ssh2/lib/protocol/Protocol.js';
import { ShipmateError } from '#kernel';
import { MIN_PACKET_BYTES } from './channel-sender.js';
import type { DisconnectReason } from './disconnect-reason.js';
import { ClientSession, HOST_USER, type OpenedChannel, type SessionClient, type SessionContext } from './session.js';

/**
 * Sessions at once over one connection of a joiner: sshd's MaxSessions. Each holds what a joiner holds, so a connection holds ten
 * times that at most. One more is refused, and `ssh` opens a connection of its own.
 */
export const MAX_SESSIONS = 10;

/** Why a channel was not opened (RFC 4254 5.1). */
const OpenFailure = { prohibited: 1, unknownType: 3, resourceShortage: 4 } as const;
/** What a client reads whose channel takes tiny packets only. */
const TINY_PACKETS = `This server needs packets of at least ${MIN_PACKET_BYTES} bytes.`;
/** What a joiner's client reads that wants one more. */
export const TOO_MANY_SESSIONS = `A connection can have at most ${MAX_SESSIONS} sessions at once.`;
/** What a host reads that wants a second one. */
export const ONE_HOST_SESSION = 'The connection of a host can have only one session.';

/** What the sessions of one client need of their connection. */
export interface SessionsContext extends SessionContext {
  /** No session is left of those that had started; others are open, and have to start in time. */
  waiting(): void;
  /** The client has closed its last session, and hangs up by itself. */
  leaving(reason: DisconnectReason): void;
}

/**
 * The sessions of a client that was let in, by the numbers of their channels. Each has its own terminal and its own end. The
 * connection ends with the last of them.
 */
export class ClientSessions {
  readonly #sessions = new Map<number, ClientSession>();
  readonly #most: number;
  /** Who is the first to hear that there is room. */
  #turn = 0;

  constructor(
    private readonly client: SessionClient,
    private readonly context: SessionsContext,
  ) {
    this.#most = client.user === HOST_USER ? 1 : MAX_SESSIONS;
  }

  /** Whether this side has begun to end all that there are. */
  get finishing(): boolean {
    return this.#sessions.size > 0 && this.#live.every((session) => session.finishing);
  }

  /** Whether keepalives may go unanswered without an end. */
  get maySleep(): boolean {
    return this.#live.some((session) => session.maySleep);
  }

  /** The session of a channel; undefined if there is none, or it has ended. */
  of(number: number): ClientSession | undefined {
    return this.#sessions.get(number);
  }

  /**
   * CHANNEL_OPEN.
   * @throws ShipmateError `protocol` for one that is cut short, of which ssh2 hands on what there is
   */
  open({ type, sender, window, packetSize }: ChannelOpenInfo): void {
    if (packetSize === undefined) throw new ShipmateError('protocol', 'CHANNEL_OPEN is cut short.');
    const { protocol } = this.context.transport;
    const refuse = (reason: number, text: string): void => protocol.channelOpenFail(sender, reason, text);
    if (type.startsWith('direct-')) refuse(OpenFailure.prohibited, 'This server does not forward ports.');
    else if (type !== 'session') refuse(OpenFailure.unknownType, 'This server does not support this kind of channel.');
    else if (packetSize < MIN_PACKET_BYTES) refuse(OpenFailure.prohibited, TINY_PACKETS);
    else if (this.#sessions.size < this.#most) this.#add({ sender, window, packetSize });
    else refuse(OpenFailure.resourceShortage, this.#most === 1 ? ONE_HOST_SESSION : TOO_MANY_SESSIONS);
  }

  /** The socket's buffer is empty again. They take turns in being the first: one with large frames leaves little to the next. */
  drained(): void {
    const live = this.#live;
    const first = live.length === 0 ? 0 : this.#turn++ % live.length;
    for (const session of [...live.slice(first), ...live.slice(0, first)]) session.drained();
  }

  /** The client answers no keepalives, or does again. */
  stalled(stalled: boolean): void {
    for (const session of this.#live) session.stalled(stalled);
  }

  /** The connection is over. */
  closed(reason: DisconnectReason): void {
    for (const session of this.#live) session.closed(reason);
  }

  get #live(): readonly ClientSession[] {
    return [...this.#sessions.values()].filter((session) => !session.isOver);
  }

  #add(remote: OpenedChannel): void {
    let number = 0;
    while (this.#sessions.has(number)) number += 1;
    const place = {
      number,
      over: (reason: DisconnectReason): void => this.#over(session, reason, (why) => this.context.end(why)),
      left: (reason: DisconnectReason): void => this.#over(session, reason, (why) => this.context.leaving(why)),
      free: (): void => void this.#sessions.delete(number),
    };
    const session = new ClientSession(this.client, this.context, place, remote);
    this.#sessions.set(number, session);
  }

  #over(session: ClientSession, reason: DisconnectReason, ifLast: (reason: DisconnectReason) => void): void {
    session.closed(reason);
    const left = this.#live;
    if (left.length === 0) {
      ifLast(reason);
      return;
    }
    session.sendClose();
    // What never started gives the others no more time.
    if (session.started && !left.some(({ started }) => started)) this.context.waiting();
  }
}
