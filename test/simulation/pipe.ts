import type { Dice } from '#testing';
import type { SimTime } from './time.js';

/**
 * One direction of a TCP connection: what goes in comes out in order, a little later. While it is blocked, what goes in
 * waits, as if it were sent again and again; once it is dropped, nothing comes out any more.
 */
export class Pipe {
  #blocked: (() => void)[] | undefined;
  #dropped = false;
  #lastMs = 0;

  constructor(
    private readonly time: SimTime,
    private readonly dice: Dice,
  ) {}

  get blocked(): boolean {
    return this.#dropped || this.#blocked !== undefined;
  }

  send(run: () => void): void {
    if (this.#dropped) return;
    if (this.#blocked !== undefined) {
      this.#blocked.push(run);
      return;
    }
    this.#lastMs = Math.max(this.#lastMs, this.time.nowMs + 5 + this.dice.roll(10));
    this.time.after(this.#lastMs - this.time.nowMs, () => {
      if (this.#dropped) return;
      if (this.#blocked !== undefined) this.#blocked.push(run);
      else run();
    });
  }

  block(): void {
    this.#blocked ??= [];
  }

  unblock(): void {
    const waiting = this.#blocked ?? [];
    this.#blocked = undefined;
    for (const run of waiting) this.send(run);
  }

  drop(): void {
    this.#dropped = true;
    this.#blocked = undefined;
  }
}
