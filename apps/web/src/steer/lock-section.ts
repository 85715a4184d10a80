import { button, make, setText } from './elements.js';
import { lockText, type SessionLock } from './session-texts.js';
import type { Steering } from './steering.js';

/** Locks a session, and unlocks it. */
export class LockSection {
  readonly element: HTMLElement;
  readonly #state = make('p', { class: 'about', id: 'lock-state' });
  readonly #typing: HTMLButtonElement;
  readonly #all: HTMLButtonElement;
  readonly #unlock: HTMLButtonElement;

  /** `path`: the session's address in the API. */
  constructor(steering: Steering, path: string) {
    const lock = (text: string, did: string, hide: boolean): HTMLButtonElement => {
      const by = button(
        text,
        () => void steering.act(by, did, async (api) => await api.post(`${path}/lock`, { hide })),
        { class: 'button' },
      );
      return by;
    };
    this.#typing = lock('Lock typing', 'Only the host can type.', false);
    this.#all = lock('Lock and hide', 'Nobody but the host sees the session.', true);
    const unlock = button(
      'Unlock',
      () => void steering.act(unlock, 'The session is unlocked.', async (api) => await api.delete(`${path}/lock`)),
      { class: 'button' },
    );
    this.#unlock = unlock;
    this.element = make(
      'section',
      { id: 'lock', 'aria-labelledby': 'lock-title' },
      make('h2', { id: 'lock-title' }, 'Lock'),
      this.#state,
      make('div', { class: 'stack' }, this.#typing, this.#all, unlock),
    );
    this.show(undefined);
  }

  /** How the session is locked now. */
  show(lock: SessionLock | undefined): void {
    setText(this.#state, lockText(lock));
    // Not hidden: a button may have the focus, and others would move.
    this.#typing.disabled = lock === 'typing';
    this.#all.disabled = lock === 'all';
    this.#unlock.disabled = lock === undefined;
  }
}
