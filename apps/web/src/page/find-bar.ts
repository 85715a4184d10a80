import type { SearchAddon } from '@xterm/addon-search';
import { FOUND_COLOURS } from '../terminal/colours.js';
import { byId } from './elements.js';

/** Finds text in what is on the screen; opens in the bar's own place, so that the terminal keeps its size. */
export class FindBar {
  readonly #search: SearchAddon;
  readonly #form = byId('find', HTMLFormElement);
  readonly #field = byId('find-text', HTMLInputElement);
  readonly #count = byId('find-count');
  readonly #dark: () => boolean;
  readonly #shown: (shown: boolean) => void;

  /** `shown` is called when the bar opens and closes. */
  constructor(search: SearchAddon, dark: () => boolean, shown: (shown: boolean) => void) {
    this.#search = search;
    this.#dark = dark;
    this.#shown = shown;
    this.#field.addEventListener('input', () => this.#find(true));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#find(false);
    });
    byId('find-back').addEventListener('click', () => this.#find(false, true));
    byId('find-close').addEventListener('click', () => this.close());
    this.#form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.close();
      else if (event.key === 'Enter' && event.shiftKey) this.#find(false, true);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    search.onDidChangeResults(({ resultIndex, resultCount }) => this.#tell(resultIndex, resultCount));
  }

  get isOpen(): boolean {
    return !this.#form.hidden;
  }

  open(): void {
    this.#form.hidden = false;
    byId('bar').dataset['find'] = '';
    this.#shown(true);
    this.#field.focus();
    this.#field.select();
    this.#find(true);
  }

  close(): void {
    if (!this.isOpen) return;
    this.#form.hidden = true;
    delete byId('bar').dataset['find'];
    this.#search.clearDecorations();
    this.#shown(false);
  }

  #find(incremental: boolean, back = false): void {
    const text = this.#field.value;
    if (text === '') {
      this.#search.clearDecorations();
      this.#count.textContent = '';
      return;
    }
    const { match, active } = FOUND_COLOURS[this.#dark() ? 'dark' : 'light'];
    const ruler = { matchOverviewRuler: match, activeMatchColorOverviewRuler: active };
    const decorations = { matchBackground: match, activeMatchBackground: active, ...ruler };
    const options = { incremental, decorations };
    if (back) this.#search.findPrevious(text, options);
    else this.#search.findNext(text, options);
  }

  #tell(index: number, count: number): void {
    if (this.#field.value === '') this.#count.textContent = '';
    else if (count === 0) this.#count.textContent = 'none';
    else this.#count.textContent = index < 0 ? `${count}` : `${index + 1} of ${count}`;
  }
}
