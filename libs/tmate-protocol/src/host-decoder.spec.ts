import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { isShipmateError, type ErrorCode } from '#kernel';
import { concat } from './arbitraries.fixture.js';
import { encodeHostMessage, HostMessageDecoder, Limit, type HostMessage } from './index.js';

/** Decodes a stream of any values, written by a generic MessagePack writer. */
function decode(...values: unknown[]): HostMessage[] {
  return decodeBytes(concat(values.map((value) => encode(value))));
}

function decodeBytes(bytes: Uint8Array): HostMessage[] {
  const messages: HostMessage[] = [];
  new HostMessageDecoder({ onMessage: (message) => messages.push(message) }).push(bytes);
  return messages;
}

function refusal(value: unknown): { code: ErrorCode; message: string } {
  try {
    decode(value);
  } catch (error) {
    if (isShipmateError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('was accepted');
}

const PANE = [0, 80, 23, 0, 0];
const layout = (change: { cols?: unknown; rows?: unknown; windows?: unknown; active?: unknown }): unknown[] => {
  const { cols = 80, rows = 23, windows = [[0, 'sh', [PANE], 0]], active = 0 } = change;
  return [1, cols, rows, windows, active];
};

describe('what the stock client sends', () => {
  it('is understood, message by message', () => {
    expect(
      decode(
        [0, 6, '2.4.0'],
        layout({ windows: [[3, 'vim', [PANE, [9, 39, 23, 41, 0]], -1]], active: 3 }),
        [2, 9, new Uint8Array([0x1b, 0xff])],
        [4, -1, 'unknown command: x'],
        [5, '[0] ', '#[fg=red]12:00'],
        [6, 9, []],
        [6, 9, [1, 12, 3, 4, [5, 6, 1], [4, 'Search Down', 'né']]],
        [7, 9, 'bind-key'],
        [8],
        [9],
        [10, 'secret'],
        [12, 'set-option', '-g', 'status', 'off'],
        [13, 'Linux', 'box', '6.1', '#1', 'x86_64'],
      ),
    ).toEqual([
      { type: 'header', protocolVersion: 6, clientVersion: '2.4.0' },
      {
        type: 'sync-layout',
        layout: {
          cols: 80,
          rows: 23,
          windows: [
            {
              index: 3,
              name: 'vim',
              panes: [
                { paneId: 0, cols: 80, rows: 23, x: 0, y: 0 },
                { paneId: 9, cols: 39, rows: 23, x: 41, y: 0 },
              ],
              activePane: -1,
            },
          ],
          activeWindow: 3,
        },
      },
      { type: 'pty-data', paneId: 9, data: new Uint8Array([0x1b, 0xff]) },
      { type: 'failed-cmd', clientId: -1, cause: 'unknown command: x' },
      { type: 'status', left: '[0] ', right: '#[fg=red]12:00' },
      { type: 'sync-copy-mode', paneId: 9, copyMode: undefined },
      {
        type: 'sync-copy-mode',
        paneId: 9,
        copyMode: {
          ofPane: true,
          scrolledBack: 12,
          cursorX: 3,
          cursorY: 4,
          selection: { x: 5, linesFromBottom: 6, rectangle: true },
          prompt: { kind: 4, prompt: 'Search Down', text: 'né' },
        },
      },
      { type: 'write-copy-mode', paneId: 9, text: 'bind-key' },
      { type: 'fin' },
      { type: 'ready' },
      { type: 'reconnect', data: 'secret' },
      { type: 'exec-cmd', args: ['set-option', '-g', 'status', 'off'] },
      { type: 'uname', sysname: 'Linux', nodename: 'box', release: '6.1', version: '#1', machine: 'x86_64' },
    ]);
  });

  it('is understood as a snapshot', () => {
    const cells = [0x0808, 0x01ff0808, 0xffffffff];
    const screen = [
      2,
      1,
      [
        ['ab ', cells],
        ['', []],
      ],
    ];
    expect(
      decode([
        11,
        [
          [4, 0x11, screen, null],
          [5, 0, [0, 0, []], screen],
        ],
      ]),
    ).toEqual([
      {
        type: 'snapshot',
        panes: [
          {
            paneId: 4,
            mode: 0x11,
            screen: {
              cursorX: 2,
              cursorY: 1,
              lines: [
                { text: 'ab ', cells: Uint32Array.from(cells) },
                { text: '', cells: new Uint32Array(0) },
              ],
            },
            saved: undefined,
          },
          {
            paneId: 5,
            mode: 0,
            screen: { cursorX: 0, cursorY: 0, lines: [] },
            saved: {
              cursorX: 2,
              cursorY: 1,
              lines: [
                { text: 'ab ', cells: Uint32Array.from(cells) },
                { text: '', cells: new Uint32Array(0) },
              ],
            },
          },
        ],
      },
    ]);
  });
});

describe('what other clients send', () => {
  it('is understood of old ones', () => {
    expect(decode([0, 2], [3, 'bind-key x kill-pane'])).toEqual([
      { type: 'header', protocolVersion: 2, clientVersion: undefined },
      { type: 'exec-cmd-str', command: 'bind-key x kill-pane' },
    ]);
    const [, message] = decode([0, 1], [6, 0, [7, 1, 2, [5, 6, 1], []]]);
    expect(message).toEqual({
      type: 'sync-copy-mode',
      paneId: 0,
      copyMode: { ofPane: true, scrolledBack: 7, cursorX: 1, cursorY: 2, selection: undefined, prompt: undefined },
    });
  });

  it('may have more values everywhere, which are ignored', () => {
    const more = [1.5, null, true, [[], 'x', [1]], 'y'.repeat(70_000), new Uint8Array(3), 2n ** 64n - 1n];
    const bigInts = (value: unknown): Uint8Array => encode(value, { useBigInt64: true });
    const window = [0, 'sh', [[...PANE, ...more]], 0, ...more];
    const line = ['a', [1], ...more];
    const stream = concat([
      bigInts([8, ...more]),
      bigInts([...layout({ windows: [window] }), ...more]),
      bigInts([6, 0, [1, 0, 0, 0, [1, 2, 3, ...more], [1, '', '', ...more], ...more], ...more]),
      bigInts([11, [[0, 0, [0, 0, [line], ...more], [0, 0, [line], ...more], ...more]], ...more]),
      bigInts([9]),
    ]);
    expect(decodeBytes(stream).map((message) => message.type)).toEqual(
      'fin sync-layout sync-copy-mode snapshot ready'.split(' '),
    );
    const plain = concat([encodeHostMessage({ type: 'fin' }), encode(layout({}))]);
    expect(decodeBytes(stream).slice(0, 2)).toEqual(decodeBytes(plain));
  });

  it.each([
    ['fixint', [0xff]],
    ['int8', [0xd0, 0xff]],
    ['int16', [0xd1, 0xff, 0xff]],
    ['int32', [0xd2, 0xff, 0xff, 0xff, 0xff]],
    ['int64', [0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('may write -1 as %s', (_, minusOne) => {
    const bytes = Uint8Array.from([0x93, 0x04, ...minusOne, 0xa0]);
    expect(decodeBytes(bytes)).toEqual([{ type: 'failed-cmd', clientId: -1, cause: '' }]);
  });

  it.each([
    ['uint8', [0xcc, 5]],
    ['uint16', [0xcd, 0, 5]],
    ['uint32', [0xce, 0, 0, 0, 5]],
    ['uint64', [0xcf, 0, 0, 0, 0, 0, 0, 0, 5]],
    ['int8', [0xd0, 5]],
    ['int64', [0xd3, 0, 0, 0, 0, 0, 0, 0, 5]],
  ])('may write a type and a number as %s', (_, five) => {
    const bytes = Uint8Array.from([0xdd, 0, 0, 0, 3, ...five.slice(0, -1), 4, ...five, 0xdb, 0, 0, 0, 1, 0x78]);
    expect(decodeBytes(bytes)).toEqual([{ type: 'failed-cmd', clientId: 5, cause: 'x' }]);
  });
});

describe('text', () => {
  it('has U+FFFD for what is not UTF-8, and keeps every character that is', () => {
    expect(decode([7, 0, new Uint8Array([0x61, 0xff, 0xc3, 0x62])])).toMatchObject([{ text: 'a\ufffd\ufffdb' }]);
    expect(decode([7, 0, '\ufeff\0\u{1f600}'])).toMatchObject([{ text: '\ufeff\0\u{1f600}' }]);
  });

  it('that is only shown is cut between characters', () => {
    const name = `${'x'.repeat(Limit.nameBytes - 2)}\u{1f600}tail`;
    const [message] = decode(layout({ windows: [[0, name, [PANE], 0]] }));
    expect(message).toMatchObject({
      layout: { windows: [{ name: 'x'.repeat(Limit.nameBytes - 2) }], activeWindow: 0 },
    });
    expect(decode([5, 'é'.repeat(Limit.textBytes), 'r'])).toMatchObject([
      { left: 'é'.repeat(Limit.textBytes / 2), right: 'r' },
    ]);
    // Nothing but continuation bytes: there is no character to keep whole.
    const junk = new Uint8Array(2 * Limit.nameBytes).fill(0x80);
    expect(decode(layout({ windows: [[0, junk, [PANE], 0]] }))).toMatchObject([{ type: 'sync-layout' }]);
  });
});

describe('a wrong shape is a protocol error that names message and field', () => {
  it.each([
    ['no array', 7, 'message: not an array'],
    ['a map', { a: 1 }, 'message: not an array'],
    ['nothing in it', [], 'message: an empty array'],
    ['a type that is no number', ['x'], 'message: its type is not a number'],
    ['a type above 13', [14, 1], 'message: its type is unknown'],
    ['a negative type', [-1], 'message: its type is unknown'],
    ['a map inside', [5, {}, 'x'], 'status: a byte that the protocol does not use'],
    ['too few arguments', [2, 1], 'pty-data: arguments: fewer than 2'],
    ['no arguments', [0], 'header: arguments: fewer than 1'],
    ['a header without the version it must have', [0, 6], 'header: arguments: fewer than 2'],
    ['a command without a name', [12], 'exec-cmd: arguments: fewer than 1'],
    ['a number for text', [5, 1, 'x'], 'status: left: not a string'],
    ['nil for text', [7, 0, null], 'write-copy-mode: text: not a string'],
    ['an array for text', [12, 'set', ['x']], 'exec-cmd: argument: not a string'],
    ['text for a number', [2, '1', 'x'], 'pty-data: pane id: not a number'],
    ['a float for a number', [2, 1.5, 'x'], 'pty-data: pane id: not a number'],
    ['a boolean for a number', [2, true, 'x'], 'pty-data: pane id: not a number'],
    ['a negative pane', [2, -1, 'x'], 'pty-data: pane id: not in 0 to 2147483647'],
    ['a pane beyond an int', [2, 2 ** 31, 'x'], 'pty-data: pane id: not in 0 to 2147483647'],
    ['a number for an array', layout({ windows: 3 }), 'sync-layout: windows: not an array'],
    ['a layout without windows', layout({ windows: [] }), 'sync-layout: windows: fewer than 1 values'],
    ['a window of three values', layout({ windows: [[0, 'x', []]] }), 'sync-layout: window: fewer than 4 values'],
    [
      'a pane of four values',
      layout({ windows: [[0, 'x', [[0, 1, 1, 0]], 0]] }),
      'sync-layout: pane: fewer than 5 values',
    ],
    ['a width of 0', layout({ cols: 0 }), 'sync-layout: sx: not in 1 to 2000'],
    ['a width of 10,000', layout({ cols: 10_000 }), 'sync-layout: sx: not in 1 to 2000'],
    ['a height of -1', layout({ rows: -1 }), 'sync-layout: sy: not in 1 to 1000'],
    [
      'a pane of no width',
      layout({ windows: [[0, 'x', [[0, 0, 1, 0, 0]], 0]] }),
      'sync-layout: pane sx: not in 1 to 2000',
    ],
    [
      'a pane of 10,000 rows',
      layout({ windows: [[0, 'x', [[0, 1, 10_000, 0, 0]], 0]] }),
      'sync-layout: pane sy: not in 1 to 1000',
    ],
    [
      'a pane left of the window',
      layout({ windows: [[0, 'x', [[0, 1, 1, -1, 0]], 0]] }),
      'sync-layout: pane xoff: not in 0 to 2000',
    ],
    [
      'an active pane of -2',
      layout({ windows: [[0, 'x', [PANE], -2]] }),
      'sync-layout: active pane: not in -1 to 2147483647',
    ],
    ['a copy mode of five values', [6, 0, [1, 0, 0, 0, []]], 'sync-copy-mode: copy mode: fewer than 6 values'],
    ['half a selection', [6, 0, [1, 0, 0, 0, [1], []]], 'sync-copy-mode: selection: fewer than 3 values'],
    ['half a prompt', [6, 0, [1, 0, 0, 0, [], [1, '']]], 'sync-copy-mode: prompt: fewer than 3 values'],
    ['a snapshot of no panes array', [11, null], 'snapshot: panes: not an array'],
    ['a pane without its screen', [11, [[0, 0, null, null]]], 'snapshot: screen: not an array'],
    [
      'a cell beyond 32 bits',
      [11, [[0, 0, [0, 0, [['a', [2 ** 32]]]], null]]],
      'snapshot: cell: not in 0 to 4294967295',
    ],
  ])('%s', (_, value, message) => {
    expect(refusal(value)).toEqual({ code: 'protocol', message: `bad message from the host: ${message}` });
  });
});

describe('what is over a limit is a limit error', () => {
  const panes = (count: number): unknown[] => Array.from({ length: count }, (_, id) => [id, 1, 1, 0, 0]);
  const windows = (count: number, each: number): unknown[] =>
    Array.from({ length: count }, (_, index) => [index, 'w', panes(each), 0]);
  const lines = (count: number): unknown[] => Array.from({ length: count }, () => ['', []]);
  const grids = (count: number, each: number): unknown[] =>
    Array.from({ length: count }, (_, id) => [id, 0, [0, 0, lines(each)], [0, 0, lines(each)]]);
  const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

  it.each([
    ['1,000 panes in a window', layout({ windows: windows(1, 1000) }), 'sync-layout: panes: more than 256 in all'],
    [
      '257 panes in many windows',
      layout({ windows: [...windows(255, 1), ...windows(1, 2)] }),
      'sync-layout: panes: more than 256 in all',
    ],
    ['257 windows', layout({ windows: windows(257, 0) }), 'sync-layout: windows: more than 256 values'],
    ['a long command', [12, 'x'.repeat(Limit.commandBytes + 1)], 'exec-cmd: argument: longer than 65536 bytes'],
    ['a long command line', [3, 'x'.repeat(Limit.commandBytes + 1)], 'exec-cmd-str: command: longer than 65536 bytes'],
    [
      'many arguments',
      [12, ...Array.from({ length: Limit.commandArgs + 1 }, () => 'x')],
      'exec-cmd: arguments: more than 1024',
    ],
    ['a long reconnection', [10, 'x'.repeat(Limit.valueBytes + 1)], 'reconnect: data: longer than 16384 bytes'],
    ['a message of 3 MB', [2, 0, new Uint8Array(3_000_000)], 'pty-data: longer than 2097152 bytes'],
    ['deep arrays', [8, nested(Limit.depth)], 'fin: arrays nested deeper than 8'],
    ['a snapshot of 257 panes', [11, grids(257, 0)], 'snapshot: panes: more than 256 values'],
    ['a screen of many lines', [11, grids(1, Limit.gridLines + 1)], 'snapshot: lines: more than 4096 values'],
    ['many lines in all', [11, grids(17, Limit.gridLines)], 'snapshot: lines: more than 131072 in all'],
    [
      'a line of many cells',
      [11, [[0, 0, [0, 0, [['', Array.from({ length: Limit.lineCells + 1 }, () => 0)]]], null]]],
      'snapshot: cells: more than 4096 values',
    ],
  ])('%s', (_, value, message) => {
    expect(refusal(value)).toEqual({ code: 'limit', message: `bad message from the host: ${message}` });
  });

  it('and what is just at it is not', () => {
    expect(decode(layout({ windows: windows(256, 1) }))).toHaveLength(1);
    expect(decode(layout({ cols: Limit.cols, rows: Limit.rows }))).toHaveLength(1);
    expect(decode([12, ...Array.from({ length: Limit.commandArgs }, () => 'x')])).toHaveLength(1);
    expect(decode([11, grids(16, Limit.gridLines)])).toHaveLength(1);
    expect(decode([2, 0, new Uint8Array(Limit.messageBytes - 8)])).toHaveLength(1);
  });
});
