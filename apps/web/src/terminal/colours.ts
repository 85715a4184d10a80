import type { ITheme } from '@xterm/xterm';

/** The terminal's colours. Foregrounds of each have a contrast of at least 4.5 on their background, dim black and white aside. */
export const TERMINAL_COLOURS = {
  dark: {
    foreground: '#dde5ec',
    background: '#0a1016',
    cursor: '#4fd1ac',
    cursorAccent: '#0a1016',
    selectionBackground: '#2c5163',
    selectionInactiveBackground: '#23323f',
    black: '#2f3d49',
    red: '#ff7b72',
    green: '#7ccf7a',
    yellow: '#e3b95c',
    blue: '#6cb0ff',
    magenta: '#cf96f0',
    cyan: '#56cfd0',
    white: '#c4ced8',
    brightBlack: '#718494',
    brightRed: '#ffa198',
    brightGreen: '#9de29a',
    brightYellow: '#f6d382',
    brightBlue: '#95c8ff',
    brightMagenta: '#e0b5f8',
    brightCyan: '#83e3e3',
    brightWhite: '#f6f9fb',
  },
  light: {
    foreground: '#1b2733',
    background: '#ffffff',
    cursor: '#0b6b57',
    cursorAccent: '#ffffff',
    selectionBackground: '#b9dcd3',
    selectionInactiveBackground: '#dfe7ec',
    black: '#1b2733',
    red: '#b5281e',
    green: '#1f7a35',
    yellow: '#8a5a00',
    blue: '#1a5fc0',
    magenta: '#8b35ae',
    cyan: '#0e6f78',
    white: '#68778a',
    brightBlack: '#5a6876',
    brightRed: '#cf3a2e',
    brightGreen: '#2a7f3c',
    brightYellow: '#916400',
    brightBlue: '#2a70d8',
    brightMagenta: '#a04ac4',
    brightCyan: '#177a83',
    brightWhite: '#7a8794',
  },
} as const satisfies Readonly<Record<'dark' | 'light', ITheme>>;

/**
 * The least contrast that text gets, whatever colours a program chose. Most programs choose theirs for a dark terminal: on a
 * light one pale yellow must still be read.
 */
export const LEAST_CONTRAST = { dark: 1, light: 4.5 } as const;

/**
 * What is found. The match that one is at stands out from its surroundings, the other matches among them, by a contrast of at
 * least 3. It is selected, so that while something is looked for the selection has its colours. (The addon wants colours for a
 * ruler too; this page has none.)
 */
export const FOUND_COLOURS = {
  dark: { match: '#3d3410', active: '#ffd34d', activeText: '#0a1016' },
  light: { match: '#ffe48a', active: '#8a4b00', activeText: '#ffffff' },
} as const;

/** A theme's colours while something is looked for. */
export function coloursOfFinding(name: 'dark' | 'light'): ITheme {
  const { active, activeText } = FOUND_COLOURS[name];
  const selection = {
    selectionBackground: active,
    selectionInactiveBackground: active,
    selectionForeground: activeText,
  };
  return { ...TERMINAL_COLOURS[name], ...selection };
}
