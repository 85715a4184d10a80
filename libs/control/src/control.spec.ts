import { describe, expect, it } from 'vitest';
import { edgeId, FakeClock, NotingTracer, sessionId, ShipmateError } from '#kernel';
import { MemoryBus } from '#relay';
import { ControlClient } from './control-client.js';
import { serveControl } from './control-server.js';
import { controlChannel, type ControlRequest } from './control.js';

const EDGE = edgeId('edge-a');
const DRAIN: ControlRequest = { kind: 'drain' };
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('control', () => {
  it('asks an edge and gets its answer, also when many are under way', async () => {
    const [bus, clock] = [new MemoryBus(), new FakeClock()];
    const server = await serveControl(
      bus,
      EDGE,
      async (request) => ({ done: request.kind === 'close' && request.session === 's7', people: [] }),
      () => undefined,
    );
    const client = new ControlClient(bus, clock);
    const asks = Array.from({ length: 20 }, async (_, i) =>
      client.ask(EDGE, { kind: 'close', session: sessionId(`s${i}`) }),
    );
    const replies = await Promise.all(asks);
    expect(replies.map(({ done }) => done).indexOf(true)).toBe(7);
    expect(clock.pending).toBe(0);
    server.dispose();
    client.dispose();
    await turns();
    expect(bus.channels).toBe(0);
  });

  it('is traced from the asking to the doing', async () => {
    const bus = new MemoryBus();
    const [asking, doing] = [new NotingTracer(), new NotingTracer()];
    const handle = async (request: ControlRequest) => {
      if (request.kind === 'drain') throw new ShipmateError('unavailable', 'not now');
      return { done: true, people: [] };
    };
    const server = await serveControl(bus, EDGE, handle, () => undefined, doing);
    const client = new ControlClient(bus, new FakeClock(), asking);
    await client.ask(EDGE, { kind: 'close', session: sessionId('s7') });
    await expect(client.ask(EDGE, DRAIN)).rejects.toThrow('not now');
    const attributes = { 'shipmate.control.kind': 'close', 'shipmate.session.id': 's7' };
    expect(asking.spans).toMatchObject([
      { name: 'control.ask', attributes: { ...attributes, 'shipmate.edge.id': EDGE }, failure: undefined, ended: true },
      { name: 'control.ask', failure: 'unavailable', ended: true },
    ]);
    expect(doing.spans).toMatchObject([
      { name: 'control.do', attributes, parent: asking.spans[0]?.traceparent, ended: true },
      { name: 'control.do', parent: asking.spans[1]?.traceparent, failure: 'unavailable', ended: true },
    ]);
    server.dispose();
    client.dispose();
  });

  it('fails at once for an edge that is not there, and in time for one that is silent', async () => {
    const [bus, clock] = [new MemoryBus(), new FakeClock()];
    const client = new ControlClient(bus, clock);
    await expect(client.ask(EDGE, DRAIN)).rejects.toMatchObject({ code: 'unavailable' });
    await bus.subscribe(controlChannel(EDGE), { message: () => undefined });
    const asked = client.ask(EDGE, DRAIN);
    await turns();
    clock.advance(60_000);
    await expect(asked).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.pending).toBe(0);
  });

  it('passes an expected failure on, and keeps a fault to the edge’s log', async () => {
    const bus = new MemoryBus();
    const faults: unknown[] = [];
    const client = new ControlClient(bus, new FakeClock());
    let error: Error = new ShipmateError('closed', 'it has ended');
    const failing = async (): Promise<never> => {
      throw error;
    };
    await serveControl(bus, EDGE, failing, (fault) => faults.push(fault));
    await expect(client.ask(EDGE, DRAIN)).rejects.toThrow('it has ended');
    expect(faults).toEqual([]);
    error = new Error('secret detail');
    await expect(client.ask(EDGE, DRAIN)).rejects.toThrow('internal error at the edge');
    expect(faults).toHaveLength(1);
  });

  it('hears nothing of what is no question and no answer', async () => {
    const bus = new MemoryBus();
    let asked = 0;
    const count = async (): Promise<{ done: true; people: [] }> => {
      asked += 1;
      return { done: true, people: [] };
    };
    await serveControl(bus, EDGE, count, () => undefined);
    for (const text of ['', '{', 'null', '7', '[]']) await bus.publish(controlChannel(EDGE), Buffer.from(text));
    await turns();
    expect(asked).toBe(0);
    expect(await new ControlClient(bus, new FakeClock()).ask(EDGE, DRAIN)).toEqual({ done: true, people: [] });
  });
});
