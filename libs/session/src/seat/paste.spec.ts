import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '#tmate-protocol';
import { MAX_PASTED_KEYS, PasteCollector, setBuffer } from './paste.js';

/** What the host's pane gets of these messages, as tmux does it. */
function received(messages: readonly ServerMessage[]): string {
  const buffers = new Map<string, string>();
  let pane = '';
  for (const message of messages) {
    if (message.type === 'pane-key') pane += String.fromCodePoint(message.key);
    if (message.type !== 'exec-cmd') continue;
    const [command, ...rest] = message.args;
    const name = rest[rest.indexOf('-b') + 1] ?? '';
    if (command === 'set-buffer') {
      buffers.set(name, (rest.includes('-a') ? (buffers.get(name) ?? '') : '') + rest.at(-1));
    } else if (command === 'paste-buffer') {
      pane += buffers.get(name) ?? '';
      buffers.delete(name);
    }
  }
  expect(buffers.size).toBe(0);
  return pane;
}

function paste(...pieces: string[]): ServerMessage[] {
  const messages: ServerMessage[] = [];
  const collector = new PasteCollector((message) => messages.push(message), 7, 'ann');
  for (const [n, piece] of pieces.entries()) collector.add(piece, n === pieces.length - 1);
  return messages;
}

describe('PasteCollector', () => {
  it('types what is short', () => {
    const messages = paste('ls -l\r', '😀');
    expect(messages.every(({ type }) => type === 'pane-key')).toBe(true);
    expect(received(messages)).toBe('ls -l\r😀');
  });

  it('sends what is long through one buffer', () => {
    const text = 'x'.repeat(1_000_000);
    const messages = paste(text);
    expect(messages.length).toBeLessThan(100);
    expect(messages.filter((m) => m.type === 'exec-cmd' && m.args[0] === 'paste-buffer')).toHaveLength(1);
    expect(received(messages)).toBe(text);
  });

  it('loses, adds and reorders nothing, however it is cut', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 4 * MAX_PASTED_KEYS }).map((t) => t.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 400 }), (pieces, times) => {
        const long = pieces.map((piece) => piece.repeat(times));
        expect(received(paste(...long))).toBe(long.join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('keeps apart what two seats paste at once, at one edge or two', () => {
    const messages: ServerMessage[] = [];
    const seats = ['ann', 'bob'].map((id) => new PasteCollector((message) => messages.push(message), 7, id));
    const texts = ['a', 'b'].map((letter) => letter.repeat(50_000));
    for (let at = 0; at < 50_000; at += 10_000) {
      for (const [n, seat] of seats.entries()) seat.add(texts[n]?.slice(at, at + 10_000) ?? '', at === 40_000);
    }
    expect(received(messages)).toBe(texts.join(''));
  });

  it('cannot be taken for flags', () => {
    const messages = paste(`-a -b other ${'y'.repeat(MAX_PASTED_KEYS)}`);
    const set = messages.find((m) => m.type === 'exec-cmd');
    expect(set?.type === 'exec-cmd' && set.args.at(-2)).toBe('--');
  });
});

describe('setBuffer', () => {
  it('is one command with no name for a short text', () => {
    expect(setBuffer('a b', 'ann')).toEqual([['set-buffer', '--', 'a b']]);
    expect(setBuffer('a', 'ann', 'mine')).toEqual([['set-buffer', '-b', 'mine', '--', 'a']]);
    expect(setBuffer('', 'ann')).toEqual([]);
  });

  it('is pieces of one buffer for a long one, whole and in order', () => {
    const text = Array.from({ length: 20_000 }, (_, n) => `${n}😀`).join('');
    const commands = setBuffer(text, 'ann');
    expect(commands.length).toBeGreaterThan(2);
    expect(commands.map((words) => words.at(-1)).join('')).toBe(text);
    expect(commands[0]?.slice(0, -1)).toEqual(['set-buffer', '-b', 'shipmate-copy-ann', '--']);
    for (const words of commands.slice(1)) {
      expect(words.slice(0, -1)).toEqual(['set-buffer', '-a', '-b', 'shipmate-copy-ann', '--']);
      expect(words.at(-1)).toMatch(/^[\d😀]+$/u);
    }
  });
});
