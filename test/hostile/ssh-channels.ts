import type { Client } from 'ssh2';
import { connectSsh, type Dice } from '#testing';
import { attack, bytesOf } from './attack.js';
import { damaged, letters, noise, oddNumber, oddText, several } from './odd.js';
import { flag, Message, string, u32, u8 } from './ssh-bytes.js';
import { kexinit } from './ssh-transport.js';
import { pause } from './wire.js';

/** Who logs in: a host, joiners of the session that may be harmed, a reader of the one that may not, a stranger. */
type User = 'host' | 'writer' | 'reader' | 'innocent-reader' | 'stranger';

interface Setup {
  readonly edge: number;
  readonly user: User;
  readonly compress: boolean;
}

type Step =
  | { readonly do: 'send'; readonly payload: string; readonly times?: number }
  | { readonly do: 'rekey' }
  | { readonly do: 'deaf'; readonly deaf: boolean }
  | { readonly do: 'wait' };

/** Largest packet that a client says it takes, in bytes. */
const packetSize = (dice: Dice): number =>
  dice.oneIn(2) ? dice.pick([0, 1, 2, 7, 64, 1000, 1023]) : dice.pick([1024, 32_768, 2 ** 31, 2 ** 32 - 1]);
const windowSize = (dice: Dice): number => dice.pick([0, 1, 1000, 65_536, 2 ** 21, 2 ** 31 - 1, 2 ** 32 - 1]);
const channel = (dice: Dice): number => (dice.oneIn(12) ? oddNumber(dice) : dice.roll(3));

const open = (dice: Dice, own: number): string =>
  u8(Message.channelOpen) +
  string(dice.oneIn(10) ? dice.pick(['direct-tcpip', 'x11', 'forwarded-tcpip', oddText(dice)]) : 'session') +
  u32(own) +
  u32(windowSize(dice)) +
  u32(packetSize(dice));

const ptyRequest = (dice: Dice): string => {
  const [cols, rows] = dice.oneIn(3) ? [oddNumber(dice), oddNumber(dice)] : [80, 24];
  const modes = dice.oneIn(5) ? noise(dice, dice.roll(300)) : '\0';
  const term = dice.oneIn(3) ? oddText(dice) : dice.pick(['xterm-256color', 'vt100', 'screen', 'linux', 'dumb']);
  return string(term) + u32(cols) + u32(rows) + u32(0) + u32(0) + string(modes);
};

/** What stands behind the name of a channel's request. */
const REQUESTS: Readonly<Record<string, (dice: Dice) => string>> = {
  'pty-req': ptyRequest,
  shell: () => '',
  exec: (dice) => string(oddText(dice)),
  subsystem: (dice) => string(dice.pick(['tmate', 'tmate', 'sftp', oddText(dice)])),
  'window-change': (dice) => u32(oddNumber(dice)) + u32(oddNumber(dice)) + u32(0) + u32(0),
  env: (dice) => string(dice.pick(['LANG', 'TERM', oddText(dice)])) + string(oddText(dice)),
  signal: (dice) => string(dice.pick(['INT', 'KILL', oddText(dice)])),
  break: (dice) => u32(oddNumber(dice)),
  'auth-agent-req@openssh.com': () => '',
  'x11-req': (dice) => flag(false) + string(oddText(dice)) + string(oddText(dice)) + u32(oddNumber(dice)),
  'keepalive@openssh.com': () => '',
};

function request(dice: Dice, name = dice.pick(Object.keys(REQUESTS))): string {
  const told = dice.oneIn(15) ? oddText(dice) : name;
  return (
    u8(Message.channelRequest) +
    u32(channel(dice)) +
    string(told) +
    flag(dice.oneIn(2)) +
    (REQUESTS[name]?.(dice) ?? '')
  );
}

const PASTE_CHARS = 200_000;
function data(dice: Dice): Step {
  const bytes = dice.weighted<() => string>([
    [6, () => oddText(dice, 30_000)],
    [2, () => '\u001b[200~' + 'p'.repeat(dice.roll(2000)) + (dice.oneIn(3) ? '' : '\u001b[201~')],
    [2, () => `\u001b[${oddNumber(dice)};${oddNumber(dice)}${dice.pick(letters('ABHMmRu~t'))}`],
    [1, () => '\u0002' + dice.pick(letters('?:"%&,.0123456789!@;[]{}~dDfimnopqrstwxz'))],
  ])();
  const payload =
    (dice.oneIn(8)
      ? u8(Message.channelExtendedData) + u32(channel(dice)) + u32(1)
      : u8(Message.channelData) + u32(channel(dice))) + string(bytes);
  return { do: 'send', payload, times: dice.oneIn(4) ? 1 + dice.roll(PASTE_CHARS / 1000) : 1 };
}

const other = (dice: Dice): string =>
  dice.weighted<() => string>([
    [4, () => u8(Message.windowAdjust) + u32(channel(dice)) + u32(dice.oneIn(2) ? windowSize(dice) : oddNumber(dice))],
    [2, () => u8(Message.channelEof) + u32(channel(dice))],
    [2, () => u8(Message.channelClose) + u32(channel(dice))],
    [
      3,
      () =>
        u8(Message.globalRequest) +
        string(dice.pick(['keepalive@openssh.com', 'tcpip-forward', oddText(dice)])) +
        flag(dice.oneIn(2)) +
        string(oddText(dice)),
    ],
    [
      2,
      () =>
        u8(Message.userauthRequest) +
        string('x') +
        string('ssh-connection') +
        string(dice.pick(['none', 'publickey', oddText(dice)])),
    ],
    [1, () => u8(Message.serviceRequest) + string('ssh-userauth')],
    [2, () => u8(Message.ignore) + string(oddText(dice, 30_000))],
    [1, () => u8(Message.unimplemented) + u32(oddNumber(dice))],
    [1, () => u8(Message.newkeys)],
    [1, () => u8(Message.kexdhInit) + string(noise(dice, 32))],
    [1, () => u8(Message.disconnect) + u32(11) + string(oddText(dice)) + string('')],
    [1, () => noise(dice, 1 + dice.roll(100))],
  ])();

const step = (dice: Dice): Step =>
  dice.weighted<() => Step>([
    [4, () => ({ do: 'send', payload: open(dice, dice.roll(3)), times: dice.oneIn(10) ? 1 + dice.roll(40) : 1 })],
    [
      8,
      () => ({
        do: 'send',
        payload: dice.oneIn(8) ? damaged(dice, request(dice)) : request(dice),
        times: dice.oneIn(10) ? 1 + dice.roll(100) : 1,
      }),
    ],
    [6, () => data(dice)],
    [6, () => ({ do: 'send', payload: other(dice), times: dice.oneIn(10) ? 1 + dice.roll(100) : 1 })],
    [2, () => (dice.oneIn(2) ? { do: 'rekey' } : { do: 'send', payload: kexinit(dice) })],
    [1, () => ({ do: 'deaf', deaf: dice.oneIn(2) })],
    [4, () => ({ do: 'wait' })],
  ])();

/** A session as a joiner or host opens it, so that most cases come far. */
const usual = (dice: Dice, user: User): Step[] => [
  {
    do: 'send',
    payload: u8(Message.channelOpen) + string('session') + u32(0) + u32(windowSize(dice)) + u32(packetSize(dice)),
  },
  { do: 'wait' },
  ...(user === 'host'
    ? [sendTo0('subsystem', string('tmate'))]
    : [sendTo0('pty-req', ptyRequest(dice)), sendTo0('shell', '')]),
  { do: 'wait' },
];
const sendTo0 = (name: string, rest: string): Step => ({
  do: 'send',
  payload: u8(Message.channelRequest) + u32(0) + string(name) + flag(true) + rest,
});

/** The parts of ssh2's own protocol object that send a message as it is. */
interface Sender {
  readonly _packetRW: {
    readonly write: {
      readonly allocStartKEX: number;
      alloc(size: number, atOnce: true): Buffer;
      finalize(packet: Buffer, atOnce: true): Buffer;
    };
  };
  readonly _cipher: { encrypt(packet: Buffer): void };
  /** Undefined once its ciphers are freed: to use them then would end this process. */
  readonly _destruct: unknown;
  _handlers: object;
  rekey(): void;
}

function send(protocol: Sender, payload: Buffer): void {
  if (protocol._destruct === undefined) return;
  const { write } = protocol._packetRW;
  // At once, in the middle of a key exchange too: what waits for its end has no room for a packet's frame, and encrypting it as it is would
  // end this process.
  const packet = write.alloc(payload.length, true);
  packet.set(payload, write.allocStartKEX);
  protocol._cipher.encrypt(write.finalize(packet, true));
}

/** The ssh protocol after the login: channels, windows, requests, key exchanges; by ssh2's client, whose own state is left behind. */
export const sshChannels = attack<Setup, Step>({
  name: 'ssh-channels',
  sshAlone: true,
  weight: 5,
  make: (dice) => {
    const user = dice.pick<User>(['host', 'writer', 'writer', 'reader', 'innocent-reader', 'stranger']);
    const opening = dice.oneIn(5) ? [] : usual(dice, user);
    return {
      setup: { edge: dice.roll(2), user, compress: dice.oneIn(4) },
      steps: [...opening, ...several(dice, 12, () => step(dice))],
    };
  },
  async play({ edge, user, compress }, steps, { target, stage, address }) {
    const { prey, innocent, edges } = target;
    const name = {
      host: 'tmate',
      writer: prey.token,
      reader: prey.readerToken,
      'innocent-reader': innocent.readerToken,
      stranger: 'a-token-of-nobody-at-all-1',
    }[user];
    const port = edges[edge % edges.length]?.ssh ?? 0;
    const client = await connectSsh(name, { port, compress, ssh: { localAddress: address } }).catch(() => undefined);
    if (client === undefined) return;
    stage.onClear(() => client.destroy());
    const state = { open: true };
    client.once('close', () => (state.open = false));
    const protocol = (client as unknown as { _protocol: Sender })._protocol;
    protocol._handlers = {}; // What the server answers is for nobody.
    for (const step of steps) {
      if (!state.open) return;
      await play(client, protocol, step);
    }
    await pause();
  },
});

async function play(client: Client, protocol: Sender, step: Step): Promise<void> {
  if (step.do === 'wait') return await pause();
  if (step.do === 'deaf') {
    const socket = (client as unknown as { _sock: { pause(): void; resume(): void } })._sock;
    return step.deaf ? socket.pause() : socket.resume();
  }
  if (step.do === 'rekey') return protocol._destruct === undefined ? undefined : protocol.rekey();
  const payload = bytesOf(step.payload);
  for (let n = 0; n < (step.times ?? 1); n++) send(protocol, payload);
}
