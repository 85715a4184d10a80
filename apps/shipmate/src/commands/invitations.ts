import type { Json } from './api.js';
import { command, wholeNumber, type Command } from './command.js';
import { done, field, part } from './lists.js';
import { table, type Column } from './table.js';

const COLUMNS: readonly Column<Json>[] = [
  field('INVITATION', 'id'),
  field('NAME', 'name'),
  field('ROLE', 'role'),
  field('USED', 'used', true),
  field('OF', 'uses', true),
  field('UNTIL', 'until'),
];
/** As the API takes them. */
const MAX_USES = 1_000;

/** Invitations to a session, for one person each. */
export const INVITATION_COMMANDS: readonly Command[] = [
  command({
    name: 'invite',
    args: ['SESSION', 'NAME'],
    summary: 'Create a link and a command that let one person join a session',
    more: 'Whoever uses it appears under NAME. Hosts can run it for their own session, with their secret in SHIPMATE_ADMIN_TOKEN.',
    options: {
      reader: { type: 'boolean', help: 'They may only watch.' },
      for: {
        type: 'string',
        value: 'TIME',
        help: 'For how long: 30m, 2h or 1d, at most 30d. Default: as long as the session.',
      },
      uses: { type: 'string', value: 'N', help: 'How often they may join. Default: once.' },
    },
    async run({ api }, [id, name], { reader, for: time, uses }) {
      const made = await api.call('POST', `/sessions/${part(id)}/invitations`, {
        name: String(name),
        role: reader === true ? 'reader' : 'writer',
        ...(time === undefined ? {} : { for: time }),
        ...(uses === undefined ? {} : { uses: wholeNumber('uses', uses, 1, MAX_USES) }),
      });
      const lines = [
        made['ssh'],
        made['link'],
        `To revoke it: shipmate invitations revoke ${String(id)} ${String(made['id'])}`,
      ];
      return { text: lines.flatMap((line) => (typeof line === 'string' ? [line] : [])).join('\n'), json: made };
    },
  }),
  command({
    name: 'invitations',
    args: ['SESSION'],
    summary: "List a session's invitations",
    async run({ api }, [id]) {
      const items = ((await api.call('GET', `/sessions/${part(id)}/invitations`))['items'] ?? []) as readonly Json[];
      return { text: items.length === 0 ? 'Nobody is invited.' : table(COLUMNS, items), json: items };
    },
  }),
  command({
    name: 'invitations revoke',
    args: ['SESSION', 'INVITATION'],
    summary: 'Revoke an invitation, and disconnect whoever joined with it',
    async run({ api }, [id, invitation]) {
      await api.call('DELETE', `/sessions/${part(id)}/invitations/${part(invitation)}`);
      return done('The invitation was revoked.');
    },
  }),
];
