import { button, make } from '../steer/elements.js';
import type { ApiClient } from '../steer/api-client.js';
import { DataTable } from './table.js';
import { choice, field, timeText, type ListOf, type View, type ViewContext } from './views.js';

/** Longest `who` and reason, in characters: the server takes 400 characters and 200 bytes. */
const MAX_WHO = 400;
const MAX_REASON = 200;

interface Lock {
  readonly who: string;
  readonly reason: string;
  readonly since: string;
  readonly until?: string;
}

/** People who are locked out of the whole server, and a form that locks somebody out. */
export class LocksView implements View {
  readonly element: HTMLElement;
  readonly #table: DataTable<Lock>;

  constructor(private readonly context: ViewContext) {
    const { mayChange } = context;
    this.#table = new DataTable<Lock>(
      [
        { title: 'Who', text: ({ who }) => who, isCode: true },
        { title: 'Reason', text: ({ reason }) => reason },
        { title: 'Since', text: ({ since }) => timeText(since) },
        { title: 'Until', text: ({ until }) => (until === undefined ? 'it is lifted' : timeText(until)) },
        ...(mayChange ? [{ title: 'Actions', hold: (lock: Lock) => [this.#lift(lock)] }] : []),
      ],
      { label: 'Locks', empty: 'Nobody is locked out.', key: ({ who, since }) => `${since} ${who}` },
    );
    this.element = make(
      'div',
      { class: 'view' },
      make(
        'section',
        { 'aria-labelledby': 'locks-title' },
        make('h2', { id: 'locks-title' }, 'Locks'),
        ...(mayChange ? [this.#form()] : []),
        this.#table.element,
      ),
    );
  }

  async load(api: ApiClient): Promise<void> {
    this.#table.show((await api.get<ListOf<Lock>>('/locks')).items);
  }

  #lift({ who }: Lock): HTMLElement {
    const by = button(
      'Lift',
      () =>
        void this.context.steering.act(
          by,
          `${who} is no longer locked out.`,
          async (api) => await api.delete(`/locks?who=${encodeURIComponent(who)}`),
        ),
      { class: 'button', 'aria-label': `Lift: ${who}` },
    );
    return by;
  }

  #form(): HTMLElement {
    const help = make(
      'p',
      { id: 'locks-help', class: 'about' },
      'person:PROVIDER:SUBJECT, user:NAME, group:NAME, a key as SHA256:…, an address, or a range of addresses. ' +
        'Whoever it is leaves every session at once, and cannot join or host. Only operators read the reason.',
    );
    const who = make('input', {
      type: 'text',
      required: true,
      maxlength: String(MAX_WHO),
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': help.id,
    });
    const reason = make('input', { type: 'text', required: true, maxlength: String(MAX_REASON), autocomplete: 'off' });
    const end = choice([
      ['', 'until it is lifted'],
      ['1h', 'for an hour'],
      ['1d', 'for a day'],
      ['30d', 'for 30 days'],
    ]);
    const lock = make('button', { class: 'danger' }, 'Lock out');
    const fields = [field('Who', who), field('Reason', reason), field('For how long', end)];
    const form = make('form', { class: 'filters' }, ...fields, lock);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const body = { who: who.value.trim(), reason: reason.value, ...(end.value === '' ? {} : { for: end.value }) };
      void this.context.steering
        .act(lock, `${body.who} is locked out.`, async (api) => await api.post('/locks', body))
        .then((done) => {
          if (done) form.reset();
        });
    });
    return make('div', {}, form, help);
  }
}
