import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run, Stage, tempDir } from '#testing';
import { nameOf, ObjectSchemas, readObjects, ROOT, type KubernetesObject } from './objects.fixture.js';
import { policyFaults } from './policy.fixture.js';

/** Where `npm run check:deploy` has put helm and the like. */
const tools = process.env['SHIPMATE_TOOLS'];
const chart = join(ROOT, 'helm/shipmate');
const tables = readdirSync(join(chart, 'ci')).map((name) => name.replace('-values.yaml', ''));
const versionOf = (age: string): string =>
  (JSON.parse(readFileSync(join(ROOT, `test/deploy/schemas/kubernetes-${age}.json`), 'utf8')) as { version: string })
    .version;

const stage = new Stage();
afterAll(async () => await stage.clear());

if (tools === undefined) throw new Error('npm run check:deploy runs this, with helm');
const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', SHIPMATE_TOOLS: tools };
const program = async (name: string, args: readonly string[], mayFail = false) =>
  await run(join(tools, name), args, { env, cwd: ROOT, deadlineMs: 60_000, mayFail });
const valuesOf = (table: string): string => join(chart, 'ci', `${table}-values.yaml`);
const render = async (args: readonly string[], mayFail = false) =>
  await program('helm', ['template', 'fleet', chart, '--namespace', 'share', ...args], mayFail);

describe.each(tables)('the chart with %s', (table) => {
  it('passes lint', async () => {
    await program('helm', ['lint', '--strict', chart, '--values', valuesOf(table)]);
  });

  it.each(['oldest', 'newest'] as const)('is what the %s Kubernetes knows, and keeps the policies', async (age) => {
    const { stdout } = await render(['--values', valuesOf(table), '--kube-version', versionOf(age)]);
    const objects = readObjects(stdout);
    const schemas = ObjectSchemas.of(age);
    expect(objects.flatMap((object) => schemas.faults(object))).toEqual([]);
    expect(policyFaults(objects)).toEqual([]);
    expect(new Set(objects.map(nameOf)).size).toBe(objects.length);
  });
});

describe('the chart', () => {
  const newest = ['--kube-version', versionOf('newest')];
  const rendered = async (...args: string[]): Promise<KubernetesObject[]> =>
    readObjects((await render([...newest, ...args])).stdout);
  const envOf = (objects: readonly KubernetesObject[], name: string): Record<string, string | undefined> => {
    const found = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name);
    const variables = found?.['spec'].template.spec.containers[0].env as { name: string; value?: string }[];
    return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  };

  it('gives each region its edges, and all of them one broker on one Redis', async () => {
    const names = (await rendered('--values', valuesOf('two-regions')))
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ metadata }) => metadata.name.replace('fleet-shipmate-', ''));
    expect(names.sort()).toEqual(['broker', 'ssh-edge-nyc1', 'ssh-edge-sfo2', 'web-edge-nyc1', 'web-edge-sfo2']);
  });

  it('gives each region with a Redis of its own a broker, and tells all of the fleet’s', async () => {
    const objects = await rendered('--values', valuesOf('redis-per-region'));
    const edge = envOf(objects, 'fleet-shipmate-ssh-edge-sfo2');
    expect(edge['SHIPMATE_REDIS_REGIONS']).toBe('nyc1=$(REDIS_URL_NYC1),sfo2=$(REDIS_URL_SFO2),fra1=$(REDIS_URL_FRA1)');
    expect(edge['SHIPMATE_BROKER_URL']).toBe('http://fleet-shipmate-broker-sfo2:8079');
    expect(edge['SHIPMATE_SSH_PUBLIC_PORT']).toBe('443');
    // A variable is known to those behind it.
    const order = Object.keys(edge);
    for (const region of ['NYC1', 'SFO2', 'FRA1']) {
      expect(order.indexOf(`REDIS_URL_${region}`)).toBeLessThan(order.indexOf('SHIPMATE_REDIS_REGIONS'));
    }
    expect(objects.some(({ kind }) => kind === 'Job')).toBe(false);
  });

  it('has every process trace where there is a collector, and none where there is not', async () => {
    const traced = await rendered('--values', valuesOf('everything'));
    const processes = traced.filter(({ kind }) => kind === 'Deployment').map(({ metadata }) => metadata.name);
    expect(processes).toHaveLength(3);
    for (const name of processes) {
      const env = envOf(traced, name);
      expect(env).toMatchObject({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
        OTEL_TRACES_SAMPLER_ARG: '0.25',
      });
      // What the collector wants to see comes from its Secret alone.
      expect(Object.keys(env)).toContain('OTEL_EXPORTER_OTLP_HEADERS');
      expect(env['OTEL_EXPORTER_OTLP_HEADERS']).toBeUndefined();
    }
    expect(JSON.stringify(await rendered('--values', valuesOf('two-regions')))).not.toContain('OTEL_');
  });

  it('tells every process who signs in where, with secrets from Secrets alone, and the policy', async () => {
    const objects = await rendered('--values', valuesOf('everything'));
    for (const role of ['broker', 'ssh-edge-one', 'web-edge-one']) {
      const env = envOf(objects, `fleet-shipmate-${role}`);
      expect(env).toMatchObject({
        SHIPMATE_SIGN_IN: 'everyone',
        SHIPMATE_OIDC_PROVIDERS: 'corp,partner-two',
        SHIPMATE_OIDC_CORP_ISSUER: 'https://id.example.org',
        SHIPMATE_OIDC_PARTNER_TWO_CLIENT_ID: 'shipmate',
        SHIPMATE_JWT_RULES: 'github-actions repository=acme/site environment=debug',
        SHIPMATE_POLICY_FILE: '/etc/shipmate/policy/policy.yaml',
      });
      for (const name of ['OIDC_CORP', 'OIDC_PARTNER_TWO', 'GITHUB'].map((one) => `SHIPMATE_${one}_CLIENT_SECRET`)) {
        expect(Object.keys(env)).toContain(name);
        expect(env[name]).toBeUndefined();
      }
    }
    const policy = objects.find(({ metadata }) => metadata.name === 'fleet-shipmate-policy');
    expect(policy?.['data']).toEqual({ 'policy.yaml': 'every-session:\n  sign-in: true\n' });
    const ingress = objects.find(({ kind }) => kind === 'Ingress');
    const paths = ingress?.['spec'].rules[0].http.paths as { path: string; backend: { service: { name: string } } }[];
    const to = Object.fromEntries(paths.map(({ path, backend }) => [path, backend.service.name]));
    for (const path of ['/sign-in', '/sign-out', '/in']) expect(to[path]).toBe('fleet-shipmate-web-edge-one');
    expect(to['/v1/exchange']).toBe('fleet-shipmate-broker');
  });

  it('lets web edges do TLS themselves, by ACME or with a Secret', async () => {
    const values = ['--values', valuesOf('own-tls')];
    const [acme, given] = [
      await rendered(...values),
      await rendered(...values, '--set', 'webEdge.tls.acme.enabled=false', '--set', 'webEdge.tls.secret=web-tls'),
    ];
    // Regions on one Redis share one certificate.
    expect(envOf(acme, 'fleet-shipmate-web-edge-two')).toMatchObject({
      SHIPMATE_ACME: 'true',
      SHIPMATE_ACME_NAMES: 'share.example.org,share.example.net',
      SHIPMATE_ACME_EMAIL: 'ops@example.org',
      SHIPMATE_ACME_EAB_KEY_ID: 'key-1',
    });
    expect(envOf(acme, 'fleet-shipmate-ssh-edge-two')).not.toHaveProperty('SHIPMATE_ACME');
    expect(envOf(given, 'fleet-shipmate-web-edge-two')).toMatchObject({
      SHIPMATE_TLS_CERT: '/etc/shipmate/tls/tls.crt',
    });
    const edge = given.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name.includes('web-edge-one'));
    const volumes: { name: string; secret?: { secretName: string } }[] = edge?.['spec'].template.spec.volumes ?? [];
    expect(volumes.find(({ name }) => name === 'tls')?.secret?.secretName).toBe('web-tls');
    const service = acme.find(({ kind, metadata }) => kind === 'Service' && metadata.name.includes('web-edge-one'));
    expect(service?.metadata).toMatchObject({
      annotations: { 'example.org/address': '192.0.2.1', 'example.org/scheme': 'public' },
    });
    expect(service?.['spec'].ports.map(({ port }: { port: number }) => port)).toEqual([80, 443]);
  });

  it('sets only variables that there are', async () => {
    const known = new Set(readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8').match(/(?:SHIPMATE|OTEL)_\w+/g));
    for (const table of tables) {
      const text = JSON.stringify(await rendered('--values', valuesOf(table)));
      for (const name of text.match(/(?:SHIPMATE|OTEL)_\w+/g) ?? []) {
        // Each of several providers has the variables with its name in them.
        expect(known).toContain(name.replace(/_OIDC_(CORP|PARTNER_TWO)_/, '_OIDC_'));
      }
    }
  });

  it.each([
    [['regions[0].redis.url=redis://a'], /either each has a redis of its own or none/],
    [['redis.existingSecret.name='], /give url or existingSecret\.name/],
    [['redis.bundled.enabled=true'], /cannot be used together/],
    [['redis.bundle.enabled=true'], /bundle/],
    [['webEdge.tls.secret=web-tls'], /people reach without an ingress/],
    [['webEdge.tls.secret=web-tls', 'webEdge.tls.acme.enabled=true'], /secret and acme exclude each other/],
    [['policy.text=people: []', 'policy.existingConfigMap.name=mine'], /text and existingConfigMap exclude each other/],
    [['signIn.github.clientId=abc'], /signIn.github: give clientSecret.name/],
    [['signIn.required=always'], /required/],
  ])('refuses %j', async (settings, why) => {
    const set = settings.flatMap((one) => ['--set', one]);
    const { status, stderr } = await render([...newest, '--values', valuesOf('two-regions'), ...set], true);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(why);
  });

  it('tells the next steps', async () => {
    // Notes are rendered for a cluster alone: here as a template like others.
    const folder = tempDir('notes');
    stage.onClear(() => folder.dispose());
    cpSync(chart, folder.file('chart'), { recursive: true });
    const notes = readFileSync(join(chart, 'templates/NOTES.txt'), 'utf8');
    const template = `{{ define "notes" }}${notes}{{ end }}\nnotes: {{ include "notes" . | toJson }}\n`;
    writeFileSync(folder.file('chart/templates/notes.yaml'), template);
    const args = [
      'template',
      'fleet',
      folder.file('chart'),
      '--namespace',
      'share',
      '--show-only',
      'templates/notes.yaml',
    ];
    const { stdout } = await program('helm', [...args, ...newest, '--values', valuesOf('trial')]);
    const { notes: text } = parse(stdout) as { notes: string };
    expect(text).toContain('exec deploy/fleet-shipmate-ssh-edge-local -- shipmate host-keys /etc/shipmate/keys');
    expect(text).toContain('curl http://localhost:8080/tmate.conf');
    expect(text).toContain('the Secret fleet-shipmate, which remains after this release is uninstalled');
    expect(text).not.toContain('<no value>');
  });

  it('is what k8s/bases was written from', async () => {
    const folder = tempDir('k8s');
    stage.onClear(() => folder.dispose());
    await run(process.execPath, [join(ROOT, 'scripts/deploy/k8s.mjs'), folder.path], { env, deadlineMs: 60_000 });
    const { stdout } = await run('diff', ['-r', folder.path, join(ROOT, 'k8s/bases')], { env, mayFail: true });
    expect(stdout, 'k8s/bases is old: node scripts/deploy/k8s.mjs').toBe('');
  });
});

describe.each(readdirSync(join(ROOT, 'k8s/overlays')))('k8s/overlays/%s', (name) => {
  it('is built by kustomize, with one place for each host name', async () => {
    const { stdout } = await program('kustomize', ['build', join(ROOT, 'k8s/overlays', name)]);
    const objects = readObjects(stdout).filter(({ kind }) => kind !== 'Namespace');
    const schemas = ObjectSchemas.of('newest');
    expect(objects.flatMap((object) => schemas.faults(object))).toEqual([]);
    expect(policyFaults(objects)).toEqual([]);
    for (const { kind, metadata } of objects) {
      expect([kind, metadata['namespace' as keyof typeof metadata]]).toEqual([kind, 'shipmate']);
    }
  });
});
