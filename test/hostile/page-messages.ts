import { WebSocket } from 'ws';
import { type Dice, within } from '#testing';
import { closeCode, encodeClientMessage, type HelloMessage } from '#web-protocol';
import { attack, bytesOf, textOf, Violation } from './attack.js';
import { damaged, noise, oddNumber, oddText, several } from './odd.js';
import { u32, u8 } from './ssh-bytes.js';
import { pause } from './wire.js';

type User = 'writer' | 'reader' | 'innocent-reader' | 'stranger';

interface Setup {
  readonly edge: number;
  readonly user: User;
}

type Step =
  | { readonly do: 'frame'; readonly bytes: string; readonly text?: boolean; readonly times?: number }
  /** Bytes below the WebSocket's frames. */
  | { readonly do: 'raw'; readonly bytes: string }
  | { readonly do: 'deaf'; readonly deaf: boolean }
  | { readonly do: 'wait' };

const side = (dice: Dice): number => (dice.oneIn(5) ? oddNumber(dice) & 0xffff : 1 + dice.roll(1000));
const u16 = (value: number): string => u8(value >>> 8) + u8(value);

function hello(dice: Dice): string {
  const message: HelloMessage = {
    type: 'hello',
    version: dice.oneIn(8) ? dice.roll(256) : 2,
    page: Uint8Array.from({ length: 16 }, () => dice.roll(256)),
    sent: dice.oneIn(2) ? 0 : oddNumber(dice),
    cols: side(dice),
    rows: side(dice),
    claim: dice.oneIn(2),
    trueColour: dice.oneIn(2),
    term: dice.pick(['xterm-256color', 'xterm', 'vt100', 'linux', 'x']),
  };
  return textOf(encodeClientMessage(message));
}

const INPUTS = ['a', '\u0002?', '\u0002:', '\u0002[', '\u001b', '\u001b[200~x', '\r', '\u0003', '\u001b[<0;9;9M'];

/** A page's messages by their bytes (docs/web-protocol.md). */
function message(dice: Dice, inputs: { number: number }): string {
  return dice.weighted<() => string>([
    [
      8,
      () =>
        u8(2) +
        u32(dice.oneIn(10) ? oddNumber(dice) : ++inputs.number) +
        (dice.oneIn(3) ? oddText(dice, 40_000) : dice.pick(INPUTS)),
    ],
    [3, () => u8(3) + u16(side(dice)) + u16(side(dice)) + u8(dice.roll(dice.oneIn(9) ? 256 : 2))],
    [3, () => u8(4) + u32(dice.oneIn(2) ? 0 : oddNumber(dice))],
    [1, () => u8(5) + u32(oddNumber(dice))],
    [2, () => u8(6) + u8(dice.roll(2))],
    [
      2,
      () => {
        const text = oddText(dice, 500);
        return u8(7) + u16(text.length) + text;
      },
    ],
    [1, () => hello(dice)],
    [1, () => u8(dice.roll(256)) + noise(dice, dice.roll(60))],
    [1, () => ''],
  ])();
}

const OPCODES = [0, 1, 2, 3, 8, 9, 10, 11, 15];
/** A masked frame (RFC 6455, 5.2), with a length that need not be its own. */
function rawFrame(dice: Dice): string {
  const payload = noise(dice, dice.roll(200));
  const first = (dice.oneIn(3) ? 0 : 0x80) | (dice.oneIn(6) ? 0x40 : 0) | dice.pick(OPCODES);
  const length = dice.oneIn(5)
    ? u8(0x80 | 127) + u32(oddNumber(dice)) + u32(oddNumber(dice))
    : u8(0x80 | Math.min(125, payload.length));
  return u8(first) + (dice.oneIn(6) ? length.slice(0, 1) : length) + noise(dice, 4) + payload;
}

/** The page protocol over WebSockets, and the frames below it. */
export const pageMessages = attack<Setup, Step>({
  name: 'page-messages',
  weight: 5,
  make: (dice) => {
    const inputs = { number: 0 };
    const step = (): Step =>
      dice.weighted<() => Step>([
        [14, () => ({ do: 'frame', bytes: message(dice, inputs) })],
        [2, () => ({ do: 'frame', bytes: damaged(dice, message(dice, inputs)) })],
        [1, () => ({ do: 'frame', bytes: message(dice, inputs), times: 1 + dice.roll(300) })],
        [1, () => ({ do: 'frame', bytes: oddText(dice), text: true })],
        [2, () => ({ do: 'raw', bytes: dice.oneIn(4) ? noise(dice, 100) : rawFrame(dice) })],
        [1, () => ({ do: 'deaf', deaf: dice.oneIn(2) })],
        [4, () => ({ do: 'wait' })],
      ])();
    const opening: Step[] = dice.oneIn(6) ? [] : [{ do: 'frame', bytes: hello(dice) }, { do: 'wait' }];
    const user = dice.pick<User>(['writer', 'writer', 'reader', 'innocent-reader', 'stranger']);
    return { setup: { edge: dice.roll(2), user }, steps: [...opening, ...several(dice, 20, step)] };
  },
  async play({ edge, user }, steps, { target, stage, address }) {
    const { prey, innocent, edges } = target;
    const token = {
      writer: prey.token,
      reader: prey.readerToken,
      'innocent-reader': innocent.readerToken,
      stranger: 'a-token-of-nobody-at-all-1',
    }[user];
    const socket = new WebSocket(`ws://127.0.0.1:${edges[edge % edges.length]?.http}/ws/session/${token}`, {
      localAddress: address,
    });
    stage.onClear(() => socket.terminate());
    const state: { code?: number; status?: number } = {};
    socket.on('error', () => undefined);
    socket.on('message', () => undefined);
    socket.on('unexpected-response', (_, response) => {
      state.status = response.statusCode ?? 0;
      socket.terminate();
    });
    socket.once('close', (code) => (state.code ??= code));
    await within(
      new Promise<void>((resolve) => {
        socket.once('open', () => resolve());
        socket.once('close', () => resolve());
      }),
      'a WebSocket',
    );
    for (const step of steps) {
      if (socket.readyState !== WebSocket.OPEN) break;
      await play(socket, step);
    }
    await pause();
    check(state);
  },
});

function check({ code, status = 200 }: { readonly code?: number; readonly status?: number }): void {
  if (status === 500) throw new Violation('the upgrade was answered with status 500');
  if (code === undefined || code === 1005 || code === 1006) return; // No close frame came.
  const named = closeCode(code);
  if (named === undefined)
    throw new Violation(`the page was closed with ${code}, which docs/web-protocol.md does not have`);
  if (named.name === 'fault') throw new Violation('the page was closed with 4500: the server made a mistake');
}

async function play(socket: WebSocket, step: Step): Promise<void> {
  switch (step.do) {
    case 'frame':
      for (let n = 0; n < (step.times ?? 1); n++)
        socket.send(step.text === true ? step.bytes : bytesOf(step.bytes), () => undefined);
      return;
    case 'raw':
      (socket as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket.write(bytesOf(step.bytes));
      return;
    case 'deaf':
      return step.deaf ? socket.pause() : socket.resume();
    case 'wait':
      await pause();
  }
}
