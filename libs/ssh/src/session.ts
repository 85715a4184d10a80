import type { Duplex } from 'node:stream';
import type { PtyData } from 'ssh2/lib/protocol/Protocol.js';
import { isShipmateError, type Clock, type Timer } from '#kernel';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender } from './channel-sender.js';
import { DisconnectCode, type DisconnectReason } from './disconnect-reason.js';
import { SshHostChannel } from './host-channel.js';
import { SshJoinerChannel, type ChannelOwner } from './joiner-channel.js';
import type { PublicKey } from '#keys';
import { TerminalRequest } from './session-request.js';
import type { ConnectionInfo, ServerSettings, SessionInfo, SshHandlers } from './settings.js';
import type { Transport } from './transport.js';

/** The user and subsystem of tmate hosts (tmate protocol 6). */
export const HOST_USER = 'tmate';
export const HOST_SUBSYSTEM = 'tmate';

/** A joiner sends keys and pastes; 128 KiB on their way is 1 MB a second over a round trip of 125 ms. */
export const JOINER_WINDOW_BYTES = 128 * 1024;
/** The largest packet we accept: what every implementation must (RFC 4253 6.1). */
const MAX_PACKET_BYTES = 32 * 1024;
const MAX_SIGNAL_NAME = 16;

/** What a client that wants to run a command gets on stderr. */
export const EXEC_REFUSED = 'This server does not run commands: to join the session, leave out the command.';

/** What a client with a terminal and a command gets on stderr: it joins. */
export const COMMAND_NOT_RUN = 'The command was not run: this server shares terminals.';

/** What a client that wants sftp or another subsystem gets on stderr. */
export const SUBSYSTEM_REFUSED = 'This server has no SFTP or other subsystems: join the session with ssh.';

/** A client that was let in, and the connection it came by. */
export interface SessionClient {
  readonly user: string;
  readonly publicKey: PublicKey | undefined;
  readonly info: ConnectionInfo;
}

export interface SessionContext {
  readonly transport: Transport;
  readonly socket: Duplex;
  readonly settings: ServerSettings;
  readonly handlers: SshHandlers;
  readonly clock: Clock;
  /** A joiner's terminal or a host's stream began: the client is no newcomer any more. */
  started(): void;
  /** Ends the connection. */
  end(reason: DisconnectReason, code?: DisconnectCode, text?: string): void;
  /** Asks the client for a sign of life; false when it does not answer in time. */
  probe(withinMs: number): Promise<boolean>;
  /** As `ChannelOwner.ask`. */
  ask(answered: (arrived: boolean) => void): void;
}

/** The place of a session among those of its connection. */
export interface SessionPlace {
  /** Our number of its channel. */
  readonly number: number;
  /** The session is over for this side. The number stays taken until the peer has closed the channel too. */
  over(reason: DisconnectReason): void;
  /** The session is over because the peer has closed the channel. */
  left(reason: DisconnectReason): void;
  /** Both sides have closed the channel: the number is free. */
  free(): void;
}

/** A channel that may be opened: `CHANNEL_OPEN` as the peer sent it. */
export interface OpenedChannel {
  /** The peer's number of it. */
  readonly sender: number;
  /** How much it takes before it must grant more, in bytes. */
  readonly window: number;
  /** The most of it in one packet, in bytes; at least `MIN_PACKET_BYTES`. */
  readonly packetSize: number;
}

/**
 * One session of a client that was let in: its channel from opening to closing, and what the client asks for there
 * (RFC 4254). Everything else is refused with SSH's own messages, and with a sentence if there is room for one.
 */
export class ClientSession implements ChannelOwner {
  #terminal: TerminalRequest | undefined = new TerminalRequest();
  readonly #remote: OpenedChannel;
  readonly #sender: ChannelSender;
  readonly #receiver: ChannelReceiver;
  #channel: SshJoinerChannel | SshHostChannel | undefined;
  #exitTimer: Timer | undefined;
  #started = false;
  #finishing = false;
  #sentClose = false;
  #closed = false;

  /** Opens the channel. */
  constructor(
    private readonly client: SessionClient,
    private readonly context: SessionContext,
    private readonly place: SessionPlace,
    remote: OpenedChannel,
  ) {
    const { transport, socket, settings } = context;
    const windowBytes = client.user === HOST_USER ? settings.hostWindowBytes : JOINER_WINDOW_BYTES;
    this.#remote = remote;
    this.#receiver = new ChannelReceiver(transport.protocol, remote.sender, windowBytes);
    this.#sender = new ChannelSender(transport, socket, { ...remote, id: remote.sender });
    transport.protocol.channelOpenConfirm(remote.sender, place.number, windowBytes, MAX_PACKET_BYTES);
  }

  /** Whether a joiner's terminal or a host's stream began. */
  get started(): boolean {
    return this.#channel !== undefined;
  }

  /** Whether this side has begun to end it. */
  get finishing(): boolean {
    return this.#finishing;
  }

  /** Whether it is over for this side. */
  get isOver(): boolean {
    return this.#closed;
  }

  /** Whether keepalives may go unanswered without an end: a joiner may be stopped for as long as it likes. */
  get maySleep(): boolean {
    return this.#channel instanceof SshJoinerChannel && !this.#finishing && !this.#closed;
  }

  get clock(): Clock {
    return this.context.clock;
  }

  finish(status: number): void {
    if (this.#finishing || this.#closed) return;
    this.#finishing = true;
    this.#exitTimer = this.context.clock.after(this.context.settings.exitTimeoutMs, () => this.place.over('closed'));
    // OpenSSH ends with 255 when the connection goes before its channel has closed: so status, EOF and CLOSE, and the
    // connection only when it has closed its side too.
    this.#sender.finish(() => {
      const { protocol } = this.context.transport;
      protocol.exitStatus(this.#remote.sender, status);
      protocol.channelEOF(this.#remote.sender);
      this.sendClose();
    });
  }

  end(reason: DisconnectReason): void {
    if (!this.#closed) this.place.over(reason);
  }

  async probe(withinMs: number): Promise<boolean> {
    return await this.context.probe(withinMs);
  }

  ask(answered: (arrived: boolean) => void): void {
    this.context.ask(answered);
  }

  ignore(bytes: number): void {
    this.context.transport.ignore(bytes);
  }

  /** CHANNEL_DATA. */
  data(data: Buffer): void {
    if (this.#finishing || this.#closed) return;
    this.#guard(() => {
      if (this.#receiver.receive(data)) return;
      this.context.end(
        'protocol',
        DisconnectCode.protocolError,
        'The client sent more data than the channel window allows.',
      );
    });
  }

  /** CHANNEL_WINDOW_ADJUST. */
  granted(bytes: number): void {
    if (!this.#closed) this.#guard(() => (this.#channel ?? this.#sender).granted(bytes));
  }

  /** CHANNEL_EOF: `ssh … </dev/null` continues to watch, but a host that cannot send any more has ended. */
  peerEnded(): void {
    if (this.#channel instanceof SshHostChannel && !this.#finishing) this.context.end('closed-by-peer');
  }

  /** CHANNEL_CLOSE. */
  peerClosed(): void {
    this.sendClose();
    this.place.free();
    if (!this.#closed) this.place.left(this.#finishing ? 'closed' : 'closed-by-peer');
  }

  /** CHANNEL_REQUEST; `data` as ssh2 decodes it for the type. */
  request(type: string, wantReply: boolean, data: unknown): void {
    // A client that has not read our CLOSE yet; nothing may follow that.
    if (this.#sentClose) return;
    const { protocol } = this.context.transport;
    const answer = this.#started ? this.#requestInSession(type, data) : this.#requestBefore(type, data);
    if (wantReply) {
      if (answer === false) protocol.channelFailure(this.#remote.sender);
      else protocol.channelSuccess(this.#remote.sender);
    }
    if (answer === 'start') this.#start(type, data);
  }

  /** The socket's buffer is empty again. */
  drained(): void {
    const channel = this.#channel;
    if (channel instanceof SshJoinerChannel) this.#guard(() => channel.drained());
  }

  /** The client answers no keepalives, or does again. */
  stalled(stalled: boolean): void {
    const channel = this.#channel;
    if (channel instanceof SshJoinerChannel) this.#guard(() => channel.stalled(stalled));
  }

  /** It is over for this side: its owner is told, and what waits is dropped. */
  closed(reason: DisconnectReason): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#exitTimer?.cancel();
    this.#sender.drop();
    this.#guard(() => this.#channel?.closed(reason));
  }

  /** Sends CLOSE, once. */
  sendClose(): void {
    if (this.#sentClose) return;
    this.#sentClose = true;
    this.#receiver.stop();
    this.context.transport.protocol.channelClose(this.#remote.sender);
  }

  /** Calls into the owner's code: what it throws ends this connection, with the cause reported, and no other. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (isShipmateError(error, 'protocol') || isShipmateError(error, 'limit')) {
        this.context.end(error.code as 'protocol' | 'limit', DisconnectCode.protocolError, error.message);
        return;
      }
      this.context.handlers.onError?.(error, this.client.info);
      this.context.end('internal', DisconnectCode.byApplication, 'Something went wrong here.');
    }
  }

  #requestBefore(type: string, data: unknown): boolean | 'start' {
    switch (type) {
      case 'pty-req':
        this.#terminal?.pty(data as PtyData);
        return true;
      case 'window-change':
        this.#terminal?.resize(data as PtyData);
        return true;
      case 'env': {
        const { name, value } = data as { name: string; value: string };
        return this.#terminal?.setEnv(name, value) ?? false;
      }
      case 'shell':
      case 'exec':
      case 'subsystem':
        return 'start';
      default:
        return false; // x11-req, auth-agent-req@openssh.com, …
    }
  }

  #requestInSession(type: string, data: unknown): boolean {
    const channel = this.#channel;
    if (!(channel instanceof SshJoinerChannel)) return false;
    if (type === 'window-change') {
      const { cols, rows } = data as PtyData;
      this.#guard(() => channel.resized(cols, rows));
      return true;
    }
    if (type === 'signal') {
      this.#guard(() => channel.signalled(String(data).slice(0, MAX_SIGNAL_NAME)));
      return true;
    }
    return false;
  }

  #start(type: string, data: unknown): void {
    const [sender, receiver] = [this.#sender, this.#receiver];
    this.#started = true;
    const info = this.#sessionInfo();
    const { handlers } = this.context;
    this.#guard(() => {
      if (type === 'subsystem' && data === HOST_SUBSYSTEM && this.client.user === HOST_USER) {
        const channel = new SshHostChannel(sender, receiver, this);
        this.#channel = channel;
        this.context.started();
        handlers.host(channel, info);
      } else if (type === 'shell' || (type === 'exec' && info.ptySize !== undefined)) {
        // Wrappers of ssh send a command always; whoever has a terminal wants to see the session on it.
        if (type === 'exec') sender.send(Buffer.from(`${COMMAND_NOT_RUN}\r\n`), true);
        const channel = new SshJoinerChannel(sender, receiver, this, info.clientVersion, this.#remote.window);
        this.#channel = channel;
        this.context.started();
        handlers.joiner(channel, info);
      } else {
        const text = type === 'exec' ? (handlers.exec?.(String(data), info) ?? EXEC_REFUSED) : SUBSYSTEM_REFUSED;
        sender.send(Buffer.from(`${text}\r\n`), true);
        this.finish(1);
      }
    });
  }

  #sessionInfo(): SessionInfo {
    const terminal = this.#terminal;
    this.#terminal = undefined; // whoever wants it has it now
    const { info, user, publicKey } = this.client;
    return { ...info, user, publicKey, term: terminal?.term, ptySize: terminal?.size, env: terminal?.env ?? {} };
  }
}
