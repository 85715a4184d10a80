import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { cleanEnv, run } from '#testing';
import { composeSchema, ObjectSchemas, objectsIn, ROOT, schemaFaults } from './objects.fixture.js';
import { policyFaults } from './policy.fixture.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const bases = readdirSync(join(ROOT, 'k8s/bases'));
const [oldest, newest] = [ObjectSchemas.of('oldest'), ObjectSchemas.of('newest')];

describe.each(bases)('k8s/bases/%s', (name) => {
  const objects = objectsIn(join(ROOT, 'k8s/bases', name));

  it('is what the oldest and the newest Kubernetes know', () => {
    expect(objects.length).toBeGreaterThan(10);
    expect(objects.flatMap((object) => [...oldest.faults(object), ...newest.faults(object)])).toEqual([]);
  });

  it('keeps the policies', () => {
    expect(policyFaults(objects)).toEqual([]);
  });

  it('was written from the chart as it is: else run node scripts/deploy/k8s.mjs', async () => {
    const script = join(ROOT, 'scripts/deploy/k8s.mjs');
    const { stdout } = await run(process.execPath, [script, '--state'], { env: cleanEnv('/nonexistent') });
    expect(read(`k8s/bases/${name}/kustomization.yaml`)).toContain(`# Its state: ${stdout.trim()}\n`);
  });

  it('lists all of its files', () => {
    const { resources } = parse(read(`k8s/bases/${name}/kustomization.yaml`)) as { resources: string[] };
    const files = readdirSync(join(ROOT, 'k8s/bases', name)).filter((file) => file !== 'kustomization.yaml');
    expect(resources.toSorted()).toEqual(files.toSorted());
  });

  it('has an overlay', () => {
    const overlay = parse(read(`k8s/overlays/${name}/kustomization.yaml`)) as { resources: string[] };
    expect(overlay.resources).toContain(`../../bases/${name}`);
    for (const resource of overlay.resources) {
      expect(existsSync(join(ROOT, 'k8s/overlays', name, resource))).toBe(true);
    }
  });
});

describe('the checks', () => {
  type Fields = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- As in KubernetesObject.
  const broken: [string, RegExp, (spec: Fields, container: Fields) => void][] = [
    ['a root', /is not root/, (spec) => (spec['securityContext'] = {})],
    ['a capability', /has no capability/, (_, one) => (one['securityContext'].capabilities.add = ['SYS_ADMIN'])],
    ['a folder of the node', /of its node/, (spec) => spec['volumes'].push({ name: 'x', hostPath: { path: '/' } })],
    ['the latest image', /has a version/, (_, one) => (one['image'] = 'shipmate:latest')],
    [
      'an image of a registry with a port, without version',
      /a version/,
      (_, one) => (one['image'] = 'a:5000/shipmate'),
    ],
    ['no limit', /limit of memory/, (_, one) => delete one['resources'].limits],
    ['a token', /no token/, (spec) => (spec['automountServiceAccountToken'] = true)],
    ['a hasty end', /outlast its drain/, (spec) => (spec['terminationGracePeriodSeconds'] = 30)],
    ['a port that is not there', /have no port ssh/, (_, one) => (one['ports'] = [])],
    ['a secret argument', /is an argument/, (_, one) => (one['args'] = ['--requirepass', '$(REDIS_PASSWORD)'])],
    ['a password', /password/, (_, one) => one['env'].push({ name: 'A', value: 'redis://:hunter2hunter2@redis' })],
  ];

  it.each(broken)('find %s', (_, fault, breakIt) => {
    const objects = structuredClone(objectsIn(join(ROOT, 'k8s/bases/trial')));
    const edge = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.includes('ssh-edge'));
    breakIt(edge?.['spec'].template.spec, edge?.['spec'].template.spec.containers[0]);
    expect(policyFaults(objects).join('\n')).toMatch(fault);
  });

  it('find a way to Redis for everybody, and one to the metrics', () => {
    const objects = structuredClone(objectsIn(join(ROOT, 'k8s/bases/trial')));
    for (const { kind, spec } of objects)
      if (kind === 'NetworkPolicy') for (const rule of spec.ingress) delete rule.from;
    expect(policyFaults(objects).join('\n')).toMatch(/NetworkPolicy shipmate-redis: not so: lets only ours/);
    expect(policyFaults(objects).join('\n')).toMatch(
      /NetworkPolicy shipmate-web-edge: not so: lets only whom it names/,
    );
    const routes = structuredClone(objectsIn(join(ROOT, 'k8s/bases/two-regions')));
    for (const { kind, spec } of routes) if (kind === 'Ingress') spec.rules[0].http.paths[0].path = '/metrics';
    expect(policyFaults(routes).join('\n')).toMatch(/leads to no probe and no metrics/);
  });

  it('find a misspelt field, a wrong type and an unknown kind', () => {
    const object = objectsIn(join(ROOT, 'k8s/bases/trial')).find(({ kind }) => kind === 'Deployment');
    if (object === undefined) throw new Error('there is no Deployment');
    expect(oldest.faults({ ...object, spec: { ...object['spec'], replicsa: 1 } }).join()).toMatch(/replicsa/);
    expect(newest.faults({ ...object, spec: { ...object['spec'], replicas: 'two' } }).join()).toMatch(
      /replicas.*integer/,
    );
    const monitor = objectsIn(join(ROOT, 'k8s/bases/two-regions')).find(({ kind }) => kind === 'ServiceMonitor');
    if (monitor === undefined) throw new Error('there is no ServiceMonitor');
    const misspelt = { ...monitor, spec: { ...monitor['spec'], endpoints: [{ port: 'metrics', intreval: '1m' }] } };
    expect(newest.faults(misspelt).join()).toMatch(/intreval/);
    expect(newest.faults({ ...object, apiVersion: 'apps/v1beta1' }).join()).toMatch(/there is no apps\/v1beta1/);
  });
});

describe("the chart's values", () => {
  const schema = JSON.parse(read('helm/shipmate/values.schema.json')) as object;
  const faults = (values: unknown): string => schemaFaults(schema, values).join('\n');

  it.each(
    readdirSync(join(ROOT, 'helm/shipmate/ci'))
      .map((name) => `ci/${name}`)
      .concat('values.yaml'),
  )('in %s are what the schema takes', (name) => expect(faults(parse(read(`helm/shipmate/${name}`)))).toBe(''));

  it('are all in values.yaml, each where the schema has it', () => {
    const defaults = parse(read('helm/shipmate/values.yaml')) as object;
    expect(Object.keys(defaults).sort()).toEqual(
      Object.keys((schema as { properties: object }).properties)
        .filter((key) => key !== 'global')
        .sort(),
    );
  });

  it.each([
    [{ regoins: [] }, /regoins/],
    [{ regions: [] }, /fewer than 1/],
    [{ regions: [{ name: 'NYC', sshHost: 'a', webHost: 'b' }] }, /name must match/],
    [{ regions: [{ name: 'a', sshHost: 'a' }] }, /webHost/],
    [{ redis: { url: 'http://redis' } }, /url must match/],
    [{ image: { tag: 'latest' } }, /tag/],
    [{ sshEdge: { proxyProtocol: false } }, /proxyProtocol/],
    [{ webEdge: { gateway: { enabled: true, parentRefs: [] } } }, /parentRefs/],
    [{ broker: { resources: { requests: { memory: '1Gi' } } } }, /limits/],
  ])('%j are refused', (values, fault) => {
    expect(faults(values)).toMatch(fault);
  });
});

describe('compose.yaml', () => {
  interface Service {
    readonly image: string;
    readonly read_only?: boolean;
    readonly cap_drop?: string[];
    readonly security_opt?: string[];
    readonly user?: string;
    readonly ports?: string[];
    readonly networks: string[];
  }
  const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service> };

  it('is what the Compose specification knows', () => {
    expect(schemaFaults(composeSchema(), compose)).toEqual([]);
    expect(schemaFaults(composeSchema(), { ...compose, servcies: {} })).not.toEqual([]);
  });

  it('gives its services no rights and nothing to write to', () => {
    for (const service of Object.values(compose.services)) {
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.image).toMatch(/:[\w.-]+\}?$/);
      expect(service.image).not.toContain('latest');
    }
  });

  it('shows Redis to nobody else, and plain HTTP only to this machine', () => {
    const { redis, 'web-edge': web, broker } = compose.services;
    expect(redis).toMatchObject({ networks: ['redis'] });
    expect(redis?.ports).toBeUndefined();
    for (const port of [...(web?.ports ?? []), ...(broker?.ports ?? [])]) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('has no secret', () => {
    expect(read('compose.yaml')).not.toMatch(/SHIPMATE_(SECRET|ADMIN_TOKEN)|password/i);
  });
});
