import type { Clock, Timer } from '#kernel';

interface Due {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** How many moments pass between two that let Node do everything else. */
const BREATH_STEPS = 64;

/** When the simulated world begins, in ms since the epoch. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** Simulated time: jumps from one due moment to the next, and lets all promises settle in between. */
export class SimTime {
  #nowMs = 0;
  #order = 0;
  /** A binary heap, the earliest first. */
  readonly #heap: Due[] = [];
  /** How many moments there have been. */
  steps = 0;

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get wallMs(): number {
    return EPOCH_MS + this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const due: Due = { atMs: this.#nowMs + Math.ceil(Math.max(0, delayMs)), order: this.#order++, run };
    this.#push(due);
    return { cancel: () => void (due.run = undefined) };
  }

  /** Runs what falls due until `untilMs`, or until `stopped`. */
  async runUntil(untilMs: number, stopped: () => boolean): Promise<void> {
    await settle();
    for (let due = this.#heap[0]; due !== undefined && due.atMs <= untilMs; due = this.#heap[0]) {
      this.#pop();
      if (due.run === undefined) continue;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      this.steps += 1;
      due.run();
      await (this.steps % BREATH_STEPS === 0 ? breathe() : settle());
      if (stopped()) return;
    }
    this.#nowMs = untilMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || before(parent, due)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left === undefined) break;
      if (right !== undefined && before(right, left)) below += 1;
      const child = heap[below];
      if (child === undefined || before(last, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

const before = (a: Due, b: Due): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** Lets every promise settle: Node runs what is due next after all of them. */
async function settle(): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

/** Lets Node do everything else, such as what was put off with `setImmediate`: far slower than `settle`. */
async function breathe(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** One process: its clock, which may be wrong, and whether it runs at all. */
export class SimProcess implements Clock {
  #waiting: (() => void)[] | undefined;
  #dead = false;
  readonly #pending = new Set<Timer>();
  /** How far its wall clock is from the world's. */
  skewMs = 0;

  constructor(readonly time: SimTime) {}

  get dead(): boolean {
    return this.#dead;
  }

  get paused(): boolean {
    return this.#waiting !== undefined;
  }

  /** Timers that have not run. */
  get timers(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.time.wallMs + this.skewMs;
  }

  monotonic(): number {
    return this.time.nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    if (this.#dead) return { cancel: () => undefined };
    let cancelled = false;
    const timer = this.time.after(delayMs, () => {
      this.#pending.delete(handle);
      this.deliver(() => void (cancelled || run()));
    });
    const handle: Timer = {
      cancel: () => {
        cancelled = true;
        timer.cancel();
        this.#pending.delete(handle);
      },
    };
    this.#pending.add(handle);
    return handle;
  }

  /** Something reaches the process from outside: at once, when it runs again, or never. */
  deliver(run: () => void): void {
    if (this.#dead) return;
    if (this.#waiting === undefined) run();
    else this.#waiting.push(run);
  }

  pause(): void {
    if (!this.#dead) this.#waiting ??= [];
  }

  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const run of waiting) this.time.after(0, () => this.deliver(run));
  }

  kill(): void {
    this.#dead = true;
    this.#waiting = undefined;
    for (const timer of this.#pending) timer.cancel();
    this.#pending.clear();
  }
}
