import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';

/** The page docs/metrics.md. */
function metricsMarkdown(): string {
  const all = new Metrics().describe();
  const isNode = (name: string): boolean => /^shipmate_(nodejs|process)_/.test(name);
  const entries = all
    .filter(({ name }) => !isNode(name))
    .map(({ name, type, labels, help }) => {
      const by = labels.length === 0 ? '' : `, by ${labels.map((label) => `\`${label}\``).join(', ')}`;
      return `- \`${name}\` (${type}${by}): ${help}`;
    });
  const node = all
    .filter(({ name }) => isNode(name))
    .map(({ name, help }) => `- \`${name}\`: ${help.replace(/\.?$/, '.')}`);
  return `# Metrics

<!-- Written by \`npm run docs\` from libs/platform/src/metrics.ts. -->

Every process answers \`GET /metrics\` on its HTTP port, in Prometheus' text format, or in OpenMetrics if the request asks for it. Later versions
add names and labels, and never rename them. No label contains an id, an address, a name or a token, so a process has a few hundred series at
most. Most values are computed only when they are scraped. A scrape of an edge with 10,000 sessions takes milliseconds.

Alerts are in \`helm/shipmate/rules\`, their [runbooks](runbooks/README.md) next to this page, a dashboard for Grafana in
\`helm/shipmate/dashboards\`.

## Shipmate's own

${entries.join('\n')}

## Node.js' own

${node.join('\n')}
`;
}

/** What dashboards and checks rely on, with its labels: added to, never renamed. */
const PROMISED = `
  sessions{region,state} participants{transport,role} joins_total{transport,route,result} join_seconds{} auth_failures_total{reason}
  host_reconnects_total{} takeovers_total{} bytes_total{direction,leg} frames_total{kind} relay_messages_total{direction}
  relay_gaps_total{} snapshots_total{reason} redis_up{} redis_seconds{} lease_lost_total{} webhook_deliveries_total{result}
  client_rtt_seconds{transport} draining{} nodejs_eventloop_lag_p99_seconds{} nodejs_heap_size_used_bytes{} process_cpu_seconds_total{}
`;

describe('the page of metrics', () => {
  it('is as `npm run docs` writes it', async () => {
    await expect(metricsMarkdown()).toMatchFileSnapshot('../../../docs/metrics.md');
  });

  it('names what /metrics shows, and nothing else', async () => {
    const shown = [...(await new Metrics().scrape()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    const named = [...metricsMarkdown().matchAll(/^- `(shipmate_\w+)`/gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(shown));
  });

  it('has all that was promised, with these labels', () => {
    const known = new Map(new Metrics().describe().map(({ name, labels }) => [name, labels.join(',')]));
    for (const [, name = '', labels] of PROMISED.matchAll(/(\w+)\{([^}]*)\}/g)) {
      expect(known.get(`shipmate_${name}`), name).toBe(labels);
    }
  });
});
