/** A size in CSS pixels. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** A terminal's size in cells. */
export interface Grid {
  readonly cols: number;
  readonly rows: number;
}

/** A font's cell, as parts of its size: 0.6 wide and 1.2 high for most. */
export interface CellRatio {
  readonly width: number;
  readonly height: number;
}

/** Font sizes in CSS pixels. Below the least nobody reads, and the page scrolls; above the most a lone terminal shouts. */
export const LEAST_FONT_PX = 5;
export const MOST_FONT_PX = 26;

/** Fonts come in steps of a quarter pixel: finer ones change nothing that can be seen and miss the glyph cache. */
const STEP_PX = 0.25;

/**
 * A cell of a font of `fontPx`, on a screen with `ratio` device pixels a CSS pixel. Cells are whole device pixels: narrower
 * than the font says, and higher.
 */
export function cellSize(fontPx: number, cell: CellRatio, ratio: number): Box {
  const width = Math.max(1, Math.floor(fontPx * cell.width * ratio + 1e-6)) / ratio;
  const height = Math.max(1, Math.ceil(fontPx * cell.height * ratio - 1e-6)) / ratio;
  return { width, height };
}

/** The largest font, in CSS pixels, with which `grid` fits into `box`; at least `LEAST_FONT_PX`, fit or not. */
export function fitFont(grid: Grid, box: Box, cell: CellRatio, ratio: number): number {
  const byWidth = box.width / grid.cols / cell.width;
  const byHeight = box.height / grid.rows / cell.height;
  // Cells are rounded down to device pixels in width, so that a font a little larger than the plain quotient may fit.
  const slackPx = 1 / ratio / cell.width;
  let fontPx = Math.min(MOST_FONT_PX, floorToStep(Math.min(byWidth + slackPx, byHeight)));
  while (fontPx > LEAST_FONT_PX && !fits(grid, box, cellSize(fontPx, cell, ratio))) fontPx -= STEP_PX;
  return Math.max(LEAST_FONT_PX, fontPx);
}

/** How many cells of a font of `fontPx` fit into `box`; between 2 × 2 and `most` a side. */
export function fitGrid(fontPx: number, box: Box, cell: CellRatio, ratio: number, most: number): Grid {
  const { width, height } = cellSize(fontPx, cell, ratio);
  const count = (length: number, each: number): number =>
    Math.max(2, Math.min(most, Math.floor((length + 1e-6) / each)));
  return { cols: count(box.width, width), rows: count(box.height, height) };
}

/** A font of `fontPx` made larger by `zoom`, in steps and within reason. */
export function zoomFont(fontPx: number, zoom: number): number {
  return Math.max(LEAST_FONT_PX, Math.min(64, floorToStep(fontPx * zoom)));
}

function fits(grid: Grid, box: Box, cell: Box): boolean {
  return cell.width * grid.cols <= box.width + 1e-6 && cell.height * grid.rows <= box.height + 1e-6;
}

function floorToStep(px: number): number {
  return Math.floor(px / STEP_PX + 1e-6) * STEP_PX;
}
