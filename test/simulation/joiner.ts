import { randomUUID } from 'node:crypto';
import xterm from '@xterm/headless';
import { participantId, type Role } from '#kernel';
import type { JoinerSink, Seat, SeatEnding } from '#session';
import type { SimEdge } from './edge.js';
import { COLS, ROWS, type SimHost } from './host.js';
import { Pipe } from './pipe.js';
import type { SimWorld } from './world.js';

/** How soon a person, or a page, tries again. */
const AGAIN_MS = { ssh: 3_000, web: 1_000 } as const;
/** How long somebody looks at a terminal that does not answer before they join elsewhere. */
const PATIENCE_MS = { ssh: 40_000, web: 15_000 } as const;
/** Texts by which a seat says that something typed may not have arrived. */
const LOST = /did not|check that|not sent|may not|lost|not arrive/i;
/** The last line says that what is shown may be old. */
export const FROZEN_TEXT = /Waiting for|lost its connection|reconnecting|not responding/i;

/** A key that somebody typed, as a character that nobody else types. */
export interface Typed {
  readonly char: number;
  /** In which of the joiner's stays, counted. */
  readonly stay: number;
  readonly atMs: number;
  /** When the one who typed it was told that it may not have arrived. */
  toldMs: number | undefined;
}

/** A joiner: a person at a terminal, or a page. */
export class SimJoiner {
  #seat: Seat | undefined;
  edge: SimEdge | undefined;
  /** Bytes pass between terminal and edge. */
  #pipe: Pipe;
  #reading = true;
  #online = true;
  #invited = false;
  #left = false;
  #attempt = 0;
  #stays = 0;
  #stay: Stay | undefined;
  /** The last moment at which its edge did something. */
  #patienceMs = 0;
  #end: (() => void) | undefined;
  readonly typed: Typed[] = [];
  /** The session of the last stay. */
  session: string | undefined;
  /** How the last stay ended. */
  ending: SeatEnding | undefined;
  /** What came of the last attempt to join. */
  refusal: string | undefined;

  constructor(
    private readonly world: SimWorld,
    readonly name: string,
    readonly host: SimHost,
    private readonly how: { readonly kind: 'ssh' | 'web'; readonly role: Role },
    private readonly region: string,
  ) {
    this.#pipe = new Pipe(world.time, world.dice);
  }

  /** Whether it wants to be in its session. */
  get wants(): boolean {
    return this.#invited && !this.#left;
  }

  get seated(): boolean {
    return this.#seat !== undefined;
  }

  /** Whether the terminal takes what it is sent. */
  get reads(): boolean {
    return this.#reading && this.#online;
  }

  line(y: number): string {
    return this.#stay?.line(y) ?? '';
  }

  /** How new the host's screen is that is shown; -1: none. */
  get version(): number {
    return Number(/^v(\d+)$/.exec(this.line(0))?.[1] ?? -1);
  }

  get saysFrozen(): boolean {
    return FROZEN_TEXT.test(`${this.line(ROWS - 1)} ${this.line(ROWS)}`);
  }

  /** It is notified about something else for a moment. */
  get readsMessage(): boolean {
    return LOST.test(this.line(ROWS));
  }

  join(): void {
    this.#invited = true;
    if (this.#left || this.#seat !== undefined) return;
    const attempt = ++this.#attempt;
    const edge = this.world.anyEdge(this.world.dice.oneIn(3) ? undefined : this.region);
    const user = this.host.tokens[this.how.role];
    const again = (why: string): void => {
      if (attempt !== this.#attempt) return;
      this.refusal = why;
      this.world.trace(() => `${this.name} cannot join: ${why}`);
      this.world.time.after(AGAIN_MS[this.how.kind], () => this.join());
    };
    if (edge === undefined || this.host.tokens.writer === '' || !this.#online) return again('nowhere to go');
    // Nobody waits forever for a silent server.
    this.world.time.after(30_000, () => {
      if (this.#seat === undefined) again('no answer');
    });
    edge.process.deliver(() => {
      this.#enter(edge, user, () => attempt === this.#attempt).then(
        (why) => why === undefined || again(why),
        (error: unknown) => again(error instanceof Error ? error.message : String(error)),
      );
    });
  }

  /** Types keys that nobody typed before. */
  type(count: number): void {
    if (this.how.role !== 'writer') return;
    for (let n = 0; n < count; n++) this.#key();
  }

  pauseReading(): void {
    this.#reading = false;
  }

  resumeReading(): void {
    this.#reading = true;
    this.#becameReady();
  }

  /** What is typed does not get to the edge, and what is shown comes still. */
  mute(): void {
    this.#pipe.block();
  }

  unmute(): void {
    if (this.#online) this.#pipe.unblock();
  }

  /** The network between the terminal and the edge is away. */
  offline(): void {
    this.#online = false;
    this.#pipe.block();
  }

  online(): void {
    if (this.#online) return;
    this.#online = true;
    this.#pipe.unblock();
    const seat = this.#seat;
    if (this.how.kind === 'web' && seat !== undefined) this.#toEdge(() => seat.repaint());
    this.#becameReady();
  }

  leave(): void {
    this.#left = true;
    const seat = this.#seat;
    if (seat !== undefined) this.#toEdge(() => seat.leave('detached'));
    this.#stayOver();
  }

  /** A stay is over, by the edge's word. */
  ended(ending: SeatEnding): void {
    this.ending = ending;
    this.world.judge.ended(this, ending);
    this.#stayOver();
    this.#again();
  }

  /** Somebody who has waited for long enough joins elsewhere. */
  lookAround(): void {
    if (this.#seat === undefined || this.edge === undefined || this.edge.process.dead) return;
    if (!this.edge.process.paused) {
      this.#patienceMs = this.world.time.nowMs;
      return;
    }
    if (this.world.time.nowMs - this.#patienceMs < PATIENCE_MS[this.how.kind]) return;
    const seat = this.#seat;
    this.#toEdge(() => seat.leave('detached'));
    this.#stayOver();
    this.#again();
  }

  async #enter(edge: SimEdge, user: string, wanted: () => boolean): Promise<string | undefined> {
    const target = await edge.sessions.find(user);
    if (target.kind !== 'session') return target.kind;
    const request = {
      id: participantId(randomUUID()),
      role: target.role,
      proofs: { transport: this.how.kind, address: '192.0.2.9', keys: [] },
    };
    const terminal = { cols: COLS, rows: ROWS + 1, term: 'xterm-256color', colorTerm: undefined, utf8: true };
    const stay = new Stay(this);
    const seat = await target.join(request, terminal, stay);
    if (!wanted() || this.#left || stay.over) {
      seat.leave('detached');
      return undefined;
    }
    this.#pipe = new Pipe(this.world.time, this.world.dice);
    if (!this.#online) this.#pipe.block();
    this.#stays += 1;
    this.#seat = seat;
    this.edge = edge;
    this.session = target.id;
    this.refusal = undefined;
    this.world.trace(() => `${this.name} has a seat at ${this.world.nameOf(edge)}`);
    this.#patienceMs = this.world.time.nowMs;
    this.#stay = stay;
    const told = seat.message.bind(seat);
    seat.message = (text) => {
      this.world.trace(() => `${this.name} is told: ${text}`);
      if (LOST.test(text)) this.#told();
      told(text);
    };
    this.#end = () => {
      this.#stayOver();
      this.#again();
    };
    edge.gone.add(this.#end);
    return undefined;
  }

  #key(): void {
    const seat = this.#seat;
    const { edge } = this;
    if (seat === undefined || edge === undefined) return;
    const char = this.world.nextChar();
    this.world.trace(() => `${this.name} types ${char & 0xffff}`);
    this.typed.push({ char, stay: this.#stays, atMs: this.world.time.nowMs, toldMs: undefined });
    const bytes = new TextEncoder().encode(String.fromCodePoint(char));
    this.#toEdge(() => seat.input(bytes));
  }

  #toEdge(run: () => void): void {
    const { edge } = this;
    this.#pipe.send(() => edge?.process.deliver(run));
  }

  #becameReady(): void {
    if (this.reads && this.#seat !== undefined) this.#toEdge(() => this.#stay?.becomeReady());
  }

  /** What has not arrived by now may never do, and whoever typed it knows. */
  #told(): void {
    for (const one of this.typed) one.toldMs ??= this.world.time.nowMs;
  }

  #stayOver(): void {
    if (this.#stay !== undefined) this.#stay.over = true;
    if (this.#end !== undefined) this.edge?.gone.delete(this.#end);
    this.#end = undefined;
    this.#told();
    this.#seat = undefined;
    this.edge = undefined;
  }

  #again(): void {
    if (!this.#left) this.world.time.after(AGAIN_MS[this.how.kind], () => this.join());
  }
}

/** One stay's terminal: one of a stay that is over is not looked at any more. */
class Stay implements JoinerSink {
  over = false;
  becomeReady: () => void = () => undefined;
  readonly #screen = new xterm.Terminal({
    cols: COLS,
    rows: ROWS + 1,
    allowProposedApi: true,
    scrollback: 0,
    logLevel: 'off',
  });

  /** What was read of the screen as it is. */
  #lines: string[] = [];

  constructor(private readonly joiner: SimJoiner) {}

  get ready(): boolean {
    return this.over || this.joiner.reads;
  }

  line(y: number): string {
    return (this.#lines[y] ??= this.#read(y));
  }

  write(bytes: Uint8Array): void {
    if (this.over) return;
    this.#lines = [];
    // The public \`write\` is done a timer tick later.
    const core = (this.#screen as unknown as { _core: { writeSync(data: Uint8Array): void } })._core;
    core.writeSync(bytes);
  }

  onReady(listener: () => void): void {
    this.becomeReady = listener;
  }

  end(ending: SeatEnding): void {
    if (this.over) return;
    this.over = true;
    this.joiner.ended(ending);
  }

  #read(y: number): string {
    const { active } = this.#screen.buffer;
    const line = active.getLine(active.baseY + y)?.translateToString(true);
    return line?.trimEnd() ?? '';
  }
}
