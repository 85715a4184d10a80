import type { Role } from '#kernel';
import { shown } from '#keys';
import { isNamePart } from '../tokens/tokens.js';

/** The names that a host asks for (`tmate -k KEY -n NAME -r NAME`); empty if it asks for none. */
export interface NameRequest {
  /** A secret. */
  readonly apiKey: string;
  readonly writer: string;
  readonly reader: string;
}

/** A host that asks for no names. */
export const NO_NAMES: NameRequest = { apiKey: '', writer: '', reader: '' };

/** The options that carry it (tmate protocol 6). */
const FIELD_OF: Readonly<Record<string, keyof NameRequest>> = {
  'tmate-api-key': 'apiKey',
  'tmate-session-name': 'writer',
  'tmate-session-name-ro': 'reader',
};

/** Longest value that is kept; a longer one is not a valid key or name, and stays invalid after it is cut. */
const MAX_KEPT = 128;

/** The request after one more option; the same object if the option is not about names or changes nothing. */
export function withNameOption(request: NameRequest, option: string, value: string): NameRequest {
  const field = Object.hasOwn(FIELD_OF, option) ? FIELD_OF[option] : undefined;
  const kept = value.slice(0, MAX_KEPT);
  return field === undefined || request[field] === kept ? request : { ...request, [field]: kept };
}

/** Whether the host asks for any name. */
export const asksForNames = ({ writer, reader }: NameRequest): boolean => writer !== '' || reader !== '';

/** The valid names in a request, still without their user, and what the host should be told about the others. */
export function checkNames(request: NameRequest): { names: Partial<Record<Role, string>>; faults: readonly string[] } {
  const names: Partial<Record<Role, string>> = {};
  const faults: string[] = [];
  for (const role of ['writer', 'reader'] as const) {
    const name = request[role];
    if (name === '') continue;
    if (!isNamePart(name)) faults.push(`"${shown(name)}" cannot be a session's name: ${NAME_RULE}`);
    else if (role === 'reader' && name === request.writer) {
      faults.push('The read-only name must differ from the other name: readers get a random token');
    } else names[role] = name;
  }
  return { names, faults };
}

/** tmate's rule for the names of sessions and users, for people. */
export const NAME_RULE = '1 to 50 letters and digits, with single hyphens between them';
