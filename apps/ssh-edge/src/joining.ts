import { randomUUID } from 'node:crypto';
import { isExceeded, type Exceeded, type Meter, type Proofs, type Quotas, type QuotaWho, type Stay } from '#access';
import type { JoinTarget, SessionTarget } from '#fleet';
import { NotAdmitted, type JoinWaiter, type Seat } from '#session';
import type { DisconnectReason, JoinerChannel, SessionInfo } from '#ssh';
import type { Quota, TooMany } from '#edge';
import { agoText, failureCode, isShipmateError, OverLimit, participantId, type Clock } from '#kernel';
import type { SessionTrace } from './connection-traces.js';
import { joinerSink, type SshJoinerSink } from './joiner-sink.js';
import type { SshEdgeObserver } from './observers.js';
import { refusalLabel } from './refusals.js';
import { isUtf8, terminalInfo } from './terminal-info.js';
import { JoinText, notAdmittedText } from './texts.js';
import { unlockingOf, type UnlockingDeps } from './unlocking.js';

const CTRL_C = 0x03;

export interface JoiningDeps {
  readonly clock: Clock;
  readonly observer: SshEdgeObserver;
  readonly quotas: Quotas<Quota>;
  readonly trace: SessionTrace;
  readonly unlocking: UnlockingDeps;
  /** Reports a limit, and returns the text for the person who reached it. */
  readonly over: (exceeded: Exceeded) => string;
}

/** One joiner's terminal, from when it is there until its seat is left. */
export class Joining {
  readonly #sink: SshJoinerSink;
  readonly #meter: Meter;
  readonly #gone = new AbortController();
  #seat: Seat | undefined;
  #stay: Stay | undefined;
  #size: SessionInfo['ptySize'];
  /** They wait for the host's word. */
  #waits = false;
  /** What was typed while the session's home is asked: a window of it at most. */
  #early: Uint8Array[] = [];

  constructor(
    private readonly deps: JoiningDeps,
    private readonly channel: JoinerChannel,
    private readonly info: SessionInfo,
    /** The hash of the password that they gave when they connected, and who they are. */
    private readonly shown: Pick<Proofs, 'password' | 'identity'>,
  ) {
    this.#size = info.ptySize;
    this.#meter = deps.quotas.meter('bytes', this.#who, (exceeded) => this.#overLimit(exceeded));
    const unlocking = unlockingOf(deps.unlocking, info, isUtf8(info.env));
    this.#sink = joinerSink(channel, { bytes: (...bytes) => this.#count(...bytes) }, unlocking);
    channel.listen({
      onData: (chunk) => this.#typed(chunk),
      onResize: (cols, rows) => {
        this.#size = { cols, rows };
        this.#seat?.resize(this.#size);
      },
      onReady: () => this.#sink.becameReady(),
      onStalled: (stalled) => this.#seat?.setStalled(stalled),
      onClose: (reason) => this.#closed(reason),
    });
  }

  /** Seats the joiner in the session that `find` finds, or says why not. */
  async run(find: () => Promise<JoinTarget | TooMany>): Promise<void> {
    const { clock, observer } = this.deps;
    const began = clock.monotonic();
    try {
      const target = await find();
      if (this.#gone.signal.aborted) return;
      if (target.kind === 'too-many') this.#refuse('too-many', JoinText.tooMany(target));
      else if (target.kind === 'unknown') this.#refuse('not-found', JoinText.notFound);
      else if (target.kind === 'closed') this.#refuse('closed', JoinText.closed(agoText(target.agoMs)));
      else if (this.#size === undefined) this.#refuse('no-terminal', JoinText.noTerminal);
      else if (this.info.term === 'dumb') this.#refuse('no-terminal', JoinText.dumbTerminal);
      else if (this.#enter()) {
        await this.#sit(target, this.#size);
        if (!this.#waits) observer.joinSeconds((clock.monotonic() - began) / 1000);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Tells them of a limit instead. */
  turnAway(exceeded: Exceeded): void {
    this.deps.trace.finished('over-limit');
    this.channel.exit(1, { stderr: `${this.deps.over(exceeded)}\r\n` });
  }

  get #who(): QuotaWho {
    return { address: this.info.address, key: this.info.publicKey?.fingerprint };
  }

  /** Counts one more joiner, or says that there are too many. */
  #enter(): boolean {
    const entered = this.deps.quotas.look('bytes', this.#who) ?? this.deps.quotas.enter('joiners', this.#who);
    if (isExceeded(entered)) {
      this.turnAway(entered);
      return false;
    }
    this.#stay = entered;
    return true;
  }

  async #sit(target: SessionTarget, size: NonNullable<SessionInfo['ptySize']>): Promise<void> {
    const { info } = this;
    const id = participantId(randomUUID());
    this.deps.trace.span.set({
      'shipmate.session.id': target.id,
      'shipmate.participant.id': id,
      'shipmate.route': target.route,
    });
    const request = { id, role: target.role, proofs: this.#proofs };
    const seat = await target.join(request, terminalInfo(info, size), this.#sink, this.#waiter);
    this.deps.trace.span.set({ 'shipmate.participant.role': seat.info.role });
    this.#seat = seat;
    this.deps.trace.finished();
    // What the terminal did while the session's home was asked.
    const { cols, rows } = this.#size ?? size;
    if (this.#gone.signal.aborted) seat.leave('detached');
    else if (cols !== seat.size.cols || rows !== seat.size.rows) seat.resize({ cols, rows });
    for (const chunk of this.#early) seat.input(chunk);
    this.#early = [];
  }

  get #proofs(): Proofs {
    const { address, publicKey } = this.info;
    return { transport: 'ssh', address, keys: publicKey === undefined ? [] : [publicKey], ...this.shown };
  }

  get #waiter(): JoinWaiter {
    return {
      gone: this.#gone.signal,
      waiting: () => {
        this.#waits = true;
        for (const { length } of this.#early.splice(0)) this.channel.taken(length);
        this.channel.write(Buffer.from(`${JoinText.waiting}\r\n`));
      },
    };
  }

  #typed(chunk: Uint8Array): void {
    this.#count('in', 'joiner', chunk.length);
    if (this.#seat !== undefined) this.#seat.input(chunk);
    else if (this.#waits) {
      // What is typed while one waits is for nobody.
      this.channel.taken(chunk.length);
      if (!chunk.includes(CTRL_C)) return;
      this.#gone.abort();
      this.channel.exit(1);
    } else this.#early.push(chunk.slice());
  }

  #count(...[direction, leg, bytes]: Parameters<SshEdgeObserver['bytes']>): void {
    this.deps.observer.bytes(direction, leg, bytes);
    this.#meter.add(bytes);
  }

  #overLimit(exceeded: Exceeded): void {
    this.#sink.farewell = this.deps.over(exceeded);
    if (this.#seat === undefined) this.channel.exit(1, { stderr: `${this.#sink.farewell}\r\n` });
    else this.#seat.leave('over-limit');
  }

  #closed(reason: DisconnectReason): void {
    this.deps.trace.finished(reason);
    this.#gone.abort();
    this.#meter.leave();
    this.#stay?.leave();
    this.#seat?.leave('detached');
  }

  #refuse(reason: Parameters<SshEdgeObserver['joinRefused']>[0], text: string): void {
    this.deps.observer.joinRefused(reason, this.info.address, this.info.id);
    this.deps.trace.finished(reason);
    this.channel.exit(1, { stderr: `${text}\r\n` });
  }

  #failed(error: unknown): void {
    if (this.#gone.signal.aborted) return;
    if (error instanceof NotAdmitted) this.#refuse(refusalLabel(error.reason), notAdmittedText(error));
    else if (isShipmateError(error, 'closed')) this.#refuse('closed', JoinText.closed(agoText(0)));
    else if (error instanceof OverLimit) this.#refuse('over-limit', error.message);
    else if (isShipmateError(error) && error.temporary) this.#refuse('unavailable', JoinText.unavailable);
    else {
      this.deps.observer.failed(error);
      this.deps.trace.finished(failureCode(error));
      this.channel.exit(1, { stderr: `${JoinText.failed}\r\n` });
    }
  }
}
