import { SearchAddon } from '@xterm/addon-search';
import { Terminal } from '@xterm/xterm';
import { MAX_SIDE } from '#web-protocol';
import type { Canvas } from '../connection/canvas.js';
import type { Settings } from '../page/settings.js';
import { coloursOfFinding, LEAST_CONTRAST, TERMINAL_COLOURS } from './colours.js';
import { fitFont, fitGrid, LEAST_FONT_PX, zoomFont, type Box, type CellRatio, type Grid } from './fit-font.js';
import { clipboardText } from './host-clipboard.js';
import { useWebgl } from './renderer.js';
import { ScreenLinks, type ScreenLink } from './screen-links.js';
import { screenText, type ScreenText } from './screen-text.js';
import { keepStylesStrict } from './strict-document.js';

export interface TerminalEvents {
  /** Keys, pastes, mouse reports and the terminal's own answers, in the terminal's encoding. */
  typed(text: string): void;
  /** Mouse reports of the old kind: a byte a character. */
  typedBytes(bytes: Uint8Array): void;
  /** A host's program sets the clipboard. */
  hostClipboard(text: string): void;
  title(text: string): void;
  bell(): void;
  /** Somebody follows a link. `shown` is its text, where that says something else than where it leads. */
  link(url: string, shown: string | undefined): void;
  /** A page's shortcut; true: it was one, and is no key for the session. */
  shortcut(event: KeyboardEvent): boolean;
}

/** Resets the terminal: modes, colours, both screens. Part of the stream, so that it keeps its place in it. */
const RESET = '\u001Bc';

/** The one terminal of the page: xterm.js in an element, its size, its font and what it can be asked. */
export class TerminalView implements Canvas {
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  readonly #stage: HTMLElement;
  #cell: CellRatio;
  #zoom = 1;
  #follows = true;
  #dark: boolean;
  #finding = false;

  /** `stage` scrolls where the terminal is larger; `holder` is in it and has the terminal's size. */
  constructor(stage: HTMLElement, holder: HTMLElement, settings: Settings, dark: boolean, events: TerminalEvents) {
    this.#stage = stage;
    this.#dark = dark;
    const openLink = (event: MouseEvent, url: string, shown?: string): void => {
      event.preventDefault();
      events.link(url, shown);
    };
    const fontFamily = getComputedStyle(stage).fontFamily;
    this.#cell = measureCell(fontFamily);
    keepStylesStrict(document);
    this.terminal = new Terminal({
      allowProposedApi: true, // Decorations, for what is found.
      cols: 80,
      rows: 24,
      scrollback: 0,
      fontFamily,
      fontSize: settings.fontPx,
      cursorBlink: false,
      cursorInactiveStyle: 'outline',
      macOptionClickForcesSelection: true,
      rescaleOverlappingGlyphs: true,
      screenReaderMode: settings.screenReader,
      logLevel: 'off', // A console keeps its messages.
      linkHandler: {
        activate: (event, url) => openLink(event, url, this.terminal.getSelection() || 'a link'),
        allowNonHttpProtocols: false,
      },
      ...colours(dark, false),
    });
    this.search = new SearchAddon({ highlightLimit: 2000 });
    this.terminal.loadAddon(this.search);
    const openShown = (event: MouseEvent, { url, unsure }: ScreenLink): void =>
      openLink(event, url, unsure ? 'a part of it' : undefined);
    this.terminal.registerLinkProvider(new ScreenLinks(this.terminal, openShown));
    this.terminal.open(holder);
    this.#colour();
    this.#listen(events);
    this.terminal.textarea?.setAttribute('aria-describedby', 'terminal-help');
    void useWebgl(this.terminal, settings.renderer).then(() => this.#stage.dispatchEvent(new Event('refit')));
  }

  #listen(events: TerminalEvents): void {
    const { terminal } = this;
    terminal.onData((text) => {
      this.#follows = true;
      events.typed(text);
    });
    terminal.onBinary((text) => events.typedBytes(Uint8Array.from(text, (char) => char.charCodeAt(0) & 0xff)));
    terminal.onTitleChange((title) => events.title(title));
    terminal.onBell(() => events.bell());
    terminal.parser.registerOscHandler(52, (data) => {
      const text = clipboardText(data);
      if (text !== undefined) events.hostClipboard(text);
      return true;
    });
    terminal.attachCustomKeyEventHandler((event) => !(event.type === 'keydown' && events.shortcut(event)));
    terminal.onCursorMove(() => this.#follow());
    terminal.onResize(() => this.#follow());
    // Whoever moves the view by hand looks at something; typing brings it back.
    for (const type of ['wheel', 'touchmove'] as const) {
      this.#stage.addEventListener(type, () => (this.#follows = false), { passive: true });
    }
  }

  resize(cols: number, rows: number): void {
    // At its place in the stream: what was written before was drawn for the size before.
    this.terminal.write('', () => {
      if (cols === this.terminal.cols && rows === this.terminal.rows) return;
      this.terminal.resize(cols, rows);
      this.#stage.dispatchEvent(new Event('refit'));
    });
  }

  write(bytes: Uint8Array, fresh: boolean, drawn: () => void): void {
    if (fresh) this.terminal.write(RESET);
    this.terminal.write(bytes, drawn);
  }

  wipe(): void {
    const { terminal } = this;
    terminal.clearSelection();
    this.search.clearDecorations();
    if (terminal.textarea !== undefined) terminal.textarea.value = '';
    terminal.write(RESET, () => {
      // What a screen reader was given to say is in the page, too.
      const { screenReaderMode } = terminal.options;
      terminal.options.screenReaderMode = false;
      terminal.options.screenReaderMode = screenReaderMode ?? false;
    });
  }

  /** The font that shows the whole terminal in `box`, made larger by what the person has zoomed. */
  fit(box: Box): void {
    const { cols, rows } = this.terminal;
    let fontPx = fitFont({ cols, rows }, box, this.#cell, devicePixelRatio);
    this.#setFont(zoomFont(fontPx, this.#zoom));
    if (this.#zoom !== 1) return;
    // The DOM renderer's cells are not rounded: what is too large by a few pixels becomes smaller.
    for (let tries = 0; tries < 8 && fontPx > LEAST_FONT_PX && this.#overflows(box); tries++)
      this.#setFont((fontPx -= 0.25));
  }

  /** How many cells of a font of `fontPx` fit into `box`. */
  gridOf(fontPx: number, box: Box): Grid {
    return fitGrid(fontPx, box, this.#cell, devicePixelRatio, MAX_SIDE);
  }

  /** A font of `fontPx`, whatever fits. */
  setFont(fontPx: number): void {
    this.#setFont(zoomFont(fontPx, 1));
  }

  get zoom(): number {
    return this.#zoom;
  }

  /** Makes the fitted font larger: 1 is fitted, up to 8. The caller fits again. */
  set zoom(zoom: number) {
    this.#zoom = Math.max(1, Math.min(8, zoom));
    if (this.#zoom < 1.05) this.#zoom = 1;
  }

  setColours(dark: boolean): void {
    this.#dark = dark;
    this.#colour();
  }

  /** Something is looked for, or not any more. */
  setFinding(finding: boolean): void {
    this.#finding = finding;
    this.#colour();
  }

  text(): ScreenText {
    return screenText(this.terminal);
  }

  #colour(): void {
    const { theme, minimumContrastRatio } = colours(this.#dark, this.#finding);
    Object.assign(this.terminal.options, { theme, minimumContrastRatio });
    this.#stage.style.setProperty('--terminal', theme?.background ?? 'transparent');
  }

  #setFont(fontPx: number): void {
    if (this.terminal.options.fontSize !== fontPx) this.terminal.options.fontSize = fontPx;
  }

  #screen(): DOMRect | undefined {
    return this.terminal.element?.querySelector('.xterm-screen')?.getBoundingClientRect();
  }

  #overflows(box: Box): boolean {
    const screen = this.#screen();
    return screen !== undefined && (screen.width > box.width + 0.5 || screen.height > box.height + 0.5);
  }

  /** Keeps the cursor in view where the terminal is larger than its place. */
  #follow(): void {
    const stage = this.#stage;
    if (!this.#follows || (stage.scrollWidth <= stage.clientWidth && stage.scrollHeight <= stage.clientHeight)) return;
    const screen = this.#screen();
    if (screen === undefined) return;
    const frame = stage.getBoundingClientRect();
    const { cols, rows, buffer } = this.terminal;
    const [width, height] = [screen.width / cols, screen.height / rows];
    const left = screen.left - frame.left + buffer.active.cursorX * width;
    const top = screen.top - frame.top + buffer.active.cursorY * height;
    const by = (at: number, size: number, room: number): number =>
      at < size ? at - size * 2 : at + size * 2 > room ? at + size * 2 - room : 0;
    stage.scrollBy(by(left, width, stage.clientWidth), by(top, height, stage.clientHeight));
  }
}

function colours(dark: boolean, finding: boolean): Pick<Terminal['options'], 'theme' | 'minimumContrastRatio'> {
  const name = dark ? 'dark' : 'light';
  const theme = finding ? coloursOfFinding(name) : TERMINAL_COLOURS[name];
  return { theme, minimumContrastRatio: LEAST_CONTRAST[name] };
}

/** Measures a font as xterm.js does. */
function measureCell(fontFamily: string): CellRatio {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return { width: 0.6, height: 1.2 };
  context.font = `100px ${fontFamily}`;
  const { width, fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('W');
  return { width: width / 100, height: (fontBoundingBoxAscent + fontBoundingBoxDescent) / 100 };
}
