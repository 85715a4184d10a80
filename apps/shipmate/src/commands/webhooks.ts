import type { Json } from './api.js';
import { command, wholeNumber, type Command } from './command.js';
import { done, field, LIMIT, part, toldList } from './lists.js';
import { age, table, type Column } from './table.js';

const AGE: Column<Json> = { head: 'AGE', right: true, show: (entry) => age(entry['at'], Date.now()) };

const WAITING_COLUMNS: readonly Column<Json>[] = [
  field('OF', 'of'),
  field('RECEIVER', 'receiver'),
  field('SESSIONS', 'sessions', true),
  field('NEXT', 'type'),
  AGE,
  field('TRIES', 'tries', true),
  { head: 'NEXT TRY', show: (entry) => String(entry['nextTryAt']).replace(/\.\d+Z$/, 'Z') },
];

const DEAD_COLUMNS: readonly Column<Json>[] = [
  field('DELIVERY', 'id'),
  field('OF', 'of'),
  field('TYPE', 'type'),
  AGE,
  field('TRIES', 'tries', true),
  field('SESSION', 'session'),
  field('RECEIVER', 'receiver'),
  field('WHY', 'why'),
];

/** As many as the API gives of them. */
const MOST = 200;

export const WEBHOOK_COMMANDS: readonly Command[] = [
  command({
    name: 'webhooks',
    args: [],
    summary: 'List receivers with waiting deliveries, and count the deliveries that failed for good',
    options: {
      limit: { type: 'string', value: 'N', help: `Show at most this many. Default and maximum: ${MOST}.` },
    },
    async run({ api }, _, { limit }) {
      const most = limit === undefined ? MOST : wholeNumber('limit', limit, 1, MOST);
      const { waiting, dead } = await api.call('GET', '/webhooks');
      const receivers = (await api.call('GET', `/webhooks/waiting?limit=${most}`))['items'] as readonly Json[];
      const shown = receivers.length === 0 ? 'No delivery is waiting.' : table(WAITING_COLUMNS, receivers);
      const givenUp = dead === 0 ? [] : [`${String(dead)} failed for good: shipmate webhooks dead`];
      return { text: [shown, ...givenUp].join('\n'), json: { waiting, dead, receivers } };
    },
  }),
  command({
    name: 'webhooks dead',
    args: [],
    summary: 'List deliveries that failed for good, newest first',
    options: { ...LIMIT },
    async run(context, _, { limit }) {
      return await toldList(context, '/webhooks/dead', {}, limit, DEAD_COLUMNS, 'No delivery has failed for good.');
    },
  }),
  command({
    name: 'webhooks retry',
    args: ['DELIVERY'],
    summary: "Put a failed delivery at the end of its session's queue again",
    async run({ api }, [delivery]) {
      await api.call('POST', `/webhooks/dead/${part(delivery)}/retry`);
      return done(`${String(delivery)} will be tried again.`);
    },
  }),
  command({
    name: 'webhooks drop',
    args: ['DELIVERY'],
    summary: 'Remove a failed delivery',
    async run({ api }, [delivery]) {
      await api.call('DELETE', `/webhooks/dead/${part(delivery)}`);
      return done(`${String(delivery)} was removed.`);
    },
  }),
];
