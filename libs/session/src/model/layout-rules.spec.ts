import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COST_LIMITS, FakeClock, isShipmateError, Ledger, MODEL_LIMITS } from '#kernel';
import type { Layout, LayoutPane } from '#tmate-protocol';
import { readModel, writeModel } from '../wire/model-snapshot.js';
import { SessionModel } from './session-model.js';

const MIB = 2 ** 20;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function sized(cols: number, rows: number, ...windows: LayoutPane[][]): Layout {
  return {
    cols,
    rows,
    activeWindow: 0,
    windows: windows.map((panes, index) => ({ index, name: 'x', panes, activePane: panes[0]?.paneId ?? -1 })),
  };
}

function started(most?: number): { ledger: Ledger; model: SessionModel; layout: (layout: Layout) => void } {
  const ledger = new Ledger(most);
  const model = new SessionModel(new FakeClock(), ledger.open(MODEL_LIMITS));
  model.apply({ type: 'header', protocolVersion: 6, clientVersion: '2.4.0' });
  return { ledger, model, layout: (layout) => model.apply({ type: 'sync-layout', layout }) };
}

const faultOf = (act: () => void): string => {
  try {
    act();
  } catch (error) {
    if (isShipmateError(error)) return error.message;
    throw error;
  }
  return '';
};

describe('a layout that costs more than a session may', () => {
  const huge = (count: number): LayoutPane[] =>
    Array.from({ length: count }, (_, paneId) => ({ paneId, cols: 2000, rows: 1000, x: 0, y: 0 }));

  it('is refused with a sentence, and nothing of it is taken: panes over each other', () => {
    const { ledger, layout, model } = started();
    expect(faultOf(() => layout(sized(2000, 1000, huge(256))))).toBe('panes of window 0 overlap');
    expect(ledger.total).toBe(0);
    expect(model.windows.list).toEqual([]);
  });

  it('the same in a window each', () => {
    const { ledger, layout } = started();
    const windows = huge(256).map((pane) => [pane]);
    expect(faultOf(() => layout(sized(2000, 1000, ...windows)))).toContain('may be 64 MiB (session-layout)');
    expect(ledger.total).toBe(0);
    layout(sized(2000, 1000, ...windows.slice(0, 2)));
  });

  it('and outside of the window', () => {
    const { layout } = started();
    const panes = [{ paneId: 5, cols: 2000, rows: 1000, x: 0, y: 0 }];
    expect(faultOf(() => layout(sized(80, 24, panes)))).toBe(
      'a pane of window 0 (2000 × 1000 at 0, 0) lies outside of 80 × 24',
    );
  });

  it('but not what tmux makes of a window that is too small, or of a zoomed pane', () => {
    const { layout } = started();
    const nine = Array.from({ length: 9 }, (_, n) => ({ paneId: n, cols: 80, rows: 2, x: 0, y: 3 * n }));
    layout(sized(80, 23, nine));
    layout(sized(80, 1, nine.slice(0, 1)));
    const four: LayoutPane[] = [
      { paneId: 28, cols: 2, rows: 2, x: 0, y: 0 },
      { paneId: 31, cols: 2, rows: 2, x: 0, y: 3 },
      { paneId: 29, cols: 1, rows: 2, x: 3, y: 0 },
      { paneId: 30, cols: 1, rows: 2, x: 3, y: 3 },
    ];
    layout(sized(4, 3, four));
    layout(
      sized(80, 23, [
        { paneId: 130, cols: 40, rows: 11, x: 0, y: 0 },
        { paneId: 133, cols: 80, rows: 23, x: 0, y: 0 },
        { paneId: 131, cols: 39, rows: 11, x: 41, y: 0 },
        { paneId: 132, cols: 39, rows: 11, x: 41, y: 12 },
      ]),
    );
  });

  it('is refused where another edge would follow it too, as a home of an older build lets through', () => {
    const { layout, model } = started();
    layout(sized(2000, 1000, ...huge(2).map((pane) => [pane])));
    for (const id of [0, 1])
      model.apply({ type: 'pty-data', paneId: id, data: bytes(`\u001b#8${'x'.repeat(40_000)}`) });
    const packed = writeModel(model);
    const roomy = new Ledger();
    readModel(packed, new FakeClock(), roomy.open(MODEL_LIMITS));
    expect(roomy.held('screens')).toBeGreaterThan(45 * MIB);
    const short = new Ledger(30 * MIB);
    expect(faultOf(() => readModel(packed, new FakeClock(), short.open(MODEL_LIMITS)))).toContain('short of memory');
  });
});

describe('what a session takes', () => {
  const pane = fc.record({
    paneId: fc.nat(40),
    cols: fc.integer({ min: 1, max: 2000 }),
    rows: fc.integer({ min: 1, max: 1000 }),
    x: fc.nat(2000),
    y: fc.nat(1000),
  });
  const panes = fc.array(pane, { maxLength: 4 });
  const layouts = fc.record({
    cols: fc.integer({ min: 1, max: 2000 }),
    rows: fc.integer({ min: 1, max: 1000 }),
    windows: fc.array(panes, { minLength: 1, maxLength: 6 }),
    inside: fc.boolean(),
  });
  const outputs = fc.constantFrom(
    '\u001b#8',
    '\u001b[?1049h\u001b#8',
    '\u001b[?1049l',
    'line\r\n'.repeat(3000),
    'e\u0301'.repeat(3000),
    `\u001b]8;;http://${'a'.repeat(2000)}\u0007x`,
    'x'.repeat(40_000),
  );

  it('is never more than allowed, whatever the layouts and the output, and nothing after the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(layouts, fc.array(fc.tuple(fc.nat(40), outputs), { maxLength: 4 })), { maxLength: 5 }),
        (steps) => {
          const { ledger, model, layout } = started();
          for (const [{ cols, rows, windows, inside }, written] of steps) {
            const fitted = windows.map((all) =>
              all.map((one) => (inside ? { ...one, cols, rows, x: 0, y: 0 } : one)).slice(0, inside ? 2 : 4),
            );
            faultOf(() => layout(sized(cols, rows, ...fitted)));
            for (const [paneId, output] of written) {
              if (model.windows.find(paneId) === undefined) continue;
              faultOf(() => model.apply({ type: 'pty-data', paneId, data: bytes(output) }));
            }
            for (const kind of ['screens', 'history', 'asleep'] as const) {
              expect(ledger.held(kind)).toBeLessThanOrEqual(COST_LIMITS[`session-${kind}`].most);
            }
            const awake = [...model.windows.panes].filter((one) => !one.asleep);
            const sizes = awake.reduce((sum, { rect }) => sum + 12 * rect.cols * rect.rows, 0);
            expect(ledger.held('screens')).toBeGreaterThanOrEqual(sizes);
          }
          model.sleep(0);
          expect(ledger.held('screens')).toBe(0);
          model.dispose();
          expect(ledger.total).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shrinks by the oldest lines of what scrolled out of view', () => {
    const { ledger, layout, model } = started();
    model.apply({ type: 'exec-cmd', args: ['set-option', '-g', 'history-limit', '1000000'] });
    const ids = Array.from({ length: 8 }, (_, n) => n);
    layout(sized(200, 50, ...ids.map((paneId) => [{ paneId, cols: 200, rows: 50, x: 0, y: 0 }])));
    const lines = bytes(`${'x'.repeat(199)}\r\n`.repeat(5000));
    for (const paneId of ids) for (let n = 0; n < 3; n++) model.apply({ type: 'pty-data', paneId, data: lines });
    expect(ledger.held('history')).toBeLessThanOrEqual(COST_LIMITS['session-history'].most);
    expect(ledger.held('history')).toBeGreaterThan(COST_LIMITS['session-history'].most / 4);
    for (const paneId of ids) expect(model.windows.pane(paneId).terminal.historySize).toBeGreaterThan(0);
  });
});
