import { describe, expect, it } from 'vitest';
import { EdgeLife } from './edge-life.js';

describe('EdgeLife', () => {
  it('starts and stops the sessions once, and lets everybody wait for it', async () => {
    const calls: string[] = [];
    let release = (): void => undefined;
    const life = new EdgeLife({
      start: async () => void calls.push('start'),
      hasSuccessor: async () => true,
      drain: async () => void calls.push('drain'),
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

  it.each([
    [true, ['refuse', 'drain 5000', 'stop']],
    [false, ['refuse', 'stop']],
  ])(
    'refuses newcomers before it ends, and drains if another edge can take its hosts: %s',
    async (successor, expected) => {
      const calls: string[] = [];
      const sessions = {
        start: async () => undefined,
        hasSuccessor: async () => successor,
        drain: async (forMs: number) => void calls.push(`drain ${forMs}`),
        stop: async () => void calls.push('stop'),
      };
      const life = new EdgeLife(sessions, 5000);
      life.onStopping(() => calls.push('refuse'));
      await life.stop();
      expect(calls).toEqual(expected);
    },
  );
});
