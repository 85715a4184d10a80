/** The element with that id, of that kind; the page has all that its script asks for. */
export function byId(id: string): HTMLElement;
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T;
export function byId(id: string, kind: new () => HTMLElement = HTMLElement): HTMLElement {
  const element = document.getElementById(id);
  if (!(element instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return element;
}

/**
 * Opens a modal dialog. The place to return to is decided now: when it closes, the browser puts the focus back where it was
 * before, in the same step, so that the next key goes to the terminal. (Its `close` event comes later: a quick typist's keys
 * would go to the button that opened it.) On a touch screen the focus stays where it is: a keyboard would come up.
 */
export function openDialog(dialog: HTMLDialogElement): void {
  if (!matchMedia('(pointer: coarse)').matches) byId('terminal').querySelector('textarea')?.focus();
  dialog.showModal();
  dialog.querySelector<HTMLElement>('[data-first]')?.focus();
}

/** Ends the question that a dialog was asked last. */
const asked = new WeakMap<HTMLDialogElement, () => void>();

/** Opens a modal dialog with a form and gives how it was closed: the value of the button, empty for Escape. */
export async function ask(dialog: HTMLDialogElement): Promise<string> {
  // Closed by Escape a moment ago, and its event did not come yet.
  asked.get(dialog)?.();
  dialog.returnValue = '';
  openDialog(dialog);
  const done = new AbortController();
  return await new Promise((resolve) => {
    const end = (): void => {
      done.abort();
      asked.delete(dialog);
      resolve(dialog.returnValue);
    };
    asked.set(dialog, end);
    // In the same step as the focus goes back: what is typed next comes after what the answer does.
    const submit = (event: SubmitEvent): void => {
      event.preventDefault();
      dialog.close(event.submitter instanceof HTMLButtonElement ? event.submitter.value : '');
      end();
    };
    dialog.addEventListener('submit', submit, { signal: done.signal });
    dialog.addEventListener('close', () => !dialog.open && end(), { signal: done.signal });
  });
}

/** A click outside of a dialog closes it, as Escape does. */
export function closeByBackdrop(dialog: HTMLDialogElement): void {
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}
