import { button, KeyedRows, make, setText, type Row } from './elements.js';
import { invitationText, type Invitation } from './session-texts.js';
import { tellLines } from './questions.js';
import type { Section } from './section.js';
import type { Steering } from './steering.js';

/** Longest name of somebody who is invited, in characters: the server takes 128 bytes. */
const MAX_NAME = 100;

export interface InvitationsOptions {
  readonly steering: Steering;
  /** The session's address in the API. */
  readonly path: string;
  readonly section: Section;
  readonly mayChange: boolean;
}

/** What an invitation is when it was just made: its secrets are told this once. */
interface Made extends Invitation {
  readonly link?: string;
  readonly ssh: string;
}

/** Invitations of a session, and a form that makes one. */
export class InvitationsSection {
  readonly #rows: KeyedRows<Invitation>;

  constructor(private readonly options: InvitationsOptions) {
    const { section, mayChange } = options;
    this.#rows = section.rows(
      ({ id }) => id,
      (invitation) => this.#row(invitation),
    );
    if (mayChange) section.element.append(this.#form());
  }

  show(invitations: readonly Invitation[]): void {
    this.options.section.count(invitations.length);
    this.#rows.show(invitations);
  }

  #row({ id, name }: Invitation): Row<Invitation> {
    const { steering, path, mayChange } = this.options;
    const about = make('p', { class: 'about' });
    const who = make('div', { class: 'who' }, make('p', { class: 'name' }, name), about);
    const element = make('li', { class: 'row' }, who);
    if (mayChange) {
      const revoke = button(
        'Revoke…',
        () =>
          void steering.askAndAct(
            revoke,
            {
              title: `Revoke the invitation for ${name}?`,
              text: 'Whoever joined with it is disconnected.',
              yes: 'Revoke',
              isDangerous: true,
            },
            `${name} is no longer invited.`,
            async (api) => await api.delete(`${path}/invitations/${encodeURIComponent(id)}`),
          ),
        { class: 'button', 'aria-label': `Revoke…: ${name}` },
      );
      element.append(make('div', { class: 'actions' }, revoke));
    }
    return { element, show: (invitation) => setText(about, invitationText(invitation, Date.now())) };
  }

  #form(): HTMLElement {
    const name = make('input', {
      id: 'invite-name',
      type: 'text',
      required: true,
      maxlength: String(MAX_NAME),
      autocomplete: 'off',
      placeholder: 'Ann',
      'aria-label': 'Name of the person',
    });
    const role = make(
      'select',
      { 'aria-label': 'What they may do' },
      make('option', { value: 'writer' }, 'may type'),
      make('option', { value: 'reader' }, 'may watch'),
    );
    const end = make(
      'select',
      { 'aria-label': 'For how long' },
      make('option', { value: '' }, 'until the end'),
      make('option', { value: '1h' }, 'for an hour'),
      make('option', { value: '1d' }, 'for a day'),
    );
    const invite = make('button', { class: 'button' }, 'Invite');
    const form = make('form', { class: 'line-form invite' }, name, role, end, invite);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#invite(invite, name, { role: role.value, ...(end.value === '' ? {} : { for: end.value }) });
    });
    return form;
  }

  async #invite(by: HTMLElement, input: HTMLInputElement, rest: object): Promise<void> {
    const { steering, path } = this.options;
    const name = input.value;
    let made: Made | undefined;
    const done = await steering.act(by, `${name} is invited.`, async (api) => {
      made = (await api.post(`${path}/invitations`, { name, ...rest })) as Made;
    });
    if (!done || made === undefined) return;
    input.value = '';
    await tellLines({
      title: `${name} is invited`,
      text: 'Give one of these to them, and to nobody else. They are shown only now.',
      lines: [...(made.link === undefined ? [] : [['Link', made.link] as const]), ['Command', made.ssh]],
    });
  }
}
