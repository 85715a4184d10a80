import type { Duplex } from 'node:stream';
import type { ChannelOpenInfo, PtyData } from 'ssh2/lib/protocol/Protocol.js';
import { isShipmateError, ShipmateError, type Clock, type Timer } from '#kernel';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender, MIN_PACKET_BYTES } from './channel-sender.js';
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
/** The number of the one channel. */
const CHANNEL = 0;
const MAX_SIGNAL_NAME = 16;

/** What a client that wants to run a command is told, on stderr. */
export const EXEC_REFUSED = 'This server does not run commands: to join the session, leave out the command.';

/** What a client with a terminal and a command is told, on stderr: it joins. */
export const COMMAND_NOT_RUN = 'The command was not run: this server shares terminals.';

/** What a client that wants sftp or another subsystem is told, on stderr. */
export const SUBSYSTEM_REFUSED = 'This server has no SFTP or other subsystems: join the session with ssh.';

/** Why a channel was not opened (RFC 4254 5.1). */
const OpenFailure = { prohibited: 1, unknownType: 3 } as const;
/** What a client reads whose channel takes tiny packets only. */
const TINY_PACKETS = `This server needs packets of at least ${MIN_PACKET_BYTES} bytes.`;

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
  /** A shell, a command or the subsystem was asked for: the client is no newcomer any more. */
  started(): void;
  /** Ends the connection. */
  end(reason: DisconnectReason, code?: DisconnectCode, text?: string): void;
  /** Asks the client for a sign of life; false when it does not answer in time. */
  probe(withinMs: number): Promise<boolean>;
  /** As `ChannelOwner.ask`. */
  ask(answered: (arrived: boolean) => void): void;
}

/**
 * The one session of a client that was let in: its channel from opening to closing, and what it asks for there
 * (RFC 4254). Everything that is not offered is refused in SSH's own terms, with a sentence where there is room for one.
 */
export class ClientSession implements ChannelOwner {
  #remote: ChannelOpenInfo | undefined;
  #terminal: TerminalRequest | undefined;
  #sender: ChannelSender | undefined;
  #receiver: ChannelReceiver | undefined;
  #channel: SshJoinerChannel | SshHostChannel | undefined;
  #exitTimer: Timer | undefined;
  #started = false;
  #finishing = false;

  constructor(
    private readonly client: SessionClient,
    private readonly context: SessionContext,
  ) {}

  /** Whether this side has begun to end it. */
  get finishing(): boolean {
    return this.#finishing;
  }

  /** Whether keepalives may go unanswered without an end: a joiner may be stopped for as long as it likes. */
  get maySleep(): boolean {
    return this.#channel instanceof SshJoinerChannel && !this.#finishing;
  }

  finish(status: number): void {
    const remote = this.#remote;
    if (this.#finishing || remote === undefined) return;
    this.#finishing = true;
    this.#exitTimer = this.context.clock.after(this.context.settings.exitTimeoutMs, () => this.context.end('closed'));
    // OpenSSH ends with 255 when the connection goes before its channel has closed: so status, EOF and CLOSE, and the
    // connection only when it has closed its side too.
    this.#sender?.finish(() => {
      const { protocol } = this.context.transport;
      protocol.exitStatus(remote.sender, status);
      protocol.channelEOF(remote.sender);
      protocol.channelClose(remote.sender);
    });
  }

  end(reason: DisconnectReason): void {
    this.context.end(reason);
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

  /**
   * CHANNEL_OPEN.
   * @throws ShipmateError `protocol` for one that is cut short, of which ssh2 hands on what there is
   */
  open(info: ChannelOpenInfo): void {
    const { packetSize } = info;
    if (packetSize === undefined) throw new ShipmateError('protocol', 'CHANNEL_OPEN is cut short.');
    const { protocol } = this.context.transport;
    const refuse = (reason: number, text: string): void => protocol.channelOpenFail(info.sender, reason, text);
    if (info.type.startsWith('direct-')) refuse(OpenFailure.prohibited, 'This server forwards no ports.');
    else if (info.type !== 'session') refuse(OpenFailure.unknownType, 'This server has no such channel.');
    else if (packetSize < MIN_PACKET_BYTES) refuse(OpenFailure.prohibited, TINY_PACKETS);
    else if (this.#remote !== undefined) refuse(OpenFailure.prohibited, 'A connection can have only one session.');
    else {
      const isHost = this.client.user === HOST_USER;
      const windowBytes = isHost ? this.context.settings.hostWindowBytes : JOINER_WINDOW_BYTES;
      this.#remote = info;
      this.#terminal = new TerminalRequest();
      this.#receiver = new ChannelReceiver(protocol, info.sender, windowBytes);
      const remote = { ...info, packetSize, id: info.sender };
      this.#sender = new ChannelSender(this.context.transport, this.context.socket, remote);
      protocol.channelOpenConfirm(info.sender, CHANNEL, windowBytes, MAX_PACKET_BYTES);
    }
  }

  /** CHANNEL_DATA. */
  data(recipient: number, data: Buffer): void {
    if (recipient !== CHANNEL || this.#finishing) return;
    this.#guard(() => {
      if (this.#receiver?.receive(data) !== false) return;
      this.context.end(
        'protocol',
        DisconnectCode.protocolError,
        'The client sent more data than the channel window allows.',
      );
    });
  }

  /** CHANNEL_WINDOW_ADJUST. */
  granted(recipient: number, bytes: number): void {
    if (recipient !== CHANNEL) return;
    this.#guard(() => (this.#channel ?? this.#sender)?.granted(bytes));
  }

  /** CHANNEL_EOF: `ssh … </dev/null` still looks on, but a host that can say nothing more is gone. */
  peerEnded(recipient: number): void {
    if (recipient !== CHANNEL || this.#finishing || !(this.#channel instanceof SshHostChannel)) return;
    this.context.end('closed-by-peer');
  }

  /** CHANNEL_CLOSE. */
  peerClosed(recipient: number): void {
    if (recipient !== CHANNEL || this.#remote === undefined) return;
    if (!this.#finishing) this.context.transport.protocol.channelClose(this.#remote.sender);
    this.context.end(this.#finishing ? 'closed' : 'closed-by-peer');
  }

  /** CHANNEL_REQUEST; `data` as ssh2 decodes it for the type. */
  request(recipient: number, type: string, wantReply: boolean, data: unknown): void {
    const remote = this.#remote;
    if (recipient !== CHANNEL || remote === undefined) return;
    const { protocol } = this.context.transport;
    const answer = this.#started ? this.#requestInSession(type, data) : this.#requestBefore(type, data);
    if (wantReply) {
      if (answer === false) protocol.channelFailure(remote.sender);
      else protocol.channelSuccess(remote.sender);
    }
    if (answer === 'start') this.#start(remote, type, data);
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

  /** The connection is over. */
  closed(reason: DisconnectReason): void {
    this.#exitTimer?.cancel();
    this.#sender?.drop();
    this.#guard(() => this.#channel?.closed(reason));
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

  #start(remote: ChannelOpenInfo, type: string, data: unknown): void {
    const [sender, receiver] = [this.#sender, this.#receiver];
    if (sender === undefined || receiver === undefined) return;
    this.#started = true;
    this.context.started();
    const info = this.#sessionInfo();
    const { handlers } = this.context;
    this.#guard(() => {
      if (type === 'subsystem' && data === HOST_SUBSYSTEM && this.client.user === HOST_USER) {
        const channel = new SshHostChannel(sender, receiver, this);
        this.#channel = channel;
        handlers.host(channel, info);
      } else if (type === 'shell' || (type === 'exec' && info.ptySize !== undefined)) {
        // Wrappers of ssh send a command always; whoever has a terminal wants to see the session on it.
        if (type === 'exec') sender.send(Buffer.from(`${COMMAND_NOT_RUN}\r\n`), true);
        const channel = new SshJoinerChannel(sender, receiver, this, info.clientVersion, remote.window);
        this.#channel = channel;
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
