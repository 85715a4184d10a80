import type { Generation, ParticipantId, SessionId } from '#kernel';
import type { SessionLock, TokenPair } from '#access';
import type { HostMessage } from '#tmate-protocol';
import type { SessionModel } from '../model/session-model.js';
import type { HostGone } from '../observer.js';
import type { HostLink } from '../ports.js';
import type { FaultEnding } from '../room/fault-boundary.js';
import { Room } from '../room/room.js';
import { OVER_TEXT } from '../texts.js';
import {
  HOST_ANSWERS,
  pauseRecord,
  seatLockRecord,
  type HostState,
  type SessionEnding,
} from '../wire/stream-records.js';
import type { HomeDeps, HomeStart, HostAttachment } from './home-deps.js';
import type { HomeState } from './home-state.js';
import { HostWebhooks } from './host-webhooks.js';
import { HostSide, type HostEvent } from './host-side.js';
import { JoinTraces } from './join-traces.js';
import { JoinerTraffic } from './joiner-traffic.js';
import type { TimeOver } from './lifetime.js';
import { ReplicaFeed } from './replica-feed.js';
import type { SessionJoiners } from './session-joiners.js';
import { SessionRules } from './session-rules.js';

/**
 * A session at its home: brings together the host, the joiners and the replicas. It outlives the host's connection: it waits for
 * a lost host, which continues where it was.
 */
export class HomeSession implements HomeState {
  readonly id: SessionId;
  readonly createdAt: number;
  readonly room: Room;
  readonly host: HostSide;
  readonly rules: SessionRules;
  readonly traffic: JoinerTraffic;
  readonly #feed: ReplicaFeed;
  readonly #hooks: HostWebhooks;
  readonly #traces: JoinTraces;
  #model: SessionModel;
  #generation: Generation;
  #isClosed = false;
  #ending: SessionEnding | undefined;

  constructor(
    private readonly deps: HomeDeps<HomeSession>,
    { id, tokens, createdAt, attachment, room }: HomeStart,
  ) {
    const { commands, observer, relay, ledger, clock: lingerClock, hostGraceMs: graceMs, missingMs } = deps;
    this.id = id;
    this.createdAt = createdAt;
    this.#model = attachment.model;
    this.#generation = attachment.generation;
    this.room = room ?? new Room(id, deps);
    const { clock } = this.room;
    const on = (event: HostEvent): void => this.#onHost(event);
    const host = (this.host = new HostSide(tokens, { clock, commands, graceMs, missingMs, session: this, on }));
    const { policy } = attachment;
    const onTimeOver = (why: TimeOver): void => this.#timeOver(why);
    const onInvitation = (hash: string): void => deps.onInvitation?.(this, hash);
    const rules = (this.rules = new SessionRules({
      session: this,
      policy,
      commands,
      observer,
      host,
      onTimeOver,
      onInvitation,
      moderators: () => this.traffic.moderators,
      onRequest: (who, { secret, until }) => this.#hooks.requested(who, { url: commands.decide?.(secret), until }),
      onPause: (pause) => this.#feed.publish(pauseRecord(pause)),
      onSeatLock: (ms) => this.#feed.publish(seatLockRecord(ms)),
    }));
    const hooks = (this.#hooks = new HostWebhooks(id, deps.onHook));
    const traces = (this.#traces = new JoinTraces(id, clock, deps.tracer));
    const onSuperseded = (newer: Generation): void => deps.onSuperseded(this, newer);
    const feed = new ReplicaFeed({ session: this, relay, lingerClock, ledger, observer, onSuperseded });
    this.#feed = feed;
    this.traffic = new JoinerTraffic({ session: this, host, feed, rules, hooks, traces, observer });
    if (room === undefined) this.room.feed(this.traffic);
    this.#attach(attachment);
    // A room with joiners is fed from here once the host knows of them.
    if (room !== undefined) room.feed(this.traffic);
  }

  get joiners(): SessionJoiners {
    return this.traffic.joiners;
  }

  get state(): 'live' | 'reconnecting' | 'closed' {
    if (this.#isClosed) return 'closed';
    return this.host.link === undefined ? 'reconnecting' : 'live';
  }

  get ending(): SessionEnding | undefined {
    return this.#ending;
  }

  get hostState(): HostState {
    if (this.#ending !== undefined) return { kind: 'ended', ending: this.#ending };
    const { leftMs } = this.host.wait;
    return leftMs === undefined ? { kind: 'live' } : { kind: 'waiting', leftMs };
  }

  get model(): SessionModel {
    return this.#model;
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** The host is back, at this edge, with a new connection: joiners continue where they were. An older connection ends. */
  reattach(attachment: HostAttachment): void {
    const old = this.host.link;
    const doubtful = this.host.detach();
    if (old !== undefined) {
      old.send([{ type: 'notify', text: 'Another connection took over this session' }]);
      old.close();
      this.deps.observer.hostGone(this.id, 'replaced');
    }
    this.traffic.inDoubt(doubtful);
    this.#attach(attachment);
  }

  #attach(attachment: HostAttachment): void {
    const { model, generation, again, policy, hook } = attachment;
    this.rules.attach(policy);
    this.#hooks.attach(hook, generation);
    this.#takeModel(model);
    this.#generation = generation;
    this.host.attach(attachment);
    this.#hooks.registered(this.host, model, again);
    this.host.askForSize();
    this.room.refresh();
    this.#feed.open(generation);
    this.rules.lookAtPause();
    this.rules.admissions.remind();
    this.rules.lifetime.touch();
    this.room.sendQueued();
    this.traffic.reportDoubtful();
  }

  #takeModel(model: SessionModel): void {
    const former = this.#model;
    former.onChange = undefined;
    model.continueFrom(former);
    this.#model = model;
    if (former !== model) former.dispose();
    model.onChange = () => {
      this.room.audience.changed();
      this.host.modelChanged();
    };
    model.onCommandFailed = (clientId, cause) => this.traffic.failed(clientId, cause);
  }

  /** A message of the host that the model has taken, as it came. */
  hostMessage(link: HostLink, message: HostMessage, bytes: Uint8Array): void {
    if (link !== this.host.link) return;
    if (message.type === 'pty-data') this.rules.lifetime.touch();
    this.#feed.hostMessage(message, bytes);
  }

  #onHost(event: HostEvent): void {
    switch (event.kind) {
      case 'lost':
        this.#hooks.disconnected();
        this.traffic.inDoubt(event.doubtful);
        this.deps.observer.hostGone(this.id, event.why, event.detail);
        this.deps.onHost(this, false);
        break;
      case 'takes-input':
        this.room.sendQueued();
        break;
      case 'arrived':
        for (const from of event.from) this.#feed.arrived(from);
        break;
      case 'silent':
        this.#feed.publish({ kind: 'probed', nonce: HOST_ANSWERS, alive: !event.silent });
        this.room.noticed();
        break;
      case 'waited-for':
        this.room.noticed();
        break;
      case 'waiting':
        this.#feed.publish(event);
        break;
      case 'given-up':
        if (event.replaced) this.close('replaced', 'replaced');
        else this.close('expired', 'lost');
        break;
    }
  }

  /** Replaces the session's tokens; `announceTokens` sends the new ones to the host. */
  replaceTokens(tokens: TokenPair): void {
    this.host.replaceTokens(tokens);
    // Everyone who waits came with one of the old tokens.
    this.rules.admissions.recheck();
  }

  /** Tells the host, and webhooks, how to join after the tokens were replaced. */
  announceTokens(notices: readonly string[]): void {
    this.host.announceTokens(notices);
    this.#hooks.registered(this.host, this.#model, true);
  }

  /** Somebody in it, `who`, locks the session, or unlocks it. */
  lock(lock: SessionLock | undefined, who: string, by: ParticipantId): void {
    this.deps.onLock?.(this, lock, who, by);
  }

  /** Called periodically: packs panes that nobody watches, a few at each call, or draws the clock of a status line. */
  *sweep(quietMs: number): Generator<void> {
    const { boundary, audience } = this.room;
    if (audience.size > 0) boundary.run('sweep', () => this.#model.tick());
    else yield* boundary.steps('sweep', () => this.#model.packing(quietMs));
  }

  /** The host said that the session is over. A connection that was replaced cannot end it. */
  fin(link: HostLink): void {
    if (link === this.host.link) this.close('fin', 'ended');
  }

  /** A fault of ours, or what the session costs, ends it; `text` is for the host. */
  faulted(ending: FaultEnding, text: string): void {
    this.host.notify([text]);
    this.deps.onFault?.(this.host.link);
    this.close(ending, ending);
  }

  #timeOver(why: TimeOver): void {
    this.host.notify([OVER_TEXT[why]]);
    this.close(why, why);
  }

  /** Ends the session for everybody. */
  close(why: HostGone, ending: SessionEnding): void {
    if (this.#isClosed) return;
    this.#hooks.closed();
    this.#isClosed = true;
    this.#ending = ending;
    this.#feed.end({ kind: 'ended', ending });
    this.#leave();
    this.room.end(ending);
    this.#model.dispose();
    this.deps.observer.sessionClosed(this.id, why);
    this.deps.onClosed(this, why);
  }

  /** This edge stops: joiners are asked to come back, and the host looks for another edge. The session continues. */
  detach(): void {
    if (this.#isClosed) return;
    this.handOver('shutdown');
    this.room.end('shutdown');
    this.#model.dispose();
  }

  /** This edge is not the home any more: the host is let go, the joiners stay in their room. */
  handOver(why: HostGone): void {
    if (this.#isClosed) return;
    if (why === 'shutdown' && this.host.link !== undefined) this.#hooks.disconnected();
    this.#isClosed = true;
    this.traffic.inDoubt(this.host.dispose());
    this.#feed.publish({ kind: 'waiting', leftMs: this.deps.hostGraceMs });
    this.#leave();
    this.traffic.reportDoubtful();
    this.deps.observer.hostGone(this.id, why);
  }

  /** Lets go of the host and of the replicas. */
  #leave(): void {
    this.rules.close(this.#ending === undefined ? 'moved' : 'closed');
    this.#traces.dispose();
    this.#feed.dispose();
    this.#model.onChange = undefined;
    this.host.dispose();
  }
}
