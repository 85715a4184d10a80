import { STREAM_LIMITS, uncounted } from '#kernel';
import type { Account, Clock, EdgeId, Generation, ParticipantId, Role, SessionId, Timer, Tracer } from '#kernel';
import { mayStill, refusalText, type SentAway, type SessionPolicy, type TokenPair } from '#access';
import type { HeldInput, Relay } from '#relay';
import { hashToken } from '#directory';
import { commandArgv, parseCommand, type Command } from '#tmux';
import { encodeHostMessage, type HostMessage, type ServerMessage } from '#tmate-protocol';
import { Admissions, participant } from './admissions.js';
import { JoinTraces } from './join-traces.js';
import type { Audience } from '../room/audience.js';
import { guardedClock, type FaultEnding } from '../room/boundary.js';
import { HomeStream } from './home-stream.js';
import { HostInput } from './host-input.js';
import { HostWait } from '../room/host-wait.js';
import { KeptFresh } from './kept-fresh.js';
import { Lifetime, type TimeOver } from './lifetime.js';
import { writeModel } from '../wire/model-snapshot.js';
import type { HostGone, SessionObserver } from '../observer.js';
import { peopleAt, sharePeople, type SharedPeople } from '../model/people.js';
import type {
  AdmissionWord,
  HostLink,
  JoinerSink,
  JoinRequest,
  ParticipantInfo,
  People,
  TerminalInfo,
} from '../ports.js';
import { decodeInput } from '../wire/replica-input.js';
import { RemoteJoiners } from './remote-joiners.js';
import { RightsTeller } from './rights-teller.js';
import { Room, type RoomSource } from '../room/room.js';
import { Rouser } from './rouser.js';
import type { Seat } from '../seat/seat.js';
import type { SessionModel } from '../model/session-model.js';
import { NO_HOOK, type HookListener, type HookType, type HookWish } from './session-hooks.js';
import { shareEnvironment, shareTexts, type JoinCommands, type JoinKeys } from '../share.js';
import { smallestWindow, type Size } from '../model/sizes.js';
import { STATUS_DELAY_MS } from '../room/status-teller.js';
import {
  admissionRecords,
  encodeState,
  HOST_ANSWERS,
  type HostState,
  type SessionEnding,
} from '../wire/stream-records.js';
import { HostText, OVER_TEXT, RelayText, waitingText } from '../texts.js';

/** What a home needs from its edge. */
export interface HomeDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  readonly relay: Relay;
  /** How long a lost host is waited for, in milliseconds. */
  readonly hostGraceMs: number;
  /**
   * How much longer this edge may take nobody for dead, in ms: it was cut off, and a host that it has lost may be at another edge.
   */
  readonly missingMs: () => number;
  /** Called when the host is lost, and when it is back. */
  readonly onHost: (session: HomeSession, connected: boolean) => void;
  /** Called once, when the session is over for good. */
  readonly onClosed: (session: HomeSession, why: HostGone) => void;
  /** Called when another edge turns out to be the home. */
  readonly onSuperseded: (session: HomeSession, generation: Generation) => void;
  /** Is told what webhooks tell. */
  readonly onHook?: HookListener | undefined;
  readonly tracer?: Tracer | undefined;
  /** What its joiners see is counted below this. */
  readonly ledger?: Account | undefined;
  /** Called when a fault of ours, or what it cost, ended the session of this host. */
  readonly onFault?: ((host: HostLink | undefined) => void) | undefined;
}

/** A host's connection as its session sees it: where to send, what it said, which home it makes this. */
export interface HostAttachment {
  readonly link: HostLink;
  readonly model: SessionModel;
  readonly generation: Generation;
  /** What the host presents when it comes back, signed now. */
  /** What the host presents when it comes back: signed anew at each call, for it expires. */
  readonly reconnectionData: (tokens: TokenPair) => string;
  /** The host had this session before, here or elsewhere. */
  readonly again: boolean;
  /** It has other tokens than the host knows. */
  readonly retokened?: boolean;
  /** The names that the session has. Not known yet: the host is told how to join when they are, by `named`. */
  readonly names: JoinNames | undefined;
  /** Where the host wants webhooks sent, and whether it runs without a terminal; they may change. */
  readonly hook?: () => { readonly wish: HookWish; readonly foreground: boolean };
  /** What the host asks for, as it is at any time. */
  readonly policy: () => SessionPolicy;
}

/** The names by which a session can be joined, `user/name`, beside its tokens. */
export type JoinNames = Partial<Readonly<Record<Role, string>>>;

const NO_LIMIT = -1;

/** With so much waiting for the host, what joiners type waits at their terminals: enough to keep the line to it full. */
export const MAX_BACKLOG_BYTES = 64 * 1024;
/** The same for joiners at other edges, whose edge sends what is refused again only after a while. Below what ends a host's connection. */
export const MAX_REMOTE_BACKLOG_BYTES = 1024 * 1024;
const SENT_AWAY: AdmissionWord = {
  kind: 'refused',
  reason: 'sent-away',
  text: refusalText({ reason: 'sent-away' }),
};

/** How long a host may take, after it came back, to say what its panes hold; then replicas get what there is. */
export const RESTATE_MS = 2000;

/** A host that has begun another session comes back to the one that it had within this, or does not: its client tries every 2 s. */
const REPLACED_MS = 10_000;

/** Messages that replicas need not, or must not, see: the last is a secret. */
const KEPT_HERE: ReadonlySet<HostMessage['type']> = new Set(['header', 'ready', 'fin', 'failed-cmd', 'reconnect']);

/**
 * A session at its home: the host's link, the model of what it shares, and who has joined, here and at other edges. It
 * outlives the link: a lost host is waited for, and takes up where it left.
 */
export class HomeSession implements RoomSource {
  readonly route = 'local';
  readonly room: Room;
  /** What its timers run may end this session, and nothing else. */
  readonly #clock: Clock;
  readonly #remote: RemoteJoiners;
  readonly #traces: JoinTraces;
  readonly #wait: HostWait;
  #stream: HomeStream | undefined;
  #restating: Timer | undefined;
  #tellingPeople: Timer | undefined;
  #model: SessionModel;
  #link: HostLink | undefined;
  #generation: Generation;
  #asked: Size | undefined;
  #tokens: TokenPair;
  #names: JoinNames = {};
  /** How to join, as the host of this edge was told last. */
  #told: JoinKeys | undefined;
  #statusLines = 1;
  #hook: HostAttachment['hook'];
  #state: 'live' | 'reconnecting' | 'closed' = 'live';
  #ending: SessionEnding | undefined;
  readonly #rouser: Rouser;
  readonly #input: HostInput;
  #policy: () => SessionPolicy;
  readonly #lifetime: Lifetime;
  readonly #fresh: KeptFresh;
  #sign: HostAttachment['reconnectionData'];
  readonly #rights: RightsTeller;
  readonly admissions: Admissions;
  /** Whether readers may have the clipboard, as replicas were told last. */
  #sharedClipboard = false;
  /** Joiners of this edge whose input may not have arrived. */
  readonly #doubtful = new Set<ParticipantId>();
  /** Its host has begun another session, and has not come back to this one since. */
  #isReplaced = false;
  /** Whoever typed last is a joiner at another edge. */
  #typedElsewhere = false;

  constructor(
    readonly id: SessionId,
    tokens: TokenPair,
    private readonly deps: HomeDeps,
    attachment: HostAttachment,
    readonly createdAt: number,
    /** The joiners that were here before their host was. */
    room?: Room,
  ) {
    this.#tokens = tokens;
    // The room, where faults stop, is made after what needs a clock.
    const clock = guardedClock(deps.clock, (run) => this.room.boundary.run('timer', run));
    this.#clock = clock;
    this.#rouser = new Rouser(clock, (bytes) => this.#link?.rouse(bytes));
    this.#input = new HostInput({
      clock,
      isWatched: () => this.clients > 0,
      onTakes: () => this.room.sendHeld(),
      onSilent: (silent) => {
        this.#stream?.tell({ kind: 'probed', nonce: HOST_ANSWERS, alive: !silent });
        this.room.noticed();
      },
    });
    this.#model = attachment.model;
    this.#generation = attachment.generation;
    this.#policy = attachment.policy;
    this.#sign = attachment.reconnectionData;
    this.#fresh = new KeptFresh(clock, () => this.#renewData());
    const policy = (): SessionPolicy => this.#policy();
    this.#lifetime = new Lifetime(clock, createdAt, policy, (why) => this.#timeOver(why));
    this.admissions = new Admissions({
      clock,
      sessionId: id,
      policy: () => ({ ...policy(), tokens: this.#tokenHashes }),
      present: () => this.clients,
      commands: deps.commands,
      tell: (texts) => this.tell(texts),
      asked: (info) => deps.observer.asked(id, info),
      decided: (info, admitted) => deps.observer.decided(id, info, admitted),
    });
    this.#rights = new RightsTeller(clock, policy, (changed) => deps.observer.rightsChanged(id, changed));
    this.#wait = new HostWait(
      clock,
      () => this.room.noticed(),
      () => this.#waitIsOver(),
    );
    this.room = room ?? new Room(id, deps, () => this);
    this.#traces = new JoinTraces(id, clock, deps.tracer);
    this.#remote = new RemoteJoiners({
      nextClientId: () => this.room.nextClientId(),
      hostHears: () => this.#state !== 'reconnecting' && this.#input.takes && this.#backlog < MAX_REMOTE_BACKLOG_BYTES,
      joined: (joiner, again) => {
        const { address, role } = joiner;
        this.#input.watch();
        this.#traces.complete(joiner.id, () => {
          if (!again) this.#happened('session_join', joinParams(joiner));
          this.#tellHost(again ? undefined : HostText.joined(address, this.clients));
          if (role === 'writer') this.#askForSize();
        });
      },
      left: ({ id, role, address }) => {
        this.#happened('session_left', { id });
        this.#tellHost(HostText.left(address, this.clients));
        if (role === 'writer') this.#askForSize();
      },
      // Also a reader's: it may have been a writer until now.
      resized: () => this.#askForSize(),
      send: ({ id: from }, messages) => {
        this.#typedElsewhere = true;
        this.#toHost(from, messages);
      },
      mirror: ({ id: from }, command) => {
        const cause = this.#mirror(command);
        if (cause !== undefined) this.#stream?.tell({ kind: 'failed', participantId: from, cause });
      },
      peopleChanged: () => {
        this.room.peopleChanged();
        this.#tellPeople();
      },
      probe: (nonce) => void this.#probed(nonce),
      replaced: (nonce) => {
        this.replaced();
        this.#stream?.tell({ kind: 'probed', nonce, alive: this.#state === 'live' });
      },
      readersOnly: () => this.#policy().readersOnly,
      lowered: (participantId) => this.#stream?.tell({ kind: 'reader', participantId }),
      ask: (request) => this.admissions.ask(request, (word) => this.#answer(request.id, word)),
      enter: (request) => this.admissions.enter(request),
      turnedAway: (participantId, word) => this.#answer(participantId, word),
      settled: (participantId) => this.admissions.settled(participantId),
      traced: (from, traceparent) => this.#traces.begin(from, traceparent),
      decide: ({ nonce, admit, code }) => {
        const decision = this.admissions.decide(code, admit);
        this.#stream?.tell({ kind: 'decided', nonce, decision });
      },
      failed: (what, error) => deps.observer.failed(what, error),
    });
    this.#attach(attachment);
    if (room !== undefined) room.feed(this);
  }

  get state(): 'live' | 'reconnecting' | 'closed' {
    return this.#state;
  }

  get model(): SessionModel {
    return this.#model;
  }

  get generation(): Generation {
    return this.#generation;
  }

  get tokens(): TokenPair {
    return this.#tokens;
  }

  /** What joiners join by: a name where it has one, else a token. */
  get joinKeys(): JoinKeys {
    return { ...this.#tokens, ...this.#names };
  }

  /** It has these tokens from now on; `tellTokens` tells the host. */
  replaceTokens(tokens: TokenPair): void {
    this.#tokens = tokens;
    // Whoever waits came with one of the old ones.
    this.admissions.look();
  }

  /** Tells the host how to join after its tokens were replaced, and gives it reconnection data to match. */
  tellTokens(notices: readonly string[]): void {
    const { joinKeys } = this;
    this.#told = joinKeys;
    this.tell([...notices, ...shareTexts(this.deps.commands, joinKeys)]);
    this.#setEnv(shareEnvironment(this.deps.commands, joinKeys));
    this.#renewData();
    this.#registered(true);
  }

  /**
   * It has these names from now on. The host is told `notices`, and how to join where that is not what it was told before;
   * answers whether it was.
   */
  named(names: JoinNames, notices: readonly string[]): boolean {
    this.#names = names;
    const { joinKeys } = this;
    const news = this.#told === undefined ? notices.length > 0 : !isSame(this.#told, joinKeys);
    this.#told = joinKeys;
    this.tell([...notices, ...(news ? shareTexts(this.deps.commands, joinKeys) : [])]);
    this.#setEnv(shareEnvironment(this.deps.commands, joinKeys));
    return news;
  }

  /** Tells the host something. */
  tell(texts: readonly string[]): void {
    if (texts.length > 0) this.#link?.send(texts.map((text) => ({ type: 'notify', text })));
  }

  get hostAddress(): string | undefined {
    return this.#link?.address;
  }

  /** The joiners at this edge. */
  get audience(): Audience<Seat> {
    return this.room.audience;
  }

  /** How many have joined, here and elsewhere. */
  get clients(): number {
    return this.room.audience.size + this.#remote.size;
  }

  get people(): People {
    return peopleAt(undefined, this.#peopleHere, this.#sharedPeople);
  }

  get hasRemoteJoiners(): boolean {
    return this.#remote.size > 0;
  }

  get waitMs(): number | undefined {
    return this.#wait.leftMs;
  }

  get notice(): string | undefined {
    const { leftMs } = this.#wait;
    if (leftMs !== undefined) return waitingText(leftMs);
    return this.#input.isSilent ? RelayText.silent : undefined;
  }

  /** Whether the host is really there: asks it, where its connection looks alive. */
  async isHostAlive(): Promise<boolean> {
    return (await this.#link?.isAlive()) === true;
  }

  /** As `isHostAlive`, for a host that seems to have come back: a connection that does not answer counts as lost from now on. */
  async isHostThere(): Promise<boolean> {
    const link = this.#link;
    if (link === undefined) return false;
    if (await link.isAlive()) return true;
    if (link === this.#link) {
      this.hostLost(link, 'lost');
      link.close();
    }
    return false;
  }

  /** The host is back, here, with a new connection: joiners go on where they were. An older connection ends. */
  reattach(attachment: HostAttachment): void {
    const old = this.#link;
    this.#link = undefined;
    if (old !== undefined) {
      old.send([{ type: 'notify', text: 'Another connection took over this session' }]);
      old.close();
      this.deps.observer.hostGone(this.id, 'replaced');
    }
    this.#linkLost();
    this.#attach(attachment);
  }

  /** The link is gone without a word: the host is waited for. */
  hostLost(link: HostLink, why: HostGone, detail?: string): void {
    if (link !== this.#link) return;
    this.room.boundary.run('host lost', () => this.#hostLost(why, detail));
  }

  #hostLost(why: HostGone, detail?: string): void {
    this.#fresh.stop();
    this.#happened('session_disconnect');
    this.#link = undefined;
    this.#linkLost();
    this.#asked = undefined;
    this.#state = 'reconnecting';
    this.deps.observer.hostGone(this.id, why, detail);
    this.deps.onHost(this, false);
    this.#waitFor(this.deps.hostGraceMs);
  }

  #waitFor(leftMs: number): void {
    this.#wait.start(leftMs);
    this.#stream?.tell({ kind: 'waiting', leftMs });
  }

  /** The host said that the session is over; a connection that was replaced has no say in it. */
  fin(link: HostLink): void {
    if (link === this.#link) this.close('fin', 'ended');
  }

  /**
   * The host has begun another session in place of this one. It may come back to this one, too, as when its network was away:
   * a short time is enough for that.
   */
  replaced(): void {
    const { leftMs } = this.#wait;
    if (this.#state !== 'reconnecting' || this.#isReplaced || leftMs === undefined) return;
    this.#isReplaced = true;
    this.#waitFor(Math.min(leftMs, REPLACED_MS));
  }

  /** Ends the session for everybody. */
  close(why: HostGone, ending: SessionEnding): void {
    if (this.#state === 'closed') return;
    this.#happened('session_close');
    this.#state = 'closed';
    this.#ending = ending;
    const stream = this.#stream;
    this.#stream = undefined;
    this.#leave();
    this.room.end(ending);
    // Whoever missed this gets it by a snapshot.
    stream?.end({ kind: 'ended', ending });
    this.#model.dispose();
    this.deps.observer.sessionClosed(this.id, why);
    this.deps.onClosed(this, why);
  }

  /** This edge stops: joiners are told to come back, the host goes to look for another edge. The session lives on. */
  detach(): void {
    if (this.#state === 'closed') return;
    this.handOver('shutdown');
    this.room.end('shutdown');
    this.#model.dispose();
  }

  /** This edge is not the home any more: the host is let go, the joiners stay in their room. */
  handOver(why: HostGone): void {
    if (this.#state === 'closed') return;
    if (why === 'shutdown' && this.#link !== undefined) this.#happened('session_disconnect');
    this.#state = 'closed';
    this.#linkLost();
    this.#stream?.tell({ kind: 'waiting', leftMs: this.deps.hostGraceMs });
    this.#leave();
    this.#tellDoubtful();
    this.deps.observer.hostGone(this.id, why);
  }

  /** The host asks for something else: what it says of those who are here counts at once. */
  policyChanged(): void {
    if (this.#state === 'closed') return;
    this.room.boundary.run('policy', () => {
      if (this.#policy().readersOnly) this.#makeReaders();
      this.admissions.look();
      this.#rights.look();
      this.#lifetime.look();
    });
  }

  /** Time goes on: packs what nobody looks at away, or draws the clock of a status line. */
  sweep(quietMs: number): void {
    this.room.boundary.run('sweep', () => {
      if (this.room.audience.size === 0) this.#model.sleep(quietMs);
      else this.#model.tick();
    });
  }

  faulted(ending: FaultEnding, text: string): void {
    this.tell([text]);
    this.deps.onFault?.(this.#link);
    this.close(ending, ending);
  }

  /** Seats somebody at this edge, if they may sit down at this moment; else what stands against it. */
  seat(
    request: JoinRequest,
    terminal: TerminalInfo,
    sink: JoinerSink,
  ): Seat | Exclude<AdmissionWord, { kind: 'admitted' }> {
    if (this.#state === 'closed') return { kind: this.#ending === undefined ? 'moved' : 'closed' };
    const word = this.admissions.enter(request);
    if (word.kind !== 'admitted') return word;
    const info = participant(request, word.as, this.#policy());
    return this.room.join({ info, terminal, sink, proofs: request.proofs });
  }

  joined(seat: Seat): void {
    this.#happened('session_join', joinParams(seat.info));
    this.#input.watch();
    this.admissions.settled(seat.info.id);
    this.#tellHost(HostText.joined(seat.info.address, this.clients));
    this.#tellPeople();
    if (seat.info.role === 'writer') this.#askForSize();
  }

  send({ info }: Seat, messages: readonly ServerMessage[]): boolean {
    if (!this.#input.takes && this.#state !== 'closed') return false;
    this.#typedElsewhere = false;
    this.#toHost(info.id, messages);
    return true;
  }

  takes(): boolean {
    return this.#backlog < MAX_BACKLOG_BYTES;
  }

  mirror(_: Seat, command: Command): string | undefined {
    return this.#mirror(command);
  }

  resized(seat: Seat): void {
    if (seat.info.role === 'writer') this.#askForSize();
  }

  demoted(): void {
    this.#tellPeople();
    this.#askForSize();
  }

  left(seat: Seat): void {
    this.#happened('session_left', { id: seat.info.id });
    this.#tellHost(HostText.left(seat.info.address, this.clients));
    this.#tellPeople();
    if (seat.info.role === 'writer') this.#askForSize();
  }

  /** What joiners of this edge typed while it was no home, and nobody was: it goes to the host now. */
  takeHeld(held: readonly HeldInput[]): void {
    for (const { participantId: from, bytes } of held) {
      // Who is here and how large, the room knows.
      const input = decodeInput(bytes);
      if (input.kind === 'send' && input.role === 'writer') this.#toHost(from, input.messages);
      if (input.kind === 'mirror' && input.role === 'writer') {
        const command = parseCommand(input.argv);
        if (command.ok) this.#mirror(command.value);
      }
    }
  }

  /** The host sent so many bytes. */
  heard(bytes: number): void {
    this.#rouser.heard(bytes);
    this.#input.heard();
  }

  /** A message of the host that the model has taken, as it came. */
  said(link: HostLink, message: HostMessage, bytes: Uint8Array): void {
    if (link !== this.#link) return;
    if (message.type === 'pty-data') this.#lifetime.touch();
    if (message.type === 'snapshot' && this.#restating !== undefined) this.#restated();
    else if (isServersOwn(message)) this.#shareReaderClipboard();
    else if (!KEPT_HERE.has(message.type)) this.#stream?.host(bytes);
  }

  /** What of a host's words to the server replicas must know, without the rest, which may be secret. */
  #shareReaderClipboard(): void {
    const { readerClipboard } = this.#model;
    if (readerClipboard === this.#sharedClipboard) return;
    this.#sharedClipboard = readerClipboard;
    const args = ['set-option', 'tmate-set', `reader_clipboard=${readerClipboard}`];
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args }));
  }

  /** The end of what the host said at once; `show` draws it for the joiners here. Whoever typed last sees it first. */
  settled(show: () => void): void {
    if (this.#typedElsewhere) this.#stream?.flush();
    show();
    this.#stream?.flush();
  }

  /** Forgets the joiners of edges that are gone. */
  keepEdges(alive: ReadonlySet<EdgeId>): void {
    this.#remote.keepEdges(alive);
  }

  /** Lets go of the host and of the replicas. */
  #leave(): void {
    this.admissions.close(this.#ending === undefined ? 'moved' : 'closed');
    this.#traces.dispose();
    this.#lifetime.stop();
    this.#fresh.stop();
    this.#rights.flush();
    this.#wait.stop();
    this.#rouser.dispose();
    this.#input.dispose();
    this.#restating?.cancel();
    this.#tellingPeople?.cancel();
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#model.onChange = undefined;
    const link = this.#link;
    this.#link = undefined;
    link?.close();
  }

  #attach(attachment: HostAttachment): void {
    const { link, model, generation, reconnectionData, again, retokened = false, names, policy, hook } = attachment;
    this.#link = link;
    this.#input.attach(link);
    this.#rights.flush();
    this.#policy = policy;
    this.#rights.begin();
    this.#hook = hook;
    this.#model.onChange = undefined;
    const former = this.#model;
    model.continueFrom(former);
    this.#model = model;
    this.#sharedClipboard = model.readerClipboard;
    if (former !== model) former.dispose();
    this.#generation = generation;
    this.#state = 'live';
    this.#asked = undefined;
    this.#isReplaced = false;
    this.#wait.stop();
    model.onChange = () => this.#modelChanged();
    model.onCommandFailed = (clientId, cause) => this.#failed(clientId, cause);
    if (names !== undefined) {
      this.#names = names;
      this.#told = this.joinKeys;
    }
    const { commands } = this.deps;
    // Where the names are not known yet, `named` tells what is new.
    if (retokened && names === undefined) this.#told = { writer: '', reader: '' };
    const shared = again && (!retokened || names === undefined) ? [] : shareTexts(commands, this.joinKeys);
    const texts = again ? [HostText.reconnected, ...shared] : shared;
    const environment = [
      ...(names === undefined ? [] : shareEnvironment(commands, this.joinKeys)),
      ['tmate_num_clients', String(this.clients)] as const,
      ['tmate_reconnection_data', reconnectionData(this.#tokens)] as const,
    ];
    link.send([
      ...texts.map((text) => ({ type: 'notify', text }) as const),
      ...environment.map(([name, value]) => ({ type: 'set-env', name, value }) as const),
      { type: 'ready' },
    ]);
    this.#sign = reconnectionData;
    this.#fresh.start();
    this.#registered(again);
    this.#askForSize();
    this.room.refresh();
    this.#openStream();
    this.admissions.remind();
    this.#lifetime.touch();
    this.room.sendHeld();
    this.#tellDoubtful();
  }

  /** What the host holds would expire: it gets new data. */
  #renewData(): void {
    this.#link?.send([{ type: 'set-env', name: 'tmate_reconnection_data', value: this.#sign(this.#tokens) }]);
  }

  #waitIsOver(): void {
    const missingMs = this.deps.missingMs();
    if (missingMs > 0) this.#wait.start(missingMs);
    else if (this.#isReplaced) this.close('replaced', 'replaced');
    else this.close('expired', 'lost');
  }

  /** The session ends by what its host has set. */
  #timeOver(why: TimeOver): void {
    this.tell([OVER_TEXT[why]]);
    this.close(why, why);
  }

  /** Everybody who is inside has to leave, at every edge. */
  sendAllAway(): void {
    for (const { info } of this.room.audience.seats) this.room.leave(info.id, 'kicked');
    for (const { id } of this.#remote.inside) this.#remote.sendAway(id, SENT_AWAY);
  }

  /** Whoever is inside and is meant by one of these entries has to leave, or may only look: at every edge, at once. */
  keepAway(entries: readonly SentAway[]): void {
    const now = this.deps.clock.now();
    for (const { info, proofs } of this.room.audience.seats) {
      const may = mayStill(entries, proofs, now);
      if (may === 'nothing') this.room.leave(info.id, 'kicked');
      if (may === 'look') this.room.makeReader(info.id);
    }
    for (const { id, proofs } of this.#remote.inside) {
      const may = mayStill(entries, proofs, now);
      if (may === 'nothing') this.#remote.sendAway(id, SENT_AWAY);
      if (may === 'look' && this.#remote.lower(id)) this.#stream?.tell({ kind: 'reader', participantId: id });
    }
    this.#tellPeople();
    this.#askForSize();
  }

  #makeReaders(): void {
    for (const { info } of this.room.audience.seats) this.room.makeReader(info.id);
    const writers = this.#remote.makeReaders();
    for (const participantId of writers) this.#stream?.tell({ kind: 'reader', participantId });
    if (writers.length > 0) this.#askForSize();
  }

  /** The host has its session: all that tmate's webhooks say of it. */
  #registered(again: boolean): void {
    const { writer, reader } = this.joinKeys;
    const { uname } = this.#model;
    this.#happened('session_register', {
      ip_address: this.#link?.address,
      client_version: this.#model.version?.clientVersion,
      stoken: writer,
      stoken_ro: reader,
      reconnected: again,
      foreground: this.#hook?.().foreground ?? false,
      named: Object.keys(this.#names).length > 0,
      ...(uname === undefined ? {} : { uname: { ...uname, type: undefined } }),
    });
  }

  #happened(type: HookType, params: Readonly<Record<string, unknown>> = {}): void {
    const { wish } = this.#hook?.() ?? { wish: NO_HOOK };
    this.deps.onHook?.({ type, session: this.id, generation: this.#generation, params, wish });
  }

  /** A host that came back must have said what its panes hold before replicas may follow it. */
  #openStream(): void {
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#restating?.cancel();
    if (this.#generation === 1 || this.#model.restated) this.#restated();
    else this.#restating = this.#clock.after(RESTATE_MS, () => this.#restated());
  }

  #restated(): void {
    this.#restating?.cancel();
    this.#restating = undefined;
    const { relay, observer } = this.deps;
    const { boundary } = this.room;
    const generation = this.#generation;
    const state = (): Uint8Array =>
      encodeState({ host: this.#hostState, people: this.#sharedPeople, model: writeModel(this.#model) });
    this.#stream ??= new HomeStream({
      relay,
      // It lingers for a moment when the session is over.
      clock: this.deps.clock,
      sessionId: this.id,
      generation,
      snapshot: () => {
        // Whoever needs a snapshot has missed what was told before; this comes after it.
        queueMicrotask(() => boundary.run('snapshot', () => this.#remote.repeat()));
        // An empty one is none: replicas ask again, and hear that the session has ended.
        return boundary.run('snapshot', state) ?? new Uint8Array();
      },
      input: (input) => boundary.run('remote input', () => this.#remote.take(input)) ?? true,
      superseded: (newer) => this.deps.onSuperseded(this, newer),
      failed: (what, error) => observer.failed(what, error),
      held: (this.deps.ledger ?? uncounted()).open(STREAM_LIMITS).hold('snapshots'),
    });
  }

  get #tokenHashes(): Readonly<Record<Role, string>> {
    return { writer: hashToken(this.tokens.writer), reader: hashToken(this.tokens.reader) };
  }

  get #peopleHere(): readonly ParticipantInfo[] {
    return this.room.audience.seats.map(({ info }) => info);
  }

  get #sharedPeople(): SharedPeople {
    const here = this.room.audience.seats.map(({ info: { role, transport }, clientId }) => {
      return { edge: undefined, role, transport, clientId };
    });
    return sharePeople([...here, ...this.#remote.people]);
  }

  /** Tells the replicas who is here, soon and not for each who comes; a snapshot says it too. */
  #tellPeople(): void {
    if (this.#stream?.interested !== true || this.#tellingPeople !== undefined) return;
    this.#tellingPeople = this.#clock.after(STATUS_DELAY_MS, () => {
      this.#tellingPeople = undefined;
      this.#stream?.tell({ kind: 'people', people: this.#sharedPeople });
    });
  }

  get #hostState(): HostState {
    if (this.#ending !== undefined) return { kind: 'ended', ending: this.#ending };
    const { leftMs } = this.#wait;
    return leftMs === undefined ? { kind: 'live' } : { kind: 'waiting', leftMs };
  }

  /** Whether there is a status line decides how large a window fits. */
  #modelChanged(): void {
    this.room.audience.changed();
    if (this.#model.statusLines !== this.#statusLines) this.#askForSize();
  }

  /** A command of a joiner failed at the host. */
  #failed(clientId: number, cause: string): void {
    const text = cause.charAt(0).toUpperCase() + cause.slice(1);
    const seat = this.room.audience.seats.find((one) => one.clientId === clientId);
    if (seat !== undefined) seat.message(text);
    const remote = this.#remote.byClientId(clientId);
    if (remote !== undefined) this.#stream?.tell({ kind: 'failed', participantId: remote.id, cause: text });
  }

  /** What waits here for the host to read, in bytes. */
  get #backlog(): number {
    return this.#link?.backlog ?? 0;
  }

  /** The connection is gone: those at other edges whose input it may have taken along are told while somebody listens. */
  #linkLost(): void {
    this.#input.attach(undefined);
    for (const from of this.#input.takeDoubtful()) {
      if (this.room.audience.get(from) !== undefined) this.#doubtful.add(from);
      else this.#stream?.tell({ kind: 'failed', participantId: from, cause: RelayText.doubtful });
    }
  }

  /** Now that they see whether it arrived, those of this edge are told. */
  #tellDoubtful(): void {
    for (const from of this.#doubtful) this.room.audience.get(from)?.message(RelayText.doubtful);
    this.#doubtful.clear();
  }

  #toHost(from: ParticipantId, messages: readonly ServerMessage[]): void {
    this.#link?.send(messages);
    this.#input.sent(from);
    this.#lifetime.touch();
    this.#rouser.sent();
  }

  #mirror(command: Command): string | undefined {
    const applied = this.#model.mirror.run(command, { currentWindow: this.#model.windows.current?.index });
    if (applied.kind === 'error') return applied.message;
    this.#model.touch();
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args: commandArgv(command) }));
    this.#stream?.flush();
    return undefined;
  }

  #answer(participantId: ParticipantId, word: AdmissionWord): void {
    for (const record of admissionRecords(participantId, word)) this.#stream?.tell(record);
  }

  async #probed(nonce: string): Promise<void> {
    const alive = await this.isHostThere();
    this.#stream?.tell({ kind: 'probed', nonce, alive });
  }

  #setEnv(environment: readonly (readonly [name: string, value: string])[]): void {
    this.#link?.send(environment.map(([name, value]) => ({ type: 'set-env', name, value })));
  }

  #tellHost(text: string | undefined): void {
    this.#link?.send([this.#numClients, ...(text === undefined ? [] : [{ type: 'notify', text } as const])]);
  }

  get #numClients(): ServerMessage {
    return { type: 'set-env', name: 'tmate_num_clients', value: String(this.clients) };
  }

  /** Asks the host for the window that fits every writer, if it is another than it was asked for last. */
  #askForSize(): void {
    if (this.#link === undefined) return;
    this.#statusLines = this.#model.statusLines;
    const local = this.room.audience.seats
      .filter(({ info, claims }) => info.role === 'writer' && claims)
      .map((seat) => seat.size);
    const size = smallestWindow([...local, ...this.#remote.writersSizes], this.#statusLines);
    if (size?.cols === this.#asked?.cols && size?.rows === this.#asked?.rows) return;
    this.#asked = size;
    this.#link.send([{ type: 'resize', cols: size?.cols ?? NO_LIMIT, rows: size?.rows ?? NO_LIMIT }]);
  }
}

/** As tmate has it, and beside that the key. */
const joinParams = ({ id, role, transport, address, key }: ParticipantInfo): Readonly<Record<string, unknown>> => ({
  id,
  type: transport,
  ip_address: address,
  readonly: role === 'reader',
  ...(key === undefined ? {} : { key }),
});

const isSame = (one: JoinKeys, other: JoinKeys): boolean => one.writer === other.writer && one.reader === other.reader;

const isTmateName = (arg: string): boolean => arg.startsWith('tmate-');

/** `set-option tmate-…`: a word to the server, as an API key or who may join. It is nobody else's. */
function isServersOwn(message: HostMessage): boolean {
  if (message.type === 'exec-cmd-str') return /\btmate-/.test(message.command);
  return message.type === 'exec-cmd' && message.args[0]?.startsWith('set') === true && message.args.some(isTmateName);
}
