import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellSize, fitFont, fitGrid, LEAST_FONT_PX, MOST_FONT_PX, zoomFont } from './fit-font.js';

const CELL = { width: 0.602, height: 1.17 };
const sides = fc.integer({ min: 2, max: 400 });
const grids = fc.record({ cols: sides, rows: sides });
const boxes = fc.record({ width: fc.integer({ min: 100, max: 4000 }), height: fc.integer({ min: 100, max: 3000 }) });
const ratios = fc.constantFrom(1, 1.25, 1.5, 2, 2.625, 3);

describe('cellSize', () => {
  it('is whole device pixels: rounded down in width and up in height', () => {
    expect(cellSize(10, { width: 0.65, height: 1.15 }, 1)).toEqual({ width: 6, height: 12 });
    expect(cellSize(10, { width: 0.65, height: 1.15 }, 2)).toEqual({ width: 6.5, height: 11.5 });
  });

  it('is never nothing', () => {
    expect(cellSize(0.1, CELL, 1)).toEqual({ width: 1, height: 1 });
  });
});

describe('fitFont', () => {
  it('fills a desktop window with a common terminal', () => {
    const fontPx = fitFont({ cols: 120, rows: 40 }, { width: 1440, height: 850 }, CELL, 1);
    expect(fontPx).toBeGreaterThan(17);
    expect(cellSize(fontPx, CELL, 1).height * 40).toBeLessThanOrEqual(850);
  });

  it('does not shout in a large window, nor vanish in a small one', () => {
    expect(fitFont({ cols: 20, rows: 5 }, { width: 3000, height: 2000 }, CELL, 1)).toBe(MOST_FONT_PX);
    expect(fitFont({ cols: 400, rows: 200 }, { width: 300, height: 300 }, CELL, 1)).toBe(LEAST_FONT_PX);
  });

  it('fits whatever it is given, unless that would be too small to read, and no larger font fits', () => {
    fc.assert(
      fc.property(grids, boxes, ratios, (grid, box, ratio) => {
        const fontPx = fitFont(grid, box, CELL, ratio);
        const cell = cellSize(fontPx, CELL, ratio);
        const fits = cell.width * grid.cols <= box.width + 1e-6 && cell.height * grid.rows <= box.height + 1e-6;
        expect(fits || fontPx === LEAST_FONT_PX).toBe(true);
        if (!fits || fontPx === MOST_FONT_PX) return;
        const next = cellSize(fontPx + 0.25, CELL, ratio);
        const nextFits = next.width * grid.cols <= box.width && next.height * grid.rows <= box.height;
        expect(nextFits).toBe(false);
      }),
    );
  });
});

describe('fitGrid', () => {
  it('is the other way round of fitFont: as many cells as the font was fitted for, or more', () => {
    fc.assert(
      fc.property(grids, boxes, ratios, (grid, box, ratio) => {
        const fontPx = fitFont(grid, box, CELL, ratio);
        const cell = cellSize(fontPx, CELL, ratio);
        fc.pre(cell.width * grid.cols <= box.width && cell.height * grid.rows <= box.height);
        const { cols, rows } = fitGrid(fontPx, box, CELL, ratio, 1000);
        expect(cols).toBeGreaterThanOrEqual(grid.cols);
        expect(rows).toBeGreaterThanOrEqual(grid.rows);
      }),
    );
  });

  it('stays between 2 and the most that the server takes', () => {
    expect(fitGrid(14, { width: 0, height: -5 }, CELL, 1, 1000)).toEqual({ cols: 2, rows: 2 });
    expect(fitGrid(5, { width: 30_000, height: 30_000 }, CELL, 1, 1000)).toEqual({ cols: 1000, rows: 1000 });
  });
});

describe('zoomFont', () => {
  it('goes in steps, within reason', () => {
    expect(zoomFont(10, 1.511)).toBe(15);
    expect(zoomFont(10, 100)).toBe(64);
    expect(zoomFont(10, 0.01)).toBe(LEAST_FONT_PX);
  });
});
