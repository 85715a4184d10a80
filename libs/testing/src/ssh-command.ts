/** Whom OpenSSH is to call. */
export interface SshTarget {
  readonly port: number;
  /** The session's token, or a name. */
  readonly user: string;
  readonly host?: string;
  /** Further arguments before the destination, as `-T` or `-i KEY`. */
  readonly args?: readonly string[];
  /** A remote command. */
  readonly command?: string;
}

/** OpenSSH's arguments with nothing of the developer's own: no configuration, agent or known hosts. */
export function sshArgs({ port, user, host = '127.0.0.1', args = [], command }: SshTarget): string[] {
  const settings = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'GlobalKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'IdentityAgent=none',
    'ConnectTimeout=10',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  const words = ['-F', '/dev/null', ...options, '-p', `${port}`, ...args, `${user}@${host}`];
  return command === undefined ? words : [...words, command];
}

/** `words` as one line for /bin/sh. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
}
