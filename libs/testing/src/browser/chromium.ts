import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
} from 'playwright-core';
import { cleanEnv } from '../program.js';
import { tempDir, type TempDir } from '../temp-dir.js';
import type { PageDriver } from './page-driver.js';

const ARGS = [
  '--no-sandbox', // Tests run as root in containers.
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's Chromium, without a window. One process for many pages, each with its own profile. */
export class Chromium {
  private constructor(
    readonly browser: Browser,
    private readonly dir: TempDir,
  ) {}

  /** `args` come after those that every test needs. */
  static async start(args: readonly string[] = []): Promise<Chromium> {
    const dir = tempDir('smc');
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [...ARGS, ...args],
      // Whoever started it ends it, with all else that it started.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      env: cleanEnv(dir.path),
    });
    return new Chromium(browser, dir);
  }

  /** A page with its own profile, like another person's browser. */
  async page(options: BrowserContextOptions = {}): Promise<ChromiumPage> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    return new ChromiumPage(context, page, await context.newCDPSession(page));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.dir.dispose();
  }
}

/** A page of Chromium, with what only Chromium can be asked. */
export class ChromiumPage implements PageDriver {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    /** Chromium's own protocol. */
    readonly cdp: CDPSession,
  ) {}

  async evaluate<T>(expression: string): Promise<T> {
    return await this.page.evaluate<T>(expression);
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text.replaceAll('\r', '\n'));
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.page.setViewportSize({ width, height });
  }

  async screenshot(path: string): Promise<void> {
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  async stop(): Promise<void> {
    await this.context.close();
  }
}
