import { collectDefaultMetrics, Registry, type OpenMetricsContentType } from 'prom-client';
import { HELD_KINDS, TRANSPORTS, WORK_KINDS } from '#kernel';
import { bounded, CountMetric, LevelMetric, SpreadMetric, type LabelSet, type NoLabels } from './metric.js';

/** Seconds: from what a local echo takes to what nobody waits for. */
const TIMES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const REDIS_TIMES = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** How precisely Node's loop lag is measured: each look wakes an idle process, and 50 ms of lag is what matters. */
const LOOP_LAG_PRECISION_MS = 50;

/** One metric, as the docs tell it. */
export interface MetricDoc {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** How metrics are written: Prometheus' own text, or OpenMetrics. */
export type MetricsForm = 'prometheus' | 'openmetrics';

const NAMED_AS_COUNTERS = [
  'shipmate_nodejs_active_resources_total',
  'shipmate_nodejs_active_handles_total',
  'shipmate_nodejs_active_requests_total',
];

/** Every number that dashboards read of one process. Names and labels are an interface: add, never rename. */
export class Metrics {
  readonly #registry = new Registry();
  /** The same metrics, as OpenMetrics writes them. */
  readonly #open = new Registry<OpenMetricsContentType>();
  readonly #beforeScrape: (() => void)[] = [];

  readonly build = this.#level('shipmate_build_info', 'Always 1: the labels say which version this process runs.', {
    version: bounded,
    node: bounded,
  });
  readonly sessions = this.#level('shipmate_sessions', 'Sessions whose home is this edge.', {
    region: bounded,
    state: ['live', 'reconnecting'],
  });
  readonly participants = this.#level('shipmate_participants', 'Joiners connected to this edge.', {
    transport: TRANSPORTS,
    role: ['writer', 'reader'],
  });
  readonly joins = this.#count(
    'shipmate_joins_total',
    "Attempts to join, by where the session's home was (`local`: this edge, `relay`: another edge), and by result.",
    { transport: TRANSPORTS, route: ['local', 'relay'], result: bounded },
  );
  readonly joinSeconds = this.#spread(
    'shipmate_join_seconds',
    "Time from the request for a terminal, or a page's first message, to the first full screen.",
    TIMES,
  );
  readonly authFailures = this.#count('shipmate_auth_failures_total', 'Hosts and joiners that were refused.', {
    reason: bounded,
  });
  readonly turnedAway = this.#count(
    'shipmate_turned_away_total',
    'Connections, hosts, sessions and joiners refused because of a limit (docs/limits.md) or a list of addresses (`denied`, `not-allowed`).',
    { limit: bounded },
  );
  readonly hostReconnects = this.#count('shipmate_host_reconnects_total', 'Hosts that reconnected to their session.');
  readonly seatLocks = this.#count(
    'shipmate_seat_locks_total',
    "Locks of joiners' terminals: set, opened again, and refused to somebody who tried.",
    { transport: TRANSPORTS, change: ['locked', 'unlocked', 'refused'] },
  );
  readonly takeovers = this.#count('shipmate_takeovers_total', 'Sessions that this edge took over from another.');
  readonly bytes = this.#count(
    'shipmate_bytes_total',
    'Bytes of terminal streams: from (in) and to (out) hosts, joiners and other edges, before compression.',
    { direction: ['in', 'out'], leg: ['host', 'joiner', 'relay'] },
  );
  readonly frames = this.#count(
    'shipmate_frames_total',
    'Frames for joiners: differences, whole screens, and those skipped because the joiner was behind.',
    { kind: ['delta', 'repaint', 'skipped'] },
  );
  readonly relayMessages = this.#count('shipmate_relay_messages_total', 'Messages between edges.', {
    direction: ['in', 'out'],
  });
  readonly relayGaps = this.#count(
    'shipmate_relay_gaps_total',
    'Gaps found in a stream from another edge; each is repaired with a snapshot.',
  );
  readonly snapshots = this.#count('shipmate_snapshots_total', 'Snapshots sent to replicas.', {
    reason: bounded,
  });
  readonly degraded = this.#level(
    'shipmate_degraded',
    'Whether this process is degraded (1) or not (0), because something that it needs is away or slow: `/readyz` says what.',
  );
  readonly redisUp = this.#level('shipmate_redis_up', 'Whether Redis answers (1) or not (0).');
  readonly redisSeconds = this.#spread('shipmate_redis_seconds', 'Round trips to Redis.', REDIS_TIMES);
  readonly redisRefused = this.#count(
    'shipmate_redis_refused_total',
    'Commands that Redis refused for lack of memory, disk space, replicas or rights, while it answers others.',
  );
  readonly leaseLost = this.#count('shipmate_lease_lost_total', 'How often this edge found its lease lost or expired.');
  readonly webhookDeliveries = this.#count('shipmate_webhook_deliveries_total', 'Attempts to deliver a webhook.', {
    result: bounded,
  });
  readonly reaped = this.#count(
    'shipmate_reaped_total',
    'What the reaper removed: sessions without a host (orphan), and leftovers in the store, by kind.',
    { kind: bounded },
  );
  readonly clientRtt = this.#spread(
    'shipmate_client_rtt_seconds',
    'Round trips to hosts and joiners, measured with keepalives.',
    TIMES,
    { transport: TRANSPORTS },
  );
  readonly webClosed = this.#count(
    'shipmate_web_closed_total',
    "Pages' connections that ended, by the name of the close code (docs/web-protocol.md), or `broken`.",
    { code: bounded },
  );
  readonly webResumed = this.#count(
    'shipmate_web_resumed_total',
    'Pages that got their seat back after their connection broke.',
  );
  readonly traceSpans = this.#count(
    'shipmate_trace_spans_total',
    'Spans that the collector accepted (exported) or did not accept (failed), and spans dropped because the queue was full (dropped).',
    { result: ['exported', 'failed', 'dropped'] },
  );
  readonly sessionFaults = this.#count(
    'shipmate_session_faults_total',
    'Sessions that ended at this edge because of a server error, by what the server was doing.',
    { what: bounded },
  );
  readonly countedBytes = this.#level(
    'shipmate_counted_bytes',
    'Bytes that this process holds for hosts and joiners (docs/limits.md).',
    { kind: HELD_KINDS },
  );
  readonly workSeconds = this.#count(
    'shipmate_work_seconds_total',
    'CPU time for key exchanges, signature checks, passwords and TLS handshakes, by the price list in docs/limits.md.',
    { kind: WORK_KINDS },
  );
  readonly memoryHigh = this.#level(
    'shipmate_memory_high_bytes',
    'The high-water mark (SHIPMATE_MEMORY_HIGH): with more resident memory, this process takes no new hosts.',
  );
  readonly memoryUsed = this.#level(
    'shipmate_memory_used_ratio',
    "Memory use of this process, or of Node's heap, as a share of its high-water mark.",
  );
  readonly gateConnections = this.#count(
    'shipmate_gate_connections_total',
    'Connections to a port that takes several protocols, by what their first bytes were, or by why they ended before that.',
    { outcome: bounded },
  );
  readonly certificateExpiry = this.#level(
    'shipmate_certificate_expiry_timestamp_seconds',
    'When the certificate of this process expires, in seconds since 1970; 0: it has none.',
  );
  readonly policyFaulty = this.#level(
    'shipmate_policy_faulty',
    "Whether the operator's newest policy cannot be used (1) or can (0). If it cannot, the previous one stays in force.",
  );
  readonly certificateRenewals = this.#count(
    'shipmate_certificate_renewals_total',
    'Certificates that replaced an older one (renewed), files that could not be used (refused), and orders that failed (failed).',
    { result: ['renewed', 'refused', 'failed'] },
  );
  readonly signIns = this.#count(
    'shipmate_sign_ins_total',
    'People and machines that signed in, by provider, and by result: `ok`, or why not (docs/identity.md).',
    { provider: bounded, result: bounded },
  );
  readonly signInProviderUp = this.#level(
    'shipmate_sign_in_provider_up',
    'Whether a provider that people sign in with can be reached (1) or not (0).',
    { provider: bounded },
  );
  readonly draining = this.#level('shipmate_draining', 'Whether this process is draining (1) or not (0).');

  constructor() {
    collectDefaultMetrics({
      register: this.#registry,
      prefix: 'shipmate_',
      eventLoopMonitoringPrecision: LOOP_LAG_PRECISION_MS,
    });
    this.#open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    // Gauges that are named as counters are: the sums of others by type.
    for (const name of NAMED_AS_COUNTERS) this.#registry.removeSingleMetric(name);
    for (const metric of this.#registry.getMetricsAsArray()) this.#open.registerMetric(metric as never);
  }

  #count<L extends LabelSet = NoLabels>(name: string, help: string, labels: L = {} as L): CountMetric<L> {
    return new CountMetric(this.#registry, name, help, labels);
  }

  #level<L extends LabelSet = NoLabels>(name: string, help: string, labels: L = {} as L): LevelMetric<L> {
    return new LevelMetric(this.#registry, name, help, labels);
  }

  #spread<L extends LabelSet = NoLabels>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels: L = {} as L,
  ): SpreadMetric<L> {
    return new SpreadMetric(this.#registry, name, help, labels, buckets);
  }

  /** Calls `update` before each scrape: for levels that are counted somewhere anyway. It must be cheap. */
  onScrape(update: () => void): void {
    this.#beforeScrape.push(update);
  }

  /** The text of `GET /metrics`. */
  async scrape(form: MetricsForm = 'prometheus'): Promise<string> {
    for (const update of this.#beforeScrape) update();
    return await (form === 'openmetrics' ? this.#open : this.#registry).metrics();
  }

  /** Every metric, in the order of its making: what the docs tell. */
  describe(): readonly MetricDoc[] {
    return this.#registry.getMetricsAsArray().map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as MetricDoc & {
        readonly labelNames?: readonly string[];
      };
      return { name, help, type, labels: labelNames ?? [] };
    });
  }

  contentType(form: MetricsForm = 'prometheus'): string {
    return (form === 'openmetrics' ? this.#open : this.#registry).contentType;
  }
}
