import { button, make } from '../steer/elements.js';
import type { ApiClient } from '../steer/api-client.js';
import { DataTable } from './table.js';
import { field, queryOf, shortId, timeText, type ListOf, type View, type ViewContext } from './views.js';

interface Event {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly session?: string;
  readonly by?: string;
  readonly details: Readonly<Record<string, string>>;
}

/** Rows that are kept on the page at most: older ones are found by the filters. */
const MOST_SHOWN = 1_000;

/** Events, newest first, by filters. */
export class EventsView implements View {
  readonly element: HTMLElement;
  readonly #inputs = {
    type: make('input', {
      type: 'text',
      autocomplete: 'off',
      maxlength: '64',
      pattern: '[a-z-]+',
      placeholder: 'joined',
    }),
    session: make('input', { type: 'text', autocomplete: 'off', maxlength: '64' }),
    user: make('input', { type: 'text', autocomplete: 'off', maxlength: '50' }),
    from: make('input', { type: 'datetime-local' }),
    until: make('input', { type: 'datetime-local' }),
  };
  readonly #table: DataTable<Event>;
  readonly #older: HTMLButtonElement;
  /** Pages that were asked for beyond the first. */
  #earlier: readonly Event[] = [];
  #newest: readonly Event[] = [];
  #next: string | undefined;

  constructor(private readonly context: ViewContext) {
    const { type, session, user, from, until } = this.#inputs;
    const form = make(
      'form',
      { class: 'filters' },
      field('Type', type),
      field('Session', session),
      field('User', user),
      field('From', from),
      field('Until', until),
    );
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => {
      this.#earlier = [];
      context.reload();
    });
    this.#older = button('Older', () => void this.#loadOlder(), { class: 'button' });
    this.#older.hidden = true;
    this.#table = new DataTable<Event>(
      [
        { title: 'Time', text: ({ at }) => timeText(at) },
        { title: 'Event', text: ({ type: what }) => what },
        { title: 'Session', text: ({ session: of }) => (of === undefined ? '' : shortId(of)), isCode: true },
        { title: 'By', text: ({ by }) => (by === undefined ? '' : byText(by)) },
        { title: 'Details', text: ({ details }) => detailsText(details) },
      ],
      { label: 'Events', empty: 'There are no such events.', key: ({ id }) => id },
    );
    this.element = make(
      'div',
      { class: 'view' },
      make(
        'section',
        { 'aria-labelledby': 'events-title' },
        make('h2', { id: 'events-title' }, 'Events'),
        form,
        this.#table.element,
        this.#older,
      ),
    );
  }

  async load(api: ApiClient): Promise<void> {
    const { items, next } = await api.get<ListOf<Event>>(`/events${this.#query()}`);
    this.#newest = items;
    if (this.#earlier.length === 0) this.#next = next;
    this.#show();
  }

  async #loadOlder(): Promise<void> {
    const { steering } = this.context;
    await steering.act(this.#older, '', async (api) => {
      const { items, next } = await api.get<ListOf<Event>>(`/events${this.#query(this.#next)}`);
      this.#earlier = [...this.#earlier, ...items];
      this.#next = next;
      this.#show();
    });
  }

  #show(): void {
    const known = new Map([...this.#newest, ...this.#earlier].map((event) => [event.id, event]));
    this.#table.show([...known.values()].slice(0, MOST_SHOWN));
    this.#older.hidden = this.#next === undefined || known.size >= MOST_SHOWN;
  }

  #query(after?: string): string {
    const { type, session, user, from, until } = this.#inputs;
    return queryOf({
      type: type.validity.valid ? type.value : undefined,
      session: session.value.trim(),
      user: user.value.trim(),
      from: iso(from.value),
      until: iso(until.value),
      after,
    });
  }
}

const iso = (local: string): string | undefined => (local === '' ? undefined : new Date(local).toISOString());
/** An edge has a long id; a person or a token has a word before it. */
const byText = (by: string): string => (/^[0-9a-f-]{36}$/.test(by) ? `edge ${shortId(by)}` : by);
const detailsText = (details: Readonly<Record<string, string>>): string =>
  Object.entries(details)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
