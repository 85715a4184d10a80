import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, ShipmateError } from '#kernel';
import { MemoryBus, type Bus } from '#relay';
import { pulseChannel } from '../stores/keys.js';
import { Pulse, PULSE_TIMEOUT_MS } from './pulse.js';

const A = edgeId('a');

describe('Pulse', () => {
  it('hears itself, again and again, on one subscription', async () => {
    const bus = new MemoryBus();
    const pulse = new Pulse(bus, new FakeClock());
    for (let i = 0; i < 3; i++) await pulse.beat(A);
    expect(bus.channels).toBe(1);
    await Promise.all([pulse.beat(A), pulse.beat(A), pulse.beat(edgeId('b'))]);
    expect(bus.channels).toBe(2);
    await pulse.stop(A);
    await pulse.stop(A);
    expect(bus.channels).toBe(1);
  });

  it('fails when nobody was reached, at once, and when nothing comes back, in time', async () => {
    const clock = new FakeClock();
    const inner = new MemoryBus();
    let receivers: number | undefined = 0;
    const bus: Bus = {
      subscribe: async (channel, listener) => inner.subscribe(channel, listener),
      publish: async (channel, bytes) => receivers ?? inner.publish(channel, bytes),
    };
    const pulse = new Pulse(bus, clock);
    await expect(pulse.beat(A)).rejects.toMatchObject({ code: 'unavailable' });
    receivers = 1;
    const silent = pulse.beat(A);
    silent.catch(() => undefined);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(PULSE_TIMEOUT_MS);
    await expect(silent).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.pending).toBe(0);
    receivers = undefined;
    await pulse.beat(A);
  });

  it('is not taken in by what others publish', async () => {
    const bus = new MemoryBus();
    const pulse = new Pulse(bus, new FakeClock());
    await pulse.beat(A);
    await bus.publish(pulseChannel(A), new Uint8Array(100));
    await bus.publish(pulseChannel(A), new Uint8Array([0, 0, 0, 9]));
    await pulse.beat(A);
  });

  it('starts again when it could not subscribe', async () => {
    const inner = new MemoryBus();
    let away = true;
    const bus: Bus = {
      publish: async (channel, bytes) => inner.publish(channel, bytes),
      subscribe: async (channel, listener) => {
        if (away) throw new ShipmateError('unavailable', 'away');
        return inner.subscribe(channel, listener);
      },
    };
    const pulse = new Pulse(bus, new FakeClock());
    await expect(pulse.beat(A)).rejects.toMatchObject({ code: 'unavailable' });
    away = false;
    await pulse.beat(A);
  });
});
