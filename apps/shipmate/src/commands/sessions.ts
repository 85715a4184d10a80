import type { Json } from './api.js';
import { command, type Command } from './command.js';
import { done, field, LIMIT, part, toldList } from './lists.js';
import { age, printable, table, type Column } from './table.js';

const AGE: Column<Json> = { head: 'AGE', right: true, show: (entry) => age(entry['createdAt'], Date.now()) };

const SESSION_COLUMNS: readonly Column<Json>[] = [
  field('SESSION', 'id'),
  field('STATE', 'state'),
  field('REGION', 'region'),
  field('USER', 'user'),
  field('ADDRESS', 'address'),
  AGE,
  field('EDGE', 'edge'),
];

const PARTICIPANT_COLUMNS: readonly Column<Json>[] = [
  field('PARTICIPANT', 'id'),
  field('ROLE', 'role'),
  field('BY', 'transport'),
  field('ADDRESS', 'address'),
  field('KEY', 'key'),
];

const WAITING_COLUMNS: readonly Column<Json>[] = [
  ...PARTICIPANT_COLUMNS,
  { head: 'AGE', right: true, show: (entry) => age(entry['since'], Date.now()) },
];

/** One session: its fields, and who is in it. */
function details(session: Json): string {
  const { participants = [], ...rest } = session as Json & { readonly participants?: readonly Json[] };
  const lines = Object.entries(rest).map(([name, value]) => `${name.padEnd(18)}${printable(String(value))}`);
  const people = participants.length === 0 ? 'Nobody has joined.' : table(PARTICIPANT_COLUMNS, participants);
  return [...lines, '', people].join('\n');
}

export const SESSION_COMMANDS: readonly Command[] = [
  command({
    name: 'sessions',
    args: ['[SESSION]'],
    summary: 'List sessions, or show one and who is in it',
    more: 'Sessions that have ended are left out unless --state asks for them; they are remembered for a day.',
    options: {
      state: { type: 'string', value: 'STATE', help: 'live, reconnecting, closed, or all.' },
      region: { type: 'string', value: 'REGION', help: 'Only those of a region.' },
      user: { type: 'string', value: 'USER', help: 'Only those whose host gave an API key of this user.' },
      ...LIMIT,
    },
    async run(context, [id], { state, region, user, limit }) {
      if (id !== undefined) {
        const session = await context.api.call('GET', `/sessions/${part(id)}`);
        return { text: details(session), json: session };
      }
      const list = async (state?: string) =>
        await toldList(context, '/sessions', { state, region, user }, limit, SESSION_COLUMNS, 'There are no sessions.');
      if (state !== undefined) return await list(state === 'all' ? undefined : state);
      const [live, waiting] = [await list('live'), await list('reconnecting')] as const;
      const items = [...(live.json as Json[]), ...(waiting.json as Json[])];
      if (items.length === 0) return live;
      const more = [live, waiting].some(({ text }) => text.includes('There are more'));
      const text = table(SESSION_COLUMNS, items) + (more ? '\nThere are more: --limit shows them.' : '');
      return { text, json: items };
    },
  }),
  command({
    name: 'close',
    args: ['SESSION'],
    summary: 'End a session for everybody in it',
    async run({ api }, [id]) {
      await api.call('DELETE', `/sessions/${part(id)}`);
      return done(`Session ${String(id)} is closed.`);
    },
  }),
  command({
    name: 'kick',
    args: ['SESSION', 'PARTICIPANT'],
    summary: 'Send somebody out of a session; whoever has its token may join again',
    async run({ api }, [id, participant]) {
      await api.call('DELETE', `/sessions/${part(id)}/participants/${part(participant)}`);
      return done(`${String(participant)} was sent away.`);
    },
  }),
  command({
    name: 'make-reader',
    args: ['SESSION', 'PARTICIPANT'],
    summary: "Take a writer's right to type",
    async run({ api }, [id, participant]) {
      await api.call('POST', `/sessions/${part(id)}/participants/${part(participant)}/make-reader`);
      return done(`${String(participant)} may only look now.`);
    },
  }),
  command({
    name: 'waiting',
    args: ['SESSION'],
    summary: 'List who waits to be let in to a session',
    more: 'Somebody waits where the host has set tmate-set approve=true, for five minutes at most.',
    async run({ api }, [id]) {
      const items = ((await api.call('GET', `/sessions/${part(id)}/waiting`))['items'] ?? []) as readonly Json[];
      return { text: items.length === 0 ? 'Nobody waits.' : table(WAITING_COLUMNS, items), json: items };
    },
  }),
  command({
    name: 'approve',
    args: ['SESSION', 'PARTICIPANT'],
    summary: "Let somebody in who waits, in the host's place",
    async run({ api }, [id, participant]) {
      await api.call('POST', `/sessions/${part(id)}/waiting/${part(participant)}/approve`);
      return done(`${String(participant)} is let in.`);
    },
  }),
  command({
    name: 'refuse',
    args: ['SESSION', 'PARTICIPANT'],
    summary: "Refuse somebody who waits, in the host's place",
    async run({ api }, [id, participant]) {
      await api.call('POST', `/sessions/${part(id)}/waiting/${part(participant)}/refuse`);
      return done(`${String(participant)} is refused.`);
    },
  }),
  command({
    name: 'message',
    args: ['SESSION', 'TEXT…'],
    summary: 'Show a line to everybody in a session',
    async run({ api }, [id, ...words]) {
      await api.call('POST', `/sessions/${part(id)}/messages`, { text: words.join(' ') });
      return done('They were told.');
    },
  }),
];
