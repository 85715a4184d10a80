import { readFileSync } from 'node:fs';

/** The password in docs/redis.md's example. */
export const PASSWORD = 'a-long-random-password';

/** The user that docs/redis.md recommends, word for word, as arguments of ACL SETUSER. */
export function leastRights(): readonly string[] {
  const page = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
  const [, rules] = /^ACL SETUSER ((?:.*\\\n)*.*)$/m.exec(page) ?? [];
  if (rules === undefined) throw new Error('docs/redis.md has no ACL SETUSER line');
  return rules.replaceAll('\\\n', ' ').trim().split(/\s+/);
}
