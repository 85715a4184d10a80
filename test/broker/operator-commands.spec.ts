import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, PtyJoiner, run, Shipmate, Stage, SyntheticHost, SyntheticJoiner, tempDir, until } from '#testing';
import { COMMANDS } from '../../apps/shipmate/src/commands/all.js';
import { runCommand } from '../../apps/shipmate/src/commands/run-command.js';

const MAIN = fileURLToPath(new URL('../../dist/apps/shipmate/src/main.js', import.meta.url));

const own = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let env: Record<string, string>;

beforeAll(async () => {
  shipmate = await own.add(Shipmate.start());
  env = { SHIPMATE_HTTP_PORT: `${shipmate.httpPort}`, SHIPMATE_DATA_DIR: shipmate.dir.file('data') };
});
afterEach(async () => await stage.clear());
afterAll(async () => await own.clear());

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command as a shell would call it, without the start of a process. */
async function shell(line: string, extra: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const [name, ...rest] = line.split(' ').filter((word) => word !== '');
  const out = { stdout: '', stderr: '' };
  const status = await runCommand(
    name,
    rest,
    { ...env, ...extra },
    {
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
    },
  );
  return { status, ...out };
}

/** What a command prints with `--json`; it must succeed. */
async function json(line: string): Promise<unknown> {
  const { status, stdout, stderr } = await shell(`${line} --json`);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

/** What a command prints for people; it must succeed. */
async function text(line: string): Promise<string> {
  const { status, stdout, stderr } = await shell(line);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

type Entries = readonly Readonly<Record<string, string>>[];

describe("an operator's commands", () => {
  it('make users and keys, and list them without what is secret', async () => {
    expect(await text('users')).toBe('There are no users.\n');
    await text('users add ada');
    const key = (await text('keys add ada --label laptop')).trim();
    expect(key).toMatch(/^tmk-\w{26}$/);
    const listed = await text('keys ada');
    expect(listed).toMatch(/^KEY +LABEL +AGE\n\w{12} +laptop +\ds\n$/);
    expect(listed).not.toContain(key);
    const [first] = (await json('keys ada')) as Entries;
    expect(await text('users')).toMatch(/^USER +AGE\nada +\ds\n$/);
    // A user's key is a token of less scope.
    expect(await shell('users', { SHIPMATE_ADMIN_TOKEN: key })).toMatchObject({ status: 77, stdout: '' });
    expect((await shell('keys ada', { SHIPMATE_ADMIN_TOKEN: key })).status).toBe(0);
    await text(`keys remove ada ${String(first?.['id'])}`);
    expect(await json('keys ada')).toEqual([]);
    await text('users remove ada');
    expect(await json('users')).toEqual([]);
  });

  it('make operators’ tokens, of which one may look and not act', async () => {
    const token = (await text('tokens add --label watch')).trim();
    expect((await shell('sessions', { SHIPMATE_ADMIN_TOKEN: token })).status).toBe(0);
    const refused = await shell('users add bob', { SHIPMATE_ADMIN_TOKEN: token });
    expect(refused).toMatchObject({
      status: 77,
      stdout: '',
      stderr: 'This token does not have the right to do that\n',
    });
    const [listed] = (await json('tokens')) as Entries;
    expect(await text('tokens')).toMatch(/^TOKEN +SCOPE +LABEL +AGE\n\w{12} +read +watch +\ds\n$/);
    await text(`tokens remove ${String(listed?.['id'])}`);
    expect((await shell('sessions', { SHIPMATE_ADMIN_TOKEN: token })).status).toBe(77);
  });

  it('see a session and who is in it, and act on both', async () => {
    await text('users add eve');
    const key = (await text('keys add eve')).trim();
    const commands = [
      ['set-option', '-g', 'tmate-api-key', key],
      ['set-option', '-g', 'tmate-session-name', 'site'],
    ];
    const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }, { commands }));
    const token = await host.token();
    const other = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }));
    const mates = [0, 1].map(() => SyntheticJoiner.start({ port: shipmate.sshPort, token }));
    for (const mate of mates) await stage.add(mate);

    const [session] = (await json('sessions --user eve')) as Entries;
    const id = String(session?.['id']);
    const people = async (): Promise<Entries> =>
      ((await json(`sessions ${id}`)) as { participants: Entries }).participants;
    await until(async () => (await people()).length === 2, { what: 'both to be in' });
    const table = await text('sessions');
    expect(table).toMatch(/^SESSION +STATE +REGION +USER +ADDRESS +AGE +EDGE\n/);
    expect(table.split('\n').filter((line) => / live /.test(line))).toHaveLength(2);
    expect(await text('sessions --state closed')).toBe('There are no sessions.\n');
    const shown = await text(`sessions ${id}`);
    expect(shown).toMatch(/^state +live$/m);
    expect(shown).toMatch(/^PARTICIPANT +ROLE +BY +ADDRESS +NAME +KEY$/m);

    const [first, second] = await people();
    await text(`make-reader ${id} ${String(first?.['id'])}`);
    await until(async () => (await people()).some(({ role }) => role === 'reader'), { what: 'one to be a reader' });
    await text(`message ${id} back at noon`);
    await until(() => host.notices.some((notice) => notice.includes('back at noon')), { what: 'the host to be told' });
    await text(`kick ${id} ${String(second?.['id'])}`);
    await until(async () => (await people()).length === 1, { what: 'one to be gone' });

    expect(await text('names')).toMatch(new RegExp(`^NAME +ROLE +SESSION +AGE\\neve/site +writer +${id} +\\ds\n$`));
    const another = ((await json('sessions')) as Entries).find((one) => one['id'] !== id);
    await text(`names give eve/site ${String(another?.['id'])}`);
    expect(await json('names --user eve')).toMatchObject([{ name: 'eve/site', session: another?.['id'] }]);
    await text('names release eve/site');
    expect(await json('names')).toEqual([]);

    await text(`close ${id}`);
    await host.toClose();
    expect(await json('sessions --state closed')).toMatchObject([{ id, closeReason: 'operator' }]);
    expect(await text('events --limit 3')).toMatch(/^TIME +EVENT +SESSION +BY +DETAILS\n\S+Z +session-closed/);
    expect(await shell(`close ${id.slice(0, -1)}x`)).toMatchObject({ status: 1, stderr: 'There is no such session\n' });
    other.fin();
    await other.toClose();
  });

  it('let in people who wait for a host, or refuse them', async () => {
    const commands = [['set-option', '-g', 'tmate-set', 'approve=true']];
    const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }, { commands }));
    host.output('inside');
    const token = await host.token();
    const id = String(((await json('sessions --state live')) as Entries).at(-1)?.['id']);
    expect(await text(`waiting ${id}`)).toBe('Nobody is waiting.\n');
    const args = ['-o', 'BatchMode=no', '-o', 'PubkeyAuthentication=no'];
    for (let n = 0; n < 2; n++) await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: token, args }));
    const waiting = async (): Promise<Entries> => (await json(`waiting ${id}`)) as Entries;
    await until(async () => (await waiting()).length === 2, { what: 'both to wait' });
    expect(await text(`waiting ${id}`)).toMatch(/^PARTICIPANT +ROLE +BY +ADDRESS +NAME +KEY +AGE\n/);
    const [first, second] = await waiting();
    await text(`refuse ${id} ${String(first?.['id'])}`);
    await text(`approve ${id} ${String(second?.['id'])}`);
    expect(await shell(`approve ${id} ${String(first?.['id'])}`)).toMatchObject({
      status: 1,
      stderr: 'Nobody with that id is waiting to be let in\n',
    });
    expect(await waiting()).toEqual([]);
    await until(async () => ((await json(`sessions ${id}`)) as { participants: Entries }).participants.length === 1, {
      what: 'one to be in',
    });
    host.fin();
    await host.toClose();
  });

  it('keep an address away and let it in again, and replace the tokens of a live session', async () => {
    const host = await stage.add(SyntheticHost.start({ port: shipmate.sshPort }));
    host.output('inside');
    const old = await host.token();
    const id = String(((await json('sessions --state live')) as Entries).at(-1)?.['id']);
    const mate = await stage.add(SyntheticJoiner.start({ port: shipmate.sshPort, token: old }));
    await mate.screen.toShow('inside');
    const people = async (): Promise<number> =>
      ((await json(`sessions ${id}`)) as { participants: Entries }).participants.length;

    await text(`ban ${id} 127.0.0.1`);
    await until(async () => (await people()) === 0, { what: 'the mate to be sent away' });
    expect(await json(`bans ${id}`)).toMatchObject([{ who: '127.0.0.1', may: 'nothing' }]);
    const refused = await shell(`ban ${id} 127.0.0.1/99`);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toContain('127.0.0.1/99');
    await text(`unban ${id} 127.0.0.1`);
    expect(await json(`bans ${id}`)).toEqual([]);
    const again = await stage.add(SyntheticJoiner.start({ port: shipmate.sshPort, token: old }));
    await again.screen.toShow('inside');

    await text(`rotate ${id}`);
    await until(async () => (await host.token()) !== old, { what: 'the host to be given new tokens' });
    expect(await people()).toBe(1);
    const late = await stage.add(new PtyJoiner({ port: shipmate.sshPort, user: old }));
    expect(await late.exited()).toMatchObject({ status: 1 });
    const fresh = await stage.add(SyntheticJoiner.start({ port: shipmate.sshPort, token: await host.token() }));
    await fresh.screen.toShow('inside');
    host.fin();
    await host.toClose();
  });

  it('export events as signed lines, which are checked without the server, and change in no way unseen', async () => {
    await text('users add mallory');
    const { httpPort } = shipmate;
    const folder = shipmate.dir.file('exports');
    mkdirSync(folder);
    const file = join(folder, 'events.jsonl');
    const [key = ''] = (await text('events key')).split('\n');
    expect(await text(`events export ${file}`)).toMatch(new RegExp(`^\\d+ events written to .* Signed by ${key}\n$`));
    expect(await text('events verify')).toMatch(/^\d+ events in \d+ chains?: nothing was changed/);
    expect(await text(`events verify --after ${file}`)).toMatch(/nothing was changed/);
    const nowhere = { SHIPMATE_API_URL: `http://127.0.0.1:${httpPort}/nowhere` };
    expect(await shell(`events verify ${file} --key ${key}`, nowhere)).toMatchObject({ status: 0, stderr: '' });
    const changed = join(folder, 'changed.jsonl');
    writeFileSync(changed, readFileSync(file, 'utf8').replace('"user":"mallory"', '"user":"someone"'));
    const { status, stdout } = await shell(`events verify ${changed} --key ${key}`, nowhere);
    expect(status).toBe(1);
    expect(stdout).toMatch(/First: Event \S+ \(user-added, .* was changed/);
    expect((await shell(`events export ${file}`)).status).toBe(64);
  });

  // The last one: from then on it takes no hosts.
  it('list edges and have one drained', async () => {
    const stdout = await text('edges');
    expect(stdout).toMatch(
      /^EDGE +REGION +STATE +SESSIONS +JOINERS +SSH +WEB\n\S{36} +local +(open|draining) +\d+ +\d+ +127/,
    );
    const id = stdout.split('\n')[1]?.split(' ')[0] ?? '';
    expect(await text(`drain ${id} --wait 20`)).toBe(`Edge ${id} has given its sessions away.\n`);
    expect((await shell('drain no-such-edge')).status).toBe(1);
  });
});

describe('what a command says when it cannot', () => {
  it.each(COMMANDS.filter(({ args }) => args.some((arg) => !arg.startsWith('['))).map((command) => [command.name]))(
    '%s says which argument is missing',
    async (name) => {
      const { status, stdout, stderr } = await shell(name);
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      expect(stderr).toMatch(/^[A-Z/]+…? is missing\nusage: shipmate /);
    },
  );

  it.each([
    ['names --limit many', '--limit must be a whole number'],
    ['names --no-such', "'--no-such'"],
    ['edges extra', 'Unexpected argument: "extra"'],
    ['names release ada', 'A name is written USER/NAME'],
    ['edges --url nonsense', '--url must be a URL'],
  ])('%s is not understood', async (line, said) => {
    const { status, stderr } = await shell(line);
    expect(status).toBe(64);
    expect(stderr).toContain(said);
  });

  it('tells each fault that the API finds', async () => {
    const { status, stderr } = await shell('users add not_a_name');
    expect(status).toBe(1);
    expect(stderr).toMatch(/does not match its description\n {2}body\.name: /);
  });

  it('says that no broker is there, that something else is, or that it takes too long to be one', async () => {
    const nobody = await freePort();
    const refused = await shell('edges', { SHIPMATE_API_URL: `http://127.0.0.1:${nobody}/` });
    expect(refused).toMatchObject({
      status: 69,
      stdout: '',
      stderr: `No broker answers at http://127.0.0.1:${nobody} (ECONNREFUSED): is SHIPMATE_API_URL right?\n`,
    });
    const server: Server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nNope');
    });
    stage.onClear(() => server.close());
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await shell(`edges --url ${url}`)).toMatchObject({
      status: 69,
      stderr: `${url} answers with status 404: that is not a broker\n`,
    });
  });

  it('says that there is no token, and does not show a wrong one', async () => {
    const empty = tempDir('smc');
    stage.onClear(() => empty.dispose());
    const none = await shell('edges', { SHIPMATE_DATA_DIR: empty.path });
    expect(none.status).toBe(78);
    expect(none.stderr).toContain(join(empty.path, 'admin-token'));
    const wrong = await shell('edges', { SHIPMATE_ADMIN_TOKEN: 'a-wrong-token-of-mine' });
    expect(wrong).toMatchObject({ status: 77, stderr: 'The token is not valid\n' });
  });

  it('names a wrong variable', async () => {
    expect(await shell('edges', { SHIPMATE_HTTP_PORT: 'x' })).toMatchObject({ status: 78 });
  });
});

describe('the program', () => {
  const program = async (...args: readonly string[]) =>
    await run(process.execPath, [MAIN, ...args], {
      env: { ...env, PATH: '/usr/bin:/bin' },
      mayFail: true,
      deadlineMs: 50_000,
    });

  it('is a command, with help for everything', async () => {
    const help = await program('--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const { name } of COMMANDS) expect(help.stdout).toContain(`  ${name}`);
    expect((await shell('names give --help')).stdout).toMatch(
      /^usage: shipmate names give USER\/NAME SESSION \[options\]\n/,
    );
    expect(await shell('')).toMatchObject({ status: 64, stdout: '' });
    expect((await shell('nonsense')).stderr).toBe(
      'There is no command "nonsense". shipmate --help lists all of them.\n',
    );
  });

  it('answers with an exit status', async () => {
    expect(await program('edges', '--json')).toMatchObject({ status: 0, stderr: '' });
    expect((await program('close', 'nothing')).status).toBe(1);
    expect((await program('serve', 'now')).status).toBe(78);
  });
});
