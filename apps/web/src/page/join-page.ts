import { PAGE_ID_BYTES } from '#web-protocol';
import { Connection, type WantedSize } from '../connection/connection.js';
import type { Status } from '../connection/status.js';
import { webSocketLinks } from '../connection/websocket-link.js';
import { withoutToken, type JoinPath } from '../join-path.js';
import type { ScreenText } from '../terminal/screen-text.js';
import { TerminalView } from '../terminal/terminal-view.js';
import { Bar } from './bar.js';
import { browserClock } from './browser-clock.js';
import { Clipboard } from './clipboard.js';
import { byId, closeByBackdrop, ask } from './elements.js';
import { FindBar } from './find-bar.js';
import { KeyBar } from './key-bar.js';
import { followLink } from './links.js';
import { onPinch } from './pinch.js';
import { SettingsDialog } from './settings-dialog.js';
import { fontWithin, type Settings } from './settings.js';
import { shortcutOf } from './shortcuts.js';
import { peopleLines } from './state-text.js';
import { Viewport } from './viewport.js';

declare global {
  interface Window {
    /** For whoever looks into this page from outside, as its tests do: what is on the screen. */
    shipmate?: { readonly screen: () => ScreenText };
  }
}

const UTF8 = new TextEncoder();

/** A loaded page: creates its parts and connects them. */
export class JoinPage {
  readonly #stage = byId('stage');
  readonly #touch = matchMedia('(pointer: coarse)');
  readonly #darkSystem = matchMedia('(prefers-color-scheme: dark)');
  readonly #bar: Bar;
  readonly #settings: SettingsDialog;
  readonly #view: TerminalView;
  readonly #viewport: Viewport;
  readonly #keyBar: KeyBar;
  readonly #find: FindBar;
  readonly #clipboard: Clipboard;
  readonly #connection: Connection;
  /** The terminal has this page's size, not the session's. */
  #ownSize = false;
  #typedAnything = false;
  #isLocked = false;
  #shown: Status['link'] = 'connecting';

  constructor({ socketUrl, token }: JoinPath) {
    this.#bar = new Bar({
      tryNow: () => this.#connection.tryNow(),
      joinAgain: () => this.#connection.connect(),
      reload: () => location.reload(),
      password: (text) => this.#connection.givePassword(text),
      signIn: () => location.assign(`/sign-in?to=${encodeURIComponent(location.pathname)}`),
    });
    this.#settings = new SettingsDialog((settings, before) => this.#apply(settings, before));
    document.documentElement.dataset['theme'] = this.#settings.settings.theme;
    this.#view = new TerminalView(this.#stage, byId('terminal'), this.#settings.settings, this.#dark, {
      typed: (text) => {
        this.#type(UTF8.encode(this.#keyBar.modifiers.apply(text)));
        this.#keyBar.draw();
      },
      typedBytes: (bytes) => this.#type(bytes),
      hostClipboard: (text) => this.#settings.settings.hostClipboard && this.#clipboard.fromHost(text),
      title: (title) => this.#bar.hostTitle(this.#isLocked ? '' : withoutToken(title, token)),
      bell: () => this.#bar.bell(document.hidden),
      link: (url, shown) => void followLink(url, shown),
      shortcut: (event) => this.#shortcut(event),
    });
    const { terminal } = this.#view;
    this.#viewport = new Viewport(this.#stage, () => this.#fit());
    this.#keyBar = new KeyBar(
      (typed) => terminal.input(typed, true),
      () => terminal.modes.applicationCursorKeysMode,
    );
    this.#find = new FindBar(
      this.#view.search,
      () => this.#dark,
      (shown) => {
        this.#view.setFinding(shown);
        if (shown) return;
        // What was found last is selected, and nobody selected it.
        terminal.clearSelection();
        terminal.focus();
      },
    );
    this.#clipboard = new Clipboard(terminal, this.#stage, {
      copyOnSelect: () => this.#settings.settings.copyOnSelect,
      mayType: () => this.#connection.status.role !== 'reader',
      notice: (text, action) => this.#bar.notice(text, action),
    });
    this.#connection = new Connection({
      openLink: webSocketLinks(socketUrl),
      canvas: this.#view,
      clock: browserClock,
      random: Math.random,
      pageId: crypto.getRandomValues(new Uint8Array(PAGE_ID_BYTES)),
      size: this.#wanted(),
      onStatus: (status) => this.#show(status),
      onNotice: (text) => this.#bar.notice(text),
    });
  }

  start(): void {
    this.#listen();
    this.#keyBar.shown = this.#showsKeyBar();
    this.#sizeText();
    this.#connection.connect();
    window.shipmate = { screen: () => this.#view.text() };
    // On a phone, the keyboard would come up before anything is visible.
    if (!this.#touch.matches) this.#view.terminal.focus();
  }

  get #dark(): boolean {
    const { theme } = this.#settings.settings;
    return theme === 'system' ? this.#darkSystem.matches : theme === 'dark';
  }

  #listen(): void {
    const on = (id: string, run: () => void): void => byId(id).addEventListener('click', run);
    on('find-open', () => this.#find.open());
    on('settings-open', () => this.#settings.open());
    on('size', () => this.#toggleSize());
    on('size-2', () => this.#toggleSize());
    on('people', () => this.#showPeople());
    on('lock', () => this.#lock());
    on('text-open', () => this.#showText());
    on('text-copy', () => void this.#clipboard.copy(byId('text-text').textContent ?? ''));
    on('full-screen', () => this.#fullScreen());
    this.#darkSystem.addEventListener('change', () => this.#view.setColours(this.#dark));
    this.#touch.addEventListener('change', () => (this.#keyBar.shown = this.#showsKeyBar()));
    window.addEventListener('online', () => this.#connection.backOnline());
    window.addEventListener('offline', () => this.#connection.goneOffline());
    document.addEventListener('visibilitychange', () => {
      this.#connection.setVisible(!document.hidden);
      if (!document.hidden) this.#bar.bell(false);
    });
    // From the browser's memory ("back"): its connection has ended.
    window.addEventListener('pageshow', (event) => event.persisted && this.#connection.wake());
    window.addEventListener('beforeunload', (event) => {
      // Ctrl-W is a key of every shell, and closes a page: ask whoever was at work here.
      if (this.#typedAnything && this.#connection.status.link === 'joined') event.preventDefault();
    });
    byId('bar').addEventListener('keydown', (event) => {
      if (event.key === 'Escape' || shortcutOf(event) === 'bar') {
        event.preventDefault();
        this.#view.terminal.focus();
      }
    });
    // The room around the terminal is most of a phone's screen.
    this.#stage.addEventListener('click', (event) => {
      if (event.target === this.#stage) this.#view.terminal.focus();
    });
    closeByBackdrop(byId('people-dialog', HTMLDialogElement));
    closeByBackdrop(byId('text-dialog', HTMLDialogElement));
    onPinch(
      this.#stage,
      () => (this.#ownSize ? this.#settings.settings.fontPx / 10 : this.#view.zoom),
      (zoom) => this.#zoomTo(zoom),
    );
  }

  #lock(): void {
    byId('settings-dialog', HTMLDialogElement).close();
    if (!this.#connection.lock()) this.#bar.notice('Not locked: there is no connection');
  }

  /** Nothing of the session stays in this page: neither what was drawn, nor what was copied from it into the page. */
  #forget(): void {
    this.#find.close();
    for (const id of ['people-dialog', 'text-dialog', 'paste-dialog', 'settings-dialog']) {
      byId(id, HTMLDialogElement).close();
    }
    for (const id of ['people-list', 'text-text', 'paste-text']) byId(id).replaceChildren();
    byId('find-text', HTMLInputElement).value = '';
    this.#bar.forget();
    // Whoever leaves a locked page loses nothing.
    this.#typedAnything = false;
  }

  #show(status: Status): void {
    if (status.lock !== undefined && !this.#isLocked) this.#forget();
    const wasLocked = this.#isLocked;
    this.#isLocked = status.lock !== undefined;
    this.#bar.show(status);
    this.#view.terminal.options.disableStdin = status.link === 'over' || this.#isLocked;
    if (wasLocked && !this.#isLocked && !this.#touch.matches) this.#view.terminal.focus();
    // A reader cannot ask for another size, but may see more or less of it.
    byId('size').title =
      status.role === 'reader'
        ? 'The terminal takes the size of this window, for you alone'
        : 'The terminal takes the size of this window, for everybody';
    // The form that asked, if any, has closed.
    if (status.link === 'joined' && this.#shown !== 'joined' && !this.#touch.matches) this.#view.terminal.focus();
    this.#shown = status.link;
    if (status.link === 'over' && !status.hadSeat) byId('outcome').querySelector<HTMLElement>('a')?.focus();
  }

  #type(bytes: Uint8Array): void {
    this.#typedAnything = true;
    if (this.#connection.type(bytes)) return;
    if (this.#connection.status.link !== 'over') this.#bar.notice('Not sent: too much input is already waiting');
  }

  #shortcut(event: KeyboardEvent): boolean {
    const shortcut = shortcutOf(event);
    if (shortcut === undefined) return false;
    event.preventDefault();
    if (shortcut === 'find') this.#find.open();
    else if (shortcut === 'copy') void this.#clipboard.copySelection();
    else byId('settings-open').focus();
    return true;
  }

  #fit(): void {
    const { box } = this.#viewport;
    if (this.#ownSize) {
      this.#view.setFont(this.#settings.settings.fontPx);
      this.#connection.resize(this.#wanted());
    } else {
      this.#view.fit(box);
    }
  }

  /** The size that fits the page; claimed if the person wants that. */
  #wanted(): WantedSize {
    const { fontPx } = this.#settings.settings;
    return { ...this.#view.gridOf(fontPx, this.#viewport.box), claim: this.#ownSize };
  }

  #toggleSize(): void {
    this.#ownSize = !this.#ownSize;
    this.#view.zoom = 1;
    this.#sizeText();
    this.#connection.resize(this.#wanted());
    this.#fit();
    this.#view.terminal.focus();
  }

  #sizeText(): void {
    byId('size').setAttribute('aria-pressed', String(this.#ownSize));
    byId('size-text').textContent = this.#ownSize ? 'My size' : "Host's size";
    byId('size-2').textContent = this.#ownSize ? "Take the host's size" : 'Take my own size';
  }

  #zoomTo(zoom: number): void {
    if (this.#ownSize) {
      this.#settings.change({ fontPx: fontWithin(zoom * 10) });
    } else {
      this.#view.zoom = zoom;
      this.#fit();
    }
  }

  #apply(settings: Settings, before: Settings): void {
    document.documentElement.dataset['theme'] = settings.theme;
    this.#view.setColours(this.#dark);
    this.#view.terminal.options.screenReaderMode = settings.screenReader;
    this.#keyBar.shown = this.#showsKeyBar();
    if (settings.renderer !== before.renderer) this.#bar.notice('Takes effect when the page is loaded again');
    this.#fit();
  }

  #showsKeyBar(): boolean {
    const { keyBar } = this.#settings.settings;
    return keyBar === 'on' || (keyBar === 'auto' && this.#touch.matches);
  }

  #showPeople(): void {
    const { people } = this.#connection.status;
    if (people === undefined) return;
    const items = peopleLines(people).map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    });
    byId('people-list').replaceChildren(...items);
    void ask(byId('people-dialog', HTMLDialogElement));
  }

  #showText(): void {
    byId('settings-dialog', HTMLDialogElement).close();
    byId('text-text').textContent = this.#view.text().lines.join('\n');
    void ask(byId('text-dialog', HTMLDialogElement));
  }

  #fullScreen(): void {
    byId('settings-dialog', HTMLDialogElement).close();
    if (document.fullscreenElement !== null) {
      void document.exitFullscreen();
      return;
    }
    const { keyboard } = navigator as { keyboard?: { lock(keys?: string[]): Promise<void> } };
    document.documentElement
      .requestFullscreen()
      // Where the browser can, all keys are ours in full screen; Escape held down still leaves it.
      .then(async () => await keyboard?.lock())
      .catch(() => this.#bar.notice('This browser does not allow full screen'));
  }
}
