import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Figure, median, Shipmate, Stage, SyntheticHost, SyntheticJoiner, until, within } from '#testing';

const ROUNDS = 20;
const GUESSES = 1_000;
const GUESSER = '198.51.100.1';
const MATE = '198.51.100.2';
const MARK = 'A-MARK-IN-THE-PANE';

/** What the guesser is told, and what it answers: how many guesses it has made. */
type Order = 'guess' | 'rest' | 'count';

/**
 * A join while somebody at another address tries a thousand wrong tokens, 50 a second, compared with the same join without
 * that, alternately in one run.
 */
export async function run(): Promise<Figure[]> {
  const stage = new Stage();
  try {
    const env = {
      NODE_ENV: 'production',
      SHIPMATE_LOG_LEVEL: 'info',
      SHIPMATE_PROXY_PROTOCOL: 'optional',
      SHIPMATE_TRUSTED_PROXIES: '127.0.0.1',
    };
    const server = await stage.add(Shipmate.start({ env }));
    const { sshPort: port } = server;
    const host = await stage.add(SyntheticHost.start({ port }));
    host.output(MARK);
    const token = await host.token();
    const program = fileURLToPath(new URL('guesser-process.js', import.meta.url));
    const guesser = fork(program, [String(port), GUESSER], { execArgv: [] });
    stage.onClear(() => void guesser.kill('SIGKILL'));
    const order = async (what: Order): Promise<number> => {
      const answered = within(once(guesser, 'message'), `the guesser to ${what}`);
      guesser.send(what);
      return (await answered)[0] as number;
    };
    for (let n = 0; n < 3; n++) await join(port, token);
    const times = { peace: [] as number[], attack: [] as number[] };
    let round = 0;
    for (; round < ROUNDS || (await order('count')) < GUESSES; round++) {
      times.peace.push(await join(port, token));
      await order('guess');
      await delay(100);
      times.attack.push(await join(port, token));
      await order('rest');
    }
    const guesses = await order('count');
    const [attack, peace] = [median(times.attack), median(times.peace)];
    return [
      {
        name: `join while another address tried ${guesses} wrong tokens, beside the same in peace`,
        value: attack,
        unit: 'ms',
        yardstick: peace,
        aim: 'at most 10 % slower',
      },
      { name: 'the same as a ratio', value: attack / peace, unit: 'times', aim: 'at most 1.1' },
    ];
  } finally {
    await stage.clear();
  }
}

/** From the start of the connection to the pane's text on the screen. */
async function join(port: number, token: string): Promise<number> {
  const began = performance.now();
  const sock = connect(port, '127.0.0.1');
  sock.write(`PROXY TCP4 ${MATE} 127.0.0.1 50000 2222\r\n`);
  const joiner = await SyntheticJoiner.start({ port, token, ssh: { sock } });
  try {
    await until(async () => (await joiner.screen.text()).includes(MARK), { what: 'the screen', everyMs: 1 });
    return performance.now() - began;
  } finally {
    await joiner.stop();
  }
}
