import type { Case, Oracle, Step } from './oracle.fixture.js';

/** A burst of output in pieces: a sequence or a character each. */
function pieces(step: Step): Step[] {
  if (!(step instanceof Uint8Array)) return [step];
  const text = Buffer.from(step).toString('latin1');
  const parts = text.match(/\u001b\[[0-9;?>:]*[ $]?[@-~]|\u001b[()#%].|\u001b[^[()#%]|[^]/g) ?? [];
  return parts.map((part) => new Uint8Array(Buffer.from(part, 'latin1')));
}

/** Bursts that follow each other as one. */
function joined(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  for (const step of steps) {
    const last = out.at(-1);
    if (step instanceof Uint8Array && last instanceof Uint8Array) out[out.length - 1] = Buffer.concat([last, step]);
    else out.push(step);
  }
  return out;
}

/** Leaves out whatever can be left out while the host and we still disagree. */
export async function shrink(oracle: Oracle, given: Case): Promise<Case> {
  let left = given.steps.flatMap(pieces);
  for (let size = Math.ceil(left.length / 2); size >= 1;) {
    const shorter: Step[][] = [];
    for (let i = 0; i < left.length; i += size) shorter.push([...left.slice(0, i), ...left.slice(i + size)]);
    const cases = shorter.map((steps, i) => ({ ...given, name: `${i}`, steps: joined(steps) }));
    const wrong = (await oracle.judge(cases.filter(({ steps }) => steps.length > 0))).find(
      ({ host, ours }) => host !== ours,
    );
    if (wrong !== undefined) left = shorter[Number(wrong.case.name)] ?? left;
    else if (size === 1) break;
    size = Math.min(Math.ceil(size / (wrong === undefined ? 2 : 1)), Math.ceil(left.length / 2));
  }
  return { ...given, steps: joined(left) };
}

/** A case as a script that can be read. */
export function scriptOf({ name, cols, rows, steps }: Case): string {
  const lines = steps.map((step) =>
    step instanceof Uint8Array ? JSON.stringify(Buffer.from(step).toString('latin1')) : `${step.cols}x${step.rows}`,
  );
  return [`${name}, ${cols}x${rows}`, ...lines].join('\n');
}
