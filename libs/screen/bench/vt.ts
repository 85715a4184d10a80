import xterm from '@xterm/headless';
import { Terminal } from '#screen';
import type { Figure } from '#testing';

const COLS = 80;
const ROWS = 24;
const HISTORY = 2000;
/** What is written at once: a pane's message is no longer. */
const CHUNK_BYTES = 16 * 1024;
const TOTAL_BYTES = 32 * 1024 * 1024;
const encoder = new TextEncoder();

/** Lines as `seq` or a log prints them. */
function plainText(): string {
  let text = '';
  for (let n = 0; text.length < 512 * 1024; n++)
    text += `${n} The quick brown fox jumps over the lazy dog, ${n * 7919}\r\n`;
  return text;
}

/** Lines as `ls --color` or a build prints them: a colour every word. */
function colouredText(): string {
  let text = '';
  for (let n = 0; text.length < 512 * 1024; n++) {
    for (let word = 0; word < 8; word++) text += `\u001b[${word % 2};3${(n + word) % 8}mword${n % 100}\u001b[0m `;
    text += '\r\n';
  }
  return text;
}

/** A screen program: cells written all over, lines erased. */
function addressedText(): string {
  let text = '';
  for (let n = 0; text.length < 512 * 1024; n++) {
    text += `\u001b[${1 + (n % ROWS)};${1 + ((n * 7) % 40)}Hcell ${n % 1000} of the screen\u001b[K`;
  }
  return text;
}

type Writer = (chunk: Uint8Array) => void;

/** Megabytes a second of `write`, the median of three runs. */
function throughput(text: string, begin: () => Writer): number {
  const bytes = encoder.encode(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) chunks.push(bytes.subarray(at, at + CHUNK_BYTES));
  const runs: number[] = [];
  for (let run = 0; run < 3; run++) {
    const write = begin();
    const start = performance.now();
    let written = 0;
    while (written < TOTAL_BYTES) {
      for (const chunk of chunks) write(chunk);
      written += bytes.length;
    }
    runs.push(written / 1e3 / (performance.now() - start));
  }
  return runs.sort((a, b) => a - b)[1] ?? 0;
}

function ourWriter(): Writer {
  const terminal = new Terminal({ cols: COLS, rows: ROWS, historyLimit: HISTORY });
  return (chunk) => terminal.write(chunk);
}

function xtermWriter(): Writer {
  const terminal = new xterm.Terminal({ cols: COLS, rows: ROWS, scrollback: HISTORY, allowProposedApi: true });
  // Its public `write` waits for a timer: the synchronous one is the fair comparison.
  const core: unknown = Reflect.get(terminal, '_core');
  if (typeof core !== 'object' || core === null) throw new Error('xterm has no core');
  const writeSync: unknown = Reflect.get(core, 'writeSync');
  if (typeof writeSync !== 'function') throw new Error('xterm has no synchronous write');
  return (chunk) => void Reflect.apply(writeSync, core, [chunk]);
}

/** Bytes of heap and of buffers outside of it that one of `count` things takes. */
function memoryOf(count: number, make: () => unknown): number {
  const used = () => {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const kept: unknown[] = [];
  const before = used();
  for (let i = 0; i < count; i++) kept.push(make());
  const bytes = (used() - before) / count;
  if (kept.length !== count) throw new Error('collected too early');
  return bytes;
}

function filled(lines: number): Terminal {
  const terminal = new Terminal({ cols: COLS, rows: ROWS, historyLimit: HISTORY });
  for (let n = 0; n < lines; n++)
    terminal.write(encoder.encode(`${n} ${'ordinary text of some sixty columns '.repeat(2)}\r\n`.slice(-62)));
  return terminal;
}

/** Throughput of parsing, and memory (exact only with `node --expose-gc`), next to @xterm/headless. */
export async function run(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const memory = (name: string, count: number, make: () => Terminal) =>
    figures.push({ name: `VT, ${name}`, value: memoryOf(count, make) / 1024, unit: 'KB' });
  memory('empty terminal', 400, () => new Terminal({ cols: COLS, rows: ROWS, historyLimit: HISTORY }));
  memory('full screen', 200, () => filled(ROWS));
  memory('full history', 30, () => filled(HISTORY + ROWS));
  figures.push({ name: 'VT, shell screen frozen', value: filled(30).freeze().length / 1024, unit: 'KB' });
  const kinds = { 'plain lines': plainText(), 'coloured lines': colouredText(), 'cursor-addressed': addressedText() };
  for (const [kind, text] of Object.entries(kinds)) {
    figures.push({ name: `VT, ${kind}`, value: throughput(text, ourWriter), unit: 'MB/s' });
    figures.push({ name: `VT, ${kind}, @xterm/headless`, value: throughput(text, xtermWriter), unit: 'MB/s' });
  }
  return Promise.resolve(figures);
}
