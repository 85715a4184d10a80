import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { HostNetwork, PtyJoiner, Shipmate, Stage, tempDir, TmateHost, until } from '#testing';

const missing = await HostNetwork.missing();
/** A title that says what is missing. */
const titled = (title: string, why: string | undefined): string => (why === undefined ? title : `${title}: ${why}`);
const stage = new Stage();
afterEach(async () => await stage.clear());

const SILENT = 'The host is not responding';
const DOUBTFUL = 'check that everything you typed arrived';
/** The client waits two seconds before each attempt, and a loaded machine is slow. */
const deadlineMs = 60_000;

/** A server, a host in a network of its own whose shell keeps what is typed, and somebody who types. */
async function scene() {
  const network = await stage.add(HostNetwork.start());
  const env = { SHIPMATE_BIND: '0.0.0.0', SHIPMATE_SSH_HOST: network.serverAddress };
  const shipmate = await stage.add(Shipmate.start({ env }));
  const dir = tempDir('smt');
  stage.onClear(() => dir.dispose());
  const file = dir.file('typed');
  const { through } = network;
  const host = await stage.add(
    TmateHost.start({ serverConf: shipmate.tmateConf, through, shell: `exec cat > ${file}` }),
  );
  await host.waitReady({ deadlineMs });
  const mate = new PtyJoiner({ port: shipmate.sshPort, user: await host.token() });
  await stage.add(mate);
  const arrived = (): string[] => readFileSync(file, 'utf8').split('\n').slice(0, -1);
  await mate.screen.toShow('0:', deadlineMs);
  await mate.type('before\r');
  await until(() => arrived().length === 1, { what: 'the first line', deadlineMs });
  return { network, mate, arrived };
}

/** Types again and again while the link drops out, and looks at what came of it. */
async function typeThrough({ network, mate, arrived }: Awaited<ReturnType<typeof scene>>): Promise<void> {
  const lines = ['before'];
  const type = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      lines.push(`line-${lines.length}`);
      await mate.type(`${lines.at(-1)}\r`);
    }
  };
  for (let round = 0; round < 3; round++) {
    await type(10);
    await network.setUp(false);
    await type(5);
    await mate.screen.toShow(SILENT, deadlineMs);
    await type(5);
    await network.setUp(true);
    await until(() => arrived().length === lines.length, { what: `${lines.length} lines`, deadlineMs });
  }
  expect(arrived()).toEqual(lines);
}

describe('a host in a network that changes', () => {
  it.skipIf(missing.network)(
    titled(
      'loses nothing without a word while its address changes and its old connection looks alive',
      missing.network,
    ),
    async () => {
      const { network, mate, arrived } = await scene();
      await network.loseAddress();
      await mate.type('doubtful\r');
      // Nothing but the host's silence shows that it is away.
      await mate.screen.toShow(SILENT, deadlineMs);
      for (let n = 0; n < 3; n++) await mate.type(`away-${n}\r`);
      await network.breakConnections();
      await network.setAddress(99);
      await mate.screen.toShow(DOUBTFUL, deadlineMs);
      await mate.type('after\r');
      await until(() => arrived().includes('after'), { what: 'what was typed last', deadlineMs });
      expect(arrived().filter((line) => line !== 'doubtful')).toEqual([
        'before',
        'away-0',
        'away-1',
        'away-2',
        'after',
      ]);
    },
    240_000,
  );

  it.skipIf(missing.network)(
    titled('gets each line once and in order over a link that drops out', missing.network),
    async () => await typeThrough(await scene()),
    240_000,
  );

  it.skipIf(missing.netem)(
    titled('gets each line once and in order over a link that delays and loses packets, too', missing.netem),
    async () => {
      const set = await scene();
      expect(await set.network.impair('delay 60ms 20ms loss 5%')).toBe(true);
      await typeThrough(set);
    },
    240_000,
  );
});
