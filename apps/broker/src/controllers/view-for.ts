import type { SessionView } from '#directory';
import { sessionId } from '#kernel';
import { Problem } from '../api/problem.js';
import type { Broker } from '../broker.js';
import type { Caller } from '../callers.js';

/** A session that the caller may see: for users and hosts, sessions of others do not exist (404). */
export async function viewFor({ fleet }: Pick<Broker, 'fleet'>, id: string, by: Caller): Promise<SessionView> {
  const noSuch = (): Problem => new Problem(404, 'not-found', 'There is no such session');
  if (by.scope === 'host' && by.session !== id) throw noSuch();
  const view = await fleet.session(sessionId(id));
  if (by.scope === 'user' && view.session.labels['user'] !== by.user) throw noSuch();
  return view;
}
