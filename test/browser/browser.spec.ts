import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, Firefox, PageJoiner, Shipmate, Stage } from '#testing';
import { pageUrl } from './browser.fixture.js';
import { share, toDisplay, toShowTheHosts } from '../share.fixture.js';

// A mate at a page, in each of the browsers that people have.
const server = new Stage();
const stage = new Stage();
let shipmate: Shipmate;
beforeAll(async () => {
  shipmate = await server.add(Shipmate.start());
});
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

describe.each([
  ['Chromium', Chromium],
  ['Firefox', Firefox],
] as const)('a page of %s', (_, Browser) => {
  let browser: Chromium | Firefox;
  beforeAll(async () => {
    browser = await server.add<Chromium | Firefox>(Browser.start());
  });

  it('is a seat as good as ssh: types, sees, and works windows, panes and copy mode by their keys', async () => {
    const { host, token, readToken, join } = await share(stage, shipmate);
    const open = async (user: string): Promise<PageJoiner> =>
      await stage.add(PageJoiner.open(await browser.page(), pageUrl(shipmate, user)));
    const [page, reader, ssh] = await Promise.all([open(token), open(readToken), join()]);
    await page.toSay({ link: 'joined', short: 'Live', more: 'You can type', people: '3 here' });
    await reader.toSay({ link: 'joined', short: 'Live', more: 'Read-only', people: '3 here' });

    // Here, there and at the host.
    await page.type('echo "typed at the page: $((6*7))"\r');
    for (const { screen } of [page, reader, ssh]) await screen.toShow(/^typed at the page: 42$/m);
    await ssh.type("printf '\\u65e5\\u672c %s\\n' ssh\r");
    for (const { screen } of [page, reader]) await screen.toShow(/^日本 ssh$/m);
    await toShowTheHosts(host, page);

    // The prefix key and what it leads to, at the page's own seat.
    await page.press('Control+b', '%');
    await toDisplay(host, '#{window_panes} #{pane_index}', '2 1');
    for (const { screen } of [page, reader, ssh]) await screen.toShow('│');
    await page.press('Control+b', 'ArrowLeft');
    await toDisplay(host, '#{pane_index}', '0');
    await page.press('Control+b', 'z');
    await toDisplay(host, '#{window_zoomed_flag}', '1');
    await page.screen.toNotShow('│');
    await page.type('seq 100 300\r');
    await page.screen.toShow(/^300$/m);
    await page.press('Control+b', '[');
    await page.screen.toShow('[0/');
    await page.press('PageUp');
    await page.screen.toNotShow(/^300$/m);
    await page.press('q');
    await page.screen.toShow(/^300$/m);
    await page.press('Control+b', 'c');
    await toDisplay(host, '#{session_windows}', '2');
    await page.press('Control+b', ':');
    await page.screen.toShow(/^:/m);
    await page.type('rename-window of-the-page\r');
    await toDisplay(host, '#{window_name}', 'of-the-page');
    await reader.screen.toShow('of-the-page');

    // Keys that a browser or a terminal may get wrong.
    await page.type('one two three');
    await page.screen.toShow('one two three');
    await page.press('Control+w');
    await page.screen.toNotShow('three');
    await page.press('Control+c');
    await page.screen.toShow(/two \^C\n\$/);
    await page.type('cat > /dev/null\r');
    // What comes while the shell hands its terminal over would not be echoed.
    await toDisplay(host, '#{pane_current_command}', 'cat');
    await page.type('~@{[]}\\|€ß\r');
    await page.screen.toShow('~@{[]}\\|€ß');
    await page.press('Control+c');
    await page.screen.toShow(/€ß\n?\^C\n\$/);
    await page.type('clear; echo alive $((2+3))\r');
    await page.screen.toShow('alive 5');

    // Who only looks.
    await reader.type('echo typed by a reader\r');
    await reader.screen.toShow('You are read-only');
    await page.type('echo after $((3*3))\r');
    await reader.screen.toShow('after 9');
    expect(await toShowTheHosts(host, page)).not.toContain('typed by');

    // Leaving, and the end.
    await page.press('Control+b', 'd');
    await page.toSay({ link: 'over', short: 'You left' });
    await reader.toSay({ people: '2 here' });
    await host.killServer();
    await reader.toSay({ link: 'over', short: 'Ended' });
  }, 120_000);
});
