import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  agoText,
  failureCode,
  isShipmateError,
  participantId,
  type Clock,
  type SessionId,
  type Span,
  type Tracer,
} from '#kernel';
import {
  barredText,
  exceededText,
  isApproval,
  isExceeded,
  mayHost,
  mayJoin,
  refusalText,
  type AuthorizedKey,
  type Exceeded,
  type OfferedKey,
  type Quotas,
  type Refusal,
  type Stay,
} from '#access';
import { PASSWORD_TRIES, type Arrivals, type Gate, type Quota, type TooMany } from '#edge';
import {
  SshServer,
  type AuthAnswer,
  type AuthAttempt,
  type ConnectionInfo,
  type HostChannel,
  type HostKeys,
  type JoinerChannel,
  type ServerSettings,
  type SessionInfo,
} from '#ssh';
import {
  NotLetIn,
  type EdgeSessions,
  type HostConnection,
  type JoinTarget,
  type Seat,
  type SessionTarget,
} from '#session';
import { ConnectionTraces } from './connection-traces.js';
import { hostLink } from './host-link.js';
import { joinerSink } from './joiner-sink.js';
import { provenBy } from './proven-by.js';
import { DECISION_TEXT, JoinText } from './texts.js';
import { SlowedAddresses } from './slowed-addresses.js';
import type { SshEdgeObserver } from './ssh-edge-observer.js';
import { terminalInfo } from './terminal-info.js';

/** The user that stock tmate clients connect as. */
const HOST_USER = 'tmate';
/**
 * What a joiner may type, in bytes, while its session's home is asked: more than anybody does in those moments. Who sends
 * more is cut off: no key is dropped in silence.
 */
const MAX_EARLY_BYTES = 256 * 1024;
/** What was found to let somebody in is found again for joining after so long, in ms: they were asked for a password. */
const FRESH_MS = 2000;
const CTRL_C = 0x03;

export interface SshEdgeOptions {
  readonly sessions: EdgeSessions;
  readonly arrivals: Arrivals;
  readonly hostKeys: HostKeys;
  readonly clock: Clock;
  readonly observer: SshEdgeObserver;
  readonly quotas: Quotas<Quota>;
  readonly gate: Pick<Gate, 'bars'>;
  /** Only these keys may host; undefined: anybody may. */
  readonly hostAuthorizedKeys: readonly AuthorizedKey[] | undefined;
  readonly settings: Partial<ServerSettings>;
  readonly tracer: Tracer;
}

/** Ends SSH for hosts and joiners, and brings them together in their sessions. */
export class SshEdge {
  readonly #server: SshServer;
  /** What the connections that are being let in look for, by their numbers. */
  readonly #found = new Map<number, { readonly target: JoinTarget | TooMany; readonly atMs: number }>();
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
          this.#found.delete(id);
          this.#stays.get(id)?.leave();
          this.#stays.delete(id);
          traces.finished(id, reason);
          observer.disconnected(id, address, reason);
        },
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

  /** What a connection is told that may not be; any other counts from now on. */
  #turnAway({ id, address }: ConnectionInfo): string | undefined {
    const { gate, quotas, observer } = this.options;
    const barred = gate.bars(address);
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

  /** Tells of a limit, and answers what to say to whom it is against. */
  #over(exceeded: Exceeded, address: string): string {
    this.options.observer.turnedAway(exceeded.limit, address);
    return exceededText(exceeded);
  }

  /**
   * Lets everybody in of whom nothing is wanted; a token that leads nowhere is told so once there is a terminal to say it on,
   * so that a wrong one and an ended one look the same until then.
   */
  async #authenticate(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { user, address, clientVersion, connection: id } = attempt;
    // A host's word about somebody is neither.
    if (isApproval(user)) return 'accept';
    const name = user === HOST_USER ? 'host.connect' : 'join';
    return await this.#traces.authenticating({ id, address, clientVersion }, name, async () =>
      user === HOST_USER ? this.#authenticateHost(attempt) : await this.#authenticateJoiner(attempt),
    );
  }

  async #authenticateJoiner(attempt: AuthAttempt): Promise<AuthAnswer> {
    const { connection, user, address, publicKey } = attempt;
    const mayEnter = (session: SessionTarget): boolean => mayJoin(session.policy, this.#offered(attempt)).allowed;
    const target = await this.#find(connection, user, address, mayEnter).catch((error: unknown) => {
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
    const admission = mayJoin(target.policy, this.#offered(attempt));
    if (!admission.allowed) {
      if (publicKey !== undefined) this.options.observer.joinRefused('key', address, connection);
      return keyRefused(admission.refusal);
    }
    return attempt.method === 'keyboard-interactive'
      ? await this.#askPassword(attempt, target)
      : withoutPassword(attempt, target);
  }

  #authenticateHost(attempt: AuthAttempt): AuthAnswer {
    const admission = mayHost(this.options.hostAuthorizedKeys, this.#offered(attempt));
    if (admission.allowed) return 'accept';
    if (attempt.publicKey !== undefined) this.options.observer.hostRefused(attempt.address, attempt.connection);
    return keyRefused(admission.refusal);
  }

  #offered({ publicKey, proven, address }: AuthAttempt): OfferedKey | undefined {
    const key = publicKey ?? proven;
    return key && { ...key, address, now: this.options.clock.now() };
  }

  /** Who has no password to give is let in without a question: they have shown all they could. */
  async #askPassword(attempt: AuthAttempt, { policy }: SessionTarget): Promise<AuthAnswer> {
    if (policy.password === undefined) return 'accept';
    const { arrivals, observer } = this.options;
    const { address } = attempt;
    for (let left: number = PASSWORD_TRIES; left > 0; left--) {
      // In the prompt itself: the text beside it is not shown by every client.
      const text = left === PASSWORD_TRIES ? JoinText.password : JoinText.wrongPassword(left);
      const [given] = (await attempt.ask?.([{ text, echo: false }])) ?? [];
      if (given === undefined) return 'reject';
      const verdict = await arrivals.password(policy, given, address);
      if (verdict === true) return 'accept';
      observer.joinRefused('password', address, attempt.connection);
      if (verdict !== false) return { end: JoinText.tooMany(verdict) };
    }
    return { end: JoinText.noMorePasswords };
  }

  /** What a connection's user leads to: asked for once, unless it took long until it joins. */
  async #find(
    connection: number,
    user: string,
    address: string,
    admits?: (session: SessionTarget) => boolean,
  ): Promise<JoinTarget | TooMany> {
    const { clock, arrivals } = this.options;
    const known = this.#found.get(connection);
    if (known !== undefined && clock.monotonic() - known.atMs < FRESH_MS) return known.target;
    const target = await arrivals.find(user, address, admits);
    if (target.kind === 'too-many' && target.from === 'address') this.#slowed.add(address, target.retryAfterMs);
    this.#found.set(connection, { target, atMs: clock.monotonic() });
    return target;
  }

  #host(channel: HostChannel, info: SessionInfo): void {
    const { observer, sessions, quotas, hostAuthorizedKeys, tracer } = this.options;
    const traces = this.#traces;
    const span = traces.letIn(info.id);
    const opened = (outcome: { readonly session: SessionId } | { readonly failure: unknown }): void => {
      if ('session' in outcome) span.set({ 'shipmate.session.id': outcome.session });
      traces.finished(info.id, 'failure' in outcome ? failureCode(outcome.failure) : undefined);
    };
    const who = { address: info.address, key: info.publicKey?.fingerprint };
    const refuse = (exceeded: Exceeded): void => {
      link.send([{ type: 'notify', text: this.#over(exceeded, who.address) }]);
      link.close();
    };
    const meter = quotas.meter('bytes', who, refuse);
    const bytes: SshEdgeObserver['bytes'] = (direction, leg, count) => {
      observer.bytes(direction, leg, count);
      meter.add(count);
    };
    const link = hostLink(channel, who.address, provenBy(info.publicKey, hostAuthorizedKeys), { bytes });
    const accept = (): HostConnection => sessions.acceptHost(link, opened);
    const connection = tracer.within(span, accept);
    channel.listen({
      onData: (chunk) => {
        bytes('in', 'host', chunk.length);
        connection.data(chunk);
      },
      onClose: () => {
        meter.leave();
        connection.closed();
      },
    });
    const exceeded = quotas.look('bytes', who);
    if (exceeded !== undefined) refuse(exceeded);
  }

  async #joiner(channel: JoinerChannel, info: SessionInfo): Promise<void> {
    if (isApproval(info.user)) return await this.#decide(channel, info);
    const span = this.#traces.letIn(info.id);
    await this.options.tracer.within(span, async () => await this.#join(channel, info, span));
  }

  async #join(channel: JoinerChannel, info: SessionInfo, span: Span<'host.connect' | 'join'>): Promise<void> {
    const traces = this.#traces;
    const { clock, observer, quotas } = this.options;
    const began = clock.monotonic();
    const who = { address: info.address, key: info.publicKey?.fingerprint };
    const meter = quotas.meter('bytes', who, (exceeded) => {
      sink.farewell = this.#over(exceeded, who.address);
      if (seat === undefined) channel.exit(1, { stderr: `${sink.farewell}\r\n` });
      else seat.leave('over-limit');
    });
    const bytes: SshEdgeObserver['bytes'] = (direction, leg, count) => {
      observer.bytes(direction, leg, count);
      meter.add(count);
    };
    const sink = joinerSink(channel, { bytes });
    let stay: Stay | undefined;
    const refuse = (reason: Parameters<SshEdgeObserver['joinRefused']>[0], text: string): void => {
      observer.joinRefused(reason, info.address, info.id);
      traces.finished(info.id, reason);
      channel.exit(1, { stderr: `${text}\r\n` });
    };
    const gone = new AbortController();
    let seat: Seat | undefined;
    let early: Uint8Array[] = [];
    let earlyBytes = 0;
    let size = info.ptySize;
    let waits = false;
    channel.listen({
      onData: (chunk) => {
        bytes('in', 'joiner', chunk.length);
        if (seat !== undefined) seat.input(chunk);
        else if (waits) {
          // What is typed at a closed door is for nobody.
          if (!chunk.includes(CTRL_C)) return;
          gone.abort();
          channel.exit(1);
        } else if ((earlyBytes += chunk.length) <= MAX_EARLY_BYTES) early.push(chunk.slice());
        else channel.close();
      },
      onResize: (cols, rows) => {
        size = { cols, rows };
        seat?.resize(size);
      },
      onReady: () => sink.becameReady(),
      onStalled: (stalled) => seat?.setStalled(stalled),
      onClose: () => {
        gone.abort();
        meter.leave();
        stay?.leave();
        seat?.leave('detached');
      },
    });
    const visitor = {
      gone: gone.signal,
      waiting: () => {
        waits = true;
        early = [];
        channel.write(Buffer.from(`${JoinText.waiting}\r\n`));
      },
    };
    try {
      const target = await this.#find(info.id, info.user, info.address);
      this.#found.delete(info.id);
      if (gone.signal.aborted) return;
      if (target.kind === 'too-many') refuse('too-many', JoinText.tooMany(target));
      else if (target.kind === 'unknown') refuse('not-found', JoinText.notFound);
      else if (target.kind === 'closed') refuse('closed', JoinText.closed(agoText(target.agoMs)));
      else if (size === undefined) refuse('no-terminal', JoinText.noTerminal);
      else {
        const entered = quotas.look('bytes', who) ?? quotas.enter('joiners', who);
        if (isExceeded(entered)) {
          channel.exit(1, { stderr: `${this.#over(entered, who.address)}\r\n` });
          return;
        }
        stay = entered;
        const participant = {
          id: participantId(randomUUID()),
          role: target.role,
          transport: 'ssh',
          address: info.address,
          ...provenBy(info.publicKey, target.policy.authorizedKeys),
        } as const;
        span.set({
          'shipmate.session.id': target.id,
          'shipmate.participant.id': participant.id,
          'shipmate.participant.role': target.role,
          'shipmate.route': target.route,
        });
        const joined = await target.join(participant, terminalInfo(info, size), sink, visitor);
        seat = joined;
        traces.finished(info.id);
        // What the terminal did while the session's home was asked.
        if (gone.signal.aborted) joined.leave('detached');
        else if (size.cols !== joined.size.cols || size.rows !== joined.size.rows) joined.resize(size);
        for (const chunk of early) seat.input(chunk);
        early = [];
        if (!waits) observer.joinSeconds((clock.monotonic() - began) / 1000);
      }
    } catch (error) {
      if (gone.signal.aborted) return;
      if (error instanceof NotLetIn) return refuse(error.answer, error.message);
      if (isShipmateError(error, 'closed')) return refuse('closed', JoinText.closed(agoText(0)));
      if (isShipmateError(error) && error.temporary) return refuse('unavailable', JoinText.unavailable);
      observer.failed(error);
      traces.finished(info.id, failureCode(error));
      channel.exit(1, { stderr: `${JoinText.failed}\r\n` });
    }
  }

  /** A host says who may come in. */
  async #decide(channel: JoinerChannel, { user, address }: SessionInfo): Promise<void> {
    const { arrivals, observer } = this.options;
    channel.listen({ onData: () => undefined, onClose: () => undefined });
    const say = (text: string, status: number): void => {
      if (status === 0) channel.write(Buffer.from(`${text}\r\n`));
      channel.exit(status, status === 0 ? {} : { stderr: `${text}\r\n` });
    };
    try {
      const decision = await arrivals.decide(user, address);
      if (typeof decision !== 'string') say(JoinText.tooMany(decision), 1);
      else say(DECISION_TEXT[decision], decision === 'admitted' || decision === 'refused' ? 0 : 1);
    } catch (error) {
      if (!isShipmateError(error)) observer.failed(error);
      say(isShipmateError(error) && error.temporary ? JoinText.unavailable : JoinText.failed, 1);
    }
  }
}

/** Other keys may do; nothing is said of one to who has shown none yet. */
function keyRefused(refusal: Refusal): AuthAnswer {
  const reject = refusal.reason === 'key-required' ? {} : { reject: refusalText(refusal) };
  return { ...reject, methods: ['publickey'] };
}

/** What is wanted besides of somebody whose key, if one is needed, is right. */
function withoutPassword({ method, proven }: AuthAttempt, { policy }: SessionTarget): AuthAnswer {
  const shows = method === 'publickey';
  if (policy.password !== undefined) {
    if (shows) return { partial: true, methods: ['keyboard-interactive'] };
    const more = policy.approve && proven === undefined ? (['publickey'] as const) : [];
    return { methods: [...more, 'keyboard-interactive'] };
  }
  // Whoever lets joiners in wants to know their keys; who has none comes in by a dialogue without a question.
  return policy.approve && !shows ? { methods: ['publickey', 'keyboard-interactive'] } : 'accept';
}
