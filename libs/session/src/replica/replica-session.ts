import {
  isShipmateError,
  MODEL_LIMITS,
  OverLimit,
  uncounted,
  type Account,
  type Clock,
  type EdgeId,
  type Generation,
  type ParticipantId,
  type SessionId,
  type Timer,
} from '#kernel';
import { HOLD_MS, MAX_INPUT_BYTES, type HeldInput, type LostInput, type Relay, type ReplicaLink } from '#relay';
import { commandArgv, type Command } from '#tmux';
import { encodeHostMessage, HostMessageDecoder, type ServerMessage } from '#tmate-protocol';
import { HostWait } from '../room/host-wait.js';
import { readModel } from '../wire/model-snapshot.js';
import type { SessionObserver } from '../observer.js';
import { peopleAt, type SharedPeople } from '../model/people.js';
import type { AdmissionWord, JoinRequest, NotAdmittedReason, People } from '../ports.js';
import { encodeInput, encodeSends } from '../wire/replica-input.js';
import { guardedClock, type FaultEnding } from '../room/boundary.js';
import { Room, type Joiner, type RoomSource } from '../room/room.js';
import type { Seat } from '../seat/seat.js';
import { NO_SIZE, type Size } from '../model/sizes.js';
import { SessionModel } from '../model/session-model.js';
import {
  decodeRecords,
  decodeState,
  HOST_ANSWERS,
  type SessionEnding,
  type StreamRecord,
  type WireWord,
} from '../wire/stream-records.js';
import { ADMISSION_REFUSED, RelayText, waitingText } from '../texts.js';

/** Somebody whose answer is still to come. */
interface Asking {
  readonly request: JoinRequest;
  readonly hears: (word: AdmissionWord) => void;
  /** The home has said that they may only look. */
  looks?: boolean;
  /** The home has said why not: the reason, a blank, and a sentence. */
  why?: string;
}

export interface ReplicaDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly edgeId: EdgeId;
  /** What the session takes here is counted below this. */
  readonly ledger?: Account | undefined;
  /** Nobody is home, as far as the relay knows: the directory may know more. May be called often. */
  readonly onAway: (session: ReplicaSession) => void;
  /** The session has another home than the directory said: it may be in another region, too. */
  readonly onMoved: (session: ReplicaSession) => void;
  /** The host was waited for long enough. */
  readonly onExpired: (session: ReplicaSession) => void;
  /** Called once: the session ended, or nobody of this edge is in it any more. */
  readonly onDone: (session: ReplicaSession) => void;
}

/** Where the session is. */
export interface HomePlace {
  readonly relay: Relay;
  readonly generation: Generation;
}

/** With so much of somebody's input on its way to the home, more of it waits at their terminal: a round trip's worth at a MB a second. */
export const MAX_UNDER_WAY_BYTES = 128 * 1024;
/** A replica that is behind for longer than this says so: a snapshot is usually there sooner. */
export const BEHIND_MS = 1000;
/** How long a replica that nobody uses any more stays, so that what its last joiner sent goes out. */
export const EMPTY_MS = 2000;
/** Faults that a new snapshot may heal. */
const MAX_FAULTS = 3;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5000;
/** Whoever has no answer so long after the first snapshot asks again. */
const ASK_AGAIN_MS = 3000;

/**
 * A session at an edge that is not its home: a model that follows the home's, by the host's own messages and by snapshots
 * where some of them are missing. What its joiners type goes to the home.
 */
export class ReplicaSession implements RoomSource {
  readonly route = 'relay';
  readonly room: Room;
  readonly #clock: Clock;
  readonly #wait: HostWait;
  /** The wait is the directory's word, not the home's: a sign of life of the home ends it. */
  #presumed = false;
  #model: SessionModel;
  #decoder: HostMessageDecoder | undefined;
  #place: HomePlace;
  #link: ReplicaLink | undefined;
  /** Counts attempts to open a link: an older one that succeeds late is thrown away. */
  #attempt = 0;
  #retry: Timer | undefined;
  #retryMs = FIRST_RETRY_MS;
  #behind: Timer | undefined;
  #isBehind = false;
  /** The home says that its host does not answer. */
  #isSilent = false;
  #empty: Timer | undefined;
  /** What joiners typed and a home that was left has not got: the next one gets it. Bounded as what a link holds. */
  #carried: HeldInput[] = [];
  #carriedSinceMs = 0;
  /** Who is in the session, as the home said last. */
  #people: SharedPeople | undefined;
  /** Who asks the home whether they may join. */
  readonly #asking = new Map<ParticipantId, Asking>();
  /** Seated while nobody was home: the next home decides about them, as about those who come. */
  readonly #undecided = new Set<ParticipantId>();
  #ready = false;
  #done = false;
  #faults = 0;

  constructor(
    readonly id: SessionId,
    private readonly deps: ReplicaDeps,
    place: HomePlace,
    /** The joiners that were here while this edge was the home, and what they saw. */
    earlier?: { readonly room: Room; readonly model: SessionModel },
  ) {
    this.#place = place;
    this.#model = earlier?.model ?? new SessionModel(deps.clock);
    this.#clock = guardedClock(deps.clock, (run) => this.room.boundary.run('timer', run));
    this.#wait = new HostWait(
      this.#clock,
      () => this.room.noticed(),
      () => deps.onExpired(this),
    );
    this.room = earlier?.room ?? new Room(id, deps);
    this.room.feed(this);
  }

  get model(): SessionModel {
    return this.#model;
  }

  get generation(): Generation {
    return this.#place.generation;
  }

  get waitMs(): number | undefined {
    return this.#wait.leftMs;
  }

  get people(): People {
    const here = this.room.audience.seats.map(({ info }) => info);
    return peopleAt(this.deps.edgeId, here, this.#people);
  }

  get notice(): string | undefined {
    const { leftMs } = this.#wait;
    if (leftMs !== undefined) return waitingText(leftMs);
    if (this.#isBehind) return RelayText.behind;
    return this.#isSilent ? RelayText.silent : undefined;
  }

  /** Follows the home; rejects with `unavailable` or `timeout` when the relay is away. */
  async open(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#retry?.cancel();
    this.#carry();
    const { relay, generation } = this.#place;
    const link = await relay.replica(this.id, generation, this.deps.edgeId, {
      snapshot: (bytes) => this.#guarded('snapshot', () => this.#snapshot(bytes)),
      data: (bytes) => this.#guarded('stream', () => this.#data(bytes)),
      waiting: (waiting) => this.#setBehind(waiting),
      home: (newer) => this.#moved(newer),
      homeAway: () => this.deps.onAway(this),
      lost: (lost) => this.#lost(lost),
    });
    if (attempt !== this.#attempt || this.#done) {
      link.dispose();
      return;
    }
    this.#link = link;
    this.#retryMs = FIRST_RETRY_MS;
    this.announce();
    for (const { participantId: from, bytes } of this.#carried.splice(0)) this.#input(from, bytes);
    this.room.sendHeld();
  }

  /** As `open`, again and again until it works. */
  keepOpening(): void {
    this.open().catch((error: unknown) => {
      if (this.#done) return;
      this.deps.observer.failed('relay: replica', error);
      if (this.deps.clock.monotonic() - this.#carriedSinceMs >= HOLD_MS) this.#dropCarried();
      this.#retryLater();
    });
  }

  /** Tells the home who is here: it may not know, or not any more. */
  announce(): void {
    for (const seat of this.room.audience.seats) this.#join(seat, true);
    for (const { request } of this.#asking.values()) this.#ask(request);
  }

  /** Tells the home how somebody's way in is traced. */
  trace(id: ParticipantId, traceparent: string): void {
    this.#input(id, encodeInput({ kind: 'trace', traceparent }));
  }

  /** Asks the home whether somebody may join. */
  ask(request: JoinRequest, hears: (word: AdmissionWord) => void): void {
    if (this.#done) {
      hears({ kind: 'moved' });
      return;
    }
    this.#empty?.cancel();
    this.#asking.set(request.id, { request, hears });
    this.#ask(request);
  }

  /** Seats somebody whom the home lets in; `undecided`: there is no home that could be asked. */
  seat(joiner: Joiner, undecided: boolean): Seat {
    if (undecided) this.#undecided.add(joiner.info.id);
    return this.room.join(joiner);
  }

  /** Who asked has gone away. */
  settled(id: ParticipantId): void {
    this.#asking.delete(id);
    this.#leave(id);
    this.#disposeIfEmpty();
  }

  /** The directory says that nobody is home: joiners see for how long that may last. */
  homeLost(leftMs: number): void {
    if (this.#wait.leftMs !== undefined) return;
    this.#presumed = true;
    this.#wait.start(leftMs);
  }

  /** The home is taken for lost by the directory's word alone. */
  get isPresumedLost(): boolean {
    return this.#presumed && this.#wait.leftMs !== undefined;
  }

  /** The directory says that there is a home. */
  homeIs(place: HomePlace): void {
    if (this.#done) return;
    if (this.#presumed) this.#stopWaiting();
    const isKnown = place.relay === this.#place.relay && place.generation <= this.#place.generation;
    // One in another region has a higher generation: an older one is what the session left behind.
    if (isKnown || place.generation < this.#place.generation) return;
    this.#place = place;
    this.keepOpening();
  }

  /** Time goes on: a status line with a clock of our own is drawn anew. */
  tick(): void {
    this.room.boundary.run('tick', () => this.#model.tick());
  }

  /** The session's home, and who is there, notice nothing. */
  faulted(ending: FaultEnding): void {
    this.end(ending);
  }

  /** The session is over for good. */
  end(ending: SessionEnding): void {
    if (this.#done) return;
    this.#answerAll('closed');
    this.dispose();
    this.room.end(ending);
    this.deps.onDone(this);
  }

  /** This edge becomes the home: follows no more, and gives what its joiners typed and no home has got. */
  release(): readonly HeldInput[] {
    this.#carry();
    const held = this.#carried.splice(0);
    this.dispose();
    return held;
  }

  /** Follows no more; the joiners stay in their room, for whoever feeds it next. */
  dispose(): void {
    this.#done = true;
    this.#attempt += 1;
    this.#model.onChange = undefined;
    for (const timer of [this.#retry, this.#behind, this.#empty]) timer?.cancel();
    this.#wait.stop();
    this.#link?.dispose();
    this.#link = undefined;
    this.#answerAll('moved');
    this.#model.dispose();
  }

  joined(seat: Seat): void {
    this.#empty?.cancel();
    this.#empty = undefined;
    this.#join(seat, false);
  }

  send(from: Seat, messages: readonly ServerMessage[]): boolean {
    if (this.#link === undefined) return false;
    for (const piece of encodeSends(from.info.role, messages)) {
      if (piece.length > MAX_INPUT_BYTES) from.message(RelayText.tooLarge);
      else if (!this.#input(from.info.id, piece)) {
        from.message(RelayText.tooMuch);
        break;
      }
    }
    return true;
  }

  takes(from: ParticipantId): boolean {
    return (this.#link?.held(from) ?? 0) < MAX_UNDER_WAY_BYTES;
  }

  mirror(from: Seat, command: Command): undefined {
    const piece = encodeInput({ kind: 'mirror', role: from.info.role, argv: commandArgv(command) });
    if (piece.length > MAX_INPUT_BYTES) from.message(RelayText.tooLarge);
    else if (!this.#input(from.info.id, piece)) from.message(RelayText.notSent);
  }

  resized(seat: Seat): void {
    this.#input(seat.info.id, encodeInput({ kind: 'size', role: seat.info.role, size: claimedSize(seat) }));
  }

  demoted(seat: Seat): void {
    this.#join(seat, true);
  }

  left({ info }: Seat): void {
    this.#undecided.delete(info.id);
    this.#leave(info.id);
    this.#disposeIfEmpty();
  }

  /** Follows no more when nobody came for a moment. */
  #disposeIfEmpty(): void {
    if (this.#isUsed || this.#done) return;
    this.#empty?.cancel();
    this.#empty = this.deps.clock.after(EMPTY_MS, () => {
      if (this.#isUsed) return;
      this.dispose();
      this.deps.onDone(this);
    });
  }

  get #isUsed(): boolean {
    return this.room.audience.size > 0 || this.#asking.size > 0;
  }

  #ask({ id, role, proofs }: JoinRequest): void {
    const { transport, address, keys } = proofs;
    this.#input(id, encodeInput({ kind: 'proofs', proofs }));
    // For a home of an earlier release, which knows no proofs: the key is shown to its host.
    const key = keys.at(-1)?.fingerprint ?? '';
    this.#input(id, encodeInput({ kind: 'ask', role, transport, address, key, certificate: '' }));
  }

  #heard(id: ParticipantId, word: WireWord): void {
    const asking = this.#asking.get(id);
    if (asking === undefined) {
      // The home has decided otherwise when they sat down.
      if (word !== 'waiting' && word !== 'admitted') this.room.leave(id, 'kicked');
      return;
    }
    if (word !== 'waiting') this.#asking.delete(id);
    asking.hears(toldWord(word, asking));
    if (word !== 'waiting') this.#disposeIfEmpty();
  }

  /** What the home answered before it knew that this edge follows is lost: who waits still asks again. */
  #askAgain(): void {
    this.#clock.after(ASK_AGAIN_MS, () => {
      if (!this.#done) for (const { request } of this.#asking.values()) this.#ask(request);
    });
  }

  #answerAll(word: 'moved' | 'closed'): void {
    for (const id of this.#asking.keys()) this.#heard(id, word);
  }

  #join(seat: Seat, seatedBefore: boolean): void {
    const { id, role, transport, address, key } = seat.info;
    const again = seatedBefore && !this.#undecided.has(id);
    this.#input(id, encodeInput({ kind: 'proofs', proofs: seat.proofs }));
    if (key !== undefined) this.#input(id, encodeInput({ kind: 'key', role, key }));
    this.#input(id, encodeInput({ kind: 'join', role, transport, again, address, size: claimedSize(seat) }));
  }

  #leave(id: ParticipantId): void {
    this.#input(id, encodeInput({ kind: 'leave' }));
    this.#link?.remove(id);
  }

  /** Lets go of the link, and keeps what it has not brought to a home; what may have arrived is reported. */
  #carry(): void {
    const link = this.#link;
    this.#link = undefined;
    const held = link?.release() ?? [];
    if (this.#carried.length === 0) this.#carriedSinceMs = this.deps.clock.monotonic();
    for (const piece of held) this.#carried.push(piece);
  }

  #dropCarried(): void {
    const from = new Set(this.#carried.splice(0).map(({ participantId }) => participantId));
    for (const id of from) this.room.audience.get(id)?.message(RelayText.lost);
  }

  #input(id: ParticipantId, piece: Uint8Array): boolean {
    return this.#link?.send(id, piece) === true;
  }

  #snapshot(bytes: Uint8Array): void {
    const { host, people, model: packed } = decodeState(bytes);
    const account = (this.deps.ledger ?? uncounted()).open(MODEL_LIMITS);
    const model = this.#unpacked(packed, account);
    const former = this.#model;
    model.continueFrom(former);
    model.onChange = () => this.room.audience.changed();
    former.onChange = undefined;
    this.#model = model;
    former.dispose();
    this.#decoder = decoderFor(model);
    if (host.kind === 'ended') {
      this.end(host.ending);
      return;
    }
    this.#presumed = false;
    this.#isSilent = false;
    this.#people = people;
    if (host.kind === 'waiting') this.#wait.start(host.leftMs);
    else this.#stopWaiting();
    this.#retryMs = FIRST_RETRY_MS;
    this.room.refresh();
    if (!this.#ready) this.#askAgain();
    this.#ready = true;
  }

  #unpacked(packed: Uint8Array, account: Account): SessionModel {
    try {
      return readModel(packed, this.deps.clock, account);
    } catch (error) {
      account.close();
      throw error;
    }
  }

  #data(bytes: Uint8Array): void {
    if (this.#presumed) this.#stopWaiting();
    for (const record of decodeRecords(bytes)) this.#record(record);
    this.#model.settle();
  }

  #record(record: StreamRecord): void {
    switch (record.kind) {
      case 'host':
        this.#setSilent(false);
        this.#decoder?.push(record.bytes);
        break;
      case 'failed':
        this.#failed(record.participantId, record.cause);
        break;
      case 'waiting':
        this.#isSilent = false;
        this.#presumed = false;
        this.#wait.start(record.leftMs);
        break;
      case 'ended':
        this.end(record.ending);
        break;
      case 'people':
        this.#people = record.people;
        this.room.peopleChanged();
        break;
      case 'admission':
        this.#heard(record.participantId, record.word);
        break;
      case 'reader':
        this.#lowered(record.participantId);
        break;
      case 'probed':
        if (record.nonce === HOST_ANSWERS) this.#setSilent(!record.alive);
        break;
      case 'decided':
        break;
    }
  }

  /** Something that a participant asked for failed at the host, or at the home: why they may not join. */
  #failed(id: ParticipantId, cause: string): void {
    const asking = this.#asking.get(id);
    if (asking === undefined) this.room.audience.get(id)?.message(cause);
    else asking.why = cause;
  }

  /** Somebody may only look, or will when they have joined. */
  #lowered(id: ParticipantId): void {
    const asking = this.#asking.get(id);
    if (asking === undefined) this.room.makeReader(id);
    else asking.looks = true;
  }

  /**
   * What cannot be read is a fault of ours, or another version: a new snapshot takes its place. What costs too much, or
   * fails again and again, ends the session here.
   */
  #guarded(what: string, read: () => void): void {
    if (this.#done) return;
    try {
      read();
    } catch (error) {
      if (error instanceof OverLimit || (!isShipmateError(error) && ++this.#faults >= MAX_FAULTS)) {
        this.room.boundary.caught(what, error);
        return;
      }
      this.deps.observer.failed(`relay: ${what}`, error);
      this.#link?.resync(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
    }
  }

  #retryLater(): void {
    this.#retry?.cancel();
    this.#retry = this.deps.clock.after(this.#retryMs, () => this.keepOpening());
    this.#retryMs = Math.min(2 * this.#retryMs, MAX_RETRY_MS);
  }

  #moved(generation: Generation): void {
    this.#place = { ...this.#place, generation };
    this.announce();
    this.deps.onMoved(this);
  }

  #lost({ participantId, reason }: LostInput): void {
    const seat = this.room.audience.get(participantId);
    const asking = this.#asking.get(participantId);
    if (asking !== undefined) this.#ask(asking.request);
    else if (seat === undefined) this.#leave(participantId);
    else {
      seat.message(reason === 'moved' ? RelayText.perhapsLost : RelayText.lost);
      // Who is here and how large may have been among it.
      this.#join(seat, true);
    }
  }

  #setBehind(behind: boolean): void {
    this.#behind?.cancel();
    this.#behind = undefined;
    if (this.#done) return;
    if (behind && !this.#isBehind) {
      this.#behind = this.deps.clock.after(BEHIND_MS, () => {
        this.#isBehind = true;
        this.room.noticed();
      });
    } else if (!behind && this.#isBehind) {
      this.#isBehind = false;
      this.room.noticed();
    }
  }

  #setSilent(silent: boolean): void {
    if (silent === this.#isSilent) return;
    this.#isSilent = silent;
    this.room.noticed();
  }

  #stopWaiting(): void {
    this.#presumed = false;
    if (this.#wait.leftMs === undefined) return;
    this.#wait.stop();
    this.room.noticed();
  }
}

/** The answer to somebody who asked, as they hear it. */
function toldWord(word: WireWord, { request, looks, why }: Asking): AdmissionWord {
  switch (word) {
    case 'waiting':
    case 'moved':
    case 'closed':
      return { kind: word };
    case 'admitted':
      return { kind: 'admitted', as: looks === true ? 'reader' : request.role };
    default: {
      const [, reason = word, text = ADMISSION_REFUSED[word]] = /^([a-z-]+) (.+)$/s.exec(why ?? '') ?? [];
      return { kind: 'refused', reason: reason as NotAdmittedReason, text };
    }
  }
}

/** What a seat's terminal limits the window to, in the relay's words. */
const claimedSize = (seat: Seat): Size => (seat.claims ? seat.size : NO_SIZE);

/** Reads on where the model's host is. What an old client says is read by the version in its header. */
function decoderFor(model: SessionModel): HostMessageDecoder {
  const decoder = new HostMessageDecoder({
    onMessage: (message) => {
      if (message.type !== 'header') model.apply(message);
    },
  });
  if (model.version !== undefined) decoder.push(encodeHostMessage({ type: 'header', ...model.version }));
  return decoder;
}
