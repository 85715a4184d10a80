import type { Role } from '#kernel';
import { KEY_BASE, keyBase, keyModifiers, type KeyCode } from '#tmate-protocol';
import type { SessionModel } from '../model/session-model.js';
import { mayType } from '../read-only.js';

/** What a joiner reads while the host's pane shows something that takes keys in place of its program. */
export const HostModeText = {
  messages: "Your keys go to the host's messages in this pane: press q to leave them",
  readersMessages: "This pane shows the host's messages, until somebody who may type leaves them",
  other: 'Your keys go to what the host has opened in this pane: press q to leave it',
  /** Enter has closed the messages, and with them ended a line that the program never got. */
  lost: "What you typed went to the host's messages, now closed: type it again",
} as const;

const ENTER = 13;
const LEAVES = 'q'.charCodeAt(0);
/** That many characters before Enter are a line, and not keys that were meant for the messages. */
const LINE_CHARS = 2;

/** Notices when what a joiner types goes to something that only the host has opened: nothing that they typed shows there. */
export class HostModeHint {
  /** Characters since the messages were opened or left. */
  #chars = 0;

  constructor(private readonly model: () => SessionModel) {}

  /** What somebody should know who joins now, or undefined. */
  joined(role: Role): string | undefined {
    if (this.model().hostMode !== 'messages') return undefined;
    return mayType(role) ? HostModeText.messages : HostModeText.readersMessages;
  }

  /** What somebody should know who types this key, or undefined; `always` even if they were told something a moment ago. */
  typed(key: KeyCode): { readonly text: string; readonly always: boolean } | undefined {
    const mode = this.model().hostMode;
    if (mode === undefined) this.#chars = 0;
    if (mode === undefined || keyModifiers(key) !== 0) return undefined;
    if (keyBase(key) === ENTER && mode === 'messages') {
      const isLine = this.#chars >= LINE_CHARS;
      this.#chars = 0;
      return isLine ? { text: HostModeText.lost, always: true } : undefined;
    }
    if (!isCharacter(key) || key === LEAVES) return undefined;
    this.#chars += 1;
    // Letters move around in messages, too.
    if (mode === 'messages' && this.#isBound(key)) return undefined;
    return { text: HostModeText[mode], always: false };
  }

  #isBound(key: KeyCode): boolean {
    const { mirror, windows } = this.model();
    const table = mirror.options.choice('mode-keys', windows.current?.index) === 'vi' ? 'vi-copy' : 'emacs-copy';
    return mirror.modeKeys.lookup(table, key) !== undefined;
  }
}

const isCharacter = (key: KeyCode): boolean => keyBase(key) > 0x20 && keyBase(key) < KEY_BASE && keyBase(key) !== 0x7f;
