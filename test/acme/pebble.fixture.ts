import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cleanEnv, freePort, Program, tempDir, type Stage } from '#testing';

/** Where pebble finds the names that it certifies. */
export interface PebbleTargets {
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Keys of external accounts by their ids: without one, nobody begins an account. Left out: anybody may. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is missing: npm run check:acme sets it`);
  return value;
};

/** Starts Let's Encrypt's ACME server for tests, to which every name is this machine; its directory's address. */
export async function startPebble(
  stage: Stage,
  { httpPort, tlsPort, externalAccounts }: PebbleTargets,
): Promise<string> {
  const certificates = join(required('SHIPMATE_PEBBLE_CERTS'), 'localhost');
  const dir = tempDir('smp');
  stage.onClear(() => dir.dispose());
  const [listen, manage] = [await freePort(), await freePort()];
  const config = {
    listenAddress: `127.0.0.1:${listen}`,
    managementListenAddress: `127.0.0.1:${manage}`,
    certificate: join(certificates, 'cert.pem'),
    privateKey: join(certificates, 'key.pem'),
    httpPort,
    tlsPort,
    keyAlgorithm: 'ecdsa',
    ...(externalAccounts && {
      externalAccountBindingRequired: true,
      externalAccountMACKeys: externalAccounts,
    }),
    retryAfter: { authz: 1, order: 1 },
  };
  writeFileSync(dir.file('pebble.json'), JSON.stringify({ pebble: config }));
  const names = await startNames(stage);
  const env = cleanEnv(dir.path, { PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0', PEBBLE_AUTHZREUSE: '0' });
  const args = ['-config', dir.file('pebble.json'), '-dnsserver', `127.0.0.1:${names}`];
  const program = new Program(required('SHIPMATE_PEBBLE'), args, { cwd: dir.path, env });
  await stage.add({ stop: async () => await program.stop('SIGKILL') });
  await program.toPrint(/ACME directory available/);
  return `https://localhost:${listen}/dir`;
}

/** A DNS server, by TCP as pebble asks, for which every name has the address 127.0.0.1, and no other; its port. */
async function startNames(stage: Stage): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (message: Buffer) => {
      // A query is one segment here: its length, and then itself.
      const answer = answerTo(message.subarray(2));
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(Buffer.concat([length, answer]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.onClear(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function answerTo(query: Buffer): Buffer {
  const end = query.indexOf(0, 12) + 5; // The question: its name, type and class.
  const isA = query.readUInt16BE(end - 4) === 1;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.fill(0, 6, 12);
  header.writeUInt16BE(isA ? 1 : 0, 6);
  const answer = Buffer.from('c00c000100010000000100047f000001', 'hex');
  return Buffer.concat([header, query.subarray(12, end), ...(isA ? [answer] : [])]);
}
