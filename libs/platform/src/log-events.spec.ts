import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The sources of what runs on a server. */
function sources(): readonly { readonly file: string; readonly text: string }[] {
  return ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /^(?!web\/|testing\/)[^/]+\/src\/.*(?<!\.spec|\.fixture)\.ts$/.test(path))
      .map((path) => ({ file: path, text: readFileSync(join(ROOT, folder, path), 'utf8') })),
  );
}

/** The events that sources log; all are literals, so that people find them by searching. */
function loggedEvents(): ReadonlySet<string> {
  const events = new Set<string>();
  for (const { file, text } of sources()) {
    for (const [call, before, literals] of text.matchAll(
      /\b(\w*[lL]og_?|rare)\??\.(?:debug|info|warn|error)\(\s*((?:[^,();]|\n)*)/g,
    )) {
      if (before === undefined || literals === undefined) continue;
      const names = [...literals.matchAll(/'([a-z][a-z-]*)'/g)].map(([, name = '']) => name);
      // Where an event is passed on, its name is a literal at the caller.
      if (names.length === 0 && !/^event\b/.test(literals)) throw new Error(`${file}: no literal event in ${call}`);
      for (const name of names) events.add(name);
    }
    for (const [, name = ''] of text.matchAll(/\bfatal\('([a-z-]+)'/g)) events.add(name);
  }
  return events;
}

describe('the page of log events', () => {
  it('names every event that is logged, and no other', () => {
    const page = readFileSync(join(ROOT, 'docs/logs.md'), 'utf8');
    const named = [...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
    expect(named).toEqual([...new Set(named)]);
    expect(new Set(named)).toEqual(loggedEvents());
  });
});
