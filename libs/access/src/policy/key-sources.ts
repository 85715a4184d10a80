const SOURCE = /^([a-z][a-z0-9-]{0,30}):([A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?)$/;

/** A line such as `github:octocat`, plain; undefined for any other line. Which forges there are, is the server's to say. */
export function keySource(line: string): string | undefined {
  const text = line.trim();
  return SOURCE.test(text) ? text : undefined;
}

/** Forge and user of a source. */
export function sourceParts(source: string): { forge: string; user: string } | undefined {
  const [, forge, user] = SOURCE.exec(source) ?? [];
  return forge === undefined || user === undefined ? undefined : { forge, user };
}
