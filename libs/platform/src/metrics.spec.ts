import { describe, expect, it } from 'vitest';
import { Metrics } from '#platform';

const sample = (text: string, start: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(start))
    ?.slice(start.length + 1);

describe('Metrics', () => {
  it('has every name that dashboards read, and none without the prefix', async () => {
    const text = await new Metrics().scrape();
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]);
    expect(names.filter((name) => name?.startsWith('shipmate_') !== true)).toEqual([]);
    const wanted = `sessions participants joins_total join_seconds auth_failures_total host_reconnects_total takeovers_total
      bytes_total frames_total relay_messages_total relay_gaps_total snapshots_total redis_up redis_seconds lease_lost_total
      webhook_deliveries_total client_rtt_seconds draining nodejs_eventloop_lag_seconds nodejs_heap_size_used_bytes
      process_cpu_seconds_total`;
    for (const name of wanted.split(/\s+/)) expect(names).toContain(`shipmate_${name}`);
  });

  it('shows every listed combination of labels from the start, so that a first event is an increase', async () => {
    const metrics = new Metrics();
    expect(sample(await metrics.scrape(), 'shipmate_frames_total{kind="skipped"}')).toBe('0');
    metrics.frames.of({ kind: 'skipped' })();
    metrics.frames.add({ kind: 'skipped' }, 2);
    expect(sample(await metrics.scrape(), 'shipmate_frames_total{kind="skipped"}')).toBe('3');
  });

  it('counts what its callers do, level by level and time by time', async () => {
    const metrics = new Metrics();
    metrics.onScrape(() => metrics.sessions.set({ region: 'local', state: 'live' }, 5));
    metrics.participants.set({ transport: 'ssh', role: 'reader' }, 1);
    metrics.joins.add({ transport: 'ssh', route: 'local', result: 'ok' });
    metrics.joinSeconds.observe({}, 0.02);
    const text = await metrics.scrape();
    expect(sample(text, 'shipmate_sessions{region="local",state="live"}')).toBe('5');
    expect(sample(text, 'shipmate_participants{transport="ssh",role="reader"}')).toBe('1');
    expect(sample(text, 'shipmate_joins_total{transport="ssh",route="local",result="ok"}')).toBe('1');
    expect(sample(text, 'shipmate_join_seconds_bucket{le="0.025"}')).toBe('1');
    expect(sample(text, 'shipmate_join_seconds_bucket{le="0.01"}')).toBe('0');
  });

  it('keeps a label within bounds, whatever it is given', async () => {
    const metrics = new Metrics();
    for (let n = 0; n < 1000; n++) metrics.authFailures.add({ reason: `reason-${n}` });
    const lines = (await metrics.scrape())
      .split('\n')
      .filter((line) => line.startsWith('shipmate_auth_failures_total{'));
    expect(lines.length).toBeLessThan(50);
    expect(lines).toContain('shipmate_auth_failures_total{reason="other"} 960');
  });

  it('keeps the numbers of two processes in one (as tests have them) apart', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.takeovers.add({});
    expect(sample(await two.scrape(), 'shipmate_takeovers_total')).toBe('0');
  });
});
