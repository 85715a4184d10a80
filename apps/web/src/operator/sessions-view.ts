import { durationText } from '#kernel';
import { button, make } from '../steer/elements.js';
import type { ApiClient } from '../steer/api-client.js';
import { SessionPanel } from '../steer/session-panel.js';
import { stateOf, type Session } from '../steer/session-texts.js';
import { DataTable } from './table.js';
import { choice, field, queryOf, shortId, type ListOf, type View, type ViewContext } from './views.js';

/** As many sessions as are shown at once; filters find others. */
const MOST = 200;

const STATES = [
  ['live', 'Live'],
  ['reconnecting', 'Host away'],
  ['closed', 'Ended'],
  ['', 'All'],
] as const;

/** The sessions of all regions; one of them opens below the list. */
export class SessionsView implements View {
  readonly element: HTMLElement;
  readonly #state = choice(STATES);
  readonly #region = make('input', { type: 'text', autocomplete: 'off', maxlength: '64' });
  readonly #user = make('input', { type: 'text', autocomplete: 'off', maxlength: '50' });
  readonly #table: DataTable<Session>;
  readonly #more = make('p', { class: 'empty' });
  readonly #opened = make('div', { id: 'opened' });
  #panel: SessionPanel | undefined;

  constructor(private readonly context: ViewContext) {
    const form = make(
      'form',
      { class: 'filters' },
      field('State', this.#state),
      field('Region', this.#region),
      field('User', this.#user),
    );
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => context.reload());
    this.#table = new DataTable<Session>(
      [
        { title: 'Session', hold: ({ id }) => [this.#openButton(id)], isCode: true },
        { title: 'State', text: (session) => stateOf(session, Date.now()).short },
        { title: 'Region', text: ({ region }) => region },
        { title: 'User', text: ({ user }) => user ?? '–' },
        { title: 'Host', text: ({ address }) => address ?? '', isCode: true },
        { title: 'Age', text: ({ createdAt }) => durationText(Date.now() - Date.parse(createdAt)) },
      ],
      { label: 'Sessions', empty: 'There are no such sessions.', key: ({ id }) => id },
    );
    const list = make(
      'section',
      { 'aria-labelledby': 'sessions-title' },
      make('h2', { id: 'sessions-title' }, 'Sessions'),
      form,
      this.#table.element,
      this.#more,
    );
    this.element = make('div', { class: 'view' }, list, this.#opened);
  }

  async load(api: ApiClient): Promise<void> {
    const query = queryOf({
      state: this.#state.value,
      region: this.#region.value.trim(),
      user: this.#user.value.trim(),
      limit: String(MOST),
    });
    const { items, next } = await api.get<ListOf<Session>>(`/sessions${query}`);
    const inOrder = [...items].sort(
      (one, other) => one.region.localeCompare(other.region) || other.createdAt.localeCompare(one.createdAt),
    );
    this.#table.show(inOrder);
    this.#more.textContent =
      next === undefined ? '' : `Only the first ${items.length} are shown: use a filter to find others.`;
    this.#more.hidden = next === undefined;
    await this.#panel?.load(api);
  }

  #openButton(id: string): HTMLElement {
    return button(shortId(id), () => this.#open(id), {
      class: 'link',
      'aria-label': `${shortId(id)}: open this session`,
    });
  }

  #open(session: string): void {
    const { steering, mayChange, reload } = this.context;
    this.#panel = new SessionPanel({ steering, session, mayChange });
    const title = make('h2', { tabindex: '-1' }, `Session ${shortId(session)}`);
    const close = button('Close', () => this.#close(), { class: 'button' });
    this.#opened.replaceChildren(make('div', { class: 'opened-bar' }, title, close), this.#panel.element);
    title.focus();
    reload();
  }

  #close(): void {
    this.#panel = undefined;
    this.#opened.replaceChildren();
  }
}
