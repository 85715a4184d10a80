import { Metrics } from './metrics.js';

/** The page docs/metrics.md; `npm run docs` writes it. */
export function metricsMarkdown(): string {
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

Every process answers \`GET /metrics\` on its HTTP port, in Prometheus' text format, or OpenMetrics where that is asked for. Names and labels stay: they are added to, never
renamed. No label holds an id, an address, a name or a token, so that there are some hundred series a process, whatever it carries; what is
counted at all is counted when it is asked for, and a scrape of an edge with 10,000 sessions takes milliseconds.

Alerts are in \`helm/shipmate/rules\`, their [runbooks](runbooks/README.md) next to this page, a dashboard for Grafana in
\`helm/shipmate/dashboards\`.

## Shipmate's own

${entries.join('\n')}

## Node.js' own

${node.join('\n')}
`;
}
