import { commandArgv, type Command } from '#tmux';
import {
  STREAM_LIMITS,
  uncounted,
  type Account,
  type Clock,
  type Generation,
  type ParticipantId,
  Timeout,
} from '#kernel';
import type { Relay } from '#relay';
import { encodeHostMessage, type HostMessage } from '#tmate-protocol';
import type { SessionObserver } from '../observer.js';
import { lockedIn, namesOf } from '../model/people.js';
import { crowdDelayMs } from '../room/status-notifier.js';
import { writeModel } from '../wire/model-snapshot.js';
import { encodeState, pauseRecord, seatLockRecord, type StreamRecord } from '../wire/stream-records.js';
import { HomeStream } from './home-stream.js';
import type { HomeState } from './home-state.js';

/** How long a host may take, after it came back, to say what its panes hold; then replicas get what there is. */
export const RESTATE_MS = 2000;

/** Messages that replicas need not, or must not, see: the last is a secret. */
const KEPT_HERE: ReadonlySet<HostMessage['type']> = new Set(['header', 'ready', 'fin', 'failed-cmd', 'reconnect']);

export interface ReplicaFeedDeps {
  readonly session: HomeState;
  readonly relay: Relay;
  /** For what continues for a moment after the session has ended. */
  readonly lingerClock: Clock;
  /** The parent of the account for what waits for the relay. */
  readonly ledger?: Account | undefined;
  /** Another edge is the home by now. */
  readonly onSuperseded: (generation: Generation) => void;
  readonly observer: Pick<SessionObserver, 'failed'>;
}

/** What a home's replicas follow: the host's messages as they came, and what the home has to say. */
export class ReplicaFeed {
  #stream: HomeStream | undefined;
  #generation: Generation | undefined;
  readonly #restating: Timeout;
  readonly #peopleSoon: Timeout;
  /** Whether readers may have the clipboard, as it was published last. */
  #sharedClipboard = false;
  /** A replica may have missed that the session is paused no more. */
  #everPaused = false;
  /** The same of terminals that lock by themselves. */
  #everLocksSeats = false;

  constructor(private readonly deps: ReplicaFeedDeps) {
    const { clock } = deps.session.room;
    this.#restating = new Timeout(clock);
    this.#peopleSoon = new Timeout(clock);
  }

  /** The host has a new connection: a host that came back must say what its panes hold before replicas may follow it. */
  open(generation: Generation): void {
    const { model } = this.deps.session;
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#generation = generation;
    this.#sharedClipboard = model.readerClipboard;
    if (generation === 1 || model.restated) this.#restated();
    else this.#restating.start(RESTATE_MS, () => this.#restated());
  }

  /** A message of the host that the model has taken, as it came. */
  hostMessage(message: HostMessage, bytes: Uint8Array): void {
    if (message.type === 'snapshot' && this.#restating.running) this.#restated();
    else if (isServersOwn(message)) this.#shareReaderClipboard();
    else if (!KEPT_HERE.has(message.type)) this.#stream?.host(bytes);
  }

  /** A joiner's command that the model has taken: replicas do the same. */
  mirrored(command: Command): void {
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args: commandArgv(command) }));
    this.flush();
  }

  publish(record: StreamRecord): void {
    const { pause, seatLockMs } = this.deps.session.room;
    this.#everPaused ||= pause !== 'open';
    this.#everLocksSeats ||= seatLockMs !== undefined;
    this.#stream?.publish(record);
  }

  /** Publishes who is in the session, soon but not for each joiner separately; a snapshot has the list too. */
  peopleChanged(): void {
    if (this.#stream?.interested !== true) return;
    const { joiners } = this.deps.session;
    this.#peopleSoon.startIfIdle(crowdDelayMs(joiners.count), () => {
      this.publish({ kind: 'people', people: joiners.shared });
      this.#publishMore();
    });
  }

  /** What else is to be known of whoever was listed last. */
  #publishMore(): void {
    const { shared } = this.deps.session.joiners;
    const names = namesOf(shared);
    if (names !== undefined) this.publish({ kind: 'names', names });
    const places = lockedIn(shared);
    if (places !== undefined) this.publish({ kind: 'locked', places });
  }

  /** The host has now received everything from a joiner at another edge. */
  arrived(from: ParticipantId): void {
    this.#stream?.arrived(from);
  }

  /** Sends what was gathered. */
  flush(): void {
    this.#stream?.flush();
  }

  /**
   * The session is over: announces this for a while, because replicas that missed it get it with a snapshot. Nothing is sent
   * after it.
   */
  end(record: StreamRecord): void {
    this.#stream?.end(record);
    this.#stream = undefined;
    this.dispose();
  }

  dispose(): void {
    this.#restating.cancel();
    this.#peopleSoon.cancel();
    this.#stream?.dispose();
    this.#stream = undefined;
  }

  #restated(): void {
    this.#restating.cancel();
    if (this.#generation === undefined) return;
    const { relay, session, lingerClock: clock, ledger, onSuperseded, observer } = this.deps;
    const { boundary } = session.room;
    this.#stream ??= new HomeStream({
      relay,
      clock,
      sessionId: session.id,
      generation: this.#generation,
      snapshot: () => this.#snapshot(),
      input: (input) => boundary.run('remote input', () => session.joiners.remote.take(input)) ?? true,
      hasArrived: (from) => session.host.hasArrived(from),
      superseded: onSuperseded,
      failed: (what, error) => observer.failed(what, error),
      held: (ledger ?? uncounted()).open(STREAM_LIMITS).hold('snapshots'),
    });
  }

  /** An empty one is no snapshot: replicas ask again, and hear that the session has ended. */
  #snapshot(): Uint8Array {
    const { room, joiners, model, hostState: host } = this.deps.session;
    // A replica that needs a snapshot has missed earlier messages; this one comes after them.
    queueMicrotask(() =>
      room.boundary.run('snapshot', () => {
        joiners.remote.repeat();
        this.#publishMore();
        if (room.seatLockMs !== undefined || this.#everLocksSeats) this.publish(seatLockRecord(room.seatLockMs));
        if (room.pause !== 'open' || this.#everPaused) this.publish(pauseRecord(room.pause));
      }),
    );
    const state = (): Uint8Array => encodeState({ host, people: joiners.shared, model: writeModel(model) });
    return room.boundary.run('snapshot', state) ?? new Uint8Array();
  }

  /** The part of a host's settings that replicas must know, without the rest, which may be secret. */
  #shareReaderClipboard(): void {
    const { readerClipboard } = this.deps.session.model;
    if (readerClipboard === this.#sharedClipboard) return;
    this.#sharedClipboard = readerClipboard;
    const args = ['set-option', 'tmate-set', `reader_clipboard=${readerClipboard}`];
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args }));
  }
}

const isTmateName = (arg: string): boolean => arg.startsWith('tmate-');

/** `set-option tmate-…`: meant for the server only, such as an API key or who may join. */
function isServersOwn(message: HostMessage): boolean {
  if (message.type === 'exec-cmd-str') return /\btmate-/.test(message.command);
  return message.type === 'exec-cmd' && message.args[0]?.startsWith('set') === true && message.args.some(isTmateName);
}
