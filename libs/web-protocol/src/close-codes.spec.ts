import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CLOSE_CODES, closeCode, mayRetry } from './close-codes.js';

const all = Object.entries(CLOSE_CODES);

describe('the close codes', () => {
  it('are one code a name, and their texts fit into a close frame', () => {
    expect(new Set(all.map(([, { code }]) => code)).size).toBe(all.length);
    for (const [name, entry] of all) {
      expect(entry.name).toBe(name);
      expect(new TextEncoder().encode(entry.text).length).toBeLessThanOrEqual(123);
      expect(closeCode(entry.code)).toBe(entry);
    }
  });

  it('are those that an application may use, or that the WebSocket layer does', () => {
    for (const [, { code }] of all) expect(code < 1010 || (code >= 4000 && code < 5000), `${code}`).toBe(true);
  });

  it('let a page retry after what passes, and after what nobody explained', () => {
    expect(mayRetry(CLOSE_CODES.stopping.code)).toBe(true);
    expect(mayRetry(CLOSE_CODES['not-found'].code)).toBe(false);
    expect(mayRetry(1006)).toBe(true);
    expect(mayRetry(4999)).toBe(true);
  });

  it('are in the docs, each with what it says here', () => {
    const page = readFileSync(new URL('../../../docs/web-protocol.md', import.meta.url), 'utf8');
    const rows = page
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter((cells) => /^\d{4}$/.test(cells[1] ?? ''));
    expect(rows.map(([, code, name, text, retry]) => ({ code, name, text, retry }))).toEqual(
      all.map(([name, { code, text, retry }]) => ({
        code: `${code}`,
        name: `\`${name}\``,
        text,
        retry: retry ? 'yes' : 'no',
      })),
    );
  });
});
