import { randomUUID } from 'node:crypto';
import {
  isShipmateError,
  sessionId,
  ShipmateError,
  type Clock,
  type EdgeId,
  type Generation,
  type Role,
  type SessionId,
} from '#kernel';
import {
  checkHostPolicy,
  mintTokens,
  parseJoinKey,
  writePolicy,
  type ReconnectionData,
  type ReconnectionSigner,
  type SessionPolicy,
  type TokenPair,
} from '#access';
import {
  EDGE_RENEW_MS,
  hashToken,
  type Directory,
  type NewSession,
  type Owner,
  type PublicAddresses,
  type SessionRecord,
  type TokenHash,
} from '#directory';
import { HomeSession, type JoinCommands } from './home-session.js';
import { HostConnection, type HostIntroduction } from './host-connection.js';
import type { HostGone, SessionObserver } from './observer.js';
import type { HostLink } from './ports.js';
import { HostText } from './texts.js';

/** An unwatched session's panes are packed away when nothing came from its host for this long. */
export const QUIET_MS = 2000;

/** How often sessions are looked over: packed away, or given a new clock in the status line. */
const SWEEP_MS = 5000;

export interface EdgeDeps {
  readonly edgeId: EdgeId;
  readonly region: string;
  readonly addresses: PublicAddresses;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly signer: ReconnectionSigner;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  /** How long a lost host is waited for, in milliseconds. */
  readonly hostGraceMs: number;
  /** Refuse hosts that bring no authorized keys. */
  readonly requireAuthorizedKeys: boolean;
}

/** What a token or a name leads to, at this edge. */
export type JoinTarget =
  | { readonly kind: 'home'; readonly session: HomeSession; readonly role: Role; readonly policy: SessionPolicy }
  /** It ended, that many milliseconds ago. */
  | { readonly kind: 'closed'; readonly agoMs: number }
  /** It lives at another edge. */
  | { readonly kind: 'elsewhere'; readonly record: SessionRecord; readonly role: Role }
  | { readonly kind: 'unknown' };

interface Held {
  readonly session: HomeSession;
  policy: () => SessionPolicy;
  readonly hashes: Readonly<Record<Role, TokenHash>>;
  /** The generation whose host was connected in the last round, and the newest one that the directory knows as confirmed. */
  seenGeneration?: Generation | undefined;
  confirmed?: Generation | undefined;
}

/** All sessions that one edge is the home of: opens them for hosts, finds them for joiners. */
export class EdgeSessions {
  readonly #held = new Map<SessionId, Held>();
  readonly #tokens = new Map<TokenHash, { id: SessionId; role: Role }>();
  #stopped = false;

  constructor(private readonly deps: EdgeDeps) {}

  /** Makes this edge known and begins its rounds. */
  async start(): Promise<void> {
    await this.#heartbeat();
    this.#every(EDGE_RENEW_MS, () => void this.#heartbeat());
    this.#every(SWEEP_MS, () => this.#sweep());
  }

  get size(): number {
    return this.#held.size;
  }

  get sessions(): Iterable<HomeSession> {
    return [...this.#held.values()].map(({ session }) => session);
  }

  /** Takes a host's connection. */
  acceptHost(link: HostLink): HostConnection {
    const { clock, observer } = this.deps;
    return new HostConnection(
      link,
      clock,
      (introduction) => this.#open(introduction),
      (what, error) => observer.failed(what, error),
    );
  }

  /** What somebody who gave `user` wants to join; a text that cannot be a token or a name is `unknown` too. */
  async find(user: string): Promise<JoinTarget> {
    const key = joinKey(user);
    if (key === undefined) return { kind: 'unknown' };
    const hash = key.kind === 'token' ? hashToken(key.token) : undefined;
    const local = hash && this.#tokens.get(hash);
    const held = local && this.#held.get(local.id);
    if (local !== undefined && held !== undefined) return homeTarget(held, local.role);
    const { directory } = this.deps;
    const lookup = hash === undefined ? await directory.lookupByName(user) : await directory.lookupByTokenHash(hash);
    if (lookup === undefined) return { kind: 'unknown' };
    const { session: record, role, state } = lookup;
    if (state === 'closed') {
      return { kind: 'closed', agoMs: Math.max(0, this.deps.clock.now() - (record.closedAt ?? 0)) };
    }
    const here = this.#held.get(record.id);
    return here === undefined ? { kind: 'elsewhere', record, role } : homeTarget(here, role);
  }

  /** Ends everything here: joiners are told, hosts come back to another edge. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const releases = [...this.#held.values()].map(async ({ session }) => {
      session.detach();
      await this.#quietly('release', this.deps.directory.release(this.#owner(session)));
    });
    await Promise.all(releases);
    await this.#quietly('remove edge', this.deps.directory.removeEdge(this.deps.edgeId));
  }

  async #open(introduction: HostIntroduction): Promise<HomeSession> {
    const { link, policy, reconnectionData } = introduction;
    if (this.#stopped) throw new ShipmateError('unavailable', 'This server is stopping');
    checkHostPolicy(policy(), { authorizedKeys: this.deps.requireAuthorizedKeys });
    const earlier = reconnectionData === undefined ? undefined : this.#verify(reconnectionData, link);
    if (earlier !== undefined) {
      const again = await this.#reopen(introduction, earlier);
      if (again !== undefined) return again;
    }
    const tokens = mintTokens();
    const id = sessionId(randomUUID());
    const record = await this.deps.directory.claim(this.#newSession(id, tokens, introduction), this.deps.edgeId);
    return this.#keep(record, tokens, introduction, false);
  }

  /** The session that the host had, if it can have it again; else it is told why not. */
  async #reopen(introduction: HostIntroduction, earlier: ReconnectionData): Promise<HomeSession | undefined> {
    const { directory, edgeId } = this.deps;
    const { link } = introduction;
    const wanted = this.#newSession(earlier.sessionId, earlier.tokens, introduction);
    let record: SessionRecord;
    try {
      record = await directory.takeover(wanted, edgeId, earlier.generation);
    } catch (error) {
      if (!isShipmateError(error, 'conflict') && !isShipmateError(error, 'closed')) throw error;
      const why = error.code === 'closed' ? 'has ended' : 'is held by another connection';
      link.send([{ type: 'notify', text: `Your session ${why}: this is a new one` }]);
      return undefined;
    }
    return this.#keep(record, earlier.tokens, introduction, true);
  }

  /** Makes this edge the session's home: a new one, or the one it holds already with its host's new connection. */
  #keep(record: SessionRecord, tokens: TokenPair, introduction: HostIntroduction, again: boolean): HomeSession {
    const { clock, observer, commands, hostGraceMs, signer } = this.deps;
    const { link, model, policy } = introduction;
    const attachment = {
      link,
      model,
      generation: record.generation,
      again,
      reconnectionData: signer.sign({
        sessionId: record.id,
        tokens,
        generation: record.generation,
        issuedAt: clock.now(),
      }),
    };
    observer.sessionOpened(record.id, {
      address: link.address,
      clientVersion: model.version?.clientVersion ?? '',
      reconnected: again,
    });
    const held = this.#held.get(record.id);
    if (held !== undefined) {
      held.policy = policy;
      held.session.reattach(attachment);
      return held.session;
    }
    const session = new HomeSession(
      record.id,
      tokens,
      {
        clock,
        observer,
        commands,
        hostGraceMs,
        onHost: (self, connected) => this.#hostIs(self, connected),
        onClosed: (self, why) => this.#closed(self, why),
      },
      attachment,
      record.createdAt,
    );
    this.#held.set(record.id, { session, policy, hashes: record.tokens });
    for (const role of ['writer', 'reader'] as const) this.#tokens.set(record.tokens[role], { id: record.id, role });
    return session;
  }

  #newSession(id: SessionId, tokens: TokenPair, { model, policy, link }: HostIntroduction): NewSession {
    return {
      id,
      tokens: { writer: hashToken(tokens.writer), reader: hashToken(tokens.reader) },
      region: this.deps.region,
      addresses: this.deps.addresses,
      createdAt: this.deps.clock.now(),
      policy: writePolicy(policy()),
      labels: { address: link.address, clientVersion: model.version?.clientVersion ?? '' },
    };
  }

  #verify(data: string, link: HostLink): ReconnectionData | undefined {
    try {
      return this.deps.signer.verify(data);
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      link.send([{ type: 'notify', text: `${HostText.cannotReconnect}: this is a new session` }]);
      return undefined;
    }
  }

  #hostIs(session: HomeSession, connected: boolean): void {
    if (this.#stopped) return;
    void this.#quietly('update', this.deps.directory.update(this.#owner(session), { hostConnected: connected }));
  }

  #closed(session: HomeSession, why: HostGone): void {
    const held = this.#held.get(session.id);
    this.#held.delete(session.id);
    for (const hash of Object.values(held?.hashes ?? {})) this.#tokens.delete(hash);
    void this.#quietly('close', this.deps.directory.close(this.#owner(session), why));
  }

  #owner(session: HomeSession): Owner {
    return { sessionId: session.id, edgeId: this.deps.edgeId, generation: session.generation };
  }

  async #heartbeat(): Promise<void> {
    const { edgeId, region, addresses, directory } = this.deps;
    let participants = 0;
    for (const { session } of this.#held.values()) participants += session.audience.size;
    const load = { sessions: this.#held.size, participants };
    const beat = directory.heartbeat({ id: edgeId, region, addresses, load, draining: this.#stopped });
    await this.#quietly('heartbeat', beat);
  }

  #sweep(): void {
    for (const held of this.#held.values()) {
      const { session } = held;
      if (session.audience.size === 0) session.model.sleep(QUIET_MS);
      else session.model.tick();
      this.#confirm(held);
    }
  }

  /** A connection that lived through a whole round has brought the host its newest reconnection data. */
  #confirm(held: Held): void {
    const { session } = held;
    const last = held.seenGeneration;
    held.seenGeneration = session.state === 'live' ? session.generation : undefined;
    if (last === undefined || last !== held.seenGeneration || held.confirmed === last) return;
    held.confirmed = last;
    void this.#quietly('confirm', this.deps.directory.update(this.#owner(session), { confirmed: true }));
  }

  #every(ms: number, run: () => void): void {
    this.deps.clock.after(ms, () => {
      if (this.#stopped) return;
      run();
      this.#every(ms, run);
    });
  }

  /** The directory being away costs no session: what it was not told, it is told when it is asked again. */
  async #quietly(what: string, call: Promise<unknown>): Promise<void> {
    try {
      await call;
    } catch (error) {
      this.deps.observer.failed(`directory: ${what}`, error);
    }
  }
}

function homeTarget({ session, policy }: Held, role: Role): JoinTarget {
  return { kind: 'home', session, role, policy: policy() };
}

function joinKey(user: string): ReturnType<typeof parseJoinKey> | undefined {
  try {
    return parseJoinKey(user);
  } catch (error) {
    if (isShipmateError(error, 'not-found')) return undefined;
    throw error;
  }
}
