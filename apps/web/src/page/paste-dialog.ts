import { previewPaste, type Paste } from '../input/paste-guard.js';
import { ask, byId } from './elements.js';

/** Asks before many lines are typed at once, and shows them. */
export class PasteDialog {
  readonly #dialog = byId('paste-dialog', HTMLDialogElement);
  readonly #again = byId('paste-again', HTMLInputElement);
  #asks = true;

  /** Whether to paste. `bracketed`: the program knows pastes from typing. */
  async consent(paste: Paste, bracketed: boolean): Promise<boolean> {
    if (!this.#asks) return true;
    if (this.#dialog.open) return false;
    const { shown, hiddenChars } = previewPaste(paste.text);
    byId('paste-text').textContent = shown;
    byId('paste-title').textContent =
      paste.lines > 1 ? `Paste ${paste.lines.toLocaleString('en')} lines?` : 'Paste this?';
    const parts = [
      bracketed ? 'The program in the terminal takes it as one paste.' : 'A shell runs each line as it comes.',
      hiddenChars > 0 ? `${hiddenChars.toLocaleString('en')} more characters are not shown.` : '',
      paste.removed > 0 ? `${paste.removed} control characters are left out.` : '',
    ];
    byId('paste-more').textContent = parts.filter((part) => part !== '').join(' ');
    const answer = await ask(this.#dialog);
    if (answer === 'paste' && this.#again.checked) this.#asks = false;
    return answer === 'paste';
  }
}
