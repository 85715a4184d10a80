import type { Duplex } from 'node:stream';
import type { ChannelOpenInfo, MessageHandlers } from 'ssh2/lib/protocol/Protocol.js';
import { isShipmateError, ShipmateError, Timeout, type Clock, type ConnectionWork, type Work } from '#kernel';
import { plainAddress } from '#address';
import type { PublicKey } from '#keys';
import type { ConnectionLimits, Newcomer } from './connection-limits.js';
import { Authentication } from './authentication.js';
import { ClientSessions } from './client-sessions.js';
import { classifyError, DisconnectCode, LEAVING_MS, LINGER_MS, type DisconnectReason } from './disconnect-reason.js';
import { Keepalive } from './keepalive.js';
import { Pings } from './pings.js';
import { Preface, type ProxyMode } from './preface.js';
import { RekeyAllowance, TOO_MANY_REKEYS } from './rekey-allowance.js';
import type { ClientSession } from './session.js';
import type { SourcePenalties } from './source-penalties.js';
import type { ConnectionInfo, Peer, ServerSettings, SshHandlers } from './settings.js';
import type { Transport, TransportEvents } from './transport.js';

/** What may wait in the socket of a client without a session: answers to requests it does not read. */
const MAX_UNSENT_BEFORE_SESSION = 256 * 1024;
/** The same with a session; above every limit of the channels, for what goes around them. */
const MAX_UNSENT = 6 * 1024 * 1024;

/** What all connections of a server share. */
export interface ConnectionContext {
  readonly settings: ServerSettings;
  readonly handlers: SshHandlers;
  readonly clock: Clock;
  readonly admission: ConnectionLimits;
  readonly penalties: SourcePenalties;
  readonly work: Work;
  makeTransport(events: TransportEvents): Transport;
  trusts(address: string): boolean;
  gone(connection: Connection): void;
}

/** Where a connection comes from, and whether it begins with a PROXY header. */
export type Origin = Peer & { readonly proxyProtocol: ProxyMode };

/** One client, from the first byte to the last: preface, transport, authentication, session, and every way to end. */
export class Connection implements Newcomer {
  readonly #transport: Transport;
  readonly #keepalive = new Keepalive();
  #preface: Preface | undefined;
  #auth: Authentication | undefined;
  readonly #deadline: Timeout;
  #address: string;
  #announced: boolean;
  #port: number;
  #clientVersion = '';
  #sessions: ClientSessions | undefined;
  #started = false;
  #stalled = false;
  #over: DisconnectReason | undefined;
  readonly #rekeys: RekeyAllowance;
  readonly #work: ConnectionWork;
  /** For a key exchange in a session: it must end. */
  readonly #rekeying: Timeout;
  readonly #pings: Pings;

  constructor(
    readonly id: number,
    private readonly socket: Duplex,
    private readonly origin: Origin,
    private readonly context: ConnectionContext,
  ) {
    this.#address = origin.address;
    this.#port = origin.port;
    this.#announced = origin.announced;
    this.#rekeys = new RekeyAllowance(context.clock.monotonic());
    this.#deadline = new Timeout(context.clock);
    this.#rekeying = new Timeout(context.clock);
    this.#work = context.work.connection();
    this.#work.announced = origin.announced;
    this.#transport = context.makeTransport({
      onWrite: (bytes) => this.#write(bytes),
      onError: (error) => this.#fail(error),
      onPacket: () => this.#heard(),
      onClient: (software) => this.#greeted(software),
      onNegotiated: (negotiated) => {
        this.#rekeying.cancel();
        context.handlers.onNegotiated?.(negotiated, this.info);
        // What waited for the new keys is out.
        this.#sessions?.drained();
      },
      messages: this.#messages(),
      keyExchanges: {
        begins: (again) => this.#exchange(again),
        queued: (bytes) => {
          if (bytes > MAX_UNSENT) this.destroy('limit');
        },
      },
    });
    this.#pings = new Pings(context.clock, () => this.#transport.protocol.ping());
    this.#preface = new Preface(origin.proxyProtocol, context.trusts(this.#address));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#sessions?.drained());
    socket.on('end', () => {
      this.#ended(this.#quietEnd());
      this.#hangUp();
    });
    socket.on('error', (error) => this.#ended(classifyError(error)));
    socket.on('close', () => this.#closed());
    this.#giveTime(context.settings.handshakeTimeoutMs);
    context.handlers.onAccepted?.(id);
    context.admission.enter(this);
    if (this.#preface.mayGreetFirst) this.#together(() => this.#transport.start());
  }

  get address(): string {
    return this.#address;
  }

  get announced(): boolean {
    return this.#announced;
  }

  get quiet(): boolean {
    return this.#preface !== undefined;
  }

  get info(): ConnectionInfo {
    return { id: this.id, address: this.#address, port: this.#port, clientVersion: this.#clientVersion };
  }

  get hasSession(): boolean {
    return this.#started;
  }

  /** A turn of the keepalive; the server calls it at even intervals. */
  keepAlive(): void {
    if (this.#sessions === undefined || this.#over !== undefined || this.#stalled) return;
    const turn = this.#keepalive.turn(this.context.clock.monotonic());
    if (turn === 'ask') this.#pings.ask((answered) => (answered ? this.#keptAlive() : undefined));
    else if (turn === 'lost') this.#lost();
  }

  displace(): void {
    this.end('too-many', DisconnectCode.tooManyConnections, 'Too many connections. Try again in a moment.');
  }

  /** Says goodbye with `text`, then closes. */
  end(reason: DisconnectReason, code: DisconnectCode = DisconnectCode.byApplication, text = ''): void {
    if (this.#over !== undefined) return;
    this.#sayGoodbye(code, text);
    this.#ended(reason);
    this.#hangUp();
  }

  /** A goodbye that overtakes the client's own would be an error to PuTTY, which then exits with 1. */
  #leaving(reason: DisconnectReason): void {
    this.#ended(reason);
    this.#deadline.start(LEAVING_MS, () => {
      this.#sayGoodbye(DisconnectCode.byApplication, '');
      this.#hangUp();
    });
  }

  #sayGoodbye(code: DisconnectCode, text: string): void {
    // A client before its identification would take a goodbye for noise; after an error there is nobody to tell.
    if (this.#preface === undefined && this.#transport.protocol._destruct !== undefined) {
      this.#transport.disconnect(code, text);
    }
  }

  /** Ends it silently. */
  destroy(reason: DisconnectReason): void {
    this.#ended(reason);
    this.socket.destroy();
  }

  /** From now on, until there is a session. */
  #giveTime(ms: number): void {
    if (this.#over !== undefined) return;
    this.#deadline.start(ms, () =>
      this.end('handshake-timeout', DisconnectCode.byApplication, 'No session was started in time.'),
    );
  }

  /** @throws ShipmateError `limit` if that exceeds a limit */
  #exchange(again: boolean): void {
    const { clock, settings } = this.context;
    this.#work.spend('key-exchange', this.#address);
    if (!again) return;
    if (!this.#rekeys.take(clock.monotonic())) throw new ShipmateError('limit', TOO_MANY_REKEYS);
    this.#rekeying.start(settings.handshakeTimeoutMs, () =>
      this.end('handshake-timeout', DisconnectCode.keyExchangeFailed, 'The key exchange was not finished in time.'),
    );
  }

  #receive(chunk: Buffer): void {
    if (this.#over !== undefined) return;
    this.#rekeys.passed(chunk.length);
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
        this.#announced = true;
        this.#work.announced = true;
        this.context.admission.announced(this);
      }
      if (!this.#preface.mayGreetFirst) this.#transport.start();
      this.#preface = undefined;
      const { penalties, handlers } = this.context;
      const against = penalties.refusal(this.#address, this.#announced) ?? handlers.turnAway?.(this.info);
      if (against !== undefined) {
        this.end('turned-away', DisconnectCode.tooManyConnections, against);
        return;
      }
      bytes = step.bytes;
    }
    this.#together(() => {
      try {
        this.#transport.receive(bytes);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** Sends in one packet what `answer` writes: a handshake has several short answers in a row. A session sees to its own packets. */
  #together(answer: () => void): void {
    const sessionless = !this.#started;
    if (sessionless) this.socket.cork();
    answer();
    if (sessionless) this.socket.uncork();
  }

  #fail(error: unknown): void {
    if (this.#over !== undefined) return;
    const reason = classifyError(error);
    if (reason === 'internal') this.context.handlers.onError?.(error, this.info);
    const text = isShipmateError(error) ? error.message : '';
    this.end(reason, DisconnectCode.protocolError, reason === 'internal' ? 'Something went wrong here.' : text);
  }

  #write(bytes: Buffer): void {
    if (!this.socket.writable) return;
    this.#rekeys.passed(bytes.length);
    this.socket.write(bytes);
    if (this.socket.writableLength > (this.#started ? MAX_UNSENT : MAX_UNSENT_BEFORE_SESSION)) this.destroy('limit');
  }

  /** Lets the last bytes out, but waits no longer for a client that does not take them or does not close. */
  #hangUp(): void {
    this.socket.end();
    this.#deadline.start(LINGER_MS, () => this.socket.destroy());
  }

  #greeted(software: string): void {
    this.#clientVersion = software.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 64);
  }

  #heard(): void {
    this.#keepalive.heard();
    if (this.#stalled) this.#setStalled(false);
  }

  #lost(): void {
    if (this.#sessions?.maySleep === true) this.#setStalled(true);
    else this.end('keepalive', DisconnectCode.connectionLost, 'The connection was lost.');
  }

  #setStalled(stalled: boolean): void {
    this.#stalled = stalled;
    this.#sessions?.stalled(stalled);
  }

  /** Why a connection ends that the client closes silently. */
  #quietEnd(): DisconnectReason {
    if (this.#sessions !== undefined) return this.#sessions.finishing ? 'closed' : 'closed-by-peer';
    return this.#auth?.refused === true ? 'auth-failed' : 'closed-by-peer';
  }

  /** Everything that must happen once, however the connection ends. */
  #ended(reason: DisconnectReason): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.origin.ended?.(reason);
    this.#deadline.cancel();
    this.#rekeying.cancel();
    this.context.admission.leave(this);
    this.context.penalties.add(this.#address, reason, this.#announced);
    this.#auth?.stop();
    this.#pings.end();
    this.#sessions?.closed(reason);
    this.context.handlers.onDisconnect?.(this.info, reason);
  }

  #closed(): void {
    this.#ended(this.#quietEnd());
    this.#deadline.cancel();
    this.#transport.dispose();
    this.context.gone(this);
  }

  #messages(): MessageHandlers {
    return {
      DISCONNECT: (_, code) => {
        const gaveUp = code === DisconnectCode.noMoreAuthMethods;
        this.#ended(gaveUp ? 'auth-failed' : this.#quietEnd());
        this.#hangUp();
      },
      SERVICE_REQUEST: (_, name) => this.#service(name),
      USERAUTH_REQUEST: (_, user, service, method, data) => {
        // RFC 4252 5.1: once let in, further requests are ignored in silence.
        if (this.#sessions !== undefined) return;
        if (this.#auth === undefined) this.#protocolError('Request the service first.');
        else this.#auth.request(user, service, method, data);
      },
      USERAUTH_INFO_RESPONSE: (_, responses) => this.#auth?.responded(responses),
      GLOBAL_REQUEST: (_, name, wantReply) => {
        // Forwarding, and whatever comes in the future: none of it is here. A reply keeps the client's count right.
        if (wantReply) this.#transport.protocol.requestFailure();
      },
      REQUEST_SUCCESS: () => this.#pings.answered(),
      REQUEST_FAILURE: () => this.#pings.answered(),
      CHANNEL_OPEN: (_, info) => this.#open(info),
      CHANNEL_DATA: (_, recipient, data) => this.#session(recipient)?.data(data),
      CHANNEL_WINDOW_ADJUST: (_, recipient, bytes) => this.#session(recipient)?.granted(bytes),
      CHANNEL_REQUEST: (_, recipient, type, wantReply, data) =>
        this.#session(recipient)?.request(type, wantReply, data),
      CHANNEL_EOF: (_, recipient) => this.#session(recipient)?.peerEnded(),
      CHANNEL_CLOSE: (_, recipient) => this.#session(recipient)?.peerClosed(),
    };
  }

  /** The session of a channel, while the connection is not over: what still comes then is not for it. */
  #session(channel: number): ClientSession | undefined {
    return this.#over === undefined ? this.#sessions?.of(channel) : undefined;
  }

  #protocolError(text: string): void {
    this.end('protocol', DisconnectCode.protocolError, text);
  }

  #service(name: string): void {
    if (this.#over !== undefined) return;
    if (name !== 'ssh-userauth' || this.#sessions !== undefined) {
      this.end('protocol', DisconnectCode.serviceNotAvailable, 'There is no such service here.');
      return;
    }
    const { settings, handlers } = this.context;
    if (this.#auth === undefined) handlers.onHandshake?.(this.info);
    const client = { connection: this.id, address: this.#address, clientVersion: this.#clientVersion };
    this.#auth ??= new Authentication(this.#transport, handlers.authenticate, settings.authMethods, client, {
      accepted: (user, publicKey) => this.#letIn(user, publicKey),
      asking: () => this.#giveTime(settings.promptTimeoutMs),
      checking: () => this.#work.spend('signature', this.#address),
      failed: (reason, code, text) => this.end(reason, code, text),
    });
    this.#transport.protocol.serviceAccept(name);
  }

  #keptAlive(): void {
    const rttMs = this.#keepalive.answered(this.context.clock.monotonic());
    if (rttMs !== undefined) this.context.handlers.onRtt?.(rttMs / 1000, this.info);
  }

  #letIn(user: string, publicKey: PublicKey | undefined): void {
    this.#auth = undefined;
    const { settings, handlers, clock, admission } = this.context;
    this.#sessions = new ClientSessions(
      { user, publicKey, info: this.info },
      {
        transport: this.#transport,
        socket: this.socket,
        settings,
        handlers,
        clock,
        started: () => {
          this.#started = true;
          this.#work.hasSession = true;
          this.#deadline.cancel();
          admission.leave(this);
        },
        waiting: () => this.#giveTime(settings.handshakeTimeoutMs),
        leaving: (reason) => this.#leaving(reason),
        end: (reason, code, text) => this.end(reason, code, text),
        probe: async (withinMs) => await this.#pings.probe(withinMs),
        ask: (answered) => this.#pings.ask(answered),
      },
    );
  }

  #open(info: ChannelOpenInfo): void {
    if (this.#over !== undefined) return;
    if (this.#sessions === undefined) this.#protocolError('Log in first.');
    else this.#sessions.open(info);
  }
}
