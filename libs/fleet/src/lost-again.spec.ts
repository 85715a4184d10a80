import { describe, expect, it } from 'vitest';
import { Fleet, settle } from './fleet.fixture.js';

describe('a host that is lost again before it has its newest data', () => {
  for (const second of [0, 1]) {
    it(`has its session by what it got before, at edge ${second}, also when its last connection seems alive`, async () => {
      const fleet = await Fleet.start(2);
      const [first, there] = [fleet.edge(0).stage, fleet.edge(second).stage];
      const host = await first.host();
      const token = host.env('tmate_ssh');
      const reconnect = host.env('tmate_reconnection_data') ?? '';
      await fleet.pass(20_000, 100);
      host.alive = false;
      // What this connection is sent goes nowhere: the host has lost its network once more.
      const lost = await first.host({ reconnect });
      lost.alive = false;
      await fleet.pass(20_000, 100);
      expect(lost.env('tmate_reconnection_data')).toBeDefined();
      const back = there.host({ reconnect });
      await fleet.pass(6_000, 50);
      await settle();
      const again = await back;
      expect(again.notices).toContain('Reconnected');
      expect(again.env('tmate_ssh')).toBe(token);
    });
  }
});
