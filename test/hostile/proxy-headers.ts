import type { Dice } from '#testing';
import { attack, bytesOf } from './attack.js';
import { damaged, noise, oddNumber, oddText, several } from './odd.js';
import { u8 } from './ssh-bytes.js';
import { Wire } from './wire.js';

/** Addresses that the servers under attack take for trusted proxies: only of these a header means anything. */
export const TRUSTED_PROXIES = '127.10.0.0/16';

interface Setup {
  readonly edge: number;
  readonly trusted: boolean;
}

type Step = { readonly do: 'send'; readonly bytes: string } | { readonly do: 'wait' };

const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';
const ADDRESSES = [
  '192.0.2.7',
  '127.0.0.1',
  '::1',
  '2001:db8::7',
  '999.1.1.1',
  '::ffff:127.0.0.1',
  '',
  'x'.repeat(120),
];

function textHeader(dice: Dice): string {
  const address = (): string => (dice.oneIn(8) ? oddText(dice, 200) : dice.pick(ADDRESSES));
  const port = (): string => (dice.oneIn(4) ? `${oddNumber(dice)}` : '50000');
  const family = dice.pick(['TCP4', 'TCP4', 'TCP6', 'UNKNOWN', 'UDP4', oddText(dice, 50)]);
  return `PROXY ${family} ${address()} ${address()} ${port()} ${port()}${dice.pick(['\r\n', '\r\n', '\n', '', ' \r\n'])}`;
}

/** The binary header (version 2 of the protocol): signature, version and command, family, length, addresses, TLVs. */
function binaryHeader(dice: Dice): string {
  const [family, addresses] = dice.pick<[number, number]>([
    [0x11, 12],
    [0x21, 36],
    [0x31, 216],
    [0x00, 0],
    [dice.roll(256), dice.roll(300)],
  ]);
  const tlvs = dice.oneIn(2)
    ? ''
    : several(dice, 20, () => u8(dice.roll(256)) + u8(0) + u8(4) + noise(dice, dice.roll(6))).join('');
  const rest = noise(dice, addresses) + tlvs;
  const length = dice.oneIn(6) ? oddNumber(dice) & 0xffff : rest.length;
  return (
    SIGNATURE +
    u8(dice.oneIn(5) ? dice.roll(256) : dice.pick([0x20, 0x21])) +
    u8(family) +
    u8(length >>> 8) +
    u8(length) +
    rest
  );
}

/** PROXY protocol headers before an ssh connection, by proxies that are trusted and others that are not. */
export const proxyHeaders = attack<Setup, Step>({
  name: 'proxy-headers',
  weight: 2,
  make: (dice) => {
    const header = (): string => (dice.oneIn(2) ? textHeader(dice) : binaryHeader(dice));
    const step = (): Step =>
      dice.weighted<() => Step>([
        [3, () => ({ do: 'send', bytes: 'SSH-2.0-x\r\n' })],
        [2, () => ({ do: 'send', bytes: header() })],
        [1, () => ({ do: 'send', bytes: oddText(dice, 5000) })],
        [3, () => ({ do: 'wait' })],
      ])();
    const first = dice.oneIn(4) ? damaged(dice, header()) : header();
    // In pieces, too: a header may come byte by byte.
    const cut = dice.oneIn(4) ? dice.roll(first.length) : first.length;
    const opening: Step[] = [
      { do: 'send', bytes: first.slice(0, cut) },
      { do: 'wait' },
      { do: 'send', bytes: first.slice(cut) },
    ];
    return { setup: { edge: dice.roll(2), trusted: !dice.oneIn(4) }, steps: [...opening, ...several(dice, 4, step)] };
  },
  async play({ edge, trusted }, steps, scene) {
    const { edges } = scene.target;
    const address = trusted ? scene.address.replace(/^127\.\d+/, '127.10') : scene.address;
    const wire = await Wire.open({ ...scene, address }, edges[edge % edges.length]?.ssh ?? 0);
    for (const step of steps) {
      if (wire === undefined || wire.closed) return;
      if (step.do === 'send') wire.send(bytesOf(step.bytes));
      else await wire.answer();
    }
    await wire?.answer();
  },
});
