import { output, stepText, type Step } from '../step.js';

/** The prefix, and numbers in copy mode. */
const BEFORE = /^(C-b|(M-)?[1-9])$/;

/** Whether a list still shows what is looked for. */
export type Fails<T> = (items: readonly T[]) => Promise<boolean>;

/**
 * Leaves out of a failing list whatever can be left out (delta debugging): larger parts first, then single items, until no
 * single item can go.
 */
export async function shrinkList<T>(items: readonly T[], fails: Fails<T>): Promise<readonly T[]> {
  let left = items;
  let part = Math.ceil(left.length / 2);
  while (part >= 1 && left.length > 0) {
    const shorter = await firstShorter(left, part, fails);
    if (shorter !== undefined) left = shorter;
    else if (part === 1) break;
    part = Math.min(shorter === undefined ? Math.ceil(part / 2) : part, Math.max(1, Math.ceil(left.length / 2)));
  }
  return left;
}

/** From the end on: what comes late does more seldom matter for what follows. */
async function firstShorter<T>(items: readonly T[], part: number, fails: Fails<T>): Promise<readonly T[] | undefined> {
  for (let end = items.length; end > 0; end -= part) {
    const shorter = [...items.slice(0, Math.max(0, end - part)), ...items.slice(end)];
    if (await fails(shorter)) return shorter;
  }
  return undefined;
}

/** Shrinks the steps of a script, then what each of them holds. */
export async function shrinkScript(script: readonly Step[], fails: Fails<Step>): Promise<readonly Step[]> {
  const left = [...(await shrinkList(script, fails))];
  for (const [at, step] of left.entries()) {
    const rebuilt = (inner: Step): readonly Step[] => left.with(at, inner);
    left[at] = await shrinkStep(step, async (inner) => await fails(rebuilt(inner)));
  }
  return await shrinkList(left, fails);
}

async function shrinkStep(step: Step, fails: (step: Step) => Promise<boolean>): Promise<Step> {
  switch (step.kind) {
    case 'output': {
      const made = (pieces: readonly string[]): Step => output(pieces.join(''), step.pane);
      return made(await shrinkList(pieces(step.text), async (left) => left.length > 0 && (await fails(made(left)))));
    }
    case 'keys': {
      const made = (chords: readonly (readonly string[])[]): Step => ({ ...step, keys: chords.flat() });
      return made(await shrinkList(chords(step.keys), async (left) => left.length > 0 && (await fails(made(left)))));
    }
    case 'type': {
      const made = (chars: readonly string[]): Step => ({ ...step, text: chars.join('') });
      return made(
        await shrinkList(Array.from(step.text), async (left) => left.length > 0 && (await fails(made(left)))),
      );
    }
    case 'tmux':
    case 'resize':
      return step;
  }
}

/** Keys, each with the prefix or numbers before it: one alone would take the next step's key. */
export function chords(keys: readonly string[]): (readonly string[])[] {
  const made: string[][] = [];
  for (const key of keys) {
    const last = made.at(-1);
    if (BEFORE.test(last?.at(-1) ?? '')) last?.push(key);
    else made.push([key]);
  }
  return made;
}

/** A program's output in pieces: a control sequence each, or a character. */
export function pieces(text: string): string[] {
  return (
    text.match(/\u001B[\]P_^][^\u0007\u001B]*(?:\u0007|\u001B\\)|\u001B\[[0-?]*[ -/]*[@-~]|\u001B[ -/]*[0-~]|[^]/gu) ??
    []
  );
}

/** A script as it is pasted into a table of written cases. */
export function scriptText(script: readonly Step[]): string {
  return script.map((step) => (step.kind === 'tmux' ? JSON.stringify(stepText(step)) : stepText(step))).join(',\n');
}
