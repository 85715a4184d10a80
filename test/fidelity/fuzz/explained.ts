import type { Disagreement, Judge } from '../judge.js';
import type { Step } from '../step.js';

/** Why the two differ, if docs/fidelity.md says that they may and no script can avoid it; undefined if that is not known. */
export async function explained(judge: Judge, found: Disagreement): Promise<string | undefined> {
  const { host } = judge.seats;
  if (isOneRow(found)) {
    const format = '#{window_zoomed_flag} #{window_width}x#{window_height} #{window_layout}';
    const windows = (await host.ask('list-windows', '-F', format)).trim().split('\n');
    if (windows.some(isZoomedBeyond)) return 'a zoom in a window that is too small for its panes';
  }
  if (drawsAll(found.step) && isStyleOnly(found)) {
    const inMode = await host.ask('display-message', '-p', '#{pane_in_mode}');
    if (inMode.trim() === '1') return 'a selection that lost its colours when the host drew everything';
  }
  return undefined;
}

const drawsAll = (step: Step): boolean => step.kind === 'resize' || (step.kind === 'tmux' && /layout/.test(step.line));

/** The flag of the zoomed window moves what comes after it in the status line, and nothing else. */
function isOneRow({ differences }: Disagreement): boolean {
  return new Set(differences.map(({ where }) => /^row (\d+)/.exec(where)?.[1] ?? where)).size === 1;
}

function isStyleOnly({ differences }: Disagreement): boolean {
  const text = (cell: string): string => cell.replace(/ in .*$/, '');
  return differences.every(({ host, joiner }) => text(host) === text(joiner) || host.endsWith(' more cells'));
}

/** Whether a window is zoomed whose layout, as it was before, is larger than the window. */
function isZoomedBeyond(window: string): boolean {
  const [, zoomed, cols, rows, wide, high] = /^(\d) (\d+)x(\d+) \w+,(\d+)x(\d+),/.exec(window) ?? [];
  return zoomed === '1' && (Number(wide) > Number(cols) || Number(high) > Number(rows));
}
