import type { NameHolder } from '#directory';
import type { Role, SessionId } from '#kernel';

/** Who holds a name, and the text that Redis has for it, to compare before it is changed. */
export interface HeldName {
  readonly raw: string;
  readonly holder: NameHolder;
}

/** Reads `ROLE SINCE GRACE SESSION` (ms since the epoch, ms); undefined if it is invalid; the name then counts as free. */
export function readNameValue(name: string, raw: unknown): HeldName | undefined {
  const [, role, claimedAt, graceMs, sessionId] =
    /^(writer|reader) (\d+) (\d+(?:\.\d+)?) (.+)$/s.exec(typeof raw === 'string' ? raw : '') ?? [];
  if (typeof raw !== 'string' || sessionId === undefined) return undefined;
  const holder: NameHolder = Object.freeze({
    name,
    role: role as Role,
    sessionId: sessionId as SessionId,
    claimedAt: Number(claimedAt),
    graceMs: Number(graceMs),
  });
  return { raw, holder };
}
