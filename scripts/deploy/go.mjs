// Programs and files out of Go modules: fetched by their versions, kept outside the repository's own files.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ROOT, run, step } from '../tools.mjs';

const BIN = process.env.SHIPMATE_TOOLS ?? join(ROOT, 'node_modules', '.cache', 'deploy-tools');
const NEEDED = 'Go (1.26 or newer, https://go.dev) is missing: helm, kustomize and pebble are built with it.';

/** The module of Let's Encrypt's ACME server for tests. */
export const PEBBLE = 'github.com/letsencrypt/pebble/v2@v2.10.3';

/** By name, which module a program is built from. */
const PROGRAMS = {
  helm: 'helm.sh/helm/v3/cmd/helm@v3.21.4',
  pebble: PEBBLE.replace('@', '/cmd/pebble@'),
  kustomize: 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1',
};

/** Whether there is Go. */
export async function hasGo() {
  return (await run('go', ['version'], { quiet: true }).catch(() => ({ status: 1 }))).status === 0;
}

/** The path of a program; built, which takes minutes of CPU for helm, when it is not there yet. */
export async function goProgram(name) {
  const path = join(BIN, name);
  if (existsSync(path)) return path;
  if (!(await hasGo())) fail(NEEDED);
  step(`Building ${name} (go install ${PROGRAMS[name]})`);
  mkdirSync(BIN, { recursive: true });
  const { status, output } = await run('go', ['install', PROGRAMS[name]], { quiet: true, env: { GOBIN: BIN } });
  if (status !== 0) fail(`${output}\ngo install ${PROGRAMS[name]} failed: see above.`);
  return path;
}

/** The folder of a module's files: `goModule('k8s.io/kubernetes@v1.36.3')`. */
export async function goModule(module) {
  if (!(await hasGo())) fail(NEEDED);
  const { status, output } = await run('go', ['mod', 'download', '-json', module], { quiet: true });
  if (status !== 0) fail(`${output}\ngo mod download ${module} failed: see above.`);
  return JSON.parse(output.slice(output.indexOf('{'))).Dir;
}
