import type { Clock, Generation, ParticipantId, SessionId, Timer } from '#kernel';
import type { TokenPair } from '#access';
import type { ServerMessage } from '#tmate-protocol';
import { Audience } from './audience.js';
import type { HostGone, SessionObserver } from './observer.js';
import type { HostLink, JoinerSink, ParticipantInfo, SeatEnding, SessionControl, TerminalInfo } from './ports.js';
import { Seat } from './seat.js';
import type { SessionModel } from './session-model.js';
import type { Size } from './sizes.js';
import { ENDING_TEXT, HostText, waitingText } from './texts.js';

/** How a joiner is told to join, for a token. */
export interface JoinCommands {
  /** `ssh -p2222 TOKEN@host`, without `-p` for port 22. */
  ssh(token: string): string;
}

/** What a home needs from its edge. */
export interface HomeDeps {
  readonly clock: Clock;
  readonly observer: SessionObserver;
  readonly commands: JoinCommands;
  /** How long a lost host is waited for, in milliseconds. */
  readonly hostGraceMs: number;
  /** Called when the host is lost, and when it is back. */
  readonly onHost: (session: HomeSession, connected: boolean) => void;
  /** Called once, when the session is over for good. */
  readonly onClosed: (session: HomeSession, why: HostGone) => void;
}

/** A host's connection as its session sees it: where to send, what it said, which home it makes this. */
export interface HostAttachment {
  readonly link: HostLink;
  readonly model: SessionModel;
  readonly generation: Generation;
  /** What the host presents when it comes back. */
  readonly reconnectionData: string;
  /** The host had this session before, here or elsewhere. */
  readonly again: boolean;
}

const NO_LIMIT = -1;

/**
 * A host that shows no sign of life this long after input is sent something harmless. The stock client (2.4.0) may take
 * a packet in while it writes one, and then sleeps until the next one comes: without a nudge a key in a thousand would
 * wait for the key after it.
 */
export const NUDGE_MS = 30;

/**
 * A session at its home: the host's link, the model of what it shares, and this edge's joiners. It outlives the link: a
 * lost host is waited for, and takes up where it left.
 */
export class HomeSession implements SessionControl {
  readonly audience: Audience<Seat>;
  #model: SessionModel;
  #link: HostLink | undefined;
  #generation: Generation;
  #asked: Size | undefined;
  #statusLines = 1;
  #state: 'live' | 'reconnecting' | 'closed' = 'live';
  #lostUntil = 0;
  #countdown: Timer | undefined;
  #nextClientId = 1;
  #nudge: Timer | undefined;

  constructor(
    readonly id: SessionId,
    readonly tokens: TokenPair,
    private readonly deps: HomeDeps,
    attachment: HostAttachment,
    readonly createdAt: number,
  ) {
    this.audience = new Audience(deps.clock, (cols, rows, previous) => this.#model.compose(cols, rows, previous));
    this.#model = attachment.model;
    this.#generation = attachment.generation;
    this.#attach(attachment);
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

  get hostAddress(): string | undefined {
    return this.#link?.address;
  }

  /** The host is back, here, with a new connection: joiners go on where they were. An older connection ends. */
  reattach(attachment: HostAttachment): void {
    const old = this.#link;
    this.#link = undefined;
    if (old !== undefined) {
      old.send([{ type: 'notify', text: 'Another connection of this session took over' }]);
      old.close();
      this.deps.observer.hostGone(this.id, 'replaced');
    }
    this.#attach(attachment);
  }

  /** The link is gone without a word: the host is waited for. */
  hostLost(link: HostLink, why: HostGone, detail?: string): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#asked = undefined;
    this.#state = 'reconnecting';
    this.deps.observer.hostGone(this.id, why, detail);
    this.deps.onHost(this, false);
    this.#lostUntil = this.deps.clock.now() + this.deps.hostGraceMs;
    this.#tick();
  }

  /** The host said that the session is over. */
  fin(): void {
    this.close('fin', 'ended');
  }

  /** Ends the session for everybody. */
  close(why: HostGone, ending: SeatEnding): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#end(ending);
    this.deps.observer.sessionClosed(this.id, why);
    this.deps.onClosed(this, why);
  }

  /** This edge stops: joiners are told to come back, the host goes to look for another edge. The session lives on. */
  detach(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#end('shutdown');
    this.deps.observer.hostGone(this.id, 'shutdown');
  }

  /** Seats a joiner. */
  join(info: ParticipantInfo, terminal: TerminalInfo, sink: JoinerSink): Seat {
    const seat = new Seat({
      info,
      terminal,
      sink,
      clientId: this.#nextClientId++,
      clock: this.deps.clock,
      observer: this.deps.observer,
      audience: this.audience,
      control: this,
      model: () => this.#model,
    });
    this.audience.add(seat);
    this.#model.wake();
    if (this.#state === 'reconnecting') seat.notice(waitingText(this.#lostUntil - this.deps.clock.now()));
    seat.start();
    this.deps.observer.joined(this.id, info);
    this.#tellHost(HostText.joined(info.address, this.audience.size));
    if (info.role === 'writer') this.#askForSize();
    return seat;
  }

  send(from: ParticipantId, messages: readonly ServerMessage[]): void {
    if (this.audience.get(from)?.info.role !== 'writer') return;
    this.#link?.send(messages);
    this.#nudge ??= this.deps.clock.after(NUDGE_MS, () => {
      this.#nudge = undefined;
      this.#link?.send([this.#clients]);
    });
  }

  /** The host said something: it is awake. */
  heard(): void {
    this.#nudge?.cancel();
    this.#nudge = undefined;
  }

  resized(from: ParticipantId): void {
    if (this.audience.get(from)?.info.role === 'writer') this.#askForSize();
  }

  leave(from: ParticipantId, ending: SeatEnding): void {
    const seat = this.audience.get(from);
    if (seat === undefined) return;
    this.#remove(seat, ending);
    this.#tellHost(HostText.left(seat.info.address, this.audience.size));
    if (seat.info.role === 'writer') this.#askForSize();
  }

  #end(ending: SeatEnding): void {
    this.#countdown?.cancel();
    this.heard();
    for (const seat of this.audience.seats) this.#remove(seat, ending);
    this.audience.dispose();
    this.#model.onChange = undefined;
    const link = this.#link;
    this.#link = undefined;
    link?.close();
  }

  /** A command of a seat failed at the host. */
  #failed(clientId: number, cause: string): void {
    for (const seat of this.audience.seats) {
      if (seat.clientId === clientId) seat.message(cause.charAt(0).toUpperCase() + cause.slice(1));
    }
  }

  #attach({ link, model, generation, reconnectionData, again }: HostAttachment): void {
    this.#link = link;
    this.#model.onChange = undefined;
    this.#model = model;
    this.#generation = generation;
    this.#state = 'live';
    this.#asked = undefined;
    this.#countdown?.cancel();
    this.#countdown = undefined;
    model.onChange = () => this.#modelChanged();
    model.onCommandFailed = (clientId, cause) => this.#failed(clientId, cause);
    if (this.audience.size > 0) model.wake();
    const { writer, reader } = this.tokens;
    const texts = again
      ? [HostText.reconnected]
      : [
          HostText.clearBeforeReadOnly,
          HostText.sshReadOnly(this.deps.commands.ssh(reader)),
          HostText.ssh(this.deps.commands.ssh(writer)),
        ];
    const environment: [string, string][] = [
      ['tmate_ssh_ro', this.deps.commands.ssh(reader)],
      ['tmate_ssh', this.deps.commands.ssh(writer)],
      ['tmate_num_clients', String(this.audience.size)],
      ['tmate_reconnection_data', reconnectionData],
    ];
    link.send([
      ...texts.map((text) => ({ type: 'notify', text }) as const),
      ...environment.map(([name, value]) => ({ type: 'set-env', name, value }) as const),
      { type: 'ready' },
    ]);
    this.#askForSize();
    for (const seat of this.audience.seats) seat.notice(undefined);
    this.audience.changed();
  }

  /** Whether there is a status line decides how large a window fits. */
  #modelChanged(): void {
    this.audience.changed();
    if (this.#model.statusLines !== this.#statusLines) this.#askForSize();
  }

  #remove(seat: Seat, ending: SeatEnding): void {
    this.audience.remove(seat);
    seat.end(ending, ENDING_TEXT[ending]);
    this.deps.observer.left(this.id, seat.info, ending);
  }

  #tellHost(text: string): void {
    this.#link?.send([this.#clients, { type: 'notify', text }]);
  }

  get #clients(): ServerMessage {
    return { type: 'set-env', name: 'tmate_num_clients', value: String(this.audience.size) };
  }

  /** Asks the host for the window that fits every writer, if it is another than it was asked for last. */
  #askForSize(): void {
    if (this.#link === undefined) return;
    this.#statusLines = this.#model.statusLines;
    const size = this.audience.smallestWindow(this.#statusLines);
    if (size?.cols === this.#asked?.cols && size?.rows === this.#asked?.rows) return;
    this.#asked = size;
    this.#link.send([{ type: 'resize', cols: size?.cols ?? NO_LIMIT, rows: size?.rows ?? NO_LIMIT }]);
  }

  #tick(): void {
    const leftMs = this.#lostUntil - this.deps.clock.now();
    if (leftMs <= 0) {
      this.close('expired', 'lost');
      return;
    }
    for (const seat of this.audience.seats) seat.notice(waitingText(leftMs));
    this.#countdown = this.deps.clock.after(Math.min(1000, leftMs), () => this.#tick());
  }
}
