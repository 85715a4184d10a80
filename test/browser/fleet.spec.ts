import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, freePort, PageJoiner, PtyJoiner, Shipmate, Stage, until, type ChromiumPage } from '#testing';
import { pageUrl } from './browser.fixture.js';
import { Balancer, Fleet } from '../fleet/fleet.fixture.js';
import { ProxyProcess } from '../joining/proxy-process.fixture.js';
import { toDisplay, toShowTheHosts } from '../share.fixture.js';

// Mates at pages of other edges than the host's: two whole edges and a web edge alone, on one Redis.
const server = new Stage();
const stage = new Stage();
let fleet: Fleet;
let webEdge: Shipmate;
let chromium: Chromium;
beforeAll(async () => {
  fleet = await Fleet.start(server, stage, { count: 2 });
  [webEdge, chromium] = await Promise.all([
    server.add(Shipmate.start({ app: 'web-edge', env: fleet.env(1) })),
    server.add(Chromium.start()),
  ]);
}, 120_000);
afterEach(async () => await stage.clear());
afterAll(async () => await server.clear());

type Page = PageJoiner<ChromiumPage>;

async function open(url: string): Promise<Page> {
  return await stage.add(PageJoiner.open(await chromium.page(), url));
}

describe('a web edge alone', () => {
  it('takes hosts and mates by ssh over a WebSocket, as an edge like any other', async () => {
    const port = await freePort();
    const tunnel = await stage.add(new ProxyProcess(['--listen', `${port}`, `ws://127.0.0.1:${webEdge.httpPort}/ssh`]));
    await until(() => tunnel.stderr.includes('leads to'), { what: 'the port of the proxy', deadlineMs: 30_000 });
    const { host, token } = await fleet.host({ conf: `set -g tmate-server-port ${port}` });
    const [here, there] = await Promise.all([stage.add(new PtyJoiner({ port, user: token })), fleet.join(1, token)]);
    for (const { screen } of [here, there]) await screen.toShow('$');
    await there.type('echo over the web $((6*7))\r');
    for (const { screen } of [here, there]) await screen.toShow('over the web 42');
    // Its home is there.
    const live = `shipmate_sessions{region="${fleet.env(1)['SHIPMATE_REGION'] ?? 'local'}",state="live"}`;
    expect(await webEdge.metric(live)).toBe(1);
    await host.killServer();
    for (const joiner of [here, there]) expect(await joiner.exited()).toEqual({ status: 0, signal: null });
  });
});

describe('pages at other edges than the host', () => {
  it('are seats as good as any, know of each other, and go on when the home is killed', async () => {
    fleet.prefer(0);
    const { host, token } = await fleet.host();
    const readToken = await host.token('read');
    // What people have: one address, which leads to the home's edge as long as that is there.
    const balancer = await stage.add(Balancer.start());
    balancer.order = [fleet.edge(0).httpPort, fleet.edge(1).httpPort];
    const [atHome, page, reader, ssh] = await Promise.all([
      open(`http://127.0.0.1:${balancer.port}/t/${token}`),
      open(pageUrl(fleet.edge(1), token)),
      open(pageUrl(webEdge, readToken)),
      fleet.join(1, token),
    ]);
    const pages = [atHome, page, reader];
    const all = [...pages, ssh];
    for (const one of pages) await one.toSay({ link: 'joined', short: 'Live', people: '4 here' });
    await reader.toSay({ more: 'Read-only' });
    await reader.driver.page.click('#people');
    const listed = `[...document.querySelectorAll('#people-list li')].map((it) => it.textContent.replace(/^Mate \\d/, 'Mate')).sort()`;
    await reader.toHold(listed, [
      'Mate · browser · can type',
      'Mate · browser · can type',
      'Mate · ssh · can type',
      'You · browser · read-only',
    ]);
    await reader.press('Escape');

    await page.type('echo "typed through the relay: $((6*7))"\r');
    for (const { screen } of all) await screen.toShow(/^typed through the relay: 42$/m);
    await page.press('Control+b', '%');
    await toDisplay(host, '#{window_panes}', '2');
    for (const { screen } of all) await screen.toShow('│');
    await page.press('Control+b', 'z');
    await toDisplay(host, '#{window_zoomed_flag}', '1');
    await ssh.type('clear; echo from ssh $((3*3))\r');
    for (const { screen } of all) await screen.toShow('from ssh 9');
    await reader.type('echo typed by a reader\r');
    await reader.screen.toShow('You are read-only');
    for (const one of pages) expect(await toShowTheHosts(host, one)).not.toContain('typed by');

    // The home is gone silently. The host comes to the other edge, and so does the page that was at the home.
    await fleet.edge(0).halt('SIGKILL');
    await page.type('echo typed while away\r');
    await fleet.toHold(1, 1, 40_000);
    for (const one of pages) await one.toSay({ link: 'joined', short: 'Live' }, 60_000);
    for (const { screen } of all) await screen.toShow(/^typed while away$/m, 60_000);
    for (const one of pages) await one.toSay({ people: '4 here' }, 60_000);
    await atHome.type('echo back at $((8*8))\r');
    for (const { screen } of all) await screen.toShow('back at 64');
    const text = await toShowTheHosts(host, atHome);
    for (const one of [page, reader]) expect(await toShowTheHosts(host, one)).toBe(text);
    expect(text.split('\n').filter((line) => line === 'typed while away')).toHaveLength(1);

    await ssh.type('\u0002d');
    for (const one of pages) await one.toSay({ people: '3 here' });
    await host.killServer();
    for (const one of pages) await one.toSay({ link: 'over', short: 'Ended' });
  }, 180_000);
});
