import { describe, expect, it } from 'vitest';
import { Metrics } from '#platform';
import { countSessions } from './count-sessions.js';
import { manySessions } from './many-sessions.fixture.js';

async function scrape(count: number): Promise<string> {
  const metrics = new Metrics();
  const edge = manySessions(count);
  metrics.onScrape(() => countSessions(edge, 'nyc1', metrics));
  await metrics.scrape();
  return await metrics.scrape();
}

describe('what a scrape counts', () => {
  it('is sessions by state and joiners by transport and role', async () => {
    const text = await scrape(100);
    expect(text).toContain('shipmate_sessions{region="nyc1",state="live"} 90');
    expect(text).toContain('shipmate_sessions{region="nyc1",state="reconnecting"} 10');
    for (const [transport, role] of [
      ['ssh', 'writer'],
      ['ssh', 'reader'],
      ['web', 'writer'],
      ['web', 'reader'],
    ]) {
      expect(text).toContain(`shipmate_participants{transport="${transport}",role="${role}"} 50`);
    }
  });

  it('is as long for many sessions as for none', async () => {
    const [none, many] = await Promise.all([scrape(0), scrape(10_000)]);
    expect(many.split('\n').length).toBe(none.split('\n').length);
  });
});
