import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock, isShipmateError } from '#kernel';
import { capabilitiesFor, encodeFrame, type Picture } from '#screen';
import type { HostMessage, Layout } from '#tmate-protocol';
import { readModel, writeModel } from './model-snapshot.js';
import { SessionModel } from '../model/session-model.js';

const encoder = new TextEncoder();
const term = capabilitiesFor('xterm-256color', true, 'truecolor');
const clock = new FakeClock();

const HEAD: HostMessage[] = [
  { type: 'header', protocolVersion: 6, clientVersion: '2.4.0' },
  { type: 'uname', sysname: 'Linux', nodename: 'vm', release: '6', version: '1', machine: 'x86_64' },
];

const pane = (paneId: number, x: number, cols: number, rows = 23) => ({ paneId, x, y: 0, cols, rows });
const LAYOUTS: readonly Layout[] = [
  { cols: 80, rows: 23, activeWindow: 0, windows: [{ index: 0, name: 'a', panes: [pane(0, 0, 80)], activePane: 0 }] },
  {
    cols: 80,
    rows: 23,
    activeWindow: 1,
    windows: [
      { index: 0, name: 'a', panes: [pane(0, 0, 40), pane(1, 41, 39)], activePane: 1 },
      { index: 1, name: 'b – ü', panes: [pane(2, 0, 80)], activePane: 2 },
    ],
  },
  {
    cols: 60,
    rows: 15,
    activeWindow: 0,
    windows: [
      { index: 0, name: 'a', panes: [pane(0, 0, 30, 15), pane(1, 31, 29, 15)], activePane: 0 },
      { index: 3, name: 'b', panes: [pane(2, 0, 60, 15)], activePane: 2 },
    ],
  },
];

const COMMANDS: readonly (readonly string[])[] = [
  ['set-option', '-g', 'status-left', '#[fg=red]#{host} '],
  ['set-option', '-g', 'prefix', 'C-a'],
  ['set-option', '-g', 'status-position', 'top'],
  ['set-option', '-g', 'mode-keys', 'vi'],
  ['set-option', '-g', 'status-style', 'bg=colour3,bold'],
  ['set-option', '-g', '@mine', 'x y'],
  ['set-option', '-g', 'history-limit', '50'],
  ['set-window-option', '-g', 'monitor-activity', 'on'],
  ['set-window-option', '-t:0', 'window-status-style', 'fg=blue'],
  ['set-option', '-g', 'pane-border-style', 'fg=#ff0000'],
  ['set-option', '-u', 'status-left'],
  ['bind-key', '-r', 'x', 'split-window', '-h', ';', 'select-pane', '-L'],
  ['bind-key', '-n', 'F5', 'set-option', '-g', 'status-left', 'a;\\;'],
  ['bind-key', '-Tmine', 'C-x', 'if-shell', '-F', '1', 'new-window -n "a b"'],
  ['unbind-key', 'c'],
  ['unbind-key', '-a', '-Tprefix'],
  ['bind-key', '-t', 'vi-copy', 'y', 'copy-selection', '-x'],
  ['unbind-key', '-a', '-t', 'emacs-edit'],
];

const OUTPUT = [
  'plain text\r\n',
  '\x1b[1;31mred\x1b[m ',
  '\x1b[?1049h',
  '\x1b[?1049l',
  '\x1b[5;10H',
  '\x1b[2J',
  '\x1b[?1000h\x1b[?1006h',
  '\x1b]2;title\x07',
  '\x1b[38;2;1;2;3m',
  '日本語',
  'e\u0301',
  '\x07',
  '\x1b[3;10r',
  '\x1b[?1004h',
  // Cut in the middle: the rest may come after the snapshot.
  '\x1b[3',
  '\x1b]8;;http://example.org/\x1b\\link',
  'many\r\nlines\r\n'.repeat(20),
];

const paneId = fc.constantFrom(0, 1, 2);
const message: fc.Arbitrary<HostMessage> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ paneId, text: fc.constantFrom(...OUTPUT) }).map(({ paneId: id, text }) => ({
      type: 'pty-data' as const,
      paneId: id,
      data: encoder.encode(text),
    })),
  },
  fc.constantFrom(...LAYOUTS).map((layout) => ({ type: 'sync-layout' as const, layout })),
  fc.constantFrom(...COMMANDS).map((args) => ({ type: 'exec-cmd' as const, args })),
  fc.record({
    type: fc.constant('status' as const),
    left: fc.constantFrom('[0] ', '#[bold]left'),
    right: fc.constantFrom('', 'right'),
  }),
  fc.record({
    type: fc.constant('sync-copy-mode' as const),
    paneId,
    copyMode: fc.option(
      fc.record({
        ofPane: fc.boolean(),
        scrolledBack: fc.nat(30),
        cursorX: fc.integer({ min: -2, max: 90 }),
        cursorY: fc.nat(22),
        selection: fc.option(fc.record({ x: fc.nat(80), linesFromBottom: fc.nat(40), rectangle: fc.boolean() }), {
          nil: undefined,
        }),
        prompt: fc.option(fc.record({ kind: fc.nat(9), prompt: fc.constant('Search Down'), text: fc.string() }), {
          nil: undefined,
        }),
      }),
      { nil: undefined },
    ),
  }),
  fc.record({
    type: fc.constant('write-copy-mode' as const),
    paneId,
    text: fc.constantFrom('a line', 'x'.repeat(100)),
  }),
);

/** Applies only valid messages, like a home that continues: a message about a missing pane disconnects a host. */
function apply(model: SessionModel, messages: readonly HostMessage[]): void {
  for (const one of messages) {
    if ('paneId' in one && [...model.windows.panes].every(({ id }) => id !== one.paneId)) continue;
    model.apply(one);
  }
}

function modelOf(messages: readonly HostMessage[]): SessionModel {
  const model = new SessionModel(clock);
  apply(model, HEAD);
  apply(model, [{ type: 'sync-layout', layout: LAYOUTS[0] as Layout }]);
  apply(model, messages);
  return model;
}

/** All that a joiner may see or press. */
function seen(model: SessionModel): unknown {
  const sizes: [number, number][] = [
    [80, 24],
    [40, 10],
    [120, 50],
  ];
  const pictures = sizes.map(([cols, rows]): Picture => model.display.compose(cols, rows, undefined));
  const { keys, modeKeys, options } = model.mirror;
  return {
    frames: pictures.map((picture) => Buffer.from(encodeFrame(undefined, picture, term)).toString('latin1')),
    keys: keys.tables().map((table) => [table, keys.bindings(table)]),
    modeKeys: (['vi-copy', 'emacs-edit'] as const).map((table) => modeKeys.bindings(table)),
    options: [...options.held('session', true), ...options.held('window', true), ...options.held('window', false, 0)],
    windows: model.windows.list.map(({ uid, index, name, panes, active }) => ({
      uid,
      index,
      name,
      panes: panes.map(({ id, rect, window, title, terminal }) => ({
        id,
        rect: [rect.x, rect.y, rect.cols, rect.rows],
        window,
        title,
        history: terminal.historySize,
        modes: terminal.modes,
      })),
      active: active?.id,
    })),
    last: model.windows.last?.uid,
  };
}

describe('a model and its snapshot', () => {
  it('look the same, and go on in the same way', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 30 }), fc.array(message, { maxLength: 15 }), (before, after) => {
        const model = modelOf(before);
        const copy = readModel(writeModel(model), clock);
        copy.continueFrom(model);
        expect(seen(copy)).toEqual(seen(model));
        apply(model, after);
        apply(copy, after);
        expect(seen(copy)).toEqual(seen(model));
      }),
      { numRuns: 60 },
    );
  });

  it('are the same for a session that sleeps', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 15 }), fc.array(message, { maxLength: 15 }), (before, asleep) => {
        const model = modelOf(before);
        clock.advance(10_000);
        model.sleep(1000);
        apply(model, asleep);
        const copy = readModel(writeModel(model), clock);
        copy.continueFrom(model);
        expect(seen(copy)).toEqual(seen(model));
      }),
      { numRuns: 20 },
    );
  });
});

describe('a snapshot', () => {
  it('has no more history than fits, the newest of it', () => {
    const model = modelOf([{ type: 'exec-cmd', args: ['set-option', '-g', 'history-limit', '100000'] }]);
    apply(model, [{ type: 'sync-layout', layout: LAYOUTS[1] as Layout }]);
    for (let n = 0; n < 100; n++) {
      const text = Array.from({ length: 1000 }, (_, i) => `${n}-${i} ${'x'.repeat(60)}\r\n`).join('');
      apply(model, [{ type: 'pty-data', paneId: 2, data: encoder.encode(text) }]);
    }
    const bytes = writeModel(model);
    expect(bytes.length).toBeLessThan(1024 * 1024);
    const copy = readModel(bytes, clock);
    const { terminal } = copy.windows.pane(2);
    expect(terminal.historySize).toBeGreaterThan(5000);
    expect(terminal.historySize).toBeLessThan(100_000);
    const whole = model.windows.pane(2).terminal;
    expect(terminal.line(-1)).toBeDefined();
    expect(Buffer.from(encodeFrame(undefined, copy.display.compose(80, 24, undefined), term))).toEqual(
      Buffer.from(encodeFrame(undefined, model.display.compose(80, 24, undefined), term)),
    );
    expect(terminal.lineLength(-terminal.historySize)).toBe(whole.lineLength(-terminal.historySize));
  });

  it('keeps the settings that are only for the server', () => {
    const model = modelOf([
      { type: 'exec-cmd', args: ['set-option', '-g', 'tmate-api-key', 'sesame-sesame'] },
      { type: 'exec-cmd', args: ['set-option', '-g', '@kept', 'kept-kept'] },
    ]);
    const bytes = Buffer.from(writeModel(model)).toString('latin1');
    expect(bytes).toContain('kept-kept');
    expect(bytes).not.toContain('sesame');
  });

  it('of an idle shell is small', () => {
    const model = modelOf([{ type: 'pty-data', paneId: 0, data: encoder.encode('$ ') }]);
    expect(writeModel(model).length).toBeLessThan(1000);
  });

  it('that is damaged is refused, whatever the damage', () => {
    const whole = writeModel(
      modelOf(
        COMMANDS.map((args) => ({ type: 'exec-cmd', args })).concat([
          { type: 'exec-cmd', args: ['x'] },
        ]) as HostMessage[],
      ),
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), fc.boolean(), (at, value, cut) => {
        const bytes = cut ? whole.slice(0, at) : whole.slice();
        if (!cut) bytes[at] = value;
        try {
          readModel(bytes, clock).display.compose(80, 24, undefined);
        } catch (error) {
          expect(isShipmateError(error, 'protocol')).toBe(true);
        }
      }),
      { numRuns: 600 },
    );
  });
});
