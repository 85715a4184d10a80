/** What an element is made with: attributes, `class` among them; `true` for those without a value. */
type Attributes = Readonly<Record<string, string | true | undefined>>;

/** Makes an element. Texts become text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  kind: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

/** A button that does something. `label`: what a screen reader says, where the text alone does not tell whom it is about. */
export function button(text: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const element = make('button', { type: 'button', ...attributes }, text);
  element.addEventListener('click', act);
  return element;
}

/** Sets a text where it is another one: a screen reader then says nothing for nothing. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** What shows one item, and shows it again when it has changed. */
export interface Row<T> {
  readonly element: HTMLElement;
  show(item: T): void;
}

/** Shows a list that changes: rows stay the same elements, so that the focus and what is under the mouse stay where they are. */
export class KeyedRows<T> {
  readonly #rows = new Map<string, Row<T>>();

  /** `parked` gets the focus of a row that goes. */
  constructor(
    private readonly list: HTMLElement,
    private readonly parked: HTMLElement,
    private readonly key: (item: T) => string,
    private readonly makeRow: (item: T) => Row<T>,
  ) {}

  show(items: readonly T[]): void {
    const wanted = new Map(items.map((item) => [this.key(item), item]));
    for (const [key, row] of this.#rows) {
      if (wanted.has(key)) continue;
      const hadFocus = row.element.contains(document.activeElement);
      row.element.remove();
      this.#rows.delete(key);
      if (hadFocus) this.parked.focus();
    }
    let before: Element | null = this.list.firstElementChild;
    for (const [key, item] of wanted) {
      const known = this.#rows.get(key);
      const row = known ?? this.makeRow(item);
      if (known === undefined) this.#rows.set(key, row);
      row.show(item);
      if (before === row.element) before = before.nextElementSibling;
      else this.list.insertBefore(row.element, before);
    }
  }
}
