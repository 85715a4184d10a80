import { randomUUID } from 'node:crypto';
import {
  agoText,
  durationText,
  failureCode,
  isShipmateError,
  NO_TRACER,
  participantId,
  ShipmateError,
  type Clock,
  type Span,
  type Timer,
  type Tracer,
} from '#kernel';
import { exceededText, isExceeded, type Quotas, type Stay } from '#access';
import type { SessionTarget } from '#fleet';
import { NotLetIn, type Route, type TerminalInfo } from '#session';
import { PASSWORD_TRIES, type Arrivals, type Quota, type TooMany } from '#edge';
import { background } from '#platform';
import type { ClientMessage, HelloMessage } from '#web-protocol';
import type { PageConnection, PageConnectionListener } from './page-connection.js';
import { PageSeat } from './page-seat.js';
import type { PageSeats } from './page-seats.js';
import type { WebEdgeObserver, WebEnding, WebRefusal } from './web-edge-observer.js';

/** Several keys typed at once are acknowledged together: a page needs that to forget them, not to show them. */
const TAKEN_DELAY_MS = 30;

/** How long somebody may take to type a password. */
const PASSWORD_MS = 180_000;
/** The first version that has questions in it. */
const ASKING_VERSION = 2;

const MAX_U32 = 0xffffffff;

export interface VisitOptions {
  readonly arrivals: Arrivals;
  readonly clock: Clock;
  readonly observer: WebEdgeObserver;
  readonly quotas: Pick<Quotas<Quota>, 'look' | 'enter'>;
  readonly tracer?: Tracer;
}

/** One connection of a page, from its hello to its end: gets it a seat, or the seat that it had. */
export class Visit implements PageConnectionListener {
  readonly #began: number;
  #seat: PageSeat | undefined;
  #route: Route | undefined;
  #taken: Timer | undefined;
  /** Who waits for what the page says of the password. */
  #answer: ((text: string) => void) | undefined;
  readonly #gone = new AbortController();
  /** Until it has a seat, or will have none. */
  readonly #span: Span<'join'>;
  #isEnded = false;

  constructor(
    private readonly options: VisitOptions,
    private readonly seats: PageSeats,
    private readonly connection: PageConnection,
    /** The token or name that it came with. A secret. */
    private readonly joinKey: string | undefined,
    /** Called when it has a seat or will have none; harmless to call twice. */
    private readonly settled: () => void,
    /** Counts the connection. */
    private readonly stay: Stay,
  ) {
    this.#began = options.clock.monotonic();
    this.#span = (options.tracer ?? NO_TRACER).start('join', {
      parent: 'none',
      attributes: {
        'client.address': connection.address,
        'network.protocol.name': 'websocket',
        'shipmate.connection.id': connection.id,
      },
    });
  }

  onHello(hello: HelloMessage): void {
    const { tracer = NO_TRACER } = this.options;
    background(
      async () => await tracer.within(this.#span, async () => await this.#join(hello)),
      (error) => {
        if (error instanceof NotLetIn) this.#refuse(error.answer);
        else if (isShipmateError(error) && error.temporary) this.#refuse('unavailable');
        else if (isShipmateError(error, 'closed')) this.#closedAlready(0);
        else {
          this.options.observer.failed(error);
          this.#span.fail(failureCode(error));
          this.connection.close('fault');
        }
      },
    );
  }

  onMessage(message: Exclude<ClientMessage, HelloMessage>): void {
    if (message.type === 'password') {
      if (this.#answer === undefined) throw new ShipmateError('protocol', 'bad message: no password was asked for');
      this.#answer(message.text);
      return;
    }
    if (message.type === 'input') {
      this.options.observer.bytes('in', message.bytes.length);
      this.#taken ??= this.options.clock.after(TAKEN_DELAY_MS, () => this.#tellTaken());
    }
    this.#seat?.take(message);
  }

  onReady(): void {
    this.#seat?.becameReady();
  }

  onClose(ending: WebEnding): void {
    this.#taken?.cancel();
    this.#gone.abort();
    this.settled();
    this.stay.leave();
    this.#ended(ending);
    const seat = this.#seat;
    if (seat?.detach(this.connection) !== true) return;
    if (ending === 'broken' || ending === 'silent') this.seats.wait(seat);
    else if (ending === 'too-many') seat.leave('over-limit');
    else seat.leave(ending === 'left' ? 'detached' : 'bad-input');
  }

  async #join(hello: HelloMessage): Promise<void> {
    // A browser has no SSH key to show.
    const admits = ({ policy }: SessionTarget): boolean => policy.authorizedKeys === undefined && policy.web;
    const target = await this.options.arrivals.find(this.joinKey, this.connection.address, admits);
    if (!this.connection.open) return;
    switch (target.kind) {
      case 'too-many':
        this.#tooMany(target);
        break;
      case 'unknown':
        this.#refuse('not-found');
        break;
      case 'closed':
        this.#closedAlready(target.agoMs);
        break;
      case 'session':
        this.#route = target.route;
        if (target.policy.authorizedKeys !== undefined) this.#refuse('keys-required');
        else if (!target.policy.web) this.#refuse('web-off');
        else await this.#enter(target, hello);
        break;
    }
  }

  /** A page that had its seat has answered every question before. */
  async #enter(target: SessionTarget, hello: HelloMessage): Promise<void> {
    const key = `${target.id} ${target.role} ${Buffer.from(hello.page).toString('hex')}`;
    const { clock, observer } = this.options;
    const earlier = this.seats.find(key);
    if (earlier !== undefined) {
      this.#sit(earlier, hello);
      observer.resumed();
      return;
    }
    const { password, approve } = target.policy;
    if ((password !== undefined || approve) && hello.version < ASKING_VERSION) {
      this.connection.close('version');
      return;
    }
    if (password !== undefined && !(await this.#askPassword(target))) return;
    const { address } = this.connection;
    const { quotas } = this.options;
    const stay = quotas.look('bytes', { address }) ?? quotas.enter('joiners', { address });
    if (isExceeded(stay)) {
      observer.turnedAway(stay.limit, address);
      this.connection.close('too-many', exceededText(stay));
      return;
    }
    const seat = await this.#take(target, hello, key, stay);
    if (this.connection.open) {
      this.#sit(seat, undefined);
      if (password === undefined && !approve) observer.joinSeconds((clock.monotonic() - this.#began) / 1000);
    } else seat.leave('detached');
  }

  /** Whether the page knows the password; if not, its connection has ended. */
  async #askPassword({ policy }: SessionTarget): Promise<boolean> {
    for (let tries: number = PASSWORD_TRIES; tries > 0 && this.connection.open; tries--) {
      this.connection.send({ type: 'ask', tries });
      const given = await this.#answered();
      if (given === undefined) break;
      const verdict = await this.options.arrivals.password(policy, given, this.connection.address);
      if (verdict === true) return this.connection.open;
      if (verdict !== false) {
        this.#tooMany(verdict);
        return false;
      }
    }
    this.#refuse('wrong-password');
    return false;
  }

  /** What the page answers; undefined when it goes away, or takes too long. */
  async #answered(): Promise<string | undefined> {
    const { signal } = this.#gone;
    let timer: Timer | undefined;
    const answer = await new Promise<string | undefined>((resolve) => {
      this.#answer = resolve;
      timer = this.options.clock.after(PASSWORD_MS, () => {
        this.connection.close('no-hello');
        resolve(undefined);
      });
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    timer?.cancel();
    this.#answer = undefined;
    return answer;
  }

  #sit(seat: PageSeat, resumed: HelloMessage | undefined): void {
    this.#seat = seat;
    this.settled();
    seat.attach(this.connection, resumed);
    this.#ended();
  }

  async #take(target: SessionTarget, hello: HelloMessage, key: string, stay: Stay): Promise<PageSeat> {
    const id = participantId(randomUUID());
    const { role } = target;
    const pageSeat = new PageSeat(key, id, role, hello, (seat) => {
      stay.leave();
      this.seats.remove(seat);
    });
    const info = { id, role, transport: 'web', address: this.connection.address } as const;
    const visitor = { gone: this.#gone.signal, waiting: () => this.connection.send({ type: 'wait' }) };
    this.#span.set({
      'shipmate.session.id': target.id,
      'shipmate.participant.id': id,
      'shipmate.participant.role': role,
      'shipmate.route': target.route,
    });
    try {
      pageSeat.seated(await target.join(info, terminalInfo(hello), pageSeat, visitor));
    } catch (error) {
      stay.leave();
      throw error;
    }
    this.seats.add(pageSeat);
    return pageSeat;
  }

  #closedAlready(agoMs: number): void {
    const ms = Math.min(MAX_U32, Math.trunc(agoMs));
    this.connection.send({ type: 'state', phase: 'ended', ms, windowCols: 0, windowRows: 0 });
    this.#refuse('closed', `This session was closed ${agoText(agoMs)}`);
  }

  #tooMany({ from, retryAfterMs }: TooMany): void {
    const whence = from === 'address' ? 'from your address' : 'from everywhere';
    this.#refuse('too-many', `Too many wrong tokens or passwords ${whence}: wait ${durationText(retryAfterMs)}`);
  }

  #refuse(name: WebRefusal, reason?: string): void {
    if (!this.connection.open) return;
    this.options.observer.joinRefused(name, this.connection.address, this.connection.id, this.#route);
    this.#ended(name);
    this.connection.close(name, reason);
  }

  /** Its span is over; a second time changes nothing. */
  #ended(failure?: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (failure !== undefined) this.#span.fail(failure);
    this.#span.end();
  }

  #tellTaken(): void {
    this.#taken = undefined;
    if (this.#seat !== undefined) this.connection.send({ type: 'taken', number: this.#seat.taken });
  }
}

function terminalInfo({ cols, rows, claim, term, trueColour }: HelloMessage): TerminalInfo {
  return { cols, rows, term, colorTerm: trueColour ? 'truecolor' : undefined, utf8: true, follows: !claim };
}
