import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '#testing';
import { WebSocketStream } from './web-socket-stream.js';

/** Run in turn when a test is over. */
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** The two ends of a WebSocket: the server's as a stream, the client's as it is. */
async function pair(): Promise<{ stream: WebSocketStream; client: WebSocket; closed: Promise<[number, Buffer]> }> {
  const options: ServerOptions & { closeTimeout: number } = { host: '127.0.0.1', port: 0, closeTimeout: 50 };
  const server = new WebSocketServer(options);
  await once(server, 'listening');
  const coming = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('error', () => undefined);
  const closed = once(client, 'close') as Promise<[number, Buffer]>;
  const [[socket]] = (await Promise.all([coming, once(client, 'open')])) as [[WebSocket], unknown];
  const stream = new WebSocketStream(socket);
  stream.on('error', () => undefined);
  undo.push(
    () => server.close(),
    () => socket.terminate(),
    () => client.terminate(),
  );
  return { stream, client, closed };
}

describe('a WebSocket as a stream', () => {
  it('carries bytes each way, wherever messages begin', async () => {
    const { stream, client } = await pair();
    const [got, sent] = [[] as Buffer[], [] as Buffer[]];
    stream.on('data', (bytes: Buffer) => sent.push(bytes));
    client.on('message', (bytes: Buffer) => got.push(bytes));
    for (const part of ['SSH', '-2.0-', '', 'x\r\n']) client.send(Buffer.from(part));
    stream.cork();
    for (const part of ['one ', 'two ', 'three']) stream.write(part);
    stream.uncork();
    await until(() => Buffer.concat(sent).toString() === 'SSH-2.0-x\r\n', { what: 'what the client sent' });
    await until(() => Buffer.concat(got).toString() === 'one two three', { what: 'what the server sent' });
    // What is written at once is one message.
    expect(got.length).toBeLessThanOrEqual(2);
  });

  it('holds up a client that it does not read from, and loses nothing', async () => {
    const { stream, client } = await pair();
    const chunk = Buffer.alloc(100_000, 'x');
    for (let n = 0; n < 400; n++) client.send(chunk);
    await until(() => stream.readableLength >= chunk.length, { what: 'the first bytes' });
    // What was read together, and no more, however long nobody reads.
    await until(() => client.bufferedAmount > 0, { what: 'the client to be held up' });
    expect(stream.readableLength).toBeLessThanOrEqual(3 * chunk.length);
    let read = 0;
    stream.on('data', (bytes: Buffer) => (read += bytes.length));
    await until(() => read === 400 * chunk.length, { what: 'all of it' });
  });

  it('counts what a client does not read, for its writer to end it', async () => {
    const { stream, client } = await pair();
    client.pause();
    const chunk = Buffer.alloc(1024 * 1024);
    for (let n = 0; n < 64; n++) stream.write(chunk);
    expect(stream.writableLength).toBeGreaterThan(32 * chunk.length);
    let read = 0;
    client.on('message', (bytes: Buffer) => (read += bytes.length));
    client.resume();
    await until(() => read === 64 * chunk.length, { what: 'all of it' });
    await until(() => stream.writableLength === 0, { what: 'nothing to wait' });
  });

  it('ends with a code and a sentence', async () => {
    const { stream, closed } = await pair();
    stream.resume();
    stream.end('the last');
    const [code, reason] = await closed;
    expect([code, reason.toString()]).toEqual([1000, 'The ssh connection has ended']);
  });

  it('is destroyed with those that its owner gave', async () => {
    const { stream, closed } = await pair();
    stream.closeWith('not-ssh');
    stream.destroy();
    const [code, reason] = await closed;
    expect([code, reason.toString()]).toEqual([4421, 'This address takes only ssh, but received something else']);
    await until(() => stream.closed, { what: 'the stream to be closed' });
  });

  it('ends where a text comes, of which nothing is handed on', async () => {
    const { stream, client, closed } = await pair();
    let read = 0;
    stream.on('data', (bytes: Buffer) => (read += bytes.length));
    client.send('SSH-2.0-x\r\n');
    const [code] = await closed;
    expect(code).toBe(1003);
    expect(read).toBe(0);
  });

  it('ends with its client, in good order or not', async () => {
    for (const leave of [(client: WebSocket) => client.close(), (client: WebSocket) => client.terminate()]) {
      const { stream, client } = await pair();
      stream.resume();
      let ended = false;
      stream.once('end', () => (ended = true));
      leave(client);
      await until(() => ended && stream.closed, { what: 'the stream to end' });
    }
  });

  it('is cut where the client does not answer the goodbye', async () => {
    const { stream, client } = await pair();
    client.pause();
    stream.destroy();
    await until(() => stream.closed, { what: 'the stream to be closed' });
  });
});
