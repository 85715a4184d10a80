import { make } from '../steer/elements.js';
import type { ApiClient } from '../steer/api-client.js';
import type { Steering } from '../steer/steering.js';

/** What a view of the operator's page has. */
export interface ViewContext {
  readonly steering: Steering;
  /** Whether the caller may change things, or only look. */
  readonly mayChange: boolean;
  /** Loads again at once, after a filter was changed. */
  readonly reload: () => void;
}

/** One view of the operator's page: built once, loaded again and again while it is shown. */
export interface View {
  readonly element: HTMLElement;
  load(api: ApiClient): Promise<void>;
}

/** A page of a list, as the API answers. */
export interface ListOf<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** The query of a request: what is there, and not empty. */
export function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

/** A field of a filter with its name above it. */
export function field(name: string, input: HTMLElement): HTMLElement {
  return make('label', { class: 'field' }, make('span', {}, name), input);
}

/** A choice in a filter. */
export function choice(options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  return make('select', {}, ...options.map(([value, text]) => make('option', { value }, text)));
}

/** A time for people, in their own zone. */
export const timeText = (iso: string): string =>
  new Date(iso).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' });

/** The beginning of an id: enough to tell it from others. */
export const shortId = (id: string): string => id.slice(0, 8);
