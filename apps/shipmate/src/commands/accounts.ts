import type { Json } from './api.js';
import { command, UsageError, type Command, type Option, type Told } from './command.js';
import { done, field, LIMIT, part, toldList } from './lists.js';
import { age, printable, type Column } from './table.js';

const SINCE = (name: string): Column<Json> => ({
  head: 'AGE',
  right: true,
  show: (entry) => age(entry[name], Date.now()),
});
const LABEL = {
  label: { type: 'string', value: 'TEXT', help: 'What it is for. Shown in lists.' },
} as const satisfies Record<string, Option>;

/** `ada/site` as parts of a path. */
function namePath(text: string | undefined): string {
  const [user = '', name = '', ...rest] = (text ?? '').split('/');
  if (user === '' || name === '' || rest.length > 0) throw new UsageError('A name is written USER/NAME');
  return `${part(user)}/${part(name)}`;
}

/** Something that is shown once: only the secret goes to standard output, so that `$(…)` can take it. */
const shownOnce = (made: Json, secret: unknown): Told => ({ text: printable(String(secret)), json: made });

export const ACCOUNT_COMMANDS: readonly Command[] = [
  command({
    name: 'names',
    args: [],
    summary: 'List names and the sessions that have them',
    options: { user: { type: 'string', value: 'USER', help: 'Only names that belong to this user.' }, ...LIMIT },
    async run(context, _, { user, limit }) {
      const columns = [field('NAME', 'name'), field('ROLE', 'role'), field('SESSION', 'session'), SINCE('since')];
      return await toldList(context, '/names', { user }, limit, columns, 'No session has a name.');
    },
  }),
  command({
    name: 'names release',
    args: ['USER/NAME'],
    summary: "Take a name from its session; the session's tokens keep working",
    async run({ api }, [name]) {
      await api.call('DELETE', `/names/${namePath(name)}`);
      return done(`${String(name)} is free.`);
    },
  }),
  command({
    name: 'names give',
    args: ['USER/NAME', 'SESSION'],
    summary: 'Give a name to a session, even if another session has it',
    options: {
      role: {
        type: 'string',
        value: 'ROLE',
        help: 'Whether people who join by it are writers or readers. Default: writer.',
      },
    },
    async run({ api }, [name, session], { role }) {
      const body = { session, ...(role === undefined ? {} : { role }) };
      const holder = await api.call('POST', `/names/${namePath(name)}/steal`, body);
      return { text: `${String(name)} leads to ${String(holder['session'])}.`, json: holder };
    },
  }),
  command({
    name: 'users',
    args: [],
    summary: 'List users',
    options: { ...LIMIT },
    async run(context, _, { limit }) {
      const columns = [field('USER', 'name'), SINCE('createdAt')];
      return await toldList(context, '/users', {}, limit, columns, 'There are no users.');
    },
  }),
  command({
    name: 'users add',
    args: ['USER'],
    summary: 'Add a user, who can have names',
    async run({ api }, [name]) {
      const user = await api.call('POST', '/users', { name });
      return {
        text: `${String(name)} is a user now. To create an API key: shipmate keys add ${String(name)}`,
        json: user,
      };
    },
  }),
  command({
    name: 'users remove',
    args: ['USER'],
    summary: 'Remove a user and all of their API keys',
    async run({ api }, [name]) {
      await api.call('DELETE', `/users/${part(name)}`);
      return done(`${String(name)} is removed.`);
    },
  }),
  command({
    name: 'keys',
    args: ['USER'],
    summary: "List a user's API keys, without the keys themselves",
    options: { ...LIMIT },
    async run(context, [user], { limit }) {
      const columns = [field('KEY', 'id'), field('LABEL', 'label'), SINCE('createdAt')];
      return await toldList(context, `/users/${part(user)}/keys`, {}, limit, columns, 'There are no keys.');
    },
  }),
  command({
    name: 'keys add',
    args: ['USER'],
    summary: 'Create an API key and print it; it is not shown again',
    options: { ...LABEL },
    async run({ api }, [user], { label }) {
      const made = await api.call('POST', `/users/${part(user)}/keys`, label === undefined ? {} : { label });
      return shownOnce(made, made['key']);
    },
  }),
  command({
    name: 'keys remove',
    args: ['USER', 'KEY'],
    summary: 'Revoke an API key by its ID in the list',
    async run({ api }, [user, key]) {
      await api.call('DELETE', `/users/${part(user)}/keys/${part(key)}`);
      return done(`Key ${String(key)} is revoked.`);
    },
  }),
  command({
    name: 'tokens',
    args: [],
    summary: "List operators' tokens, without the tokens themselves",
    options: { ...LIMIT },
    async run(context, _, { limit }) {
      const columns = [field('TOKEN', 'id'), field('SCOPE', 'scope'), field('LABEL', 'label'), SINCE('createdAt')];
      return await toldList(context, '/tokens', {}, limit, columns, 'There are no tokens.');
    },
  }),
  command({
    name: 'tokens add',
    args: [],
    summary: "Create an operator's token and print it; it is not shown again",
    options: { scope: { type: 'string', value: 'SCOPE', help: 'read or admin. Default: read.' }, ...LABEL },
    async run({ api }, _, { scope = 'read', label }) {
      const made = await api.call('POST', '/tokens', { scope, ...(label === undefined ? {} : { label }) });
      return shownOnce(made, made['token']);
    },
  }),
  command({
    name: 'tokens remove',
    args: ['TOKEN'],
    summary: "Revoke an operator's token by its ID in the list",
    async run({ api }, [token]) {
      await api.call('DELETE', `/tokens/${part(token)}`);
      return done(`Token ${String(token)} is revoked.`);
    },
  }),
];
