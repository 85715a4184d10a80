import { describe, expect, it } from 'vitest';
import { EdgeLife } from './edge-life.js';

describe('EdgeLife', () => {
  it('starts and stops the sessions once, and lets everybody wait for it', async () => {
    const calls: string[] = [];
    let release = (): void => undefined;
    const life = new EdgeLife({
      start: async () => void calls.push('start'),
      stop: async () => {
        calls.push('stop');
        await new Promise<void>((resolve) => (release = resolve));
        calls.push('stopped');
      },
    });
    await Promise.all([life.start(), life.start()]);
    const stops = [life.stop(), life.stop()].map(async (stop) => {
      await stop;
      calls.push('transport closes');
    });
    release();
    await Promise.all(stops);
    expect(calls).toEqual(['start', 'stop', 'stopped', 'transport closes', 'transport closes']);
  });
});
