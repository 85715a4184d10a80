import { randomUUID } from 'node:crypto';
import {
  asksForNames,
  checkHostPolicy,
  mintTokens,
  rightsInWords,
  writePolicy,
  type ReconnectionData,
  type Stay,
  type TokenPair,
} from '#access';
import {
  HomeSession,
  HostText,
  type HostAttachment,
  type HostIntroduction,
  type HostGone,
  type HostLink,
} from '#session';
import {
  hashToken,
  hashTokens,
  type NewSession,
  type SessionRecord,
  type SessionView,
  type TakeoverTokens,
} from '#directory';
import {
  isShipmateError,
  sessionId,
  ShipmateError,
  traced,
  type ErrorCode,
  type SessionId,
  type Span,
  type Tracer,
} from '#kernel';
import { DemandsNotice, hostRefusedText } from './demands-notice.js';
import type { RegionMoves } from './region-moves.js';
import type { EdgeDeps } from './edge-deps.js';
import type { LockedHosts } from './locked-hosts.js';
import type { LocalSessions } from './local-sessions.js';
import type { HomeRecords } from './home-records.js';
import { HOST_LABEL, hostMark } from './host-mark.js';
import { HostIsThere, RENEWING_LABEL, type HostReconnection } from './host-reconnection.js';
import type { NamesOutcome } from './name-claims.js';
import type { Replicas } from './replicas.js';
import { memoryOf, ORDERS_LABEL, remembering, type SessionMemory } from './session-memory.js';
import type { SessionNames } from './session-names.js';
import type { SessionOrders } from './session-orders.js';

export interface OpenerDeps extends Omit<EdgeDeps, 'names'> {
  readonly tracer: Tracer;
  readonly local: LocalSessions;
  readonly records: HomeRecords;
  readonly names: SessionNames;
  readonly returns: HostReconnection;
  readonly replicas: Replicas;
  readonly moves: RegionMoves;
  /** How much longer this edge must not assume that a session is dead, in ms. */
  readonly missingMs: () => number;
  readonly orders: SessionOrders;
  readonly lockedHosts: LockedHosts;
  /** Whether this edge no longer accepts hosts. */
  readonly isStopping: () => boolean;
  /** A session is over. */
  readonly forget: (session: HomeSession) => void;
  /** A session has another home. */
  readonly superseded: (session: HomeSession) => void;
}

/**
 * How often a host's session is looked for that gets another home meanwhile: each time an earlier attempt of the host may be in
 * the way.
 */
const ATTEMPTS = 3;

/** A session whose home this edge becomes. */
interface Opened {
  readonly record: SessionRecord;
  readonly tokens: TokenPair;
  readonly introduction: HostIntroduction;
  readonly memory: SessionMemory;
  /** The directory has it. */
  readonly written: boolean;
  /** The host had it before: the tokens that it knows, and whether the session's record was found. */
  readonly earlier?: { readonly tokens: TokenPair; readonly known: boolean };
  readonly names?: NamesOutcome;
  readonly stay?: Stay | undefined;
}

const stopping = (): ShipmateError => new ShipmateError('unavailable', 'This server is stopping');

/** Makes an edge the home of its hosts' sessions. */
export class SessionOpener {
  constructor(private readonly deps: OpenerDeps) {}

  /** Opens a session for a host that is ready, or gives it back the one that it had; throws the reason if it cannot. */
  async open(given: HostIntroduction, span: Span<'session.open'>): Promise<HomeSession> {
    const { link, policy, reconnectionData } = given;
    if (this.deps.isStopping()) throw stopping();
    await this.deps.faults?.check(link);
    this.deps.lockedHosts.check(link);
    if (this.deps.operator?.mayHost(link.identity) === false) {
      throw new ShipmateError('forbidden', hostRefusedText(link.identity));
    }
    checkHostPolicy(policy(), { authorizedKeys: this.deps.requireAuthorizedKeys });
    const earlier = reconnectionData === undefined ? undefined : this.deps.returns.verify(reconnectionData, link);
    if (earlier === undefined) this.deps.hasRoom?.();
    // A host that has a session can come back to it, however many others there are.
    const host = this.deps.limits?.enter('hosts', link, earlier !== undefined);
    if (host !== undefined) given.onGone(() => host.leave());
    if (earlier !== undefined) {
      const again = await this.#reopen(given, earlier, span);
      if (again !== undefined) return again;
    }
    const tokens = mintTokens();
    const id = sessionId(randomUUID());
    const memory = memoryOf(undefined);
    const introduction = remembering(given, memory, this.deps);
    const stay = this.deps.limits?.enter('sessions', link, false);
    const attributes = { 'shipmate.session.id': id };
    span.set({ ...attributes, 'shipmate.session.origin': 'new' });
    try {
      const { record, written } = await traced(this.deps.tracer, 'session.claim', { attributes }, async () => {
        return await this.deps.records.claim(this.#newSession(id, tokens, introduction, memory));
      });
      await this.#refuseIfStopping(record, written);
      span.set({ 'shipmate.generation': record.generation });
      const { edgeId } = this.deps;
      const mark = hostMark(introduction, introduction.nameRequest());
      const owner = { sessionId: id, edgeId, generation: record.generation, mark };
      const isOpen = policy().authorizedKeys === undefined;
      const names = await this.deps.names.first(owner, introduction.nameRequest(), written, isOpen);
      await this.#refuseIfStopping(record, written);
      if (names.notices.length > 0) link.send(names.notices.map((text) => ({ type: 'notify', text })));
      return this.#register({ record, tokens, introduction, memory, written, names, stay });
    } catch (error) {
      stay?.leave();
      throw error;
    }
  }

  /**
   * The session that the host had, if it can get it back; otherwise the host is told why not. One that got another home since
   * it was looked for is looked for again: an attempt of the same host, whose connection is lost by now, may have come late.
   */
  async #reopen(
    given: HostIntroduction,
    earlier: ReconnectionData,
    span: Span<'session.open'>,
  ): Promise<HomeSession | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#takeOver(given, earlier, span);
      } catch (error) {
        if (isShipmateError(error, 'conflict') && !(error instanceof HostIsThere) && attempt < ATTEMPTS) continue;
        const text = isShipmateError(error) ? NOT_AGAIN[error.code] : undefined;
        if (text === undefined) throw error;
        given.link.send([{ type: 'notify', text }]);
        return undefined;
      }
    }
  }

  async #takeOver(
    given: HostIntroduction,
    earlier: ReconnectionData,
    span: Span<'session.open'>,
  ): Promise<HomeSession> {
    const { returns, local, records } = this.deps;
    const { createdAt, sessionId: id } = earlier;
    const attributes = { 'shipmate.session.id': id };
    const view = await traced(this.deps.tracer, 'session.probe', { attributes }, async () => {
      return await returns.find(earlier);
    });
    const here = local.get(id);
    const tokens = here?.session.host.tokens ?? tokensFor(earlier, view);
    // The session here counts, whatever the directory has: it may not have been updated yet.
    const mode: TakeoverTokens = here === undefined && tokens === earlier.tokens ? 'same' : 'replaced';
    const memory = here?.memory ?? memoryOf(view?.session);
    const introduction = remembering(given, memory, this.deps);
    const wanted = { ...this.#newSession(id, tokens, introduction, memory), createdAt };
    const { expected, left, isCertain } = await returns.whatToExpect(view, wanted, earlier.generation);
    const { record, written } = await traced(this.deps.tracer, 'session.take-over', { attributes }, async (own) => {
      const taken = await records.takeover(wanted, expected, { tokens: mode, cameWith: earlier.generation });
      own.set({ 'shipmate.generation': taken.record.generation });
      return taken;
    });
    await this.#refuseIfStopping(record, written);
    const origin = local.get(id) !== undefined ? 'reconnected' : 'taken-over';
    const { generation: reached } = record;
    this.deps.moves.add(left, { session: wanted, generation: reached, isCertain });
    span.set({ ...attributes, 'shipmate.session.origin': origin, 'shipmate.generation': reached });
    const known = view !== undefined || here !== undefined;
    return this.#register({
      record,
      tokens,
      introduction,
      memory,
      written,
      earlier: { tokens: earlier.tokens, known },
    });
  }

  /**
   * This edge was told to stop while the directory was asked, and has handed its sessions over: nobody would hand this one over.
   * What was written for it is given back.
   */
  async #refuseIfStopping(record: SessionRecord, written: boolean): Promise<void> {
    if (!this.deps.isStopping()) return;
    if (written) await this.deps.records.giveBack(record);
    throw stopping();
  }

  /** Makes this edge the session's home, or connects the session that it already holds to its host's new connection. */
  #register(opened: Opened): HomeSession {
    const { record, tokens, introduction, memory, written, names, stay, earlier } = opened;
    const again = earlier !== undefined;
    const { clock, observer, signer } = this.deps;
    const { link, model, policy } = introduction;
    const attachment = {
      link,
      model,
      generation: record.generation,
      again,
      retokened:
        again && (this.deps.local.get(record.id)?.session.host.tokens ?? tokens).writer !== earlier.tokens.writer,
      names: names?.names ?? (asksForNames(introduction.nameRequest()) ? undefined : {}),
      hook: () => ({ settings: introduction.hookSettings(), foreground: policy().foreground }),
      policy,
      reconnectionData: (now: TokenPair) => {
        const { id, generation, createdAt } = record;
        return signer.sign({ sessionId: id, tokens: now, generation, issuedAt: clock.now(), createdAt });
      },
    };
    observer.sessionOpened(record.id, {
      address: link.address,
      clientVersion: model.version?.clientVersion ?? '',
      key: link.key,
      certificate: link.certificate,
      reconnected: again,
      rights: rightsInWords(policy()),
    });
    const held = this.deps.local.get(record.id);
    if (held !== undefined) {
      held.policy = policy;
      held.labels = () => this.#labels(held.session, introduction, memory);
      held.session.reattach(attachment);
    } else if (again) observer.tookOver(record.id);
    const session = held?.session ?? this.#makeHome(record, tokens, attachment);
    if (held === undefined) {
      const labels = (): Readonly<Record<string, string>> => this.#labels(session, introduction, memory);
      const counted = stay ?? this.deps.limits?.enter('sessions', link, true);
      this.deps.local.add({ session, policy, labels, memory, hashes: hashTokens(tokens), quota: counted });
    }
    const make = (): NewSession => ({
      ...this.#newSession(record.id, session.host.tokens, introduction, memory),
      createdAt: record.createdAt,
      labels: this.#labels(session, introduction, memory),
    });
    this.deps.records.keep(session, make, written, record.cameWith);
    const { nameRequest: request } = introduction;
    const isOpen = (): boolean => policy().authorizedKeys === undefined;
    const [mark, isUnknown] = [() => hostMark(introduction, request()), earlier?.known === false];
    this.deps.names.keep(session, { request, isOpen, mark, isUnknown }, names);
    introduction.onNameRequest(() => this.deps.names.requestChanged(session));
    const demands = new DemandsNotice(this.deps.operator, link);
    demands.tell();
    introduction.onPolicy(() => this.deps.orders.policyChanged(session));
    const following = this.deps.operator?.onChange(() => demands.tell());
    if (following !== undefined) introduction.onGone(() => following.dispose());
    this.#takeOrders(session, introduction, earlier?.known ?? false);
    // The tokens may have been replaced while the directory was asked.
    const hashes = hashTokens(session.host.tokens);
    if (hashes.writer !== record.tokens.writer) this.deps.records.write(session, { tokens: hashes });
    // What came while the directory was asked.
    if (writePolicy(policy()) !== record.policy) this.deps.records.write(session, { policy: writePolicy(policy()) });
    // Last, because its time may already be over.
    session.rules.changed();
    this.deps.lockedHosts.look(session);
    return session;
  }

  /** Carries out the host's commands, except those that were carried out before; `known`: a record says how many those are. */
  #takeOrders(session: HomeSession, introduction: HostIntroduction, known: boolean): void {
    const held = this.deps.local.get(session.id);
    if (held === undefined) return;
    let opening = true;
    introduction.onOrder((order, count) => {
      if (count <= held.memory.orders) return;
      held.memory.orders = count;
      this.deps.records.write(session, { labels: held.labels() });
      // New tokens need not be replaced because of a command that is older than they are.
      if (!(opening && !known && order.name === 'rotate')) this.deps.orders.byHost(held, order);
    });
    opening = false;
  }

  /** Joiners who are already here, as those of a replica, stay. */
  #makeHome(record: SessionRecord, tokens: TokenPair, attachment: HostAttachment): HomeSession {
    const deps = {
      ...this.deps,
      missingMs: () => Math.max(this.deps.missingMs(), this.deps.records.unsureMs(session)),
      onFault: (host: HostLink | undefined) => {
        if (host !== undefined) this.deps.faults?.happened(host);
      },
      onHost: (self: HomeSession, hostConnected: boolean) => this.deps.records.write(self, { hostConnected }),
      onClosed: (self: HomeSession, why: HostGone) => {
        this.deps.forget(self);
        this.deps.records.close(self, why);
      },
      onInvitation: (self: HomeSession, hash: string) => {
        const held = this.deps.local.get(self.id);
        if (held?.session === self) this.deps.orders.invitationUsed(held, hash);
      },
      onSuperseded: (self: HomeSession) => this.deps.superseded(self),
      onLock: (...locked: Parameters<SessionOrders['byModerator']>) => this.deps.orders.byModerator(...locked),
    };
    const earlier = this.deps.replicas.take(record.id);
    const { id, createdAt } = record;
    const session: HomeSession = new HomeSession(deps, { id, tokens, createdAt, attachment, room: earlier?.room });
    session.traffic.sendQueued(earlier?.held ?? []);
    return session;
  }

  #newSession(id: SessionId, tokens: TokenPair, introduction: HostIntroduction, memory: SessionMemory): NewSession {
    return {
      id,
      tokens: hashTokens(tokens),
      region: this.deps.region,
      addresses: this.deps.addresses,
      createdAt: this.deps.clock.now(),
      policy: writePolicy(introduction.policy()),
      labels: labelsOf(introduction, memory),
    };
  }

  /** What is written about a session besides its rights; also its user, once that is known. */
  #labels(
    session: HomeSession,
    introduction: HostIntroduction,
    memory: SessionMemory,
  ): Readonly<Record<string, string>> {
    const user = this.deps.names.userOf(session);
    return { ...labelsOf(introduction, memory), ...(user === undefined ? {} : { user }) };
  }
}

/**
 * The tokens of a session whose host presents these: new ones if they were replaced since. Only its home knows the current
 * ones.
 */
function tokensFor({ tokens }: ReconnectionData, view: SessionView | undefined): TokenPair {
  const isCurrent = view === undefined || view.session.tokens.writer === hashToken(tokens.writer);
  return isCurrent ? tokens : mintTokens();
}

/** What a host reads that cannot get its session back, by the error's code. */
const NOT_AGAIN: Partial<Record<ErrorCode, string>> = {
  conflict: 'Another connection holds your session: this is a new one',
  closed: 'Your session has ended: this is a new one',
  forbidden: `${HostText.dataExpired}: this is a new session`,
};

function labelsOf(introduction: HostIntroduction, { orders }: SessionMemory): Readonly<Record<string, string>> {
  const { link, model, nameRequest } = introduction;
  const mark = asksForNames(nameRequest()) ? hostMark(introduction, nameRequest()) : undefined;
  return {
    address: link.address,
    clientVersion: model.version?.clientVersion ?? '',
    [RENEWING_LABEL]: 'true',
    ...(mark === undefined ? {} : { [HOST_LABEL]: mark }),
    ...(orders === 0 ? {} : { [ORDERS_LABEL]: String(orders) }),
  };
}
