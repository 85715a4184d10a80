import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Chromium, PtyJoiner, Shipmate, Stage, SyntheticHost, TmateHost, type ChromiumPage } from '#testing';
import { Api } from '../broker/broker.fixture.js';

// `npm run pictures` makes the pictures of the host's page and of the operator's page in docs/images, of real sessions.
const folder = process.env['SHIPMATE_PICTURES'] ?? '.artifacts/pictures';
const stage = new Stage();
let shipmate: Shipmate;
let chromium: Chromium;
let api: Api;
let host: TmateHost;
beforeAll(async () => {
  [shipmate, chromium] = await Promise.all([stage.add(Shipmate.start()), stage.add(Chromium.start())]);
  api = Api.of(shipmate);
  const key = await api.userWithKey('ada');
  const conf = 'set -g tmate-set "approve=true"';
  const args = ['-k', key, '-n', 'site'];
  host = await stage.add(TmateHost.start({ serverConf: shipmate.tmateConf, conf, args, mode: 'attached' }));
  await host.waitReady();
});
afterAll(async () => await stage.clear());

const open = async (url: string): Promise<ChromiumPage> => {
  const driver = await stage.add(
    chromium.page({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce' }),
  );
  await driver.open(url);
  return driver;
};
const enter = async (user: string): Promise<PtyJoiner> =>
  await stage.add(new PtyJoiner({ port: shipmate.sshPort, user }));
const shoot = async ({ page }: ChromiumPage, name: string): Promise<void> => {
  await page.evaluate('document.activeElement.blur()');
  await page.screenshot({ path: join(folder, name) });
};

describe('pictures', () => {
  it("of the host's page: somebody waits, and three people are in", async () => {
    const driver = await open(await host.display('#{tmate_host_page}'));
    const { page } = driver;
    const [waiting, people] = [page.locator('#waiting'), page.locator('#people')];
    await page.getByLabel('Name of the person').fill('Ann');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Ann is invited' });
    const command = (await dialog.getByLabel('Command', { exact: true }).textContent()) ?? '';
    await dialog.getByRole('button', { name: 'Close' }).click();
    const letIn = async (count: number): Promise<void> => {
      await waiting.getByRole('button', { name: /^Let in/ }).press('Enter');
      await people
        .getByRole('listitem')
        .nth(count - 1)
        .waitFor();
    };
    await enter(/(\S+)@/.exec(command)?.[1] ?? '');
    await letIn(1);
    await open(await host.display('#{tmate_web_ro}'));
    await letIn(2);
    await enter(await host.token());
    await letIn(3);
    await enter(await host.token());
    await waiting.getByRole('button', { name: /^Let in/ }).waitFor();
    await page.getByLabel('Name of the person').fill('Bob');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await page.locator('#invitations').getByText('Bob').waitFor();
    await shoot(driver, 'host-page.png');
  });

  it("of the operator's page: sessions, and one of them", async () => {
    const others = await Promise.all(
      [0, 1].map(async () => await stage.add(SyntheticHost.start({ port: shipmate.sshPort }))),
    );
    others[1]?.drop();
    const driver = await open(`http://127.0.0.1:${shipmate.httpPort}/operator`);
    const { page } = driver;
    await page.getByLabel("Operator's token").fill(api.token ?? '');
    await page.keyboard.press('Enter');
    const session = page.getByRole('row').filter({ has: page.getByRole('cell', { name: 'ada', exact: true }) });
    await session.getByRole('button', { name: /open this session$/ }).click();
    await page.locator('#people').getByText('Ann').waitFor();
    await page.evaluate('window.scrollTo(0, 0)');
    await shoot(driver, 'operator-page.png');
  });
});
