// node scripts/deploy/k8s.mjs [FOLDER]: writes k8s/bases again from the chart, or somewhere else to compare with. With --state, only
// tells in one word what they depend on: the tests hold k8s/bases to it where there is no helm.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, parse, stringify } from 'yaml';
import { fail, ROOT, run } from '../tools.mjs';
import { goProgram } from './go.mjs';

/** The newest Kubernetes that the checks know. */
const VERSION = JSON.parse(readFileSync(join(ROOT, 'test/deploy/schemas/kubernetes-newest.json'), 'utf8')).version;
const HEAD = '# Written by scripts/deploy/k8s.mjs from helm/shipmate; change that, or the overlay.\n';

const STATE = chartState();
if (process.argv[2] === '--state') {
  console.log(STATE);
  process.exit();
}
const target = process.argv[2] ?? join(ROOT, 'k8s/bases');
const helm = await goProgram('helm');
for (const name of ['trial', 'two-regions']) {
  const values = join(ROOT, `helm/shipmate/ci/${name}-values.yaml`);
  const args = ['template', 'shipmate', join(ROOT, 'helm/shipmate'), '-n', 'shipmate', '-f', values];
  const { status, output } = await run(helm, [...args, '--kube-version', VERSION, '--skip-tests'], { quiet: true });
  if (status !== 0) fail(output);
  writeBase(join(target, name), output);
}

/** One file for each template that made something, and the list of them. */
function writeBase(folder, text) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = new Map();
  for (const document of parseAllDocuments(text)) {
    const object = plain(document.toJS());
    if (object === null) continue;
    const [, file] =
      /# Source: shipmate\/templates\/(\S+)/.exec(String(document)) ?? fail('a document without a source');
    files.set(file, [...(files.get(file) ?? []), object]);
  }
  const names = [...files.keys()].sort();
  for (const [file, objects] of files) {
    const documents = objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
    writeFileSync(join(folder, file), HEAD + documents.join('---\n'));
  }
  const list = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources: names };
  writeFileSync(join(folder, 'kustomization.yaml'), `${HEAD}# Its state: ${STATE}\n${stringify(list)}`);
}

/** All of the chart but rules and dashboards, which come as they are. */
function chartState() {
  const hash = createHash('sha256').update(readFileSync(import.meta.filename));
  const chart = join(ROOT, 'helm/shipmate');
  for (const name of readdirSync(chart, { recursive: true }).sort()) {
    if (!/^(rules|dashboards)\/|\.md$/.test(name) && /\.\w+$/.test(name))
      hash.update(name).update(readFileSync(join(chart, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Without what only Helm understands. */
function plain(object) {
  if (object === null) return null;
  const text = JSON.stringify(object, (key, value) => {
    if (typeof value !== 'object' || value === null || (key !== 'labels' && key !== 'annotations')) return value;
    const kept = Object.entries(value).filter(([name]) => !/^helm\.sh\/|managed-by$/.test(name));
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  });
  return parse(text);
}
