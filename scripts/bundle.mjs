// Puts each program of the build into few files, with the packages that it uses: a process then starts in about a third of the CPU time, because
// reading some 1,900 modules takes longer than running them. Called by tools.mjs when the build has compiled.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { CHUNKS, ROOT } from './tools.mjs';

const DIST = join(ROOT, 'dist');
/** What is started, below dist; a bundle takes the place of what the compiler wrote there. */
const PROGRAMS = ['shipmate', 'ssh-edge', 'web-edge', 'broker'].map((app) => `apps/${app}/src/main`);

// CommonJS packages look for files next to them: they find none here, but they ask when they are loaded.
const BANNER = `import { dirname as dirnameOf } from 'node:path';
import { fileURLToPath as pathOf } from 'node:url';
const __filename = pathOf(import.meta.url);
const __dirname = dirnameOf(__filename);`;

/** ssh2's compiled ciphers stay where npm built them, if it did. */
const NATIVE = {
  name: 'native',
  resolveId(source, importer) {
    if (!source.endsWith('.node')) return null;
    const path = join(dirname(importer ?? ROOT), source);
    return { id: relative(join(ROOT, 'node_modules'), path).split(sep).join('/'), external: true };
  },
};

/** Bundles what `npm run build` has compiled. Packages that Nest and others look for, and that are not installed, are left to be looked for. */
export async function bundle() {
  const { rolldown } = await import('rolldown');
  const written = join(DIST, '.bundling');
  rmSync(written, { recursive: true, force: true });
  rmSync(CHUNKS, { recursive: true, force: true });
  const bundled = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(PROGRAMS.map((name) => [name, join(DIST, `${name}.js`)])),
    platform: 'node',
    plugins: [NATIVE],
    // Either would leave out calls that it takes to do nothing but give a result, such as decodeURIComponent(text), where nobody uses that: but
    // they may throw, and that was what they were for.
    treeshake: false,
    logLevel: 'silent',
  });
  const { output } = await bundled.write({
    dir: written,
    format: 'esm',
    banner: BANNER,
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/[name]-[hash].js',
    // Nest and the log name classes.
    keepNames: true,
    minify: false, // As `treeshake`.
  });
  await bundled.close();
  for (const { fileName } of output) {
    const path = join(DIST, fileName);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(join(written, fileName), path);
    rmSync(`${path}.map`, { force: true });
  }
  rmSync(written, { recursive: true });
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
  writeFileSync(join(CHUNKS, 'LICENSES.txt'), licences(modules));
}

/** The licences of all packages that are in the bundles. */
function licences(modules) {
  const folders = new Set(modules.flatMap((path) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'LICENSE-MIT', 'LICENSE-MIT.txt']
      .map((file) => join(folder, file))
      .find((path) => existsSync(path));
    const text = file === undefined ? '' : `\n${readFileSync(file, 'utf8').trim()}\n`;
    return `${name} ${version} (${license})\n${text}`;
  });
  return `The programs of Shipmate contain these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n`)}`;
}
