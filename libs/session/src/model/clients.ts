import { datePartsAt, type FormatContext } from '#tmux';
import type { Role } from '#kernel';
import type { Size } from './sizes.js';

/** A joiner as tmux's formats speak of a client. */
export interface SessionClient {
  /** `ssh-3`: tmux shows the terminal's device here. Only the host sees addresses. */
  readonly name: string;
  readonly role: Role;
  readonly size: Size;
  /** TERM. */
  readonly term: string;
  readonly utf8: boolean;
  /** In seconds since the epoch: when it joined, and when it last did something. */
  readonly joinedAt: number;
  readonly activeAt: number;
  /** The table that its next key is looked up in, and whether it is one that a prefix led to. */
  readonly keyTable: string;
  readonly prefixed: boolean;
  /** Its terminal is locked. */
  readonly locked?: boolean;
}

const flag = (on: boolean): string => (on ? '1' : '0');

/** What formats say of a client, on top of what `context` says of the session. */
export function clientContext(client: SessionClient, line: number, context: FormatContext): FormatContext {
  const own: Readonly<Record<string, string>> = {
    line: String(line),
    client_activity: String(client.activeAt),
    client_control_mode: '0',
    client_created: String(client.joinedAt),
    client_height: String(client.size.rows),
    client_key_table: client.keyTable,
    client_prefix: flag(client.prefixed),
    client_readonly: flag(client.role === 'reader'),
    client_termname: client.term,
    client_tty: client.locked === true ? `${client.name} (locked)` : client.name,
    client_utf8: flag(client.utf8),
    client_width: String(client.size.cols),
  };
  const times: Readonly<Record<string, number>> = {
    client_activity: client.activeAt,
    client_created: client.joinedAt,
  };
  return {
    ...context,
    lookup: (name) => own[name] ?? context.lookup(name),
    time: (name) => {
      const seconds = times[name];
      return seconds === undefined ? context.time?.(name) : timeParts(seconds * 1000);
    },
  };
}

/** A time as the server's clock has it. */
function timeParts(ms: number): ReturnType<typeof datePartsAt> {
  return datePartsAt(ms, -new Date(ms).getTimezoneOffset());
}
