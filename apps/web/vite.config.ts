import { fileURLToPath } from 'node:url';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';
import { FAVICON, TOKENS_CSS } from '../../libs/look/src/index.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What this page shares with the server's own: their colours, and in development their icon. */
const look: Plugin = {
  name: 'look',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('/styles/page.css') ? `${code}\n${TOKENS_CSS}` : undefined),
  configureServer: ({ middlewares }) => {
    middlewares.use('/favicon.svg', (_, response) => response.setHeader('content-type', 'image/svg+xml').end(FAVICON));
  },
};

export default defineConfig({
  plugins: [look],
  root: here('.'),
  base: '/',
  clearScreen: false,
  logLevel: 'warn',
  // Libs by their sources, as the tests have them.
  resolve: { conditions: ['development', ...defaultClientConditions] },
  build: {
    outDir: here('../../dist/apps/web'),
    emptyOutDir: true,
    target: ['chrome120', 'firefox121', 'safari17'],
    // A Content-Security-Policy of 'self' alone: no data: addresses, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
