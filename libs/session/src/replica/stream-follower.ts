import {
  isShipmateError,
  MODEL_LIMITS,
  OverLimit,
  uncounted,
  type Account,
  type Clock,
  type ParticipantId,
} from '#kernel';
import { refusalText, STAY_FAULTS } from '#access';
import { encodeHostMessage, HostMessageDecoder } from '#tmate-protocol';
import { withLocked, withNames, type SharedPeople } from '../model/people.js';
import { SessionModel } from '../model/session-model.js';
import type { SessionObserver } from '../observer.js';
import type { SeatEnding } from '../ports.js';
import type { Room } from '../room/room.js';
import { readModel } from '../wire/model-snapshot.js';
import {
  decodeRecords,
  decodeState,
  HOST_ANSWERS,
  pauseIn,
  seatLockIn,
  type SessionEnding,
  type StreamRecord,
  type WireAnswer,
} from '../wire/stream-records.js';
import type { HomeHealth } from './home-health.js';
import type { JoinRequests } from './join-requests.js';
import { RelayText } from '../texts.js';
import type { Uplink } from './uplink.js';

/** Faults that a new snapshot may heal. */
const MAX_FAULTS = 3;
/** If there is no answer this long after the first snapshot, in ms, the request is sent again. */
const ASK_AGAIN_MS = 3000;

/** What stands before an operator's words in what a locked person reads. */
const LOCKED_BECAUSE = `${refusalText({ reason: 'locked' })}: `;

export interface StreamFollowerDeps {
  readonly clock: Clock;
  readonly observer: Pick<SessionObserver, 'failed'>;
  /** The parent of the account for what the model uses. */
  readonly ledger?: Account | undefined;
  readonly replica: {
    readonly room: Room;
    readonly health: HomeHealth;
    readonly uplink: Uplink;
    readonly joinRequests: JoinRequests;
    readonly isDone: boolean;
    end(ending: SessionEnding): void;
    disposeIfEmpty(): void;
  };
}

/**
 * What a replica gets from its home: snapshots, and the records after them. They make its model, and say how the host is, who
 * is in the session, and who may join.
 */
export class StreamFollower {
  /** What is shown now. */
  #model: SessionModel;
  /** What the host says after a snapshot; undefined before the first one. */
  #decoder: HostMessageDecoder | undefined;
  #people: SharedPeople | undefined;
  #hadSnapshot = false;
  #faults = 0;
  /** People who may not stay, and the home's reason, until they are sent away. At most as many as are seated here. */
  readonly #leaving = new Map<ParticipantId, { readonly fault: SeatEnding; readonly why?: string }>();

  constructor(
    private readonly deps: StreamFollowerDeps,
    earlier: SessionModel | undefined,
  ) {
    this.#model = earlier ?? new SessionModel(deps.clock);
  }

  get model(): SessionModel {
    return this.#model;
  }

  /** Who is in the session, by the home's last report. */
  get people(): SharedPeople | undefined {
    return this.#people;
  }

  /** The whole state, as `encodeState` packs it. */
  snapshot(bytes: Uint8Array): void {
    this.#guarded('snapshot', () => this.#snapshot(bytes));
  }

  /** Records of the home. */
  data(bytes: Uint8Array): void {
    this.#guarded('stream', () => {
      this.deps.replica.health.homeIsThere();
      for (const record of decodeRecords(bytes)) this.#record(record);
      this.model.settle();
    });
  }

  dispose(): void {
    this.#model.onChange = undefined;
    this.#model.dispose();
  }

  #snapshot(bytes: Uint8Array): void {
    const { room, health, uplink, joinRequests } = this.deps.replica;
    const { host, people, model: packed } = decodeState(bytes);
    this.#replaceModel(packed);
    if (host.kind === 'ended') {
      this.deps.replica.end(host.ending);
      return;
    }
    this.#people = people;
    if (host.kind === 'waiting') health.hostLost(host.leftMs);
    else health.hostIsThere();
    uplink.synced();
    room.refresh();
    if (this.#hadSnapshot) return;
    this.#hadSnapshot = true;
    // Answers that the home gave before it knew about this replica are lost: whoever still waits asks again.
    room.clock.after(ASK_AGAIN_MS, () => {
      if (!this.deps.replica.isDone) for (const request of joinRequests.all) uplink.ask(request);
    });
  }

  #replaceModel(packed: Uint8Array): void {
    const model = this.#unpacked(packed);
    const former = this.#model;
    model.continueFrom(former);
    model.onChange = () => this.deps.replica.room.audience.changed();
    former.onChange = undefined;
    this.#model = model;
    former.dispose();
    this.#decoder = decoderFor(model);
  }

  #unpacked(packed: Uint8Array): SessionModel {
    const { clock, ledger = uncounted() } = this.deps;
    const account = ledger.open(MODEL_LIMITS);
    try {
      return readModel(packed, clock, account);
    } catch (error) {
      account.close();
      throw error;
    }
  }

  #record(record: StreamRecord): void {
    const { room, health, uplink, joinRequests } = this.deps.replica;
    switch (record.kind) {
      case 'host':
        health.setSilent(false);
        this.#decoder?.push(record.bytes);
        break;
      case 'failed':
        // Their command failed at the host; or the home says why they may not join.
        if (this.#mustLeave(record.participantId, record.cause)) break;
        if (!joinRequests.explain(record.participantId, record.cause)) {
          room.audience.get(record.participantId)?.message(record.cause);
          if (record.cause === RelayText.doubtful) uplink.told(record.participantId);
        }
        break;
      case 'waiting':
        health.hostLost(record.leftMs);
        break;
      case 'ended':
        this.deps.replica.end(record.ending);
        break;
      case 'people':
        this.#people = record.people;
        room.peopleChanged();
        break;
      case 'names':
        if (this.#people !== undefined) this.#people = withNames(this.#people, record.names);
        room.peopleChanged();
        break;
      case 'locked':
        if (this.#people !== undefined) this.#people = withLocked(this.#people, record.places);
        room.peopleChanged();
        break;
      case 'admission':
        this.#answered(record.participantId, record.answer);
        break;
      case 'reader':
        this.#madeReader(record.participantId);
        break;
      case 'probed':
        if (record.nonce === HOST_ANSWERS) health.setSilent(!record.alive);
        else this.#rule(record.nonce);
        break;
      case 'decided':
        break;
    }
  }

  /** What the home says about the session's rules, if it does. */
  #rule(nonce: string): void {
    const { room } = this.deps.replica;
    room.setPause(pauseIn(nonce) ?? room.pause);
    const ms = seatLockIn(nonce);
    if (ms !== undefined) room.setSeatLock(ms === 0 ? undefined : ms);
  }

  /** Whether the home says why somebody, who is seated here, may not stay; they are sent away next. */
  #mustLeave(id: ParticipantId, cause: string): boolean {
    const fault = STAY_FAULTS.find((one) => cause.startsWith(`${one} `));
    const { room, joinRequests } = this.deps.replica;
    if (fault === undefined || joinRequests.get(id) !== undefined || room.audience.get(id) === undefined) return false;
    const why = fault === 'locked' ? cause.split(LOCKED_BECAUSE, 2)[1] : undefined;
    this.#leaving.set(id, { fault, ...(why !== undefined && { why }) });
    return true;
  }

  #answered(id: ParticipantId, answer: WireAnswer): void {
    const { replica } = this.deps;
    const { room, joinRequests } = replica;
    if (joinRequests.answer(id, answer)) {
      if (answer !== 'waiting') replica.disposeIfEmpty();
    } else if (answer !== 'waiting' && answer !== 'admitted') {
      // The home has decided otherwise when they sat down.
      const seat = room.audience.get(id);
      const { fault, why } = this.#leaving.get(id) ?? { fault: 'kicked' as const };
      if (seat !== undefined) room.leave(seat, fault, why);
      this.#leaving.delete(id);
    }
  }

  /** Somebody may only watch, or will when they have joined. */
  #madeReader(id: ParticipantId): void {
    const { room, joinRequests } = this.deps.replica;
    if (joinRequests.makeReader(id)) return;
    const seat = room.audience.get(id);
    if (seat !== undefined) room.makeReader(seat);
  }

  /**
   * A message that cannot be read is a fault of ours, or from another version: a new snapshot replaces it. The session ends here
   * if it costs too much, or fails again and again.
   */
  #guarded(what: string, read: () => void): void {
    const { isDone, room, uplink } = this.deps.replica;
    if (isDone) return;
    try {
      read();
    } catch (error) {
      if (error instanceof OverLimit || (!isShipmateError(error) && ++this.#faults >= MAX_FAULTS)) {
        room.boundary.caught(what, error);
        return;
      }
      this.deps.observer.failed(`relay: ${what}`, error);
      uplink.resync();
    }
  }
}

/** Continues with the client version of the model's host. Messages of an old client are read by the version in its header. */
function decoderFor(model: SessionModel): HostMessageDecoder {
  const decoder = new HostMessageDecoder({
    onMessage: (message) => {
      if (message.type !== 'header') model.apply(message);
    },
  });
  if (model.version !== undefined) decoder.push(encodeHostMessage({ type: 'header', ...model.version }));
  return decoder;
}
