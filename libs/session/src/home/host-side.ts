import { Timeout, type Clock, type ParticipantId, type Role } from '#kernel';
import { personId, type TokenPair } from '#access';
import type { ServerMessage } from '#tmate-protocol';
import { smallestWindow, type Size } from '../model/sizes.js';
import type { HostGone } from '../observer.js';
import type { HostLink } from '../ports.js';
import { shareEnvironment, shareTexts, type JoinCommands, type JoinKeys } from '../share.js';
import { HostWait } from '../room/host-wait.js';
import { HostText, RelayText, waitingText } from '../texts.js';
import { HostInput } from './host-input.js';
import type { HomeState } from './home-state.js';
import { HostWaker } from './host-waker.js';

/** The names by which a session can be joined, `user/name`, besides its tokens. */
export type JoinNames = Partial<Readonly<Record<Role, string>>>;

/** What a host gets over a new connection. */
export interface HostWelcome {
  readonly link: HostLink;
  /** The data with which the host comes back. Signed again at each call, because it expires. */
  readonly reconnectionData: (tokens: TokenPair) => string;
  /** The host had this session before, here or elsewhere. */
  readonly again: boolean;
  /** The session's tokens are not those that the host knows. */
  readonly retokened?: boolean;
  /** The session's names. If they are not known yet, the host gets its links and commands later, by `named`. */
  readonly names: JoinNames | undefined;
}

export interface HostSideDeps {
  readonly clock: Clock;
  readonly commands: JoinCommands;
  /** How long the session waits for a lost host, in ms. */
  readonly graceMs: number;
  /** How much longer this edge may declare nobody dead, in ms: it was cut off, and a lost host may be at another edge. */
  readonly missingMs: () => number;
  readonly session: HomeState;
  readonly on: (event: HostEvent) => void;
}

/** What a session learns about its host, besides the host's messages. */
export type HostEvent =
  /** Its connection was lost without a message. Input from `doubtful` may have been lost with it. */
  | {
      readonly kind: 'lost';
      readonly why: HostGone;
      readonly detail: string | undefined;
      readonly doubtful: readonly ParticipantId[];
    }
  /** It accepts input again: held input is sent to it. */
  | { readonly kind: 'takes-input' }
  /** It has received everything that these people typed so far. */
  | { readonly kind: 'arrived'; readonly from: readonly ParticipantId[] }
  /** It does not answer, or does again. */
  | { readonly kind: 'silent'; readonly silent: boolean }
  /** It is away; called at once and every second. */
  | { readonly kind: 'waited-for' }
  /** The wait for it begins, and takes this long. */
  | { readonly kind: 'waiting'; readonly leftMs: number }
  /** The wait for it is over. `replaced`: it has begun another session. */
  | { readonly kind: 'given-up'; readonly replaced: boolean };

const NO_LIMIT = -1;
/** How often a connected host gets new reconnection data, in ms: far more often than it expires. */
export const RENEW_DATA_MS = 3_600_000;
/**
 * A host that has begun another session comes back to its former one within this time, in ms, or never: its client tries every 2
 * s.
 */
const REPLACED_MS = 10_000;

/**
 * A session's host, as its home deals with it: the connection, what is sent over it (keys, texts, variables, the size of the
 * window), and whether it arrives. It outlives the connection.
 */
export class HostSide {
  /** Runs while the host is away. */
  readonly wait: HostWait;
  #link: HostLink | undefined;
  #person: string | undefined;
  #tokens: TokenPair;
  #names: JoinNames = {};
  /** The links and commands that this edge sent to the host last. */
  #sharedKeys: JoinKeys | undefined;
  #sign: HostWelcome['reconnectionData'] | undefined;
  /** The window's size that the host was last asked for. */
  #requestedSize: Size | undefined;
  #statusLines = 1;
  #isOver = false;
  /** It has begun another session, and has not come back to this one since. */
  #isReplaced = false;
  readonly #input: HostInput;
  readonly #waker: HostWaker;
  readonly #renewal: Timeout;

  constructor(
    tokens: TokenPair,
    private readonly deps: HostSideDeps,
  ) {
    const { clock, session, on } = deps;
    this.#tokens = tokens;
    this.wait = new HostWait(
      clock,
      () => on({ kind: 'waited-for' }),
      () => this.#waited(),
    );
    this.#input = new HostInput({
      clock,
      isWatched: () => session.joiners.count > 0,
      onTakes: () => on({ kind: 'takes-input' }),
      onArrived: (from) => on({ kind: 'arrived', from }),
      onSilent: (silent) => on({ kind: 'silent', silent }),
    });
    this.#waker = new HostWaker(clock, (bytes) => this.#link?.wake(bytes));
    this.#renewal = new Timeout(clock);
  }

  /** The connection; undefined while the host has none. */
  get link(): HostLink | undefined {
    return this.#link;
  }

  get tokens(): TokenPair {
    return this.#tokens;
  }

  /** Who the host has last signed in as, `person:PROVIDER:SUBJECT`; also while it is away. */
  get person(): string | undefined {
    return this.#person;
  }

  /** What joiners join by: a name if the session has one, otherwise a token. */
  get joinKeys(): JoinKeys {
    return { ...this.#tokens, ...this.#names };
  }

  get isNamed(): boolean {
    return Object.keys(this.#names).length > 0;
  }

  /** Whether input may be sent: if not, it is held. */
  get takes(): boolean {
    return this.#input.takes;
  }

  /** Whether it has received everything that somebody typed. */
  hasArrived(from: ParticipantId): boolean {
    return this.#input.hasArrived(from);
  }

  /** What joiners should read about it while it lasts: the session waits for it, or it does not answer. */
  get notice(): string | undefined {
    const { leftMs } = this.wait;
    if (leftMs !== undefined) return waitingText(leftMs);
    return this.#input.isSilent ? RelayText.silent : undefined;
  }

  /** It was let go for good. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What waits here for the host to read, in bytes. */
  get backlog(): number {
    return this.#link?.backlog ?? 0;
  }

  /** Whether the host is really there. Asks it if its connection looks alive. */
  async isAlive(): Promise<boolean> {
    return (await this.#link?.isAlive()) === true;
  }

  /** The host has a new connection: it gets its links and commands, and may begin. */
  attach({ link, reconnectionData, again, retokened = false, names }: HostWelcome): void {
    const { commands } = this.deps;
    this.wait.stop();
    this.#isReplaced = false;
    this.#link = link;
    if (link.identity !== undefined) this.#person = `person:${personId(link.identity)}`;
    this.#requestedSize = undefined;
    this.#sign = reconnectionData;
    this.#input.attach(link);
    if (names !== undefined) {
      this.#names = names;
      this.#sharedKeys = this.joinKeys;
    } else if (retokened) this.#sharedKeys = { writer: '', reader: '' }; // `named` sends what is new.
    const shared = again && (!retokened || names === undefined) ? [] : shareTexts(commands, this.joinKeys);
    const texts = again ? [HostText.reconnected, ...shared] : shared;
    link.send([
      ...texts.map((text) => ({ type: 'notify', text }) as const),
      ...(names === undefined ? [] : this.#environment),
      this.#numClients,
      this.#reconnectionData,
      { type: 'ready' },
    ]);
    this.#renewLater();
  }

  /**
   * The connection is lost, or replaced by another one. Returns the joiners whose input may have been lost with it; each is
   * returned once.
   */
  detach(): readonly ParticipantId[] {
    this.#renewal.cancel();
    this.#link = undefined;
    this.#requestedSize = undefined;
    this.#input.attach(undefined);
    return this.#input.takeDoubtful();
  }

  /** The link is lost without a message: the session waits for its host. */
  lost(link: HostLink, why: HostGone, detail?: string): void {
    if (link !== this.#link) return;
    const { session, graceMs, on } = this.deps;
    session.room.boundary.run('host lost', () => {
      on({ kind: 'lost', why, detail, doubtful: this.detach() });
      this.#waitFor(graceMs);
    });
  }

  /**
   * Whether the host, which seems to have come back, is really there. A connection that does not answer counts as lost from now
   * on.
   */
  async isThere(): Promise<boolean> {
    const link = this.#link;
    if (link === undefined) return false;
    if (await link.isAlive()) return true;
    if (link === this.#link) {
      this.lost(link, 'lost');
      link.close();
    }
    return false;
  }

  /**
   * The host has begun another session in place of this one. It may still come back to this one, as after a network failure: the
   * session waits for a short time.
   */
  replaced(): void {
    const { leftMs } = this.wait;
    if (leftMs === undefined || this.#isReplaced) return;
    this.#isReplaced = true;
    this.#waitFor(Math.min(leftMs, REPLACED_MS));
  }

  /** As `detach`, for good: closes the connection, too. */
  dispose(): readonly ParticipantId[] {
    const link = this.#link;
    const doubtful = this.detach();
    this.#isOver = true;
    this.wait.stop();
    this.#waker.dispose();
    link?.close();
    return doubtful;
  }

  /** The host sent `bytes` bytes. */
  heard(bytes: number): void {
    this.#waker.heard(bytes);
    this.#input.heard();
  }

  /** Somebody has started to watch: a silent host is asked whether it is there. */
  watch(): void {
    this.#input.watch();
  }

  /** Sends what a writer typed. */
  send(from: ParticipantId, messages: readonly ServerMessage[]): void {
    this.#link?.send(messages);
    this.#input.sent(from);
    this.#waker.sent();
  }

  /** Shows the host these lines. */
  notify(texts: readonly string[]): void {
    if (texts.length > 0) this.#link?.send(texts.map((text) => ({ type: 'notify', text })));
  }

  /** Somebody came or left: the host gets the new number of joiners, and reads `text`. */
  countChanged(text: string | undefined): void {
    this.#link?.send([this.#numClients, ...(text === undefined ? [] : [{ type: 'notify', text } as const])]);
  }

  /** The session has these tokens from now on; `tellTokens` sends them to the host. */
  replaceTokens(tokens: TokenPair): void {
    this.#tokens = tokens;
  }

  /** Tells the host how to join after its tokens were replaced, and gives it reconnection data to match. */
  announceTokens(notices: readonly string[]): void {
    this.#share(notices, true);
    this.#link?.send([this.#reconnectionData]);
  }

  /**
   * The session has these names from now on. The host gets `notices`, and its links and commands if they have changed; returns
   * whether they have.
   */
  named(names: JoinNames, notices: readonly string[]): boolean {
    this.#names = names;
    const { joinKeys } = this;
    const news = this.#sharedKeys === undefined ? notices.length > 0 : !isSame(this.#sharedKeys, joinKeys);
    this.#share(notices, news);
    return news;
  }

  /** Asks the host for a window that fits every writer, if its size has changed since the last request. */
  askForSize(): void {
    if (this.#link === undefined) return;
    this.#statusLines = this.deps.session.model.display.statusLines;
    const size = smallestWindow(this.deps.session.joiners.writersSizes, this.#statusLines);
    if (size?.cols === this.#requestedSize?.cols && size?.rows === this.#requestedSize?.rows) return;
    this.#requestedSize = size;
    this.#link.send([{ type: 'resize', cols: size?.cols ?? NO_LIMIT, rows: size?.rows ?? NO_LIMIT }]);
  }

  /** The model has changed: whether there is a status line decides how large a window fits. */
  modelChanged(): void {
    if (this.deps.session.model.display.statusLines !== this.#statusLines) this.askForSize();
  }

  #share(notices: readonly string[], withTexts: boolean): void {
    const { joinKeys } = this;
    this.#sharedKeys = joinKeys;
    this.notify([...notices, ...(withTexts ? shareTexts(this.deps.commands, joinKeys) : [])]);
    this.#link?.send(this.#environment);
  }

  /** Gives the host new reconnection data from time to time, because the data expires. */
  #renewLater(): void {
    this.#renewal.start(RENEW_DATA_MS, () => {
      this.#link?.send([this.#reconnectionData]);
      this.#renewLater();
    });
  }

  #waitFor(leftMs: number): void {
    this.wait.start(leftMs);
    this.deps.on({ kind: 'waiting', leftMs });
  }

  #waited(): void {
    const missingMs = this.deps.missingMs();
    // Replicas would take the wait for over, and the host for there.
    if (missingMs > 0) this.#waitFor(missingMs);
    else this.deps.on({ kind: 'given-up', replaced: this.#isReplaced });
  }

  get #environment(): ServerMessage[] {
    return shareEnvironment(this.deps.commands, this.joinKeys, this.deps.session.id).map(([name, value]) => ({
      type: 'set-env',
      name,
      value,
    }));
  }

  get #numClients(): ServerMessage {
    return { type: 'set-env', name: 'tmate_num_clients', value: String(this.deps.session.joiners.count) };
  }

  get #reconnectionData(): ServerMessage {
    return { type: 'set-env', name: 'tmate_reconnection_data', value: this.#sign?.(this.#tokens) ?? '' };
  }
}

const isSame = (one: JoinKeys, other: JoinKeys): boolean => one.writer === other.writer && one.reader === other.reader;
