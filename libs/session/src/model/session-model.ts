import { Emitter, ShipmateError, uncounted, type Account, type Clock } from '#kernel';
import type { CopyOptions } from '#screen';
import { Mirror } from '#tmux';
import type { HostMessage, SyncLayoutMessage, UnameMessage } from '#tmate-protocol';
import { AlertNotifier } from './alert-notifier.js';
import type { Pane, PaneEvents } from './pane.js';
import { RecentMessages } from './recent-messages.js';
import { SessionDisplay } from './session-display.js';
import { StatusLine } from './status-line.js';
import { Windows } from './windows.js';

/** Options that are meant for this server; `tmate-set` is separate, because it is not stored. */
const SERVER_OPTIONS = [
  'tmate-authorized-keys',
  'tmate-webhook-url',
  'tmate-webhook-userdata',
  'tmate-api-key',
  'tmate-session-name',
  'tmate-session-name-ro',
] as const;

/** tmux names a window so while its active pane shows a mode, if it names windows by itself. */
const MODE_NAME = '[tmux]';
/** tmux looks every half second whether a window needs another name. */
const RENAMED_MS = 2000;

/** The host's first message, which must come before every other. */
export interface HostVersion {
  readonly protocolVersion: number;
  readonly clientVersion: string;
}

/** What reaches those who look on besides the picture, as it happens. */
export type ModelEvent =
  /** A message for everybody's status line: an alert that shall be seen. */
  | { readonly kind: 'message'; readonly text: string }
  /** A program in sight put something into the clipboard (OSC 52). */
  | { readonly kind: 'clipboard'; readonly data: Uint8Array; readonly selection: string };

/** What a model knows about its host besides the mirror and the windows. */
export interface ModelBasics {
  readonly version: HostVersion | undefined;
  readonly uname: UnameMessage | undefined;
  /** Both ends of the status line, where the host sends them. */
  readonly status: { readonly left: string; readonly right: string } | undefined;
}

/**
 * What a host shares, made from its messages: windows and panes, the mirror of its tmux, its status line. The same
 * messages make the same model anywhere; it knows nothing of connections or joiners.
 */
export class SessionModel {
  readonly mirror = new Mirror();
  readonly windows: Windows;
  readonly display: SessionDisplay;
  readonly recent = new RecentMessages();
  readonly #status: StatusLine;
  #version: HostVersion | undefined;
  #uname: UnameMessage | undefined;
  #changed = false;
  #restated = false;
  #awake = false;
  #lastOutputAt = 0;
  #modeEndedAt = 0;
  readonly #alerts: AlertNotifier;
  readonly events = new Emitter<ModelEvent>();
  /** The host lets readers have what programs put into the clipboard (`tmate-set reader_clipboard=true`). */
  readerClipboard = false;

  /** Called after each batch of messages that changed what is seen. */
  onChange: (() => void) | undefined;
  /** A command that a seat sent failed at the host. */
  onCommandFailed: ((clientId: number, cause: string) => void) | undefined;
  /** The host set an option that is a word to this server: `tmate-set` (the value is `key=value`) or `tmate-…`. */
  onSet: ((option: string, value: string) => void) | undefined;

  constructor(
    private readonly clock: Clock,
    /** What the session takes is counted here, until `dispose`. */
    readonly account: Account = uncounted(),
  ) {
    const events: PaneEvents = {
      clipboard: (pane, data, selection) => this.#fireIfCurrent(pane, { kind: 'clipboard', data, selection }),
    };
    this.windows = new Windows(() => this.mirror.options.number('history-limit'), events, account);
    const { options } = this.mirror;
    this.windows.forced = (index) => ({
      cols: options.number('force-width', index),
      rows: options.number('force-height', index),
    });
    this.#status = new StatusLine(this, clock);
    this.#alerts = new AlertNotifier({
      windows: this.windows,
      mirror: this.mirror,
      clock,
      notify: (text) => this.events.fire({ kind: 'message', text }),
      changed: () => this.#statusChanged(),
      later: () => this.touch(),
    });
    this.display = new SessionDisplay(this, this.#status, () => this.#alerts.bells);
  }

  /** What a snapshot contains besides the mirror and the windows. */
  get basics(): ModelBasics {
    return { version: this.#version, uname: this.#uname, status: this.#status.ends };
  }

  /** Takes over a snapshot's basics. */
  resume({ version, uname, status }: ModelBasics): void {
    this.#version = version;
    this.#uname = uname;
    if (status !== undefined) this.#status.fromHost(status.left, status.right);
  }

  /** Nobody uses it any more: what it took is given back. */
  dispose(): void {
    this.account.close();
  }

  /** Continues where another model of the same session stopped: a terminal must not ring for what it has rung for. */
  continueFrom(earlier: SessionModel): void {
    this.#alerts.continueFrom(earlier.#alerts);
  }

  /** The host has sent the contents of its panes, as it does once after it reconnected. */
  get restated(): boolean {
    return this.#restated;
  }

  get version(): HostVersion | undefined {
    return this.#version;
  }

  get uname(): UnameMessage | undefined {
    return this.#uname;
  }

  /** Applies one message. Throws a `ShipmateError` that ends the host's connection, where the message makes no sense. */
  apply(message: HostMessage): void {
    this.recent.note(message);
    if (this.#version === undefined && message.type !== 'header') {
      throw new ShipmateError('protocol', 'the first message is not a header');
    }
    switch (message.type) {
      case 'header':
        if (this.#version !== undefined) throw new ShipmateError('protocol', 'there is a second header');
        this.#version = {
          protocolVersion: message.protocolVersion,
          clientVersion: message.clientVersion ?? 'unknown',
        };
        break;
      case 'sync-layout':
        this.#layout(message);
        break;
      case 'pty-data':
        this.#output(message.paneId, message.data);
        break;
      case 'exec-cmd':
        this.#command(message.args);
        break;
      case 'exec-cmd-str':
        for (const applied of this.mirror.applyLine(message.command, this.#optionContext())) this.#applied(applied);
        break;
      case 'status':
        this.#status.fromHost(message.left, message.right);
        this.#changed = true;
        break;
      case 'sync-copy-mode':
        // When a pane ends, its mode is reported when no layout contains the pane any more.
        if (message.copyMode === undefined) this.#modeEndedAt = this.clock.monotonic();
        this.windows.find(message.paneId)?.setCopyMode(message.copyMode, this.#copyOptions(message.paneId));
        this.#changed = true;
        break;
      case 'write-copy-mode':
        this.windows.find(message.paneId)?.writeCopyLine(message.text, this.#copyOptions(message.paneId));
        this.#changed = true;
        break;
      case 'snapshot':
        this.windows.load(message.panes);
        this.#restated = true;
        this.#changed = true;
        break;
      case 'failed-cmd':
        this.onCommandFailed?.(message.clientId, message.cause);
        break;
      case 'uname':
        this.#uname = message;
        break;
      case 'fin':
      case 'ready':
      case 'reconnect':
        break;
    }
  }

  /**
   * What takes keys in place of the active pane's program because the host opened it: messages or a command's output, or something
   * that the protocol does not carry (a list, a clock), of which only the window's name tells.
   */
  get hostMode(): 'messages' | 'other' | undefined {
    const { current } = this.windows;
    const copy = current?.active?.copy;
    if (copy !== undefined) return copy.textView && !copy.asking ? 'messages' : undefined;
    const isNamed = current?.name === MODE_NAME && this.clock.monotonic() - this.#modeEndedAt > RENAMED_MS;
    return isNamed ? 'other' : undefined;
  }

  /** Reports a change, after a batch of messages. */
  settle(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.onChange?.();
  }

  /** Something that is seen changed by other means than the host's messages: a joiner set an option of the mirror. */
  touch(): void {
    this.#status.touch();
    this.onChange?.();
  }

  /** Redraws a status line in which we draw the clock. */
  tick(): void {
    if (!this.#status.isHosts) this.touch();
  }

  /** Somebody looks: panes are made whole, and kept so until `sleep`. */
  wake(): void {
    this.#awake = true;
  }

  /** Nobody looks any more: packs the panes away at once, if nothing came for `quietMs`. */
  sleep(quietMs: number): void {
    Array.from(this.packing(quietMs));
  }

  /** As `sleep`, a pane a step: one of 2,000 lines takes a millisecond. Stops when somebody looks again. */
  *packing(quietMs: number): Generator<void> {
    if (this.clock.monotonic() - this.#lastOutputAt < quietMs) return;
    this.#awake = false;
    for (const pane of Array.from(this.windows.panes)) {
      if (this.#awake) return;
      if (pane.asleep) continue;
      pane.sleep();
      yield;
    }
  }

  #layout({ layout }: SyncLayoutMessage): void {
    const before = new Set(this.windows.list.map(({ uid }) => uid));
    for (const pane of this.windows.panes) {
      if (pane.copy !== undefined) pane.copyStyle = this.#copyOptions(pane.id).modeStyle;
    }
    this.windows.apply(layout);
    // Which of a host's first windows are new nobody knows.
    const created = before.size === 0 ? [] : this.windows.list.filter(({ uid }) => !before.has(uid));
    const indices = new Set(layout.windows.map(({ index }) => index));
    // A new window may have the number of a closed one, but not its options.
    for (const { index } of created) indices.delete(index);
    this.mirror.options.keepWindows(indices);
    this.#alerts.arranged(created);
    this.#paneOptions();
    this.#statusChanged();
  }

  #output(paneId: number, data: Uint8Array): void {
    const pane = this.windows.pane(paneId);
    const rung = pane.write(data);
    this.#lastOutputAt = this.clock.monotonic();
    const window = this.windows.list.find(({ uid }) => uid === pane.window);
    this.#alerts.output(window, rung);
    if (pane.window === this.windows.current?.uid) this.#changed = true;
  }

  #statusChanged(): void {
    this.#status.touch();
    this.#changed = true;
  }

  /** As in tmux, a program is heard by the terminals that show its window. */
  #fireIfCurrent(pane: Pane, what: ModelEvent): void {
    if (pane.window === this.windows.current?.uid) this.events.fire(what);
  }

  #paneOptions(): void {
    for (const { index, panes } of this.windows.list) {
      const allows = this.mirror.options.flag('alternate-screen', index);
      for (const pane of panes) pane.allowsAlternate = allows;
    }
  }

  #command(args: readonly string[]): void {
    this.#applied(this.mirror.apply(args, this.#optionContext()));
  }

  #applied(applied: ReturnType<Mirror['apply']>): void {
    if (applied.kind === 'tmate-set') {
      this.onSet?.('tmate-set', `${applied.key}=${applied.value}`);
      if (applied.key === 'reader_clipboard') this.readerClipboard = applied.value === 'true';
    }
    if (applied.kind !== 'option') return;
    if (applied.name === 'alternate-screen') this.#paneOptions();
    if (applied.name === 'monitor-silence') this.#alerts.rearm();
    const word = SERVER_OPTIONS.find((name) => name === applied.name);
    if (word !== undefined) this.onSet?.(word, this.mirror.options.text(word));
    this.#statusChanged();
  }

  #optionContext(): { currentWindow: number | undefined } {
    return { currentWindow: this.windows.current?.index };
  }

  #copyOptions(paneId: number): CopyOptions {
    const { options } = this.mirror;
    const { window: uid } = this.windows.pane(paneId);
    const index = this.windows.list.find((window) => window.uid === uid)?.index;
    const modeKeys = options.choice('mode-keys', index) === 'vi' ? 'vi' : 'emacs';
    return { modeStyle: options.style('mode-style', index), modeKeys };
  }
}
