import { readFileSync } from 'node:fs';

/** One line of a Dockerfile: `COPY`, and what follows it. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** One `FROM` and what belongs to it. */
export interface BuildStage {
  readonly name: string;
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile as far as ours goes: stages, continued lines, comments, and `ARG`s before the first stage. */
export function readDockerfile(path: string): readonly BuildStage[] {
  const args = new Map<string, string>();
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  const lines = readFileSync(path, 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  for (const line of lines.filter((line) => line.trim() !== '')) {
    const [, name = '', text = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === 'FROM') {
      const [from = '', , stage = 'final'] = text.split(/\s+/);
      const resolved = from.replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? '');
      stages.push({ name: stage, from: resolved, instructions: [] });
    } else if (stages.length === 0) args.set(text.split('=')[0] ?? '', text.split('=')[1] ?? '');
    else stages.at(-1)?.instructions.push({ name, text });
  }
  return stages;
}

/** The texts of a stage's instructions of one name, in their order. */
export const textsOf = (stage: BuildStage | undefined, name: string): string[] =>
  (stage?.instructions ?? []).filter((one) => one.name === name).map(({ text }) => text);

/** A `COPY`: from which stage (undefined: the context), what, and where to. */
export function readCopy(text: string): { from: string | undefined; sources: string[]; target: string } {
  const words = text.split(/\s+/);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}

/** Whether .dockerignore, read as ours is written (all excluded, then names let in), lets a path of the context in. */
export function inContext(ignoreFile: string, path: string): boolean {
  const lines = readFileSync(ignoreFile, 'utf8').split('\n');
  const top = path.split('/')[0] ?? '';
  const kept = lines.includes('*') && lines.includes(`!${top}`);
  return kept && !lines.some((line) => line === path || path.startsWith(`${line}/`));
}
