import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isShipmateError, type Clock, type Tracer, type Work } from '#kernel';
import {
  exceededText,
  hostingFault,
  isApproval,
  isExceeded,
  lacks,
  type Exceeded,
  type Identity,
  type Proofs,
  type Quotas,
  type Refusal,
  type Stay,
} from '#access';
import { barredText } from '#address';
import type { EdgeSessions, JoinTarget, SessionTarget } from '#fleet';
import type { AuthorizedKey, OfferedKey } from '#keys';
import {
  SshServer,
  type AuthAnswer,
  type AuthAttempt,
  type ConnectionInfo,
  type HostChannel,
  type HostKeys,
  type JoinerChannel,
  type Peer,
  type ServerSettings,
  type SessionInfo,
} from '#ssh';
import {
  PASSWORD_TRIES,
  type JoinAttempts,
  type FindOptions,
  type ClientAddresses,
  type OperatorDemands,
  type Quota,
  type TooMany,
} from '#edge';
import { helpsToSignIn, isToldInside, keyRefused, withoutPassword } from './auth-answers.js';
import { ConnectionTraces } from './connection-traces.js';
import { Hosting } from './hosting.js';
import { Joining } from './joining.js';
import type { SshSignIns } from './ssh-sign-ins.js';
import { DECISION_TEXT, JoinText } from './texts.js';
import { SlowedAddresses } from './slowed-addresses.js';
import type { SshEdgeObserver } from './observers.js';

/** The user that stock tmate clients connect as. */
const HOST_USER = 'tmate';
/** While somebody authenticates, what their user leads to is looked up again after this time, in ms. */
const FRESH_MS = 2000;

/** What is known of a joiner's connection. */
interface Visit {
  /** The session found during authentication only says what to ask for; it decides nothing. */
  readonly found?: { readonly target: JoinTarget | TooMany; readonly atMs: number };
  /** The hash of the password that they gave. */
  readonly password?: string | undefined;
  /** Who they have signed in as, or whose remembered key they have. */
  readonly identity?: Identity | undefined;
  /** Whether it has had a session: each further one counts as a new connection. */
  readonly hadSession?: boolean;
}

export interface SshEdgeOptions {
  readonly sessions: EdgeSessions;
  readonly attempts: JoinAttempts;
  readonly hostKeys: HostKeys;
  readonly clock: Clock;
  readonly observer: SshEdgeObserver;
  readonly quotas: Quotas<Quota>;
  readonly addresses: Pick<ClientAddresses, 'bars' | 'proxyHeaderRefused'>;
  /** Only these keys may host; undefined: anybody may. */
  readonly hostAuthorizedKeys: readonly AuthorizedKey[] | undefined;
  readonly settings: Partial<ServerSettings>;
  readonly tracer: Tracer;
  readonly work: Work;
  readonly signIns: SshSignIns;
  /** Who may host. */
  readonly operator: Pick<OperatorDemands, 'mayHost'>;
}

/** Ends SSH for hosts and joiners, and brings them together in their sessions. */
export class SshEdge {
  readonly #server: SshServer;
  /** Connections of joiners, by their numbers. */
  readonly #visits = new Map<number, Visit>();
  /** Counts the connections, by their numbers. */
  readonly #stays = new Map<number, Stay>();
  readonly #traces: ConnectionTraces;
  readonly #slowed: SlowedAddresses;
  #listening = false;

  constructor(private readonly options: SshEdgeOptions) {
    const { observer } = options;
    const traces = new ConnectionTraces(options.tracer);
    this.#traces = traces;
    this.#slowed = new SlowedAddresses(options.clock);
    this.#server = new SshServer({
      ...options.settings,
      hostKeys: options.hostKeys,
      clock: options.clock,
      work: options.work,
      handlers: {
        turnAway: (info) => this.#turnAway(info),
        authenticate: (attempt) => this.#authenticate(attempt),
        host: (channel, info) => this.#host(channel, info),
        joiner: (channel, info) => void this.#joiner(channel, info),
        ...(traces.enabled
          ? { onAccepted: (id) => traces.accepted(id), onHandshake: ({ id }) => traces.handshake(id) }
          : {}),
        exec: () => JoinText.noCommands,
        onDisconnect: ({ id, address }, reason) => {
          this.#visits.delete(id);
          this.#stays.get(id)?.leave();
          this.#stays.delete(id);
          traces.finished(id, reason);
          if (reason === 'bad-proxy-header') options.addresses.proxyHeaderRefused(address);
          observer.disconnected(id, address, reason);
        },
        onRtt: (seconds) => observer.rtt(seconds),
        onError: (error) => observer.failed(error),
      },
    });
  }

  /** Takes what is handed to `accept` from now on. */
  async start(): Promise<void> {
    await this.#server.start();
    this.#listening = true;
  }

  /** Takes a connection that came by something else than the port, while it is listening. */
  accept(stream: Duplex, peer: Peer): void {
    this.#server.accept(stream, peer);
  }

  /** Takes connections from now on, at a port too. */
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

  /** Stops accepting connections; existing ones continue. */
  refuseNew(): void {
    this.#listening = false;
    this.#server.refuseNew();
  }

  /** Stops taking connections; those with a session may end in good order. */
  async close(graceMs: number): Promise<void> {
    this.#listening = false;
    await this.#server.close({ graceMs });
  }

  /** The text for a connection that is refused; any other connection counts from now on. */
  #turnAway({ id, address }: ConnectionInfo): string | undefined {
    const { addresses, quotas, observer } = this.options;
    const barred = addresses.bars(address);
    if (barred !== undefined) {
      observer.turnedAway(barred, address);
      return barredText(address);
    }
    const exceeded = this.#slowed.connect(address) ?? quotas.take('handshakes', { address });
    if (exceeded !== undefined) return this.#over(exceeded, address);
    const stay = quotas.enter('connections', { address });
    if (isExceeded(stay)) return this.#over(stay, address);
    this.#stays.set(id, stay);
    return undefined;
  }

  /** Reports a limit, and returns the text for the person who reached it. */
  #over(exceeded: Exceeded, address: string): string {
    this.options.observer.turnedAway(exceeded.limit, address);
    return exceededText(exceeded);
  }

  /**
   * Collects what somebody can prove, and asks for what the session requires now; whether they may join is decided later, at
   * that moment. If a token leads nowhere, they are told only once a terminal is open, so that a wrong token and an ended
   * session look the same until then.
   */
  async #authenticate(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { user, address, clientVersion, connection: id } = attempt;
    // A host's decision on somebody is neither.
    if (isApproval(user)) return 'accept';
    const name = user === HOST_USER ? 'host.connect' : 'join';
    return await this.#traces.authenticating({ id, address, clientVersion }, name, async () =>
      user === HOST_USER ? await this.#authenticateHost(attempt) : await this.#authenticateJoiner(attempt),
    );
  }

  async #authenticateJoiner(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { connection, address, publicKey } = attempt;
    const target = await this.#find(attempt).catch((error: unknown) => {
      // The connection ends with it: there is no terminal to say it on.
      if (isShipmateError(error) && error.temporary) {
        this.options.observer.joinRefused('unavailable', address, connection);
      }
      throw error;
    });
    if (target.kind === 'too-many') {
      this.options.observer.joinRefused('too-many', address, connection);
      return { end: JoinText.tooMany(target) };
    }
    if (target.kind !== 'session') return 'accept';
    const lacking = this.#lacking(attempt, target);
    if (lacking !== undefined && helpsToSignIn(lacking, this.options.signIns.possible))
      return await this.#signIn(attempt);
    if (lacking !== undefined && isToldInside(lacking)) return 'accept';
    if (lacking !== undefined && lacking.reason !== 'password') {
      const label = lacking.reason === 'not-allowed' ? 'not-allowed' : 'key';
      if (publicKey !== undefined || label !== 'key') this.options.observer.joinRefused(label, address, connection);
      return keyRefused(lacking);
    }
    return attempt.method === 'keyboard-interactive'
      ? await this.#askPassword(attempt)
      : withoutPassword(attempt, target);
  }

  /** A key that is remembered says who it is; without one, they sign in with a browser while the client waits. */
  async #signIn(attempt: AuthAttempt): Promise<AuthAnswer> {
    const found = await this.options.signIns.identify(attempt);
    if ('identity' in found) return await this.#signedIn(attempt, found.identity);
    if (found.refused) this.options.observer.joinRefused('sign-in-required', attempt.address, attempt.connection);
    return found.answer;
  }

  /** Goes on with what else the session wants of them. */
  async #signedIn(attempt: AuthAttempt, identity: Identity): Promise<AuthAnswer> {
    const visit = this.#visits.get(attempt.connection);
    // The connection may be over.
    if (visit === undefined) return 'reject';
    this.#visits.set(attempt.connection, { ...visit, identity });
    return await this.#authenticateJoiner(attempt);
  }

  /** What the session wants besides what they have shown; an offered key counts as if it were proved: the client signs next. */
  #lacking(attempt: AuthAttempt, { policy, cameWith }: SessionTarget): Refusal | undefined {
    const { address, publicKey, proven, connection } = attempt;
    const key = publicKey ?? proven;
    const { password, identity } = this.#visits.get(connection) ?? {};
    const proofs: Proofs = {
      transport: 'ssh',
      address,
      keys: key === undefined ? [] : [key],
      password,
      identity,
      ...cameWith,
    };
    return lacks(policy, proofs, this.options.clock.now());
  }

  /** Whether nobody may host who has not said who they are. */
  get #hostsSignIn(): boolean {
    return !this.options.operator.mayHost(undefined);
  }

  async #authenticateHost(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { publicKey, signed, connection } = attempt;
    const fault = hostingFault(this.options.hostAuthorizedKeys, this.#offered(attempt));
    if (fault === undefined) {
      if (!this.#hostsSignIn) return 'accept';
      // A stock client answers no questions here: its key may be known, and if not, it is asked once it is in.
      if (publicKey === undefined) return { methods: ['publickey'] };
      const identity = signed ? await this.options.signIns.owner(publicKey.fingerprint) : undefined;
      if (signed) this.#visits.set(connection, { identity });
      return 'accept';
    }
    if (attempt.publicKey !== undefined) this.options.observer.hostRefused(attempt.address, attempt.connection);
    return keyRefused(fault);
  }

  #offered({ publicKey, proven, address }: AuthAttempt): OfferedKey | undefined {
    const key = publicKey ?? proven;
    return key && { ...key, address, now: this.options.clock.now() };
  }

  /** Whoever has no password to give is let in without a question: they have shown all they could. */
  async #askPassword(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { attempts, observer } = this.options;
    const { address, connection } = attempt;
    for (let left: number = PASSWORD_TRIES; left > 0; left--) {
      if ((await this.#passwordOf(attempt)) === undefined) return 'accept';
      // In the prompt itself: the text next to it is not shown by every client.
      const text = left === PASSWORD_TRIES ? JoinText.password : JoinText.wrongPassword(left);
      const [given] = (await attempt.ask?.([{ text, echo: false }])) ?? [];
      if (given === undefined) return 'reject';
      // It may be another one by now.
      const password = await this.#passwordOf(attempt);
      const verdict = password === undefined || (await attempts.password(password, given, address));
      if (verdict === true) {
        const visit = this.#visits.get(connection);
        if (visit !== undefined) this.#visits.set(connection, { ...visit, ...(password && { password }) });
        return 'accept';
      }
      observer.joinRefused('password', address, connection);
      if (verdict !== false) return { end: JoinText.tooMany(verdict) };
    }
    return { end: JoinText.noMorePasswords };
  }

  /** The hash of the password that the session has now. */
  async #passwordOf(attempt: AuthAttempt): Promise<string | undefined> {
    const target = await this.#find(attempt);
    return target.kind === 'session' ? target.policy.password : undefined;
  }

  /** What a connection's user leads to, to know what to ask for. */
  async #find(attempt: AuthAttempt): Promise<JoinTarget | TooMany> {
    const { connection, user, address } = attempt;
    const { clock } = this.options;
    const visit = this.#visits.get(connection);
    const found = visit?.found;
    if (found !== undefined && clock.monotonic() - found.atMs < FRESH_MS) return found.target;
    const admits = (session: SessionTarget): boolean => this.#lacking(attempt, session) === undefined;
    const target = await this.#lookUp(user, address, { admits, again: visit !== undefined });
    this.#visits.set(connection, { ...visit, found: { target, atMs: clock.monotonic() } });
    return target;
  }

  async #lookUp(user: string, address: string, options: FindOptions): Promise<JoinTarget | TooMany> {
    const target = await this.options.attempts.find(user, address, options);
    if (target.kind === 'too-many' && target.from === 'address') this.#slowed.add(address, target.retryAfterMs);
    return target;
  }

  #host(channel: HostChannel, info: SessionInfo): void {
    const { observer, sessions, quotas, hostAuthorizedKeys, tracer, signIns } = this.options;
    const traces = this.#traces;
    const over = (exceeded: Exceeded): string => this.#over(exceeded, info.address);
    const hosting = new Hosting(
      { observer, sessions, quotas, hostAuthorizedKeys, tracer, traces, signIns, over },
      channel,
      info,
    );
    const identity = this.#visits.get(info.id)?.identity;
    if (identity === undefined && this.#hostsSignIn) hosting.signIn();
    else hosting.begin(identity);
  }

  async #joiner(channel: JoinerChannel, info: SessionInfo): Promise<void> {
    if (isApproval(info.user)) return await this.#decide(channel, info);
    const visit = this.#visits.get(info.id);
    const { password, identity } = visit ?? {};
    this.#visits.set(info.id, { password, identity, hadSession: true });
    const trace = this.#traces.session(info, visit?.hadSession === true);
    const { clock, observer, quotas, tracer } = this.options;
    const unlocking = this.options;
    const over = (exceeded: Exceeded): string => this.#over(exceeded, info.address);
    const joining = new Joining({ clock, observer, quotas, trace, unlocking, over }, channel, info, {
      password,
      identity,
    });
    const exceeded = visit?.hadSession === true ? quotas.take('handshakes', info) : undefined;
    // Nothing that was found before counts now.
    const find = async (): Promise<JoinTarget | TooMany> =>
      await this.#lookUp(info.user, info.address, { again: visit !== undefined });
    if (exceeded !== undefined) joining.turnAway(exceeded);
    else await tracer.within(trace.span, async () => await joining.run(find));
  }

  /** A host says who may come in. */
  async #decide(channel: JoinerChannel, { user, address }: SessionInfo): Promise<void> {
    const { attempts, observer } = this.options;
    channel.listen({ onData: () => undefined, onClose: () => undefined });
    const say = (text: string, status: number): void => {
      if (status === 0) channel.write(Buffer.from(`${text}\r\n`));
      channel.exit(status, status === 0 ? {} : { stderr: `${text}\r\n` });
    };
    try {
      const decision = await attempts.decide(user, address);
      if (typeof decision !== 'string') say(JoinText.tooMany(decision), 1);
      else say(DECISION_TEXT[decision], ['admitted', 'refused', 'agreed'].includes(decision) ? 0 : 1);
    } catch (error) {
      if (!isShipmateError(error)) observer.failed(error);
      say(isShipmateError(error) && error.temporary ? JoinText.unavailable : JoinText.failed, 1);
    }
  }
}
