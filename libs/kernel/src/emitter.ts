import { toDisposable, type Disposable } from './disposable.js';

/** Is called with each event. */
export type Listener<T> = (event: T) => void;

/**
 * One event and its listeners, called in the order in which they were added. A listener that is added while the event fires
 * gets the next one.
 */
export class Emitter<T> {
  #listeners: readonly Listener<T>[] = [];

  on(listener: Listener<T>): Disposable {
    this.#listeners = [...this.#listeners, listener];
    return toDisposable(() => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    });
  }

  fire(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }

  get size(): number {
    return this.#listeners.length;
  }
}
