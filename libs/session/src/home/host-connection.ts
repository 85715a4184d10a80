import {
  type Account,
  BEFORE_READY_LIMITS,
  BEFORE_SESSION_LIMITS,
  type Clock,
  type Holding,
  isShipmateError,
  MODEL_LIMITS,
  uncounted,
  type Work,
} from '#kernel';
import {
  HostPolicy,
  NO_NAMES,
  orderIn,
  withNameOption,
  type KeyFinder,
  type NameRequest,
  type SessionPolicy,
  type WrittenOrder,
} from '#access';
import { HostMessageDecoder, type HostMessage } from '#tmate-protocol';
import type { HomeSession } from './home-session.js';
import type { HostGone } from '../observer.js';
import { inClientsVersion } from './old-clients.js';
import type { HostLink } from '../ports.js';
import { hookFault, NO_HOOK, withHookOption, type HookSettings } from './session-hooks.js';
import { SessionModel } from '../model/session-model.js';

/** What a host has sent by the time it is ready to get its session. */
export interface HostIntroduction {
  readonly link: HostLink;
  readonly model: SessionModel;
  /** Who may join, according to what the host has sent so far: it may ask for keys at any time. */
  readonly policy: () => SessionPolicy;
  /** Calls `listener` each time the host changes that. */
  readonly onPolicy: (listener: () => void) => void;
  /** The names that it has asked for so far; it may change them at any time. */
  readonly nameRequest: () => NameRequest;
  readonly onNameRequest: (listener: () => void) => void;
  /** Where its webhooks go, according to what it has sent so far. */
  readonly hookSettings: () => HookSettings;
  /**
   * Calls `listener` with each of its commands to the server, in order, counted from 1; at once with those so far. A host that
   * comes back sends all of them again.
   */
  readonly onOrder: (listener: (order: WrittenOrder, count: number) => void) => void;
  /** Calls `listener` when the connection is over, at once if it is already. */
  readonly onGone: (listener: () => void) => void;
  /** The reconnection data that the host got at an earlier home, if it had one. A secret. */
  readonly reconnectionData: string | undefined;
}

/** Gives a host its session: a new one, or its former one. Rejects with a `ShipmateError`, whose message the host gets. */
export type OpenSession = (introduction: HostIntroduction) => Promise<HomeSession>;

/**
 * How many commands to the server one connection may send: a host keeps all of them, and sends them again when it comes back.
 */
export const MAX_ORDERS = 1_024;

/** What a host's connection needs from the edge. */
export interface HostConnectionDeps {
  readonly clock: Clock;
  readonly open: OpenSession;
  readonly failed: (what: string, error: unknown) => void;
  readonly keys?: KeyFinder | undefined;
  /** Where people sign in, by the operator's names. */
  readonly providers?: ReadonlySet<string> | undefined;
  /** Whether hosts may have webhooks for their own sessions; undefined: they may. */
  readonly sendsHooks?: boolean | undefined;
  /** What the host makes this process hold is counted below this. */
  readonly ledger?: Account | undefined;
  /** Counts what the host makes this process compute. */
  readonly work?: Work | undefined;
  /** A fault of ours in what this host sent, before it had a session. */
  readonly onFault?: ((host: HostLink) => void) | undefined;
}

/** One host's connection, from its first byte to its last. */
export class HostConnection {
  readonly #account: Account;
  /** The account for a message that has not arrived completely. */
  readonly #unread: Holding;
  /** The account for what waits for the host to read. */
  readonly #queue: Holding;
  readonly #model: SessionModel;
  readonly #policy: HostPolicy;
  readonly #decoder: HostMessageDecoder;
  #reconnectionData: string | undefined;
  #onPolicy: (() => void) | undefined;
  #nameRequest = NO_NAMES;
  #onNameRequest: (() => void) | undefined;
  #hookSettings = NO_HOOK;
  readonly #orders: WrittenOrder[] = [];
  #onOrder: ((order: WrittenOrder, count: number) => void) | undefined;
  #session: HomeSession | undefined;
  #opening = false;
  #finished = false;
  #over = false;
  #onGone: (() => void)[] = [];

  private readonly link: HostLink;

  constructor(
    link: HostLink,
    private readonly deps: HostConnectionDeps,
  ) {
    const { clock, keys, providers, failed, ledger = uncounted() } = deps;
    this.#account = ledger.open(BEFORE_READY_LIMITS);
    this.#unread = this.#account.hold('parsers');
    this.#model = new SessionModel(clock, this.#account);
    this.#queue = this.#account.hold('queues');
    const version = (): number | undefined => this.#model.version?.protocolVersion;
    this.link = inClientsVersion(link, version, () => this.#countQueue());
    this.#policy = new HostPolicy({
      clock,
      keys,
      providers,
      failed,
      tell: (texts) => this.#tell(...texts),
      changed: () => this.#onPolicy?.(),
      hashing: () => deps.work?.spend('password', link.address),
    });
    this.#model.onSet = (option, value) => {
      this.#policy.set(option, value);
      const order = orderIn(option, value);
      if (order !== undefined) this.#order(order);
      this.#hookSettings = withHookOption(this.#hookSettings, option, value);
      const fault = hookFault(option, value, deps.sendsHooks ?? true);
      if (fault !== undefined) this.#tell(fault);
      const request = withNameOption(this.#nameRequest, option, value);
      if (request === this.#nameRequest) return;
      this.#nameRequest = request;
      this.#onNameRequest?.();
    };
    this.#decoder = new HostMessageDecoder({ onMessage: (message, bytes) => this.#message(message, bytes) });
  }

  /** Bytes from the host. What is not the protocol ends this connection, with a reason. */
  data(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#session?.host.heard(chunk.length);
    if (this.#queue.bytes > 0) this.#countQueue();
    try {
      this.#decoder.push(chunk);
      this.#unread.set(this.#decoder.pendingBytes);
      const draw = (): void => this.#model.settle();
      if (this.#session === undefined) draw();
      else this.#session.traffic.publish(draw);
    } catch (error) {
      this.#caught(error);
    }
  }

  #caught(error: unknown): void {
    if (isShipmateError(error)) {
      this.#refuse(error.message, 'protocol');
      return;
    }
    if (this.#session !== undefined) {
      this.#session.room.boundary.caught('host', error);
      return;
    }
    this.deps.failed('host message', error);
    this.deps.onFault?.(this.link);
    this.#refuse('Internal server error', 'protocol');
  }

  /** The connection has ended. */
  closed(why: HostGone = 'lost'): void {
    if (this.#over) return;
    this.#end();
    this.#policy.dispose();
    this.#session?.host.lost(this.link, why);
  }

  #message(message: HostMessage, bytes: Uint8Array): void {
    if (this.#over) return;
    // An old client does not say that it is ready.
    if (message.type === 'ready' || message.type === 'sync-layout') this.#isReady();
    this.#model.apply(message);
    this.#session?.hostMessage(this.link, message, bytes);
    switch (message.type) {
      case 'reconnect':
        this.#reconnectionData = message.data;
        break;
      case 'ready':
        this.#begin();
        break;
      case 'sync-layout':
        // Clients before protocol 6 do not say that they are ready.
        this.#begin();
        break;
      case 'fin':
        this.#finished = true;
        this.#session?.fin(this.link);
        break;
      default:
        break;
    }
  }

  /** Its limits are higher from now on: the server is deciding whether it may have a session. */
  #isReady(): void {
    if (!this.#opening) this.#account.limitTo(BEFORE_SESSION_LIMITS);
  }

  #begin(): void {
    if (this.#opening) return;
    this.#opening = true;
    const introduction: HostIntroduction = {
      link: this.link,
      model: this.#model,
      policy: () => this.#policy.policy,
      onPolicy: (listener) => void (this.#onPolicy = listener),
      nameRequest: () => this.#nameRequest,
      onNameRequest: (listener) => void (this.#onNameRequest = listener),
      hookSettings: () => this.#hookSettings,
      onOrder: (listener) => {
        this.#onOrder = listener;
        this.#orders.forEach((order, at) => listener(order, at + 1));
      },
      onGone: (listener) => void (this.#over ? listener() : this.#onGone.push(listener)),
      reconnectionData: this.#reconnectionData,
    };
    this.#policy
      .settled()
      .then(async () => await this.deps.open(introduction))
      .then(
        (session) => this.#opened(session),
        (error: unknown) => {
          if (!isShipmateError(error)) this.deps.failed('opening a session', error);
          this.#model.dispose();
          this.#refuse(isShipmateError(error) ? error.message : 'The server could not open a session', 'protocol');
        },
      );
  }

  #order(order: WrittenOrder): void {
    if (this.#orders.length >= MAX_ORDERS) {
      this.#tell(
        `tmate-set ${order.name}: not done: a session accepts at most ${MAX_ORDERS} commands. Start a new session`,
      );
      return;
    }
    this.#orders.push(order);
    this.#onOrder?.(order, this.#orders.length);
  }

  #opened(session: HomeSession): void {
    this.#session = session;
    this.#account.limitTo(MODEL_LIMITS);
    if (this.#finished) session.fin(this.link);
    else if (this.#over) session.host.lost(this.link, 'lost');
  }

  #refuse(reason: string, why: HostGone): void {
    if (this.#over) return;
    this.#end();
    this.#tell(reason);
    this.#policy.dispose();
    this.link.close();
    this.#session?.host.lost(this.link, why, reason);
  }

  #end(): void {
    this.#over = true;
    this.#unread.release();
    this.#queue.release();
    // One that is being given its session takes the model along.
    if (!this.#opening) this.#model.dispose();
    for (const listener of this.#onGone.splice(0)) listener();
  }

  /** Counts what waits for the host. If there is no room, the host is disconnected, and reconnects by itself. */
  #countQueue(): void {
    if (!this.#over && !this.#queue.trySet(this.link.backlog)) this.link.close();
  }

  #tell(...texts: string[]): void {
    if (texts.length > 0) this.link.send(texts.map((text) => ({ type: 'notify', text })));
  }
}
