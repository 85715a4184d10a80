import type { Status } from '../connection/status.js';
import { byId } from './elements.js';
import { peopleChange, peopleText, stateText, titleText, type StateText } from './state-text.js';

/** How long a passing notice stays, in milliseconds: long enough to be read twice. */
const NOTICE_MS = 6000;

/** What can be done about a notice. */
export interface NoticeAction {
  readonly label: string;
  run(): void;
}

export interface BarActions {
  tryNow(): void;
  joinAgain(): void;
  reload(): void;
  password(text: string): void;
  signIn(): void;
}

/** What the outcome's button says. */
const LABELS: Readonly<Partial<Record<StateText['action'], string>>> = {
  'join-again': 'Join again',
  'load-again': 'Join again',
  reload: 'Reload the page',
  'sign-in': 'Sign in',
};

/** The bar above the terminal and what follows from the same state: the outcome's card, the title, what is spoken. */
export class Bar {
  readonly #bar = byId('bar');
  readonly #short = byId('state-short');
  readonly #more = byId('state-more');
  readonly #action = byId('state-action', HTMLButtonElement);
  readonly #notice = byId('notice');
  readonly #noticeText = byId('notice-text');
  readonly #noticeAction = byId('notice-action', HTMLButtonElement);
  readonly #people = byId('people', HTMLButtonElement);
  readonly #peopleText = byId('people-text');
  readonly #spoken = byId('spoken');
  readonly #outcome = byId('outcome');
  readonly #password = byId('password', HTMLInputElement);
  readonly #actions: BarActions;
  #status: Status | undefined;
  #state: StateText | undefined;
  #hostTitle = '';
  #bell = false;
  #ticking: ReturnType<typeof setTimeout> | undefined;
  #noticeEnds: ReturnType<typeof setTimeout> | undefined;
  #onNotice: NoticeAction | undefined;

  constructor(actions: BarActions) {
    this.#actions = actions;
    this.#action.addEventListener('click', () => this.#act());
    byId('outcome-action').addEventListener('click', () => this.#act());
    byId('password-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#actions.password(this.#password.value);
      this.#password.value = '';
    });
    this.#noticeAction.addEventListener('click', () => {
      this.#onNotice?.run();
      this.#hideNotice();
    });
    byId('notice-close').addEventListener('click', () => this.#hideNotice());
  }

  show(status: Status): void {
    const change = peopleChange(this.#status?.people, status.people);
    this.#status = status;
    this.#draw();
    if (change !== '') this.speak(change);
  }

  /** A passing sentence, with something to do about it if need be. */
  notice(text: string, action?: NoticeAction): void {
    clearTimeout(this.#noticeEnds);
    set(this.#noticeText, text);
    this.#noticeAction.hidden = action === undefined;
    if (action !== undefined) set(this.#noticeAction, action.label);
    this.#onNotice = action;
    this.#notice.hidden = false;
    this.#bar.dataset['notice'] = '';
    this.speak(text);
    this.#noticeEnds = setTimeout(() => this.#hideNotice(), action === undefined ? NOTICE_MS : NOTICE_MS * 3);
  }

  /** Nothing of the session stays: its title, and what was said last. */
  forget(): void {
    this.hostTitle('');
    this.#hideNotice();
    set(this.#noticeText, '');
    this.#onNotice = undefined;
    this.#spoken.textContent = '';
  }

  /** The session's own title, as its programs set it. */
  hostTitle(title: string): void {
    this.#hostTitle = title;
    this.#title();
  }

  /** The bell rang, or what it rang for was seen. */
  bell(rings: boolean): void {
    if (this.#bell === rings) return;
    this.#bell = rings;
    this.#title();
  }

  /** Has a screen reader say `text`, after what it is saying. */
  speak(text: string): void {
    // A screen reader says the same text twice only if it differs.
    this.#spoken.textContent = this.#spoken.textContent === text ? `${text}\u00A0` : text;
  }

  #draw(): void {
    const status = this.#status;
    if (status === undefined) return;
    const before = this.#state;
    const state = stateText(status, Date.now());
    this.#state = state;
    this.#bar.dataset['mood'] = state.mood;
    set(this.#short, state.short);
    set(this.#more, state.more);
    set(this.#peopleText, peopleText(status.people));
    this.#people.hidden = status.people === undefined;
    this.#action.hidden = state.action !== 'try-now';
    this.#drawOutcome(status, state);
    if (before?.spoken !== state.spoken) this.speak(state.spoken);
    this.#title();
    clearTimeout(this.#ticking);
    // On the second's edge of what counts down.
    if (status.link === 'waiting' || status.session?.phase === 'reconnecting') {
      this.#ticking = setTimeout(() => this.#draw(), 1000 - (Date.now() % 1000) + 5);
    }
  }

  #drawOutcome(status: Status, state: StateText): void {
    const form = byId('password-form');
    const asks = state.action === 'password';
    const appears = asks && form.hidden;
    form.hidden = !asks;
    const submit = form.querySelector('button');
    if (submit !== null) set(submit, status.lock === undefined ? 'Join' : 'Unlock');
    this.#password.setAttribute('aria-invalid', String(status.password?.wasWrong === true));
    const isLocked = status.link === 'joined' && status.lock !== undefined;
    document.documentElement.toggleAttribute('data-locked', status.lock !== undefined);
    const shown = status.link === 'over' || status.link === 'awaiting-host' || asks || isLocked;
    this.#outcome.hidden = !shown;
    document.documentElement.dataset['link'] = status.link;
    document.documentElement.dataset['seen'] = status.hadSeat ? 'yes' : 'no';
    if (!shown) return;
    set(byId('outcome-title'), state.short);
    set(byId('outcome-text'), state.more);
    const label = LABELS[state.action];
    const button = byId('outcome-action');
    button.hidden = label === undefined;
    set(button, label ?? '');
    if (appears) this.#password.focus();
  }

  #act(): void {
    if (this.#state?.action === 'try-now') this.#actions.tryNow();
    else if (this.#state?.action === 'join-again') this.#actions.joinAgain();
    else if (this.#state?.action === 'reload' || this.#state?.action === 'load-again') this.#actions.reload();
    else if (this.#state?.action === 'sign-in') this.#actions.signIn();
  }

  #hideNotice(): void {
    this.#notice.hidden = true;
    delete this.#bar.dataset['notice'];
  }

  #title(): void {
    if (this.#state === undefined) return;
    const title = titleText(this.#state, this.#hostTitle, this.#bell);
    if (document.title !== title) document.title = title;
  }
}

/** Touches the page only where something changes: a live region speaks, a selection survives. */
function set(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
