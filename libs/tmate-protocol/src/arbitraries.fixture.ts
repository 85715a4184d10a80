import fc from 'fast-check';
import type { CopyMode } from './copy-mode.js';
import type { HostMessage } from './host-messages.js';
import { KEY_BASE, Key, KeyModifier, type KeyCode } from './key-codes.js';
import type { Layout } from './layout.js';
import { Limit } from './wire-limits.js';
import type { ServerMessage } from './server-messages.js';
import type { SnapshotPane, SnapshotScreen } from './snapshot.js';

// Any message that may be sent: what every test of a round trip draws from. Texts are well-formed, for others change.

const text = fc.string({ unit: 'binary', maxLength: 40 });
const id = fc.oneof(fc.nat(200), fc.nat(0x7fffffff));
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const cols = fc.integer({ min: 1, max: Limit.cols });
const rows = fc.integer({ min: 1, max: Limit.rows });
const bytes = fc.uint8Array({ maxLength: 300 });

const layout: fc.Arbitrary<Layout> = fc.record({
  cols,
  rows,
  windows: fc.array(
    fc.record({
      index: id,
      name: text,
      panes: fc.array(fc.record({ paneId: id, cols, rows, x: fc.nat(Limit.cols), y: fc.nat(Limit.rows) }), {
        maxLength: 20,
      }),
      activePane: fc.oneof(fc.constant(-1), id),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  activeWindow: id,
});

const copyMode: fc.Arbitrary<CopyMode> = fc.record({
  ofPane: fc.boolean(),
  scrolledBack: int32,
  cursorX: int32,
  cursorY: int32,
  selection: fc.option(fc.record({ x: int32, linesFromBottom: int32, rectangle: fc.boolean() }), { nil: undefined }),
  prompt: fc.option(fc.record({ kind: int32, prompt: text, text }), { nil: undefined }),
});

const screen: fc.Arbitrary<SnapshotScreen> = fc.record({
  cursorX: id,
  cursorY: id,
  lines: fc.array(fc.record({ text, cells: fc.uint32Array({ maxLength: 20 }) }), { maxLength: 20 }),
});

const pane: fc.Arbitrary<SnapshotPane> = fc.record({
  paneId: id,
  mode: fc.nat(0xffffffff),
  screen,
  saved: fc.option(screen, { nil: undefined }),
});

const args = fc.array(text, { minLength: 1, maxLength: 20 });

export const anyHostMessage: fc.Arbitrary<HostMessage> = fc.oneof(
  fc.record({
    type: fc.constant('header' as const),
    protocolVersion: fc.integer({ min: 3, max: 9 }),
    clientVersion: text,
  }),
  fc.record({ type: fc.constant('sync-layout' as const), layout }),
  fc.record({ type: fc.constant('pty-data' as const), paneId: id, data: bytes }),
  fc.record({ type: fc.constant('exec-cmd-str' as const), command: text }),
  fc.record({ type: fc.constant('failed-cmd' as const), clientId: int32, cause: text }),
  fc.record({ type: fc.constant('status' as const), left: text, right: text }),
  fc.record({
    type: fc.constant('sync-copy-mode' as const),
    paneId: id,
    copyMode: fc.option(copyMode, { nil: undefined }),
  }),
  fc.record({ type: fc.constant('write-copy-mode' as const), paneId: id, text }),
  fc.record({ type: fc.constantFrom('fin' as const, 'ready' as const) }),
  fc.record({ type: fc.constant('reconnect' as const), data: text }),
  fc.record({ type: fc.constant('snapshot' as const), panes: fc.array(pane, { maxLength: 4 }) }),
  fc.record({ type: fc.constant('exec-cmd' as const), args }),
  fc.record({
    type: fc.constant('uname' as const),
    sysname: text,
    nodename: text,
    release: text,
    version: text,
    machine: text,
  }),
);

export const anyKeyCode: fc.Arbitrary<KeyCode> = fc
  .tuple(
    fc.oneof(fc.nat(0x7f), fc.integer({ min: 0xe000, max: 0x10ffff }), fc.integer({ min: KEY_BASE, max: Key['KP.'] })),
    fc.subarray(Object.values(KeyModifier)),
  )
  .map(([base, modifiers]) => modifiers.reduce((sum, modifier) => sum + modifier, base));

export const anyServerMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  fc.record({ type: fc.constant('notify' as const), text }),
  fc.record({ type: fc.constant('legacy-pane-key' as const), key: id }),
  fc.record({
    type: fc.constant('resize' as const),
    cols: fc.oneof(fc.constant(-1), cols),
    rows: fc.oneof(fc.constant(-1), rows),
  }),
  fc.record({ type: fc.constant('exec-cmd-str' as const), clientId: int32, command: text }),
  fc.record({ type: fc.constant('set-env' as const), name: text, value: text }),
  fc.record({ type: fc.constant('ready' as const) }),
  fc.record({ type: fc.constant('pane-key' as const), paneId: fc.oneof(fc.constant(-1), id), key: anyKeyCode }),
  fc.record({ type: fc.constant('exec-cmd' as const), clientId: int32, args }),
);

/** Cuts `bytes` into chunks of the given sizes, over and over; copies, so that a view kept too long shows. */
export function split(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] ?? 1);
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return chunks;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
