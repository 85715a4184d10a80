import { setTimeout as delay } from 'node:timers/promises';
import { ShipmateError } from '#kernel';
import type { Api, Json } from './api.js';
import { command, wholeNumber, type Command } from './command.js';
import { done, field, part } from './lists.js';
import { table, type Column } from './table.js';

const EDGE_COLUMNS: readonly Column<Json>[] = [
  field('EDGE', 'id'),
  field('REGION', 'region'),
  {
    head: 'STATE',
    show: (edge) => (edge['draining'] === true ? 'draining' : 'open'),
  },
  field('SESSIONS', 'sessions', true),
  field('JOINERS', 'participants', true),
  { head: 'SSH', show: (edge) => `${String(edge['sshHost'])}:${String(edge['sshPort'])}` },
  {
    head: 'WEB',
    show: (edge) => (typeof edge['webUrl'] === 'string' && edge['webUrl'] !== '' ? edge['webUrl'] : undefined),
  },
];

const EVERY_MS = 500;
const MOST_WAIT_SECONDS = 86_400;

async function edges(api: Api): Promise<readonly Json[]> {
  return ((await api.call('GET', '/edges'))['items'] ?? []) as readonly Json[];
}

/** Waits until an edge has no hosts left, or has stopped. */
async function toBeDrained(api: Api, id: string, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const edge = (await edges(api)).find((one) => one['id'] === id);
    if (edge === undefined || edge['sessions'] === 0) return;
    if (performance.now() >= deadline) {
      throw new ShipmateError(
        'timeout',
        `Edge ${id} still has ${String(edge['sessions'])} sessions after ${seconds} s`,
      );
    }
    await delay(EVERY_MS);
  }
}

export const FLEET_COMMANDS: readonly Command[] = [
  command({
    name: 'edges',
    args: [],
    summary: 'List the edges that are running, and their load',
    async run({ api }) {
      const items = await edges(api);
      return { text: items.length === 0 ? 'No edge is running.' : table(EDGE_COLUMNS, items), json: items };
    },
  }),
  command({
    name: 'drain',
    args: ['EDGE'],
    summary: 'Drain an edge: it gives its sessions to others and takes no new ones',
    more: 'The edge keeps draining until its process restarts.',
    options: {
      wait: { type: 'string', value: 'SECONDS', help: 'Return when it has no sessions left; fail after this time.' },
    },
    async run({ api }, [edge = ''], { wait }) {
      const seconds = wait === undefined ? undefined : wholeNumber('wait', wait, 1, MOST_WAIT_SECONDS);
      await api.call('POST', `/edges/${part(edge)}/drain`);
      if (seconds === undefined) return done(`Edge ${edge} is draining.`);
      await toBeDrained(api, edge, seconds);
      return done(`Edge ${edge} has given its sessions away.`);
    },
  }),
];
