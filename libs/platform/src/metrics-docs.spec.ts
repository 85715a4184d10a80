import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Metrics } from './metrics.js';
import { metricsMarkdown } from './metrics-docs.js';

/** What dashboards and checks rely on, with its labels: added to, never renamed. */
const PROMISED = `
  sessions{region,state} participants{transport,role} joins_total{transport,route,result} join_seconds{} auth_failures_total{reason}
  host_reconnects_total{} takeovers_total{} bytes_total{direction,leg} frames_total{kind} relay_messages_total{direction}
  relay_gaps_total{} snapshots_total{reason} redis_up{} redis_seconds{} lease_lost_total{} webhook_deliveries_total{result}
  client_rtt_seconds{transport} draining{} nodejs_eventloop_lag_p99_seconds{} nodejs_heap_size_used_bytes{} process_cpu_seconds_total{}
`;

describe('the page of metrics', () => {
  it('is as `npm run docs` writes it', () => {
    const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
    expect(page).toBe(metricsMarkdown());
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
