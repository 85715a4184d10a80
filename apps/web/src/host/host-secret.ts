/** What a link of a host's page holds: `smh-SESSION.…`. */
const SECRET = /^smh-([0-9A-Za-z-]{1,64})\.[0-9A-Za-z_-]{32}$/;

/** A host's secret, and the session that it is for. */
export interface HostSecret {
  readonly secret: string;
  readonly session: string;
}

/** Reads the fragment of the page's address, with or without `#`; undefined for anything else than a host's secret. */
export function readHostSecret(fragment: string): HostSecret | undefined {
  const secret = fragment.replace(/^#/, '');
  const session = SECRET.exec(secret)?.[1];
  return session === undefined ? undefined : { secret, session };
}
