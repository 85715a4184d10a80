import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DECISION_EVENTS } from './decision-events.js';
import { REFUSED } from './events.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The types of events that sources note. */
function notedTypes(): ReadonlySet<string> {
  // Those that are not a literal in a call, or stand for several.
  const several = [...Object.values(DECISION_EVENTS), 'name-claimed', 'name-lost', 'name-refused'];
  const types = new Set<string>([REFUSED, 'events-lost', ...several]);
  for (const folder of ['apps', 'libs']) {
    for (const path of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/^(?!web\/|testing\/)[^/]+\/src\/.*(?<!\.spec|\.fixture)\.ts$/.test(path)) continue;
      const text = readFileSync(join(ROOT, folder, path), 'utf8');
      for (const [, first = ''] of text.matchAll(/\b(?:events|audit)\.note\(\s*([^,]*),/g)) {
        for (const [, name = ''] of first.matchAll(/'([a-z-]+)'/g)) types.add(name);
      }
    }
  }
  return types;
}

describe('the page of events', () => {
  it('names every type of event that is noted, and no other', () => {
    const page = readFileSync(join(ROOT, 'docs/broker.md'), 'utf8');
    const section = page.slice(page.indexOf('\n## Events'), page.indexOf('\n## The reaper'));
    const cells = [...section.matchAll(/^\| (`[^|]*`) *\|/gm)].map(([, cell = '']) => cell);
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
    expect(named).toEqual([...new Set(named)]);
    expect(new Set(named)).toEqual(notedTypes());
  });
});
