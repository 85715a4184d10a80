import { readFileSync } from 'node:fs';

interface Package {
  readonly root: URL;
  readonly version: string;
}

/** The version of this build, as package.json has it: `0.1.0`. */
export const version = (): string => thePackage().version;

/** The folder of this build's package.json, with a slash at its end. */
export const packageRoot = (): URL => thePackage().root;

let known: Package | undefined;

const thePackage = (): Package => (known ??= find(new URL('./', import.meta.url)));

/** The nearest folder upwards that is Shipmate's own: how far it is depends on whether this runs from sources, compiled or bundled. */
function find(folder: URL): Package {
  try {
    const text = readFileSync(new URL('package.json', folder), 'utf8');
    const manifest = JSON.parse(text) as { readonly name?: string; readonly version?: string };
    if (manifest.name === 'shipmate' && manifest.version !== undefined)
      return { root: folder, version: manifest.version };
  } catch {
    // There is none here.
  }
  const parent = new URL('../', folder);
  if (parent.href === folder.href) throw new Error('package.json is missing');
  return find(parent);
}
