import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { Api } from '../broker/broker.fixture.js';
import {
  cleanEnv,
  run,
  Shipmate,
  sshArgs,
  SshJoiner,
  Stage,
  SyntheticHost,
  SyntheticJoiner,
  TmateHost,
  until,
} from '#testing';

// A test's server logs at debug, the most talkative level.
const stage = new Stage();
afterEach(async () => await stage.clear());

// Each is found nowhere else, so that finding it is proof.
const TYPED = 'typed-by-a-mate-7f3a';
const SHOWN = 'shown-by-the-host-91c2';
const WRONG_TOKEN = 'wrongtoken5d1e8b';
const COMMAND = 'echo-of-a-command-44ab';
const SET_BY_HOST = 'user-data-of-the-host-c0de';
const OPERATORS_SECRET = 'operators-secret-0123456789abcdef';

/** All that the server has told anybody who may not know: its log, its stdout, its events, what it answers over HTTP. */
async function told(shipmate: Shipmate): Promise<Record<string, string>> {
  const [metrics, health, ready] = await Promise.all(
    ['/metrics', '/healthz', '/readyz'].map(async (path) => (await shipmate.get(path)).text),
  );
  const lists = ['/events?limit=200', '/events?type=refused'].map(async (path) => await Api.of(shipmate).list(path));
  const events = JSON.stringify(await Promise.all(lists));
  const { stdout, stderr } = shipmate.program;
  return { events, log: stderr, stdout, metrics: metrics ?? '', health: health ?? '', ready: ready ?? '' };
}

function expectNone(texts: Record<string, string>, secrets: Record<string, string>): void {
  for (const [where, text] of Object.entries(texts)) {
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret.length, what).toBeGreaterThan(10);
      // A piece of a secret is one too.
      for (const piece of [secret, secret.slice(0, 10), secret.slice(-10)]) {
        expect(text.includes(piece), `${what} is in the ${where}: ${lineWith(text, piece)}`).toBe(false);
      }
      for (const form of ['base64', 'hex'] as const) {
        const coded = Buffer.from(secret).toString(form).replace(/=+$/, '');
        expect(text.includes(coded), `${what} is in the ${where}, as ${form}`).toBe(false);
      }
    }
  }
}

const lineWith = (text: string, piece: string): string => text.split('\n').find((line) => line.includes(piece)) ?? '';

/** What the data directory keeps for the server alone. */
function keptSecrets(shipmate: Shipmate): Record<string, string> {
  const files = readdirSync(shipmate.dir.file('data'), { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const secret = files.filter(({ name }) => !/\.(pub|conf)$/.test(name));
  return Object.fromEntries(
    secret.map(({ name, parentPath }) => {
      const lines = readFileSync(`${parentPath}/${name}`, 'utf8').trim().split('\n');
      return [`the file ${name}`, lines[Math.floor(lines.length / 2)] ?? ''];
    }),
  );
}

describe('what nobody may read in a log, a metric or an answer', () => {
  it('stays out of them, whatever hosts and joiners do, at the most talkative level', async () => {
    const first = await stage.add(Shipmate.start());
    const port = first.sshPort;
    const secrets: Record<string, string> = { TYPED, SHOWN, WRONG_TOKEN, COMMAND, SET_BY_HOST, ...keptSecrets(first) };

    // A stock host and OpenSSH, a writer and a reader.
    const tmate = await stage.add(TmateHost.start({ serverConf: first.tmateConf }));
    await tmate.waitReady();
    for (const kind of ['write', 'read'] as const) secrets[`the ${kind} token`] = await tmate.token(kind);
    secrets['the reconnection data'] = await tmate.display('#{tmate_reconnection_data}');
    // Without the session's id, which logs have.
    secrets["the host's secret"] = (await tmate.display('#{tmate_host_page}')).slice(-32);
    const mate = await stage.add(SshJoiner.start({ port, user: await tmate.token() }));
    await mate.screen.toShow('$');
    await mate.type(`echo ${TYPED}\r`);
    await mate.screen.toShow(new RegExp(`^${TYPED}$`, 'm'));
    await tmate.typeLine(`printf '%s\\n' ${SHOWN}`);
    await mate.screen.toShow(SHOWN);
    await mate.press('C-b', ':');
    await mate.type(`rename-window ${COMMAND}\r`);
    await mate.screen.toShow(new RegExp(`0:${COMMAND}`));
    await mate.press('C-b', ':');
    await mate.type(`no-such-command ${COMMAND}\r`);
    const reader = await stage.add(SyntheticJoiner.start({ port, token: await tmate.token('read') }));
    await reader.screen.toShow(SHOWN);
    await reader.type(TYPED);
    reader.client.end();
    await first.toLog('left');

    // Wrong tokens, commands, subsystems; nonsense with a secret in it.
    await refused(port, WRONG_TOKEN, ['-tt']);
    await refused(port, await tmate.token(), ['-T'], COMMAND);
    await refused(port, await tmate.token(), ['-s'], COMMAND);
    const bad = await stage.add(
      SyntheticHost.start({ port }, { commands: [['set-option', '-g', 'tmate-set', `${SET_BY_HOST}=${SET_BY_HOST}`]] }),
    );
    secrets['the token of a broken host'] = await bad.token();
    bad.output(SHOWN);
    bad.send([5, SHOWN]);
    await bad.toClose();
    const forger = await stage.add(SyntheticHost.start({ port }, { reconnect: `${SET_BY_HOST}.${SET_BY_HOST}` }));
    secrets['the token of a forger'] = await forger.token();
    forger.fin();
    await forger.toClose();
    await refused(port, await forger.token(), ['-tt']);

    // The host is lost and comes back to a server that was killed.
    const { events: firstEvents = '' } = await told(first);
    await first.halt('SIGKILL');
    const second = await stage.add(Shipmate.start({ restartOf: first }));
    await second.toLog('host-reconnected', 15_000);
    const renewed = async (): Promise<string | undefined> => {
      const data = await tmate.display('#{tmate_reconnection_data}');
      return data === secrets['the reconnection data'] ? undefined : data;
    };
    secrets['the second reconnection data'] = await until(renewed, { what: 'new reconnection data' });
    const again = await stage.add(SyntheticJoiner.start({ port, token: await tmate.token() }));
    await again.screen.toShow(SHOWN);
    await again.type(`echo ${TYPED}\r`);
    await again.screen.toShow(new RegExp(`^${TYPED}$`, 'm'));
    again.client.end();
    await second.toLog('left');
    await tmate.killServer();
    await second.toLog('session-closed');
    const answers = await told(second);
    await second.halt();

    expectNone(
      { ...answers, firstEvents, 'first log': first.program.stderr, 'first stdout': first.program.stdout },
      secrets,
    );
    // What was looked through is the log of all this, and not an empty one.
    for (const event of ['session-opened', 'host-gone', 'joined', 'left', 'join-refused', 'ssh-disconnected']) {
      expect(first.program.stderr, `the log to tell ${event}`).toContain(`"${event}"`);
    }
    // Which connection, so that it can be found again.
    const record = first.log.find(({ event }) => event === 'join-refused');
    expect(record).toMatchObject({ connection: expect.any(Number) });
    expect(second.program.stderr).toContain('"session-closed"');
    for (const type of ['joined', 'refused']) expect(firstEvents).toContain(`"type":"${type}"`);
    expect(answers['metrics']).toMatch(/^shipmate_joins_total\{.*result="ok".*\} [1-9]/m);
  });

  it('nor is the operator’s own secret, in a start that succeeds or one that fails', async () => {
    const env = { SHIPMATE_SECRET: OPERATORS_SECRET };
    const shipmate = await stage.add(Shipmate.start({ env }));
    const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }));
    const answers = await told(shipmate);
    const token = await host.token();
    expectNone(answers, { OPERATORS_SECRET, token, data: host.env.get('tmate_reconnection_data') ?? '' });
    expect(host.env.get('tmate_reconnection_data')).not.toContain(OPERATORS_SECRET);
    expect([...host.env.values(), ...host.notices].join('\n')).not.toContain(OPERATORS_SECRET);

    const failing = await stage.add(Shipmate.launch({ env: { ...env, SHIPMATE_SSH_PORT: 'none' } }));
    await failing.program.exited;
    expectNone({ log: failing.program.stderr, stdout: failing.program.stdout }, { OPERATORS_SECRET });
  });
});

async function refused(port: number, user: string, args: readonly string[], command?: string): Promise<void> {
  const words = sshArgs({ port, user, args, ...(command === undefined ? {} : { command }) });
  const { status } = await run('ssh', words, { env: cleanEnv('/nonexistent'), mayFail: true });
  expect(status).toBe(1);
}
