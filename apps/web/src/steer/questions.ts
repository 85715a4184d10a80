import { button, make } from './elements.js';

/** What is asked before something is done. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that does it says. */
  readonly yes: string;
  /** It cannot be taken back. */
  readonly isDangerous?: boolean;
  /** Choices of which one is taken, by value; the first is the default. */
  readonly choices?: { readonly legend: string; readonly of: readonly (readonly [value: string, text: string])[] };
  /** A box to tick. */
  readonly box?: string;
}

/** What was answered. */
export interface Answered {
  readonly choice: string;
  readonly ticked: boolean;
}

/** Asks in a dialog; undefined when the answer is no. The browser puts the focus back where it was. */
export async function ask({
  title,
  text,
  yes,
  isDangerous = false,
  choices,
  box,
}: Question): Promise<Answered | undefined> {
  const heading = make('h2', { id: 'question-title' }, title);
  const more = make('p', { id: 'question-text' }, text);
  const form = make('form', { method: 'dialog' }, heading, more);
  if (choices !== undefined) {
    const options = choices.of.map(([value, said], at) =>
      make(
        'label',
        { class: 'check' },
        make('input', { type: 'radio', name: 'choice', value, checked: at === 0 ? true : undefined }),
        said,
      ),
    );
    form.append(make('fieldset', {}, make('legend', {}, choices.legend), ...options));
  }
  if (box !== undefined)
    form.append(make('label', { class: 'check' }, make('input', { type: 'checkbox', name: 'box' }), box));
  const no = make('button', { value: '', class: 'button', autofocus: true }, 'Cancel');
  const go = make('button', { value: 'yes', class: isDangerous ? 'danger' : 'primary' }, yes);
  form.append(make('div', { class: 'buttons' }, no, go));
  const dialog = make('dialog', { 'aria-labelledby': heading.id, 'aria-describedby': more.id }, form);
  if ((await closed(dialog)) !== 'yes') return undefined;
  const given = new FormData(form);
  const chosen = given.get('choice');
  return { choice: typeof chosen === 'string' ? chosen : '', ticked: given.has('box') };
}

/** What is shown once: lines to copy, each with its name. */
export interface Lines {
  readonly title: string;
  readonly text: string;
  readonly lines: readonly (readonly [name: string, line: string])[];
}

/** Shows lines to copy in a dialog, until it is closed. */
export async function tellLines({ title, text, lines }: Lines): Promise<void> {
  const heading = make('h2', { id: 'told-title' }, title);
  const more = make('p', { id: 'told-text' }, text);
  const shown = lines.map(([name, line]) => {
    const copy = button('Copy', () => void copied(copy, line), { class: 'button', 'aria-label': `Copy: ${name}` });
    return make(
      'div',
      { class: 'to-copy' },
      make('span', { class: 'label' }, name),
      make('pre', { tabindex: '0', role: 'group', 'aria-label': name }, line),
      copy,
    );
  });
  const close = make('button', { class: 'primary', autofocus: true }, 'Close');
  const form = make('form', { method: 'dialog' }, heading, more, ...shown, make('div', { class: 'buttons' }, close));
  await closed(make('dialog', { 'aria-labelledby': heading.id, 'aria-describedby': more.id }, form));
}

async function copied(by: HTMLElement, line: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(line);
    by.textContent = 'Copied';
  } catch {
    by.textContent = 'Select and copy it yourself';
  }
}

/** Shows a dialog until it is closed, and answers by which button; it closes by Escape and by a click outside it, too. */
async function closed(dialog: HTMLDialogElement): Promise<string> {
  document.body.append(dialog);
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
  return await new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue);
    });
  });
}
