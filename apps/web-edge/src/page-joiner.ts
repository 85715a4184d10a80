import { randomUUID } from 'node:crypto';
import {
  agoText,
  durationText,
  failureCode,
  isShipmateError,
  OverLimit,
  NO_TRACER,
  participantId,
  ShipmateError,
  type Clock,
  type Span,
  type Timer,
  type Tracer,
} from '#kernel';
import {
  exceededText,
  isExceeded,
  lacks,
  refusalText,
  type Proofs,
  type Quotas,
  type Refusal,
  type Stay,
} from '#access';
import type { JoinTarget, SessionTarget } from '#fleet';
import { NotAdmitted, type NotAdmittedReason, type Route, type TerminalInfo, type Unlocking } from '#session';
import { PASSWORD_TRIES, type JoinAttempts, type Quota, type TooMany } from '#edge';
import { background } from '#platform';
import type { ClientMessage, HelloMessage } from '#web-protocol';
import type { PageConnection, PageConnectionListener } from './page-connection.js';
import { PageSeat } from './page-seat.js';
import type { PageSeats } from './page-seats.js';
import type { WebEdgeObserver } from './observers.js';
import { closeReason, webRefusal, type WebEnding, type WebRefusal } from './refusals.js';
import type { Visitor } from './sign-in/visitors.js';

/** Several keys typed at once are acknowledged together: a page needs that to forget them, not to show them. */
const TAKEN_DELAY_MS = 30;

/** How long somebody may take to type a password. */
const PASSWORD_MS = 180_000;
/** The first version that has questions in it. */
const ASKING_VERSION = 2;

const MAX_U32 = 0xffffffff;

export interface PageJoinerOptions {
  readonly attempts: JoinAttempts;
  readonly clock: Clock;
  readonly observer: WebEdgeObserver;
  readonly quotas: Pick<Quotas<Quota>, 'look' | 'enter'>;
  /** Who has signed in with this browser; left out: nobody. */
  readonly visitor?: () => Promise<Visitor>;
  /** Signs this browser out; left out: nobody can sign in. */
  readonly signOut?: () => Promise<void>;
  readonly tracer?: Tracer;
}

/** One connection of a page, from its hello to its end: gets it a seat, or the seat that it had. */
export class PageJoiner implements PageConnectionListener {
  readonly #began: number;
  #seat: PageSeat | undefined;
  #route: Route | undefined;
  #taken: Timer | undefined;
  /** The code that waits for the page's password. */
  #answer: ((text: string) => void) | undefined;
  readonly #gone = new AbortController();
  /** The hash that the password fits which they gave. */
  #password: string | undefined;
  /** Who they have signed in as. */
  #visitor: Visitor;
  /** They were asked for something, which takes as long as people need. */
  #asked = false;
  /** Until it has a seat, or will have none. */
  readonly #span: Span<'join'>;
  #isEnded = false;

  constructor(
    private readonly options: PageJoinerOptions,
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
        if (error instanceof NotAdmitted) this.#refuse(webRefusal(error.reason), ownWords(error.reason, error.message));
        else if (isShipmateError(error) && error.temporary) this.#refuse('unavailable');
        else if (isShipmateError(error, 'closed')) this.#closedAlready(0);
        else if (error instanceof OverLimit) this.connection.close('too-many');
        else {
          this.options.observer.failed(error);
          this.#span.fail(failureCode(error));
          this.connection.close('fault');
        }
      },
    );
  }

  onMessage(message: Exclude<ClientMessage, HelloMessage>): void {
    if (message.type === 'password' && this.#seat === undefined) {
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

  /**
   * Looks the session up, asks for the password if one is missing, and then looks it up again: what was found before the page
   * answered may no longer be true.
   */
  async #join(hello: HelloMessage): Promise<void> {
    this.#visitor = await this.options.visitor?.();
    for (let tries: number = PASSWORD_TRIES; this.connection.open; tries--) {
      const target = await this.#find();
      if (target === undefined) return;
      const lacking = this.#lacking(target);
      // A page that had its seat has answered every question before, and has used its invitation. It would have lost the seat if
      // that had been revoked.
      const answered = lacking === undefined || lacking.reason === 'password' || lacking.reason === 'invitation';
      const earlier = answered ? this.#earlierSeat(target, hello) : undefined;
      if (earlier !== undefined) {
        this.#sit(earlier, hello);
        this.options.observer.resumed();
        return;
      }
      if (lacking === undefined) {
        if (await this.#enter(target, hello)) return;
      } else if (lacking.reason !== 'password') {
        return this.#refuse(this.#refusalOf(lacking), ownWords(lacking.reason, refusalText(lacking)));
      }
      if (hello.version < ASKING_VERSION) return this.connection.close('version');
      if (tries === 0 || !(await this.#askPassword(tries))) return this.#refuse('wrong-password');
    }
  }

  /** The session that the page wants to join; if there is none, its connection has ended. */
  async #find(): Promise<SessionTarget | undefined> {
    const admits = (session: SessionTarget): boolean => this.#lacking(session) === undefined;
    const target = await this.options.attempts.find(this.joinKey, this.connection.address, { admits });
    if (target.kind === 'session') this.#route = target.route;
    else this.#notFound(target);
    return target.kind === 'session' && this.connection.open ? target : undefined;
  }

  #notFound(target: TooMany | Exclude<JoinTarget, { kind: 'session' }>): void {
    if (!this.connection.open) return;
    if (target.kind === 'too-many') this.#tooMany(target);
    else if (target.kind === 'unknown') this.#refuse('not-found');
    else this.#closedAlready(target.agoMs);
  }

  /** A browser has no SSH key to show. */
  get #proofs(): Proofs {
    const { address } = this.connection;
    const identity = this.#visitor === 'unavailable' ? undefined : this.#visitor;
    return { transport: 'web', address, keys: [], password: this.#password, identity };
  }

  /** Whoever cannot be looked up now may have signed in. */
  #refusalOf({ reason }: Refusal): WebRefusal {
    return reason === 'sign-in-required' && this.#visitor === 'unavailable' ? 'unavailable' : webRefusal(reason);
  }

  #lacking({ policy, cameWith }: SessionTarget): Refusal | undefined {
    return lacks(policy, { ...this.#proofs, ...cameWith }, this.options.clock.now());
  }

  #earlierSeat(target: SessionTarget, hello: HelloMessage): PageSeat | undefined {
    return this.seats.find(seatKey(target, hello));
  }

  /** Takes a seat; false where the session has another password than they gave, so that they must be asked. */
  async #enter(target: SessionTarget, hello: HelloMessage): Promise<boolean> {
    const { clock, observer, quotas } = this.options;
    const { approve } = target.policy;
    if (approve && hello.version < ASKING_VERSION) {
      this.connection.close('version');
      return true;
    }
    const { address } = this.connection;
    const stay = quotas.look('bytes', { address }) ?? quotas.enter('joiners', { address });
    if (isExceeded(stay)) {
      observer.turnedAway(stay.limit, address);
      this.connection.close('too-many', exceededText(stay));
      return true;
    }
    try {
      const seat = await this.#take(target, hello, stay);
      if (this.connection.open) {
        this.#sit(seat, undefined);
        if (!this.#asked && !approve) observer.joinSeconds((clock.monotonic() - this.#began) / 1000);
      } else seat.leave('detached');
      return true;
    } catch (error) {
      if (error instanceof NotAdmitted && error.reason === 'password') return false;
      throw error;
    }
  }

  /** Whether the page may go on; it has the right password then, or the session has none any more. */
  async #askPassword(tries: number): Promise<boolean> {
    this.#asked = true;
    this.connection.send({ type: 'ask', tries });
    const given = await this.#answered();
    if (given === undefined || !this.connection.open) return false;
    const target = await this.#find();
    const password = target?.policy.password;
    if (password === undefined) return this.connection.open;
    const verdict = await this.options.attempts.password(password, given, this.connection.address);
    if (verdict === true) this.#password = password;
    else if (verdict !== false) this.#tooMany(verdict);
    return this.connection.open;
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

  async #take(target: SessionTarget, hello: HelloMessage, stay: Stay): Promise<PageSeat> {
    const id = participantId(randomUUID());
    const signOut = (): void => {
      background(
        async () => await this.options.signOut?.(),
        (error) => this.options.observer.failed(error),
      );
    };
    const pageSeat = new PageSeat(seatKey(target, hello), id, hello, this.#unlocking, signOut, (seat) => {
      stay.leave();
      this.seats.remove(seat);
    });
    const waiter = {
      gone: this.#gone.signal,
      waiting: () => {
        this.#asked = true;
        this.connection.send({ type: 'wait' });
      },
    };
    this.#span.set({
      'shipmate.session.id': target.id,
      'shipmate.participant.id': id,
      'shipmate.route': target.route,
    });
    try {
      const request = { id, role: target.role, proofs: this.#proofs };
      const seat = await target.join(request, terminalInfo(hello), pageSeat, waiter);
      this.#span.set({ 'shipmate.participant.role': seat.info.role });
      pageSeat.seated(seat);
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

  /** A password that is tried at a locked terminal counts as an attempt to join. */
  get #unlocking(): Unlocking {
    const { address } = this.connection;
    return {
      password: async (hash, given) => {
        const verdict = await this.options.attempts.password(hash, given, address);
        return typeof verdict === 'boolean' ? verdict : tooManyText(verdict);
      },
    };
  }

  #tooMany(tooMany: TooMany): void {
    this.#refuse('too-many', tooManyText(tooMany));
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

/** Names page, session and token's role. A secret. */
const seatKey = ({ id, role }: SessionTarget, { page }: HelloMessage): string =>
  `${id} ${role} ${Buffer.from(page).toString('hex')}`;

function terminalInfo({ cols, rows, claim, term, trueColour }: HelloMessage): TerminalInfo {
  return { cols, rows, term, colorTerm: trueColour ? 'truecolor' : undefined, utf8: true, follows: !claim };
}

/** The text for those whom the operator has given a reason. */
const ownWords = (reason: NotAdmittedReason, text: string): string | undefined =>
  reason === 'locked' ? closeReason(text) : undefined;

function tooManyText({ from, retryAfterMs }: TooMany): string {
  const what = {
    address: 'Too many wrong tokens or passwords from your address',
    everywhere: 'Too many wrong tokens or passwords from all addresses together',
    busy: 'Too many passwords are being checked right now',
  }[from];
  return `${what}: wait ${durationText(retryAfterMs)}`;
}
