/**
 * The colours of all pages: light, dark. Texts have a contrast of at least 4.5 on `bg` and on `surface`, `accent-text` on
 * `accent`.
 */
export const COLOURS = {
  bg: ['#f6f8fa', '#0d141b'],
  surface: ['#ffffff', '#141d26'],
  text: ['#14202b', '#e4ebf1'],
  muted: ['#526070', '#93a3b3'],
  line: ['#d5dde5', '#2a3744'],
  accent: ['#0b6b57', '#4fd1ac'],
  'accent-text': ['#ffffff', '#06231b'],
  ok: ['#1a7f4b', '#5bd18b'],
  warn: ['#8a5a00', '#f0b849'],
  danger: ['#b42318', '#ff8a7a'],
  focus: ['#0b6b57', '#4fd1ac'],
} as const satisfies Readonly<Record<string, readonly [light: string, dark: string]>>;

const coloursOf = (which: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, pair]) => `--${name}: ${pair[which]};`)
    .join(' ');

/**
 * The common look of the server's pages and the browser client, as CSS custom properties: light, or dark if the system is, or
 * the person's choice in the root's `data-theme`.
 */
export const TOKENS_CSS = `:root {
  color-scheme: light dark;
  ${coloursOf(0)}
  --radius: 8px;
  --font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  --mono: ui-monospace, 'Cascadia Mono', 'JetBrains Mono', Menlo, 'DejaVu Sans Mono', monospace;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme='light']) { ${coloursOf(1)} } }
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; ${coloursOf(1)} }
`;
