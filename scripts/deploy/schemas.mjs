// node scripts/deploy/schemas.mjs: writes again, from the Go modules that define them, the schemas that the chart's objects are
// checked with. They are kept in the repository, so that the checks need neither Go nor a network.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT, step } from '../tools.mjs';
import { goModule } from './go.mjs';

const TARGET = join(ROOT, 'test/deploy/schemas');

/** The oldest and the newest supported version of Kubernetes, and what else defines kinds that the chart knows. */
const KUBERNETES = { oldest: 'v1.30.14', newest: 'v1.36.3' };
const CUSTOM = [
  ['sigs.k8s.io/gateway-api@v1.4.0', 'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml'],
  ['github.com/cert-manager/cert-manager@v1.21.2', 'deploy/crds/cert-manager.io_certificates.yaml'],
  ...['servicemonitors', 'prometheusrules'].map((kind) => [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
  ]),
];
const COMPOSE = ['github.com/compose-spec/compose-go/v2@v2.16.2', 'schema/compose-spec.json'];

const KINDS = new Set(
  `ConfigMap Deployment HorizontalPodAutoscaler Ingress Job NetworkPolicy Pod PodDisruptionBudget Role RoleBinding Secret Service
  ServiceAccount`.split(/\s+/),
);

mkdirSync(TARGET, { recursive: true });
for (const [age, version] of Object.entries(KUBERNETES)) {
  write(`kubernetes-${age}`, { version, ...builtIn(await goModule(`k8s.io/kubernetes@${version}`)) });
}
const kinds = {};
const sources = [];
for (const [module, file] of CUSTOM) {
  sources.push(`${module} ${file}`);
  const { spec } = parse(readFileSync(join(await goModule(module), file), 'utf8'));
  for (const { name, schema } of spec.versions.filter(({ served }) => served)) {
    kinds[`${spec.group}/${name} ${spec.names.kind}`] = strict({
      ...schema.openAPIV3Schema,
      properties: { ...schema.openAPIV3Schema.properties, metadata: { $ref: '#/definitions/any' } },
    });
  }
}
write('custom', { sources, kinds, definitions: { any: { type: 'object' } } });
const compose = readFileSync(join(await goModule(COMPOSE[0]), COMPOSE[1]), 'utf8');
write('compose', { source: COMPOSE.join(' '), schema: strip(JSON.parse(compose)) });

/** By "apiVersion kind", the schemas of what Kubernetes brings along, and what they refer to. */
function builtIn(folder) {
  const api = join(folder, 'api/openapi-spec/v3');
  const all = {};
  const kinds = {};
  for (const file of readdirSync(api).filter((name) => /^apis?__.*v\d+_openapi\.json$/.test(name))) {
    for (const [name, schema] of Object.entries(JSON.parse(readFileSync(join(api, file), 'utf8')).components.schemas)) {
      all[name] = schema;
      for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
        if (!KINDS.has(kind) || !file.includes(`${version}_`) || !schema.properties?.metadata) continue;
        kinds[`${group === '' ? '' : `${group}/`}${version} ${kind}`] = { $ref: `#/definitions/${name}` };
      }
    }
  }
  const definitions = {};
  const queue = Object.values(kinds).map(({ $ref }) => $ref.split('/').at(-1));
  for (const name of queue) {
    if (definitions[name]) continue;
    const text = JSON.stringify(strict(all[name])).replaceAll('#/components/schemas/', '#/definitions/');
    definitions[name] = JSON.parse(text);
    queue.push(...Array.from(text.matchAll(/#\/definitions\/([^"]+)/g), ([, other]) => other));
  }
  return { kinds, definitions };
}

/** The same schema, which refuses fields that it does not name: a misspelt one is one that Kubernetes leaves out. */
function strict(schema) {
  return closed(strip(schema));
}

function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const fields = made.properties;
  if (typeof fields === 'object' && typeof fields.type !== 'string' && made.type === 'object') {
    made.additionalProperties ??= false;
  }
  return made;
}

/** Without what is for people or for other programs: nine tenths of it. */
function strip(schema) {
  if (Array.isArray(schema)) return schema.map(strip);
  if (typeof schema !== 'object' || schema === null) return schema;
  const kept = {};
  for (const [key, value] of Object.entries(schema)) {
    const isField = typeof value === 'object' && !Array.isArray(value) && key !== 'externalDocs';
    if (key.startsWith('x-kubernetes-') || key === 'x-go-name') continue;
    if (key === 'pattern' && typeof value === 'string' && value.includes('(?i)')) continue; // Go's, not JSON Schema's.
    if (['description', 'default', 'format', 'title', 'example', 'deprecated'].includes(key) && !isField) continue;
    kept[key] = key === 'default' && isField && Object.keys(value).length === 0 ? undefined : strip(value);
  }
  return kept;
}

function write(name, content) {
  const file = join(TARGET, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(content)}\n`);
  step(`${name}: ${Math.round(JSON.stringify(content).length / 1024)} KiB`);
}
