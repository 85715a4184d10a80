import { button, KeyedRows, make, setText, type Row } from './elements.js';
import {
  banText,
  MateNumbers,
  personText,
  roleText,
  type Ban,
  type Invitation,
  type Person,
  type SessionDetails,
  wishText,
} from './session-texts.js';
import type { ApiClient } from './api-client.js';
import { InvitationsSection } from './invitations-section.js';
import { LockSection } from './lock-section.js';
import { Section } from './section.js';
import type { Steering } from './steering.js';

/** Longest message to the people of a session, in characters. */
const MAX_MESSAGE = 500;

export interface SessionPanelOptions {
  readonly steering: Steering;
  readonly session: string;
  /** Whether buttons are there: without the right to it, one only looks. */
  readonly mayChange: boolean;
}

/** What was loaded about a session. */
interface Loaded {
  readonly session: SessionDetails;
  readonly waiting: readonly Person[];
  readonly bans: readonly Ban[];
  readonly invitations: readonly Invitation[];
}

/** One session and all that can be done with it; for its host, and for operators. */
export class SessionPanel {
  readonly element: HTMLElement;
  readonly #numbers = new MateNumbers();
  readonly #waiting = new Section('waiting', 'Waiting to be let in', 'Nobody is waiting.');
  readonly #people = new Section('people', 'In the session', 'Nobody has joined yet.');
  readonly #bans = new Section('bans', 'Banned or read-only', 'Nobody.');
  readonly #invited = new Section('invitations', 'Invitations', 'Nobody is invited by name.');
  readonly #invitations: InvitationsSection;
  readonly #lock: LockSection;
  readonly #rows: { waiting: KeyedRows<Person>; people: KeyedRows<Person>; bans: KeyedRows<Ban> };
  readonly #mayChange: boolean;

  constructor(private readonly options: SessionPanelOptions) {
    this.#mayChange = options.mayChange;
    this.#rows = {
      waiting: this.#waiting.rows(
        ({ id }) => id,
        (person) => this.#waitingRow(person),
      ),
      people: this.#people.rows(
        ({ id }) => id,
        (person) => this.#personRow(person),
      ),
      bans: this.#bans.rows(
        ({ who, may }) => `${may} ${who}`,
        (ban) => this.#banRow(ban),
      ),
    };
    this.#lock = new LockSection(options.steering, this.#path);
    this.#invitations = new InvitationsSection({
      steering: options.steering,
      path: this.#path,
      section: this.#invited,
      mayChange: options.mayChange,
    });
    const main = make(
      'div',
      { class: 'column' },
      this.#waiting.element,
      this.#people.element,
      this.#invited.element,
      this.#bans.element,
    );
    const side = this.#mayChange
      ? [make('div', { class: 'column' }, this.#message(), this.#lock.element, this.#ends())]
      : [];
    this.element = make('div', { class: 'panel' }, main, ...side);
  }

  /** Loads everything and shows it; what it throws is an `ApiProblem`. */
  async load(api: ApiClient): Promise<SessionDetails> {
    const path = this.#path;
    const [session, waiting, bans, invitations] = await Promise.all([
      api.get<SessionDetails>(path),
      api.get<{ items: readonly Person[] }>(`${path}/waiting`),
      api.get<{ items: readonly Ban[] }>(`${path}/bans`),
      api.get<{ items: readonly Invitation[] }>(`${path}/invitations`),
    ]);
    this.#show({ session, waiting: waiting.items, bans: bans.items, invitations: invitations.items });
    return session;
  }

  #show({ session, waiting, bans, invitations }: Loaded): void {
    this.#numbers.meet([...session.participants, ...waiting]);
    this.#waiting.count(waiting.length);
    this.#people.count(session.participants.length);
    this.#bans.count(bans.length);
    this.#rows.waiting.show(waiting);
    this.#rows.people.show(session.participants);
    this.#rows.bans.show(bans);
    this.#invitations.show(invitations);
    this.#lock.show(session.locked);
    this.element.classList.toggle('over', session.state === 'closed');
  }

  get #path(): string {
    return `/sessions/${encodeURIComponent(this.options.session)}`;
  }

  #waitingRow(first: Person): Row<Person> {
    const name = this.#numbers.nameOf(first);
    const at = `${this.#path}/waiting/${encodeURIComponent(first.id)}`;
    const { steering } = this.options;
    const row = new PersonRow(name);
    if (this.#mayChange) {
      const letIn = button(
        'Let in',
        () => void steering.act(letIn, `${name} was let in.`, async (api) => await api.post(`${at}/approve`)),
        {
          class: 'primary',
          'aria-label': `Let in: ${name}`,
        },
      );
      const refuse = button(
        'Refuse',
        () => void steering.act(refuse, `${name} was refused.`, async (api) => await api.post(`${at}/refuse`)),
        {
          class: 'button',
          'aria-label': `Refuse: ${name}`,
        },
      );
      row.actions.append(letIn, refuse);
    }
    return row.of((person) => ({ role: wishText(person), about: person }));
  }

  #personRow(first: Person): Row<Person> {
    const name = this.#numbers.nameOf(first);
    const at = `${this.#path}/participants/${encodeURIComponent(first.id)}`;
    const { steering } = this.options;
    const row = new PersonRow(name);
    const reader = button(
      'Make reader',
      () =>
        void steering.act(reader, `${name} may only watch now.`, async (api) => await api.post(`${at}/make-reader`)),
      { class: 'button', 'aria-label': `Make reader: ${name}` },
    );
    const away = button('Remove…', () => void this.#sendAway(away, name, at), {
      class: 'button',
      'aria-label': `Remove…: ${name}`,
    });
    if (this.#mayChange) row.actions.append(reader, away);
    return row.of((person) => {
      // Not removed: it may have the focus, and others would move.
      reader.disabled = person.role === 'reader';
      return { role: roleText(person), about: person };
    });
  }

  async #sendAway(by: HTMLElement, name: string, at: string): Promise<void> {
    await this.options.steering.askAndAct(
      by,
      {
        title: `Remove ${name}?`,
        text: 'They are disconnected. In a session that needs no key, others from the same address cannot join either.',
        yes: 'Remove',
        isDangerous: true,
        choices: {
          legend: 'They cannot join again',
          of: [
            ['1h', 'for an hour'],
            ['1d', 'for a day'],
            ['30d', 'for 30 days'],
          ],
        },
      },
      `${name} was removed.`,
      async (api, { choice }) => await api.delete(`${at}?for=${choice}`),
    );
  }

  #banRow(first: Ban): Row<Ban> {
    const { who } = first;
    const { steering } = this.options;
    const about = make('p', { class: 'about' });
    const element = make(
      'li',
      { class: 'row' },
      make('div', { class: 'who' }, make('p', { class: 'name' }, who), about),
    );
    if (this.#mayChange) {
      const lift = button(
        'Lift',
        () =>
          void steering.act(
            lift,
            `Lifted for ${who}.`,
            async (api) => await api.delete(`${this.#path}/bans?who=${encodeURIComponent(who)}`),
          ),
        { class: 'button', 'aria-label': `Lift: ${who}` },
      );
      element.append(make('div', { class: 'actions' }, lift));
    }
    return { element, show: (ban) => setText(about, banText(ban, Date.now())) };
  }

  #message(): HTMLElement {
    const { steering } = this.options;
    const text = make('input', {
      id: 'message-text',
      type: 'text',
      maxlength: String(MAX_MESSAGE),
      autocomplete: 'off',
      required: true,
    });
    const send = make('button', { class: 'button' }, 'Send');
    const form = make('form', { class: 'line-form' }, text, send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void steering
        .act(
          send,
          'Everyone was shown your message.',
          async (api) => await api.post(`${this.#path}/messages`, { text: text.value }),
        )
        .then((done) => {
          if (done) text.value = '';
        });
    });
    return make(
      'section',
      { 'aria-labelledby': 'message-title' },
      make('h2', {}, make('label', { id: 'message-title', for: 'message-text' }, 'Message to everyone')),
      form,
    );
  }

  #ends(): HTMLElement {
    const rotate = button('Replace the tokens…', () => void this.#rotate(rotate), { class: 'button' });
    const end = button('End the session…', () => void this.#end(end), { class: 'button danger-text' });
    return make(
      'section',
      { 'aria-labelledby': 'session-title' },
      make('h2', { id: 'session-title' }, 'Session'),
      make('div', { class: 'stack' }, rotate, end),
    );
  }

  async #rotate(by: HTMLElement): Promise<void> {
    await this.options.steering.askAndAct(
      by,
      {
        title: 'Replace the tokens?',
        text: 'The old links and commands stop working. The new ones are shown on the host’s terminal.',
        yes: 'Replace',
        box: 'Also disconnect everyone',
      },
      'The session has new tokens.',
      async (api, { ticked }) => await api.post(`${this.#path}/rotate`, { leave: ticked }),
    );
  }

  async #end(by: HTMLElement): Promise<void> {
    await this.options.steering.askAndAct(
      by,
      {
        title: 'End the session?',
        text: 'Everyone is disconnected, and it cannot be resumed. What runs in the terminal keeps running on the host.',
        yes: 'End session',
        isDangerous: true,
      },
      'The session has ended.',
      async (api) => await api.delete(this.#path),
    );
  }
}

/** Somebody: their name, what they may do, how they came, and what can be done about it. */
class PersonRow {
  readonly actions = make('div', { class: 'actions' });
  readonly #role = make('span', { class: 'role' });
  readonly #about = make('p', { class: 'about' });
  readonly #element: HTMLElement;

  constructor(name: string) {
    const title = make('p', { class: 'name' }, name, ' ', this.#role);
    this.#element = make('li', { class: 'row' }, make('div', { class: 'who' }, title, this.#about), this.actions);
  }

  of(told: (person: Person) => { role: string; about: Person }): Row<Person> {
    return {
      element: this.#element,
      show: (person) => {
        const { role, about } = told(person);
        setText(this.#role, role);
        this.#role.dataset['role'] = person.role;
        setText(this.#about, personText(about, Date.now()));
      },
    };
  }
}
