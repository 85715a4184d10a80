import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { cleanEnv, run, Stage, tempDir } from '#testing';
import { COMMANDS } from './all.js';
import { UsageError } from './command.js';
import { completion, SHELLS } from './completion.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

/** What bash offers for a line that ends where the cursor is. */
async function offered(line: string): Promise<readonly string[]> {
  const dir = tempDir('smx');
  stage.onClear(() => dir.dispose());
  writeFileSync(dir.file('completion'), completion('bash', COMMANDS));
  const words = line.split(' ');
  const script = `. ${dir.file('completion')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
_shipmate
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', script], { env: cleanEnv(dir.path) });
  return stdout.split('\n').filter(Boolean);
}

describe('completion', () => {
  it.each([
    ['shipmate ser', ['serve']],
    ['shipmate users ', ['add', 'remove']],
    ['shipmate sessions --st', ['--state']],
    ['shipmate sessions --state live --js', ['--json']],
    ['shipmate completion z', ['zsh']],
    ['shipmate nonsense --', []],
  ])('of %j', async (line, words) => {
    expect(await offered(line)).toEqual(expect.arrayContaining(words));
    if (words.length === 0) expect(await offered(line)).toEqual([]);
  });

  it('refuses a shell that it does not know', () => {
    expect(() => completion('tcsh', COMMANDS)).toThrow(UsageError);
    for (const shell of SHELLS) expect(completion(shell, COMMANDS)).toContain('shipmate');
  });
});
