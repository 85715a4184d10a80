// Words that we avoid, each with a better one: in texts for users, in comments and in the titles of tests. Part of `npm run lint`.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './tools.mjs';

/** Files whose texts users read; the generated docs hold the texts of the configuration, metrics, commands and traces. */
const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/*.md',
  '*/texts.ts',
  'apps/web/src/page/*.ts',
  'apps/web-edge/src/pages/*.ts',
  'apps/shipmate/src/commands/*.ts',
  'apps/shipmate/src/doctor/*.ts',
  'libs/platform/src/config-schema.ts',
  'helm/shipmate/rules/*.yaml',
  ':!*.spec.ts',
  ':!*.fixture.ts',
];

/** What to look for in texts, and what to write instead. */
const AVOIDED = [
  [/\b(is|are|was|were|be) (not )?to be had\b|\bcannot be had\b/i, 'available, get'],
  [/\b(tell|tells|told|telling) of\b/i, 'report, mention, announce'],
  [/(\bas \S+|\)) tells\b/i, '“see …”'],
  [/\bmend(s|ed|ing)?\b/i, 'fix'],
  [/\bbeside\b/i, 'next to; besides'],
  [/\bperhaps\b/i, 'maybe; or say what decides it'],
  [/\b(is|are|was|were) none\b(?! of)/i, 'there is no …; not …'],
  [/\bnone (is|are|was|were)\b/i, 'no …'],
  [/\bsettled\b/i, 'decided, confirmed, finished'],
  [/\banew\b/i, 'again'],
  [/\b(looked|looks?) (whether|who)\b/i, 'check'],
  [/\bwhence\b|\bthereof\b|\bwherein\b|\blest\b/i, 'the plain word'],
  [/\bheard of\b/i, 'say who noticed what'],
  [/\bin vain\b/i, 'without effect'],
  [/\bWho (is|was|were|are) (in|back|not|out)\b/, 'Whoever; People who'],
  [/\bby themselves alone\b|\bto no avail\b/i, 'the plain word'],
];

const files = execFileSync('git', ['ls-files', '--', ...FILES], { cwd: ROOT, encoding: 'utf8' }).split('\n');
let found = 0;
for (const file of files.filter((name) => name !== '')) {
  for (const [at, line] of readFileSync(join(ROOT, file), 'utf8').split('\n').entries()) {
    if (file.endsWith('.ts') && /^\s*(\/?\*|\/\/)/.test(line)) continue;
    // Neither names of tests nor code.
    const text = line.replace(/“[^”]*”|`[^`]*`/g, '');
    for (const [pattern, better] of AVOIDED) {
      const word = pattern.exec(text)?.[0];
      if (word === undefined) continue;
      found++;
      console.log(`${file}:${at + 1}: “${word}” → ${better}`);
    }
  }
}
process.exitCode = found > 0 ? 1 : 0;
