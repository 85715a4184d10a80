import { readFileSync, rmSync } from 'node:fs';
import { PtyJoiner, run, Shipmate, Stage, tempDir, TmateHost, until, type TempDir } from '#testing';

/** A client, as scripts/clients/zoo.mjs installs it. Words in braces are filled in: port, user, key, hostKey. */
export interface Client {
  readonly name: string;
  readonly version: string;
  readonly command: readonly string[];
  readonly withKey: readonly string[];
  /** Makes its own kind of key file of OpenSSH's. */
  readonly converter?: readonly string[];
  /** What it asks once it is let in; Return is the answer. */
  readonly asks?: string;
  /** Why a resize of its terminal is not tried. */
  readonly neverResized?: string;
}

/** What is tried with each client; the columns of the table. */
export const TRIALS = ['writer', 'resize', 'reader', 'key', 'wrong token'] as const;
type Trial = (typeof TRIALS)[number];

/** One client's row: `yes`, or what went wrong. */
export interface Row {
  readonly client: Client;
  readonly results: Readonly<Record<Trial, string>>;
}

const LEAVE = '\u0002d';
const WRONG = 'x'.repeat(25);

/** Where all clients are tried. */
interface Ground {
  readonly port: number;
  readonly hostKey: string;
  readonly home: TempDir;
  /** Anybody with its tokens joins. */
  readonly open: TmateHost;
  /** Only the key joins. */
  readonly locked: TmateHost;
}

/** Tries all clients against a server and stock hosts of this machine, one after the other; tells each row as it is known. */
export async function main(clients: readonly Client[], tell: (row: Row) => void): Promise<readonly Row[]> {
  const stage = new Stage();
  try {
    const ground = await prepare(stage);
    const rows: Row[] = [];
    for (const client of clients) {
      const row = { client, results: await tryAll(client, ground) };
      rows.push(row);
      tell(row);
    }
    return rows;
  } finally {
    await stage.clear();
  }
}

async function prepare(stage: Stage): Promise<Ground> {
  const home = tempDir('smz');
  stage.onClear(() => home.dispose());
  const key = home.file('key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'zoo', '-f', key]);
  const shipmate = await stage.add(Shipmate.start());
  const host = async (conf: string): Promise<TmateHost> => {
    const started = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf }));
    await started.waitReady();
    return started;
  };
  const publicKey = readFileSync(`${key}.pub`, 'utf8').trim();
  const [, hostKey = ''] = /ed25519-fingerprint "(.*)"/.exec(readFileSync(shipmate.tmateConf, 'utf8')) ?? [];
  return {
    port: shipmate.sshPort,
    hostKey,
    home,
    open: await host(''),
    locked: await host(`set -g tmate-set "authorized-keys=${publicKey}"`),
  };
}

async function tryAll(client: Client, ground: Ground): Promise<Row['results']> {
  const trial = async (work: (stage: Stage) => Promise<void>): Promise<string> => {
    const stage = new Stage();
    try {
      await work(stage);
      return 'yes';
    } catch (error) {
      return `no: ${inOneLine(error instanceof Error ? error.message : String(error))}`;
    } finally {
      await stage.clear();
    }
  };
  return {
    writer: await trial(async (stage) => await asWriter(stage, client, ground)),
    resize: client.neverResized ?? (await trial(async (stage) => await resized(stage, client, ground))),
    reader: await trial(async (stage) => await asReader(stage, client, ground)),
    key: await trial(async (stage) => await byKey(stage, client, ground)),
    'wrong token': await trial(async (stage) => await byWrongToken(stage, client, ground)),
  };
}

/** What went wrong, with the first line of the screen that did not show what it should. */
function inOneLine(message: string): string {
  const [first = '', ...screen] = message.split('\n');
  const shown = screen.map((line) => line.replace(/^\| ?/, '').trim()).find((line) => line !== '');
  return [first, shown].join(' ').replaceAll('|', '/').trim().slice(0, 200);
}

/** Starts it in a terminal of its own. */
async function start(
  stage: Stage,
  words: readonly string[],
  user: string,
  { port, hostKey, home }: Ground,
): Promise<PtyJoiner> {
  const key = home.file('key');
  const known: Readonly<Record<string, string>> = { port: `${port}`, user, hostKey, key };
  const program = words.map((word) =>
    word.replaceAll(/\{(\w+)(\.\w+)?\}/g, (_, name, end = '') => `${known[name]}${end}`),
  );
  return await stage.add(new PtyJoiner({ port, user, program, cols: 90, rows: 30 }));
}

/** Joins, and answers what it asks. */
async function join(
  stage: Stage,
  client: Client,
  ground: Ground,
  { user, words = client.command }: { readonly user: string; readonly words?: readonly string[] },
): Promise<PtyJoiner> {
  const joiner = await start(stage, words, user, ground);
  if (client.asks !== undefined) {
    await joiner.screen.toShow(client.asks);
    await joiner.type('\r');
  }
  return joiner;
}

async function leave(joiner: PtyJoiner): Promise<void> {
  await joiner.type(LEAVE);
  await toExit(joiner, 0);
}

/** Waits for its end. One that lets go of its terminal before it ends, as dropbear does, may be hung up on: it has no status then. */
async function toExit(joiner: PtyJoiner, wanted: number): Promise<void> {
  const { status, signal } = await joiner.exited();
  if (status !== wanted && signal === null) throw new Error(`it ended with status ${status}`);
}

async function asWriter(stage: Stage, client: Client, ground: Ground): Promise<void> {
  const joiner = await join(stage, client, ground, { user: await ground.open.token() });
  await joiner.screen.toShow('$');
  await joiner.type('clear; echo w$((6*7))\r');
  await joiner.screen.toShow(/^w42\b/m);
  await leave(joiner);
}

async function resized(stage: Stage, client: Client, ground: Ground): Promise<void> {
  const joiner = await join(stage, client, ground, { user: await ground.open.token() });
  await joiner.screen.toShow('$');
  for (const [cols, rows] of [
    [70, 20],
    [110, 35],
  ] as const) {
    await joiner.resize(cols, rows);
    const wanted = `${cols}x${rows - 1}`;
    await until(async () => (await ground.open.display('#{window_width}x#{window_height}')) === wanted, {
      what: `the window to be ${wanted}`,
    });
  }
  await leave(joiner);
}

async function asReader(stage: Stage, client: Client, ground: Ground): Promise<void> {
  const { open } = ground;
  const joiner = await join(stage, client, ground, { user: await open.token('read') });
  await open.typeLine('clear; echo r$((6*7))');
  await joiner.screen.toShow(/^r42\b/m);
  await joiner.type('echo nobody-typed-this\r');
  await leave(joiner);
  await open.typeLine('echo after $((6*7))');
  await until(async () => (await open.capture()).includes('after 42'), { what: 'the host to go on' });
  if ((await open.capture()).includes('nobody-typed-this')) throw new Error('a reader typed');
}

async function byKey(stage: Stage, client: Client, ground: Ground): Promise<void> {
  if (client.converter !== undefined) await convert(client.converter, ground);
  const user = await ground.locked.token();
  const joiner = await join(stage, client, ground, { user, words: client.withKey });
  await joiner.screen.toShow('$');
  await leave(joiner);
  const without = await start(stage, client.command, user, ground);
  const { status } = await without.exited();
  if (status === 0) throw new Error('it came in without the key');
}

async function convert(words: readonly string[], { home }: Ground): Promise<void> {
  const [program = '', ...args] = words.map((word) =>
    word.replaceAll(/\{key(\.\w+)?\}/g, (_, end = '') => `${home.file('key')}${end}`),
  );
  // Some do not write over the file of another.
  for (const end of ['.dropbear', '.ppk']) rmSync(`${home.file('key')}${end}`, { force: true });
  await run(program, args);
}

async function byWrongToken(stage: Stage, client: Client, ground: Ground): Promise<void> {
  const joiner = await join(stage, client, ground, { user: WRONG });
  await joiner.screen.toShow('Invalid or expired session token');
  await toExit(joiner, 1);
}
