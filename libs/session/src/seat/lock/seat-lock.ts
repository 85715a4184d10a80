import type { Identity, Proofs } from '#access';
import { Timeout, type Clock } from '#kernel';
import type { KeyEvent } from '#screen';
import type { LockChange, LockWhy, ParticipantInfo, SeatEnding, SeatLocked, UnlockBy, Unlocking } from '../../ports.js';
import { Cover } from '../cover.js';
import { HiddenLine } from './hidden-line.js';
import { LockText, rejoinText } from './lock-text.js';

/** How often somebody may be wrong before they have to join again: as when they join. */
export const UNLOCK_TRIES = 3;

/** How long keys are discarded when a terminal locks, in ms: they were meant for the session. */
export const SETTLE_MS = 1_000;

export interface SeatLockDeps {
  readonly info: Pick<ParticipantInfo, 'transport'>;
  readonly proofs: Proofs;
  readonly clock: Clock;
  /** What the edge can check; left out: nothing. */
  readonly unlocking: Unlocking | undefined;
  /** The cover says something else. */
  readonly draw: () => void;
  readonly changed: (change: LockChange) => void;
  readonly leave: (ending: SeatEnding) => void;
  /** Where a fault in what happens later stops. */
  readonly run: (what: string, act: () => void) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The lock of one terminal. While it is locked, the terminal shows the cover, and everything that is typed comes here. Whoever gave a
 * password unlocks it by that; whoever signed in signs in again, as the same person, because others may know a password; everybody else
 * has to join again.
 */
export class SeatLock {
  readonly cover = new Cover();
  readonly #line = new HiddenLine();
  readonly #idle: Timeout;
  readonly #settle: Timeout;
  #idleMs: number | undefined;
  #touchedAtMs: number;
  /** Aborted when this lock is over; undefined while there is none. */
  #locked: AbortController | undefined;
  /** Keys are an answer. */
  #takes = false;
  /** An answer is being looked at. */
  #checking = false;
  #wrong = 0;
  #said = '';
  #wasEverLocked = false;

  constructor(private readonly deps: SeatLockDeps) {
    this.#idle = new Timeout(deps.clock);
    this.#settle = new Timeout(deps.clock);
    this.#touchedAtMs = deps.clock.monotonic();
  }

  get isLocked(): boolean {
    return this.#locked !== undefined;
  }

  /** It is locked, or was. */
  get wasEverLocked(): boolean {
    return this.#wasEverLocked;
  }

  /** How it unlocks, for a terminal that shows that by itself; undefined while it is not locked. */
  get state(): SeatLocked | undefined {
    return this.isLocked ? { by: this.by, triesLeft: UNLOCK_TRIES - this.#wrong, said: this.#said } : undefined;
  }

  /** What unlocks it. */
  get by(): UnlockBy {
    const { identity, password } = this.deps.proofs;
    if (identity !== undefined) return identity.proved === 'machine' ? 'rejoin' : 'sign-in';
    return password === undefined || this.deps.unlocking?.password === undefined ? 'rejoin' : 'password';
  }

  /** A key was pressed. */
  touched(): void {
    this.#touchedAtMs = this.deps.clock.monotonic();
  }

  /** From now on it locks after this time without a key, in ms; undefined: not by itself. */
  setIdle(idleMs: number | undefined): void {
    if (idleMs === this.#idleMs) return;
    this.#idleMs = idleMs;
    this.#watch();
  }

  lock(why: LockWhy): void {
    if (this.isLocked) return;
    this.#locked = new AbortController();
    this.#wasEverLocked = true;
    this.#idle.cancel();
    this.#line.clear();
    this.#wrong = 0;
    this.#said = '';
    this.#takes = false;
    this.cover.say(LockText.begins);
    this.#settle.start(SETTLE_MS, () => this.#ask());
    this.deps.changed({ kind: 'locked', why });
  }

  /** Something is typed at the locked terminal. */
  typed(event: KeyEvent): void {
    if (!this.#takes) return;
    if (event.kind === 'paste') this.#line.paste(event.text);
    if (event.kind !== 'key') return;
    const meaning = this.#line.key(event.key);
    if (meaning === 'leave') this.deps.leave('detached');
    else if (meaning === 'enter') this.#enter();
  }

  /** The password, from a terminal that asks for it by itself. */
  give(password: string): void {
    if (this.isLocked && this.by === 'password' && !this.#checking) void this.#check(password);
  }

  dispose(): void {
    this.#idle.cancel();
    this.#settle.cancel();
    this.#locked?.abort();
    this.#line.clear();
  }

  #watch(): void {
    this.#idle.cancel();
    if (this.#idleMs === undefined || this.isLocked) return;
    const leftMs = this.#touchedAtMs + this.#idleMs - this.deps.clock.monotonic();
    if (leftMs <= 0) this.lock('idle');
    else this.#idle.start(leftMs, () => this.#watch());
  }

  /** Says how to unlock it, and takes the answer. */
  #ask(said?: string): void {
    this.#takes = true;
    this.#said = said ?? '';
    const { by, deps } = this;
    if (by === 'password') this.cover.say(LockText.password(said));
    else if (this.#signsIn) this.cover.say(LockText.signIn(said));
    else this.cover.say(rejoinText(by, deps.info.transport));
    deps.draw();
  }

  get #signsIn(): boolean {
    return this.by === 'sign-in' && this.deps.unlocking?.signIn !== undefined;
  }

  #enter(): void {
    if (this.by === 'password') {
      if (this.#line.isEmpty || this.#checking) return;
      const given = this.#line.take();
      if (given === undefined) this.#refused('password', LockText.wrong);
      else void this.#check(given);
    } else if (this.#signsIn) {
      void this.#signIn();
    } else if (this.deps.info.transport === 'ssh') this.deps.leave('not-unlocked');
  }

  async #check(given: string): Promise<void> {
    const { unlocking, proofs } = this.deps;
    const locked = this.#locked;
    this.#takes = false;
    this.#checking = true;
    this.cover.say(LockText.checking);
    this.deps.draw();
    let verdict: boolean | string = LockText.failed;
    try {
      verdict = (await unlocking?.password?.(proofs.password ?? '', given)) ?? false;
    } catch (error) {
      this.deps.failed(error);
    }
    this.#checking = false;
    this.#later(locked, () => {
      if (verdict === true) this.#unlock();
      else if (verdict === false) this.#refused('password', LockText.wrong);
      else this.#ask(verdict);
    });
  }

  async #signIn(): Promise<void> {
    const { unlocking, proofs } = this.deps;
    const locked = this.#locked;
    if (locked === undefined || this.#checking) return;
    this.#checking = true;
    this.cover.say(LockText.beginsSignIn);
    this.deps.draw();
    let found: Identity | string = LockText.failed;
    try {
      const show = (place: Parameters<typeof LockText.signingIn>[0]): void =>
        this.#later(locked, () => {
          this.cover.say(LockText.signingIn(place));
          this.deps.draw();
        });
      found = (await unlocking?.signIn?.({ gone: locked.signal, show })) ?? LockText.failed;
    } catch (error) {
      this.deps.failed(error);
    }
    this.#checking = false;
    this.#later(locked, () => {
      if (typeof found === 'string') this.#ask(found);
      else if (isSame(found, proofs.identity)) this.#unlock();
      else this.#refused('sign-in', LockText.somebodyElse);
    });
  }

  /** If it is still the same lock. */
  #later(locked: AbortController | undefined, act: () => void): void {
    if (locked !== undefined && this.#locked === locked && !locked.signal.aborted) this.deps.run('unlock', act);
  }

  #refused(by: UnlockBy, text: (left: number) => string): void {
    this.#wrong += 1;
    const left = UNLOCK_TRIES - this.#wrong;
    if (left > 0) this.#ask(text(left));
    this.deps.changed({ kind: 'refused', by });
    if (left <= 0) this.deps.leave('not-unlocked');
  }

  #unlock(): void {
    const { by } = this;
    this.#settle.cancel();
    this.#line.clear();
    this.#locked = undefined;
    this.#takes = false;
    this.touched();
    this.#watch();
    this.deps.changed({ kind: 'unlocked', by });
  }
}

const isSame = (one: Identity, other: Identity | undefined): boolean =>
  one.provider === other?.provider && one.subject === other.subject;
