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
  field('NAME', 'name'),
  field('KEY', 'key'),
];

const WAITING_COLUMNS: readonly Column<Json>[] = [
  ...PARTICIPANT_COLUMNS,
  { head: 'AGE', right: true, show: (entry) => age(entry['since'], Date.now()) },
];

const BAN_COLUMNS: readonly Column<Json>[] = [field('WHO', 'who'), field('MAY', 'may'), field('UNTIL', 'until')];

const FOR = { type: 'string', value: 'TIME' } as const;

const WHO =
  "WHO is an address, a range of addresses such as 192.0.2.0/24, an SSH key's fingerprint (SHA256:…), a CA's fingerprint, a space and a certificate's key ID, user:NAME, or person:PROVIDER:SUBJECT.";

/** What goes behind a path: fields that are not given are left out. */
const query = (fields: Readonly<Record<string, string | undefined>>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.set(name, value);
  return given.size === 0 ? '' : `?${given.toString()}`;
};

/** One session: its fields, and the people in it. */
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
    summary: 'List sessions, or show one session and its people',
    more: 'Ended sessions are listed only with --state closed or all, for a day.',
    options: {
      state: { type: 'string', value: 'STATE', help: 'live, reconnecting, closed, or all.' },
      region: { type: 'string', value: 'REGION', help: 'Only sessions in this region.' },
      user: { type: 'string', value: 'USER', help: 'Only sessions whose host used an API key of this user.' },
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
      const text = table(SESSION_COLUMNS, items) + (more ? '\nThere are more: see --limit.' : '');
      return { text, json: items };
    },
  }),
  command({
    name: 'close',
    args: ['SESSION'],
    summary: 'End a session for everyone',
    async run({ api }, [id]) {
      await api.call('DELETE', `/sessions/${part(id)}`);
      return done(`Session ${String(id)} is closed.`);
    },
  }),
  command({
    name: 'kick',
    args: ['SESSION', 'PARTICIPANT'],
    summary: 'Disconnect somebody from a session, and keep them away for a while',
    more: 'In a session that admits only certain SSH keys, this applies to their key; otherwise to their address too.',
    options: { for: { ...FOR, help: 'For how long: 30m, 2h or 1d, at most 30d. Default: an hour.' } },
    async run({ api }, [id, participant], { for: time }) {
      await api.call('DELETE', `/sessions/${part(id)}/participants/${part(participant)}${query({ for: time })}`);
      return done(`${String(participant)} was disconnected.`);
    },
  }),
  command({
    name: 'make-reader',
    args: ['SESSION', 'PARTICIPANT'],
    summary: 'Make a writer a reader, even if they join again',
    more: 'shipmate unban lifts it: they may type after they join again.',
    options: {
      for: { ...FOR, help: 'For how long: 30m, 2h or 1d, at most 30d. Default: until you lift it.' },
    },
    async run({ api }, [id, participant], { for: time }) {
      const path = `/sessions/${part(id)}/participants/${part(participant)}/make-reader`;
      await api.call('POST', `${path}${query({ for: time })}`);
      return done(`${String(participant)} may only watch now.`);
    },
  }),
  command({
    name: 'ban',
    args: ['SESSION', 'WHO'],
    summary: 'Disconnect somebody from a session and keep them away',
    more: WHO,
    options: {
      for: { ...FOR, help: 'For how long: 30m, 2h or 1d, at most 30d. Default: until you lift it.' },
      look: { type: 'boolean', help: 'They may watch, but not type.' },
    },
    async run({ api }, [id, who], { for: time, look }) {
      const body = {
        who: String(who),
        may: look === true ? 'look' : 'nothing',
        ...(time === undefined ? {} : { for: time }),
      };
      await api.call('POST', `/sessions/${part(id)}/bans`, body);
      return done(look === true ? `${String(who)} may only watch.` : `${String(who)} is banned.`);
    },
  }),
  command({
    name: 'unban',
    args: ['SESSION', 'WHO'],
    summary: 'Let somebody join a session again, or type again',
    more: WHO,
    async run({ api }, [id, who]) {
      await api.call('DELETE', `/sessions/${part(id)}/bans${query({ who: String(who) })}`);
      return done(`Lifted for ${String(who)}.`);
    },
  }),
  command({
    name: 'bans',
    args: ['SESSION'],
    summary: 'List the people who are banned from a session, or may only watch',
    async run({ api }, [id]) {
      const items = ((await api.call('GET', `/sessions/${part(id)}/bans`))['items'] ?? []) as readonly Json[];
      return { text: items.length === 0 ? 'Nobody is banned.' : table(BAN_COLUMNS, items), json: items };
    },
  }),
  command({
    name: 'rotate',
    args: ['SESSION'],
    summary: "Replace a session's tokens; only its host gets the new ones",
    more: 'The old tokens stop working on every server. Names keep working.',
    options: { leave: { type: 'boolean', help: 'Also disconnect everyone.' } },
    async run({ api }, [id], { leave }) {
      await api.call('POST', `/sessions/${part(id)}/rotate`, { leave: leave === true });
      return done('The session has new tokens.');
    },
  }),
  command({
    name: 'lock-session',
    args: ['SESSION'],
    summary: 'Lock a session: only its host may type until it is unlocked',
    options: { hide: { type: 'boolean', help: 'Hide the screen, too.' } },
    async run({ api }, [id], { hide }) {
      await api.call('POST', `/sessions/${part(id)}/lock`, { hide: hide === true });
      return done('The session is locked.');
    },
  }),
  command({
    name: 'unlock-session',
    args: ['SESSION'],
    summary: 'Unlock a session',
    async run({ api }, [id]) {
      await api.call('DELETE', `/sessions/${part(id)}/lock`);
      return done('The session is unlocked.');
    },
  }),
  command({
    name: 'waiting',
    args: ['SESSION'],
    summary: 'List the people who are waiting to be let in to a session',
    more: 'People wait if the host has set tmate-set approve=true, for at most five minutes.',
    async run({ api }, [id]) {
      const items = ((await api.call('GET', `/sessions/${part(id)}/waiting`))['items'] ?? []) as readonly Json[];
      return { text: items.length === 0 ? 'Nobody is waiting.' : table(WAITING_COLUMNS, items), json: items };
    },
  }),
  command({
    name: 'approve',
    args: ['SESSION', 'PARTICIPANT'],
    summary: 'Let a waiting person in, instead of the host',
    async run({ api }, [id, participant]) {
      await api.call('POST', `/sessions/${part(id)}/waiting/${part(participant)}/approve`);
      return done(`${String(participant)} was let in.`);
    },
  }),
  command({
    name: 'refuse',
    args: ['SESSION', 'PARTICIPANT'],
    summary: 'Refuse a waiting person, instead of the host',
    async run({ api }, [id, participant]) {
      await api.call('POST', `/sessions/${part(id)}/waiting/${part(participant)}/refuse`);
      return done(`${String(participant)} was refused.`);
    },
  }),
  command({
    name: 'message',
    args: ['SESSION', 'TEXT…'],
    summary: 'Show a message to everyone in a session',
    async run({ api }, [id, ...words]) {
      await api.call('POST', `/sessions/${part(id)}/messages`, { text: words.join(' ') });
      return done('The message was shown.');
    },
  }),
];
