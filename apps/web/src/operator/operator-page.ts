import { browserClock } from '../page/browser-clock.js';
import { byId } from '../page/elements.js';
import { ApiClient, ApiProblem } from '../steer/api-client.js';
import { setText } from '../steer/elements.js';
import { Poller } from '../steer/poller.js';
import { problemText, Steering } from '../steer/steering.js';
import { EventsView } from './events-view.js';
import { EdgesView, NamesView, WebhooksView } from './fleet-views.js';
import { LocksView } from './locks-view.js';
import { SessionsView } from './sessions-view.js';
import type { View, ViewContext } from './views.js';

/** How often the view that is shown is loaded, in ms. */
const EVERY_MS = 4_000;

/** The views, by the fragment of the page's address. */
const VIEWS: Readonly<Record<string, new (context: ViewContext) => View>> = {
  sessions: SessionsView,
  events: EventsView,
  edges: EdgesView,
  names: NamesView,
  locks: LocksView,
  webhooks: WebhooksView,
};
const FIRST = 'sessions';

interface Caller {
  readonly scope: 'admin' | 'read' | 'user' | 'host';
  readonly name: string;
}

/** The operator's page: all sessions, and what goes on in the fleet. Its token is in memory, and nowhere else. */
export class OperatorPage {
  #api: ApiClient | undefined;
  #context: ViewContext | undefined;
  readonly #views = new Map<string, View>();
  #shown: View | undefined;
  #poller: Poller | undefined;

  async start(): Promise<void> {
    byId('sign-in-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const token = byId('token', HTMLInputElement);
      void this.#signIn(new ApiClient(token.value.trim())).then((done) => {
        // The page keeps it in its memory alone.
        if (done) token.value = '';
        else token.focus();
      });
    });
    byId('sign-out').addEventListener('click', () => location.reload());
    document.addEventListener('visibilitychange', () => this.#poller?.hide(document.hidden));
    addEventListener('hashchange', () => this.#show());
    byId('token').focus();
    await this.#signInByCookie();
  }

  /** Whoever has signed in at this server, and may operate it, needs no token. */
  async #signInByCookie(): Promise<void> {
    const api = new ApiClient(undefined);
    try {
      this.#open(api, await api.get<Caller>('/caller'));
    } catch (error) {
      // 401: nobody has signed in.
      if (!(error instanceof ApiProblem && error.status === 401)) setText(byId('sign-in-fault'), problemText(error));
    }
  }

  async #signIn(api: ApiClient): Promise<boolean> {
    const said = byId('sign-in-fault');
    try {
      const caller = await api.get<Caller>('/caller');
      if (caller.scope !== 'admin' && caller.scope !== 'read') {
        throw new ApiProblem(403, 'This page is for operators: this token belongs to a user or a host');
      }
      setText(said, '');
      this.#open(api, caller);
      return true;
    } catch (error) {
      setText(said, problemText(error));
      return false;
    }
  }

  #open(api: ApiClient, { scope, name }: Caller): void {
    this.#api = api;
    const reload = (): void => this.#poller?.now();
    const steering = new Steering({ clock: browserClock, api, said: byId('said'), fault: byId('fault'), done: reload });
    this.#context = { steering, mayChange: scope === 'admin', reload };
    setText(byId('who'), scope === 'read' ? `${name} (read only)` : name);
    byId('sign-in').hidden = true;
    byId('tools').hidden = false;
    byId('views').hidden = false;
    this.#poller = new Poller({
      clock: browserClock,
      everyMs: EVERY_MS,
      load: async () => {
        if (this.#api !== undefined) await this.#shown?.load(this.#api);
        this.#tell('good', 'Up to date');
      },
      failed: (error) => this.#failed(error),
    });
    this.#show();
    this.#poller.start();
    byId('view').focus();
  }

  /** Shows what the address names. */
  #show(): void {
    if (this.#context === undefined) return;
    const asked = location.hash.slice(1);
    const name = Object.hasOwn(VIEWS, asked) ? asked : FIRST;
    const View = VIEWS[name];
    let view = this.#views.get(name);
    if (view === undefined && View !== undefined) {
      view = new View(this.#context);
      this.#views.set(name, view);
    }
    this.#shown = view;
    if (view !== undefined) byId('view').replaceChildren(view.element);
    for (const link of byId('views').querySelectorAll('a')) {
      if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.#poller?.now();
  }

  /** Whether it is worth asking again. */
  #failed(error: unknown): boolean {
    this.#tell('bad', problemText(error));
    // A token that was revoked; a session that is open here may just be gone.
    return !(error instanceof ApiProblem && error.status === 401);
  }

  #tell(mood: string, text: string): void {
    byId('state').dataset['mood'] = mood;
    setText(byId('state-short'), text);
  }
}
