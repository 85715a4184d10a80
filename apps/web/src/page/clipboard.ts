import type { Terminal } from '@xterm/xterm';
import { needsConsent, readPaste } from '../input/paste-guard.js';
import type { NoticeAction } from './bar.js';
import { PasteDialog } from './paste-dialog.js';

export interface ClipboardDeps {
  copyOnSelect(): boolean;
  /** Whether what is pasted goes anywhere. */
  mayType(): boolean;
  notice(text: string, action?: NoticeAction): void;
}

/** What goes from the terminal to the clipboard and back. */
export class Clipboard {
  readonly #terminal: Terminal;
  readonly #deps: ClipboardDeps;
  readonly #pasteDialog = new PasteDialog();

  constructor(terminal: Terminal, stage: HTMLElement, deps: ClipboardDeps) {
    this.#terminal = terminal;
    this.#deps = deps;
    // Before xterm.js gets it.
    stage.addEventListener('paste', (event) => this.#pasted(event), { capture: true });
    // Only with the pointer: search results are selected too, and nobody wants to copy those.
    let before: string | undefined;
    stage.addEventListener('pointerdown', () => (before = terminal.getSelection()), { capture: true });
    document.addEventListener('pointerup', () => {
      const had = before;
      before = undefined;
      // xterm.js ends a selection on the same event.
      setTimeout(() => {
        const text = terminal.getSelection();
        if (had !== undefined && text !== '' && text !== had && deps.copyOnSelect()) void this.copySelection();
      });
    });
  }

  /** Copies what is selected in the terminal. */
  async copySelection(): Promise<void> {
    const text = this.#terminal.getSelection();
    if (text !== '') await this.copy(text);
  }

  /** Puts `text` on the clipboard, and announces it. */
  async copy(text: string): Promise<void> {
    this.#deps.notice((await copyText(text)) ? 'Copied' : 'The browser does not let this page copy');
  }

  /** A program of the host's puts `text` there: never without it being said, and by a click where the browser wants one. */
  fromHost(text: string): void {
    const size = `${text.length.toLocaleString('en')} character${text.length === 1 ? '' : 's'}`;
    void copyText(text).then((copied) => {
      if (copied) this.#deps.notice(`The host put ${size} on your clipboard`);
      else {
        const run = (): void => void this.copy(text);
        this.#deps.notice(`The host has ${size} for your clipboard`, { label: 'Copy', run });
      }
    });
  }

  #pasted(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    void this.#paste(event.clipboardData?.getData('text/plain') ?? '');
  }

  async #paste(clipboard: string): Promise<void> {
    const paste = readPaste(clipboard);
    if (paste.text === '') return;
    if (!this.#deps.mayType()) {
      this.#deps.notice('You are read-only: nothing was pasted');
      return;
    }
    if (needsConsent(paste) && !(await this.#pasteDialog.consent(paste))) return;
    this.#terminal.paste(paste.text);
    this.#terminal.focus();
  }
}

/**
 * Puts `text` on the clipboard; whether it could. Browsers allow it to a page that was just clicked or typed at, and the
 * modern way only over HTTPS or on this machine: elsewhere the old way does.
 */
async function copyText(text: string): Promise<boolean> {
  // Not everywhere, whatever its type says: a page by plain HTTP has none.
  const modern = navigator.clipboard as globalThis.Clipboard | undefined;
  try {
    await modern?.writeText(text);
    if (modern !== undefined) return true;
  } catch {
    // Not allowed at this moment, or not at all: the old way may be.
  }
  return copyBySelection(text);
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.readOnly = true;
  area.className = 'off-screen';
  // In a modal dialog only what is in it can be selected.
  (document.querySelector('dialog[open]') ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return copied;
}
