import { expect } from 'vitest';
import {
  PtyJoiner,
  SshJoiner,
  TmateHost,
  until,
  type Screen,
  type Shipmate,
  type Stage,
  type TmateHostOptions,
} from '#testing';

/** A host that shares its terminal, and the ways for mates to join it. */
export interface Share {
  readonly host: TmateHost;
  readonly token: string;
  readonly readToken: string;
  /** Joins with OpenSSH on a quick terminal; a reader where `user` is `readToken`. */
  join(options?: JoinOptions): Promise<PtyJoiner>;
  /** Joins with OpenSSH in a real terminal, whose styles and modes can be read back. */
  joinReal(options?: JoinOptions): Promise<SshJoiner>;
}

export interface JoinOptions {
  readonly user?: string;
  readonly cols?: number;
  readonly rows?: number;
  /** TERM. */
  readonly term?: string;
  /** Further arguments of ssh. */
  readonly args?: readonly string[];
}

/** Starts a stock tmate at `shipmate` and waits until it shares its shell; all of it ends with `stage`. */
export async function share(
  stage: Stage,
  shipmate: Shipmate,
  options: Omit<TmateHostOptions, 'serverConf'> = {},
): Promise<Share> {
  const host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, ...options }));
  await host.waitReady();
  const [token, readToken] = [await host.token(), await host.token('read')];
  const target = { port: shipmate.sshPort, user: token };
  return {
    host,
    token,
    readToken,
    join: async (options) => await stage.add(new PtyJoiner({ ...target, ...options })),
    joinReal: async (options) => await stage.add(SshJoiner.start({ ...target, ...options })),
  };
}

/** Waits until the host expands `format` to `wanted`. */
export async function toDisplay(host: TmateHost, format: string, wanted: string): Promise<void> {
  let seen = '';
  await until(async () => (seen = await host.display(format)) === wanted, { what: `${format} to be ${wanted}` }).catch(
    (error: unknown) => {
      throw new Error(`${String(error)}; it is ${seen}`, { cause: error });
    },
  );
}

/** Waits until a joiner's window and the host's pane show the same text, line by line, and gives that. */
export async function toShowTheHosts(host: TmateHost, joiner: { readonly screen: Screen }): Promise<string> {
  let texts: [string, string] = ['', ''];
  await until(
    async () => {
      const pane = (await host.capture()).split('\n').slice(0, -1);
      const { lines } = await joiner.screen.read();
      texts = [pane.map((line) => line.trimEnd()).join('\n'), lines.slice(0, pane.length).join('\n')];
      return texts[0] === texts[1];
    },
    { what: 'the joiner to see what the host has', everyMs: 50 },
  ).catch(() => expect(texts[1]).toBe(texts[0]));
  return texts[0];
}
