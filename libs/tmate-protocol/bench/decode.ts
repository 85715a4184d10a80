import { encodeHostMessage, HostMessageDecoder } from '#tmate-protocol';
import type { Figure } from '#testing';

/** What ssh2 hands over at once. */
const CHUNK_BYTES = 32_768;
const RUN_MS = 400;

/** Streams in the two forms that matter: a flood of full PTY messages, and a busy line's small ones. */
function ptyStream(payloadBytes: number, totalBytes: number): Uint8Array {
  const message = encodeHostMessage({ type: 'pty-data', paneId: 3, data: new Uint8Array(payloadBytes).fill(0x61) });
  const count = Math.ceil(totalBytes / message.length);
  const stream = new Uint8Array(count * message.length);
  for (let i = 0; i < count; i++) stream.set(message, i * message.length);
  return stream;
}

function snapshot(): Uint8Array {
  const cells = Uint32Array.from({ length: 160 }, (_, x) => (x % 3 === 0 ? 0x01400000 + x : 0x0808));
  const lines = Array.from({ length: 350 }, (_, y) => ({ text: `line ${y} `.padEnd(160, 'x'), cells }));
  const panes = Array.from({ length: 12 }, (_, paneId) => {
    return { paneId, mode: 0x11, screen: { cursorX: 0, cursorY: 0, lines }, saved: undefined };
  });
  return encodeHostMessage({ type: 'snapshot', panes });
}

function layout(): Uint8Array {
  const windows = Array.from({ length: 6 }, (_, index) => ({
    index,
    name: 'bash',
    panes: [
      { paneId: 2 * index, cols: 80, rows: 50, x: 0, y: 0 },
      { paneId: 2 * index + 1, cols: 79, rows: 50, x: 81, y: 0 },
    ],
    activePane: 2 * index,
  }));
  return encodeHostMessage({ type: 'sync-layout', layout: { cols: 160, rows: 50, windows, activeWindow: 0 } });
}

/** Decodes `stream` in chunks over and over; returns how often in a second. */
function rate(stream: Uint8Array, chunkBytes: number): number {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += chunkBytes) chunks.push(stream.subarray(at, at + chunkBytes));
  let seen = 0;
  const decoder = new HostMessageDecoder({
    onMessage(message) {
      if (message.type === 'pty-data') seen += message.data.length;
      else seen++;
    },
  });
  const once = (): void => {
    for (const chunk of chunks) decoder.push(chunk);
  };
  for (let i = 0; i < 3; i++) once();
  const start = performance.now();
  let rounds = 0;
  let elapsed = 0;
  do {
    once();
    rounds++;
    elapsed = performance.now() - start;
  } while (elapsed < RUN_MS);
  if (seen === 0) throw new Error('nothing was decoded');
  return (rounds * 1000) / elapsed;
}

/** How fast a host's stream is decoded. */
export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const add = (name: string, value: number, unit: string): void => {
    figures.push({ name: `decode: ${name}`, value, unit });
  };
  const flood = ptyStream(16_384, 8_000_000);
  add('PTY data, 16 KiB messages, whole in a chunk', (rate(flood, flood.length) * flood.length) / 1e6, 'MB/s');
  add('PTY data, 16 KiB messages, 32 KiB chunks', (rate(flood, CHUNK_BYTES) * flood.length) / 1e6, 'MB/s');
  const small = ptyStream(40, 2_000_000);
  const smallMessages = small.length / ptyStream(40, 1).length;
  add('PTY data, 40-byte messages, 32 KiB chunks', (rate(small, CHUNK_BYTES) * smallMessages) / 1e6, 'M messages/s');
  const panes = snapshot();
  add(
    `snapshot of ${(panes.length / 1e6).toFixed(1)} MB, 32 KiB chunks`,
    (rate(panes, CHUNK_BYTES) * panes.length) / 1e6,
    'MB/s',
  );
  const windows = layout();
  add('layout of 12 panes', rate(windows, CHUNK_BYTES) / 1e3, 'k messages/s');
  return figures;
}
