/** For the specs of this lib: the client's half of a key exchange, in the clear, by the book and without ssh2. */
import { createHash, createPublicKey, diffieHellman, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { sshMpint, sshString } from '#keys';
import { until, type RawClient } from './ssh.fixture.js';

const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const IDENTIFICATION = 'SSH-2.0-by-the-book';
const KEM_CIPHERTEXT_BYTES = 1088;

export interface RawExchangeOptions {
  readonly kex: readonly string[];
  readonly hostKeys?: readonly string[];
  /** The first message of the exchange of `kex[0]` is sent before the server has said what it prefers. */
  readonly guess?: boolean;
}

/** A packet in the clear (RFC 4253 6). */
function packet(payload: Buffer): Buffer {
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

/** One client's share of an exchange, and how it makes the secret, in the encoding in which it is hashed. */
interface Share {
  readonly bytes: Buffer;
  secret(answer: Buffer): Buffer;
}

function shareFor(kex: string): Share {
  const own = generateKeyPairSync('x25519');
  const share = own.publicKey.export({ type: 'spki', format: 'der' }).subarray(X25519_SPKI.length);
  const classic = (answer: Buffer): Buffer =>
    diffieHellman({ privateKey: own.privateKey, publicKey: spki(X25519_SPKI, answer) });
  if (kex !== 'mlkem768x25519-sha256') return { bytes: share, secret: (answer) => sshMpint(classic(answer)) };
  const kem = ml_kem768.keygen();
  return {
    bytes: Buffer.concat([kem.publicKey, share]),
    secret: (answer) => {
      const shared = ml_kem768.decapsulate(answer.subarray(0, KEM_CIPHERTEXT_BYTES), kem.secretKey);
      const both = [shared, classic(answer.subarray(KEM_CIPHERTEXT_BYTES))];
      return sshString(createHash('sha256').update(Buffer.concat(both)).digest());
    },
  };
}

const spki = (prefix: Buffer, raw: Buffer): KeyObject =>
  createPublicKey({ key: Buffer.concat([prefix, raw]), format: 'der', type: 'spki' });

function readStrings(bytes: Buffer, count: number): Buffer[] {
  const strings: Buffer[] = [];
  for (let at = 0; strings.length < count;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    strings.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return strings;
}

/**
 * Exchanges keys with the server once. Returns whether its signature is right over what both have said and the secret that
 * both have: so is the whole exchange.
 */
export async function exchangeKeys(client: RawClient, options: RawExchangeOptions): Promise<boolean> {
  const { kex, hostKeys = ['ssh-ed25519'], guess = false } = options;
  const packets = readPackets(client);
  const lists = [kex, hostKeys, ['aes128-ctr'], ['aes128-ctr'], ['hmac-sha2-256'], ['hmac-sha2-256']];
  const names = [...lists, ['none'], ['none'], [], []].map((list) => sshString(list.join(',')));
  const ours = Buffer.concat([Buffer.of(20), Buffer.alloc(16, 7), ...names, Buffer.of(guess ? 1 : 0), Buffer.alloc(4)]);
  const guessed = shareFor(kex[0] ?? '');
  const send = (share: Share): boolean =>
    client.socket.write(packet(Buffer.concat([Buffer.of(30), sshString(share.bytes)])));
  client.socket.cork();
  client.socket.write(`${IDENTIFICATION}\r\n`);
  client.socket.write(packet(ours));
  if (guess) send(guessed);
  client.socket.uncork();

  const theirs = await packets();
  const [serverKex = [], serverHostKeys = []] = readStrings(theirs.subarray(17), 2).map((list) =>
    list.toString().split(','),
  );
  const agreed = kex.find((name) => serverKex.includes(name)) ?? '';
  // RFC 4253 7: right exactly when both prefer the same exchange and the same kind of host key.
  const right = serverKex[0] === kex[0] && serverHostKeys[0] === hostKeys[0];
  const share = guess && right ? guessed : shareFor(agreed);
  if (!guess || !right) send(share);

  const reply = await packets();
  const [hostKey, answer, signature] = readStrings(reply.subarray(1), 3);
  if (hostKey === undefined || answer === undefined || signature === undefined) return false;
  const identification = client.received.toString('latin1').split('\r\n')[0] ?? '';
  const hash = createHash('sha256');
  for (const part of [IDENTIFICATION, identification, ours, theirs, hostKey, share.bytes, answer]) {
    hash.update(sshString(part));
  }
  hash.update(share.secret(answer));
  const key = spki(ED25519_SPKI, readStrings(hostKey, 2)[1] ?? Buffer.alloc(0));
  return verify(null, hash.digest(), key, readStrings(signature, 2)[1] ?? Buffer.alloc(0));
}

/** Gives the payload of one packet after the other, in the clear. */
function readPackets(client: RawClient): () => Promise<Buffer> {
  let at = 0;
  return async () => {
    if (at === 0) at = await until('the identification', () => client.received.indexOf('\n') + 1 || undefined);
    await until('a packet', () => client.received.length >= at + 4 && client.received.length >= end());
    const payload = client.received.subarray(at + 5, end() - (client.received[at + 4] ?? 0));
    at = end();
    return Buffer.from(payload);
  };
  function end(): number {
    return at + 4 + client.received.readUInt32BE(at);
  }
}
