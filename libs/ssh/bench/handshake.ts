/**
 * What a login costs this process: key exchange (X25519), host key signature (Ed25519 or RSA), `none` authentication
 * and the opening of a channel, without the client's part, which runs in a separate process.
 */
import { spawn } from 'node:child_process';
import type { Figure } from '#testing';
import { benchServer } from './server.js';

const LOGINS = 200;

/** Logs in, opens a shell and leaves, one after the other; says when it begins to count and when it is done. */
const CLIENT_PROGRAM = `
const { Client } = require('ssh2');
const [port, count, hostKey] = process.argv.slice(1);
const next = (n) => {
  if (n === 0) console.log('begin');
  if (n === Number(count)) { console.log('end'); return; }
  const client = new Client();
  client.on('error', (error) => { console.error(error); process.exit(1); });
  client.on('ready', () => client.shell(() => { client.end(); setImmediate(next, n + 1); }));
  client.connect({ host: '127.0.0.1', port: Number(port), username: 'TOKEN', algorithms: { serverHostKey: [hostKey] } });
};
next(-20);
`;

export async function run(): Promise<Figure[]> {
  const { server, port } = await benchServer((channel) => channel.close());
  const figures: Figure[] = [];
  for (const hostKey of ['ssh-ed25519', 'rsa-sha2-512']) {
    figures.push({ name: `login with ${hostKey}, CPU`, value: await cpuOfLogin(port, hostKey), unit: 'ms' });
  }
  await server.close({ graceMs: 0 });
  return figures;
}

async function cpuOfLogin(port: number, hostKey: string): Promise<number> {
  const client = spawn(process.execPath, ['-e', CLIENT_PROGRAM, String(port), String(LOGINS), hostKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let begun: NodeJS.CpuUsage | undefined;
  for await (const line of client.stdout) {
    const text = String(line);
    if (text.includes('begin')) begun = process.cpuUsage();
    if (text.includes('end')) break;
  }
  client.kill('SIGKILL');
  const { user, system } = process.cpuUsage(begun);
  return Math.round((user + system) / LOGINS / 10) / 100;
}
