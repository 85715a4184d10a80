import type { TerminalInfo } from '#session';
import type { PtySize, SessionInfo } from '#ssh';

/** What a client says of its terminal. */
export function terminalInfo({ term, env }: Pick<SessionInfo, 'term' | 'env'>, size: PtySize): TerminalInfo {
  return { ...size, term: term ?? '', colorTerm: env['COLORTERM'], utf8: isUtf8(env) };
}

/**
 * By the first of LC_ALL, LC_CTYPE and LANG that is set, as in any program. OpenSSH sends them if its user's configuration says
 * so, and most do not: without them, a terminal counts as modern, that is UTF-8.
 */
export function isUtf8(env: Readonly<Record<string, string>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  return !locale || /utf-?8/i.test(locale);
}
