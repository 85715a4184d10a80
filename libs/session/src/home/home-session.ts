import type { Account, Clock, Generation, SessionId, Tracer } from '#kernel';
import type { SentAway, SessionPolicy, TokenPair } from '#access';
import type { Relay } from '#relay';
import type { HostMessage } from '#tmate-protocol';
import type { SessionModel } from '../model/session-model.js';
import type { HostGone, SessionObserver } from '../observer.js';
import type { HostLink } from '../ports.js';
import { guardedClock, type FaultEnding } from '../room/fault-boundary.js';
import { Room } from '../room/room.js';
import type { JoinCommands } from '../share.js';
import { OVER_TEXT } from '../texts.js';
import { HOST_ANSWERS, type HostState, type SessionEnding } from '../wire/stream-records.js';
import { HostWebhooks, type HookTarget } from './host-webhooks.js';
import { HostSide, type HostEvent, type HostWelcome } from './host-side.js';
import { JoinTraces } from './join-traces.js';
import { JoinerTraffic } from './joiner-traffic.js';
import type { TimeOver } from './lifetime.js';
import { ReplicaFeed } from './replica-feed.js';
import type { HookListener } from './session-hooks.js';
import type { SessionJoiners } from './session-joiners.js';
import { SessionRules } from './session-rules.js';

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
export interface HostAttachment extends HostWelcome {
  readonly model: SessionModel;
  readonly generation: Generation;
  readonly hook?: HookTarget;
  /** What the host asks for, as it is at any time. */
  readonly policy: () => SessionPolicy;
}

/** A host that has begun another session comes back to the one that it had within this, or does not: its client tries every 2 s. */
const REPLACED_MS = 10_000;

/** A session that gets its home here. */
export interface HomeStart {
  readonly id: SessionId;
  readonly tokens: TokenPair;
  /** In ms since the epoch; it is kept over reconnections and takeovers. */
  readonly createdAt: number;
  readonly attachment: HostAttachment;
  /** The joiners that were here before their host was. */
  readonly room?: Room | undefined;
}

/**
 * A session at its home: brings together the host, the joiners and the replicas. It outlives the host's connection: a lost host
 * is waited for, and takes up where it left.
 */
export class HomeSession {
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
  #state: 'live' | 'reconnecting' | 'closed' = 'live';
  #ending: SessionEnding | undefined;
  /** Its host has begun another session, and has not come back to this one since. */
  #isReplaced = false;

  constructor(
    private readonly deps: HomeDeps,
    { id, tokens, createdAt, attachment, room }: HomeStart,
  ) {
    const { commands, observer } = deps;
    this.id = id;
    this.createdAt = createdAt;
    this.#model = attachment.model;
    this.#generation = attachment.generation;
    // What its timers run may end this session, and nothing else. The room, where faults stop, is made after what needs a clock.
    const clock = guardedClock(deps.clock, (run) => this.room.boundary.run('timer', run));
    this.host = new HostSide(tokens, {
      clock,
      commands,
      model: () => this.#model,
      joiners: () => this.joiners,
      on: (event) => this.#onHost(event),
    });
    this.rules = new SessionRules({
      sessionId: id,
      clock,
      createdAt,
      policy: attachment.policy,
      commands,
      observer,
      host: this.host,
      joiners: () => this.joiners,
      onTimeOver: (why) => this.#timeOver(why),
    });
    this.#hooks = new HostWebhooks(id, deps.onHook);
    this.#traces = new JoinTraces(id, clock, deps.tracer);
    this.#feed = new ReplicaFeed({
      sessionId: id,
      relay: deps.relay,
      clock,
      lingerClock: deps.clock,
      guarded: (what, run) => this.room.boundary.run(what, run),
      model: () => this.#model,
      host: () => this.#hostState,
      joiners: () => this.joiners,
      ledger: deps.ledger,
      onSuperseded: (newer) => deps.onSuperseded(this, newer),
      failed: (what, error) => observer.failed(what, error),
    });
    this.room = room ?? new Room(id, deps);
    this.traffic = new JoinerTraffic(this.room, {
      host: this.host,
      feed: this.#feed,
      rules: this.rules,
      hooks: this.#hooks,
      traces: this.#traces,
      observer,
      session: this,
    });
    if (room === undefined) this.room.feed(this.traffic);
    this.#attach(attachment);
    // A room with joiners is fed from here once the host knows of them.
    if (room !== undefined) room.feed(this.traffic);
  }

  /** Everybody who has joined, here and elsewhere. */
  get joiners(): SessionJoiners {
    return this.traffic.joiners;
  }

  get state(): 'live' | 'reconnecting' | 'closed' {
    return this.#state;
  }

  /** How it ended; undefined while it goes on, here or at another home. */
  get ending(): SessionEnding | undefined {
    return this.#ending;
  }

  get model(): SessionModel {
    return this.#model;
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** The host is back, here, with a new connection: joiners go on where they were. An older connection ends. */
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
    this.#state = 'live';
    this.#isReplaced = false;
    this.host.attach(attachment);
    this.#hooks.registered(this.host, model, again);
    this.host.askForSize();
    this.room.refresh();
    this.#feed.open(generation);
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

  /**
   * Whether the host, which seems to have come back, is really there. A connection that does not answer counts as lost from now
   * on.
   */
  async isHostThere(): Promise<boolean> {
    const { link } = this.host;
    if (link === undefined) return false;
    if (await link.isAlive()) return true;
    if (link === this.host.link) {
      this.hostLost(link, 'lost');
      link.close();
    }
    return false;
  }

  /** The link is gone without a word: the host is waited for. */
  hostLost(link: HostLink, why: HostGone, detail?: string): void {
    if (link !== this.host.link) return;
    const { hostGraceMs, observer, onHost } = this.deps;
    this.room.boundary.run('host lost', () => {
      this.#hooks.disconnected();
      this.traffic.inDoubt(this.host.detach());
      this.#state = 'reconnecting';
      observer.hostGone(this.id, why, detail);
      onHost(this, false);
      this.#waitFor(hostGraceMs);
    });
  }

  /**
   * The host has begun another session in place of this one. It may come back to this one, too, as when its network was away:
   * a short time is enough for that.
   */
  replaced(): void {
    const { leftMs } = this.host.wait;
    if (this.#state !== 'reconnecting' || this.#isReplaced || leftMs === undefined) return;
    this.#isReplaced = true;
    this.#waitFor(Math.min(leftMs, REPLACED_MS));
  }

  #waitFor(leftMs: number): void {
    this.host.wait.start(leftMs);
    this.#feed.publish({ kind: 'waiting', leftMs });
  }

  #onHost(event: HostEvent): void {
    switch (event.kind) {
      case 'takes-input':
        this.room.sendQueued();
        break;
      case 'silent':
        this.#feed.publish({ kind: 'probed', nonce: HOST_ANSWERS, alive: !event.silent });
        this.room.noticed();
        break;
      case 'waited-for':
        this.room.noticed();
        break;
      case 'given-up': {
        const missingMs = this.deps.missingMs();
        if (missingMs > 0) this.host.wait.start(missingMs);
        else if (this.#isReplaced) this.close('replaced', 'replaced');
        else this.close('expired', 'lost');
        break;
      }
    }
  }

  /** The host asks for something else: what it says of those who are here counts at once. */
  policyChanged(): void {
    if (this.#state === 'closed') return;
    this.room.boundary.run('policy', () => this.rules.changed());
  }

  /** The session has these tokens from now on; `tellTokens` tells the host. */
  replaceTokens(tokens: TokenPair): void {
    this.host.replaceTokens(tokens);
    // Whoever waits came with one of the old ones.
    this.rules.admissions.recheck();
  }

  /** Tells the host, and webhooks, how to join after the tokens were replaced. */
  announceTokens(notices: readonly string[]): void {
    this.host.announceTokens(notices);
    this.#hooks.registered(this.host, this.#model, true);
  }

  /** Whoever is inside and is meant by one of these entries has to leave, or may only look: at every edge, at once. */
  keepAway(entries: readonly SentAway[]): void {
    this.joiners.keepAway(entries, this.deps.clock.now());
    this.#feed.peopleChanged();
    this.host.askForSize();
  }

  /** Time goes on: packs what nobody looks at away, a little at each step, or draws the clock of a status line. */
  *sweep(quietMs: number): Generator<void> {
    const { boundary, audience } = this.room;
    if (audience.size > 0) boundary.run('sweep', () => this.#model.tick());
    else yield* boundary.steps('sweep', () => this.#model.packing(quietMs));
  }

  /** The host said that the session is over; a connection that was replaced has no say in it. */
  fin(link: HostLink): void {
    if (link === this.host.link) this.close('fin', 'ended');
  }

  /** A fault of ours, or what the session costs, ends it; `text` is for the host. */
  faulted(ending: FaultEnding, text: string): void {
    this.host.notify([text]);
    this.deps.onFault?.(this.host.link);
    this.close(ending, ending);
  }

  /** The session ends by what its host has set. */
  #timeOver(why: TimeOver): void {
    this.host.notify([OVER_TEXT[why]]);
    this.close(why, why);
  }

  /** Ends the session for everybody. */
  close(why: HostGone, ending: SessionEnding): void {
    if (this.#state === 'closed') return;
    this.#hooks.closed();
    this.#state = 'closed';
    this.#ending = ending;
    this.#feed.end({ kind: 'ended', ending });
    this.#leave();
    this.room.end(ending);
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
    if (why === 'shutdown' && this.host.link !== undefined) this.#hooks.disconnected();
    this.#state = 'closed';
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

  get #hostState(): HostState {
    if (this.#ending !== undefined) return { kind: 'ended', ending: this.#ending };
    const { leftMs } = this.host.wait;
    return leftMs === undefined ? { kind: 'live' } : { kind: 'waiting', leftMs };
  }
}
