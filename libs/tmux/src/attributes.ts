import { Attr } from './style.js';

/** The names that tmux writes, in its order. */
const NAMES = ['bright', 'dim', 'underscore', 'blink', 'reverse', 'hidden', 'italics'] as const;

const BY_NAME: ReadonlyMap<string, number> = new Map([
  ...NAMES.map((name): [string, number] => [name, Attr[name]]),
  ['bold', Attr.bright],
]);

/** Reads `bright,underscore` (separated by comma, blank or bar), `none` or `default`. Undefined for anything else. */
export function parseAttributes(text: string): number | undefined {
  if (text === '' || /^[ ,|]|[ ,|]$/.test(text)) return undefined;
  if (/^(default|none)$/i.test(text)) return 0;
  let attr = 0;
  for (const name of text.toLowerCase().split(/[ ,|]+/)) {
    const bit = BY_NAME.get(name);
    if (bit === undefined) return undefined;
    attr |= bit;
  }
  return attr;
}

/** Writes attributes so that `parseAttributes` reads them back; `none` if there are no attributes. */
export function printAttributes(attr: number): string {
  const names = NAMES.filter((name) => (attr & Attr[name]) !== 0);
  return names.length > 0 ? names.join(',') : 'none';
}
