import { createServer, connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SlowLine } from './slow-line.js';
import { Stage } from './stage.js';
import { until } from './until.js';

const stage = new Stage();
afterEach(async () => await stage.clear());

describe('a slow line', () => {
  it('brings everything in order, whatever is lost on the way', async () => {
    const echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => void echo.listen(0, '127.0.0.1', resolve));
    stage.onClear(() => echo.close());
    const line = await stage.add(
      SlowLine.start((echo.address() as AddressInfo).port, { delayMs: 20, bytesPerSecond: 1_000_000, lostOneIn: 20 }),
    );
    const client = connect(line.port, '127.0.0.1');
    stage.onClear(() => client.destroy());
    const sent = Buffer.from(Array.from({ length: 100_000 }, (_, n) => n % 251));
    let received = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
    client.write(sent);
    await until(() => received.length === sent.length, { what: 'all to come back', deadlineMs: 30_000 });
    expect(received.equals(sent)).toBe(true);
  });
});
