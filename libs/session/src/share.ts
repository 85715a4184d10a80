import type { Role } from '#kernel';
import { HostText } from './texts.js';

/** The link and command for joining with a token or a name. */
export interface JoinCommands {
  /** `ssh -p2222 TOKEN@host`, without `-p` for port 22. */
  readonly ssh: (token: string) => string;
  /** `https://host/t/TOKEN`; missing if no process serves pages. */
  readonly web?: (token: string) => string;
}

/** What joiners of either role give: a token or a name. */
export type JoinKeys = Readonly<Record<Role, string>>;

/** What a host shows about joining: the lines that tmate's users know. */
export function shareTexts({ ssh, web }: JoinCommands, { writer, reader }: JoinKeys): string[] {
  return [
    HostText.clearBeforeReadOnly,
    ...(web === undefined ? [] : [HostText.webReadOnly(web(reader))]),
    HostText.sshReadOnly(ssh(reader)),
    ...(web === undefined ? [] : [HostText.web(web(writer))]),
    HostText.ssh(ssh(writer)),
  ];
}

/** The same for scripts: what `#{tmate_ssh}` and the like are on the host. */
export function shareEnvironment(
  { ssh, web }: JoinCommands,
  { writer, reader }: JoinKeys,
): (readonly [name: string, value: string])[] {
  return [
    ...(web === undefined ? [] : [['tmate_web_ro', web(reader)] as const]),
    ['tmate_ssh_ro', ssh(reader)],
    ...(web === undefined ? [] : [['tmate_web', web(writer)] as const]),
    ['tmate_ssh', ssh(writer)],
  ];
}
