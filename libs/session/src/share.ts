import type { Role, SessionId } from '#kernel';
import { HostText } from './texts.js';

/** The link and command for joining with a token or a name. */
export interface JoinCommands {
  /** `ssh -p2222 TOKEN@host`, without `-p` for port 22. */
  readonly ssh: (token: string) => string;
  /** `https://host/t/TOKEN`; missing if no process serves pages. */
  readonly web?: (token: string) => string;
  /** `https://host/host#SECRET`, for the session's host alone; missing if no process serves pages. */
  readonly hostPage?: (session: SessionId) => string;
  /** `https://host/decide#SECRET`, for whoever decides on somebody who waits; missing if no process serves pages. */
  readonly decide?: (secret: string) => string;
}

/** What joiners of either role give: a token or a name. */
export type JoinKeys = Readonly<Record<Role, string>>;

/**
 * What a host shows about joining: the lines that tmate's users know. The link of the host's page is not among them: tmate shows these
 * lines in the shared terminal, readers included.
 */
export function shareTexts({ ssh, web, hostPage }: JoinCommands, { writer, reader }: JoinKeys): string[] {
  return [
    ...(hostPage === undefined ? [] : [HostText.hostPage]),
    HostText.clearBeforeReadOnly,
    ...(web === undefined ? [] : [HostText.webReadOnly(web(reader))]),
    HostText.sshReadOnly(ssh(reader)),
    ...(web === undefined ? [] : [HostText.web(web(writer))]),
    HostText.ssh(ssh(writer)),
  ];
}

/** The same for scripts: what `#{tmate_ssh}` and the like are on the host. Only its own machine can read them. */
export function shareEnvironment(
  { ssh, web, hostPage }: JoinCommands,
  { writer, reader }: JoinKeys,
  session: SessionId,
): (readonly [name: string, value: string])[] {
  return [
    ...(hostPage === undefined ? [] : [['tmate_host_page', hostPage(session)] as const]),
    ...(web === undefined ? [] : [['tmate_web_ro', web(reader)] as const]),
    ['tmate_ssh_ro', ssh(reader)],
    ...(web === undefined ? [] : [['tmate_web', web(writer)] as const]),
    ['tmate_ssh', ssh(writer)],
  ];
}
