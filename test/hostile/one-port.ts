import { connect } from 'node:tls';
import type { Dice } from '#testing';
import { attack, bytesOf, Violation } from './attack.js';
import { damaged, noise, oddText, several } from './odd.js';
import { Wire } from './wire.js';

interface Setup {
  /** A whole TLS handshake first, for this name; undefined: what is sent stands on the connection itself. */
  readonly servername?: string;
}

type Step = { readonly do: 'send'; readonly bytes: string } | { readonly do: 'wait' };

const NAMES = ['other.example', 'localhost', '127.0.0.1', 'xn--n3h.example', 'x'.repeat(63), 'a.'.repeat(100)];
/** The beginning of a ClientHello (RFC 8446, 5.1): a record that promises more than follows. */
const HALF_HELLO = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
const RDP = '\x03\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=admin\r\n\x01\0\x08\0\x03\0\0\0';

/** What people and scanners begin a connection with. */
function opening(dice: Dice): string {
  return dice.weighted<() => string>([
    [2, () => HALF_HELLO + noise(dice, dice.roll(200))],
    [2, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'],
    [2, () => '\x05\x01\0'],
    [1, () => `\x04\x01\0\x50\x7f\0\0\x01${oddText(dice, 300)}\0`],
    [2, () => 'EHLO mail.example\r\nMAIL FROM:<a@mail.example>\r\n'],
    [2, () => RDP],
    [
      2,
      () =>
        `${dice.pick(['GET', 'POST', 'OPTIONS', 'CONNECT', 'BREW'])} ${oddText(dice, 300)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ],
    [2, () => `SSH-2.0-${oddText(dice, 300)}\r\n`],
    [1, () => oddText(dice, 5000)],
    [1, () => noise(dice, dice.roll(2000))],
  ])();
}

/** What comes to a port that takes ssh, TLS and plain HTTP: each of them cut short or wrong, and bytes of no such protocol. */
export const onePort = attack<Setup, Step>({
  name: 'one-port',
  weight: 6,
  onePort: true,
  make: (dice) => {
    const step = (): Step =>
      dice.weighted<() => Step>([
        [3, () => ({ do: 'send', bytes: opening(dice) })],
        [2, () => ({ do: 'send', bytes: oddText(dice, 2000) })],
        [3, () => ({ do: 'wait' })],
      ])();
    const first = dice.oneIn(3) ? damaged(dice, opening(dice)) : opening(dice);
    const cut = dice.oneIn(3) ? dice.roll(first.length) : first.length;
    return {
      setup: dice.oneIn(4) ? { servername: dice.pick(NAMES) } : {},
      steps: [
        // Some say nothing at first, or ever.
        ...(dice.oneIn(4) ? [{ do: 'wait' } as const] : []),
        ...(dice.oneIn(10) ? [] : [{ do: 'send', bytes: first.slice(0, cut) } as const]),
        { do: 'wait' },
        { do: 'send', bytes: first.slice(cut) },
        ...several(dice, 4, step),
      ],
    };
  },
  async play({ servername }, steps, scene) {
    const wire = await Wire.open(scene, scene.target.edges[0]?.ssh ?? 0);
    if (wire === undefined) return;
    let send = (bytes: Buffer): void => wire.send(bytes);
    if (servername !== undefined) {
      // The name is not checked: that is what the server is asked for.
      const tls = connect({ socket: wire.socket, rejectUnauthorized: false, ...named(servername) });
      tls.on('error', () => undefined);
      scene.stage.onClear(() => tls.destroy());
      send = (bytes) => void (tls.destroyed || tls.write(bytes));
    }
    for (const step of steps) {
      if (wire.closed) break;
      if (step.do === 'send') send(bytesOf(step.bytes));
      else await wire.answer();
    }
    await wire.answer();
    if (servername === undefined && wire.said.startsWith('\x05\0')) throw new Violation('a SOCKS client was let in');
  },
});

/** Node sends no name that is an address. */
const named = (servername: string): { servername?: string } => (/^[\d.]+$/.test(servername) ? {} : { servername });
