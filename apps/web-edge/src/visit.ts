import { randomUUID } from 'node:crypto';
import { agoText, isShipmateError, participantId, type Clock, type Timer } from '#kernel';
import { addressKey, type Limiter } from '#access';
import { background } from '#platform';
import type { EdgeSessions, JoinTarget, SessionTarget, TerminalInfo } from '#session';
import type { ClientMessage, CloseName, HelloMessage } from '#web-protocol';
import type { WebLimit } from './limits.js';
import type { PageConnection, PageConnectionListener } from './page-connection.js';
import { PageSeat } from './page-seat.js';
import type { PageSeats } from './page-seats.js';
import type { WebEdgeObserver, WebEnding } from './web-edge-observer.js';

/** Several keys typed at once are acknowledged together: a page needs that to forget them, not to show them. */
const TAKEN_DELAY_MS = 30;

const MAX_U32 = 0xffffffff;

export interface VisitOptions {
  readonly sessions: EdgeSessions;
  readonly clock: Clock;
  readonly observer: WebEdgeObserver;
  readonly limiter: Limiter<WebLimit>;
}

/** One connection of a page, from its hello to its end: gets it a seat, or the seat that it had. */
export class Visit implements PageConnectionListener {
  readonly #began: number;
  #seat: PageSeat | undefined;
  #taken: Timer | undefined;

  constructor(
    private readonly options: VisitOptions,
    private readonly seats: PageSeats,
    private readonly connection: PageConnection,
    /** The token or name that it came with. A secret. */
    private readonly joinKey: string | undefined,
    /** Called when it has a seat or will have none; harmless to call twice. */
    private readonly settled: () => void,
  ) {
    this.#began = options.clock.monotonic();
  }

  onHello(hello: HelloMessage): void {
    background(
      async () => await this.#join(hello),
      (error) => {
        if (isShipmateError(error) && error.temporary) this.#refuse('unavailable');
        else if (isShipmateError(error, 'closed')) this.#closedAlready(0);
        else {
          this.options.observer.failed(error);
          this.connection.close('fault');
        }
      },
    );
  }

  onMessage(message: Exclude<ClientMessage, HelloMessage>): void {
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
    this.settled();
    const seat = this.#seat;
    if (seat?.detach(this.connection) !== true) return;
    if (ending === 'broken' || ending === 'silent') this.seats.wait(seat);
    else seat.leave(ending === 'left' ? 'detached' : 'bad-input');
  }

  async #join(hello: HelloMessage): Promise<void> {
    const { sessions, limiter } = this.options;
    const address = addressKey(this.connection.address);
    if (!(await limiter.check('wrong-token', address)).allowed) {
      this.#refuse('too-many');
      return;
    }
    const target: JoinTarget = this.joinKey === undefined ? { kind: 'unknown' } : await sessions.find(this.joinKey);
    if (!this.connection.open) return;
    switch (target.kind) {
      case 'unknown':
        await limiter.failed('wrong-token', address);
        this.#refuse('not-found');
        break;
      case 'closed':
        this.#closedAlready(target.agoMs);
        break;
      case 'session':
        // A browser has no SSH key to show.
        if (target.policy.authorizedKeys !== undefined) this.#refuse('keys-required');
        else await this.#enter(target, hello);
        break;
    }
  }

  async #enter(target: SessionTarget, hello: HelloMessage): Promise<void> {
    const key = `${target.id} ${target.role} ${Buffer.from(hello.page).toString('hex')}`;
    const { clock, observer } = this.options;
    const earlier = this.seats.find(key);
    if (earlier !== undefined) {
      this.#sit(earlier, hello);
      observer.resumed();
      return;
    }
    const seat = await this.#take(target, hello, key);
    if (this.connection.open) {
      this.#sit(seat, undefined);
      observer.joinSeconds((clock.monotonic() - this.#began) / 1000);
    } else seat.leave('detached');
  }

  #sit(seat: PageSeat, resumed: HelloMessage | undefined): void {
    this.#seat = seat;
    this.settled();
    seat.attach(this.connection, resumed);
  }

  async #take(target: SessionTarget, hello: HelloMessage, key: string): Promise<PageSeat> {
    const id = participantId(randomUUID());
    const { role } = target;
    const pageSeat = new PageSeat(key, id, role, hello, (seat) => this.seats.remove(seat));
    const info = { id, role, transport: 'web', address: this.connection.address } as const;
    pageSeat.seated(await target.join(info, terminalInfo(hello), pageSeat));
    this.seats.add(pageSeat);
    return pageSeat;
  }

  #closedAlready(agoMs: number): void {
    const ms = Math.min(MAX_U32, Math.trunc(agoMs));
    this.connection.send({ type: 'state', phase: 'ended', ms, windowCols: 0, windowRows: 0 });
    this.#refuse('closed', `This session was closed ${agoText(agoMs)}`);
  }

  #refuse(name: CloseName & Parameters<WebEdgeObserver['joinRefused']>[0], reason?: string): void {
    if (!this.connection.open) return;
    this.options.observer.joinRefused(name, this.connection.address);
    this.connection.close(name, reason);
  }

  #tellTaken(): void {
    this.#taken = undefined;
    if (this.#seat !== undefined) this.connection.send({ type: 'taken', number: this.#seat.taken });
  }
}

function terminalInfo({ cols, rows, claim, term, trueColour }: HelloMessage): TerminalInfo {
  return { cols, rows, term, colorTerm: trueColour ? 'truecolor' : undefined, utf8: true, follows: !claim };
}
