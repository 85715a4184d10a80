import { damaged, ShipmateError, uncounted, type Account, type ByteReader, type ByteWriter } from '#kernel';
import { Limit, type Layout, type SnapshotPane } from '#tmate-protocol';
import { Alerts } from './alerts.js';
import { checkLayout, type PlacedWindow } from './layout-rules.js';
import { Pane, type PaneEvents } from './pane.js';
import { NO_SIZE, type Size } from './sizes.js';

/** tmux's `PANE_MINIMUM`: a smaller `force-width` or `force-height` counts as none. */
const LEAST_FORCED = 2;

/** One window: a name, its panes, and which of them is active. */
export interface Window {
  /** Names the window for as long as it lives; its index changes when it is moved. */
  readonly uid: number;
  readonly index: number;
  readonly name: string;
  readonly panes: readonly Pane[];
  /** Undefined only while the window has no pane. */
  readonly active: Pane | undefined;
}

/** The windows and panes of a session, as the newest layout has them. */
export class Windows {
  readonly #panes = new Map<number, Pane>();
  #list: readonly Window[] = [];
  #current: Window | undefined;
  /** Windows that were current before, the newest first: the protocol carries the current one only. */
  #previous: readonly number[] = [];
  #nextUid = 1;
  readonly alerts = new Alerts();
  cols = 0;
  rows = 0;
  /** `force-width` and `force-height` of a window, by its number; 0 for none. */
  forced: (index: number) => Size = () => NO_SIZE;

  constructor(
    private readonly historyLimit: () => number,
    private readonly events?: PaneEvents,
    /** What the panes take is counted here. */
    private readonly account: Account = uncounted(),
  ) {}

  get list(): readonly Window[] {
    return this.#list;
  }

  get current(): Window | undefined {
    return this.#current;
  }

  /** The window that was current before: tmux marks it with `-`. */
  get last(): Window | undefined {
    return this.#list.find((window) => window.uid === this.#previous[0]);
  }

  /**
   * How large a window is: as the session, unless options force it to be smaller. A new window gets that size later, so it counts
   * only if the panes are inside.
   */
  sizeOf({ index, panes }: Window): Size {
    const { cols, rows } = this.forced(index);
    const right = Math.max(0, ...panes.map(({ rect }) => rect.x + rect.cols));
    const bottom = Math.max(0, ...panes.map(({ rect }) => rect.y + rect.rows));
    return { cols: forcedSide(this.cols, cols, right), rows: forcedSide(this.rows, rows, bottom) };
  }

  /**
   * Whether a pane is zoomed, which the layout does not say explicitly: it fills the window and covers the others. A pane of a
   * layout that does not fit may be as large as the window, with the others outside or outside itself.
   */
  isZoomed(window: Window): boolean {
    const { panes, active } = window;
    if (active === undefined) return false;
    const size = this.sizeOf(window);
    const { x, y, cols, rows } = active.rect;
    if (x !== 0 || y !== 0 || cols !== size.cols || rows !== size.rows) return false;
    return panes.some((pane) => pane !== active && pane.rect.x < size.cols && pane.rect.y < size.rows);
  }

  /** Whether a pane of the window is drawn: a zoomed one hides the others, and one that is not wholly inside is not. */
  isShown(window: Window, pane: Pane): boolean {
    if (this.isZoomed(window)) return pane === window.active;
    const { x, y, cols, rows } = pane.rect;
    const size = this.sizeOf(window);
    return x + cols <= size.cols && y + rows <= size.rows;
  }

  get panes(): Iterable<Pane> {
    return this.#panes.values();
  }

  /** A pane that may have ended a moment ago. */
  find(id: number): Pane | undefined {
    return this.#panes.get(id);
  }

  /** The pane that the host speaks of; one that no layout named ends the host's connection. */
  pane(id: number): Pane {
    const pane = this.#panes.get(id);
    if (pane === undefined) throw new ShipmateError('protocol', `there is no pane ${id}`);
    return pane;
  }

  /**
   * Applies a layout. If it leaves something out, as it does for a moment while a shell exits, the previous value stays: with
   * -1, the active pane stays active; with an unknown current window, the current one stays current. Throws a `ShipmateError`,
   * and changes nothing, if a session cannot have this layout.
   */
  apply(layout: Layout): void {
    checkLayout(layout, this.account);
    // Removed windows first: their memory may be needed.
    this.#keepOnly(layout);
    const before = new Map(this.#list.map((window) => [window.uid, window]));
    const seen = new Set<number>();
    const used = new Set<number>();
    this.cols = layout.cols;
    this.rows = layout.rows;
    this.#list = layout.windows.map(({ index, name, panes: places, activePane }) => {
      const panes: Pane[] = [];
      for (const place of places) {
        if (seen.has(place.paneId)) continue;
        seen.add(place.paneId);
        const pane = this.#panes.get(place.paneId);
        pane?.place(place);
        panes.push(pane ?? this.#add(place.paneId, place));
      }
      const uid = this.#claimUid(panes, used);
      const was = before.get(uid)?.active;
      const active =
        panes.find((pane) => pane.id === activePane) ?? (was && panes.includes(was) ? was : undefined) ?? panes[0];
      return { uid, index, name, panes, active };
    });
    this.#choose(layout.activeWindow);
  }

  #keepOnly({ windows }: Layout): void {
    const named = new Set(windows.flatMap(({ panes }) => panes.map(({ paneId }) => paneId)));
    for (const [id, pane] of this.#panes) {
      if (named.has(id)) continue;
      this.#panes.delete(id);
      pane.dispose();
    }
  }

  /** Packs all windows and panes; each pane's history takes `historyBytes` at most. */
  writeTo(writer: ByteWriter, historyBytes: number): void {
    for (const value of [this.cols, this.rows, this.#nextUid]) writer.varint(value);
    writeNumbers(writer, this.#previous);
    for (const uids of this.alerts.saved) writeNumbers(writer, uids);
    writer.varint(this.#list.length);
    for (const { uid, index, name, panes, active } of this.#list) {
      writer.varint(uid);
      writer.varint(index >>> 0);
      writer.text(name);
      writer.varint(panes.length);
      for (const pane of panes) pane.writeTo(writer, historyBytes);
      writer.varint(active === undefined ? 0 : panes.indexOf(active) + 1);
    }
    writer.varint(this.#current === undefined ? 0 : this.#list.indexOf(this.#current) + 1);
  }

  /** Fills empty windows with what `writeTo` packed; throws `protocol` if it is damaged. */
  readFrom(reader: ByteReader): void {
    this.cols = reader.upTo(Limit.cols, 'a width');
    this.rows = reader.upTo(Limit.rows, 'a height');
    this.#nextUid = reader.varint();
    this.#previous = readNumbers(reader);
    this.alerts.restore([readNumbers(reader), readNumbers(reader), readNumbers(reader)]);
    const list: Window[] = [];
    const placed: PlacedWindow[] = [];
    for (let n = reader.upTo(Limit.windows, 'windows'); n > 0; n--) {
      const window = this.#readWindow(reader);
      list.push(window);
      placed.push({ index: window.index, panes: window.panes.map(({ rect }) => rect) });
    }
    checkLayout({ cols: this.cols, rows: this.rows, windows: placed }, this.account);
    this.#list = list;
    this.#current = list[reader.upTo(list.length, 'the current window') - 1];
  }

  #readWindow(reader: ByteReader): Window {
    const [uid, index] = [reader.varint(), reader.varint() | 0];
    const name = reader.text(3 * Limit.nameBytes, 'a name');
    const panes: Pane[] = [];
    for (let n = reader.upTo(Limit.panes - this.#panes.size, 'panes'); n > 0; n--) {
      const makeRoom = (): boolean => this.#halveLongest();
      const pane = Pane.readFrom(reader, uid, { events: this.events, account: this.account, makeRoom });
      if (this.#panes.has(pane.id)) throw damaged('a pane twice');
      this.#panes.set(pane.id, pane);
      panes.push(pane);
    }
    return { uid, index, name, panes, active: panes[reader.upTo(panes.length, 'the active pane') - 1] };
  }

  /** Takes over what the host says that its panes hold. */
  load(panes: readonly SnapshotPane[]): void {
    for (const snapshot of panes) this.pane(snapshot.paneId).load(snapshot);
  }

  /** A window is the one that its panes belonged to before; of two with such panes the first. */
  #claimUid(panes: readonly Pane[], used: Set<number>): number {
    const uid = panes.map((pane) => pane.window).find((known) => known !== undefined && !used.has(known));
    const claimed = uid ?? this.#nextUid++;
    used.add(claimed);
    for (const pane of panes) pane.window = claimed;
    return claimed;
  }

  #choose(index: number): void {
    const was = this.#current?.uid;
    const current =
      this.#list.find((window) => window.index === index) ??
      this.#list.find((window) => window.uid === was) ??
      this.#list[0];
    this.#current = current;
    const alive = new Set(this.#list.map((window) => window.uid));
    this.alerts.keep(alive);
    if (current !== undefined) this.alerts.seen(current.uid);
    const previous = was === undefined ? this.#previous : [was, ...this.#previous.filter((uid) => uid !== was)];
    this.#previous = previous.filter((uid) => uid !== current?.uid && alive.has(uid));
  }

  /** The session's histories are as long as they may be: the longest loses its older half. */
  #halveLongest(): boolean {
    let longest: Pane | undefined;
    for (const pane of this.#panes.values()) if (pane.historyBytes > (longest?.historyBytes ?? 0)) longest = pane;
    return longest?.halveHistory() === true;
  }

  #add(id: number, { x, y, cols, rows }: Layout['windows'][number]['panes'][number]): Pane {
    const pane = new Pane(id, { x, y, cols, rows }, this.historyLimit(), this.events, this.account, () =>
      this.#halveLongest(),
    );
    this.#panes.set(id, pane);
    return pane;
  }
}

function forcedSide(side: number, forced: number, used: number): number {
  return forced >= Math.max(LEAST_FORCED, used) && forced < side ? forced : side;
}

function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length);
  for (const value of numbers) writer.varint(value);
}

function readNumbers(reader: ByteReader): number[] {
  const numbers: number[] = [];
  for (let n = reader.upTo(Limit.windows, 'windows'); n > 0; n--) numbers.push(reader.varint());
  return numbers;
}
