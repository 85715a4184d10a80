import { readFileSync } from 'node:fs';

/** The version of this build, as package.json has it: `0.1.0`. Read when it is first asked for. */
export function version(): string {
  return (known ??= read());
}

let known: string | undefined;

function read(): string {
  // From the sources it is three folders up, from dist four.
  for (const up of ['../../../', '../../../../']) {
    try {
      const text = readFileSync(new URL(`${up}package.json`, import.meta.url), 'utf8');
      const manifest = JSON.parse(text) as { readonly name?: string; readonly version?: string };
      if (manifest.name === 'shipmate' && manifest.version !== undefined) return manifest.version;
    } catch {
      // There is none here.
    }
  }
  throw new Error('package.json is missing');
}
