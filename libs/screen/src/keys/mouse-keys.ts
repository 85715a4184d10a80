import { Key, KeyModifier, type KeyCode, type KeyName } from '#tmate-protocol';
import type { MouseEvent } from './key-event.js';

/** Where on the screen the mouse was. */
export type MousePlace = 'Pane' | 'Status' | 'Border';

/**
 * Turns what a mouse did into the keys that tmux binds: MouseDown1Pane and so on. It knows what came before: a release
 * may not say of which button, the first drag is of the place where the button went down, and the release that follows is
 * its end.
 */
export class MouseKeys {
  #lastButton = 0;
  #dragging = 0;
  #lastX = 0;
  #lastY = 0;

  /** Whether a drag is under way; of those only the first and the end are keys, unless nobody follows it. */
  get dragging(): boolean {
    return this.#dragging !== 0;
  }

  /** Where the key of this event happened: for the start of a drag, where the button was pressed. */
  placeOf(event: MouseEvent): { x: number; y: number } {
    const starts = event.action === 'drag' && this.#dragging === 0;
    return starts ? { x: this.#lastX, y: this.#lastY } : { x: event.x, y: event.y };
  }

  /** The key of the event at the place that `placeOf` leads to; undefined where tmux has none, as it has nowhere. */
  key(event: MouseEvent, place: MousePlace | undefined): KeyCode | undefined {
    const button = event.button === 0 ? this.#lastButton : event.button;
    const name = place && this.#name(event, button, place);
    this.#lastX = event.x;
    this.#lastY = event.y;
    if (event.action === 'press') this.#lastButton = event.button;
    if (event.action === 'drag') this.#dragging = button;
    else if (event.action !== 'move') this.#dragging = 0;
    if (name === undefined) return undefined;
    return (
      Key[name] +
      (event.meta ? KeyModifier.meta : 0) +
      (event.ctrl ? KeyModifier.ctrl : 0) +
      (event.shift ? KeyModifier.shift : 0)
    );
  }

  #name(event: MouseEvent, button: number, place: MousePlace): KeyName | undefined {
    if (event.action === 'move') return undefined;
    if (event.action !== 'drag' && this.#dragging !== 0) {
      const dragged = this.#dragging;
      return isNamed(dragged) ? `MouseDragEnd${dragged}${place}` : undefined;
    }
    if (event.action === 'wheel') {
      if (button === 4) return `WheelUp${place}`;
      return button === 5 ? `WheelDown${place}` : undefined;
    }
    if (!isNamed(button)) return undefined;
    if (event.action === 'press') return `MouseDown${button}${place}`;
    if (event.action === 'release') return `MouseUp${button}${place}`;
    return `MouseDrag${button}${place}`;
  }
}

function isNamed(button: number): button is 1 | 2 | 3 {
  return button >= 1 && button <= 3;
}
