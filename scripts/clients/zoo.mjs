// The clients that `npm run check:clients` tries: where each comes from, and how it is started. They are installed into a folder of
// their own; nothing of them is a part of the project.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, step } from '../tools.mjs';

const FOLDER = process.env.SHIPMATE_CLIENTS ?? join(ROOT, 'node_modules', '.cache', 'clients');
const DRIVERS = join(ROOT, 'test', 'clients', 'drivers');

/** What drivers are given: the place of the key is left out where there is none. */
const WORDS = ['127.0.0.1', '{port}', '{user}', '{key}'];

/** A program's output; throws what it said when it failed. */
async function output(command, args, env = {}) {
  const done = await run(command, args, { quiet: true, env }).catch((error) => ({ status: 1, output: String(error) }));
  if (done.status !== 0) throw new Error(done.output.trim().split('\n').slice(-3).join(' '));
  return done.output.trim();
}

/** The first version number in what a program says. */
async function versionOf([command, ...args]) {
  return /\d+\.\d+[\w.]*/.exec(await output(command, args))?.[0] ?? 'unknown';
}

const SSH_OPTIONS = [
  ['-F', '/dev/null'],
  ['-o', 'StrictHostKeyChecking=no'],
  ['-o', 'UserKnownHostsFile=/dev/null'],
  ['-o', 'LogLevel=ERROR'],
  ['-o', 'IdentityAgent=none'],
  ['-o', 'IdentitiesOnly=yes'],
].flat();

const PLINK_OPTIONS = ['-ssh', '-hostkey', '{hostKey}'];

/** The three programs, by how to start one of them. */
const PROGRAMS = {
  ssh: (start) => ({
    name: 'OpenSSH',
    command: [...start('ssh'), ...SSH_OPTIONS, '-p', '{port}', '{user}@127.0.0.1'],
    withKey: [...start('ssh'), ...SSH_OPTIONS, '-i', '{key}', '-p', '{port}', '{user}@127.0.0.1'],
    version: [...start('ssh'), '-V'],
  }),
  dbclient: (start) => ({
    name: 'dropbear',
    command: [...start('dbclient'), '-y', '-y', '-p', '{port}', '{user}@127.0.0.1'],
    withKey: [...start('dbclient'), '-y', '-y', '-i', '{key.dropbear}', '-p', '{port}', '{user}@127.0.0.1'],
    version: [...start('dbclient'), '-V'],
    converter: [...start('dropbearconvert'), 'openssh', 'dropbear', '{key}', '{key.dropbear}'],
  }),
  plink: (start) => ({
    name: 'PuTTY (plink)',
    command: [...start('plink'), ...PLINK_OPTIONS, '-P', '{port}', '{user}@127.0.0.1'],
    withKey: [...start('plink'), ...PLINK_OPTIONS, '-i', '{key.ppk}', '-P', '{port}', '{user}@127.0.0.1'],
    version: [...start('plink'), '-V'],
    converter: [...start('puttygen'), '{key}', '-O', 'private', '-o', '{key.ppk}'],
    asks: 'Press Return to begin session',
    neverResized: 'reads its size once',
  }),
};

const driver = (name, ...command) => ({
  name,
  command: [...command, ...WORDS.slice(0, 3)],
  withKey: [...command, ...WORDS],
  version: [...command, '--version'],
});

/** Debian's newest, which is unpacked next to its own loader and libraries: it runs on an older Debian too. */
async function newest(program) {
  const root = join(FOLDER, 'debian');
  if (!existsSync(join(root, 'usr', 'bin', 'plink'))) await unpackNewest(root);
  const folders = join(root, 'usr', 'lib');
  const libraries = join(folders, readdirSync(folders).find((name) => name.endsWith('-linux-gnu')) ?? '');
  const loader = join(libraries, readdirSync(libraries).find((name) => name.startsWith('ld-linux')) ?? '');
  return PROGRAMS[program]((name) => [loader, '--library-path', libraries, join(root, 'usr', 'bin', name)]);
}

async function unpackNewest(root) {
  step('Fetching the newest OpenSSH, dropbear and PuTTY (apt-get download)');
  const apt = join(FOLDER, 'apt');
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  const targets = await output('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(RELEASE)',
    'Created-By: Packages',
  ]);
  const mirror = targets
    .split('\n')
    .find((line) => line.endsWith(' bookworm') || line.endsWith(' trixie'))
    ?.split(' ')[0];
  if (mirror === undefined) throw new Error('apt knows no mirror of Debian');
  writeFileSync(join(apt, 'status'), '');
  const keys = '/usr/share/keyrings/debian-archive-keyring.gpg';
  writeFileSync(join(apt, 'sources.list'), `deb [signed-by=${keys}] ${mirror} sid main\n`);
  const options = [
    `Dir::State=${apt}/state`,
    `Dir::State::status=${apt}/status`,
    `Dir::Cache=${apt}/cache`,
    `Dir::Etc::sourcelist=${apt}/sources.list`,
    'Dir::Etc::sourceparts=-',
  ].flatMap((option) => ['-o', option]);
  await output('apt-get', [...options, 'update']);
  const wanted = ['openssh-client', 'dropbear-bin', 'putty-tools'];
  await output('apt-get', [...options, '-y', '--no-install-recommends', '--download-only', 'install', ...wanted]);
  const archives = join(apt, 'cache', 'archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
    await output('dpkg', ['-x', join(archives, file), root]);
}

async function python(name, file, ...packages) {
  const folder = join(FOLDER, 'python');
  const program = join(folder, 'bin', 'python');
  if (!existsSync(program)) await output('python3', ['-m', 'venv', folder]);
  await output(program, ['-m', 'pip', 'install', '--quiet', '--upgrade', ...packages]);
  return driver(name, program, join(DRIVERS, file));
}

async function go() {
  const program = join(FOLDER, 'go-client');
  await output('go', ['-C', join(DRIVERS, 'go'), 'build', '-o', program, '.']);
  return driver('Go x/crypto/ssh', program);
}

const JSCH = 'com.github.mwiede:jsch:2.28.8';

async function jsch() {
  const folder = join(FOLDER, 'java');
  await output('mvn', ['-q', '-B', 'dependency:copy', `-Dartifact=${JSCH}`, `-DoutputDirectory=${folder}`]);
  const classes = `${folder}/*`;
  await output('javac', ['-nowarn', '-cp', classes, '-d', folder, join(DRIVERS, 'Jsch.java')]);
  return driver('JSch', 'java', '-cp', `${folder}:${classes}`, 'Jsch');
}

async function russh() {
  // Cargo writes next to the sources which versions it took.
  const folder = join(FOLDER, 'russh');
  cpSync(join(DRIVERS, 'russh'), folder, { recursive: true });
  await output('cargo', ['build', '--release', '--quiet', '--manifest-path', join(folder, 'Cargo.toml')]);
  const [, version] = /name = "russh"\nversion = "(.*)"/.exec(readFileSync(join(folder, 'Cargo.lock'), 'utf8')) ?? [];
  return { ...driver('russh', join(folder, 'target', 'release', 'russh-driver')), version: ['echo', version ?? ''] };
}

/** Every client, in the order of the table. */
const ZOO = [
  ['OpenSSH of this machine', () => PROGRAMS.ssh((name) => [name])],
  ["Debian's newest OpenSSH", () => newest('ssh')],
  ['dropbear of this machine', () => PROGRAMS.dbclient((name) => [name])],
  ["Debian's newest dropbear", () => newest('dbclient')],
  ['plink of this machine', () => PROGRAMS.plink((name) => [name])],
  ["Debian's newest plink", () => newest('plink')],
  ['paramiko', () => python('paramiko', 'paramiko_driver.py', 'paramiko')],
  ['asyncssh', () => python('asyncssh', 'asyncssh_driver.py', 'asyncssh')],
  ['libssh', () => python('libssh', 'libssh_driver.py', 'ssh-python')],
  ['libssh2', () => python('libssh2', 'libssh2_driver.py', 'ssh2-python')],
  ['Go x/crypto/ssh', go],
  ['JSch', jsch],
  ['russh', russh],
  ['ssh2', () => driver('ssh2', process.execPath, join(DRIVERS, 'ssh2.mjs'))],
];

/** Installs those whose name contains one of `wanted`, or all. @returns those there are, and why others are not */
export async function zoo(wanted) {
  mkdirSync(FOLDER, { recursive: true });
  const clients = [];
  const missing = [];
  for (const [name, install] of ZOO) {
    if (wanted.length > 0 && !wanted.some((word) => name.toLowerCase().includes(word.toLowerCase()))) continue;
    step(`Installing ${name}`);
    try {
      const client = await install();
      clients.push({ ...client, version: await versionOf(client.version) });
    } catch (error) {
      missing.push({ name, reason: error.message });
      step(`  not to be had here: ${error.message}`);
    }
  }
  return { clients, missing };
}
