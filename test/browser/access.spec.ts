import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, PageJoiner, Shipmate, Stage, until, type ChromiumPage } from '#testing';
import { pageUrl } from './browser.fixture.js';
import { share, type Share } from '../share.fixture.js';

// What the page is to somebody without a mouse, without eyes on it, or who wants nothing to move.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
beforeAll(async () => {
  [shipmate, chromium] = await Promise.all([server.add(Shipmate.start()), server.add(Chromium.start())]);
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

type Page = PageJoiner<ChromiumPage>;

async function open(token: string, options: Parameters<Chromium['page']>[0] = {}): Promise<Page> {
  const page = await stage.add(PageJoiner.open(await chromium.page(options), pageUrl(shipmate, token)));
  await page.toSay({ link: 'joined' });
  return page;
}

async function joined(): Promise<Share & { page: Page }> {
  const shared = await share(stage, shipmate);
  const page = await open(shared.token);
  await page.screen.toShow('$');
  return { ...shared, page };
}

const FOCUS = `(document.activeElement.id || document.activeElement.name || document.activeElement.className)`;

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly properties?: readonly { readonly name: string; readonly value: { readonly value: unknown } }[];
}

/** What assistive technology is given of the page. */
async function tree({ driver: { cdp } }: Page): Promise<readonly AxNode[]> {
  const { nodes } = await cdp.send('Accessibility.getFullAXTree');
  return (nodes as readonly AxNode[]).filter(({ ignored }) => !ignored);
}

const CONTROLS = new Set(
  'button textbox combobox checkbox radio radiogroup spinbutton dialog toolbar searchbox'.split(' '),
);

/** Controls whose name is not said. */
async function nameless(page: Page): Promise<readonly AxNode[]> {
  const controls = (await tree(page)).filter(({ role }) => CONTROLS.has(role?.value ?? ''));
  expect(controls.length).toBeGreaterThanOrEqual(3);
  return controls.filter(({ name }) => (name?.value ?? '').trim() === '');
}

describe('a keyboard alone', () => {
  it('opens, works and leaves every dialog, sees where it is, and never gets lost', async () => {
    const { page } = await joined();
    await page.toHold(FOCUS, 'xterm-helper-textarea');
    await page.press('Control+Shift+L', 'Enter');
    await page.toHold(`document.getElementById('settings-dialog').open`, true);
    expect(await nameless(page)).toEqual([]);
    // Once around: all that can be set is come by, the page behind it is not, and each is seen to have the focus.
    const seen = new Set<string>();
    for (let n = 0; n < 30; n++) {
      await page.press('Tab');
      const at = await page.driver.evaluate<{ name: string; outside: boolean; ring: boolean }>(`(() => {
        const it = document.activeElement;
        const drawn = [it, it.nextElementSibling].filter((one) => one instanceof HTMLElement);
        return {
          name: ${FOCUS},
          outside: it !== document.body && !document.getElementById('settings-dialog').contains(it),
          ring: it === document.body || drawn.some((one) => getComputedStyle(one).outlineStyle !== 'none'),
        };
      })()`);
      expect(at).toMatchObject({ outside: false, ring: true });
      seen.add(at.name);
    }
    const settings = ['theme', 'fontPx', 'renderer', 'keyBar', 'screenReader', 'copyOnSelect', 'hostClipboard'];
    for (const name of [...settings, 'text-open', 'full-screen']) expect(seen).toContain(name);
    await page.driver.page.focus('[name=theme][value=system]');
    await page.press('ArrowRight', 'ArrowRight');
    await page.toHold('document.documentElement.dataset.theme', 'dark');
    await page.driver.page.focus('#text-open');
    await page.press('Enter');
    await page.toHold(`document.getElementById('text-dialog').open`, true);
    expect(await nameless(page)).toEqual([]);
    await page.press('Escape');
    await page.toHold(FOCUS, 'xterm-helper-textarea');
    await page.press('Control+Shift+L', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab');
    await page.toHold(FOCUS, 'people');
    await page.press('Enter');
    await page.toHold(`document.getElementById('people-dialog').open`, true);
    await page.press('Enter');
    await page.toHold(FOCUS, 'xterm-helper-textarea');
    await page.press('Control+Shift+F');
    await page.toHold(FOCUS, 'find-text');
    await page.press('Escape');
    await page.toHold(FOCUS, 'xterm-helper-textarea');
    expect(await nameless(page)).toEqual([]);
  });
});

describe('a screen reader', () => {
  it('is told what happens as it happens, in a live region', async () => {
    const { host, page, join } = await joined();
    const live = async (text: string): Promise<void> => {
      await page.toHold(`document.getElementById('spoken').textContent.replace('\\u00a0', '')`, text);
      const status = (await tree(page)).filter(({ role }) => role?.value === 'status');
      const polite = status.filter(({ properties }) =>
        properties?.some(({ name, value }) => name === 'live' && value.value === 'polite'),
      );
      expect(polite.length).toBeGreaterThan(0);
    };
    await live('Live. You can type.');
    const ssh = await join();
    await live('Somebody joined. 2 here.');
    await ssh.type('\u0002d');
    await live('Somebody left. Only you.');
    host.signal('SIGKILL');
    await live('The host lost its connection. Waiting for it to come back.');
  });

  it('has the screen, line by line, and hears what is printed', async () => {
    const { page } = await joined();
    await page.press('Control+Shift+L', 'Enter');
    await page.driver.page.focus('[name=screenReader]');
    await page.press('Space', 'Escape');
    await page.toHold(FOCUS, 'xterm-helper-textarea');
    await page.type('echo read this $((30+3))\r');
    await page.screen.toShow(/^read this 33$/m);
    const rows = `[...document.querySelectorAll('.xterm-accessibility-tree > *')].map((it) => it.textContent.trim())`;
    await page.toHold(`${rows}.includes('read this 33')`, true);
    await page.toHold(`${rows}.length`, 24);
    await page.toHold(`document.querySelector('.xterm .live-region').getAttribute('aria-live')`, 'assertive');
    const items = async (): Promise<boolean> =>
      (await tree(page)).some(
        ({ role, name }) => role?.value === 'listitem' || (name?.value ?? '').includes('read this 33'),
      );
    await until(items, { what: 'the line in what a screen reader is given' });
  });
});

describe('whoever wants nothing to move', () => {
  it('sees nothing move, where others do', async () => {
    const { host, page, token } = await joined();
    const still = await open(token, { reducedMotion: 'reduce' });
    host.signal('SIGKILL');
    const moving = `document.getAnimations().map((it) => it.animationName ?? it.transitionProperty)`;
    for (const one of [page, still]) await one.toSay({ short: 'The host is away' });
    await page.toHold(`${moving}.includes('breathe')`, true);
    await still.toHold(moving, []);
    for (const id of ['dot', 'terminal']) {
      const style = `(({ animationName, transitionDuration }) => [animationName, transitionDuration])(getComputedStyle(document.querySelector('.${id}, #${id}')))`;
      await still.toHold(style, ['none', '0s']);
    }
  });
});
