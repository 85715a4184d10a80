import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, PtyJoiner, Shipmate, Stage, TmateHost } from '#testing';
import { Api } from '../broker/broker.fixture.js';
import { toLookRight } from './steer.fixture.js';

const server = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
beforeAll(async () => {
  [shipmate, chromium] = await Promise.all([server.add(Shipmate.start()), server.add(Chromium.start())]);
});
afterAll(async () => await server.clear());

describe("the operator's page", () => {
  it('shows the fleet to whoever has a token, and lets only those act who may', async () => {
    const api = Api.of(shipmate);
    const key = await api.userWithKey('ada');
    const host = await server.add(
      TmateHost.start({ serverConf: shipmate.tmateConf, args: ['-k', key, '-n', 'site'], mode: 'attached' }),
    );
    await host.waitReady();
    const mate = await server.add(new PtyJoiner({ port: shipmate.sshPort, user: await host.token() }));
    await mate.screen.toShow('$');
    const driver = await server.add(chromium.page({ viewport: { width: 1280, height: 800 } }));
    const { page } = driver;
    const at = `http://127.0.0.1:${shipmate.httpPort}/operator`;
    await driver.open(at);
    const signIn = async (token: string): Promise<void> => {
      await page.getByLabel("Operator's token").fill(token);
      await page.keyboard.press('Enter');
    };
    await signIn('wrong');
    await page.getByText('The token is not valid').waitFor();
    await signIn(key);
    await page.getByText('This page is for operators').waitFor();
    await toLookRight(driver, 'operator-sign-in');

    await signIn(api.token ?? '');
    await page.getByRole('cell', { name: 'ada', exact: true }).waitFor();
    await page.getByRole('button', { name: /open this session$/ }).click();
    await page.locator('#people').getByText('Mate 1').waitFor();
    await toLookRight(driver, 'operator-session');

    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('cell', { name: 'joined', exact: true }).waitFor();
    await page.getByLabel('Type').fill('key-added');
    await page.getByRole('cell', { name: 'joined', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: 'key-added' }).waitFor();
    await page.getByLabel('Type').fill('');
    await page.getByRole('cell', { name: 'joined', exact: true }).waitFor();
    await toLookRight(driver, 'operator-events');

    await page.getByRole('link', { name: 'Names' }).click();
    await page.getByRole('cell', { name: 'ada/site', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Release…: ada/site' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText('No session has a name.').waitFor();
    await page.getByRole('link', { name: 'Locks' }).click();
    await page.getByText('Nobody is locked out.').waitFor();
    await page.getByLabel('Who', { exact: true }).fill('nobody that can be');
    await page.getByLabel('Reason').fill('left the company');
    await page.keyboard.press('Enter');
    await page.locator('#fault').getByText('The request is not valid').waitFor();
    await page.getByLabel('Who', { exact: true }).fill('192.0.2.0/24');
    await page.getByLabel('For how long').selectOption('1d');
    await page.getByRole('button', { name: 'Lock out' }).press('Enter');
    await page.getByRole('cell', { name: '192.0.2.0/24', exact: true }).waitFor();
    await page.getByRole('cell', { name: 'left the company' }).waitFor();
    await toLookRight(driver, 'operator-locks');
    await page.getByRole('button', { name: 'Lift: 192.0.2.0/24' }).press('Enter');
    await page.getByText('Nobody is locked out.').waitFor();
    await page.getByRole('link', { name: 'Edges' }).click();
    await page.getByRole('button', { name: /^Drain/ }).waitFor();
    await toLookRight(driver, 'operator-edges');
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('No webhook has failed for good.').waitFor();

    // The token is gone with the page; one that only reads shows no button that it could not press.
    await page.reload();
    await page.getByLabel("Operator's token").waitFor();
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')).toBe(
      '[{},{},""]',
    );
    const { body } = await api.call('POST', '/tokens', { scope: 'read' });
    await signIn(String(body['token']));
    await page.getByText('No webhook has failed for good.').waitFor();
    await page.getByRole('link', { name: 'Edges' }).click();
    await page.getByRole('cell', { name: 'in service' }).waitFor();
    expect(await page.getByRole('button', { name: /^Drain/ }).count()).toBe(0);
    await page.getByRole('link', { name: 'Sessions' }).click();
    await page.getByRole('button', { name: /open this session$/ }).click();
    await page.locator('#people').getByText('Mate 1').waitFor();
    expect(await page.getByRole('button').allTextContents()).toEqual([
      'Sign out',
      expect.stringMatching(/^[0-9a-f]{8}$/),
      'Close',
    ]);
  }, 120_000);
});
