import { KeyedRows, make, setText, type Row } from '../steer/elements.js';

/** A column: what its cells say, or what they hold. */
export interface Column<T> {
  readonly title: string;
  /** A text, shown again when it changes. */
  readonly text?: (item: T) => string;
  /** Buttons and links, made once for each row. */
  readonly hold?: (item: T) => readonly Node[];
  /** Written in figures of one width. */
  readonly isCode?: boolean;
}

/** A table that changes; rows stay the same elements. */
export class DataTable<T> {
  readonly element: HTMLElement;
  readonly #rows: KeyedRows<T>;
  readonly #empty: HTMLElement;
  readonly #scroll: HTMLElement;

  constructor(
    private readonly columns: readonly Column<T>[],
    options: { readonly label: string; readonly empty: string; readonly key: (item: T) => string },
  ) {
    const body = make('tbody');
    const head = make('tr', {}, ...columns.map(({ title }) => make('th', { scope: 'col' }, title)));
    const table = make(
      'table',
      {},
      make('caption', { class: 'off-screen' }, options.label),
      make('thead', {}, head),
      body,
    );
    // It scrolls sideways where there is no room, also by the keyboard.
    this.#scroll = make(
      'div',
      { class: 'scroll', role: 'region', 'aria-label': `${options.label}, as a table`, tabindex: '0' },
      table,
    );
    this.#empty = make('p', { class: 'empty' }, options.empty);
    this.element = make('div', {}, this.#scroll, this.#empty);
    this.#rows = new KeyedRows(body, this.#scroll, options.key, (item) => this.#row(item));
    this.show([]);
  }

  show(items: readonly T[]): void {
    this.#rows.show(items);
    this.#scroll.hidden = items.length === 0;
    this.#empty.hidden = items.length > 0;
  }

  #row(first: T): Row<T> {
    const cells = this.columns.map(({ hold, isCode }) =>
      make('td', { class: isCode === true ? 'code' : undefined }, ...(hold?.(first) ?? [])),
    );
    return {
      element: make('tr', {}, ...cells),
      show: (item) => {
        for (const [at, { text }] of this.columns.entries()) {
          const cell = cells[at];
          if (text !== undefined && cell !== undefined) setText(cell, text(item));
        }
      },
    };
  }
}
