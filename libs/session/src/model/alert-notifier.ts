import type { Clock } from '#kernel';
import type { Mirror } from '#tmux';
import { SilenceWatch } from './silence.js';
import type { Window, Windows } from './windows.js';

export interface AlertNotifierDeps {
  readonly windows: Windows;
  readonly mirror: Mirror;
  readonly clock: Clock;
  /** A message for everybody's status line. */
  readonly notify: (text: string) => void;
  /** The status line or the number of bells changed: within a message of the host's. */
  readonly changed: () => void;
  /** The same, as time went by. */
  readonly later: () => void;
}

/** The effects of bells, activity and silence: marks on windows, bells at the terminals and messages, as the options say. */
export class AlertNotifier {
  readonly #silence: SilenceWatch;
  #bells = 0;

  constructor(private readonly deps: AlertNotifierDeps) {
    this.#silence = new SilenceWatch(
      deps.clock,
      () => this.#maybeSilent(),
      (uid) => this.#silent(uid),
    );
  }

  /** Bells that terminals have rung, or shall ring, since the session began. */
  get bells(): number {
    return this.#bells;
  }

  /** Continues where another one of the same session stopped. */
  continueFrom(earlier: AlertNotifier): void {
    this.#bells = earlier.#bells;
  }

  /** A pane of the window printed something with `bells` bells in it. */
  output(window: Window | undefined, bells: number): void {
    if (bells > 0) this.#bellRang(window, bells);
    if (window !== undefined) this.#active(window, bells > 0);
  }

  /** Windows came or went; tmux takes a new one for one with activity. */
  arranged(created: readonly Window[]): void {
    for (const window of created) this.#active(window, false);
    this.#silence.arm();
  }

  /** `monitor-silence` is another one. */
  rearm(): void {
    this.#silence.arm();
  }

  #bellRang(window: Window | undefined, times: number): void {
    const { windows, mirror, notify, changed } = this.deps;
    const current = window?.uid === windows.current?.uid;
    const action = mirror.options.choice('bell-action');
    if (action === 'any' || action === (current ? 'current' : 'other')) {
      if (!mirror.options.flag('visual-bell')) this.#bells += times;
      else if (action === 'current') notify('Bell in current window');
      else notify(`Bell in window ${this.#indexOf(window?.uid)}`);
    }
    if (!current && window !== undefined) windows.alerts.rang(window.uid);
    changed();
  }

  /** A bell anywhere, or output with `monitor-activity`, makes tmux check all windows for activity. */
  #active(window: Window, rang: boolean): void {
    const { windows, mirror, notify, changed } = this.deps;
    windows.alerts.heard(window.uid);
    this.#silence.heard(window.uid);
    const monitored = ({ index }: Window): boolean => mirror.options.flag('monitor-activity', index);
    if (!rang && !monitored(window)) return;
    const watched = windows.list.map((known) => ({ uid: known.uid, monitored: monitored(known) }));
    const marked = windows.alerts.check(watched, windows.current?.uid);
    if (marked.length === 0) return;
    if (mirror.options.flag('bell-on-alert')) this.#bells += marked.length;
    if (mirror.options.flag('visual-activity')) {
      for (const uid of marked) notify(`Activity in window ${this.#indexOf(uid)}`);
    }
    changed();
  }

  /** Windows that may become silent. */
  #maybeSilent(): { uid: number; seconds: number }[] {
    const { windows, mirror } = this.deps;
    return windows.list
      .filter(({ uid }) => uid !== windows.current?.uid && !windows.alerts.isSilent(uid))
      .map(({ uid, index }) => ({ uid, seconds: mirror.options.number('monitor-silence', index) }));
  }

  #silent(uid: number): void {
    const { windows, mirror, notify, later } = this.deps;
    windows.alerts.silent(uid);
    if (mirror.options.flag('bell-on-alert')) this.#bells += 1;
    if (mirror.options.flag('visual-silence')) notify(`Silence in window ${this.#indexOf(uid)}`);
    later();
  }

  #indexOf(uid: number | undefined): number {
    return this.deps.windows.list.find((window) => window.uid === uid)?.index ?? 0;
  }
}
