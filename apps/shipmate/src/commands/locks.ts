import type { Json } from './api.js';
import { command, UsageError, type Command } from './command.js';
import { done, field, part } from './lists.js';
import { table, type Column } from './table.js';

const COLUMNS: readonly Column<Json>[] = [
  field('WHO', 'who'),
  field('SINCE', 'since'),
  field('UNTIL', 'until'),
  field('REASON', 'reason'),
];
const WHO =
  "WHO is person:PROVIDER:SUBJECT, user:NAME, group:NAME, a key's SHA256:…, an address, or a range such as 192.0.2.0/24.";

/** Locks on people, across the fleet. */
export const LOCK_COMMANDS: readonly Command[] = [
  command({
    name: 'lock',
    args: ['WHO'],
    summary: 'Lock somebody out of every session, as a host too',
    more: `${WHO} They are disconnected within a second.`,
    options: {
      reason: { type: 'string', value: 'TEXT', help: 'Why, for operators: it is listed and recorded. Required.' },
      for: { type: 'string', value: 'TIME', help: 'For how long: 30m, 2h or 1d, at most 30d. Default: until unlock.' },
    },
    async run({ api }, [who], { reason, for: time }) {
      if (reason === undefined) throw new UsageError('A lock needs a reason: --reason TEXT');
      const made = await api.call('POST', '/locks', {
        who: String(who),
        reason,
        ...(time === undefined ? {} : { for: time }),
      });
      return { text: `${String(made['who'])} is locked.`, json: made };
    },
  }),
  command({
    name: 'unlock',
    args: ['WHO'],
    summary: 'Lift a lock',
    more: WHO,
    async run({ api }, [who]) {
      await api.call('DELETE', `/locks?who=${part(who)}`);
      return done(`${String(who)} is no longer locked.`);
    },
  }),
  command({
    name: 'locks',
    args: [],
    summary: 'List the people who are locked out',
    async run({ api }) {
      const items = ((await api.call('GET', '/locks'))['items'] ?? []) as readonly Json[];
      return { text: items.length === 0 ? 'Nobody is locked.' : table(COLUMNS, items), json: items };
    },
  }),
];
