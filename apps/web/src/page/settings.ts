/** What a person has chosen for all sessions; kept in the browser's local storage. */
export interface Settings {
  readonly theme: 'system' | 'light' | 'dark';
  /** The key bar: `auto` shows it where fingers do the pointing. */
  readonly keyBar: 'auto' | 'on' | 'off';
  /** CSS pixels, for a terminal of the page's own size. */
  readonly fontPx: number;
  /** The renderer: `auto` uses the graphics card if there is one, otherwise plain elements. */
  readonly renderer: 'auto' | 'webgl' | 'dom';
  /** xterm.js keeps a copy of the screen that a screen reader can read. */
  readonly screenReader: boolean;
  readonly copyOnSelect: boolean;
  /** Whether the host's programs may write to the clipboard (OSC 52). */
  readonly hostClipboard: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  keyBar: 'auto',
  fontPx: 15,
  renderer: 'auto',
  screenReader: false,
  copyOnSelect: true,
  hostClipboard: true,
};

export const FONT_PX = { least: 8, most: 40 } as const;

/** Reads stored settings, from any version: invalid ones get their default. */
export function readSettings(stored: string | null): Settings {
  const found = parse(stored);
  const oneOf = <T extends string>(value: unknown, values: readonly T[], otherwise: T): T =>
    values.find((allowed) => allowed === value) ?? otherwise;
  const flag = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise);
  const { theme, keyBar, fontPx, renderer, screenReader, copyOnSelect, hostClipboard } = found;
  return {
    theme: oneOf(theme, ['system', 'light', 'dark'], DEFAULT_SETTINGS.theme),
    keyBar: oneOf(keyBar, ['auto', 'on', 'off'], DEFAULT_SETTINGS.keyBar),
    fontPx: typeof fontPx === 'number' ? fontWithin(fontPx) : DEFAULT_SETTINGS.fontPx,
    renderer: oneOf(renderer, ['auto', 'webgl', 'dom'], DEFAULT_SETTINGS.renderer),
    screenReader: flag(screenReader, DEFAULT_SETTINGS.screenReader),
    copyOnSelect: flag(copyOnSelect, DEFAULT_SETTINGS.copyOnSelect),
    hostClipboard: flag(hostClipboard, DEFAULT_SETTINGS.hostClipboard),
  };
}

/** A font size within reason. */
export function fontWithin(px: number): number {
  if (!Number.isFinite(px)) return DEFAULT_SETTINGS.fontPx;
  return Math.round(Math.max(FONT_PX.least, Math.min(FONT_PX.most, px)));
}

function parse(stored: string | null): Partial<Record<keyof Settings, unknown>> {
  try {
    const value: unknown = JSON.parse(stored ?? '{}');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {}; // Another program's, or cut short.
  }
}
