import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { FAVICON, TOKENS_CSS } from '../../libs/look/src/index.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What this page shares with the server's own: their colours, and in development their icon. */
const look: Plugin = {
  name: 'look',
  enforce: 'pre',
  transform: (code, id) => (/\/styles\/(page|steer)\.css$/.test(id) ? `${code}\n${TOKENS_CSS}` : undefined),
  configureServer: ({ middlewares }) => {
    middlewares.use('/favicon.svg', (_, response) => response.setHeader('content-type', 'image/svg+xml').end(FAVICON));
  },
};

/** Compresses what is built, as well as can be: a server that starts has only to read it. */
const compress: Plugin = {
  name: 'compress',
  apply: 'build',
  closeBundle: () => {
    const folder = here('../../dist/apps/web');
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(css|html|js|svg|webmanifest)$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const plain = readFileSync(file);
      const compressed = { br: brotliCompressSync(plain), gz: gzipSync(plain, { level: 9 }) };
      for (const [ending, bytes] of Object.entries(compressed)) {
        if (bytes.length < plain.length) writeFileSync(`${file}.${ending}`, bytes);
      }
    }
  },
};

export default defineConfig({
  plugins: [look, compress],
  root: here('.'),
  base: '/',
  clearScreen: false,
  logLevel: 'warn',
  // Libs by their sources, as the tests have them.
  resolve: { conditions: ['development', ...defaultClientConditions] },
  build: {
    // The page of a session, its host's, that of a request to join, and the operator's.
    rolldownOptions: { input: ['index', 'host', 'decide', 'operator'].map((page) => here(`./${page}.html`)) },
    outDir: here('../../dist/apps/web'),
    emptyOutDir: true,
    target: ['chrome120', 'firefox121', 'safari17'],
    // A Content-Security-Policy of only 'self': no data: addresses, no inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
