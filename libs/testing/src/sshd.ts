import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { freePort } from './free-port.js';
import { cleanEnv, Program, run } from './program.js';
import type { SshTarget } from './ssh-command.js';
import { tempDir, type TempDir } from './temp-dir.js';
import { until } from './until.js';

/** How sshd is started. */
export interface SshdOptions {
  /** What every login runs, by the user's shell: `tmux -S SOCKET attach`. */
  readonly forceCommand?: string;
}

/** OpenSSH's own server on loopback, as the yardstick for ours. */
export class Sshd {
  private constructor(
    readonly port: number,
    readonly program: Program,
    readonly dir: TempDir,
  ) {}

  static async start({ forceCommand }: SshdOptions = {}): Promise<Sshd> {
    const dir = tempDir('smd');
    const port = await freePort();
    const env = cleanEnv(dir.path);
    for (const key of ['host_key', 'user_key']) {
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', dir.file(key)], { env });
    }
    await run('cp', [dir.file('user_key.pub'), dir.file('authorized_keys')], { env });
    const root = process.getuid?.() === 0;
    // As root sshd insists on its privilege separation directory, which the system makes only for its own service.
    if (root) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const config = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${dir.file('host_key')}`,
      `AuthorizedKeysFile ${dir.file('authorized_keys')}`,
      'AuthenticationMethods publickey',
      'PermitRootLogin yes',
      'StrictModes no',
      'PidFile none',
      'UseDNS no',
      'PrintMotd no',
      'PrintLastLog no',
      'MaxStartups 1000',
      'MaxSessions 1000',
      // PAM wants root and a session of the login kind; without it sshd runs as anybody.
      'UsePAM no',
      ...(forceCommand === undefined ? [] : [`ForceCommand ${forceCommand}`]),
    ];
    writeFileSync(dir.file('config'), `${config.join('\n')}\n`);
    // sshd starts itself again for every connection and so must be called by its full path.
    const path = (
      await run('/bin/sh', ['-c', 'PATH=$PATH:/usr/sbin command -v sshd'], { env, mayFail: true })
    ).stdout.trim();
    const program = new Program(path === '' ? 'sshd' : path, ['-D', '-e', '-f', dir.file('config')], { env });
    const sshd = new Sshd(port, program, dir);
    await until(() => /Server listening/.test(program.stderr) || failed(program), { what: 'sshd to listen' });
    return sshd;
  }

  /** What ssh needs to log in: for `sshArgs`, `SshJoiner` and `PtyJoiner`. */
  get target(): SshTarget {
    return { port: this.port, user: userInfo().username, args: ['-i', this.dir.file('user_key')] };
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGTERM', 5000);
    this.dir.dispose();
  }
}

function failed(program: Program): never | false {
  if (program.exit !== undefined) throw new Error(`sshd ended: ${program.stderr}`);
  return false;
}
