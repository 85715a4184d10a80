import type { Socket } from 'node:net';
import type { ChannelOpenInfo, MessageHandlers, PtyData } from 'ssh2/lib/protocol/Protocol.js';
import type { Clock, Timer } from '#kernel';
import { plainAddress } from './addresses.js';
import type { Admission, Newcomer } from './admission.js';
import { Authentication } from './authentication.js';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSender } from './channel-sender.js';
import { classifyError, DisconnectCode, type DisconnectReason } from './disconnect-reason.js';
import { SshHostChannel } from './host-channel.js';
import { SshJoinerChannel, type ChannelOwner } from './joiner-channel.js';
import { Keepalive } from './keepalive.js';
import { Preface } from './preface.js';
import type { PublicKey } from './public-key.js';
import type { ServerSettings, SshHandlers, SessionInfo, ConnectionInfo } from './settings.js';
import { TerminalRequest } from './session-request.js';
import { Transport } from './transport.js';

/** The user and subsystem of tmate hosts (tmate protocol 6). */
export const HOST_USER = 'tmate';
export const HOST_SUBSYSTEM = 'tmate';

/** A joiner sends keys and pastes; 128 KiB on their way is 1 MB a second over a round trip of 125 ms. */
export const JOINER_WINDOW_BYTES = 128 * 1024;
/** The largest packet we accept: what every implementation must (RFC 4253 6.1). */
const MAX_PACKET_BYTES = 32 * 1024;
/** What may wait in the socket of a client without a session: answers to requests it does not read. */
const MAX_UNSENT_BEFORE_SESSION = 256 * 1024;
/** The same with a session; above every limit of the channels, for what goes around them. */
const MAX_UNSENT = 6 * 1024 * 1024;
/** How long a client may take to close its side after it was told goodbye. */
const LINGER_MS = 1000;
/** The one channel's number. */
const CHANNEL = 0;

const OpenFailure = { prohibited: 1, unknownType: 3 } as const;

/** What all connections of a server share. */
export interface ConnectionContext {
  readonly settings: ServerSettings;
  readonly handlers: SshHandlers;
  readonly clock: Clock;
  readonly admission: Admission;
  makeTransport(events: ConstructorParameters<typeof Transport>[2]): Transport;
  trusts(address: string): boolean;
  gone(connection: Connection): void;
}

type Channel = SshJoinerChannel | SshHostChannel;

/** One client, from the first byte to the last. */
export class Connection implements Newcomer, ChannelOwner {
  readonly #transport: Transport;
  readonly #keepalive = new Keepalive();
  #preface: Preface | undefined;
  #auth: Authentication | undefined;
  #timer: Timer | undefined;
  #address: string;
  #port: number;
  #clientVersion = '';
  #user: string | undefined;
  #publicKey: PublicKey | undefined;
  #terminal: TerminalRequest | undefined;
  #remote: ChannelOpenInfo | undefined;
  #sender: ChannelSender | undefined;
  #receiver: ChannelReceiver | undefined;
  #channel: Channel | undefined;
  #started = false;
  #finishing = false;
  #stalled = false;
  #over: DisconnectReason | undefined;

  constructor(
    readonly id: number,
    private readonly socket: Socket,
    private readonly context: ConnectionContext,
  ) {
    this.#address = plainAddress(socket.remoteAddress);
    this.#port = socket.remotePort ?? 0;
    this.#transport = context.makeTransport({
      onWrite: (bytes) => this.#write(bytes),
      onError: (error) => this.#fail(error),
      onPacket: () => this.#heard(),
      onClient: (software) => this.#greeted(software),
      onNegotiated: (negotiated) => context.handlers.onNegotiated?.(negotiated, this.info),
      messages: this.#messages(),
    });
    const { proxyProtocol, handshakeTimeoutMs } = context.settings;
    this.#preface = new Preface(proxyProtocol, context.trusts(this.#address));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#drained());
    socket.on('end', () => {
      this.#ended(this.#finishing ? 'closed' : this.#quietEnd());
      this.#hangUp();
    });
    socket.on('error', (error) => this.#ended(classifyError(error)));
    socket.on('close', () => this.#closed());
    this.#timer = context.clock.after(handshakeTimeoutMs, () =>
      this.end('handshake-timeout', DisconnectCode.byApplication, 'No session was started in time.'),
    );
    context.admission.enter(this);
    if (this.#preface.mayGreetFirst) this.#transport.start();
  }

  get address(): string {
    return this.#address;
  }

  get info(): ConnectionInfo {
    return { id: this.id, address: this.#address, port: this.#port, clientVersion: this.#clientVersion };
  }

  get hasSession(): boolean {
    return this.#started;
  }

  /** A turn of the keepalive; the server calls it at even intervals. */
  keepAlive(): void {
    if (this.#user === undefined || this.#over !== undefined || this.#stalled) return;
    const turn = this.#keepalive.turn(this.context.clock.monotonic());
    if (turn === 'ask') this.#transport.protocol.ping();
    else if (turn === 'lost') this.#lost();
  }

  displace(): void {
    this.end('too-many', DisconnectCode.tooManyConnections, 'Too many connections. Try again in a moment.');
  }

  finish(status: number): void {
    if (this.#finishing || this.#over !== undefined || this.#remote === undefined) return;
    this.#finishing = true;
    const remote = this.#remote.sender;
    // OpenSSH ends with 255 when the connection goes before its channel has closed: so status, EOF and CLOSE, and the
    // connection only when it has closed its side too.
    this.#timer = this.context.clock.after(this.context.settings.exitTimeoutMs, () => this.end('closed'));
    this.#sender?.finish(() => {
      const { protocol } = this.#transport;
      protocol.exitStatus(remote, status);
      protocol.channelEOF(remote);
      protocol.channelClose(remote);
    });
  }

  end(reason: DisconnectReason, code: DisconnectCode = DisconnectCode.byApplication, text = ''): void {
    if (this.#over !== undefined) return;
    // A client before its identification would take a goodbye for noise; after an error there is nobody to tell.
    if (this.#preface === undefined && this.#transport.protocol._destruct !== undefined) {
      this.#transport.disconnect(code, text);
    }
    this.#ended(reason);
    this.#hangUp();
  }

  /** Ends it without a word. */
  destroy(reason: DisconnectReason): void {
    this.#ended(reason);
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#over !== undefined) return;
    let bytes: Uint8Array = chunk;
    if (this.#preface !== undefined) {
      const step = this.#preface.push(chunk);
      if (step.kind === 'more') return;
      if (step.kind === 'refused') {
        this.destroy(step.reason);
        return;
      }
      if (step.source !== undefined) {
        this.#address = plainAddress(step.source.address);
        this.#port = step.source.port;
      }
      if (!this.#preface.mayGreetFirst) this.#transport.start();
      this.#preface = undefined;
      bytes = step.bytes;
    }
    try {
      this.#transport.receive(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#over !== undefined) return;
    const reason = classifyError(error);
    if (reason === 'internal') this.context.handlers.onError?.(error, this.info);
    this.end(reason, DisconnectCode.protocolError, reason === 'internal' ? 'Something went wrong here.' : '');
  }

  #write(bytes: Buffer): void {
    if (!this.socket.writable) return;
    this.socket.write(bytes);
    if (this.socket.writableLength > (this.#started ? MAX_UNSENT : MAX_UNSENT_BEFORE_SESSION)) this.destroy('limit');
  }

  /** Lets the last bytes out, but waits no longer for a client that does not take them or does not close. */
  #hangUp(): void {
    this.socket.end();
    this.#timer?.cancel();
    this.#timer = this.context.clock.after(LINGER_MS, () => this.socket.destroy());
  }

  #drained(): void {
    if (this.#channel instanceof SshJoinerChannel) this.#channel.drained();
  }

  #greeted(software: string): void {
    this.#clientVersion = software.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 64);
  }

  #heard(): void {
    this.#keepalive.heard();
    if (this.#stalled) this.#setStalled(false);
  }

  #lost(): void {
    if (this.#channel instanceof SshJoinerChannel && !this.#finishing) this.#setStalled(true);
    else this.end('keepalive', DisconnectCode.connectionLost, 'The connection is lost.');
  }

  #setStalled(stalled: boolean): void {
    this.#stalled = stalled;
    if (this.#channel instanceof SshJoinerChannel) this.#channel.stalled(stalled);
  }

  /** The client closed without a word: for one that was only refused so far, because it has nothing more to offer. */
  #quietEnd(): DisconnectReason {
    return this.#user === undefined && this.#auth?.refused === true ? 'auth-failed' : 'closed-by-peer';
  }

  /** Everything that must happen once, however the connection ends. */
  #ended(reason: DisconnectReason): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#timer?.cancel();
    this.context.admission.leave(this);
    this.#auth?.stop();
    this.#sender?.drop();
    this.#channel?.closed(reason);
    this.context.handlers.onDisconnect?.(this.info, reason);
  }

  #closed(): void {
    this.#ended(this.#finishing ? 'closed' : this.#quietEnd());
    this.#timer?.cancel();
    this.#transport.dispose();
    this.context.gone(this);
  }

  #messages(): MessageHandlers {
    return {
      DISCONNECT: (_, code) => {
        const gaveUp = code === DisconnectCode.noMoreAuthMethods;
        this.#ended(gaveUp ? 'auth-failed' : this.#finishing ? 'closed' : this.#quietEnd());
        this.#hangUp();
      },
      SERVICE_REQUEST: (_, name) => this.#service(name),
      USERAUTH_REQUEST: (_, user, service, method, data) => {
        if (this.#auth === undefined) this.#protocolError('Ask for the service first.');
        else this.#auth.request(user, service, method, data);
      },
      USERAUTH_INFO_RESPONSE: (_, responses) => this.#auth?.responded(responses),
      GLOBAL_REQUEST: (_, name, wantReply) => {
        // Forwarding, and whatever comes in the future: none of it is here. A reply keeps the client's count right.
        if (wantReply) this.#transport.protocol.requestFailure();
      },
      REQUEST_SUCCESS: () => this.#answered(),
      REQUEST_FAILURE: () => this.#answered(),
      CHANNEL_OPEN: (_, info) => this.#open(info),
      CHANNEL_DATA: (_, recipient, data) => this.#data(recipient, data),
      CHANNEL_WINDOW_ADJUST: (_, recipient, bytes) => {
        if (recipient !== CHANNEL || this.#over !== undefined) return;
        if (this.#channel === undefined) this.#sender?.granted(bytes);
        else this.#channel.granted(bytes);
      },
      CHANNEL_REQUEST: (_, recipient, type, wantReply, data) => {
        if (recipient === CHANNEL && this.#remote !== undefined && this.#over === undefined) {
          this.#request(this.#remote, type, wantReply, data);
        }
      },
      CHANNEL_EOF: () => {
        // `ssh … </dev/null` still looks on.
      },
      CHANNEL_CLOSE: (_, recipient) => this.#channelClosed(recipient),
    };
  }

  #protocolError(text: string): void {
    this.end('protocol', DisconnectCode.protocolError, text);
  }

  #service(name: string): void {
    if (this.#over !== undefined) return;
    if (name !== 'ssh-userauth') {
      this.end('protocol', DisconnectCode.serviceNotAvailable, 'There is no such service here.');
      return;
    }
    const { settings } = this.context;
    const client = { address: this.#address, clientVersion: this.#clientVersion };
    this.#auth ??= new Authentication(
      this.#transport,
      this.context.handlers.authenticate,
      settings.authMethods,
      client,
      {
        accepted: (user, publicKey) => {
          this.#user = user;
          this.#publicKey = publicKey;
        },
        failed: (reason, code, text) => this.end(reason, code, text),
      },
    );
    this.#transport.protocol.serviceAccept(name);
  }

  #answered(): void {
    const rttMs = this.#keepalive.answered(this.context.clock.monotonic());
    if (rttMs !== undefined) this.context.handlers.onRtt?.(rttMs / 1000, this.info);
  }

  #open(info: ChannelOpenInfo): void {
    if (this.#over !== undefined) return;
    const { protocol } = this.#transport;
    if (this.#user === undefined) this.#protocolError('Log in first.');
    else if (info.type.startsWith('direct-')) {
      protocol.channelOpenFail(info.sender, OpenFailure.prohibited, 'This server forwards no ports.');
    } else if (info.type !== 'session') {
      protocol.channelOpenFail(info.sender, OpenFailure.unknownType, 'This server has no such channel.');
    } else if (this.#remote !== undefined) {
      protocol.channelOpenFail(info.sender, OpenFailure.prohibited, 'One session a connection is all there is.');
    } else {
      const isHost = this.#user === HOST_USER;
      const windowBytes = isHost ? this.context.settings.hostWindowBytes : JOINER_WINDOW_BYTES;
      this.#remote = info;
      this.#terminal = new TerminalRequest();
      this.#receiver = new ChannelReceiver(protocol, info.sender, windowBytes);
      this.#sender = new ChannelSender(protocol, this.socket, { ...info, id: info.sender });
      protocol.channelOpenConfirm(info.sender, CHANNEL, windowBytes, MAX_PACKET_BYTES);
    }
  }

  #data(recipient: number, data: Buffer): void {
    if (recipient !== CHANNEL || this.#over !== undefined || this.#finishing) return;
    if (this.#receiver?.receive(data) === false) this.#protocolError('More was sent than was granted.');
  }

  #channelClosed(recipient: number): void {
    if (recipient !== CHANNEL || this.#remote === undefined || this.#over !== undefined) return;
    if (!this.#finishing) this.#transport.protocol.channelClose(this.#remote.sender);
    this.end(this.#finishing ? 'closed' : 'closed-by-peer');
  }

  #request(remote: ChannelOpenInfo, type: string, wantReply: boolean, data: unknown): void {
    const accepted = this.#started ? this.#requestInSession(type, data) : this.#requestBefore(type, data);
    if (accepted === 'start') {
      this.#start(remote, wantReply, type, data);
    } else if (wantReply) {
      if (accepted) this.#transport.protocol.channelSuccess(remote.sender);
      else this.#transport.protocol.channelFailure(remote.sender);
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
        return 'start';
      case 'subsystem':
        return data === HOST_SUBSYSTEM && this.#user === HOST_USER ? 'start' : false;
      default:
        return false; // x11-req, auth-agent-req@openssh.com, …
    }
  }

  #requestInSession(type: string, data: unknown): boolean {
    if (!(this.#channel instanceof SshJoinerChannel)) return false;
    if (type === 'window-change') {
      const { cols, rows } = data as PtyData;
      this.#channel.resized(cols, rows);
      return true;
    }
    if (type === 'signal') {
      this.#channel.signalled(String(data).slice(0, 16));
      return true;
    }
    return false;
  }

  #start(remote: ChannelOpenInfo, wantReply: boolean, type: string, data: unknown): void {
    const [sender, receiver] = [this.#sender, this.#receiver];
    if (sender === undefined || receiver === undefined) return;
    this.#started = true;
    this.#timer?.cancel();
    this.context.admission.leave(this);
    if (wantReply) this.#transport.protocol.channelSuccess(remote.sender);
    const info = this.#sessionInfo();
    const { handlers } = this.context;
    try {
      if (type === 'subsystem') {
        const channel = new SshHostChannel(sender, receiver, this);
        this.#channel = channel;
        handlers.host(channel, info);
      } else if (type === 'shell') {
        const channel = new SshJoinerChannel(sender, receiver, this, this.#clientVersion, remote.window);
        this.#channel = channel;
        handlers.joiner(channel, info);
      } else {
        const text = handlers.exec?.(String(data), info) ?? EXEC_REFUSED;
        sender.send(Buffer.from(`${text}\r\n`), true);
        this.finish(1);
      }
    } catch (error) {
      handlers.onError?.(error, this.info);
      this.end('internal', DisconnectCode.byApplication, 'Something went wrong here.');
    }
  }

  #sessionInfo(): SessionInfo {
    const info = {
      ...this.info,
      user: this.#user ?? '',
      publicKey: this.#publicKey,
      term: this.#terminal?.term,
      ptySize: this.#terminal?.size,
      env: this.#terminal?.env ?? {},
    };
    // Whoever wants them has them now.
    this.#terminal = undefined;
    this.#auth = undefined;
    return info;
  }
}

/** What a client that wants to run a command is told, on stderr. */
export const EXEC_REFUSED = 'Commands cannot be run here: leave the command out to join the session.';
