import { button, make } from '../steer/elements.js';
import type { ApiClient } from '../steer/api-client.js';
import { DataTable } from './table.js';
import { shortId, timeText, type ListOf, type View, type ViewContext } from './views.js';

interface Edge {
  readonly id: string;
  readonly region: string;
  readonly sshHost: string;
  readonly sshPort: number;
  readonly webUrl: string;
  readonly sessions: number;
  readonly participants: number;
  readonly draining: boolean;
}

/** The edges that are running. */
export class EdgesView implements View {
  readonly element: HTMLElement;
  readonly #table: DataTable<Edge>;

  constructor({ steering, mayChange }: ViewContext) {
    this.#table = new DataTable<Edge>(
      [
        { title: 'Edge', text: ({ id }) => shortId(id), isCode: true },
        { title: 'Region', text: ({ region }) => region },
        { title: 'SSH', text: ({ sshHost, sshPort }) => `${sshHost}:${sshPort}`, isCode: true },
        { title: 'Web', text: ({ webUrl }) => webUrl, isCode: true },
        { title: 'Sessions', text: ({ sessions }) => String(sessions) },
        { title: 'People', text: ({ participants }) => String(participants) },
        { title: 'State', text: ({ draining }) => (draining ? 'draining' : 'in service') },
        ...(mayChange ? [{ title: 'Actions', hold: (edge: Edge) => [drainButton(edge)] }] : []),
      ],
      { label: 'Edges', empty: 'No edge is running.', key: ({ id }) => id },
    );
    const drainButton = ({ id, region }: Edge): HTMLElement => {
      const drain = button(
        'Drain…',
        () =>
          void steering.askAndAct(
            drain,
            {
              title: `Drain edge ${shortId(id)} in ${region}?`,
              text: 'It takes no new hosts or joiners, and gives its hosts to other edges. This cannot be undone.',
              yes: 'Drain',
              isDangerous: true,
            },
            `Edge ${shortId(id)} is draining.`,
            async (api) => await api.post(`/edges/${encodeURIComponent(id)}/drain`),
          ),
        { class: 'button', 'aria-label': `Drain…: edge ${shortId(id)}` },
      );
      return drain;
    };
    this.element = titled('edges', 'Edges', this.#table.element);
  }

  async load(api: ApiClient): Promise<void> {
    this.#table.show((await api.get<ListOf<Edge>>('/edges')).items);
  }
}

interface Name {
  readonly name: string;
  readonly role: 'writer' | 'reader';
  readonly session: string;
  readonly since: string;
}

/** Names, and the sessions that have them. */
export class NamesView implements View {
  readonly element: HTMLElement;
  readonly #table: DataTable<Name>;

  constructor({ steering, mayChange }: ViewContext) {
    const takeAway = ({ name }: Name): readonly Node[] => {
      const by = button(
        'Release…',
        () =>
          void steering.askAndAct(
            by,
            {
              title: `Release ${name}?`,
              text: 'The session keeps its tokens. Nobody can join it by this name any more.',
              yes: 'Release',
              isDangerous: true,
            },
            `${name} is free.`,
            async (api) => await api.delete(`/names/${name.split('/').map(encodeURIComponent).join('/')}`),
          ),
        { class: 'button', 'aria-label': `Release…: ${name}` },
      );
      return [by];
    };
    this.#table = new DataTable<Name>(
      [
        { title: 'Name', text: ({ name }) => name, isCode: true },
        { title: 'Joins', text: ({ role }) => (role === 'writer' ? 'to type' : 'to watch') },
        { title: 'Session', text: ({ session }) => shortId(session), isCode: true },
        { title: 'Since', text: ({ since }) => timeText(since) },
        ...(mayChange ? [{ title: 'Actions', hold: takeAway }] : []),
      ],
      { label: 'Names', empty: 'No session has a name.', key: ({ name }) => name },
    );
    this.element = titled('names', 'Names', this.#table.element);
  }

  async load(api: ApiClient): Promise<void> {
    this.#table.show((await api.get<ListOf<Name>>('/names?limit=200')).items);
  }
}

interface WaitingReceiver {
  readonly of: string;
  readonly receiver?: string;
  readonly sessions: number;
  readonly session: string;
  readonly type: string;
  readonly tries: number;
  readonly nextTryAt: string;
}

interface DeadDelivery {
  readonly id: string;
  readonly session: string;
  readonly type: string;
  readonly diedAt: string;
  readonly tries: number;
  readonly why: string;
  readonly receiver?: string;
}

/** Webhooks that wait, and those that were given up. */
export class WebhooksView implements View {
  readonly element: HTMLElement;
  readonly #waiting: DataTable<WaitingReceiver>;
  readonly #dead: DataTable<DeadDelivery>;

  constructor({ steering, mayChange }: ViewContext) {
    this.#waiting = new DataTable<WaitingReceiver>(
      [
        { title: 'Receiver', text: ({ receiver, of }) => receiver ?? of, isCode: true },
        { title: 'Sessions', text: ({ sessions }) => String(sessions) },
        { title: 'Next', text: ({ type }) => type },
        { title: 'Tries', text: ({ tries }) => String(tries) },
        { title: 'Next try', text: ({ nextTryAt }) => timeText(nextTryAt) },
      ],
      {
        label: 'Waiting webhooks',
        empty: 'No webhook is waiting.',
        key: ({ of, session, receiver }) => `${of} ${receiver ?? session}`,
      },
    );
    const actions = ({ id, type }: DeadDelivery): readonly Node[] => {
      const at = `/webhooks/dead/${encodeURIComponent(id)}`;
      const retry = button(
        'Send again',
        () => void steering.act(retry, 'It will be sent again.', async (api) => await api.post(`${at}/retry`)),
        {
          class: 'button',
          'aria-label': `Send again: ${type}`,
        },
      );
      const drop = button(
        'Remove',
        () => void steering.act(drop, 'It was removed.', async (api) => await api.delete(at)),
        {
          class: 'button',
          'aria-label': `Remove: ${type}`,
        },
      );
      return [make('div', { class: 'actions' }, retry, drop)];
    };
    this.#dead = new DataTable<DeadDelivery>(
      [
        { title: 'Given up', text: ({ diedAt }) => timeText(diedAt) },
        { title: 'Event', text: ({ type }) => type },
        { title: 'Session', text: ({ session }) => shortId(session), isCode: true },
        { title: 'Receiver', text: ({ receiver }) => receiver ?? '', isCode: true },
        { title: 'Why', text: ({ why, tries }) => `${why} (${tries} tries)` },
        ...(mayChange ? [{ title: 'Actions', hold: actions }] : []),
      ],
      { label: 'Failed webhooks', empty: 'No webhook has failed for good.', key: ({ id }) => id },
    );
    this.element = make(
      'div',
      { class: 'view' },
      section('waiting-hooks', 'Waiting webhooks', this.#waiting.element),
      section('dead-hooks', 'Failed webhooks', this.#dead.element),
    );
  }

  async load(api: ApiClient): Promise<void> {
    const [waiting, dead] = await Promise.all([
      api.get<ListOf<WaitingReceiver>>('/webhooks/waiting?limit=100'),
      api.get<ListOf<DeadDelivery>>('/webhooks/dead?limit=100'),
    ]);
    this.#waiting.show(waiting.items);
    this.#dead.show(dead.items);
  }
}

const titled = (name: string, title: string, content: HTMLElement): HTMLElement =>
  make('div', { class: 'view' }, section(name, title, content));

const section = (name: string, title: string, content: HTMLElement): HTMLElement =>
  make('section', { 'aria-labelledby': `${name}-title` }, make('h2', { id: `${name}-title` }, title), content);
