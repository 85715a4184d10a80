import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_STYLE } from '#tmux';
import { composeWindow } from '../compose/compose.js';
import type { WindowView } from '../compose/window-view.js';
import type { Picture } from '../picture.js';
import { Terminal } from '../vt/terminal.js';
import { capabilitiesFor } from './capabilities.js';
import { encodeFrame } from './encode-frame.js';
import { clipboardSequence } from './strings.js';
import { colourReset, leaveSequence } from './terminal-modes.js';

const XTERM = capabilitiesFor('xterm-256color', true);
const LINUX = capabilitiesFor('linux', true);
const encoder = new TextEncoder();
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Panes side by side, ten columns each. */
function view(...panes: Terminal[]): WindowView {
  const cols = panes.length * 11 - 1;
  return {
    cols,
    rows: 3,
    window: { cols, rows: 3 },
    panes: panes.map((source, id) => ({ id, x: id * 11, y: 0, cols: 10, rows: 3, source })),
    activePaneId: 0,
    statusRow: undefined,
    statusPosition: 'bottom',
    borderStyle: DEFAULT_STYLE,
    activeBorderStyle: DEFAULT_STYLE,
  };
}

function pane(output = ''): Terminal {
  const terminal = new Terminal({ cols: 10, rows: 3, historyLimit: 10 });
  terminal.write(encoder.encode(output));
  return terminal;
}

const linked = (uri: string, label: string): string => `\x1b]8;;${uri}\x1b\\${label}\x1b]8;;\x1b\\`;

/** What a terminal makes of a frame: each character with the link that it is of. */
function linksIn(frame: string): Record<string, string> {
  const found: Record<string, string> = {};
  let link = '';
  for (const part of frame.split(/(\x1b\]8;[^;]*;[^\x1b]*\x1b\\)/)) {
    const opened = /^\x1b\]8;[^;]*;([^\x1b]*)/.exec(part)?.[1];
    if (opened === undefined) for (const char of part.replaceAll(/\x1b\[[\d;?]*[A-Za-z]/g, '')) found[char] = link;
    else link = opened;
  }
  return { ...found, '': link };
}

describe('links', () => {
  it('reach a terminal that has them, each of its own pane', () => {
    const a = pane(`${linked('https://a.example/', 'A')}b`);
    const b = pane(`${linked('https://b.example/', 'C')}${linked('https://a.example/', 'D')}`);
    const frame = text(encodeFrame(undefined, composeWindow(view(a, b)), XTERM));
    expect(linksIn(frame)).toMatchObject({
      A: 'https://a.example/',
      b: '',
      C: 'https://b.example/',
      D: 'https://a.example/',
      '': '',
    });
  });

  it('reach no other', () => {
    const picture = composeWindow(view(pane(linked('https://a.example/', 'A'))));
    expect(text(encodeFrame(undefined, picture, LINUX))).not.toContain(']8;');
  });

  it('are drawn when they change under the same characters, and not again', () => {
    const terminal = pane(linked('https://a.example/', 'AAA'));
    const before = composeWindow(view(terminal));
    terminal.write(encoder.encode(`\x1b[H${linked('https://b.example/', 'AA')}`));
    const after = composeWindow(view(terminal), before);
    const frame = text(encodeFrame(before, after, XTERM));
    expect(linksIn(frame)).toMatchObject({ A: 'https://b.example/', '': '' });
    expect(frame.match(/A/g)).toHaveLength(2);
    expect(text(encodeFrame(before, after, LINUX))).not.toContain('A');
  });

  it('keep their numbers from picture to picture, even when everything is redrawn', () => {
    const terminal = pane(linked('https://a.example/', 'A'));
    let picture = composeWindow(view(terminal));
    for (let n = 0; n < 20; n++) {
      terminal.write(encoder.encode(`\r\n${linked(`https://${n}.example/`, String(n % 10))}`));
      const next = composeWindow(n % 5 === 0 ? view(terminal, pane()) : view(terminal), picture);
      expect(next.links).toBe(picture.links);
      picture = next;
    }
    expect(linksIn(text(encodeFrame(undefined, picture, XTERM)))).toMatchObject({
      7: 'https://17.example/',
      8: 'https://18.example/',
      9: 'https://19.example/',
    });
  });
});

describe("the cursor's colour", () => {
  const coloured = (colour: string): Picture => composeWindow(view(pane(`\x1b]12;${colour}\x07`)));

  it('is the active program’s, and given back', () => {
    const plain = composeWindow(view(pane()));
    const red = coloured('#ff0000');
    expect(text(encodeFrame(plain, red, XTERM))).toContain('\x1b]12;#ff0000\x07');
    expect(text(encodeFrame(red, { ...red }, XTERM))).toBe('');
    expect(text(encodeFrame(red, plain, XTERM))).toContain('\x1b]112\x07');
    expect(text(encodeFrame(plain, red, LINUX))).not.toContain(']12;');
    expect(text(leaveSequence(XTERM, red))).toContain('\x1b]112\x07');
    expect(text(leaveSequence(XTERM, plain))).not.toContain(']112');
    expect(text(colourReset(red, XTERM))).toBe('\x1b]112\x07');
    expect(text(colourReset(plain, XTERM))).toBe('');
  });

  it('is nothing that would ask the terminal something', () => {
    expect(text(encodeFrame(undefined, coloured('red;?;blue'), XTERM))).not.toContain(']12;');
  });
});

describe('clipboardSequence', () => {
  it('holds the bytes as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (data) => {
        const [, payload = ''] =
          /^\x1b\]52;c;([A-Za-z0-9+/=]*)\x07$/.exec(text(clipboardSequence(data, 'c', XTERM))) ?? [];
        expect(payload.length % 4).toBe(0);
        expect(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0))).toEqual(data);
      }),
    );
  });

  it('refuses invalid selections, and sends nothing to a terminal without a clipboard', () => {
    expect(text(clipboardSequence(encoder.encode('a'), 'c;\x1b', XTERM))).toBe('\x1b]52;;YQ==\x07');
    expect(clipboardSequence(encoder.encode('a'), 'c', LINUX)).toHaveLength(0);
  });
});
