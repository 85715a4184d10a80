import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Judge } from './judge.js';
import { output, resize } from './step.js';

// What terminal projects publish as test data; recordings/README.md says where each is from.
const FOLDER = new URL('./recordings/', import.meta.url);
/** The size that a recording was made in; those without were made for 80x25. */
const SIZE = /\.(\d+)x(\d+)\./;

/**
 * Where the host's terminal shows something else than the host's own model of the pane until it redraws everything: they are
 * compared then. A line that wraps on the last row, below the region, loses its first character.
 */
const HOST_REDRAWS = new Set(['xterm.js/t0070-DECSTBM_LF.in', 'xterm.js/t0071-DECSTBM_IND.in']);

/** Where what the host's model has is wrong itself. */
const HOST_FAULTS = new Set([
  // Insert mode below a history, which the recording may or may not have made when it comes to that: see docs/fidelity.md.
  'alacritty/vttest_insert.105x29.recording',
]);

const recordings = (project: string): string[] =>
  readdirSync(new URL(`${project}/`, FOLDER))
    .filter((name) => /\.(in|recording)$/.test(name))
    .map((name) => `${project}/${name}`)
    .filter((name) => !HOST_FAULTS.has(name));

let judge: Judge;
beforeAll(async () => {
  judge = await Judge.start();
});
afterAll(async () => await judge.stop());

describe.each(['xterm.js', 'alacritty'])('the recordings of %s', (project) => {
  it.each(recordings(project))('%s', async (name) => {
    const [, cols = 80, rows = 25] = SIZE.exec(name) ?? [];
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    await judge.check([resize(Number(cols), Number(rows) + 1), output(text)], { redraw: HOST_REDRAWS.has(name) });
  });
});
