import { sshString } from '#keys';

/** A client's KEXINIT (RFC 4253 7.1), as far as ssh2 reads it wrong. */
export interface ClientKexInit {
  readonly payload: Uint8Array;
  readonly kex: readonly string[];
  readonly serverHostKey: readonly string[];
  /** It has sent the first message of the exchange that it guesses. */
  readonly firstFollows: boolean;
  /** Where the lists after `kex` begin. */
  readonly restAt: number;
}

/** The type and the cookie. */
const LISTS_AT = 17;
const LISTS = 10;

/** Reads it; undefined when it is cut short. */
export function readKexInit(payload: Uint8Array): ClientKexInit | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const lists: Buffer[] = [];
  let at = LISTS_AT;
  let restAt = 0;
  while (lists.length < LISTS) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    lists.push(bytes.subarray(at + 4, end));
    at = end;
    restAt ||= end;
  }
  const names = (list: number): string[] => (lists[list] ?? Buffer.alloc(0)).toString('latin1').split(',');
  return { payload, kex: names(0), serverHostKey: names(1), firstFollows: bytes[at] === 1, restAt };
}

/** The same with `name` before the client's other key exchanges. */
export function withKex({ payload, kex, restAt }: ClientKexInit, name: string): Buffer {
  const list = sshString([name, ...kex].join(','));
  return Buffer.concat([payload.subarray(0, LISTS_AT), list, payload.subarray(restAt)]);
}
