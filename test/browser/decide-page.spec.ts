import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, PtyJoiner, Shipmate, Stage, TmateHost, until } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { Receiver } from '../hosting/receiver.fixture.js';
import { toLookRight } from './steer.fixture.js';

// Somebody asks to join, and a webhook takes a link to people who have nothing else: a stock tmate, OpenSSH and Chromium.
const server = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
let receiver: Receiver;
let slack: Receiver;
beforeAll(async () => {
  [receiver, slack] = [await server.add(Receiver.start()), await server.add(Receiver.start())];
  const env = { SHIPMATE_WEBHOOK_URL: receiver.url, SHIPMATE_SLACK_WEBHOOK_URL: slack.url };
  [shipmate, chromium] = await Promise.all([server.add(Shipmate.start({ env })), server.add(Chromium.start())]);
});
afterAll(async () => await server.clear());

/** The links that the webhooks have brought so far. */
const links = (): string[] =>
  receiver.events.flatMap(({ event: { type, params } }) =>
    type === 'session_access_request' ? [String(params['decide_url'])] : [],
  );

describe('a link to decide', () => {
  it('lets one person in to watch, by a button, once; to open it decides nothing', async () => {
    const conf = 'set -g tmate-set "approve=true"';
    const host = await server.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf }));
    await host.waitReady();
    const mate = await server.add(new PtyJoiner({ port: shipmate.sshPort, user: await host.token() }));
    await mate.screen.toShow('Waiting for the host');
    await until(() => links().length === 1 && slack.events.length === 1, { what: 'the webhooks to arrive' });
    const [link = ''] = links();
    const [{ event } = { event: undefined }] = slack.events;
    expect(JSON.stringify(event)).toContain(link);

    // As a chat does that shows a preview.
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200);
    const driver = await server.add(chromium.page({ viewport: { width: 1280, height: 800 } }));
    const { page } = driver;
    const requests: string[] = [];
    page.on('request', (request) => requests.push(`${request.url()} ${request.headers()['referer'] ?? ''}`));
    await driver.open(link);
    await page.getByRole('heading', { name: 'Somebody from 127.0.0.1 asks to join, to type' }).waitFor();
    expect(page.url()).toBe(`http://127.0.0.1:${shipmate.httpPort}/decide`);
    await toLookRight(driver, 'decide');
    await mate.screen.toShow('Waiting for the host');
    // By the keyboard alone.
    await page.getByRole('button', { name: 'Let in, to watch only' }).press('Enter');
    await page.getByRole('heading', { name: 'They are let in' }).waitFor();
    await mate.screen.toShow('$');
    await toLookRight(driver, 'decide-done');
    await page.reload();
    await page.getByText('This link has been used').waitFor();
    for (const request of requests) expect(request).not.toContain('smd-');
    expect(shipmate.program.stderr).not.toContain(link.split('#')[1]);

    const api = Api.of(shipmate);
    const { body } = await api.call('GET', '/events?type=let-in');
    expect(body['items']).toMatchObject([{ by: 'link' }]);
    const [session = {}] = (await api.call('GET', '/sessions')).body['items'] as { id?: string }[];
    const details = await api.call('GET', `/sessions/${session.id ?? ''}`);
    expect(details.body['participants']).toMatchObject([{ role: 'reader' }]);
  }, 120_000);
});
