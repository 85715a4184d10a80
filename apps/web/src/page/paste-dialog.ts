import { previewPaste, type Paste } from '../input/paste-guard.js';
import { ask, byId } from './elements.js';

/** Asks before many lines are typed at once, and shows them. */
export class PasteDialog {
  readonly #dialog = byId('paste-dialog', HTMLDialogElement);
  readonly #again = byId('paste-again', HTMLInputElement);
  #asks = true;

  /** Whether to paste. */
  async consent(paste: Paste): Promise<boolean> {
    if (!this.#asks) return true;
    if (this.#dialog.open) return false;
    const { shown, hiddenChars } = previewPaste(paste.text);
    byId('paste-text').textContent = shown;
    byId('paste-title').textContent =
      paste.lines > 1 ? `Paste ${paste.lines.toLocaleString('en')} lines?` : 'Paste this?';
    const parts = [
      'A shell may run each line as it comes.',
      hiddenChars > 0 ? `${hiddenChars.toLocaleString('en')} more characters are not shown.` : '',
      paste.removed > 0 ? `Left out: ${paste.removed} control character${paste.removed === 1 ? '' : 's'}.` : '',
    ];
    byId('paste-more').textContent = parts.filter((part) => part !== '').join(' ');
    const answer = await ask(this.#dialog);
    if (answer === 'paste' && this.#again.checked) this.#asks = false;
    return answer === 'paste';
  }
}
