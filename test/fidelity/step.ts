/** Who does something: the host at its own terminal, the mate, or each at their own seat. */
export type Who = 'host' | 'joiner' | 'both';

/**
 * One thing that happens. Steps are plain data, so that a script of them can be made, cut down and printed.
 *
 * - `tmux`: a tmux command line, run on the host as from its shell, several with `;` between.
 * - `keys`: keys pressed at a terminal, by tmux's names (`C-b`, `Left`, `x`). With `both`, each opens a prompt or a list of
 *   their own, and shall see the same of it.
 * - `type`: text typed at a terminal, as it is.
 * - `output`: what a pane's program writes, the active pane's unless a target names another.
 * - `resize`: the terminals get another size: both, or only one of them.
 */
export type Step =
  | { readonly kind: 'tmux'; readonly line: string }
  | { readonly kind: 'keys'; readonly who: Who; readonly keys: readonly string[] }
  | { readonly kind: 'type'; readonly who: Who; readonly text: string }
  | { readonly kind: 'output'; readonly text: string; readonly pane?: string }
  | { readonly kind: 'resize'; readonly who: Who; readonly cols: number; readonly rows: number };

/** A step, or a tmux command line in short. */
export type StepLike = Step | string;

export const tmux = (line: string): Step => ({ kind: 'tmux', line });
/** Presses keys: `keys('joiner', 'C-b', '%')`. */
export const keys = (who: Who, ...pressed: readonly string[]): Step => ({ kind: 'keys', who, keys: pressed });
export const type = (text: string, who: Who = 'joiner'): Step => ({ kind: 'type', who, text });
/** Bytes of the active pane's program, or of the pane's that a target names. */
export const output = (text: string, pane?: string): Step => ({
  kind: 'output',
  text,
  ...(pane === undefined ? {} : { pane }),
});
export const resize = (cols: number, rows: number, who: Who = 'both'): Step => ({
  kind: 'resize',
  who,
  cols,
  rows,
});

/** No more of a step is told in a report. */
const MOST_CHARS = 150;

export const stepOf = (step: StepLike): Step => (typeof step === 'string' ? tmux(step) : step);

/** A step in one line, for a report; also as it is written in a table of cases. */
export function stepText(like: StepLike): string {
  const step = stepOf(like);
  switch (step.kind) {
    case 'tmux':
      return step.line;
    case 'keys':
      return `keys(${[step.who, ...step.keys].map((word) => JSON.stringify(word)).join(', ')})`;
    case 'type':
      return `type(${JSON.stringify(step.text)}, '${step.who}')`;
    case 'output':
      return `output(${[step.text, ...(step.pane === undefined ? [] : [step.pane])].map((word) => JSON.stringify(word)).join(', ')})`;
    case 'resize':
      return `resize(${step.cols}, ${step.rows}, '${step.who}')`;
  }
}

/** The same, cut where it is long. */
export function stepSummary(step: StepLike): string {
  const text = stepText(step);
  return text.length <= MOST_CHARS ? text : `${text.slice(0, MOST_CHARS)}… (${text.length} characters)`;
}
