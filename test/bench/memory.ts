import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Figure, Stage, SyntheticHost } from '#testing';
import { Crowd } from './crowd.js';
import { heldBytes, startServer } from './ends.js';

const HOSTS = 500;
const JOINERS = 100;
/** The first ones fill what the process takes once: code, pools, the allocator's reserves. */
const WARM_HOSTS = 100;
const WARM_JOINERS = 20;
/** Until unwatched sessions are packed away. */
const SLEEP_MS = 12_000;
const KB = 1024;

/** What the server's process holds for an idle host and for a joiner, over real SSH. */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const server = await startServer(stage);
    const port = server.sshPort;
    const commands = defaultKeys();
    const hosts = await Crowd.start(stage);
    await hosts.ask({ what: 'host', port, count: WARM_HOSTS, commands });
    await delay(SLEEP_MS);
    const few = await heldBytes(server);
    await hosts.ask({ what: 'host', port, count: HOSTS, commands });
    await delay(SLEEP_MS);
    const many = await heldBytes(server);

    const host = await stage.add(SyntheticHost.start({ port, compress: true }, { commands }));
    const token = await host.token();
    const joiners = await Crowd.start(stage);
    await joiners.ask({ what: 'join', port, token, count: WARM_JOINERS });
    await delay(1500);
    const before = await heldBytes(server);
    await joiners.ask({ what: 'join', port, token, count: JOINERS });
    await delay(1500);
    const after = await heldBytes(server);
    return [
      { name: `an idle host, of ${HOSTS}`, value: (many - few) / HOSTS / KB, unit: 'KB', aim: '160 KB' },
      { name: `a joiner, of ${JOINERS}`, value: (after - before) / JOINERS / KB, unit: 'KB', aim: '100 KB' },
      {
        name: `the process with ${HOSTS + WARM_HOSTS} hosts, resident`,
        value: server.residentBytes / KB / KB,
        unit: 'MB',
      },
    ];
  } finally {
    await stage.clear();
  }
}

/** What a stock client says of its key tables when it starts, from a recording: nearly all of what it says. */
function defaultKeys(): string[][] {
  const recording = new URL('../../../libs/tmate-protocol/fixtures/first.txt', import.meta.url);
  return readFileSync(recording, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('exec-cmd '))
    .map((line) => JSON.parse(`[${line.slice('exec-cmd '.length).replaceAll('" "', '","')}]`) as string[]);
}
