import { KeyedRows, make, setText, type Row } from './elements.js';

/** A part of a page with a heading, a number, and a list or what is said instead. */
export class Section {
  readonly element: HTMLElement;
  readonly #heading: HTMLElement;
  readonly #count = make('span', { class: 'count' });
  readonly #list = make('ul', { class: 'rows' });
  readonly #empty: HTMLElement;

  constructor(name: string, title: string, empty: string) {
    this.#heading = make('h2', { id: `${name}-title`, tabindex: '-1' }, title, ' ', this.#count);
    this.#empty = make('p', { class: 'empty' }, empty);
    this.element = make(
      'section',
      { id: name, 'aria-labelledby': this.#heading.id },
      this.#heading,
      this.#list,
      this.#empty,
    );
    this.count(0);
  }

  /** Its list; the heading gets the focus of a row that goes. */
  rows<T>(key: (item: T) => string, row: (item: T) => Row<T>): KeyedRows<T> {
    return new KeyedRows(this.#list, this.#heading, key, row);
  }

  count(count: number): void {
    setText(this.#count, count === 0 ? '' : String(count));
    this.#list.hidden = count === 0;
    this.#empty.hidden = count > 0;
  }
}
