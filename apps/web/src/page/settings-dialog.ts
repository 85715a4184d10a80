import { byId, closeByBackdrop, openDialog } from './elements.js';
import { DEFAULT_SETTINGS, readSettings, type Settings } from './settings.js';

const STORE = 'shipmate.settings';

/** The person's settings: read from and kept in the browser, shown and changed in a dialog. */
export class SettingsDialog {
  readonly #dialog = byId('settings-dialog', HTMLDialogElement);
  readonly #form = byId('settings-form', HTMLFormElement);
  readonly #changed: (settings: Settings, before: Settings) => void;
  #settings = load();

  constructor(changed: (settings: Settings, before: Settings) => void) {
    this.#changed = changed;
    closeByBackdrop(this.#dialog);
    this.#form.addEventListener('change', () => this.#take());
    this.#fill();
  }

  get settings(): Settings {
    return this.#settings;
  }

  open(): void {
    this.#fill();
    openDialog(this.#dialog);
  }

  /** Changes some settings from elsewhere, as the zoom does. */
  change(change: Partial<Settings>): void {
    const before = this.#settings;
    this.#settings = { ...before, ...change };
    this.#fill();
    store(this.#settings);
    this.#changed(this.#settings, before);
  }

  #fill(): void {
    for (const [name, value] of Object.entries(this.#settings)) {
      const control = this.#form.elements.namedItem(name);
      if (control instanceof HTMLInputElement && control.type === 'checkbox') control.checked = value === true;
      else if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement)
        control.value = String(value);
      else if (control instanceof RadioNodeList) control.value = String(value);
    }
  }

  #take(): void {
    const data = new FormData(this.#form);
    const found: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(DEFAULT_SETTINGS)) {
      if (typeof value === 'boolean') found[name] = data.has(name);
      else found[name] = typeof value === 'number' ? Number(data.get(name)) : data.get(name);
    }
    this.change(readSettings(JSON.stringify(found)));
  }
}

function load(): Settings {
  try {
    return readSettings(localStorage.getItem(STORE));
  } catch {
    return DEFAULT_SETTINGS; // A browser that keeps nothing for anybody.
  }
}

function store(settings: Settings): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(settings));
  } catch {
    // They hold for this page then.
  }
}
