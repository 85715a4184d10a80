import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { freePort } from '../free-port.js';
import { cleanEnv, Program } from '../program.js';
import { tempDir, type TempDir } from '../temp-dir.js';
import { BidiConnection } from './bidi.js';
import { keysOf, type PageDriver } from './page-driver.js';

/** Settings so that a test's Firefox does not ask, fetch news, or keep a tab that should close. */
const PREFS: Readonly<Record<string, string | number | boolean>> = {
  'app.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'browser.tabs.warnOnClose': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.disable_beforeunload': true,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
  'ui.systemUsesDarkTheme': 0,
};

/** Debian's firefox-esr, without a window, driven over WebDriver BiDi. */
export class Firefox {
  private constructor(
    private readonly program: Program,
    private readonly bidi: BidiConnection,
    private readonly dir: TempDir,
  ) {}

  static async start(): Promise<Firefox> {
    const dir = tempDir('smf');
    const profile = dir.file('profile');
    mkdirSync(profile);
    const prefs = Object.entries(PREFS).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(`${profile}/user.js`, prefs.join('\n'));
    const port = await freePort();
    const args = ['--headless', '--no-remote', '--profile', profile, `--remote-debugging-port=${port}`];
    const program = new Program('firefox-esr', args, { env: cleanEnv(dir.path, { MOZ_HEADLESS: '1' }) });
    try {
      await program.toPrint(/WebDriver BiDi listening on/, { from: 'stderr', deadlineMs: 60_000 });
      const bidi = await BidiConnection.open(`ws://127.0.0.1:${port}/session`);
      await bidi.command('session.new', { capabilities: {} });
      return new Firefox(program, bidi, dir);
    } catch (error) {
      await program.stop('SIGKILL');
      dir.dispose();
      throw error;
    }
  }

  /** A page with its own cookies and storage. */
  async page(): Promise<FirefoxPage> {
    const { userContext } = await this.bidi.command<{ userContext: string }>('browser.createUserContext');
    const { context } = await this.bidi.command<{ context: string }>('browsingContext.create', {
      // A window each: a tab behind another is hidden, and draws nothing.
      type: 'window',
      userContext,
    });
    const page = new FirefoxPage(this.bidi, context);
    await page.resize(1280, 800);
    return page;
  }

  async stop(): Promise<void> {
    await this.bidi.command('browser.close').catch(() => undefined);
    this.bidi.close();
    await this.program.stop('SIGTERM', 5000);
    this.dir.dispose();
  }
}

/** Keys that are no character, as WebDriver numbers them. */
const KEYS: Readonly<Record<string, string>> = {
  Control: '\uE009',
  Shift: '\uE008',
  Alt: '\uE00A',
  AltGraph: '\uE00A',
  Enter: '\uE007',
  Escape: '\uE00C',
  Tab: '\uE004',
  Backspace: '\uE003',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
};

interface Evaluated {
  readonly type: 'success' | 'exception';
  readonly result?: { readonly type: string; readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

/** A page of Firefox. */
export class FirefoxPage implements PageDriver {
  constructor(
    private readonly bidi: BidiConnection,
    private readonly context: string,
  ) {}

  async evaluate<T>(expression: string): Promise<T> {
    // Its own JSON: BiDi writes values in a longer way.
    const wrapped = `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? 'null')`;
    const target = { context: this.context };
    const params = { expression: wrapped, target, awaitPromise: true };
    const { type, result, exceptionDetails } = await this.bidi.command<Evaluated>('script.evaluate', params);
    if (type === 'exception' || typeof result?.value !== 'string') {
      throw new Error(`the page threw: ${exceptionDetails?.text ?? 'nothing to say'}`);
    }
    return JSON.parse(result.value) as T;
  }

  async open(url: string): Promise<void> {
    await this.bidi.command('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
    await this.bidi.command('browsingContext.activate', { context: this.context });
  }

  async type(text: string): Promise<void> {
    await this.#keys(
      Array.from(text).flatMap((char) => {
        const value = char === '\r' ? '\uE007' : char;
        return [down(value), up(value)];
      }),
    );
  }

  async press(press: string): Promise<void> {
    const keys = keysOf(press).map((key) => KEYS[key] ?? key);
    await this.#keys([...keys.map(down), ...keys.toReversed().map(up)]);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.bidi.command('browsingContext.setViewport', { context: this.context, viewport: { width, height } });
  }

  async screenshot(path: string): Promise<void> {
    const params = { context: this.context };
    const { data } = await this.bidi.command<{ data: string }>('browsingContext.captureScreenshot', params);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, Buffer.from(data, 'base64'));
  }

  async stop(): Promise<void> {
    await this.bidi.command('browsingContext.close', { context: this.context, promptUnload: false });
  }

  async #keys(actions: readonly object[]): Promise<void> {
    // Keys go to the window in front.
    await this.bidi.command('browsingContext.activate', { context: this.context });
    await this.bidi.command('input.performActions', {
      context: this.context,
      actions: [{ type: 'key', id: 'keyboard', actions }],
    });
  }
}

const down = (value: string): object => ({ type: 'keyDown', value });
const up = (value: string): object => ({ type: 'keyUp', value });
