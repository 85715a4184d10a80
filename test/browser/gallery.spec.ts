import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, PageJoiner, Shipmate, Stage, TcpProxy, TmateHost, until, type ChromiumPage } from '#testing';
import { pageUrl, SCREENSHOTS } from './browser.fixture.js';
import { share } from '../share.fixture.js';

// A picture of each page and state, for people to look at: .artifacts/screenshots after a run. What a program can see of them
// is checked: that they are there, that nothing sticks out, that texts are not cut where they must not be.
const server = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
let proxy: TcpProxy;
beforeAll(async () => {
  [shipmate, chromium] = await Promise.all([server.add(Shipmate.start()), server.add(Chromium.start())]);
  proxy = await server.add(TcpProxy.start(shipmate.httpPort));
});
afterAll(async () => await server.clear());

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
} as const;
const LOOKS = Object.keys(DEVICES).flatMap((device) =>
  (['light', 'dark'] as const).map((scheme) => [device as keyof typeof DEVICES, scheme] as const),
);

/** Puts the focus into the terminal, by a finger or the mouse. */
async function toTerminal(page: PageJoiner<ChromiumPage>): Promise<void> {
  await page.driver.page.locator('.xterm-screen').click();
  await page.toHold('document.activeElement.className', 'xterm-helper-textarea');
}

const SHOWN = [
  String.raw`clear; printf '\033[1;32manna@host\033[m:\033[1;34m~/shipmate\033[m$ git log --oneline\n'`,
  String.raw`printf '\033[33m3f2c1aa\033[m Give browsers a seat\n\033[33m9e81b04\033[m Speak a small binary protocol\n'`,
  String.raw`for i in 0 1 2 3 4 5 6 7; do printf '\033[3%dm colour %d \033[9%dm bright \033[0m' $i $i $i; [ $((i%2)) = 1 ] && echo; done`,
  String.raw`for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf '\033[48;2;%d;%d;120m  \033[m' $((i*20)) $((250-i*15)); done; echo`,
  String.raw`printf '日本語 한국어 ελληνικά — ┌──┐ ✓\n'`,
].join('; ');

describe.each(LOOKS)('on a %s, %s', (device, scheme) => {
  const options = { ...DEVICES[device], colorScheme: scheme, permissions: ['clipboard-read', 'clipboard-write'] };

  async function shoot(driver: ChromiumPage, name: string): Promise<void> {
    // What moves has come to rest.
    await driver.evaluate(
      `Promise.all(document.getAnimations().filter((it) => it.effect.getTiming().iterations === 1).map((it) => it.finished.catch(() => undefined)))`,
    );
    const path = `${SCREENSHOTS}/${name}-${device}-${scheme}.png`;
    await driver.screenshot(path);
    expect(statSync(path).size).toBeGreaterThan(3000);
    // A page that is still finding its size may stick out for a moment.
    const fault = `(() => {
      const root = document.documentElement;
      const texts = [...document.querySelectorAll('#state-short, #outcome-title, #people-text, #key-bar button, dialog[open] button')];
      return {
        sticksOut: Math.max(0, root.scrollWidth - root.clientWidth),
        cut: texts.filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.textContent),
      };
    })()`;
    await until(async () => isDeepStrictEqual(await driver.evaluate(fault), { sticksOut: 0, cut: [] }), {
      what: `${name} to cut nothing`,
    }).catch(async () => expect(await driver.evaluate(fault), name).toEqual({ sticksOut: 0, cut: [] }));
  }

  it('the session in all its states', async () => {
    const stage = new Stage();
    try {
      const { host, token, readToken, join } = await share(stage, shipmate);
      const ssh = await join();
      await ssh.screen.toShow('$');
      const page = await stage.add(
        PageJoiner.open(await chromium.page(options), `http://127.0.0.1:${proxy.port}/t/${token}`),
      );
      const { driver } = page;
      await page.toSay({ link: 'joined', people: '2 here' });
      await ssh.type(`${SHOWN}\r`);
      await page.screen.toShow('日本語 한국어');
      await ssh.type('\u0002%\u0002"');
      await page.screen.toShow('├');
      await shoot(driver, 'live');

      const reader = await stage.add(PageJoiner.open(await chromium.page(options), pageUrl(shipmate, readToken)));
      await reader.toSay({ link: 'joined', more: 'Read-only', people: '3 here' });
      await shoot(reader.driver, 'reader');
      await reader.driver.page.click('#people');
      await shoot(reader.driver, 'people');
      await reader.press('Escape');
      await reader.driver.page.click('#settings-open');
      await shoot(reader.driver, 'settings');
      await reader.driver.page.click('#text-open');
      await shoot(reader.driver, 'text');
      await reader.press('Escape');

      await driver.page.click('#find-open');
      await page.type('colour');
      const count = `/^\\d+ of \\d+$/.test(document.getElementById('find-count').textContent)`;
      await page.toHold(count, true);
      await page.press('Enter');
      await shoot(driver, 'find');
      await page.press('Escape');
      await driver.evaluate(`navigator.clipboard.writeText('cd /srv/app\\nmake deploy\\n\\u001b[201~sudo reboot\\n')`);
      await page.press('Control+Shift+V');
      await driver.page.locator('#paste-dialog').waitFor();
      await shoot(driver, 'paste');
      await page.press('Escape');
      if (device === 'phone') {
        await driver.page.locator('#key-bar [data-modifier=Ctrl]').tap();
        await driver.page.locator('#key-bar [data-modifier=Alt]').dblclick();
        await shoot(driver, 'keys');
        await driver.page.locator('#key-bar [data-modifier=Ctrl]').dblclick();
        await driver.page.locator('#key-bar [data-modifier=Alt]').tap();
      } else {
        await driver.page.click('#size');
        await page.toSay({ link: 'joined' });
        await page.screen.toBe((_, { cols }) => cols > 90, 'a terminal of the page’s own size');
        await shoot(driver, 'own-size');
        await driver.page.click('#size');
      }

      proxy.stall();
      proxy.cut();
      await page.toSay({ link: 'waiting' });
      await page.type('ls');
      await page.toSay({ link: 'waiting', more: 'kept' });
      await shoot(driver, 'connection-lost');
      proxy.resume();
      await page.toSay({ link: 'joined' });

      host.signal('SIGKILL');
      await page.toSay({ short: 'The host is away' });
      await shoot(driver, 'host-away');
      await toTerminal(reader);
      await reader.press('Control+b', 'd');
      await reader.toSay({ link: 'over', short: 'You left' });
      await shoot(reader.driver, 'left');
    } finally {
      proxy.resume();
      await stage.clear();
    }
  }, 120_000);

  it('the end of a session, and the pages around it', async () => {
    const stage = new Stage();
    try {
      const { host, token } = await share(stage, shipmate);
      const page = await stage.add(PageJoiner.open(await chromium.page(options), pageUrl(shipmate, token)));
      await page.screen.toShow('$');
      // A phone's keyboard comes up when the terminal is touched, and not before.
      await toTerminal(page);
      await page.type(`${SHOWN}\r`);
      await page.screen.toShow('日本語 한국어');
      await host.killServer();
      await page.toSay({ link: 'over', short: 'Ended' });
      await shoot(page.driver, 'ended');
      const locked = await stage.add(
        TmateHost.start({
          serverConf: shipmate.tmateConf,
          conf: `set -g tmate-authorized-keys "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGf1cYVB9RVjRcSYWT5pKZ1RZk1cWjz1pO0nLTvWgPvX mate"`,
        }),
      );
      await locked.waitReady();
      const driver = await stage.add(chromium.page(options));
      for (const [name, path] of [
        ['landing', '/'],
        ['not-found', '/t/nothing-of-that-name'],
        ['closed', `/t/${token}`],
        ['keys-required', `/t/${await locked.token()}`],
      ] as const) {
        await driver.open(`http://127.0.0.1:${shipmate.httpPort}${path}`);
        await shoot(driver, `page-${name}`);
      }
      const guarded = await stage.add(
        TmateHost.start({
          serverConf: shipmate.tmateConf,
          conf: 'set -g tmate-set "password=open sesame"\nset -g tmate-set "approve=true"',
        }),
      );
      await guarded.waitReady();
      const asked = await PageJoiner.open(driver, pageUrl(shipmate, await guarded.token()));
      const toBeTold = async (title: string): Promise<void> =>
        await asked.toHold(`document.getElementById('outcome-title').textContent`, title);
      await toBeTold('This session has a password');
      await shoot(driver, 'password');
      await asked.type('sesame\r');
      await asked.toHold(`document.getElementById('password').getAttribute('aria-invalid')`, 'true');
      await shoot(driver, 'password-wrong');
      await asked.type('open sesame\r');
      await toBeTold('Waiting for the host');
      await shoot(driver, 'waiting');
      // A session that is gone when the page comes to join it: told by the connection alone.
      await driver.page.routeWebSocket(/\/ws\/session\//, (socket) => {
        void socket.close({ code: 4404, reason: 'Invalid or expired session token' });
      });
      const open = await share(stage, shipmate);
      const gone = await PageJoiner.open(driver, pageUrl(shipmate, open.token));
      await gone.toSay({ link: 'over' });
      await shoot(driver, 'gone');
    } finally {
      await stage.clear();
    }
  }, 120_000);
});
