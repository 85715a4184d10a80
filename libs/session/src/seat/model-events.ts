import type { Disposable } from '#kernel';
import type { ModelEvent, SessionModel } from '../model/session-model.js';

/** Listens to what a session's model says besides its pictures; after a host reconnects, there is a new model. */
export class ModelEvents {
  #model: SessionModel | undefined;
  #listening: Disposable | undefined;

  constructor(private readonly on: (event: ModelEvent) => void) {}

  /** From now on to this model; undefined: to none. */
  follow(model: SessionModel | undefined): void {
    if (model === this.#model) return;
    this.#listening?.dispose();
    this.#model = model;
    this.#listening = model?.events.on((event) => this.on(event));
  }
}
