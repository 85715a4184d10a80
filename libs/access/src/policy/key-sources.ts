const SOURCE = /^([a-z][a-z0-9-]{0,30}):([A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?)$/;

/** A line such as `github:octocat`, normalized; undefined for any other line. The server knows which code hosts there are. */
export function keySource(line: string): string | undefined {
  const text = line.trim();
  return SOURCE.test(text) ? text : undefined;
}

/** The code host and the user of a source. */
export function sourceParts(source: string): { forge: string; user: string } | undefined {
  const [, forge, user] = SOURCE.exec(source) ?? [];
  return forge === undefined || user === undefined ? undefined : { forge, user };
}
