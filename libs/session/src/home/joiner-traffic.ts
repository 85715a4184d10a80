import { isModerator, shownPerson, type CarriedProofs, type SentAway, type Proofs, type SessionLock } from '#access';
import type { ParticipantId } from '#kernel';
import type { QueuedInput } from '#relay';
import { parseCommand, type Command } from '#tmux';
import type { ServerMessage } from '#tmate-protocol';
import type { SessionModel } from '../model/session-model.js';
import type { SessionObserver } from '../observer.js';
import type { AdmissionAnswer, JoinerSink, JoinRequest, ParticipantInfo, People, TerminalInfo } from '../ports.js';
import { PauseText } from '../pause.js';
import { mayType } from '../read-only.js';
import type { FaultEnding } from '../room/fault-boundary.js';
import type { Room, RoomSource } from '../room/room.js';
import type { Seat } from '../seat/seat.js';
import { HostText, nameAndAddress, RelayText } from '../texts.js';
import { decodeInput } from '../wire/replica-input.js';
import { admissionRecords } from '../wire/stream-records.js';
import { moderatorOf, participant, type Moderator } from './admissions.js';
import type { HomeState } from './home-state.js';
import type { HostWebhooks } from './host-webhooks.js';
import type { HostSide } from './host-side.js';
import type { JoinTraces } from './join-traces.js';
import { RemoteJoiners, type RemoteEvent, type RemoteJoiner } from './remote-joiners.js';
import type { ReplicaFeed } from './replica-feed.js';
import { SessionJoiners } from './session-joiners.js';
import type { SessionRules } from './session-rules.js';

/** If this many bytes wait for the host, further input waits at the joiners' terminals: enough to keep the host's line full. */
export const MAX_BACKLOG_BYTES = 64 * 1024;
/**
 * The same for joiners at other edges, whose edge sends what is refused again only after a while. Below what ends a host's
 * connection.
 */
export const MAX_REMOTE_BACKLOG_BYTES = 1024 * 1024;

export interface JoinerTrafficDeps {
  readonly host: HostSide;
  readonly feed: ReplicaFeed;
  readonly rules: SessionRules;
  readonly hooks: HostWebhooks;
  readonly traces: JoinTraces;
  readonly observer: SessionObserver;
  readonly session: HomeState & {
    faulted(ending: FaultEnding, text: string): void;
    lock(lock: SessionLock | undefined, who: string, by: ParticipantId): void;
  };
}

/**
 * What the joiners of a session do, at its home: they come, type, run commands, resize and leave. Joiners of this edge do so
 * through the room, those of other edges through the relay; both take the same path from here.
 */
export class JoinerTraffic implements RoomSource {
  readonly route = 'local';
  readonly joiners: SessionJoiners;
  private readonly room: Room;
  /** Joiners of this edge whose input may not have arrived. */
  readonly #doubtful = new Set<ParticipantId>();
  /** Whoever typed last is a joiner at another edge. */
  #lastTypedElsewhere = false;

  constructor(private readonly deps: JoinerTrafficDeps) {
    const { host, rules, session } = deps;
    const room = (this.room = session.room);
    const remote = new RemoteJoiners({
      session: {
        nextClientId: () => room.nextClientId(),
        hostHears: () => host.takes && host.backlog < MAX_REMOTE_BACKLOG_BYTES,
        paused: () => room.pause !== 'open',
        readersOnly: () => rules.policy.readersOnly,
        enter: (request) => rules.admissions.enter(request),
        person: (proofs) => shownPerson(proofs, rules.policy),
        moderates: (proofs) => isModerator(rules.policy, proofs, room.clock.now()),
      },
      on: (event) => this.#remote(event),
    });
    this.joiners = new SessionJoiners(room, remote);
  }

  get model(): SessionModel {
    return this.deps.session.model;
  }

  get notice(): string | undefined {
    return this.deps.host.notice;
  }

  get waitMs(): number | undefined {
    return this.deps.host.wait.leftMs;
  }

  get people(): People {
    return this.joiners.people;
  }

  /** The moderators who have joined, at all edges. */
  get moderators(): readonly Moderator[] {
    const here = this.room.seats.map((seat) => this.#moderator(seat.proofs, (text) => seat.message(text)));
    const there = this.joiners.remote.inside.map(({ id, proofs }) => this.#moderator(proofs, this.#teller(id)));
    return [...here, ...there].flatMap((one) => one ?? []);
  }

  /** Seats somebody at this edge, if they may join at this moment; otherwise returns the reason why not. */
  seat(
    request: JoinRequest,
    terminal: TerminalInfo,
    sink: JoinerSink,
  ): Seat | Exclude<AdmissionAnswer, { kind: 'admitted' }> {
    const { rules, session } = this.deps;
    if (session.state === 'closed') return { kind: session.ending === undefined ? 'moved' : 'closed' };
    const answer = rules.admissions.enter(request);
    if (answer.kind !== 'admitted') return answer;
    const info = participant(request, answer, rules.policy);
    return this.room.join({ info, terminal, sink, proofs: request.proofs });
  }

  joined(seat: Seat): void {
    const { info } = seat;
    this.deps.rules.admissions.withdraw(info.id);
    this.#used(seat.proofs);
    this.#joined(info, false);
    this.#greet(this.#moderator(seat.proofs, (text) => seat.message(text)));
    this.deps.rules.lookAtPause();
    this.deps.feed.peopleChanged();
  }

  send({ info }: Seat, messages: readonly ServerMessage[]): boolean {
    const { host } = this.deps;
    if (!host.takes && !host.isOver) return false;
    this.#lastTypedElsewhere = false;
    this.#typed(info.id, messages);
    return true;
  }

  takes(): boolean {
    return this.deps.host.backlog < MAX_BACKLOG_BYTES;
  }

  mirror(_: Seat, command: Command): string | undefined {
    return this.#mirror(command);
  }

  resized({ info }: Seat): void {
    if (info.role === 'writer') this.deps.host.askForSize();
  }

  lockSession(from: Seat): void {
    const fault = this.#lock(from.info, from.proofs);
    if (fault !== undefined) from.message(fault);
  }

  seatLocked(): void {
    this.deps.feed.peopleChanged();
  }

  demoted(): void {
    this.deps.feed.peopleChanged();
    this.deps.host.askForSize();
  }

  left({ info }: Seat): void {
    this.#left(info);
    this.deps.rules.lookAtPause();
    this.deps.feed.peopleChanged();
  }

  faulted(ending: FaultEnding, text: string): void {
    this.deps.session.faulted(ending, text);
  }

  /** What joiners of this edge typed while it was no home, and nobody was: it goes to the host now. */
  sendQueued(held: readonly QueuedInput[]): void {
    for (const { participantId: from, bytes } of held) {
      // The room knows who is here, and their sizes.
      const input = decodeInput(bytes);
      if (this.room.pause !== 'open') continue;
      if (input.kind === 'send' && mayType(input.role)) this.#typed(from, input.messages);
      if (input.kind === 'mirror' && mayType(input.role)) {
        const command = parseCommand(input.argv);
        if (command.ok) this.#mirror(command.value);
      }
    }
  }

  /**
   * The end of one batch of the host's messages: `draw` shows it here, and replicas get it. Whoever typed last sees it first.
   */
  publish(draw: () => void): void {
    const { feed } = this.deps;
    if (this.#lastTypedElsewhere) feed.flush();
    draw();
    feed.flush();
  }

  /** Joiners whom one of these entries matches have to leave, or may only watch: at every edge, at once. */
  keepAway(entries: readonly SentAway[]): void {
    const { feed, host } = this.deps;
    this.joiners.keepAway(entries, this.room.clock.now());
    feed.peopleChanged();
    host.askForSize();
  }

  /** A command of the joiner whom the host knows by this number has failed there. */
  failed(clientId: number, cause: string): void {
    const text = cause.charAt(0).toUpperCase() + cause.slice(1);
    this.room.audience.seats.find((seat) => seat.clientId === clientId)?.message(text);
    const remote = this.joiners.remote.byClientId(clientId);
    if (remote !== undefined) this.deps.feed.publish({ kind: 'failed', participantId: remote.id, cause: text });
  }

  /**
   * The host's connection was lost, maybe with these joiners' input. Joiners at other edges are told if a replica listens.
   */
  inDoubt(doubtful: readonly ParticipantId[]): void {
    for (const from of doubtful) {
      if (this.room.audience.get(from) !== undefined) this.#doubtful.add(from);
      else this.deps.feed.publish({ kind: 'failed', participantId: from, cause: RelayText.doubtful });
    }
  }

  /** Joiners of this edge are notified now, because now they can see whether it arrived. */
  reportDoubtful(): void {
    for (const from of this.#doubtful) this.room.audience.get(from)?.message(RelayText.doubtful);
    this.#doubtful.clear();
  }

  #remote(event: RemoteEvent): void {
    const { feed, host, observer, session, traces } = this.deps;
    const { rules } = this.deps;
    const { admissions } = rules;
    switch (event.kind) {
      case 'joined':
        if (!event.again) this.#used(event.joiner.proofs);
        traces.complete(event.joiner.id, () => this.#joined(event.joiner, event.again));
        this.#greet(this.#moderator(proofsOf(event.joiner), this.#teller(event.joiner.id)));
        break;
      case 'left':
        this.#left(event.joiner);
        break;
      case 'resized':
        // Also from a reader: they may have been a writer until now.
        host.askForSize();
        break;
      case 'lock': {
        const { joiner } = event;
        const cause = this.#lock(joiner, proofsOf(joiner));
        if (cause !== undefined) feed.publish({ kind: 'failed', participantId: joiner.id, cause });
        break;
      }
      case 'people':
        rules.lookAtPause();
        this.room.peopleChanged();
        feed.peopleChanged();
        break;
      case 'typed':
        this.#lastTypedElsewhere = true;
        this.#typed(event.joiner.id, event.messages);
        break;
      case 'mirror': {
        const cause = this.#mirror(event.command);
        if (cause !== undefined) feed.publish({ kind: 'failed', participantId: event.joiner.id, cause });
        break;
      }
      case 'made-reader':
        feed.publish({ kind: 'reader', participantId: event.id });
        break;
      case 'asks':
        admissions.ask(event.request, (answer) => this.#answer(event.request.id, answer));
        break;
      case 'rejected':
        this.#answer(event.id, event.answer);
        break;
      case 'withdrew':
        admissions.withdraw(event.id);
        break;
      case 'decides':
        feed.publish({ kind: 'decided', nonce: event.nonce, decision: admissions.decide(event.code, event.admit) });
        break;
      case 'probe':
        void host.isThere().then((alive) => feed.publish({ kind: 'probed', nonce: event.nonce, alive }));
        break;
      case 'replaced':
        host.replaced();
        feed.publish({ kind: 'probed', nonce: event.nonce, alive: session.state === 'live' });
        break;
      case 'traced':
        traces.begin(event.from, event.traceparent);
        break;
      case 'unreadable':
        observer.failed('input of another edge', event.error);
        break;
    }
  }

  #joined(joiner: ParticipantInfo, again: boolean): void {
    const { hooks, host } = this.deps;
    host.watch();
    if (!again) hooks.joined(joiner);
    host.countChanged(again ? undefined : HostText.joined(nameAndAddress(joiner), this.joiners.count));
    if (joiner.role === 'writer') host.askForSize();
  }

  /** Whoever joins as a moderator reads who waits. */
  #greet(moderator: Moderator | undefined): void {
    if (moderator !== undefined) this.deps.rules.admissions.greet(moderator);
  }

  #moderator(proofs: Proofs, tell: (text: string) => void): Moderator | undefined {
    const person = moderatorOf(this.deps.rules.policy, proofs, this.room.clock.now());
    return person === undefined ? undefined : { person, tell: (texts) => texts.forEach(tell) };
  }

  /** Shows a line to somebody at another edge; the previous release shows it, too. */
  #teller(id: ParticipantId): (cause: string) => void {
    return (cause) => this.deps.feed.publish({ kind: 'failed', participantId: id, cause });
  }

  /** Somebody has joined. If they had an invitation, they have used it once more. */
  #used(proofs: CarriedProofs | undefined): void {
    if (proofs?.invitation !== undefined) this.deps.rules.invitationUsed(proofs.invitation);
  }

  #left(joiner: ParticipantInfo): void {
    const { hooks, host } = this.deps;
    hooks.left(joiner);
    host.countChanged(HostText.left(nameAndAddress(joiner), this.joiners.count));
    if (joiner.role === 'writer') host.askForSize();
  }

  /** A writer's keys and commands go to the host. */
  #typed(from: ParticipantId, messages: readonly ServerMessage[]): void {
    this.deps.host.send(from, messages);
    this.deps.rules.lifetime.touch();
  }

  #mirror(command: Command): string | undefined {
    const { model } = this;
    const applied = model.mirror.run(command, { currentWindow: model.windows.current?.index });
    if (applied.kind === 'error') return applied.message;
    model.touch();
    this.deps.feed.mirrored(command);
    return undefined;
  }

  /** A moderator locks the session, or unlocks it; answers why not. */
  #lock(who: Pick<ParticipantInfo, 'id' | 'name' | 'address'>, proofs: Proofs): string | undefined {
    const { rules, session } = this.deps;
    if (!isModerator(rules.policy, proofs, this.room.clock.now())) return PauseText.notYours;
    session.lock(rules.policy.locked === undefined ? 'typing' : undefined, who.name ?? who.address, who.id);
    return undefined;
  }

  #answer(participantId: ParticipantId, answer: AdmissionAnswer): void {
    for (const record of admissionRecords(participantId, answer)) this.deps.feed.publish(record);
  }
}

/** What somebody at another edge proved, as far as their edge has reported it. */
const proofsOf = ({ transport, address, proofs }: RemoteJoiner): Proofs => ({
  keys: [],
  ...proofs,
  transport,
  address,
});
