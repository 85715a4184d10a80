import { commandArgv, type Command } from '#tmux';
import {
  STREAM_LIMITS,
  uncounted,
  type Account,
  type Clock,
  type Generation,
  type SessionId,
  type Timer,
} from '#kernel';
import type { Relay } from '#relay';
import { encodeHostMessage, type HostMessage } from '#tmate-protocol';
import type { SessionModel } from '../model/session-model.js';
import type { FaultBoundary } from '../room/fault-boundary.js';
import { crowdDelayMs } from '../room/status-notifier.js';
import { writeModel } from '../wire/model-snapshot.js';
import { encodeState, type HostState, type StreamRecord } from '../wire/stream-records.js';
import { HomeStream } from './home-stream.js';
import type { SessionJoiners } from './session-joiners.js';

/** How long a host may take, after it came back, to say what its panes hold; then replicas get what there is. */
export const RESTATE_MS = 2000;

/** Messages that replicas need not, or must not, see: the last is a secret. */
const KEPT_HERE: ReadonlySet<HostMessage['type']> = new Set(['header', 'ready', 'fin', 'failed-cmd', 'reconnect']);

export interface ReplicaFeedDeps {
  readonly sessionId: SessionId;
  readonly relay: Relay;
  /** Its timers end with the session. */
  readonly clock: Clock;
  /** For what goes on for a moment when the session is over. */
  readonly lingerClock: Clock;
  /** Runs what may fail: a fault ends the session. */
  readonly guarded: FaultBoundary['run'];
  readonly model: () => SessionModel;
  readonly host: () => HostState;
  readonly joiners: () => SessionJoiners;
  /** What waits for the relay is counted below this. */
  readonly ledger?: Account | undefined;
  /** Another edge is the home by now. */
  readonly onSuperseded: (generation: Generation) => void;
  readonly failed: (what: string, error: unknown) => void;
}

/** What a home's replicas follow: the host's messages as they came, and what the home has to say. */
export class ReplicaFeed {
  #stream: HomeStream | undefined;
  #generation: Generation | undefined;
  #restating: Timer | undefined;
  #tellingPeople: Timer | undefined;
  /** Whether readers may have the clipboard, as replicas were told last. */
  #sharedClipboard = false;

  constructor(private readonly deps: ReplicaFeedDeps) {}

  /** The host has a new connection: a host that came back must say what its panes hold before replicas may follow it. */
  open(generation: Generation): void {
    const { clock, model } = this.deps;
    this.#stream?.dispose();
    this.#stream = undefined;
    this.#generation = generation;
    this.#sharedClipboard = model().readerClipboard;
    this.#restating?.cancel();
    if (generation === 1 || model().restated) this.#restated();
    else this.#restating = clock.after(RESTATE_MS, () => this.#restated());
  }

  /** A message of the host that the model has taken, as it came. */
  hostMessage(message: HostMessage, bytes: Uint8Array): void {
    if (message.type === 'snapshot' && this.#restating !== undefined) this.#restated();
    else if (isServersOwn(message)) this.#shareReaderClipboard();
    else if (!KEPT_HERE.has(message.type)) this.#stream?.host(bytes);
  }

  /** A joiner's command that the model has taken: replicas do the same. */
  mirrored(command: Command): void {
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args: commandArgv(command) }));
    this.flush();
  }

  publish(record: StreamRecord): void {
    this.#stream?.publish(record);
  }

  /** Tells who is in the session, soon and not for each who comes; a snapshot says it too. */
  peopleChanged(): void {
    if (this.#stream?.interested !== true || this.#tellingPeople !== undefined) return;
    const delayMs = crowdDelayMs(this.deps.joiners().count);
    this.#tellingPeople = this.deps.clock.after(delayMs, () => {
      this.#tellingPeople = undefined;
      this.publish({ kind: 'people', people: this.deps.joiners().shared });
    });
  }

  /** Sends what was gathered. */
  flush(): void {
    this.#stream?.flush();
  }

  /** The session is over: says so for a while, for those who missed it get it by a snapshot. Nothing is sent after it. */
  end(record: StreamRecord): void {
    this.#stream?.end(record);
    this.#stream = undefined;
    this.dispose();
  }

  dispose(): void {
    this.#restating?.cancel();
    this.#tellingPeople?.cancel();
    this.#stream?.dispose();
    this.#stream = undefined;
  }

  #restated(): void {
    this.#restating?.cancel();
    this.#restating = undefined;
    if (this.#generation === undefined) return;
    const { relay, sessionId, lingerClock: clock, guarded, joiners, ledger, onSuperseded, failed } = this.deps;
    this.#stream ??= new HomeStream({
      relay,
      clock,
      sessionId,
      generation: this.#generation,
      snapshot: () => this.#snapshot(),
      input: (input) => guarded('remote input', () => joiners().remote.take(input)) ?? true,
      superseded: onSuperseded,
      failed,
      held: (ledger ?? uncounted()).open(STREAM_LIMITS).hold('snapshots'),
    });
  }

  /** An empty one is no snapshot: replicas ask again, and hear that the session has ended. */
  #snapshot(): Uint8Array {
    const { guarded, host, joiners, model } = this.deps;
    // Whoever needs a snapshot has missed what was told before; this comes after it.
    queueMicrotask(() => guarded('snapshot', () => joiners().remote.repeat()));
    const state = (): Uint8Array => encodeState({ host: host(), people: joiners().shared, model: writeModel(model()) });
    return guarded('snapshot', state) ?? new Uint8Array();
  }

  /** What of a host's words to the server replicas must know, without the rest, which may be secret. */
  #shareReaderClipboard(): void {
    const { readerClipboard } = this.deps.model();
    if (readerClipboard === this.#sharedClipboard) return;
    this.#sharedClipboard = readerClipboard;
    const args = ['set-option', 'tmate-set', `reader_clipboard=${readerClipboard}`];
    this.#stream?.host(encodeHostMessage({ type: 'exec-cmd', args }));
  }
}

const isTmateName = (arg: string): boolean => arg.startsWith('tmate-');

/** `set-option tmate-…`: a word to the server, as an API key or who may join. It is nobody else's. */
function isServersOwn(message: HostMessage): boolean {
  if (message.type === 'exec-cmd-str') return /\btmate-/.test(message.command);
  return message.type === 'exec-cmd' && message.args[0]?.startsWith('set') === true && message.args.some(isTmateName);
}
