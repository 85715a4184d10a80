import { forgetOldest, isShipmateError, type EdgeId, type ParticipantId, type Role } from '#kernel';
import type { CarriedProofs, Identity, Proofs, ShownPerson } from '#access';
import { parseCommand, whereRuns, type Command } from '#tmux';
import type { ReceivedInput } from '#relay';
import type { ServerMessage } from '#tmate-protocol';
import type { KnownPerson } from '../model/people.js';
import type { AdmissionAnswer, JoinRequest, ParticipantInfo } from '../ports.js';
import { mayType } from '../read-only.js';
import { decodeInput, type ReplicaInput } from '../wire/replica-input.js';
import type { Size } from '../model/sizes.js';
import { ADMISSION_REFUSED } from '../texts.js';

/** Somebody who joined at another edge, as the home knows of them. */
export interface RemoteJoiner {
  readonly id: ParticipantId;
  readonly edgeId: EdgeId;
  readonly role: Role;
  readonly transport: ParticipantInfo['transport'];
  /** Empty while only their input has arrived, and not yet who they are. */
  readonly address: string;
  /** The fingerprint of the SSH key that they proved to hold. */
  readonly key?: string;
  /** The name that they proved to have, and how they proved it. */
  readonly name?: string;
  readonly proved?: Identity['proved'];
  readonly provider?: string;
  readonly subject?: string;
  /** They may decide about others. */
  readonly moderator?: boolean;
  /** Their terminal is locked. */
  readonly locked?: boolean;
  /** Undefined until they have joined, and if their edge is of an earlier release. */
  readonly proofs?: CarriedProofs | undefined;
  /** Names them to the host. */
  readonly clientId: number;
  /** Undefined if it limits nobody, or is not known yet. */
  readonly size: Size | undefined;
}

/** What joiners at other edges do, in the order they did it. */
export type RemoteEvent =
  /** `again`: an earlier home knew them. */
  | { readonly kind: 'joined'; readonly joiner: RemoteJoiner; readonly again: boolean }
  | { readonly kind: 'left'; readonly joiner: RemoteJoiner }
  | { readonly kind: 'resized'; readonly joiner: RemoteJoiner }
  /** The people here, or their rights, have changed. */
  | { readonly kind: 'people' }
  /** A writer's keys and commands. */
  | { readonly kind: 'typed'; readonly joiner: RemoteJoiner; readonly messages: readonly ServerMessage[] }
  /** A writer's command for the copy of options and keys that all joiners share. */
  | { readonly kind: 'mirror'; readonly joiner: RemoteJoiner; readonly command: Command }
  /** Somebody may only watch from now on: their edge does not know it yet. */
  | { readonly kind: 'made-reader'; readonly id: ParticipantId }
  | { readonly kind: 'asks'; readonly request: JoinRequest }
  /** Somebody may not sit down: their edge must take the seat away again. */
  | { readonly kind: 'rejected'; readonly id: ParticipantId; readonly answer: AdmissionAnswer }
  /** Somebody who asked has their seat, or has left. */
  | { readonly kind: 'withdrew'; readonly id: ParticipantId }
  /** The host's decision on somebody who waits arrived at another edge. */
  | { readonly kind: 'decides'; readonly nonce: string; readonly admit: boolean; readonly code: string }
  /** Their edge asks whether the host is there. */
  | { readonly kind: 'probe'; readonly nonce: string }
  /** The host has begun another session in place of this one. */
  | { readonly kind: 'replaced'; readonly nonce: string }
  /** Their edge traces their way in. */
  | { readonly kind: 'traced'; readonly from: ReceivedInput; readonly traceparent: string }
  /** Somebody wants the session locked, or unlocked. */
  | { readonly kind: 'lock'; readonly joiner: RemoteJoiner }
  /** Input that makes no sense; it is dropped. */
  | { readonly kind: 'unreadable'; readonly error: unknown };

export interface RemoteJoinersDeps {
  /** What must be known of the session at the moment when input is taken. */
  readonly session: {
    nextClientId(): number;
    /** Whether the host can be sent something now: if not, the replica keeps what was typed. */
    hostHears(): boolean;
    /** Whether nobody may type now. */
    paused(): boolean;
    /** Whether writers' tokens admit readers only. */
    readersOnly(): boolean;
    /** Whether somebody may sit down at their edge. */
    enter(request: JoinRequest): AdmissionAnswer;
    /** Whether somebody may decide about others. */
    moderates(proofs: Proofs): boolean;
    /** A description of somebody, for people to read. */
    person(proofs: CarriedProofs): Partial<ShownPerson>;
  };
  readonly on: (event: RemoteEvent) => void;
}

/**
 * Joiners of other edges that one session may have, each known by name; one more is refused. About 500 bytes each. If many of
 * them act at once, the cost grows with the square of their number.
 */
export const MAX_REMOTE_JOINERS = 16_384;
const FULL: AdmissionAnswer = { kind: 'refused', reason: 'full', text: ADMISSION_REFUSED.full };
/**
 * Proofs of people who have not joined yet, at most 48 KiB each. Beyond that, the oldest are forgotten, as if these people had
 * proved nothing.
 */
const MAX_PROOFS = 128;

/**
 * A home's joiners at other edges. Their rights are checked again here: only a writer's keys, commands and size count, and only
 * commands that may be sent to a host.
 */
export class RemoteJoiners {
  readonly #joiners = new Map<ParticipantId, RemoteJoiner>();
  /** How many of them have said who they are. */
  #joined = 0;
  /** What people have proved who will ask or join next. */
  readonly #proofs = new Map<ParticipantId, CarriedProofs>();
  /** People who may not sit down, until their edge has taken the seat away. */
  readonly #rejected = new Map<ParticipantId, AdmissionAnswer>();
  /** Edges that were missing at the last check. */
  #missing: ReadonlySet<EdgeId> = new Set();

  constructor(private readonly deps: RemoteJoinersDeps) {}

  /** Everyone who has joined; not those of whom only input has arrived. */
  get size(): number {
    return this.#joined;
  }

  /** The terminals that limit the window. */
  get writersSizes(): Size[] {
    return [...this.#joiners.values()].flatMap(({ role, size }) =>
      role === 'writer' && size !== undefined ? [size] : [],
    );
  }

  /** All who have said who they are. */
  get people(): KnownPerson[] {
    return [...this.#joiners.values()].flatMap(({ edgeId: edge, role, transport, clientId, address, name, locked }) =>
      address === '' ? [] : [{ edge, role, transport, clientId, name, locked }],
    );
  }

  /** Everyone who has joined, with what they proved, as far as their edge has reported it. */
  get inside(): readonly { readonly id: ParticipantId; readonly proofs: Proofs }[] {
    return [...this.#joiners.values()]
      .filter(({ id, address }) => address !== '' && !this.#rejected.has(id))
      .map(({ id, transport, address, proofs }) => ({ id, proofs: { keys: [], ...proofs, transport, address } }));
  }

  /** Somebody in the session has to leave; what they send meanwhile is dropped. */
  sendAway(id: ParticipantId, answer: AdmissionAnswer): void {
    this.#takeWriting(id);
    this.#reject(id, answer);
  }

  /** Somebody may not type any more. */
  makeReader(id: ParticipantId): void {
    if (this.#takeWriting(id)) this.deps.on({ kind: 'made-reader', id });
  }

  /** Nobody may type any more. */
  makeReaders(): void {
    for (const id of this.#joiners.keys()) this.makeReader(id);
  }

  /** An edge may have missed messages: sends the refusals again. */
  repeat(): void {
    for (const [id, answer] of this.#rejected) this.deps.on({ kind: 'rejected', id, answer });
  }

  byClientId(clientId: number): RemoteJoiner | undefined {
    for (const joiner of this.#joiners.values()) if (joiner.clientId === clientId) return joiner;
    return undefined;
  }

  /** Takes one piece of input; false when it must be kept for later. What makes no sense is dropped. */
  take(received: ReceivedInput): boolean {
    let input: ReplicaInput;
    try {
      input = decodeInput(received.bytes);
    } catch (error) {
      if (!isShipmateError(error)) throw error;
      this.deps.on({ kind: 'unreadable', error });
      return true;
    }
    return this.#take(received, input);
  }

  /**
   * Forgets the joiners of lost edges: those that were not among `alive` twice in a row, because an edge may only be late.
   */
  keepEdges(alive: ReadonlySet<EdgeId>): void {
    const edges = new Set([...this.#joiners.values()].map(({ edgeId }) => edgeId));
    const missing = new Set([...edges].filter((edge) => !alive.has(edge)));
    for (const joiner of this.#joiners.values()) {
      if (missing.has(joiner.edgeId) && this.#missing.has(joiner.edgeId)) this.#remove(joiner.id);
    }
    this.#missing = missing;
  }

  #take(from: ReceivedInput, input: ReplicaInput): boolean {
    const { participantId: id } = from;
    if ('role' in input && this.#isFullFor(id)) {
      // Their input is dropped: their edge takes the seat away.
      if (input.kind === 'join' || input.kind === 'ask') this.deps.on({ kind: 'rejected', id, answer: FULL });
      return true;
    }
    switch (input.kind) {
      case 'join':
        this.#join(from, input);
        return true;
      case 'key': {
        const joiner = this.#known(from, input.role);
        if (joiner.address === '') this.#put({ ...joiner, key: input.key });
        return true;
      }
      case 'send':
        if (!this.deps.session.hostHears()) return false;
        this.#send(this.#known(from, input.role), input.messages);
        return true;
      case 'mirror':
        this.#mirror(this.#known(from, input.role), input.argv);
        return true;
      case 'size':
        this.#resize(this.#known(from, input.role), input.size);
        return true;
      case 'proofs':
        this.#prove(id, input.proofs);
        return true;
      case 'leave':
        this.#proofs.delete(id);
        this.deps.on({ kind: 'withdrew', id });
        this.#remove(id);
        return true;
      case 'lock': {
        const joiner = this.#joiners.get(id);
        if (joiner !== undefined) this.deps.on({ kind: 'lock', joiner });
        return true;
      }
      case 'seat-lock': {
        const joiner = this.#joiners.get(id);
        if (joiner === undefined || joiner.locked === input.locked) return true;
        this.#put({ ...joiner, locked: input.locked });
        this.deps.on({ kind: 'people' });
        return true;
      }
      case 'ask':
        this.deps.on({ kind: 'asks', request: this.#request(id, input.role, input) });
        return true;
      case 'decide':
        this.deps.on({ kind: 'decides', nonce: input.nonce, admit: input.admit, code: input.code });
        return true;
      case 'trace':
        this.deps.on({ kind: 'traced', from, traceparent: input.traceparent });
        return true;
      case 'probe':
        this.deps.on({ kind: 'probe', nonce: input.nonce });
        return true;
      case 'replaced':
        this.deps.on({ kind: 'replaced', nonce: input.nonce });
        return true;
    }
  }

  #join(from: ReceivedInput, input: Extract<ReplicaInput, { kind: 'join' }>): void {
    const { participantId: id } = from;
    const { transport, address, size, again } = input;
    const away = again ? this.#rejected.get(id) : undefined;
    if (away !== undefined) {
      this.deps.on({ kind: 'rejected', id, answer: away });
      return;
    }
    const known = this.#known(from, input.role);
    const request = this.#request(id, input.role, input);
    // People who have joined stay. So do people whom an earlier home had let in.
    const joins = known.address === '' && !again;
    const answer: AdmissionAnswer = joins ? this.deps.session.enter(request) : this.#stays(request, input.role);
    this.#proofs.delete(id);
    this.deps.on({ kind: 'withdrew', id });
    if (answer.kind !== 'admitted') {
      // What they have sent meanwhile is dropped.
      this.#put({ ...known, role: 'reader' });
      this.#reject(id, answer);
      return;
    }
    // A right is only ever taken away: a message from before that may arrive late.
    const role = known.role === 'reader' || answer.as === 'reader' ? 'reader' : input.role;
    if (role !== input.role) this.deps.on({ kind: 'made-reader', id });
    const proofs = request.unproven === true ? known.proofs : request.proofs;
    const moderator = answer.moderator === true;
    const shown = { ...this.deps.session.person(request.proofs), moderator };
    const joiner = this.#put({ ...known, ...shown, role, transport, address, proofs, size: claimed(size) });
    this.deps.on(known.address === '' ? { kind: 'joined', joiner, again } : { kind: 'resized', joiner });
    this.deps.on({ kind: 'people' });
  }

  /** Somebody who asks or joins, with what they proved, as far as their edge has reported it. */
  #request(
    id: ParticipantId,
    role: Role,
    { transport, address }: Pick<ParticipantInfo, 'transport' | 'address'>,
  ): JoinRequest {
    const proofs = this.#proofs.get(id);
    const facts = { transport, address, keys: [], ...proofs };
    return proofs === undefined ? { id, role, proofs: facts, unproven: true } : { id, role, proofs: facts };
  }

  /** Somebody whom this home knows, or an earlier one had let in. */
  #stays({ id, proofs }: JoinRequest, as: Role): AdmissionAnswer {
    const moderator = this.#joiners.get(id)?.moderator ?? this.deps.session.moderates(proofs);
    return { kind: 'admitted', as, moderator };
  }

  #prove(id: ParticipantId, proofs: CarriedProofs): void {
    this.#proofs.delete(id);
    this.#proofs.set(id, proofs);
    forgetOldest(this.#proofs, MAX_PROOFS);
  }

  #send(joiner: RemoteJoiner, messages: readonly ServerMessage[]): void {
    if (!this.#mayType(joiner)) return;
    const allowed = messages.flatMap((message): ServerMessage[] => {
      if (message.type === 'pane-key') return [message];
      if (message.type !== 'exec-cmd' || !mayReachHost(message.args)) return [];
      return [{ ...message, clientId: joiner.clientId }];
    });
    if (allowed.length > 0) this.deps.on({ kind: 'typed', joiner, messages: allowed });
  }

  #mirror(joiner: RemoteJoiner, argv: readonly string[]): void {
    const command = parseCommand(argv);
    if (!this.#mayType(joiner) || !command.ok || whereRuns(command.value).where !== 'mirror') return;
    this.deps.on({ kind: 'mirror', joiner, command: command.value });
  }

  #mayType({ role, locked }: RemoteJoiner): boolean {
    return mayType(role) && locked !== true && !this.deps.session.paused();
  }

  #resize(joiner: RemoteJoiner, size: Size): void {
    this.deps.on({ kind: 'resized', joiner: this.#put({ ...joiner, size: claimed(size) }) });
  }

  /** The sender; if this home does not know them yet, only their role is known until their edge reports more. */
  #known({ participantId, edgeId }: ReceivedInput, claimedRole: Role): RemoteJoiner {
    const known = this.#joiners.get(participantId);
    if (known !== undefined) return known;
    const role = this.deps.session.readersOnly() ? 'reader' : claimedRole;
    const clientId = this.deps.session.nextClientId();
    return this.#put({ id: participantId, edgeId, role, transport: 'ssh', address: '', clientId, size: undefined });
  }

  #isFullFor(id: ParticipantId): boolean {
    return this.#joiners.size >= MAX_REMOTE_JOINERS && !this.#joiners.has(id);
  }

  #put(joiner: RemoteJoiner): RemoteJoiner {
    const before = this.#joiners.get(joiner.id);
    if (joiner.address !== '' && (before === undefined || before.address === '')) this.#joined += 1;
    this.#joiners.set(joiner.id, joiner);
    return joiner;
  }

  #remove(id: ParticipantId): void {
    const joiner = this.#joiners.get(id);
    if (joiner === undefined) return;
    this.#joiners.delete(id);
    this.#rejected.delete(id);
    // Somebody who never joined is not reported.
    if (joiner.address === '') return;
    this.#joined -= 1;
    this.deps.on({ kind: 'left', joiner });
    this.deps.on({ kind: 'people' });
  }

  #reject(id: ParticipantId, answer: AdmissionAnswer): void {
    this.#rejected.set(id, answer);
    this.deps.on({ kind: 'rejected', id, answer });
  }

  /** False if they could not type. */
  #takeWriting(id: ParticipantId): boolean {
    const joiner = this.#joiners.get(id);
    if (joiner?.role !== 'writer') return false;
    this.#joiners.set(id, { ...joiner, role: 'reader' });
    return true;
  }
}

const claimed = (size: Size): Size | undefined => (size.cols > 0 && size.rows > 0 ? size : undefined);

function mayReachHost(args: readonly string[]): boolean {
  const command = parseCommand(args);
  return command.ok && whereRuns(command.value).where === 'host';
}
