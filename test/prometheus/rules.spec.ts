import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from '#platform';
import { cleanEnv, run } from '#testing';
import { alerts, metricsIn, ROOT, RULES } from './alert-rules.fixture.js';

const DASHBOARDS = `${ROOT}helm/shipmate/dashboards`;
const promtool = async (...args: readonly string[]) =>
  await run('promtool', args, { cwd: ROOT, env: cleanEnv('/nonexistent'), deadlineMs: 50_000 });

/** Every series that a process shows, with what histograms are made of. */
async function shown(): Promise<ReadonlySet<string>> {
  const text = await new Metrics().scrape();
  return new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
}

describe('the alerts', () => {
  const found = alerts();

  it('are rules that Prometheus takes', async () => {
    const files = readdirSync(RULES).map((name) => `${RULES}/${name}`);
    const { stdout } = await promtool('check', 'rules', ...files);
    expect(stdout).toContain(`SUCCESS: ${found.length} rules found`);
  });

  it('fire when they should and not before, each of them', async () => {
    const tests = 'test/prometheus/alerts.test.yaml';
    const text = readFileSync(`${ROOT}${tests}`, 'utf8');
    for (const { name } of found) expect(text, name).toContain(`alertname="${name}"`);
    expect((await promtool('test', 'rules', tests)).stdout).toContain('SUCCESS');
  });

  it.each(found)('$name has a severity, a text and a runbook that is there', ({ name, text }) => {
    expect(text).toMatch(/severity: (page|ticket)$/m);
    expect(text).toMatch(/summary: \S/);
    expect(text).toMatch(/description: \S/);
    expect(text).toContain(`runbook_url: docs/runbooks/${name}.md`);
    const runbook = readFileSync(`${ROOT}docs/runbooks/${name}.md`, 'utf8');
    expect(runbook).toMatch(new RegExp(`^# ${name}\n`));
    expect(runbook).toContain('## Fix it');
    expect(readFileSync(`${ROOT}docs/runbooks/README.md`, 'utf8')).toContain(`(${name}.md)`);
  });

  it('have the only runbooks, whose links lead somewhere', () => {
    const names = readdirSync(`${ROOT}docs/runbooks`).filter((name) => name !== 'README.md');
    expect(names.sort()).toEqual(found.map(({ name }) => `${name}.md`).sort());
    for (const name of names) {
      const page = readFileSync(`${ROOT}docs/runbooks/${name}`, 'utf8');
      for (const [, link = ''] of page.matchAll(/\]\(([^)#:]+)\)/g)) {
        expect(existsSync(`${ROOT}docs/runbooks/${link}`), `${name}: ${link}`).toBe(true);
      }
    }
  });

  it('ask for metrics that there are, as the runbooks do', async () => {
    const there = await shown();
    const pages = readdirSync(`${ROOT}docs/runbooks`).map((name) =>
      readFileSync(`${ROOT}docs/runbooks/${name}`, 'utf8'),
    );
    for (const text of [...found.map((alert) => alert.text), ...pages]) {
      for (const name of metricsIn(text)) expect(there.has(name), name).toBe(true);
    }
  });
});

describe('the dashboards', () => {
  it.each(readdirSync(DASHBOARDS))(
    '%s ask for metrics that there are, in panels that do not lie over each other',
    async (file) => {
      const text = readFileSync(`${DASHBOARDS}/${file}`, 'utf8');
      const there = await shown();
      const names = metricsIn(text);
      expect(names.length).toBeGreaterThan(15);
      for (const name of names) expect(there.has(name), name).toBe(true);
      interface Panel {
        readonly id: number;
        readonly title: string;
        readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
      }
      const { panels, uid } = JSON.parse(text) as { panels: readonly Panel[]; uid: string };
      expect(uid).toBe('shipmate');
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    },
  );
});
