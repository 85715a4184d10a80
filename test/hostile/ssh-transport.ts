import type { Dice } from '#testing';
import { attack, bytesOf } from './attack.js';
import { damaged, noise, oddNumber, oddText, several } from './odd.js';
import { flag, Message, packet, string, u32, u8 } from './ssh-bytes.js';
import { Wire } from './wire.js';

type Step =
  | { readonly do: 'bytes'; readonly bytes: string }
  | { readonly do: 'packet'; readonly payload: string; readonly padding?: number; readonly length?: number }
  | { readonly do: 'wait' }
  | { readonly do: 'end' };

const VERSIONS = [
  'SSH-2.0-OpenSSH_9.6',
  'SSH-2.0-x',
  'SSH-1.99-x',
  'SSH-1.5-x',
  'SSH-2.0-',
  'SSH-2.0',
  'SSH-3.0-x',
  'ssh-2.0-x',
  'SSH-2.0-x comment \u00e9',
  'GET / HTTP/1.1',
  '',
];

/** What this server and its clients offer (RFC 4253, 7.1), in the order of KEXINIT. */
const LISTS: readonly (readonly string[])[] = [
  ['curve25519-sha256', 'ecdh-sha2-nistp256', 'diffie-hellman-group14-sha256', 'diffie-hellman-group16-sha512'],
  ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa', 'ecdsa-sha2-nistp256'],
  ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes128-ctr', '3des-cbc', 'none'],
  ['chacha20-poly1305@openssh.com', 'aes128-gcm@openssh.com', 'aes128-ctr', '3des-cbc', 'none'],
  ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha1', 'none'],
  ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha1', 'none'],
  ['none', 'zlib@openssh.com', 'zlib'],
  ['none', 'zlib@openssh.com', 'zlib'],
  ['', 'en'],
  ['', 'en'],
];
const KEX_EXTRAS = ['ext-info-c', 'kex-strict-c-v00@openssh.com', 'diffie-hellman-group-exchange-sha256'];

function nameList(dice: Dice, names: readonly string[], at: number): string {
  return dice.weighted<() => string>([
    [
      8,
      () =>
        several(dice, 4, () => dice.pick(names)).join(',') +
        (at === 0 && dice.oneIn(2) ? `,${dice.pick(KEX_EXTRAS)}` : ''),
    ],
    [1, () => ''],
    [1, () => ','.repeat(dice.roll(2000))],
    [1, () => `${'n'.repeat(dice.roll(30_000))},${dice.pick(names)}`],
    [1, () => oddText(dice, 30_000)],
  ])();
}

/** KEXINIT, right or nearly so. */
export function kexinit(dice: Dice): string {
  const lists = LISTS.map((names, at) => nameList(dice, names, at));
  if (dice.oneIn(10)) lists.splice(dice.roll(10), 1);
  const whole = u8(Message.kexinit) + noise(dice, 16) + lists.map(string).join('') + flag(dice.oneIn(4)) + u32(0);
  return dice.oneIn(6) ? damaged(dice, whole) : whole;
}

/** A client's half of a key: as long as a curve's point or not at all. */
function kexdhInit(dice: Dice): string {
  const length = dice.pick([0, 1, 31, 32, 32, 32, 33, 64, 65, 256, 257, 1024, 8192]);
  const key = dice.oneIn(4) ? '\0'.repeat(length) : noise(dice, length);
  return u8(dice.pick([Message.kexdhInit, Message.kexdhInit, 31, 32, 34])) + string(key);
}

function otherMessage(dice: Dice): string {
  return dice.pick<() => string>([
    () => u8(Message.newkeys),
    () => u8(Message.disconnect) + u32(oddNumber(dice)) + string(oddText(dice)) + string(''),
    () => u8(Message.ignore) + string(oddText(dice, 30_000)),
    () => u8(Message.unimplemented) + u32(oddNumber(dice)),
    () => u8(Message.debug) + flag(true) + string(oddText(dice)) + string(''),
    () => u8(Message.serviceRequest) + string(dice.pick(['ssh-userauth', 'ssh-connection', oddText(dice)])),
    () => u8(Message.extInfo) + u32(oddNumber(dice)) + string('server-sig-algs') + string(oddText(dice)),
    () => u8(Message.userauthRequest) + string('tmate') + string('ssh-connection') + string('none'),
    () => u8(Message.channelOpen) + string('session') + u32(0) + u32(oddNumber(dice)) + u32(oddNumber(dice)),
    () => noise(dice, dice.roll(200)),
    () => '',
  ])();
}

const step = (dice: Dice): Step =>
  dice.weighted<() => Step>([
    [5, () => ({ do: 'packet', payload: kexinit(dice) })],
    [4, () => ({ do: 'packet', payload: kexdhInit(dice) })],
    [5, () => ({ do: 'packet', payload: otherMessage(dice) })],
    [1, () => ({ do: 'packet', payload: otherMessage(dice), padding: dice.roll(256) })],
    [2, () => ({ do: 'packet', payload: kexinit(dice), length: oddNumber(dice) })],
    [1, () => ({ do: 'bytes', bytes: noise(dice, dice.roll(3000)) })],
    [4, () => ({ do: 'wait' })],
    [1, () => ({ do: 'end' })],
  ])();

function greeting(dice: Dice): string {
  const line = dice.oneIn(8) ? oddText(dice) : dice.pick(VERSIONS.slice(0, dice.oneIn(2) ? 1 : undefined));
  return line + dice.pick(['\r\n', '\r\n', '\r\n', '\n', '\r', '']);
}

/** The ssh transport before keys are exchanged, over TCP. */
export const sshTransport = attack<{ readonly edge: number }, Step>({
  name: 'ssh-transport',
  sshAlone: true,
  weight: 4,
  make: (dice) => ({
    setup: { edge: dice.roll(2) },
    steps: [{ do: 'bytes', bytes: greeting(dice) }, ...several(dice, 8, () => step(dice))],
  }),
  async play({ edge }, steps, scene) {
    const { edges } = scene.target;
    const wire = await Wire.open(scene, edges[edge % edges.length]?.ssh ?? 0);
    for (const step of steps) {
      if (wire === undefined || wire.closed) return;
      if (step.do === 'bytes') wire.send(bytesOf(step.bytes));
      else if (step.do === 'packet') wire.send(packet(step.payload, step));
      else if (step.do === 'end') wire.socket.end();
      else await wire.answer();
    }
    await wire?.answer();
  },
});
