// The programs that the tests start for real: Debian's package, the program that shows it is there, and who needs it. A font is a
// file in place of a program: it is installed where that can be done, and nothing fails without it.
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail, run, step } from './tools.mjs';

const PROGRAMS = [
  ['tmate', ['tmate'], 'every story with a host'],
  ['openssh-client', ['ssh', 'ssh-keygen'], 'every story with a joiner'],
  ['openssh-server', ['sshd'], "the drivers' own tests, and the yardstick of the bench"],
  ['dropbear-bin', ['dbclient'], 'joiners with a client of small systems'],
  ['putty-tools', ['plink'], "joiners with PuTTY's client"],
  ['tmux', ['tmux'], 'the terminals that joiners and hosts sit at'],
  ['redis-server', ['redis-server'], 'the launcher for what is shared between processes'],
  ['openssl', ['openssl'], "certificates for Redis' TLS"],
  ['vim', ['vim'], 'fidelity of full-screen programs'],
  ['less', ['less'], 'fidelity of full-screen programs'],
  ['htop', ['htop'], 'fidelity of full-screen programs'],
  ['nano', ['nano'], 'fidelity of full-screen programs'],
  ['mc', ['mc'], 'fidelity of full-screen programs'],
  ['dialog', ['dialog'], 'fidelity of programs on ncurses'],
  ['vttest', ['vttest'], 'fidelity of what terminals are tested with'],
  ['ncurses-examples', ['ncurses-examples/knight'], 'fidelity of programs on ncurses'],
  ['git', ['git'], 'fidelity of coloured output'],
  ['chromium', ['chromium'], 'joiners at the page, in a real browser'],
  ['firefox-esr', ['firefox-esr'], 'joiners at the page, in the other real browser'],
  ['prometheus', ['prometheus', 'promtool'], 'alerts, and metrics as Prometheus reads them'],
  [
    'fonts-wqy-microhei',
    ['/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'],
    'Chinese, Japanese and Korean in screenshots',
  ],
  ['procps', ['ps'], 'checks that nothing is left running'],
].map(([name, commands, neededBy]) => ({ name, commands, neededBy }));

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/libexec'];

/** Installs what is missing where that can be done, or ends with the list of it and how to get it. */
export async function installPrograms() {
  const missing = PROGRAMS.filter(({ commands }) => !commands.every(isThere));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const apt = ['apt-get', '-q', '-y', '-o', 'Dpkg::Use-Pty=0'];
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    const needed = missing.filter(({ commands }) => !commands.every(isFile));
    if (needed.length === 0) return;
    const list = needed.map(({ name, neededBy }) => `  ${name}: ${neededBy}`).join('\n');
    fail(
      `The tests need programs that are not installed:\n${list}\nOn Debian or Ubuntu: sudo apt-get install ${names.join(' ')}`,
    );
  }
  step(`Installing programs (apt-get install ${names.join(' ')})`);
  const [command, ...options] = apt;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '--no-install-recommends', ...names]]) {
    const { status, output } = await run(command, [...options, ...args], { quiet: true, env });
    if (status !== 0) fail(`${output}\napt-get ${args[0]} failed: see above. The tests need ${names.join(', ')}.`);
  }
  const still = missing.filter(({ commands }) => !commands.every(isThere)).map(({ name }) => name);
  if (still.length > 0) fail(`apt-get installed ${still.join(', ')}, but not the programs that were wanted of them.`);
}

const isFile = (command) => command.startsWith('/');

function isThere(command) {
  if (isFile(command)) return existsSync(command);
  return FOLDERS.some((folder) => {
    const path = join(folder, command);
    if (!existsSync(path)) return false;
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false; // A file of that name, but no program for us.
    }
  });
}
