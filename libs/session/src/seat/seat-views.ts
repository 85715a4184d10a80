import { OverLimit } from '#kernel';
import type { CopyOptions, Picture } from '#screen';
import type { Style } from '#tmux';
import type { KeyCode } from '#tmate-protocol';
import type { CommandSeat } from './command-seat.js';
import { CopyContent, type CopiedTo, type CopySource } from './copy/copy-content.js';
import { paneSource, textSource } from './copy/copy-sources.js';
import { ChoiceList, type Choice } from './modes/choice-list.js';
import { ClockFace } from './modes/clock-face.js';
import { PaneMode, type PaneContent } from './modes/pane-mode.js';
import { paneCell, type Cell } from './mouse/mouse-target.js';
import type { MouseDrag } from './mouse/seat-mouse.js';
import type { Pane } from '../model/pane.js';
import { setBuffer } from './paste.js';

/** No more of a selection goes to the host, in UTF-16 units: all of a history of 2000 lines is less. */
const MAX_COPIED = 512 * 1024;

/** What a seat shows in place of a pane, one thing at a time: a list, a text, a clock, or its own copy mode. */
export class SeatViews {
  /** It takes unbound keys. */
  #view: PaneMode | undefined;
  #content: PaneContent | undefined;
  #lastCopied = '';

  constructor(private readonly seat: CommandSeat) {}

  /** The pane that something is shown in place of. */
  get paneId(): number | undefined {
    return this.#view?.paneId;
  }

  draw(base: Picture): Picture {
    return this.#view?.draw(base) ?? base;
  }

  /** Offers an unbound key, or a mouse key in a pane; returns whether it was taken. */
  key(key: KeyCode, mouse?: { readonly paneId: number; readonly at: Cell | undefined }): boolean {
    const view = this.#view;
    if (view === undefined) return false;
    if (mouse === undefined ? !view.active : mouse.paneId !== view.paneId) return false;
    if (view.key(key, mouse?.at) && this.#view === view) this.#show(undefined);
    this.seat.redraw();
    return true;
  }

  /** Shows what a command printed. */
  text(lines: readonly string[]): void {
    const active = this.seat.model.windows.current?.active;
    if (active !== undefined) this.#show(this.#copyContent(active, textSource(lines, this.#copyOptions)));
  }

  /** Shows a list to choose from. */
  choose(items: readonly Choice[], selected: number, expanded: boolean): void {
    const bindings = this.seat.model.mirror.modeKeys;
    const options = { bindings, manner: this.#manner, modeStyle: this.#modeStyle, selected, expanded };
    this.#show(new ChoiceList(items, options));
  }

  clock(): void {
    const { model, clock } = this.seat;
    const window = model.windows.current?.index;
    const { options } = model.mirror;
    const look = {
      colour: options.colour('clock-mode-colour', window),
      hours: options.choice('clock-mode-style', window),
    };
    this.#show(new ClockFace(clock, look, () => this.seat.redraw()));
  }

  /** Copy mode at this seat only, for a reader. */
  copyMode(pane: Pane, pageUp: boolean): void {
    if (this.#view?.paneId === pane.id) return;
    const content = this.#copyOf(pane);
    if (content === undefined) return;
    content.place({ x: pane.source.cursorX, y: pane.source.cursorY });
    if (pageUp) content.pageUp();
    this.#show(content, pane);
  }

  /** Begins to select with the mouse: in the text that the pane shows here, or in the pane as it is now. */
  select(pane: Pane, at: Cell): MouseDrag | undefined {
    if (this.#view?.paneId !== pane.id) {
      const copy = this.#copyOf(pane);
      if (copy === undefined) return undefined;
      this.#show(copy, pane);
    }
    const content = this.#content;
    if (!(content instanceof CopyContent)) return undefined;
    content.beginDrag(at);
    this.seat.redraw();
    return {
      moved: (cell) => {
        const inPane = paneCell(pane, cell);
        if (inPane === undefined || this.#content !== content) return;
        content.place(inPane);
        this.seat.redraw();
      },
    };
  }

  /** Copy mode over the pane as it is now; if there is no room for a copy of it, the joiner is told. */
  #copyOf(pane: Pane): CopyContent | undefined {
    try {
      const source = paneSource(pane, this.#copyOptions, this.seat.account);
      return this.#copyContent(pane, source, pane.copy?.position.scrolledBack ?? 0);
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
      this.seat.message(error.message);
      return undefined;
    }
  }

  #copyContent(pane: Pane, source: CopySource, scrolledBack?: number): CopyContent {
    const { options, modeKeys } = this.seat.model.mirror;
    const all = {
      ...this.#copyOptions,
      bindings: modeKeys,
      wordSeparators: options.text('word-separators'),
      wrapSearch: options.flag('wrap-search', this.seat.model.windows.current?.index),
      now: () => this.seat.clock.monotonic(),
      copied: (text: string, to: CopiedTo) => this.#copied(text, to),
    };
    return new CopyContent(source, pane.rect, all, scrolledBack);
  }

  /** Copied text goes into the joiner's clipboard and, if they may type, into the host's buffers. */
  #copied(text: string, { append = false, buffer }: CopiedTo): void {
    // Only the host knows what was copied before, so new text is appended to the seat's own copy.
    this.#lastCopied = (append ? this.#lastCopied + text : text).slice(0, MAX_COPIED);
    this.seat.toClipboard(this.#lastCopied);
    if (this.seat.info.role === 'reader') return;
    for (const args of setBuffer(this.#lastCopied, this.seat.info.id, buffer)) this.seat.exec(...args);
  }

  /** Shows something in place of a pane, the active one by default. */
  #show(content: PaneContent | undefined, pane = this.seat.model.windows.current?.active): void {
    this.#view?.dispose();
    const shown = content !== undefined && pane !== undefined;
    this.#view = shown ? new PaneMode(() => this.seat.model, pane.id, content) : undefined;
    this.#content = shown ? content : undefined;
    if (!shown) content?.dispose?.();
    this.seat.redraw();
  }

  close(): void {
    this.#show(undefined);
  }

  get #modeStyle(): Style {
    const { mirror, windows } = this.seat.model;
    return mirror.options.style('mode-style', windows.current?.index);
  }

  get #copyOptions(): CopyOptions {
    return { modeStyle: this.#modeStyle, modeKeys: this.#manner };
  }

  get #manner(): 'vi' | 'emacs' {
    const { mirror, windows } = this.seat.model;
    return mirror.options.choice('mode-keys', windows.current?.index) === 'vi' ? 'vi' : 'emacs';
  }
}
