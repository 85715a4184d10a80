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

/** What to look for in comments and in the titles of tests, in all sources. */
const AVOIDED_IN_SOURCES = [
  [/\bbeside\b/i, 'next to; besides'],
  [/\b(tells?|told|telling) of\b/i, 'report, mention, announce'],
  [/\bmend(s|ed|ing)?\b/i, 'fix, repair'],
  [/\bperhaps\b/i, 'maybe'],
  [/\banew\b/i, 'again'],
  [/\bfor ever\b/i, 'forever'],
  [/\bin vain\b/i, 'without effect'],
  [/\bto be had\b/i, 'available'],
  [/\bheard of\b/i, 'say who noticed what'],
  [/\b(looked|looks?) whether\b/i, 'check'],
  [/\b(that|which|what|it|one|those|these|they) (is|are|was|were) none\b/i, 'is not a …'],
  [/\bwhence\b|\bthereof\b|\bwherein\b|\blest\b/i, 'the plain word'],
];

const COMMENT = /^\s*(\/?\*|\/\/)/;
const TITLE = /\b(it|describe)(\.\w+\(.*\))?\(['"`]/;

function listed(...patterns) {
  const names = execFileSync('git', ['ls-files', '--', ...patterns], { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return names.filter((name) => name !== '' && name !== 'scripts/check-words.mjs');
}

let found = 0;

/** Looks for `avoided` in the lines of a file that `isMeant` is for. Quotations and code are left out. */
function check(file, avoided, isMeant) {
  for (const [at, line] of readFileSync(join(ROOT, file), 'utf8').split('\n').entries()) {
    if (!isMeant(line)) continue;
    const text = line.replace(/“[^”]*”|`[^`]*`/g, '');
    for (const [pattern, better] of avoided) {
      const word = pattern.exec(text)?.[0];
      if (word === undefined) continue;
      found++;
      console.log(`${file}:${at + 1}: “${word}” → ${better}`);
    }
  }
}

for (const file of listed(...FILES)) check(file, AVOIDED, (line) => !file.endsWith('.ts') || !COMMENT.test(line));
for (const file of listed('*.ts', '*.mjs', '*.css')) {
  check(file, AVOIDED_IN_SOURCES, (line) => COMMENT.test(line) || TITLE.test(line));
}
process.exitCode = found > 0 ? 1 : 0;
